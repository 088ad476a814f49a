"""Decoding of responses into typed rows: a fast path for valid pages, row by row for others.

The fast path decodes a whole page in one call, and fails on a single wrong field. Then the page is parsed into plain
documents, known oddities are removed, and rows are converted one by one, so that one bad row does not affect others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from retrovue.core.domain.errors import ProtocolError
from retrovue.core.i18n import _
from retrovue.core.sources.base import BadItem
from retrovue.core.sources.documents import any_json, decoded_at_once, malformed, number_of, title_of
from retrovue.core.sources.mediabrowser.shapes import Item, ItemAnswer, SlimAnswer, SlimItem

RowT = TypeVar("RowT", Item, SlimItem)
Document = dict[str, Any]

_FULL = msgspec.json.Decoder(ItemAnswer)
_SLIM = msgspec.json.Decoder(SlimAnswer)
_TEXTS = frozenset(
    "Name OriginalTitle SortName Overview OfficialRating SeriesName SeasonName Path Container Codec Etag Type".split()
)
_LISTS = frozenset("Genres Studios MediaSources AlternateMediaSources MediaStreams".split())


@dataclass(slots=True)
class DecodedPage(Generic[RowT]):
    """A decoded page: readable and unreadable rows."""

    rows: Sequence[RowT]
    total: int | None = None
    start: int | None = None
    bad: list[BadItem] = field(default_factory=list)

    @property
    def arrived(self) -> int:
        """Return how many rows the response contained."""
        return len(self.rows) + len(self.bad)


def full_listing(body: bytes) -> DecodedPage[Item]:
    """Decode a page of full items. Raises like `document`."""
    answer = decoded_at_once(_FULL, body)
    if answer is None:
        return _slow_listing(body, Item)
    return DecodedPage(answer.items, answer.total_record_count, answer.start_index)


def slim_listing(body: bytes) -> DecodedPage[SlimItem]:
    """Decode a page of slim items. Raises like `document`."""
    answer = decoded_at_once(_SLIM, body)
    if answer is None:
        return _slow_listing(body, SlimItem)
    return DecodedPage(answer.items, answer.total_record_count, answer.start_index)


def document(body: bytes) -> Document:
    """Return a response that is one object.

    Raises:
        ProtocolError: damaged, empty, or not an object.
    """
    found = plain(body)
    if not isinstance(found, dict):
        raise not_mediabrowser("JSON without an object")
    return found


def rows_of(body: bytes) -> tuple[list[Any], int | None]:
    """Return the rows of a response that is a list, or an object with `Items` and a total.

    Raises:
        ProtocolError: it is neither.
    """
    found = plain(body)
    if isinstance(found, list):
        return found, None
    items = found.get("Items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise not_mediabrowser("JSON without Items")
    return items, number_of(found.get("TotalRecordCount"))


def plain(body: bytes) -> Any:
    """Return a response as a plain document.

    Raises:
        ProtocolError: it cannot be read.
    """
    if not body.strip():
        raise malformed("empty body")
    try:
        return any_json(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(str(error)) from error


def not_mediabrowser(detail: str) -> ProtocolError:
    """Return the error for data that is not from Emby or Jellyfin."""
    return ProtocolError(
        _("This is neither an Emby nor a Jellyfin server."),
        hint=_("Check the address and the port: Emby and Jellyfin use 8096."),
        detail=detail,
    )


def _slow_listing(body: bytes, kind: type[RowT]) -> DecodedPage[RowT]:
    found = document(body)
    entries = found.get("Items")
    if not isinstance(entries, list):
        raise not_mediabrowser("JSON without Items")
    rows: list[RowT] = []
    bad: list[BadItem] = []
    for entry in entries:
        try:
            rows.append(msgspec.convert(_scrub(entry), kind, strict=False))
        except (msgspec.ValidationError, RecursionError) as error:
            reason = _("This item cannot be read: {detail}").format(detail=error)
            bad.append(BadItem(id_of(entry), reason, title_of(entry, "SeriesName", "Name")))
    return DecodedPage(rows, number_of(found.get("TotalRecordCount")), number_of(found.get("StartIndex")), bad)


def id_of(entry: Any) -> str | None:
    """Return the id of a row of any shape."""
    found = entry.get("Id") if isinstance(entry, dict) else None
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) and found != "" else None


def _scrub(value: Any) -> Any:
    """Return the row cleaned: no empty texts, integers for floats, texts for numeric names, lists for objects."""
    if isinstance(value, list):
        return [_scrub(each) for each in value if each is not None]
    if isinstance(value, float):
        return int(value) if abs(value) < 1e300 else None
    if not isinstance(value, dict):
        return value
    scrubbed: Document = {}
    for name, each in value.items():
        if each is None or each == "":
            continue
        if name in _TEXTS and isinstance(each, int | float) and not isinstance(each, bool):
            each = str(each)
        if name in _LISTS and not isinstance(each, list):
            each = [each]
        scrubbed[name] = _scrub(each)
    return scrubbed
