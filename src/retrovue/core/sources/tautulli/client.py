"""The client of one Tautulli."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from retrovue.core.domain.errors import AuthError, ProtocolError, SourceError, UnsupportedVersionError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection, Traffic
from retrovue.core.sources.documents import any_json, text_of
from retrovue.core.sources.http import Answer, HttpClient
from retrovue.core.sources.http.network import redact
from retrovue.core.sources.http.verdict import looks_like_html
from retrovue.core.sources.paging import PageWatch
from retrovue.core.sources.tautulli.shapes import (
    HistoryPage,
    ItemUser,
    TautulliInfo,
    TautulliServer,
    TautulliUser,
    WatchTime,
    info_of,
    item_users_of,
    page_of,
    server_of,
    users_of,
    watch_times_of,
)

PAGE_ROWS = 2_000
"""Tautulli computes the whole table for each page, up to a second for a large one: so few large pages."""
_REFUSED = frozenset((400, 401))
_ANSWER_TIMEOUT_S = 120.0

Parameters = Mapping[str, object]


class TautulliClient:
    """Asks one Tautulli. It changes nothing there. Thread: any.

    Args:
        url: its address, with its HTTP root if it has one.
        key: its API key.
        cancel: ends every blocked call.

    Raises:
        UnreachableError: the address is none.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        cancel: CancelToken | None = None,
        tls_fingerprint: str | None = None,
        client: HttpClient | None = None,
    ) -> None:
        # Its API takes the key as a parameter only; the client's errors and the log leave it out.
        self._key = key
        connection = Connection(
            url.strip().rstrip("/"),
            tls_fingerprint=tls_fingerprint,
            # It answers when the whole table has been computed, minutes for a large one.
            read_timeout_s=_ANSWER_TIMEOUT_S,
            total_timeout_s=2 * _ANSWER_TIMEOUT_S,
            program="Tautulli",
        )
        self._http = client or HttpClient(connection, cancel=cancel, headers={"Accept": "application/json"})

    @property
    def url(self) -> str:
        """Return the address in use."""
        return self._http.connection.url

    @property
    def traffic(self) -> Traffic:
        """Return requests and bytes so far."""
        return self._http.traffic

    def ping(self) -> None:
        """Check that Tautulli is there and takes the key.

        Raises:
            AuthError: it refuses the key.
            SourceError: it is not there, or something else is.
        """
        self.ask("status")

    def info(self) -> TautulliInfo:
        """Return its version. Raises like `ping`."""
        return info_of(self.ask("get_tautulli_info"))

    def server(self) -> TautulliServer:
        """Return which Plex server it watches. Raises like `ping`."""
        return server_of(self.ask("get_server_info"))

    def users(self) -> list[TautulliUser]:
        """Return every account, also those that left. Raises like `ping`."""
        return users_of(self.ask("get_users"))

    def history(
        self, *, start: int = 0, length: int = PAGE_ROWS, newest_first: bool = True, search: Parameters | None = None
    ) -> HistoryPage:
        """Return a page of single plays, without live ones, in the order in which they stopped.

        Args:
            search: further parameters, such as `rating_key`, `section_id` or `after`.

        Raises:
            ProtocolError: the answer is not a table.
            SourceError: like `ping`.
        """
        data = self.ask(
            "get_history",
            grouping=0,
            include_activity=0,
            start=start,
            length=length,
            order_column="stopped",
            order_dir="desc" if newest_first else "asc",
            **(search or {}),
        )
        if not isinstance(data, Mapping) or not isinstance(data.get("data"), list):
            raise _strange(self._http.host, "no table of history")
        return page_of(data)

    def pages(
        self, *, start: int = 0, length: int = PAGE_ROWS, newest_first: bool = True, search: Parameters | None = None
    ) -> Iterator[HistoryPage]:
        """Yield the history from a row on, page by page; see `history`.

        Raises:
            ProtocolError: an answer is not a table, or the same rows come again and again.
            SourceError: like `ping`.
        """
        watch = PageWatch()
        while True:
            page = self.history(start=start, length=length, newest_first=newest_first, search=search)
            start += page.arrived
            if page.arrived and watch.is_endless(row.row_id for row in page.rows):
                raise ProtocolError(
                    _("Tautulli returned the same rows again and again."),
                    hint=_("Update Tautulli and try again. What was read before is kept."),
                    detail=f"{start} of {page.total} rows",
                )
            yield page
            if page.arrived == 0 or (page.total is not None and start >= page.total):
                return

    def watch_time(
        self, rating_key: str, *, media_type: str | None = None, days: Sequence[int] = (0,)
    ) -> list[WatchTime]:
        """Return how often and how long an item was played by everybody; zeros for an unknown one.

        Args:
            media_type: "movie", "show", "season", "episode" or "collection"; Tautulli finds it out where it is None.
        """
        parameters: dict[str, object] = {
            "rating_key": rating_key,
            "query_days": ",".join(map(str, days)),
            "grouping": 0,
        }
        if media_type is not None:
            parameters["media_type"] = media_type
        return watch_times_of(self.ask("get_item_watch_time_stats", **parameters))

    def item_users(self, rating_key: str, *, media_type: str | None = None) -> list[ItemUser]:
        """Return who played an item, and how much."""
        parameters: dict[str, object] = {"rating_key": rating_key, "grouping": 0}
        if media_type is not None:
            parameters["media_type"] = media_type
        return item_users_of(self.ask("get_item_user_stats", **parameters))

    def abort(self) -> None:
        """End every blocked call, and all later ones. Thread: any."""
        self._http.abort()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def ask(self, command: str, **parameters: object) -> Any:
        """Call a command and return its data.

        Raises:
            AuthError: the key is refused.
            UnsupportedVersionError: this version does not know the command.
            ProtocolError: the answer is not Tautulli's, or it reports an error.
            SourceError: there is no answer.
        """
        query = [("apikey", self._key), ("cmd", command), *parameters.items()]
        answer = self._http.get("/api/v2", query, html_ok=True, readable=_REFUSED)
        response = self._envelope(answer)
        if text_of(response.get("result")) == "success":
            return response.get("data")
        raise self._refused(command, text_of(response.get("message")) or "", answer.status)

    def _envelope(self, answer: Answer) -> Mapping[str, Any]:
        host = self._http.host
        if looks_like_html(answer.content_type, answer.body):
            raise ProtocolError(
                _("{host} returned a web page, not Tautulli’s data.").format(host=host),
                hint=_("Check the address and Tautulli’s HTTP root, and that its API is switched on."),
                status=answer.status,
            )
        try:
            document = any_json(answer.body)
        except msgspec.DecodeError as error:
            raise _strange(host, f"HTTP {answer.status}: {error}") from error
        response = document.get("response") if isinstance(document, Mapping) else None
        if not isinstance(response, Mapping):
            raise _strange(host, f"HTTP {answer.status}: no response envelope")
        return response

    def _refused(self, command: str, message: str, status: int) -> SourceError:
        # Whatever answers can repeat what it was asked, the key among it.
        message = redact(message.replace(self._key, "…"))
        detail = f"HTTP {status} {command}: {message[:200]}"
        if "apikey" in message.lower().replace(" ", "") or status == 401:
            return AuthError(
                _("Tautulli refused the API key."),
                hint=_("Copy the key from Tautulli’s settings, under Web Interface, and try again."),
                detail=detail,
            )
        if message.lower().startswith("unknown command"):
            return UnsupportedVersionError(
                _("This version of Tautulli is too old."), hint=_("Update Tautulli and try again."), detail=detail
            )
        return ProtocolError(
            _("Tautulli reported an error: {message}").format(message=message[:200] or command),
            hint=_("Try again. If it keeps happening, check Tautulli’s log."),
            detail=detail,
            status=status,
        )


def _strange(host: str, detail: str) -> ProtocolError:
    return ProtocolError(
        _("{host} returned something that is not from Tautulli.").format(host=host),
        hint=_("Check the address. Tautulli’s own is usually like http://nas:8181."),
        detail=detail,
    )
