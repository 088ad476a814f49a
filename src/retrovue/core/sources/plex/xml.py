"""Plex's XML as the same plain documents as its JSON.

Servers and proxies that ignore the Accept header send XML.
"""

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from retrovue.core.domain.errors import ProtocolError
from retrovue.core.i18n import _
from retrovue.core.sources.documents import malformed

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SINGLE = frozenset(("User", "Player", "Session", "TranscodeSession"))
"""Children that are an object instead of a list in JSON."""

Document = dict[str, Any]


def parse_xml(body: bytes) -> Document:
    """Return the container of an XML response: attributes as text, children as lists by tag.

    Raises:
        ProtocolError: not XML, not Plex's XML, or XML with a document type (which allows entity bombs).
    """
    try:
        root = _parse(body)
    except DefusedXmlException as error:
        raise ProtocolError(
            _("The server’s response contains XML entities, which no media server sends."),
            hint=_("Check that the address belongs to your media server."),
            detail=type(error).__name__,
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise malformed(str(error)) from error
    if root.tag != "MediaContainer":
        raise not_plex(f"XML <{root.tag}>"[:80])
    try:
        return _document(root)
    except RecursionError as error:
        raise malformed("nested too deeply") from error


def not_plex(detail: str) -> ProtocolError:
    """Return the error for data that is not from Plex."""
    return ProtocolError(
        _("This is not a Plex Media Server."),
        hint=_("Check the address and the port: Plex uses 32400."),
        detail=detail,
    )


def _parse(body: bytes) -> Element:
    try:
        return fromstring(body, forbid_dtd=True)
    except ParseError:
        # Seen on a real server: a Windows version string with bytes that are illegal in XML. Cleaning every response
        # would take longer than parsing it, so only a response that failed is cleaned.
        text = _ILLEGAL.sub("", body.decode("utf-8", "replace"))
        text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
        return fromstring(text.encode(), forbid_dtd=True)


def _document(element: Element) -> Document:
    document: Document = dict(element.attrib)
    for child in element:
        if child.tag in _SINGLE:
            document[child.tag] = _document(child)
        else:
            document.setdefault(child.tag, []).append(_document(child))
    return document
