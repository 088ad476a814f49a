"""The item query of Emby and Jellyfin: scope, filters, order, pages, and rows that hold only what was asked for."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retrovue.demo.faults import Exchange, Page, cut_page
from retrovue.demo.http import Request, Response
from retrovue.demo.mediabrowser_items import Document, Wanted, item_document, view_document
from retrovue.demo.mediabrowser_view import TYPES, MediaView
from retrovue.demo.model import Change, Item, Kind, Section

MAX_ID_LIST = 1_500
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_TOP_LEVEL: list[Kind] = ["movie", "show", "artist", "photo"]
_CACHED_LISTINGS = 64
_CACHED_ROWS = 1_200_000
#: Parameters that do not change which items a listing holds before its window is cut. Save dates are looked up in
#: an index of their own: a delta asks for another instant each time.
_SHAPE = frozenset(
    "startindex limit fields enableimages enableuserdata imagetypelimit enableimagetypes enabletotalrecordcount "
    "mindatelastsaved mindatelastsavedforuser api_key apikey x-emby-token".split()
)


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """The query cannot be answered; `response` says so."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.response = Response(status, text.encode(), "text/plain")


@dataclass(frozen=True, slots=True)
class Query:
    """Query parameters by lower-case name: their letter case means nothing to these servers."""

    values: dict[str, str]

    @classmethod
    def of(cls, request: Request) -> Query:
        """Read them from a request; the last of a name wins."""
        return cls({name.lower(): value for name, value in request.params})

    def text(self, name: str) -> str | None:
        """A value, None for none or an empty one."""
        return self.values.get(name.lower()) or None

    def words(self, name: str) -> list[str]:
        """A comma separated list, in lower case."""
        return [word.strip().lower() for word in (self.text(name) or "").split(",") if word.strip()]

    def flag(self, name: str) -> bool | None:
        """A boolean, None when it is not given."""
        value = self.text(name)
        return None if value is None else value.lower() == "true"

    def number(self, name: str) -> int | None:
        """A number.

        Raises:
            ValueError: it is none.
        """
        value = self.text(name)
        return None if value is None else int(value)


def json_response(document: Any, status: int = 200) -> Response:
    """Give a document as these servers do."""
    body = _ENCODER.encode(document).encode("utf-8", "surrogatepass")
    return Response(status, body, "application/json; charset=utf-8")


class MediaListings:
    """Answers item queries of one server; caches follow the library's changes. Thread: any, under its lock."""

    def __init__(self, view: MediaView) -> None:
        self._view = view
        self._ids: dict[tuple[Any, ...], tuple[int, list[int]]] = {}
        self._rows: dict[Wanted, dict[int, bytes]] = {}
        self._saved: tuple[int, dict[int, int]] = (-1, {})
        self._random = random.Random(11)
        view.library.listen(self._forget)

    def _forget(self, change: Change) -> None:
        for cache in self._rows.values():
            if not change.item_ids or change.action not in ("changed", "watched"):
                cache.clear()
            for number in change.item_ids:
                cache.pop(number, None)

    def query(self, exchange: Exchange, sections: Sequence[Section], *, user: bool) -> Response:
        """Answer `/Items` for somebody who sees `sections`.

        Raises:
            Refused: an id cannot be understood, or the list of ids is too long.
        """
        query = Query.of(exchange.request)
        if len(query.text("Ids") or "") > MAX_ID_LIST:
            raise Refused(414, "")
        wanted = self.wanted(query, user=user)
        if "boxset" in query.words("IncludeItemTypes"):
            return self._box_sets(query)
        if query.text("ParentId") is None and query.text("Ids") is None and not query.flag("Recursive"):
            rows = [view_document(self._view, section) for section in sections]
            return json_response({"Items": rows, "TotalRecordCount": len(rows)})
        return self.page(exchange, self._listed(query, sections), wanted)

    def _box_sets(self, query: Query) -> Response:
        """Give the collections, which belong to no library."""
        rows: list[Document] = [
            {
                "Name": one.title,
                "Id": self._view.flavour.item_id(one.id),
                "ServerId": self._view.library.machine_identifier[:32],
                "Type": "BoxSet",
                "IsFolder": True,
            }
            for one in self._view.library.collections.values()
        ]
        start, limit = query.number("StartIndex") or 0, query.number("Limit")
        shown = rows[start:] if limit is None else rows[start : start + limit]
        return json_response({"Items": shown, "TotalRecordCount": len(rows)})

    def page(self, exchange: Exchange, numbers: Sequence[int], wanted: Wanted) -> Response:
        """Give the window of a listing that the client asked for."""
        query = Query.of(exchange.request)
        page = Page(numbers, query.number("StartIndex") or 0, query.number("Limit"), total=len(numbers))
        page.offset = page.start
        cut_page(page, exchange.faults)
        if query.flag("EnableTotalRecordCount") is False and page.total is not None:
            # Nothing was counted: Jellyfin then tells the rows of this page, Emby nothing useful.
            page.total = 0 if self._view.flavour.is_emby else len(page.ids)
        tail = [] if page.total is None else [f'"TotalRecordCount":{page.total}']
        if not self._view.flavour.is_emby:
            tail.append(f'"StartIndex":{page.offset}')
        body = b'{"Items":[' + b",".join(self._encoded(page, wanted)) + b"]"
        body += "".join(f",{each}" for each in tail).encode() + b"}"
        return Response(200, body, "application/json; charset=utf-8")

    def single(self, item: Item, *, user: bool) -> Document:
        """Give one item with everything."""
        return item_document(self._view, item, Wanted(None, True, user))

    def _encoded(self, page: Page, wanted: Wanted) -> list[bytes]:
        cache = self._rows.setdefault(wanted, {})
        if len(cache) > _CACHED_ROWS:
            cache.clear()
        rows = []
        for number in page.ids:
            spoil = page.spoil.get(number)
            row = None if spoil else cache.get(number)
            if row is None:
                item = self._view.item(number)
                assert item is not None
                document = item_document(self._view, item, wanted)
                row = _ENCODER.encode(spoil(document) if spoil else document).encode("utf-8", "surrogatepass")
                if not spoil:
                    cache[number] = row
            rows.append(row)
        return rows

    def wanted(self, query: Query, *, user: bool) -> Wanted:
        """What the query asks to see of each row."""
        types = query.words("EnableImageTypes")
        images = query.flag("EnableImages") is not False and query.text("ImageTypeLimit") != "0"
        return Wanted(
            frozenset(query.words("Fields")),
            images and (not types or "primary" in types),
            user and query.flag("EnableUserData") is not False,
        )

    def _listed(self, query: Query, sections: Sequence[Section]) -> list[int]:
        """The numbers of a whole listing; the same until the library changes, unless no order was asked for."""
        numbers = self._ordered(query, sections)
        since, for_user = query.text("MinDateLastSaved"), query.text("MinDateLastSavedForUser")
        if since is None and for_user is None:
            return numbers
        earliest = _instant(since or for_user or "")
        saved = self._save_dates()
        # Emby's second parameter also knows when an account's data were saved; Jellyfin's is the first again.
        watched = self._view.library.items if for_user and self._view.flavour.is_emby else {}
        return [
            number
            for number in numbers
            if saved.get(number, 0) >= earliest
            or (number in watched and (watched[number].last_viewed_at or 0) >= earliest)
        ]

    def _save_dates(self) -> dict[int, int]:
        """When each item was saved, as far as the date was set."""
        revision, dates = self._saved
        if revision != self._view.library.revision:
            found = ((item.id, self._view.saved_at(item)) for item in self._view.library.items.values())
            dates = {number: at for number, at in found if at is not None}
            self._saved = (self._view.library.revision, dates)
        return dates

    def _ordered(self, query: Query, sections: Sequence[Section]) -> list[int]:
        pairs = tuple(sorted((name, value) for name, value in query.values.items() if name not in _SHAPE))
        key = (tuple(section.key for section in sections), pairs)
        known = self._ids.get(key)
        if known is not None and known[0] == self._view.library.revision:
            return known[1]
        tests = self._tests(query)
        items = [item for item in self._scope(query, sections) if all(test(item) for test in tests)]
        order = query.words("SortBy")
        if not order and query.number("Limit") != 0:
            # Without an order it is undefined: pages of one listing do not fit together.
            self._random.shuffle(items)
            return [item.id for item in items]
        numbers = [item.id for item in self._sorted(items, order, query.words("SortOrder"))]
        if len(self._ids) >= _CACHED_LISTINGS:
            self._ids.clear()
        self._ids[key] = (self._view.library.revision, numbers)
        return numbers

    def _scope(self, query: Query, sections: Sequence[Section]) -> list[Item]:
        """What the parent or the ids leave, before any filter."""
        ids = query.text("Ids")
        parent = query.text("ParentId")
        keys = {section.key for section in sections}
        if ids is not None:
            listed = [self._view.item(self._number(each)) for each in ids.split(",") if each]
            # Where ids are named, nobody looks at the parent.
            return [item for item in listed if item is not None and item.section in keys]
        if parent is None:
            return [item for key in sorted(keys) for item in self._all(key)]
        return self._below(parent, keys, query.flag("Recursive") is True)

    def _below(self, parent: str, keys: set[str], recursive: bool) -> list[Item]:
        number = self._number(parent)
        section = self._view.section_of(number)
        if section is not None:
            if section.key not in keys:
                return []
            kinds = list(TYPES.values()) if recursive else _TOP_LEVEL
            return [item for kind in kinds for item in self._view.members(section.key, kind)]
        collection = self._view.library.collections.get(number)
        if collection is not None:
            members = [self._view.item(item_id) for item_id in collection.item_ids]
            return [item for item in members if item is not None and item.section in keys]
        item = self._view.item(number)
        if item is None or item.section not in keys:
            return []
        below = [each for each in self._all(item.section) if number in (each.show_id, each.season_id)]
        if recursive or item.kind == "season":
            return below
        return [each for each in below if each.kind == "season"]

    def _all(self, key: str) -> Iterable[Item]:
        return (item for kind in TYPES.values() for item in self._view.members(key, kind))

    def _number(self, text: str) -> int:
        try:
            return self._view.flavour.item_number(text)
        except ValueError as error:
            raise Refused(500, str(error)) from error

    def _tests(self, query: Query) -> list[Callable[[Item], bool]]:
        view = self._view
        tests: list[Callable[[Item], bool]] = []
        include, exclude = query.words("IncludeItemTypes"), query.words("ExcludeItemTypes")
        if include:
            kinds = {TYPES[word] for word in include if word in TYPES}
            tests.append(lambda item: item.kind in kinds)
        if exclude:
            unwanted = {TYPES[word] for word in exclude if word in TYPES}
            tests.append(lambda item: item.kind not in unwanted)
        if (virtual := _wants_virtual(query)) is not None:
            tests.append(lambda item: view.is_virtual(item) is virtual)
        if (played := query.flag("IsPlayed")) is not None:
            tests.append(lambda item: (item.view_count > 0) is played)
        if (path := query.text("Path")) is not None:
            tests.append(lambda item: any(view.path(v.parts[0].file) == path for v in view.versions(item)))
        if (term := query.text("SearchTerm")) is not None:
            tests.append(lambda item: term.casefold() in item.title.casefold())
        if (start := query.text("NameStartsWith")) is not None:
            tests.append(lambda item: item.title.casefold().startswith(start.casefold()))
        guids = {word.replace(".", "://", 1) for word in query.words("AnyProviderIdEquals")}
        if guids:
            tests.append(lambda item: not guids.isdisjoint(item.external_ids))
        return tests

    def _sorted(self, items: list[Item], order: list[str], directions: list[str]) -> list[Item]:
        items.sort(key=lambda item: item.id)
        for position in reversed(range(len(order))):
            value_of = _ORDERS.get(order[position])
            if value_of is None:
                continue
            direction = directions[min(position, len(directions) - 1)] if directions else "ascending"
            items.sort(key=_order_key(value_of), reverse=direction.startswith("desc"))
        return items


_ORDERS: dict[str, Callable[[Item], Any]] = {
    "id": lambda item: item.id,
    "name": lambda item: item.title.casefold(),
    "sortname": lambda item: (item.sort_title or item.title).casefold(),
    "datecreated": lambda item: item.added_at,
    "premieredate": lambda item: item.originally_available_at,
    "productionyear": lambda item: item.year,
    "indexnumber": lambda item: item.index,
    "parentindexnumber": lambda item: item.season_number,
    "runtime": lambda item: item.duration_ms,
    "communityrating": lambda item: item.rating,
    "dateplayed": lambda item: item.last_viewed_at,
}


def _order_key(value_of: Callable[[Item], Any]) -> Callable[[Item], Any]:
    def key(item: Item) -> Any:
        value = value_of(item)
        return (value is not None, 0 if value is None else value)

    return key


def _wants_virtual(query: Query) -> bool | None:
    """Whether only placeholders (True) or only files (False) are asked for; None: both."""
    missing = query.flag("IsMissing")
    if missing is not None:
        return missing
    if "virtual" in query.words("ExcludeLocationTypes"):
        return False
    kinds = query.words("LocationTypes")
    return "virtual" in kinds if kinds else None


def _instant(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise Refused(400, f"{text} is not a date.") from error
