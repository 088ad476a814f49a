"""Decoding of responses into typed items: a fast path for valid pages, item by item for others.

The fast path decodes a whole page in one call, and fails on a single wrong field. Then the page is parsed into plain
documents, known oddities are removed, and items are converted one by one, so that one bad item does not affect others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from retrovue.core.domain.errors import UnsupportedVersionError
from retrovue.core.i18n import _
from retrovue.core.sources.base import BadItem
from retrovue.core.sources.documents import any_json, decoded_at_once, malformed, title_of
from retrovue.core.sources.plex.shapes import Head, Item, ItemAnswer, SlimAnswer, SlimItem
from retrovue.core.sources.plex.xml import Document, not_plex, parse_xml

ItemT = TypeVar("ItemT", Item, SlimItem)

_FULL = msgspec.json.Decoder(ItemAnswer)
_SLIM = msgspec.json.Decoder(SlimAnswer)
_ITEM_LISTS = ("Metadata", "Video", "Track", "Photo")
_LISTS = frozenset(("Media", "Part", "Genre", "Guid"))
_TEXTS = frozenset(
    "title titleSort originalTitle editionTitle contentRating summary studio guid tag parentTitle grandparentTitle "
    "videoResolution audioCodec videoCodec container originallyAvailableAt".split()
)


@dataclass(slots=True)
class DecodedPage(Generic[ItemT]):
    """A decoded page.

    Attributes:
        pseudo: number of entries that are not items, such as "All episodes" above a show's seasons.
    """

    head: Head
    items: Sequence[ItemT]
    bad: list[BadItem] = field(default_factory=list)
    pseudo: int = 0

    @property
    def arrived(self) -> int:
        """Return how many entries the response contained."""
        return len(self.items) + len(self.bad) + self.pseudo


def full_listing(body: bytes) -> DecodedPage[Item]:
    """Decode a page of full items, JSON or XML. Raises like `container`."""
    answer = decoded_at_once(_FULL, body)
    if answer is None or not answer.container.metadata:
        return _slow_listing(body, Item)
    found = answer.container
    return DecodedPage(found, found.metadata, pseudo=len(found.directories))


def slim_listing(body: bytes) -> DecodedPage[SlimItem]:
    """Decode a page of slim items, JSON or XML. Raises like `container`."""
    answer = decoded_at_once(_SLIM, body)
    if answer is None or not answer.container.metadata:
        return _slow_listing(body, SlimItem)
    found = answer.container
    return DecodedPage(found, found.metadata, pseudo=len(found.directories))


def container(body: bytes) -> Document:
    """Return the `MediaContainer` of a response as a plain document, from JSON or XML.

    Raises:
        ProtocolError: damaged, empty, or not from Plex.
        UnsupportedVersionError: the JSON format of servers from 2015.
    """
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body:
        raise malformed("empty body")
    if body.startswith(b"<"):
        return parse_xml(body)
    document = _any_json(body)
    if isinstance(document, dict) and ("_elementType" in document or "_children" in document):
        raise _too_old()
    found = document.get("MediaContainer") if isinstance(document, dict) else None
    if not isinstance(found, dict):
        raise not_plex("JSON without MediaContainer")
    if "_children" in found:
        raise _too_old()
    return found


def members(found: Document) -> list[Any]:
    """Return the items of a container from any of its lists (`Metadata`, or in XML `Video`, `Directory`, …)."""
    entries: list[Any] = []
    for name in _ITEM_LISTS:
        value = found.get(name)
        # Some servers sent an only child as an object instead of a list of one.
        entries += value if isinstance(value, list) else [] if value is None else [value]
    return entries


def children(found: Document, name: str) -> list[Any]:
    """Return the children with one name. A single object counts as a list of one."""
    value = found.get(name)
    return value if isinstance(value, list) else [] if value is None else [value]


def _too_old() -> UnsupportedVersionError:
    return UnsupportedVersionError(
        _("This Plex Media Server is too old: it uses a format that was retired in 2016."),
        hint=_("Update the server."),
        detail="_elementType/_children",
    )


def _any_json(body: bytes) -> Any:
    try:
        return any_json(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(str(error)) from error


def _slow_listing(body: bytes, kind: type[ItemT]) -> DecodedPage[ItemT]:
    found = container(body)
    try:
        head = msgspec.convert(_scrub({k: v for k, v in found.items() if not isinstance(v, list)}), Head, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        raise malformed(str(error)) from error
    listing: DecodedPage[ItemT] = DecodedPage(head, [])
    items: list[ItemT] = []
    entries = members(found)
    for entry in children(found, "Directory"):
        if isinstance(entry, dict) and "ratingKey" not in entry and str(entry.get("key", "")).endswith("/allLeaves"):
            listing.pseudo += 1
        else:
            entries.append(entry)
    for entry in entries:
        try:
            items.append(msgspec.convert(_scrub(entry), kind, strict=False))
        except (msgspec.ValidationError, RecursionError) as error:
            reason = _("This item cannot be read: {detail}").format(detail=error)
            listing.bad.append(BadItem(_id_of(entry), reason, title_of(entry, "grandparentTitle", "title")))
    listing.items = items
    return listing


def _id_of(entry: Any) -> str | None:
    key = entry.get("ratingKey") if isinstance(entry, dict) else None
    return str(key) if isinstance(key, str | int) and key != "" else None


def _scrub(value: Any) -> Any:
    """Return the document without empty texts, with integers for floats and texts for numeric titles."""
    if isinstance(value, list):
        return [_scrub(each) for each in value]
    if isinstance(value, float):
        return int(value) if abs(value) < 1e300 else None
    if not isinstance(value, dict):
        return value
    scrubbed = {}
    for name, each in value.items():
        if each is None or each == "":
            continue
        if name in _LISTS and isinstance(each, dict):
            each = [each]
        if name in _TEXTS and isinstance(each, int | float) and not isinstance(each, bool):
            each = str(each)
        scrubbed[name] = _scrub(each)
    return scrubbed
