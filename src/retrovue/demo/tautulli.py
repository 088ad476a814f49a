"""A Tautulli on 127.0.0.1 that has watched a demo Plex server: its API v2, as a running 2.17.2 answered.

Its history is the past of the watched server's board, so that it never contradicts what that server says. Every error
is HTTP 400, "not found" is a success, and most numbers of live sessions are text.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from retrovue.demo.faults import Fault
from retrovue.demo.http import Request, Response
from retrovue.demo.library import DemoLibrary
from retrovue.demo.playback import USERS, PlaybackBoard
from retrovue.demo.server import DemoServer
from retrovue.demo.tautulli_graphs import by_date, by_hour, by_stream_type, by_weekday, user_stats, watch_time
from retrovue.demo.tautulli_rows import Document, History, account_id, answer_history
from retrovue.demo.websocket import SocketHub

KEY = "0123456789abcdef0123456789abcdef"
VERSION = "v2.17.2"
_DEFAULT_PAGE = "<!DOCTYPE html><html><head><title>Tautulli - Login</title></head><body></body></html>"


class Silence:
    """Tautulli has no websocket for clients."""

    playbacks = False
    library_changes = False


class TautulliDialect:
    """Answers requests as Tautulli does. Thread: any.

    Attributes:
        history: what is kept of the watched server.
        version: what it says it is.
        plex_name, plex_version, plex_url: what it says of the watched server.
    """

    websocket_paths: tuple[str, ...] = ()

    def __init__(self, library: DemoLibrary, board: PlaybackBoard, token: str, plex_url: str) -> None:
        self.history = History(library, board)
        self.version = VERSION
        self.plex_name = library.name
        self.plex_version = "1.43.0.10467-demo"
        self.plex_url = plex_url
        self.announcer = Silence()
        self._library = library
        self._key = token
        self._commands: dict[str, Callable[[Request], Any]] = {
            "server_status": lambda _request: {"connected": True},
            "get_tautulli_info": lambda _request: {"tautulli_install_type": "source", "tautulli_version": self.version},
            "get_server_info": lambda _request: self._server_info(),
            "get_server_identity": lambda _request: self._identity(),
            "get_server_friendly_name": lambda _request: self.plex_name,
            "get_libraries": lambda _request: self._libraries(),
            "get_users": lambda _request: self._users(),
            "get_user_names": lambda _request: self._user_names(),
            "get_history": lambda request: answer_history(self.history, request),
            "get_item_watch_time_stats": lambda request: watch_time(self.history, self._of_item(request), request),
            "get_item_user_stats": lambda request: user_stats(self._of_item(request)),
            "get_user_watch_time_stats": self._user_watch_time,
            "get_plays_by_date": lambda request: by_date(self.history, request),
            "get_plays_by_dayofweek": lambda request: by_weekday(self.history, request),
            "get_plays_by_hourofday": lambda request: by_hour(self.history, request),
            "get_plays_by_stream_type": lambda request: by_stream_type(self.history, request),
            "get_metadata": self._metadata,
        }

    def authorized(self, request: Request) -> bool:
        """Whether the key of a request is the right one."""
        return request.param("apikey") == self._key

    def refuse_socket(self, _request: Request) -> Response | None:
        """The answer to a websocket: there is none."""
        return self.unauthorized()

    def unauthorized(self) -> Response:
        """Give the refusal of a wrong key, which is no 401 here."""
        return _error("Invalid apikey")

    def outside(self, _request: Request, _base_path: str) -> Response:
        """The answer to a request that is not below the base path."""
        return Response(404, _DEFAULT_PAGE.encode(), "text/html")

    def handle(self, request: Request, _faults: list[Fault]) -> Response:
        """Answer one request."""
        if request.path.rstrip("/") != "/api/v2":
            return Response(200, _DEFAULT_PAGE.encode(), "text/html")
        if request.param("apikey") is None:
            return _error("Parameter apikey is required")
        if not self.authorized(request):
            return self.unauthorized()
        name = request.param("cmd")
        if name is None:
            return _error(f"Parameter cmd is required. Possible commands are: {', '.join(self._commands)}")
        if name == "status":
            return _answer({}, "Ok")
        if name not in self._commands:
            return _error(f"Unknown command: {name}. Possible commands are: {', '.join(self._commands)}")
        try:
            with self._library.lock:
                return _answer(self._commands[name](request))
        except _Missing as error:
            return _error(str(error) or None)

    def _server_info(self) -> Document:
        host, _, port = self.plex_url.removeprefix("http://").partition(":")
        return {
            "pms_name": self.plex_name, "pms_version": self.plex_version, "pms_platform": "Linux", "pms_ip": host,
            "pms_port": int(port or 32400), "pms_ssl": 0, "pms_url": self.plex_url, "pms_url_manual": 1,
            "pms_identifier": self._library.machine_identifier, "pms_plexpass": 0,
        }  # fmt: skip

    def _identity(self) -> Document:
        return {"machine_identifier": self._library.machine_identifier, "version": self.plex_version}

    def _libraries(self) -> list[Document]:
        found = []
        for key, section in self._library.sections.items():
            row: Document = {
                "section_id": key, "section_name": section.title, "section_type": section.kind,
                "agent": section.agent, "thumb": f"/:/resources/{section.kind}.png", "art": "",
                "count": str(self._library.count(key, section.kind)), "is_active": 1,
            }  # fmt: skip
            if section.kind == "show":
                row["parent_count"] = str(self._library.count(key, "season"))
                row["child_count"] = str(self._library.count(key, "episode"))
            found.append(row)
        return found

    def _known(self) -> dict[int, str]:
        people = {account_id(user): user.name for user in USERS}
        return people | {row["user_id"]: row["user"] for row in self.history.rows()}

    def _users(self) -> list[Document]:
        people = {0: "Local"} | self._known()
        return [
            {"row_id": number, "user_id": user_id, "username": name, "friendly_name": name, "thumb": "", "email": None,
             "is_active": 1, "is_admin": int(number == 2), "keep_history": 1, "do_notify": 1, "shared_libraries": []}
            for number, (user_id, name) in enumerate(people.items(), start=1)
        ]  # fmt: skip

    def _user_names(self) -> list[Document]:
        return [{"user_id": user_id, "friendly_name": name} for user_id, name in self._known().items()]

    def _of_item(self, request: Request) -> list[Document]:
        """The rows of a movie or episode, or of everything below a season or show."""
        key = request.param("rating_key") or ""
        if not key:
            raise _Missing
        columns = ("rating_key", "parent_rating_key", "grandparent_rating_key")
        return [row for row in self.history.rows() if key in (str(row[name]) for name in columns)]

    def _user_watch_time(self, request: Request) -> list[Document]:
        if not request.param("user_id"):
            raise _Missing
        mine = [row for row in self.history.rows() if str(row["user_id"]) == request.param("user_id")]
        return watch_time(self.history, mine, request)

    def _metadata(self, request: Request) -> Document:
        item = self._library.items.get(int(request.param("rating_key") or 0))
        if item is None:
            return {}
        return {
            "media_type": item.kind, "section_id": item.section, "rating_key": str(item.id), "title": item.title,
            "year": str(item.year or ""), "guid": item.guid, "guids": list(item.external_ids),
            "duration": str(item.duration_ms or ""), "added_at": str(item.added_at),
        }  # fmt: skip


class _Missing(Exception):  # noqa: N818 - it says what is missing
    """A parameter without which a command cannot answer."""


def watching(plex: DemoServer, *, token: str = KEY, port: int = 0) -> DemoServer:
    """Return a Tautulli, not started yet, that has watched a demo Plex server all its life."""

    def dialect(library: DemoLibrary, _board: PlaybackBoard, _sockets: SocketHub, key: str) -> TautulliDialect:
        return TautulliDialect(library, plex.playbacks, key, plex.url)

    return DemoServer(plex.library, token=token, port=port, dialect=dialect)


def _answer(data: Any, message: str | None = None) -> Response:
    return _enveloped(200, "success", message, data)


def _error(message: str | None) -> Response:
    return _enveloped(400, "error", message, {})


def _enveloped(status: int, result: str, message: str | None, data: Any) -> Response:
    document = {"response": {"result": result, "message": message, "data": data}}
    return Response(status, json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))
