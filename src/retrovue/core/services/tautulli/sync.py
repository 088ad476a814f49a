"""Reading what Tautulli counted: each new row of its history once, by item and account.

Rows are read ungrouped and without live ones, newest first, down to the greatest row of the last time. Rows that were
deleted there are not announced: where their number does not fit what was read, all of them are counted again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from retrovue.core.context import AppContext
from retrovue.core.domain.connections import StoredConnection
from retrovue.core.domain.errors import ProtocolError, RetroVueError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.watch_stats import WatchSource
from retrovue.core.i18n import _
from retrovue.core.services.statistics.watch_data import bring_up_to_date
from retrovue.core.services.tautulli.connection import KIND, open_client, watched_server
from retrovue.core.sources.tautulli import HistoryRow, TautulliClient
from retrovue.core.sources.tautulli.client import PAGE_ROWS
from retrovue.core.storage.watching.counts import Tallies, Tally
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

_KINDS = frozenset(("movie", "episode"))
Report = Callable[[int, int | None], None]
"""Called with the rows read so far, and how many there are."""


@dataclass(frozen=True, slots=True)
class TautulliCounts:
    """What is known from Tautulli after reading it; `plays` are those of movies and episodes.

    Attributes:
        fresh: how many plays of them are new.
    """

    items: int
    plays: int
    users: int
    last_row_id: int | None
    synced_at: datetime
    fresh: int


@dataclass(slots=True)
class _Reading:
    """What one look at the history found."""

    tallies: Tallies
    last_row_id: int
    rows_read: int
    fresh: int = 0


def sync(
    host: AppContext,
    connection: StoredConnection,
    token: CancelToken | None = None,
    report: Report = lambda _read, _total: None,
    *,
    page_rows: int = PAGE_ROWS,
) -> TautulliCounts:
    """Read what is new of a connected Tautulli and store what it counts now.

    All of it is stored or none: a reading that stops in the middle changes nothing but the note of the failure.

    Raises:
        ConfigError: the server that it watches is not in the catalog.
        SecretError: there is no key for it.
        SourceError: it cannot be read to the end.
        Cancelled: canceled.
    """
    token = token or CancelToken()
    try:
        return _sync(host, connection, token, report, page_rows)
    except RetroVueError as error:
        if not token.cancelled:
            host.connections.note(connection.id, tried_at=host.clock.epoch(), error=error.text)
        raise


def sync_due(host: AppContext, token: CancelToken) -> int:
    """Read every connected Tautulli that is due by the setting; return how many were read, or tried.

    One that fails waits for its next turn.

    Raises:
        Cancelled: canceled.
    """
    done, hours = 0, host.settings.tautulli_every_hours
    if hours == 0:
        return 0
    for connection in host.connections.all(KIND):
        if not connection.is_due(host.clock.now(), every=timedelta(hours=hours)):
            continue
        try:
            sync(host, connection, token)
        except RetroVueError as error:
            token.raise_if_cancelled()
            log.info("tautulli at %s cannot be read: %s", connection.url, error.detail)
            deeds.complain(_("Tautulli could not be read. {why}").format(why=error.text))
        done += 1
    return done


def _sync(
    host: AppContext, connection: StoredConnection, token: CancelToken, report: Report, page_rows: int
) -> TautulliCounts:
    client = open_client(host, connection, token)
    try:
        server_id = watched_server(host, connection, client.server()).id
        known = _Reading(
            host.watch_counts.tallies(server_id, WatchSource.TAUTULLI),
            connection.last_row_id or 0,
            connection.rows_read,
        )
        found = _read_newer(client, known, token, report, page_rows) if known.last_row_id else None
        if found is None:
            found = _read(client, _Reading({}, 0, 0), 0, token, report, page_rows)
    finally:
        client.close()
    now = host.clock.epoch()
    reading = {
        "server_id": server_id,
        "last_row_id": found.last_row_id or None,
        "rows_read": found.rows_read,
        "synced_at": now,
        "tried_at": now,
        "error": None,
    }
    host.watch_counts.replace(
        server_id, WatchSource.TAUTULLI, found.tallies, now=now, connection_id=connection.id, reading=reading
    )
    bring_up_to_date(host, token)
    return TautulliCounts(
        items=len({remote_id for remote_id, _user in found.tallies}),
        plays=sum(tally.plays for tally in found.tallies.values()),
        users=len({user for _remote_id, user in found.tallies}),
        last_row_id=found.last_row_id or None,
        synced_at=host.clock.now(),
        fresh=found.fresh,
    )


def _read_newer(
    client: TautulliClient, known: _Reading, token: CancelToken, report: Report, page_rows: int
) -> _Reading | None:
    """Read what is newer than what is known; None where the rest does not fit, so that all has to be read."""
    found = _read(client, replace(known), known.last_row_id, token, report, page_rows)
    page = client.history(start=0, length=1)
    is_whole = page.total is None or page.total == found.rows_read
    if not is_whole:
        log.info("tautulli has %s rows where %d were read: counting all again", page.total, found.rows_read)
    return found if is_whole and found.last_row_id >= known.last_row_id else None


def _read(
    client: TautulliClient, reading: _Reading, known: int, token: CancelToken, report: Report, page_rows: int
) -> _Reading:
    """Count the rows after `known`, newest first."""
    start, seen = 0, set[int]()
    for page in client.pages(length=page_rows):
        token.raise_if_cancelled()
        for row in page.rows:
            # A play that ended meanwhile moves all others down: rows can come twice.
            if row.row_id > known and row.row_id not in seen:
                seen.add(row.row_id)
                _count(reading, row)
        if known == 0:
            # Rows that cannot be read are there all the same.
            reading.rows_read += page.bad
        start += page.arrived
        report(len(seen), page.total)
        if page.arrived == 0 and page.total is not None and start < page.total:
            raise ProtocolError(
                _("Tautulli stopped in the middle of its history."),
                hint=_("Try again. What was counted before is kept."),
                detail=f"{start} of {page.total} rows",
            )
        if page.rows and all(row.row_id <= known for row in page.rows):
            break
    return reading


def _count(reading: _Reading, row: HistoryRow) -> None:
    reading.rows_read += 1
    reading.last_row_id = max(reading.last_row_id, row.row_id)
    if row.media_type not in _KINDS or row.is_live or row.rating_key is None:
        return
    reading.fresh += 1
    tally = reading.tallies.setdefault((row.rating_key, row.user_id or row.user or ""), Tally(row.user, row.guid))
    tally.user_name, tally.guid = row.user or tally.user_name, row.guid or tally.guid
    tally.add(play_s=row.play_s, stopped_at=row.stopped_at)
