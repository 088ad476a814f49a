"""The Emby and Jellyfin dialects over a demo library: paths, permission, answers in text and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from retrovue.demo.artwork import poster
from retrovue.demo.faults import Exchange, Fault
from retrovue.demo.http import Request, Response
from retrovue.demo.library import DemoLibrary
from retrovue.demo.mediabrowser_items import Document, folder_document, part_document, view_document
from retrovue.demo.mediabrowser_listing import MediaListings, Query, Refused, json_response
from retrovue.demo.mediabrowser_past import MediaPast
from retrovue.demo.mediabrowser_sessions import MediaAnnouncer
from retrovue.demo.mediabrowser_truth import MediaTruth, media_truth
from retrovue.demo.mediabrowser_users import Account, Caller, Users
from retrovue.demo.mediabrowser_view import EMBY, JELLYFIN, Flavour, MediaView
from retrovue.demo.model import Item, Kind, Section
from retrovue.demo.playback import PlaybackBoard
from retrovue.demo.websocket import SocketHub

_OPEN = re.compile(
    r"/system/info/public|/system/ping|/users/public|/users/authenticate(?:byname|withquickconnect)|/quickconnect/\w+"
)
_PREFIX = re.compile(r"/(?:emby|mediabrowser)(?=/|$)", re.IGNORECASE)
_ID = r"([0-9a-zA-Z-]+)"
_COUNTED: dict[str, Kind] = {"MovieCount": "movie", "SeriesCount": "show", "EpisodeCount": "episode"}
Handler = Callable[..., Response]


class Call(Exchange):
    """A request with who makes it."""

    caller: Caller

    @property
    def query(self) -> Query:
        """Its parameters."""
        return Query.of(self.request)


class MediaBrowserDialect:
    """Answers requests as Emby or Jellyfin does. Thread: any.

    Args:
        flavour: which of the two.
        library: what is served.
        board: what is playing.
        sockets: the clients that are told of changes.
        token: the API key that is let in.

    Attributes:
        view: what can be set about the library: `mixed` sections, `network_paths`.
        users: accounts, tokens, quick connect.
        has_folder_query: the newer `/Library/VirtualFolders/Query` exists (Emby).
        has_folder_array: the older bare array exists.
        has_activity_log: the log of activity can be read.
        has_playback_reporting: the plugin of this name is installed.
        past: the server's own records of plays.
        starting: "early": it says who it is in camelCase, and everything else is 503; "loading": everything is.
    """

    def __init__(
        self, flavour: Flavour, library: DemoLibrary, board: PlaybackBoard, sockets: SocketHub, token: str
    ) -> None:
        self.flavour = flavour
        self.library = library
        self.view = MediaView(library, flavour)
        self.users = Users(library, flavour, token)
        self.announcer = MediaAnnouncer(self.view, board, sockets, self.users)
        self.listings = MediaListings(self.view)
        self.past = MediaPast(self.view, board, self.users)
        self.has_activity_log = True
        self.has_playback_reporting = False
        self.has_folder_array = True
        self.starting = ""
        self.has_folder_query = flavour.is_emby
        names = ("/embywebsocket", "/emby/embywebsocket") if flavour.is_emby else ("/socket",)
        self.websocket_paths: tuple[str, ...] = names
        self._routes = [(re.compile(pattern, re.IGNORECASE), handler) for pattern, handler in self._table()]

    def _table(self) -> Iterator[tuple[str, Handler]]:
        yield "/System/Info/Public", self._public_info
        yield "/System/Info", self._info
        yield "/System/Ping", self._ping
        yield "/Library/VirtualFolders", self._folders
        yield "/Library/VirtualFolders/Query", self._folder_query
        yield "/Users/Public", self._public_users
        yield "/Users/AuthenticateByName", lambda call: self.users.sign_in(call.request)
        yield "/Users/Me", self._me
        yield f"/Users/{_ID}/Items", self._user_items
        yield f"/Users/{_ID}/Items/{_ID}", self._user_item
        yield f"/Users/{_ID}/Views", self._views
        yield "/UserViews", self._own_views
        yield "/Items", self._items
        yield "/Items/Counts", self._counts
        yield f"/Items/{_ID}", self._item
        yield rf"/Items/{_ID}/Images/Primary(?:/\d+)?", self._image
        yield f"/Videos/{_ID}/AdditionalParts", self._parts
        yield f"/Shows/{_ID}/Seasons", self._seasons
        yield f"/Shows/{_ID}/Episodes", self._episodes
        yield "/Sessions", self._sessions
        yield f"/Sessions/{_ID}/Message", self._message
        yield f"/Sessions/{_ID}/Playing/Stop", self._stop
        yield "/Sessions/Capabilities(?:/Full)?", lambda _call: Response(204, b"", "text/plain")
        yield "/Sessions/Logout", self._logout
        yield "/Users", self._users
        yield "/System/ActivityLog/Entries", self._activity
        yield "/user_usage_stats/submit_custom_query", self._report
        if not self.flavour.is_emby:
            yield "/QuickConnect/Enabled", lambda _call: json_response(self.users.quick_connect)
            yield "/QuickConnect/Initiate", lambda call: self.users.start_quick_connect(call.request)
            yield "/QuickConnect/Connect", self._quick_connect
            yield "/Users/AuthenticateWithQuickConnect", lambda call: self.users.finish_quick_connect(call.request)
        yield f"/Users/{_ID}", self._user

    def truth(self, section: str | None = None) -> dict[str, MediaTruth]:
        """Give what a perfect catalog knows of a section (or of all), by this server's ids."""
        with self.library.lock:
            return media_truth(self.view, section)

    def authorized(self, request: Request) -> bool:
        """Whether the request may see anything."""
        return bool(_OPEN.fullmatch(self._path(request).lower())) or self.users.caller(request) is not None

    def unauthorized(self) -> Response:
        """Give the answer to an unknown key."""
        return Response(401, b"Access token is invalid or expired." if self.flavour.is_emby else b"", "text/plain")

    def refuse_socket(self, request: Request) -> Response | None:
        """The answer to a websocket that is not let in; None lets it in. Jellyfin gives one for every reason."""
        if self.starting:
            return self._not_ready()
        if self.authorized(request):
            return None
        return self.unauthorized() if self.flavour.is_emby else Response(403, b"", "text/plain")

    def outside(self, request: Request, base_path: str) -> Response:
        """The answer to a request that is not below the base path: Jellyfin leads to its web page, relatively."""
        if self.flavour.is_emby:
            return Response(404, b"File not found.", "text/plain")
        up = "../" * (request.path.count("/") - 1)
        return Response(302, b"", "text/html", {"Location": f"{up}{base_path.strip('/')}/web/"})

    def _not_ready(self) -> Response:
        if self.starting == "early":
            return Response(503, b"starting", "text/html", {"Retry-After": "005"})
        return Response(503, b"Jellyfin Server is loading. Please try again shortly.", "text/html")

    def _while_starting(self, request: Request) -> Response:
        """What was seen of a server that starts: who it is, as one that was never set up, and nothing else."""
        if self.starting != "early" or self._path(request).lower() != "/system/info/public":
            return self._not_ready()
        found = {**self._identity(request), "StartupWizardCompleted": False}
        return json_response({name[0].lower() + name[1:]: value for name, value in found.items()})

    def handle(self, request: Request, faults: list[Fault]) -> Response:
        """Answer one request."""
        if self.starting:
            return self._while_starting(request)
        if not self.authorized(request):
            return self.unauthorized()
        path = self._path(request)
        for pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            call = Call(request, faults)
            with self.library.lock:
                call.caller = self.users.caller(request) or Caller(None)
                try:
                    return handler(call, *match.groups())
                except Refused as refused:
                    return refused.response
                except ValueError as error:
                    return self._refuse(500, str(error))
        return self._refuse(404, "File not found.")

    def _path(self, request: Request) -> str:
        path = request.path.rstrip("/") or "/"
        return _PREFIX.sub("", path, count=1) if self.flavour.is_emby else path

    def _refuse(self, status: int, text: str) -> Response:
        """An error in the server's manner: its message as text, or Jellyfin's one sentence for all of them."""
        body = text if self.flavour.is_emby else "Error processing request."
        return Response(status, body.encode(), "text/plain")

    def _public_info(self, call: Call) -> Response:
        return json_response(self._identity(call.request))

    def _identity(self, request: Request) -> Document:
        found: Document = {
            "LocalAddress": f"http://{request.headers.get('host', '127.0.0.1')}",
            "ServerName": self.library.name,
            "Version": self.flavour.version,
            "Id": self.library.machine_identifier[:32],
        }
        if not self.flavour.is_emby:
            found |= {"ProductName": "Jellyfin Server", "OperatingSystem": "", "StartupWizardCompleted": True}
        return found

    def _info(self, call: Call) -> Response:
        found: Document = {
            "ServerName": self.library.name,
            "Version": self.flavour.version,
            "Id": self.library.machine_identifier[:32],
            "OperatingSystem": "Linux",
            "HasPendingRestart": False,
            "IsShuttingDown": False,
            "SupportsLibraryMonitor": True,
        }
        if not self.flavour.is_emby:
            found["ProductName"] = "Jellyfin Server"
        return json_response(found)

    def _ping(self, _call: Call) -> Response:
        text = b"Emby Server" if self.flavour.is_emby else b'"Jellyfin Server"'
        return Response(200, text, "text/plain")

    def _folders(self, call: Call) -> Response:
        if not self.has_folder_array:
            return self._refuse(404, "File not found.")
        if not call.caller.is_administrator:
            return self._forbidden()
        return json_response([folder_document(self.view, each) for each in self.library.sections.values()])

    def _folder_query(self, call: Call) -> Response:
        if not self.has_folder_query:
            return self._refuse(404, "File not found.")
        if not call.caller.is_administrator:
            return self._forbidden()
        rows = [folder_document(self.view, each) for each in self.library.sections.values()]
        start, limit = call.query.number("StartIndex") or 0, call.query.number("Limit")
        shown = rows[start:] if limit is None else rows[start : start + limit]
        return json_response({"Items": shown, "TotalRecordCount": len(rows)})

    def _forbidden(self) -> Response:
        """Emby answers 401 where only rights are lacking, Jellyfin 403."""
        if self.flavour.is_emby:
            return Response(401, b"User does not have permission.", "text/plain")
        return Response(403, b"", "text/plain")

    def _public_users(self, _call: Call) -> Response:
        return json_response([self.users.document(account) for account in self.users.accounts])

    def _users(self, call: Call) -> Response:
        return self._public_users(call) if call.caller.is_administrator else self._forbidden()

    def _user(self, call: Call, user_id: str) -> Response:
        account = self._account(user_id)
        if not call.caller.is_administrator and account is not call.caller.account:
            return self._forbidden()
        return json_response(self.users.document(account))

    def _me(self, call: Call) -> Response:
        if self.flavour.is_emby:
            raise ValueError("Unrecognized Guid format.")
        if call.caller.account is None:
            return self._refuse(400, "")
        return json_response(self.users.document(call.caller.account))

    def _account(self, user_id: str) -> Account:
        """The account of an id.

        Raises:
            Refused: there is none.
        """
        account = self.users.account(user_id)
        if account is None:
            raise Refused(404, "User not found." if self.flavour.is_emby else "Error processing request.")
        return account

    def _visible(self, call: Call, account: Account | None) -> list[Section]:
        """The libraries that an account sees; a key sees all."""
        asked = account or call.caller.account
        sections = self.library.sections.values()
        if asked is None or asked.sections is None:
            return list(sections)
        return [section for section in sections if section.key in asked.sections]

    def _user_items(self, call: Call, user_id: str) -> Response:
        account = self._account(user_id)
        return self.listings.query(call, self._visible(call, account), user=True)

    def _items(self, call: Call) -> Response:
        user_id = call.query.text("UserId")
        account = self._account(user_id) if user_id else None
        if account is None and call.caller.account is not None and not self.flavour.is_emby:
            return self._refuse(400, "")
        return self.listings.query(call, self._visible(call, account), user=account is not None)

    def _views(self, call: Call, user_id: str) -> Response:
        account = self._account(user_id)
        rows = [view_document(self.view, section) for section in self._visible(call, account)]
        return json_response({"Items": rows, "TotalRecordCount": len(rows)})

    def _own_views(self, call: Call) -> Response:
        if self.flavour.is_emby:
            return self._refuse(404, "File not found.")
        return self._views(call, call.query.text("UserId") or (call.caller.account or self.users.accounts[0]).id)

    def _counts(self, call: Call) -> Response:
        sections = self._visible(call, None)
        counts: Document = {}
        for name, kind in _COUNTED.items():
            counts[name] = sum(len(self.view.members(section.key, kind)) for section in sections)
        return json_response({**counts, "ArtistCount": 0, "BoxSetCount": 0})

    def _found(self, text: str) -> Item:
        """The item of an id.

        Raises:
            Refused: there is none.
            ValueError: it is no id.
        """
        item = self.view.item(self.flavour.item_number(text))
        if item is None:
            raise Refused(404, "Item not found." if self.flavour.is_emby else "Error processing request.")
        return item

    def _item(self, call: Call, item_id: str) -> Response:
        """One item without a person in the path: Emby says 404 for items that exist."""
        if self.flavour.is_emby:
            return self._refuse(404, "Item not found.")
        return json_response(self.listings.single(self._found(item_id), user=call.query.text("UserId") is not None))

    def _user_item(self, _call: Call, user_id: str, item_id: str) -> Response:
        self._account(user_id)
        return json_response(self.listings.single(self._found(item_id), user=True))

    def _image(self, call: Call, item_id: str) -> Response:
        item = self._found(item_id)
        query = call.query
        width = query.number("maxWidth") or query.number("width") or 240
        height = query.number("maxHeight") or query.number("height") or width * 3 // 2
        show = self.library.items.get(item.show_id or 0)
        title = show.title if show is not None else item.title
        picture = poster(title, min(max(width, 1), 1_000), min(max(height, 1), 1_000))
        return Response(200, picture, "image/png", {"Cache-Control": "public, max-age=31536000"})

    def _parts(self, _call: Call, item_id: str) -> Response:
        item = self._found(item_id)
        parts = self.view.extra_parts(item)
        rows = [part_document(self.view, item, part, number) for number, part in enumerate(parts, start=1)]
        return json_response({"Items": rows, "TotalRecordCount": len(rows)})

    def _seasons(self, call: Call, show_id: str) -> Response:
        show = self._found(show_id)
        seasons = [season.id for season in self.library.children(show.id) if season.kind == "season"]
        return self.listings.page(call, seasons, self.listings.wanted(call.query, user=False))

    def _episodes(self, call: Call, show_id: str) -> Response:
        show = self._found(show_id)
        season = call.query.number("Season")
        missing = call.query.flag("IsMissing")
        user = call.query.text("UserId") is not None
        members = [each for each in self.view.members(show.section, "episode") if each.show_id == show.id]
        members.sort(key=lambda each: (each.season_number or 0, each.index or 0, each.id))
        numbers = [
            each.id
            for each in members
            if season in (None, each.season_number) and not (self.view.is_virtual(each) and (user or missing is False))
        ]
        return self.listings.page(call, numbers, self.listings.wanted(call.query, user=user))

    def _sessions(self, call: Call) -> Response:
        device = call.query.text("DeviceId")
        account = call.caller.account
        mine = None if account is None or account.is_administrator or self.flavour.is_emby else account.id
        rows = self.announcer.sessions()
        rows = [row for row in rows if device in (None, row["DeviceId"]) and mine in (None, row.get("UserId"))]
        return json_response(rows)

    def _message(self, call: Call, session_id: str) -> Response:
        text = json.loads(call.request.body or b"{}").get("Text", "")
        return Response(204 if self.announcer.message_to(session_id, text) else 404, b"", "text/plain")

    def _stop(self, call: Call, session_id: str) -> Response:
        return Response(204 if self.announcer.stop(session_id) else 404, b"", "text/plain")

    def _activity(self, call: Call) -> Response:
        if not call.caller.is_administrator:
            return self._forbidden()
        return self.past.activity(call.query) if self.has_activity_log else self._refuse(404, "File not found.")

    def _report(self, call: Call) -> Response:
        if not self.has_playback_reporting:
            return self._refuse(404, "File not found.")
        return self.past.submit_query(call.request) if call.caller.is_administrator else self._forbidden()

    def _logout(self, call: Call) -> Response:
        self.users.revoke(self.users.token_of(call.request) or "")
        return Response(204, b"", "text/plain")

    def _quick_connect(self, call: Call) -> Response:
        return self.users.quick_connect_state(call.query.text("secret") or "")


class EmbyDialect(MediaBrowserDialect):
    """Emby, as a dialect for `DemoServer`."""

    def __init__(self, library: DemoLibrary, board: PlaybackBoard, sockets: SocketHub, token: str) -> None:
        super().__init__(EMBY, library, board, sockets, token)


class JellyfinDialect(MediaBrowserDialect):
    """Jellyfin, as a dialect for `DemoServer`."""

    def __init__(self, library: DemoLibrary, board: PlaybackBoard, sockets: SocketHub, token: str) -> None:
        super().__init__(JELLYFIN, library, board, sockets, token)
