"""`MediaBrowserSource`: what Emby and Jellyfin have in common as a `MediaSource`."""

import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar
from urllib.parse import quote

from retrovue.core.domain.errors import (
    AuthError,
    ForbiddenError,
    MovedError,
    NotFoundError,
    ProtocolError,
    SourceError,
    StartingError,
)
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
from retrovue.core.sources.mediabrowser.sessions import remote_sessions
from retrovue.core.sources.mediabrowser.shapes import Item, SlimItem
from retrovue.core.sources.mediabrowser.whereabouts import Whereabouts
from retrovue.core.sources.recognise import found_kind, wrong_server

log = logging.getLogger(__name__)

JOINT = (ItemKind.MOVIE, ItemKind.SHOW)
"""Kinds of a mixed library that one question may name; one of episodes beside series was seen to lose some."""
_MAX_ARTWORK_BYTES = 10 * 1024 * 1024
_IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF")


class MediaBrowserSource:
    """Asks one Emby or Jellyfin server. Thread: any.

    Args:
        connection: where to; the token is sent in headers, never in an address. `user_id` is the account that a
            user's token belongs to; None with an API key, which sees everything and has no account.
        cancel: ends every blocked call at once.
        client: the HTTP client, for tests.
    """

    kind: ClassVar[ServerKind]
    capabilities: Capabilities
    id_pattern: ClassVar[re.Pattern[str]]
    """Ids that may be put in a list: one that is malformed makes the whole question fail."""

    def __init__(
        self, connection: Connection, *, cancel: CancelToken | None = None, client: HttpClient | None = None
    ) -> None:
        headers = mediabrowser_headers(self.kind, connection)
        refusal = None if connection.user_id is not None else partial(unknown_key, self.kind)
        self._http = client or HttpClient(connection, cancel=cancel, headers=headers, refusal=refusal)
        guard(self._http, self.identify)
        self._user_id = connection.user_id
        self._whereabouts = Whereabouts()

    # --- what differs between the two -----------------------------------------------------------------------

    def _items_path(self) -> tuple[str, Params]:
        """Where items are asked for: path and first parameters."""
        raise NotImplementedError

    def _views(self, user_id: str) -> Answer:
        """The libraries that an account sees."""
        return self._http.get(f"/Users/{quote(user_id, safe='')}/Views")

    def _account(self) -> Account | None:
        """The account that the token belongs to; None for an API key."""
        raise NotImplementedError

    def _folders(self) -> list[RemoteLibrary]:
        """Every library of the server, which only administrators may ask for."""
        raise NotImplementedError

    # --- identity -------------------------------------------------------------------------------------------

    @property
    def traffic(self) -> Traffic:
        """Requests and bytes so far."""
        return self._http.traffic

    @property
    def address(self) -> str:
        """Where it is asked."""
        return self._http.connection.url

    def identify(self) -> ServerInfo:
        """Who is at this address: `/System/Info/Public` answers without a token."""
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
        """While Jellyfin starts it says who it is, as one that was never set up, and everything else is 503."""
        try:
            self._http.get("/Users/Public", headers=ANONYMOUS, patient=False)
        except StartingError:
            return True
        except SourceError as error:
            log.info("whether the server is starting cannot be told: %s", error.text)
        return False

    def probe(self) -> ServerInfo:
        """Who is at this address, signed in; raises `AuthError` for a refused token."""
        public = self.identify()
        try:
            found = document(self._http.get("/System/Info").body)
        except ForbiddenError:
            # The full information may be for administrators only; the account below proves the token.
            found = {}
        account = self._account()
        is_owner = account.is_administrator if account is not None else self._may_administrate()
        merged = {"Id": public.machine_identifier, "Version": public.version, "ServerName": public.name, **found}
        return server_info(self.kind, merged, fallback_name=self._http.host, account=account, is_owner=is_owner)

    def libraries(self) -> list[RemoteLibrary]:
        """Every library; an account that may not list them gets those it sees, without their folders."""
        try:
            found = self._folders()
        except (ForbiddenError, AuthError) as error:
            # Emby answers 401 also where only rights are lacking; a token that is no longer good fails below, too.
            if self._user_id is None:
                raise
            log.info("libraries are listed as the account sees them: %s", error.detail)
            found = remote_libraries(rows_of(self._views(self._user_id).body)[0])
        self._whereabouts = Whereabouts(found)
        return found

    # --- items ----------------------------------------------------------------------------------------------

    def overview(self, libraries: Sequence[RemoteLibrary]) -> MediaBrowserOverview:
        """Questions about all of these libraries at once: no list of libraries tells what moved."""
        path, first = self._items_path()

        def ask(params: Params, size: int) -> Answer:
            return self._http.get(path, [*first, *params], page_size=size)

        return MediaBrowserOverview(
            ask, self._whereabouts, libraries, since=self._saved_since, account=self._has_account
        )

    def count(self, library: RemoteLibrary, kind: ItemKind, *, also: ItemKind | None = None) -> int | None:
        """How many items of a kind there are, from a page without items."""
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
        """A page of full items, oldest addition first. An addition is a save: both deltas ask the same."""
        params = [*scope(library, kind, also), *self._full_rows(kind), *self._saved_since(since)]
        params += window(start, size)
        path, first = self._items_path()
        answer = self._http.get(path, [*first, *params], page_size=size)
        listing = full_listing(answer.body)
        _check_start(listing, start)
        page = item_page(listing, kind, start=start, parts_of=self._parts_of, also=also)
        return replace(page, server_time=answer.server_time)

    def stubs_page(self, library: RemoteLibrary, kind: ItemKind, *, start: int, size: int) -> Page:
        """A page of ids and change keys, in the same order as `items_page`."""
        path, first = self._items_path()
        params = [*first, *scope(library, kind), *slim_rows(account=self._has_account), *window(start, size)]
        answer = self._http.get(path, params, page_size=size)
        listing = slim_listing(answer.body)
        _check_start(listing, start)
        return replace(stub_page(listing, kind, start=start), server_time=answer.server_time)

    def details(self, library: RemoteLibrary, kind: ItemKind, ids: Sequence[str]) -> Page:
        """Full items by id, in as many requests as the length of addresses wants."""
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
        """Shows with exactly this title in any letter case, and of this year when one is given.

        How a server's search treats accents and signs is not described: where it finds nothing, all shows are read.
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
        """A page of all episodes of a show, seasons in order."""
        params: Params = [*self._user(), *self._full_rows(ItemKind.EPISODE), ("IsMissing", "false")]
        params += [("StartIndex", start), ("Limit", size)]
        path = f"/Shows/{quote(show_remote_id, safe='')}/Episodes"
        answer = self._http.get(path, params, page_size=size)
        listing = full_listing(answer.body)
        _check_start(listing, start)
        page = item_page(listing, ItemKind.EPISODE, start=start, parts_of=self._parts_of, show_id=show_remote_id)
        return replace(page, server_time=answer.server_time)

    def artwork(self, address: str, *, width: int, height: int) -> bytes:
        """The image, scaled by the server."""
        if not address.startswith("/Items/"):
            # Nothing of ours goes to strangers.
            raise ProtocolError(_("This is not the address of an image on this server."), detail=address[:80])
        params: Params = [("maxWidth", width), ("maxHeight", height), ("quality", 90)]
        answer = self._http.get(address, params, headers={"Accept": "image/*"}, max_bytes=_MAX_ARTWORK_BYTES)
        if not answer.content_type.startswith("image/") and not answer.body.startswith(_IMAGE_STARTS):
            raise ProtocolError(_("The server sent something other than an image."), detail=answer.content_type)
        return answer.body

    def sessions(self) -> list[RemoteSession]:
        """Who is playing what now."""
        return remote_sessions(rows_of(self._http.get("/Sessions").body)[0])

    def abort(self) -> None:
        """End every blocked call, now and from now on. Thread: any."""
        self._http.abort()

    def close(self) -> None:
        """Give back all connections."""
        self._http.close()

    # --- helpers --------------------------------------------------------------------------------------------

    @property
    def _has_account(self) -> bool:
        """Whether lists tell what a person has watched: an API key belongs to nobody."""
        return self._user_id is not None

    def _full_rows(self, kind: ItemKind) -> Params:
        return full_rows(kind, account=self._has_account)

    def _saved_since(self, since: Since | None) -> Params:
        return saved_since(since)

    def _user(self) -> Params:
        return [("UserId", self._user_id)] if self._user_id else []

    def _parts_of(self, item_id: str) -> Sequence[Item]:
        """The further files of a stacked item: they are in no list."""
        params: Params = [*self._user(), ("Fields", fields_of(ItemKind.MOVIE)), ("EnableUserData", "false")]
        try:
            answer = self._http.get(f"/Videos/{quote(item_id, safe='')}/AdditionalParts", params)
            return full_listing(answer.body).rows
        except (NotFoundError, ProtocolError) as error:
            # The item says how many parts it has: without them it is known to be told in part.
            log.warning("further parts of %s: %s", item_id, error.detail or error.text)
            return ()

    def _account_by_id(self, user_id: str) -> Account | None:
        return account_of(document(self._http.get(f"/Users/{quote(user_id, safe='')}").body))

    def _may_administrate(self) -> bool:
        """Only administrators, and API keys, may list people."""
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
    """Jellyfin says where its page begins.

    Raises:
        ProtocolError: elsewhere than was asked for: its items would be counted in the wrong place.
    """
    if listing.arrived and listing.start is not None and listing.start != start:
        raise ProtocolError(
            _("The server returned a different part of the list than requested."),
            hint=_("Try again. If it keeps happening, check any proxy in front of the server."),
            detail=f"asked for {start}, got {listing.start}",
        )


def _same(title: str) -> str:
    return unicodedata.normalize("NFC", title.strip()).casefold()
