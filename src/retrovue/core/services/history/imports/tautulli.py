"""The history of Tautulli, from its API or from its database file."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.imports import PlaySource, Span, ToldPlay
from retrovue.core.domain.playback import WatchedRule
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history.imports.intake import (
    ImportReport,
    Intake,
    Report,
    ignore,
    is_watched,
    uid_of,
    watched_rule,
)
from retrovue.core.sources.tautulli import HistoryPage, HistoryRow, TautulliClient
from retrovue.core.sources.tautulli.client import PAGE_ROWS
from retrovue.core.sources.tautulli.file import TautulliFile

_SOURCE = PlaySource.TAUTULLI
_KINDS = frozenset(("movie", "episode", "track"))


@dataclass(slots=True)
class _Mark:
    """How far the history of a Tautulli was read.

    Attributes:
        row_id: the greatest row so far.
        is_whole: everything up to it was read, so that only newer rows are missing.
        rows, last: of a reading that was interrupted: how many rows it had read, and the last of them.
        server_id: the server that the plays were given to.
    """

    row_id: int = 0
    is_whole: bool = False
    rows: int = 0
    last: int = 0
    server_id: int | None = None


def import_tautulli(
    host: AppContext,
    *,
    url: str,
    key: str,
    fallback: Server | None = None,
    is_rehearsal: bool = False,
    token: CancelToken | None = None,
    report: Report = ignore,
    page_rows: int = PAGE_ROWS,
) -> ImportReport:
    """Read the plays that are new since the last import from Tautulli's API.

    Args:
        fallback: the server that the plays belong to if the one that Tautulli watches is not in the catalog.
        page_rows: how many rows are asked for at a time.

    Raises:
        AuthError: Tautulli refuses the key.
        SourceError: it cannot be read to the end; what was read is stored, and the next import goes on there.
        Cancelled: the same.
    """
    token = token or CancelToken()
    client = TautulliClient(url, key, cancel=token)
    try:
        watched = client.server()
        machine = watched.machine_identifier
        server = _server(host, machine, fallback)
        intake = Intake(
            host, server=server, server_name=watched.name, is_rehearsal=is_rehearsal, token=token, report=report
        )
        reader = _Reader(
            host, client, intake, machine or client.url, server, is_rehearsal=is_rehearsal, page_rows=page_rows
        )
        last_row_id = reader.read()
        intake.tell()
        return ImportReport(intake.counts, server, last_row_id)
    finally:
        client.close()


def import_tautulli_file(
    host: AppContext,
    *,
    path: Path,
    fallback: Server | None = None,
    is_rehearsal: bool = False,
    token: CancelToken | None = None,
    report: Report = ignore,
) -> ImportReport:
    """Read every play of Tautulli's database file, of which only a copy is opened.

    Raises:
        ConfigError: the file cannot be read, or is no database of Tautulli.
        Cancelled: what was read is stored.
    """
    rule = watched_rule(host.settings)
    last_row_id = 0
    with closing(TautulliFile(path)) as file:
        machine = file.machine_identifier()
        server = _server(host, machine, fallback)
        intake = Intake(
            host,
            server=server,
            server_name="Tautulli",
            is_rehearsal=is_rehearsal,
            token=token or CancelToken(),
            report=report,
        )
        for page in file.pages():
            last_row_id = max(last_row_id, *(row.row_id for row in page.rows), 0)
            _take(intake, page, machine, rule)
    intake.tell()
    return ImportReport(intake.counts, server, last_row_id or None)


def _server(host: AppContext, machine: str | None, fallback: Server | None) -> Server | None:
    found = None if machine is None else host.servers.by_machine(ServerKind.PLEX, machine)
    return found or fallback


class _Reader:
    """Reads one Tautulli's API from where the last import ended."""

    def __init__(
        self,
        host: AppContext,
        client: TautulliClient,
        intake: Intake,
        origin: str,
        server: Server | None,
        *,
        is_rehearsal: bool,
        page_rows: int,
    ) -> None:
        self._page_rows = page_rows
        self._host = host
        self._client = client
        self._intake = intake
        self._origin = origin
        self._machine = origin if origin != client.url else None
        self._is_rehearsal = is_rehearsal
        self._rule = watched_rule(host.settings)
        self._server_id = None if server is None else server.id
        self._mark = self._stored_mark()

    def read(self) -> int | None:
        """Read what is missing; return the greatest row."""
        mark = self._mark
        if not (mark.is_whole and self._read_newer()):
            self._read_all()
        mark.is_whole, mark.rows, mark.last = True, 0, 0
        self._keep()
        return mark.row_id or None

    def _read_newer(self) -> bool:
        """Read from the newest row back to the mark; return whether that was possible."""
        known, newest, is_first = self._mark.row_id, 0, True
        seen: set[int] = set()
        for page in self._client.pages(length=self._page_rows):
            stops = [row.stopped_at for row in page.rows]
            newest = max([newest, *(row.row_id for row in page.rows)])
            is_ordered = stops == sorted(stops, reverse=True)
            if is_first and page.arrived and (newest < known or not is_ordered):
                # Its database was made anew, or it does not sort: then every row has to be looked at.
                return False
            is_first = False
            rows = [row for row in page.rows if row.row_id not in seen]
            seen.update(row.row_id for row in rows)
            _take(self._intake, HistoryPage(rows, page.live, page.bad, page.total), self._machine, self._rule)
            # A row can be written long after its play stopped: not one known row ends it, a page of them does.
            if all(row.row_id <= known for row in rows):
                break
        self._mark.row_id = max(known, newest)
        return True

    def _read_all(self) -> None:
        """Read every row, oldest first, from where an interrupted reading ended."""
        mark = self._mark
        start, seen = self._resumed(), set[int]()
        # Until the last page it is not whole, and to be interrupted is no reason to begin again.
        mark.is_whole = False
        for page in self._client.pages(start=start, length=self._page_rows, newest_first=False):
            rows = [row for row in page.rows if row.row_id not in seen]
            seen.update(row.row_id for row in rows)
            _take(self._intake, HistoryPage(rows, page.live, page.bad, page.total), self._machine, self._rule)
            start += page.arrived
            if rows:
                mark.row_id = max(mark.row_id, *(row.row_id for row in rows))
                mark.rows, mark.last = start, rows[-1].row_id
                self._keep()

    def _resumed(self) -> int:
        """Return where an interrupted reading ended, if the row that it read last is still there; else 0."""
        mark = self._mark
        if mark.is_whole or mark.rows < 1:
            return 0
        page = self._client.history(start=mark.rows - 1, length=1, newest_first=False)
        return mark.rows if [row.row_id for row in page.rows] == [mark.last] else 0

    def _stored_mark(self) -> _Mark:
        found = self._host.imports.mark(_SOURCE, self._origin)
        mark = _Mark(**found) if found else _Mark()
        # Plays that no server was known for are given to it once it is.
        return mark if mark.server_id == self._server_id else _Mark(server_id=self._server_id)

    def _keep(self) -> None:
        if self._is_rehearsal:
            return
        mark = {name: getattr(self._mark, name) for name in _Mark.__slots__}
        self._host.imports.keep_mark(_SOURCE, self._origin, mark, now=self._host.clock.epoch())


def _take(intake: Intake, page: HistoryPage, machine: str | None, rule: WatchedRule) -> None:
    told = list(_told(page, machine, rule))
    intake.take(told, skipped=page.arrived - len(told), total=page.total)


def _told(page: HistoryPage, machine: str | None, rule: WatchedRule) -> Iterator[ToldPlay]:
    for row in page.rows:
        if row.media_type in _KINDS:
            # A new database counts its rows from 1 again: the start tells them apart.
            yield _play(row, uid_of(_SOURCE, machine, row.row_id, row.started_at), rule)


def _play(row: HistoryRow, uid: str, rule: WatchedRule) -> ToldPlay:
    watched = row.watched
    if watched is None:
        watched = is_watched(
            rule,
            kind=row.media_type,
            position_ms=row.position_ms,
            duration_ms=row.duration_ms,
            credits_at_ms=row.credits_at_ms,
            is_live=row.is_live,
        )
    return ToldPlay(
        uid=uid,
        source=_SOURCE,
        span=Span(row.started_at, row.stopped_at, row.paused_s, row.play_s),
        kind=row.media_type,
        title=row.title,
        user_key=row.user_id,
        user=row.user,
        show_title=row.show,
        season_number=row.season,
        episode_number=row.episode,
        aired=row.aired,
        year=row.year,
        remote_id=row.rating_key,
        guid=row.guid,
        device_id=row.device_id,
        player=row.player,
        product=row.product,
        platform=row.platform,
        address=row.address,
        location=row.location,
        decision=row.decision,
        position_ms=row.position_ms,
        duration_ms=row.duration_ms,
        percent=row.percent,
        is_watched=watched,
        is_live=row.is_live,
    )
