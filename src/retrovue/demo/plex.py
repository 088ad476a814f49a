"""The Plex dialect over a demo library: paths, answers, permission.

Shapes follow published recordings of real servers. What is asked for and not known answers 404.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import urlsplit

from retrovue.demo.artwork import poster
from retrovue.demo.faults import Fault
from retrovue.demo.http import Request, Response
from retrovue.demo.library import DemoLibrary
from retrovue.demo.model import Change, Item, Kind, Section
from retrovue.demo.playback import PlaybackBoard
from retrovue.demo.plex_collections import collection_documents, hub_documents
from retrovue.demo.plex_events import PlexAnnouncer
from retrovue.demo.plex_items import Document
from retrovue.demo.plex_listing import Listings, PlexExchange, bad_request, detailed, not_found
from retrovue.demo.plex_sections import TYPES, listing_attributes, meta_document, section_document
from retrovue.demo.plex_status import PlexStatus
from retrovue.demo.query import Selection
from retrovue.demo.websocket import SocketHub

VERSION = "1.43.0.10467-demo"
_UNAUTHORIZED = (
    b"<html><head><script>window.location = window.location.href.match(/(^.+\\/)[^\\/]*$/)[1] + 'web/index.html';"
    b"</script><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"
)
_KNOWN_KINDS = ("movie", "show", "season", "episode", "artist", "photo")
Handler = Callable[..., Response]


class PlexDialect:
    """Answers requests as a Plex Media Server does. Thread: any.

    Args:
        library: what is served.
        board: what is playing.
        sockets: the clients that are told of changes.
        token: the only token that is let in.
    """

    websocket_paths: tuple[str, ...] = ("/:/websockets/notifications", "/:/websocket/notifications")

    def __init__(self, library: DemoLibrary, board: PlaybackBoard, sockets: SocketHub, token: str) -> None:
        self.library = library
        self.announcer = PlexAnnouncer(library, board, sockets)
        self.listings = Listings(library)
        self.token = token
        self._status = PlexStatus(library, board)
        self._routes: list[tuple[re.Pattern[str], Handler]] = [
            (re.compile(pattern), handler) for pattern, handler in self._table()
        ]

    def _table(self) -> Iterator[tuple[str, Handler]]:
        yield "/identity", self._identity
        yield "/", self._root
        yield "/library/?", self._library_root
        yield r"/library/sections(?:/all)?/?", self._sections
        yield r"/library/sections/(\d+)", self._section
        yield r"/library/sections/(\d+)/(all|newest|recentlyAdded|collections|allLeaves)", self._section_list
        yield r"/library/sections/(\d+)/refresh", self._refresh
        yield r"/library/sections/(\d+)/(genre|contentRating|year|studio)", self._choices
        yield "/library/(?:all|recentlyAdded)", self._library_list
        yield r"/library/metadata/([\d,]+)", self._metadata
        yield r"/library/metadata/(\d+)/(children|allLeaves|grandchildren)", self._below
        yield r"/library/metadata/(\d+)/(thumb|art)(?:/\d+)?", self._picture
        yield "/photo/:/transcode", self._scaled_picture
        yield "/hubs/search", self._search
        yield r"/library/collections/(\d+)/(?:children|items)", self._collection_items
        yield r"/hubs/sections/(\d+)/manage", self._managed_hubs
        yield from self._status.table()

    def authorized(self, request: Request) -> bool:
        """Whether the request may see anything; `/identity` is open to all."""
        return request.path == "/identity" or request.value("X-Plex-Token") == self.token

    def refuse_socket(self, request: Request) -> Response | None:
        """The answer to a websocket that is not let in; None lets it in."""
        return None if self.authorized(request) else self.unauthorized()

    def outside(self, _request: Request, _base_path: str) -> Response:
        """The answer to a request that is not below the base path: the proxy's."""
        return Response(404, b"not here", "text/plain")

    def unauthorized(self) -> Response:
        """Give the small page that a server answers without a token."""
        return Response(401, _UNAUTHORIZED, "text/html", {"X-Plex-Protocol": "1.0"}, close=True)

    def handle(self, request: Request, faults: list[Fault]) -> Response:
        """Answer one request."""
        if not self.authorized(request):
            return self.unauthorized()
        exchange = PlexExchange(request, faults)
        for pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            if match:
                try:
                    with self.library.lock:
                        response = handler(exchange, *match.groups())
                except ValueError as error:
                    return bad_request(str(error))
                response.headers.setdefault("X-Plex-Protocol", "1.0")
                return response
        return not_found()

    def _identity(self, exchange: PlexExchange) -> Response:
        return exchange.respond(
            {
                "size": 0,
                "claimed": True,
                "machineIdentifier": self.library.machine_identifier,
                "version": VERSION,
            }
        )

    def _root(self, exchange: PlexExchange) -> Response:
        attributes = {
            "size": 0,
            "allowSync": True,
            "friendlyName": self.library.name,
            "machineIdentifier": self.library.machine_identifier,
            "myPlex": True,
            "myPlexSigninState": "ok",
            "myPlexUsername": "demo@example.invalid",
            "myPlexSubscription": True,
            "ownerFeatures": "session_kick,webhooks",
            "platform": "Linux",
            "platformVersion": "6.1",
            "transcoderActiveVideoSessions": 0,
            "updatedAt": self.library.now(),
            "version": VERSION,
        }
        return exchange.respond(attributes)

    def _library_root(self, exchange: PlexExchange) -> Response:
        return exchange.respond({"size": 0, "identifier": "com.plexapp.plugins.library", "title1": "Plex Library"})

    def _sections(self, exchange: PlexExchange) -> Response:
        documents = [section_document(section) for section in self.library.sections.values()]
        return exchange.documents({"allowSync": False, "title1": "Plex Library"}, "Directory", documents)

    def _section(self, exchange: PlexExchange, key: str) -> Response:
        section = self.library.sections.get(key)
        if section is None:
            return not_found()
        return exchange.documents({"librarySectionID": int(key)}, "Directory", [section_document(section)])

    def _section_list(self, exchange: PlexExchange, key: str, which: str) -> Response:
        section = self.library.sections.get(key)
        if section is None:
            return not_found()
        kind = TYPES.get(exchange.request.param("type") or "", section.kind)
        if which == "allLeaves":
            kind = "episode" if section.kind == "show" else section.kind
        if which == "collections":
            return self._collections(exchange, section)
        return self._list(exchange, [section], kind, newest=which in ("newest", "recentlyAdded"))

    def _collections(self, exchange: PlexExchange, section: Section) -> Response:
        documents = collection_documents(self.library, section.key)
        start = int(exchange.request.value("X-Plex-Container-Start") or 0)
        size = exchange.request.value("X-Plex-Container-Size")
        page = documents[start : None if size is None else start + int(size)]
        attributes = {"totalSize": len(documents), "offset": start, **listing_attributes(section, "collection")}
        return exchange.documents(attributes, "Metadata", page)

    def _collection_items(self, exchange: PlexExchange, collection_id: str) -> Response:
        collection = self.library.collections.get(int(collection_id))
        if collection is None:
            return not_found()
        ids = [item_id for item_id in collection.item_ids if self._visible(item_id) is not None]
        return self.listings.answer(exchange, ids, {"allowSync": True})

    def _managed_hubs(self, exchange: PlexExchange, key: str) -> Response:
        return exchange.documents({}, "Hub", hub_documents(self.library, key))

    def _list(self, exchange: PlexExchange, sections: list[Section], kind: str, *, newest: bool = False) -> Response:
        request = exchange.request
        if newest:
            request.params.append(("sort", "addedAt:desc"))
        attributes: Document = {"allowSync": False}
        if len(sections) == 1:
            attributes = listing_attributes(sections[0], kind)
        if request.param("includeMeta") == "1" and len(sections) == 1:
            attributes["Meta"] = meta_document(sections[0])
        keys = [section.key for section in sections]
        ids = self.listings.ids(keys, _kind(kind), request) if kind in _KNOWN_KINDS else []
        return self.listings.answer(exchange, ids, attributes)

    def _library_list(self, exchange: PlexExchange) -> Response:
        newest = exchange.request.path.endswith("recentlyAdded")
        kind = TYPES.get(exchange.request.param("type") or "", "movie")
        wanted = "show" if kind in ("show", "season", "episode") else kind
        sections = [section for section in self.library.sections.values() if section.kind == wanted]
        return self._list(exchange, sections, kind, newest=newest)

    def _refresh(self, exchange: PlexExchange, key: str) -> Response:
        section = self.library.sections.get(key)
        if section is None:
            return not_found()
        section.scanned_at = self.library.now()
        self.library.announce(Change("bulk", ()))
        return Response(200, b"", "text/html")

    def _choices(self, exchange: PlexExchange, key: str, field: str) -> Response:
        section = self.library.sections.get(key)
        if section is None:
            return not_found()
        members = self.library.members(key, _kind(section.kind))
        values: set[str] = set()
        for item in members:
            value = {
                "genre": item.genres,
                "contentRating": (item.content_rating,),
                "year": (item.year,),
                "studio": (item.studio,),
            }[field]
            values.update(str(each) for each in value if each is not None)
        documents = [{"key": value, "title": value} for value in sorted(values)]
        return exchange.documents({"title1": section.title}, "Directory", documents)

    def _visible(self, item_id: int) -> Item | None:
        item = self.library.items.get(item_id)
        return item if item is not None and item.section in self.library.sections else None

    def _metadata(self, exchange: PlexExchange, ids: str) -> Response:
        wanted = [int(item_id) for item_id in ids.split(",") if item_id]
        found = [item for item in (self._visible(item_id) for item_id in wanted) if item is not None]
        if not found:
            return not_found()
        attributes = {"allowSync": True, "identifier": "com.plexapp.plugins.library"}
        sections = {item.section for item in found}
        if len(sections) == 1:
            section = self.library.sections[found[0].section]
            attributes |= {
                "librarySectionID": int(section.key),
                "librarySectionTitle": section.title,
                "librarySectionUUID": section.uuid,
            }
        selection = detailed(Selection.of(exchange.request.param))
        return self.listings.answer(exchange, [item.id for item in found], attributes, selection=selection)

    def _below(self, exchange: PlexExchange, item_id: str, which: str) -> Response:
        item = self._visible(int(item_id))
        if item is None:
            return not_found()
        section = self.library.sections[item.section]
        children = self.library.children(item.id) if which == "children" else self.library.leaves(item.id)
        attributes = listing_attributes(section, children[0].kind if children else item.kind)
        attributes |= {"key": str(item.id), "parentTitle": item.title, "title2": item.title}
        if item.kind == "season" and item.show_id is not None:
            show = self.library.items[item.show_id]
            attributes |= {
                "grandparentRatingKey": show.id,
                "grandparentTitle": show.title,
                "parentIndex": item.index,
            }
        response = self.listings.answer(exchange, [child.id for child in children], attributes)
        several = item.kind == "show" and which == "children" and len(children) > 1
        if several and exchange.request.param("excludeAllLeaves") != "1":
            return self._with_all_episodes(exchange, item, children, attributes)
        return response

    def _with_all_episodes(
        self, exchange: PlexExchange, show: Item, children: list[Item], attributes: Document
    ) -> Response:
        """Put the pseudo directory "All episodes" first; it has no rating key and is counted in `size`."""
        pseudo = {
            "leafCount": self.library.leaf_count(show.id),
            "thumb": f"/library/metadata/{show.id}/thumb/{show.artwork_at}",
            "viewedLeafCount": self.library.watched_leaf_count(show.id),
            "key": f"/library/metadata/{show.id}/allLeaves",
            "title": "All episodes",
        }
        selection = Selection.of(exchange.request.param)
        total = len(children) + 1
        head = {"size": total, "totalSize": total, **attributes, "Directory": [pseudo]}
        return exchange.respond(head, "Metadata", self.listings.plain(exchange, children, selection))

    def _picture(self, exchange: PlexExchange, item_id: str, which: str) -> Response:
        item = self._visible(int(item_id))
        if item is None:
            return not_found()
        width, height = (240, 360) if which == "thumb" else (480, 270)
        return self._draw(item, width, height)

    def _scaled_picture(self, exchange: PlexExchange) -> Response:
        match = re.search(r"/library/metadata/(\d+)/", urlsplit(exchange.request.param("url") or "").path)
        item = self._visible(int(match[1])) if match else None
        if item is None:
            return not_found()
        width = int(exchange.request.param("width") or 240)
        height = int(exchange.request.param("height") or 360)
        return self._draw(item, min(max(width, 1), 1_000), min(max(height, 1), 1_000))

    def _draw(self, item: Item, width: int, height: int) -> Response:
        title = self.library.items[item.show_id].title if item.show_id in self.library.items else item.title
        return Response(200, poster(title, width, height), "image/png", {"Cache-Control": "max-age=86400"})

    def _search(self, exchange: PlexExchange) -> Response:
        wanted = (exchange.request.param("query") or "").casefold()
        only = exchange.request.param("sectionId")
        limit = int(exchange.request.param("limit") or 10)
        hubs = []
        for kind in ("movie", "show", "episode"):
            matches = (
                item
                for item in self.library.items.values()
                if item.kind == kind
                and item.section in self.library.sections
                and only in (None, item.section)
                and wanted in item.title.casefold()
            )
            found = list(islice(matches, limit))
            hubs.append(
                {
                    "title": f"{kind.title()}s",
                    "type": kind,
                    "hubIdentifier": kind,
                    "size": len(found),
                    "more": len(found) == limit,
                    "Metadata": [self.listings.document(item, detailed(Selection())) for item in found],
                }
            )
        return exchange.documents({}, "Hub", hubs)


def _kind(word: str) -> Kind:
    for kind in _KNOWN_KINDS:
        if kind == word:
            return kind  # type: ignore[return-value]
    raise ValueError(word)
