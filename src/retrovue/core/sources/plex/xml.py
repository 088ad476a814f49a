"""Plex's XML as the same plain documents that its JSON gives.

XML comes from servers and proxies that ignore the Accept header, whatever was asked for.
"""

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from retrovue.core.domain.errors import ProtocolError
from retrovue.core.i18n import _

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SINGLE = frozenset(("User", "Player", "Session", "TranscodeSession"))
"""Children that JSON gives as an object rather than a list."""

Document = dict[str, Any]


def parse_xml(body: bytes) -> Document:
    """The container of an XML answer: attributes as text, children as lists by their tag.

    Raises:
        ProtocolError: no XML, not Plex's XML, or XML with a document type (the way to entity bombs).
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


def malformed(detail: str) -> ProtocolError:
    """An answer that ends early or is broken inside."""
    return ProtocolError(
        _("The server’s response is damaged or incomplete."),
        hint=_("Try again. If it keeps happening, check any proxy in front of the server."),
        detail=detail,
    )


def not_plex(detail: str) -> ProtocolError:
    """Data, but not Plex's."""
    return ProtocolError(
        _("This is not a Plex Media Server."),
        hint=_("Check the address and the port: Plex uses 32400."),
        detail=detail,
    )


def _parse(body: bytes) -> Element:
    try:
        return fromstring(body, forbid_dtd=True)
    except ParseError:
        # Seen on a real server: a Windows version string with bytes that are illegal in XML. Cleaning every
        # answer would cost more than reading it, so only what failed is cleaned.
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
