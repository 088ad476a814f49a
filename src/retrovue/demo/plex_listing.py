"""Pages of the Plex dialect: which ids, cut by the client's window, joined from cached fragments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from retrovue.demo.faults import Exchange, Page, cut_page
from retrovue.demo.http import Request, Response
from retrovue.demo.model import Change, Item, Kind
from retrovue.demo.plex_encode import container_bytes, json_fragment, legacy_tree, xml_fragment
from retrovue.demo.plex_items import Document, item_document
from retrovue.demo.query import Selection, filters, sort_items
from retrovue.demo.store import LibraryStore

_HOISTED = (
    "librarySectionID", "librarySectionTitle", "librarySectionKey", "parentRatingKey", "parentKey", "parentGuid",
    "parentTitle", "parentIndex", "parentThumb", "grandparentRatingKey", "grandparentKey", "grandparentGuid",
    "grandparentTitle", "grandparentThumb", "contentRating", "art",
)  # fmt: skip
_CACHED_FRAGMENTS = 1_200_000
_CACHED_LISTINGS = 64


class PlexExchange(Exchange):
    """A request that is answered in the shapes of Plex."""

    @property
    def xml(self) -> bool:
        """Whether the answer is XML: always, unless JSON was asked for (and no fault forbids it)."""
        wants_json = "application/json" in self.request.headers.get("accept", "")
        return not wants_json or "always_xml" in self.request.flags

    def respond(
        self, attributes: Document, key: str = "Metadata", fragments: Iterable[bytes] = (), **headers: str
    ) -> Response:
        """Give a container as the client wants it."""
        body = container_bytes(attributes, key, fragments, xml=self.xml)
        if "legacy_tree" in self.request.flags and not self.xml:
            body = legacy_tree(body)
        kind = "text/xml;charset=utf-8" if self.xml else "application/json"
        return Response(200, body, kind, {name.replace("_", "-"): text for name, text in headers.items()})

    def fragment(self, key: str, document: Document) -> bytes:
        """Encode one child."""
        return xml_fragment(key, document) if self.xml else json_fragment(document)

    def documents(self, attributes: Document, key: str, documents: Sequence[Document]) -> Response:
        """Give a container of documents that are not cached."""
        return self.respond(
            {"size": len(documents), **attributes}, key, [self.fragment(key, each) for each in documents]
        )


def bad_request(text: str) -> Response:
    """Give a 400 in the server's manner."""
    return Response(400, f"<html><body><h1>400 Bad Request</h1>{text}</body></html>".encode(), "text/html")


def not_found() -> Response:
    """Give a 404 in the server's manner."""
    return Response(404, b"<html><head><title>Not Found</title></head><body><h1>404 Not Found</h1></body></html>",
                    "text/html")  # fmt: skip


class Listings:
    """Answers listings of a library; its caches follow the library's changes. Thread: any."""

    def __init__(self, library: LibraryStore) -> None:
        self._library = library
        self._fragments: dict[tuple[bool, Selection], dict[int, bytes]] = {}
        self._ids: dict[tuple[Any, ...], tuple[int, list[int]]] = {}
        #: How many items were encoded so far; a page from the cache adds nothing.
        self.rendered = 0
        library.listen(self._forget)

    def _forget(self, change: Change) -> None:
        for cache in self._fragments.values():
            if not change.item_ids:
                cache.clear()
            for item_id in change.item_ids:
                cache.pop(item_id, None)

    def ids(self, sections: Sequence[str], kind: Kind, request: Request) -> list[int]:
        """Give the ids of a typed list, filtered and sorted as the query says.

        Raises:
            ValueError: a filter cannot be understood.
        """
        library = self._library
        pairs = tuple(
            pair for pair in request.params if not pair[0].startswith(("X-Plex", "include", "exclude", "type"))
        )
        # What "thirty days ago" means moves with the clock, not with the library.
        today = library.now() if any(value.startswith("-") for _, value in pairs) else 0
        key = (tuple(sections), kind, pairs, today)
        known = self._ids.get(key)
        if known is not None and known[0] == library.revision:
            return known[1]
        items = [item for section in sections for item in library.members(section, kind)]
        if kind == "season":
            items = [item for item in items if not library.items[item.show_id or 0].seasons_hidden]
        for passes in filters(pairs, kind, library):
            items = [item for item in items if passes(item)]
        found = [item.id for item in sort_items(items, request.param("sort"))]
        if len(self._ids) >= _CACHED_LISTINGS:
            self._ids.clear()
        self._ids[key] = (library.revision, found)
        return found

    def fragments(self, exchange: PlexExchange, page: Page, selection: Selection) -> list[bytes]:
        """Encode the items of a page, from the cache where it can."""
        cache = self._fragments.setdefault((exchange.xml, selection), {})
        if len(cache) > _CACHED_FRAGMENTS:
            cache.clear()
        parts: list[bytes] = []
        for item_id in page.ids:
            spoil = page.spoil.get(item_id)
            part = None if spoil else cache.get(item_id)
            if part is None:
                document = item_document(self._library, self._library.items[item_id], selection)
                self.rendered += 1
                part = exchange.fragment("Metadata", spoil(document) if spoil else document)
                if not spoil:
                    cache[item_id] = part
            parts.append(part)
        return parts

    def document(self, item: Item, selection: Selection) -> Document:
        """Give one item's document."""
        return item_document(self._library, item, selection)

    def plain(self, exchange: PlexExchange, items: Sequence[Item], selection: Selection) -> list[bytes]:
        """Encode items outside any page."""
        return self.fragments(exchange, Page((), 0, None, [item.id for item in items]), selection)

    def answer(
        self, exchange: PlexExchange, ids: Sequence[int], attributes: Document, *, selection: Selection | None = None
    ) -> Response:
        """Give the page of `ids` that the client asked for."""
        request = exchange.request
        page = _page(request, ids)
        cut_page(page, exchange.faults)
        return self._render(exchange, page, attributes, selection or Selection.of(request.param))

    def _render(self, exchange: PlexExchange, page: Page, attributes: Document, selection: Selection) -> Response:
        head: Document = {"size": len(page.ids)}
        headers = {"X_Plex_Container_Start": str(page.offset)}
        if page.total is not None:
            head["totalSize"] = page.total
            headers["X_Plex_Container_Total_Size"] = str(page.total)
        if page.size is not None:
            head["offset"] = page.offset
        head.update(attributes)
        if "ignore_slim" in exchange.request.flags:
            selection = Selection(guids=selection.guids, details=selection.details)
        if "hoist" in exchange.request.flags and page.ids:
            return self._hoisted(exchange, page, head, selection)
        return exchange.respond(head, "Metadata", self.fragments(exchange, page, selection), **headers)

    def _hoisted(self, exchange: PlexExchange, page: Page, head: Document, selection: Selection) -> Response:
        """Move what all children share to the container, ids as numbers there."""
        items = [self._library.items[item_id] for item_id in page.ids]
        documents = [item_document(self._library, item, selection) for item in items]
        for name in _HOISTED:
            values = {document.get(name) for document in documents}
            if len(values) == 1 and None not in values:
                shared = documents[0][name]
                head[name] = int(shared) if name.endswith("RatingKey") else shared
                for document in documents:
                    del document[name]
        return exchange.respond(head, "Metadata", [exchange.fragment("Metadata", each) for each in documents])


def _page(request: Request, ids: Sequence[int]) -> Page:
    start, size, limit = (
        request.value("X-Plex-Container-Start"), request.value("X-Plex-Container-Size"), request.param("limit")
    )  # fmt: skip
    if limit is not None:
        ids = ids[: int(limit)]
    page = Page(ids, int(start or 0), None if size is None else int(size))
    page.offset = page.start
    # A limited list spares the server the count, and an unpaged one is its own total.
    page.total = None if limit is not None or page.size is None else len(ids)
    return page


def detailed(selection: Selection) -> Selection:
    """The same selection for items that were asked for by id."""
    return replace(selection, details=True, guids=True)
