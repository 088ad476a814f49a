"""`PlexSource`: one Plex Media Server as a `MediaSource`. Protocol facts: Plex's published API description."""

import platform
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from retrovue import __version__
from retrovue.core.domain.collections import RemoteCollection
from retrovue.core.domain.errors import (
    AuthError,
    ForbiddenError,
    MovedError,
    NotFoundError,
    ProtocolError,
    StartingError,
)
from retrovue.core.domain.marks import RemoteMark
from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.servers import RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Capabilities, Connection, Overview, Page, Since, Traffic
from retrovue.core.sources.documents import number_of
from retrovue.core.sources.http import Answer, HttpClient
from retrovue.core.sources.identity import guard, who_is_at
from retrovue.core.sources.machines import is_right
from retrovue.core.sources.plex.collections import plex_collections
from retrovue.core.sources.plex.decode import container, full_listing, slim_listing
from retrovue.core.sources.plex.history import account_names, read_history
from retrovue.core.sources.plex.items import item_page, stub_page
from retrovue.core.sources.plex.libraries import remote_libraries, server_info
from retrovue.core.sources.plex.marks import plex_marks
from retrovue.core.sources.plex.sessions import credits_at_ms, remote_sessions
from retrovue.core.sources.plex.shapes import Head
from retrovue.core.sources.recognise import found_kind, wrong_server
from retrovue.core.sources.records import RecordedPlay, ReportPage
from retrovue.core.sources.session_memory import SessionMemory

_TYPES = {ItemKind.MOVIE: 1, ItemKind.SHOW: 2, ItemKind.EPISODE: 4}
_MAX_ARTWORK_BYTES = 10 * 1024 * 1024
_IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")
_UNUSED_ELEMENTS = (
    "Role,Director,Writer,Producer,Country,Image,UltraBlurColors,Collection,Label,Rating,Similar,Field,Mood,Style,"
    "Chapter,Marker,Extras,Review"
)
# Only names that Media and Part do not have: `title`, `duration` and `key` are needed there, and the published
# description does not say whether an excluded field is also removed from the children.
_UNUSED_SLIM_FIELDS = (
    "summary,tagline,titleSort,originalTitle,contentRating,studio,rating,audienceRating,userRating,thumb,art,theme,"
    "banner,guid,parentGuid,grandparentGuid,parentKey,grandparentKey,parentTitle,grandparentTitle,parentThumb,"
    "grandparentThumb,grandparentArt,grandparentTheme,originallyAvailableAt,slug,grandparentSlug,parentSlug"
)
# Sort items by the time they were added, so that items which a scan adds during a listing come last and shift nothing.
# Sorting by id as well would order equal times, but no recording shows that servers support it.
_STABLE_ORDER = "addedAt:asc"

Params = list[tuple[str, object]]


class PlexSource:
    """A client of one Plex Media Server. Thread: any.

    Args:
        connection: the server; the token is sent as a header, never in an address.
        cancel: ends every blocked call immediately.
        client: the HTTP client, for tests.
    """

    capabilities = Capabilities(has_change_marker=True, page_size=500, slim_page_size=1000, max_ids=200)

    def __init__(
        self, connection: Connection, *, cancel: CancelToken | None = None, client: HttpClient | None = None
    ) -> None:
        self._http = client or HttpClient(connection, cancel=cancel, headers=plex_headers(connection))
        guard(self._http, self.identify)
        self._sessions = SessionMemory()

    @property
    def traffic(self) -> Traffic:
        """Return requests and bytes so far."""
        return self._http.traffic

    @property
    def address(self) -> str:
        """Return the address in use."""
        return self._http.connection.url

    def identify(self) -> ServerInfo:
        """Return which server is here, from `/identity` without a token. Its name is the host until `probe`."""
        try:
            info = who_is_at(self._http, "/identity", {"X-Plex-Token": None}, self._read_identity)
        except (StartingError, MovedError):
            raise
        except (NotFoundError, ProtocolError) as error:
            # A login page, a 404 or unknown JSON: check for another media server.
            self._raise_if_other(error)
            raise
        if is_right(info, self._http.connection.server):
            self._http.proven()
        return info

    def _read_identity(self, body: bytes) -> ServerInfo:
        return server_info(container(body), fallback_name=self._http.host)

    def probe(self) -> ServerInfo:
        """Return which server is here, with its own name. Raises `AuthError` for a refused token."""
        try:
            found = container(self._http.get("/").body)
            is_owner = self._may_administrate()
            return server_info(found, fallback_name=self._http.host, is_owner=is_owner)
        except (NotFoundError, ProtocolError) as error:
            self._raise_if_other(error)
            raise

    def libraries(self) -> list[RemoteLibrary]:
        """Return every section of every type. An incomplete or damaged list raises."""
        return remote_libraries(container(self._http.get("/library/sections").body))

    def overview(self, libraries: Sequence[RemoteLibrary]) -> Overview | None:
        """Return None: each library has a change marker."""
        return None

    def count(self, library: RemoteLibrary, kind: ItemKind, *, also: ItemKind | None = None) -> int | None:
        """Return how many items of a kind there are, from a page without items."""
        params: Params = [("type", _TYPES[kind]), *_window(0, 0)]
        answer = self._http.get(_all_path(library), params)
        found = container(answer.body)
        total = number_of(found.get("totalSize"))
        if total is None:
            total = number_of(answer.headers.get("X-Plex-Container-Total-Size"))
        # A server without paging sends everything, so the size is the total.
        return total if total is not None else (number_of(found.get("size")) or None)

    def items_page(
        self,
        library: RemoteLibrary,
        kind: ItemKind,
        *,
        start: int,
        size: int,
        since: Since | None = None,
        also: ItemKind | None = None,
    ) -> Page:
        """Return a page of full items, oldest addition first."""
        params: Params = [("type", _TYPES[kind]), ("includeGuids", 1), ("sort", _STABLE_ORDER)]
        if since is not None:
            # Strictly after: the operator is part of the parameter's name.
            field = "addedAt" if since.field == "added" else "updatedAt"
            params.append((f"{field}>>", int(since.changed_after)))
        params += [("excludeElements", _UNUSED_ELEMENTS), *_window(start, size)]
        return self._items(_all_path(library), params, kind, start, size)

    def stubs_page(self, library: RemoteLibrary, kind: ItemKind, *, start: int, size: int) -> Page:
        """Return a page of ids and change keys, in the order of `items_page`."""
        params: Params = [
            ("type", _TYPES[kind]),
            ("sort", _STABLE_ORDER),
            ("includeElements", "Media"),
            ("excludeElements", "Genre,Guid," + _UNUSED_ELEMENTS),
            ("excludeFields", _UNUSED_SLIM_FIELDS),
            *_window(start, size),
        ]
        answer = self._http.get(_all_path(library), params, page_size=size)
        listing = slim_listing(answer.body)
        _settle_total(listing.head, answer, start, size, listing.arrived)
        return _timed(stub_page(listing, kind, start=start), answer)

    def details(self, library: RemoteLibrary, kind: ItemKind, ids: Sequence[str]) -> Page:
        """Return full items by id that are still in this library. Unknown ids are left out."""
        if not ids:
            return Page(start=0, arrived=0, total=0)
        joined = ",".join(quote(each, safe="") for each in ids)
        params: Params = [("includeGuids", 1), ("skipRefresh", 1), ("excludeElements", _UNUSED_ELEMENTS)]
        try:
            answer = self._http.get(f"/library/metadata/{joined}", params, page_size=len(ids))
        except NotFoundError:
            # The server sends 404 if it knows none of the ids.
            return Page(start=0, arrived=0, total=0)
        listing = full_listing(answer.body)
        return _timed(item_page(listing, kind, start=0, section=library.remote_id), answer)

    def find_shows(self, library: RemoteLibrary, title: str, year: int | None) -> list[RemoteItem]:
        """Return shows with exactly this title in any letter case, and this year if one is given.

        The server's comparison only narrows the search: it treats a comma in a value as "or", and its handling of
        letter case and accents is not documented.
        """
        wanted = _same(title)
        longest = max(title.split(","), key=len).strip()
        attempts = [("title", longest)] if "," in title else [("title=", title), ("title", longest)]
        for name, value in attempts:
            found = [show for show in self._shows(library, name, value) if _same(show.title) == wanted]
            if found:
                return [show for show in found if year is None or show.year == year]
        return []

    def episodes_of(self, library: RemoteLibrary, show_remote_id: str, *, start: int, size: int) -> Page:
        """Return a page of all episodes of a show, seasons in order."""
        params: Params = [("includeGuids", 1), ("excludeElements", _UNUSED_ELEMENTS), *_window(start, size)]
        path = f"/library/metadata/{quote(show_remote_id, safe='')}/allLeaves"
        return self._items(path, params, ItemKind.EPISODE, start, size, below_show=True)

    def artwork(self, address: str, *, width: int, height: int) -> bytes:
        """Return the image, scaled by the server; the original if scaling fails."""
        scaled: Params = [("width", width), ("height", height), ("minSize", 1), ("upscale", 0), ("url", address)]
        try:
            return self._image("/photo/:/transcode", scaled)
        except (ProtocolError, NotFoundError, ForbiddenError):
            if not address.startswith("/"):
                # Let the server fetch an address on another host, so that no token goes there.
                raise
            return self._image(quote(address, safe="/:?=&%"), [])

    def sessions(self) -> list[RemoteSession]:
        """Return the live sessions."""
        return remote_sessions(container(self._http.get("/status/sessions").body), self._sessions)

    def credits_at_ms(self, remote_id: str) -> int | None:
        """Return where the first credits of an item begin, from its markers."""
        try:
            answer = self._http.get(f"/library/metadata/{quote(remote_id, safe='')}", [("includeMarkers", 1)])
        except NotFoundError:
            return None
        return credits_at_ms(container(answer.body))

    def record(self, since: int) -> list[RecordedPlay]:
        """Return the server's own history since an instant."""
        return read_history(self._http, since)

    def account_names(self) -> Mapping[str, str]:
        """Return the names of the accounts that use this server, the owner's as 1."""
        return account_names(self._http)

    def reported(self, after: int) -> Iterator[ReportPage] | None:
        """Return None: Plex has no plugins."""
        return None

    def collections(self, libraries: Sequence[RemoteLibrary]) -> list[RemoteCollection]:
        """Return the collections of these libraries with their members."""
        return plex_collections(self._http, libraries)

    def marks(self, libraries: Sequence[RemoteLibrary]) -> list[RemoteMark]:
        """Return the labels of libraries; there are no favorites."""
        return plex_marks(self._http, libraries)

    def stop_session(self, stop_id: str, message: str) -> None:
        """Stop a stream; its player shows the message. Needs the owner's account with a Plex Pass."""
        params = [("sessionId", stop_id), ("reason", message)]
        self._http.get("/status/sessions/terminate", params, html_ok=True, patient=False)

    def abort(self) -> None:
        """End every blocked call, and all later ones. Thread: any."""
        self._http.abort()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def _items(
        self, path: str, params: Params, kind: ItemKind, start: int, size: int, *, below_show: bool = False
    ) -> Page:
        answer = self._http.get(path, params, page_size=size)
        listing = full_listing(answer.body)
        _settle_total(listing.head, answer, start, size, listing.arrived)
        return _timed(item_page(listing, kind, start=start, below_show=below_show), answer)

    def _shows(self, library: RemoteLibrary, name: str, value: str) -> list[RemoteItem]:
        """Yield all shows that the server lists for a title filter."""
        shows: list[RemoteItem] = []
        seen: set[str] = set()
        start, size = 0, self.capabilities.page_size
        while True:
            params: Params = [("type", 2), ("includeGuids", 1), (name, value), ("excludeElements", _UNUSED_ELEMENTS)]
            page = self._items(_all_path(library), [*params, *_window(start, size)], ItemKind.SHOW, start, size)
            new = [show for show in page.items if show.remote_id not in seen]
            seen.update(show.remote_id for show in new)
            shows += new
            start += page.arrived
            if not new or page.total is None or start >= page.total:
                return shows

    def _image(self, path: str, params: Params) -> bytes:
        answer = self._http.get(path, params, headers={"Accept": "image/*"}, max_bytes=_MAX_ARTWORK_BYTES)
        if not answer.content_type.startswith("image/") and not answer.body.startswith(_IMAGE_STARTS):
            raise ProtocolError(_("The server sent something other than an image."), detail=answer.content_type)
        return answer.body

    def _may_administrate(self) -> bool:
        """Translate a refusal: only the owner can see sessions, and versions differ in the status for others."""
        try:
            self._http.get("/status/sessions")
        except (AuthError, ForbiddenError):
            return False
        return True

    def _raise_if_other(self, cause: Exception) -> None:
        found = found_kind(self._http)
        if found is not None and found is not ServerKind.PLEX:
            raise wrong_server(ServerKind.PLEX, found) from cause


def plex_headers(connection: Connection) -> dict[str, str]:
    """Return the headers that identify this installation, with the token if there is one."""
    headers = {
        "Accept": "application/json",
        "X-Plex-Client-Identifier": connection.client_id,
        "X-Plex-Product": "RetroVue",
        "X-Plex-Version": __version__,
        "X-Plex-Platform": platform.system() or "Unknown",
        "X-Plex-Platform-Version": platform.release() or "0",
        "X-Plex-Device": platform.machine() or "Computer",
        "X-Plex-Device-Name": "RetroVue",
    }
    if connection.token:
        headers["X-Plex-Token"] = connection.token
    return headers


def _all_path(library: RemoteLibrary) -> str:
    return f"/library/sections/{quote(library.remote_id, safe='')}/all"


def _window(start: int, size: int) -> Params:
    """Return both paging headers: a server that gets only one of them does not page."""
    return [("X-Plex-Container-Start", start), ("X-Plex-Container-Size", size)]


def _same(title: str) -> str:
    return unicodedata.normalize("NFC", title.strip()).casefold()


def _settle_total(head: Head, answer: Answer, start: int, size: int, arrived: int) -> None:
    """Determine the total of a page without one in its body, and check that it is the requested page.

    Raises:
        ProtocolError: the response starts elsewhere, so its items would be counted in the wrong place.
    """
    if arrived and head.offset is not None and head.offset != start:
        raise ProtocolError(
            _("The server returned a different part of the list than requested."),
            hint=_("Try again. If it keeps happening, check any proxy in front of the server."),
            detail=f"asked for {start}, got {head.offset}",
        )
    if head.total_size is None:
        head.total_size = number_of(answer.headers.get("X-Plex-Container-Total-Size"))
    if head.total_size is None and arrived > size:
        # More than requested: this server does not page, and the response is complete. A short page proves nothing,
        # since some servers and proxies send smaller pages than requested.
        head.total_size = head.size if head.size is not None else arrived


def _timed(page: Page, answer: Answer) -> Page:
    return replace(page, server_time=answer.server_time)
