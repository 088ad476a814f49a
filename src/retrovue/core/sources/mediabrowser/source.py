"""`MediaBrowserSource`: the common part of Emby and Jellyfin as a `MediaSource`."""

import json
import logging
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar
from urllib.parse import quote

from retrovue.core.domain.collections import RemoteCollection
from retrovue.core.domain.errors import (
    AuthError,
    ForbiddenError,
    MovedError,
    NotFoundError,
    ProtocolError,
    SourceError,
    StartingError,
)
from retrovue.core.domain.marks import RemoteMark
from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.servers import RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import (
    BadItem,
    Capabilities,
    Connection,
    Page,
    Since,
    Traffic,
)
from retrovue.core.sources.claims import shown_name
from retrovue.core.sources.http import Answer, HttpClient
from retrovue.core.sources.identity import guard, who_is_at
from retrovue.core.sources.machines import is_right
from retrovue.core.sources.mediabrowser.activity import ActivityReader, account_names
from retrovue.core.sources.mediabrowser.collections import box_sets
from retrovue.core.sources.mediabrowser.decode import DecodedPage, document, full_listing, rows_of, slim_listing
from retrovue.core.sources.mediabrowser.headers import ANONYMOUS, mediabrowser_headers
from retrovue.core.sources.mediabrowser.items import item_page, stub_page
from retrovue.core.sources.mediabrowser.libraries import (
    Account,
    account_of,
    kind_of,
    needs_set_up,
    remote_libraries,
    server_info,
    unknown_key,
)
from retrovue.core.sources.mediabrowser.marks import favorites, tags
from retrovue.core.sources.mediabrowser.overview import MediaBrowserOverview
from retrovue.core.sources.mediabrowser.query import (
    Params,
    fields_of,
    full_rows,
    id_lists,
    saved_since,
    scope,
    slim_rows,
    types_of,
    window,
)
from retrovue.core.sources.mediabrowser.reporting import read_report
from retrovue.core.sources.mediabrowser.sessions import remote_sessions
from retrovue.core.sources.mediabrowser.shapes import Item, SlimItem
from retrovue.core.sources.mediabrowser.whereabouts import Whereabouts
from retrovue.core.sources.recognise import found_kind, wrong_server
from retrovue.core.sources.records import RecordedPlay, ReportPage
from retrovue.core.sources.session_memory import SessionMemory

log = logging.getLogger(__name__)

JOINT = (ItemKind.MOVIE, ItemKind.SHOW)
"""Kinds of a mixed library that share a request. A request for episodes and series was seen to lose some."""
_MESSAGE_MS = 10_000
_MAX_ARTWORK_BYTES = 10 * 1024 * 1024
_IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")


class MediaBrowserSource:
    """A client of one Emby or Jellyfin server. Thread: any.

    Args:
        connection: the server; the token is sent in headers, never in an address. `user_id` is the account of a
            user's token; None with an API key, which sees everything and has no account.
        cancel: ends every blocked call immediately.
        client: the HTTP client, for tests.
    """

    kind: ClassVar[ServerKind]
    capabilities: Capabilities
    id_pattern: ClassVar[re.Pattern[str]]
    """The pattern of valid ids. A malformed one in a list makes the whole request fail."""

    def __init__(
        self, connection: Connection, *, cancel: CancelToken | None = None, client: HttpClient | None = None
    ) -> None:
        headers = mediabrowser_headers(self.kind, connection)
        refusal = None if connection.user_id is not None else partial(unknown_key, self.kind)
        self._http = client or HttpClient(connection, cancel=cancel, headers=headers, refusal=refusal)
        guard(self._http, self.identify)
        self._sessions = SessionMemory()
        self._user_id = connection.user_id
        self._whereabouts = Whereabouts()

    # --- what differs between the two -----------------------------------------------------------------------

    def _items_path(self) -> tuple[str, Params]:
        """Return the path and first parameters of item queries."""
        return self._items_path_of(self._user_id)

    def _items_path_of(self, user_id: str | None) -> tuple[str, Params]:
        """Return them as an account sees the items; None: as the token does."""
        raise NotImplementedError

    def _views(self, user_id: str) -> Answer:
        """Return the libraries that an account sees."""
        return self._http.get(f"/Users/{quote(user_id, safe='')}/Views")

    def _account(self) -> Account | None:
        """Return the account of the token; None for an API key."""
        raise NotImplementedError

    def _folders(self) -> list[RemoteLibrary]:
        """Return every library of the server; for administrators only."""
        raise NotImplementedError

    # --- identity -------------------------------------------------------------------------------------------

    @property
    def traffic(self) -> Traffic:
        """Return requests and bytes so far."""
        return self._http.traffic

    @property
    def address(self) -> str:
        """Return the address in use."""
        return self._http.connection.url

    def identify(self) -> ServerInfo:
        """Return which server is here, from `/System/Info/Public` without a token."""
        try:
            info = who_is_at(self._http, "/System/Info/Public", ANONYMOUS, self._read_identity)
        except (StartingError, MovedError):
            raise
        except (NotFoundError, ProtocolError) as error:
            self._raise_if_other(error)
            raise
        if info.kind is not self.kind:
            raise wrong_server(self.kind, info.kind)
        if is_right(info, self._http.connection.server):
            self._http.proven()
        return info

    def _read_identity(self, body: bytes) -> ServerInfo:
        found = document(body)
        info = server_info(kind_of(found), found, fallback_name=self._http.host)
        if needs_set_up(found) and self._is_starting():
            raise StartingError(
                _("“{server}” is starting up.").format(server=shown_name(info.name, info.kind.label)),
                hint=_("Wait until it is running, then try again."),
                status=503,
            )
        return info

    def _is_starting(self) -> bool:
        """Return whether it is starting: Jellyfin then reports that it was never set up, and sends 503 otherwise."""
        try:
            self._http.get("/Users/Public", headers=ANONYMOUS, patient=False)
        except StartingError:
            return True
        except SourceError as error:
            log.info("whether the server is starting cannot be told: %s", error.text)
        return False

    def probe(self) -> ServerInfo:
        """Return which server is here, signed in. Raises `AuthError` for a refused token."""
        public = self.identify()
        try:
            found = document(self._http.get("/System/Info").body)
        except ForbiddenError:
            # The full information can be for administrators only. The account below proves the token.
            found = {}
        account = self._account()
        is_owner = account.is_administrator if account is not None else self._may_administrate()
        merged = {"Id": public.machine_identifier, "Version": public.version, "ServerName": public.name, **found}
        return server_info(self.kind, merged, fallback_name=self._http.host, account=account, is_owner=is_owner)

    def libraries(self) -> list[RemoteLibrary]:
        """Return every library; without the permission only those the account sees, without folders."""
        try:
            found = self._folders()
        except (ForbiddenError, AuthError) as error:
            # Emby also sends 401 for missing permissions. An invalid token fails below as well.
            if self._user_id is None:
                raise
            log.info("libraries are listed as the account sees them: %s", error.detail)
            found = remote_libraries(rows_of(self._views(self._user_id).body)[0])
        self._whereabouts = Whereabouts(found)
        return found

    # --- items ----------------------------------------------------------------------------------------------

    def overview(self, libraries: Sequence[RemoteLibrary]) -> MediaBrowserOverview:
        """Return requests about all these libraries together, because they have no change marker."""
        path, first = self._items_path()

        def ask(params: Params, size: int) -> Answer:
            return self._http.get(path, [*first, *params], page_size=size)

        return MediaBrowserOverview(
            ask, self._whereabouts, libraries, since=self._saved_since, account=self._has_account
        )

    def count(self, library: RemoteLibrary, kind: ItemKind, *, also: ItemKind | None = None) -> int | None:
        """Return how many items of a kind there are, from a page without items."""
        path, first = self._items_path()
        answer = self._http.get(path, [*first, *scope(library, kind, also), *slim_rows(account=False), ("Limit", 0)])
        rows, total = rows_of(answer.body)
        return total if total or not rows else None

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
        """Return a page of full items, oldest addition first. Adding saves an item, so both deltas are the same."""
        params = [*scope(library, kind, also), *self._full_rows(kind), *self._saved_since(since)]
        params += window(start, size)
        path, first = self._items_path()
        answer = self._http.get(path, [*first, *params], page_size=size)
        listing = full_listing(answer.body)
        _check_start(listing, start)
        page = item_page(listing, kind, start=start, parts_of=self._parts_of, also=also)
        return replace(page, server_time=answer.server_time)

    def stubs_page(self, library: RemoteLibrary, kind: ItemKind, *, start: int, size: int) -> Page:
        """Return a page of ids and change keys, in the order of `items_page`."""
        path, first = self._items_path()
        params = [*first, *scope(library, kind), *slim_rows(account=self._has_account), *window(start, size)]
        answer = self._http.get(path, params, page_size=size)
        listing = slim_listing(answer.body)
        _check_start(listing, start)
        return replace(stub_page(listing, kind, start=start), server_time=answer.server_time)

    def details(self, library: RemoteLibrary, kind: ItemKind, ids: Sequence[str]) -> Page:
        """Return full items by id, in several requests if the address would be too long."""
        wanted = [each for each in dict.fromkeys(ids) if self.id_pattern.fullmatch(each)]
        odd = [each for each in ids if not self.id_pattern.fullmatch(each)]
        bad = [BadItem(each, _("The server gave this item an invalid ID.")) for each in odd]
        whole = Page(start=0, arrived=len(bad), total=len(bad), bad=bad)
        for chunk in id_lists(wanted, self.capabilities.max_ids):
            page = self._details(library, kind, chunk)
            whole = replace(
                page,
                arrived=whole.arrived + page.arrived,
                total=whole.arrived + page.arrived,
                items=[*whole.items, *page.items],
                bad=[*whole.bad, *page.bad],
                skipped=whole.skipped + page.skipped,
                skipped_ids=[*whole.skipped_ids, *page.skipped_ids],
                placeholder_ids=[*whole.placeholder_ids, *page.placeholder_ids],
                elsewhere_ids=[*whole.elsewhere_ids, *page.elsewhere_ids],
            )
        return whole

    def _details(self, library: RemoteLibrary, kind: ItemKind, ids: list[str]) -> Page:
        path, first = self._items_path()
        params: Params = [
            *first,
            ("Ids", ",".join(ids)),
            ("Recursive", "true"),
            ("IncludeItemTypes", types_of(library, kind)),
            ("CollapseBoxSetItems", "false"),
            *self._full_rows(kind),
        ]
        answer = self._http.get(path, params, page_size=len(ids))
        listing = full_listing(answer.body)
        page = item_page(listing, kind, start=0, parts_of=self._parts_of, only=set(ids))
        elsewhere = [str(row.id) for row in listing.rows if self._whereabouts.is_elsewhere(row.path, library)]
        return replace(page, server_time=answer.server_time, elsewhere_ids=elsewhere)

    def find_shows(self, library: RemoteLibrary, title: str, year: int | None) -> list[RemoteItem]:
        """Return shows with exactly this title in any letter case, and this year if one is given.

        How a server's search treats accents and punctuation is not documented. If it finds nothing, all shows are read.
        """
        wanted = _same(title)
        searches: tuple[Params, Params] = ([("SearchTerm", title)], [])
        for extra in searches:
            found = [show for show in self._shows(library, extra) if _same(show.title) == wanted]
            if found:
                return [show for show in found if year is None or show.year == year]
        return []

    def _shows(self, library: RemoteLibrary, extra: Params) -> list[RemoteItem]:
        shows: list[RemoteItem] = []
        seen: set[str] = set()
        start, size = 0, self.capabilities.page_size
        path, first = self._items_path()
        while True:
            params = [
                *first,
                *scope(library, ItemKind.SHOW),
                *extra,
                *self._full_rows(ItemKind.SHOW),
                *window(start, size),
            ]
            listing = full_listing(self._http.get(path, params, page_size=size).body)
            page = item_page(listing, ItemKind.SHOW, start=start, parts_of=self._parts_of)
            new = [show for show in page.items if show.remote_id not in seen]
            seen.update(show.remote_id for show in new)
            shows += new
            start += page.arrived
            if not new or (page.total is not None and start >= page.total):
                return shows

    def episodes_of(self, library: RemoteLibrary, show_remote_id: str, *, start: int, size: int) -> Page:
        """Return a page of all episodes of a show, seasons in order."""
        params: Params = [*self._user(), *self._full_rows(ItemKind.EPISODE), ("IsMissing", "false")]
        params += [("StartIndex", start), ("Limit", size)]
        path = f"/Shows/{quote(show_remote_id, safe='')}/Episodes"
        answer = self._http.get(path, params, page_size=size)
        listing = full_listing(answer.body)
        _check_start(listing, start)
        page = item_page(listing, ItemKind.EPISODE, start=start, parts_of=self._parts_of, show_id=show_remote_id)
        return replace(page, server_time=answer.server_time)

    def artwork(self, address: str, *, width: int, height: int) -> bytes:
        """Return the image, scaled by the server."""
        if not address.startswith("/Items/"):
            # Send no token to another host.
            raise ProtocolError(_("This is not the address of an image on this server."), detail=address[:80])
        params: Params = [("maxWidth", width), ("maxHeight", height), ("quality", 90)]
        answer = self._http.get(address, params, headers={"Accept": "image/*"}, max_bytes=_MAX_ARTWORK_BYTES)
        if not answer.content_type.startswith("image/") and not answer.body.startswith(_IMAGE_STARTS):
            raise ProtocolError(_("The server sent something other than an image."), detail=answer.content_type)
        return answer.body

    def sessions(self) -> list[RemoteSession]:
        """Return the live sessions."""
        return remote_sessions(rows_of(self._http.get("/Sessions").body)[0], self._sessions)

    def credits_at_ms(self, remote_id: str) -> int | None:
        """Return None: these servers know segments only by plugins."""
        return None

    def record(self, since: int) -> list[RecordedPlay]:
        """Return the plays of the server's log of activity since an instant."""
        return ActivityReader(self._http, lambda user_id: self._items_path_of(user_id or self._user_id)).read(since)

    def collections(self, libraries: Sequence[RemoteLibrary]) -> list[RemoteCollection]:
        """Return all collections of the server with their members: here they belong to no library."""
        path, first = self._items_path_of(self._user_id or self._an_administrator())
        return box_sets(lambda params: self._http.get(path, [*first, *params]))

    def marks(self, libraries: Sequence[RemoteLibrary]) -> list[RemoteMark]:
        """Return the tags of the server, and the favorites of every account.

        Only administrators may ask for those of others; another account has its own.
        """
        own = self._user_id or self._an_administrator()
        path, first = self._items_path_of(own)
        found = [*tags(lambda params: self._http.get(path, [*first, *params]))]
        try:
            accounts: Mapping[str, str] = account_names(self._http)
        except (AuthError, ForbiddenError):
            accounts = {} if own is None else {own: own}
        for user_id, name in accounts.items():
            its_path, its_first = self._items_path_of(user_id)
            found += favorites(partial(self._ask_items, its_path, its_first), name)
        return found

    def _ask_items(self, path: str, first: Params, params: Params) -> Answer:
        return self._http.get(path, [*first, *params])

    def _an_administrator(self) -> str | None:
        """Return an account that sees everything; an API key has none of its own."""
        rows = rows_of(self._http.get("/Users").body)[0]
        accounts = (account_of(row) for row in rows if isinstance(row, dict))
        return next((one.user_id for one in accounts if one is not None and one.is_administrator), None)

    def account_names(self) -> Mapping[str, str]:
        """Return the names of all accounts by their ids."""
        return account_names(self._http)

    def reported(self, after: int) -> Iterator[ReportPage] | None:
        """Return the rows of the Playback Reporting plugin after a row id, None without the plugin."""
        return read_report(self._http, after)

    def stop_session(self, stop_id: str, message: str) -> None:
        """Show the message on the player, then stop what it plays."""
        path = f"/Sessions/{quote(stop_id, safe='')}"
        headers = {"Content-Type": "application/json"}
        if message:
            said = {"Header": "RetroVue", "Text": message, "TimeoutMs": _MESSAGE_MS}
            # Not every player shows messages; that is no reason to let it go on.
            with suppress(NotFoundError, ProtocolError):
                self._http.post(f"{path}/Message", body=json.dumps(said).encode(), headers=headers)
        self._http.post(f"{path}/Playing/Stop", body=b"{}", headers=headers)

    def abort(self) -> None:
        """End every blocked call, and all later ones. Thread: any."""
        self._http.abort()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    # --- helpers --------------------------------------------------------------------------------------------

    @property
    def _has_account(self) -> bool:
        """Return whether lists contain a watch state. With an API key they do not."""
        return self._user_id is not None

    def _full_rows(self, kind: ItemKind) -> Params:
        return full_rows(kind, account=self._has_account)

    def _saved_since(self, since: Since | None) -> Params:
        return saved_since(since)

    def _user(self) -> Params:
        return [("UserId", self._user_id)] if self._user_id else []

    def _parts_of(self, item_id: str) -> Sequence[Item]:
        """Return the other files of a stacked item, which are in no list."""
        params: Params = [*self._user(), ("Fields", fields_of(ItemKind.MOVIE)), ("EnableUserData", "false")]
        try:
            answer = self._http.get(f"/Videos/{quote(item_id, safe='')}/AdditionalParts", params)
            return full_listing(answer.body).rows
        except (NotFoundError, ProtocolError) as error:
            # The item has its number of parts, so without them it is known to be incomplete.
            log.warning("further parts of %s: %s", item_id, error.detail or error.text)
            return ()

    def _account_by_id(self, user_id: str) -> Account | None:
        return account_of(document(self._http.get(f"/Users/{quote(user_id, safe='')}").body))

    def _may_administrate(self) -> bool:
        """Return whether the account is an administrator or an API key: only they can list users."""
        try:
            self._http.get("/Users")
        except (AuthError, ForbiddenError):
            return False
        return True

    def _raise_if_other(self, cause: Exception) -> None:
        found = found_kind(self._http)
        if found is not None and found is not self.kind:
            raise wrong_server(self.kind, found) from cause


def _check_start(listing: DecodedPage[Item] | DecodedPage[SlimItem], start: int) -> None:
    """Check the start of a page, which Jellyfin sends.

    Raises:
        ProtocolError: it is not the requested one, so its items would be counted in the wrong place.
    """
    if listing.arrived and listing.start is not None and listing.start != start:
        raise ProtocolError(
            _("The server returned a different part of the list than requested."),
            hint=_("Try again. If it keeps happening, check any proxy in front of the server."),
            detail=f"asked for {start}, got {listing.start}",
        )


def _same(title: str) -> str:
    return unicodedata.normalize("NFC", title.strip()).casefold()
