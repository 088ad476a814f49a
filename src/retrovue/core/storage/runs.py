"""Past sync runs, with what was refused in each."""

from sqlalchemy import (
    Connection,
    Row,
    delete,
    insert,
    or_,
    select,
    update,
)

from retrovue.core.domain.sync import (
    Initiator,
    LibraryReport,
    SyncIssue,
    SyncOutcome,
    SyncRun,
    SyncTier,
)
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.tables import (
    servers,
    sync_issues,
    sync_runs,
)
from retrovue.core.storage.times import to_datetime

MAX_ISSUES = 500
INTERRUPTED = "interrupted"
"""The stored reason of a run that was found without an end."""


_KEEP_RUNS = 2000


def add_server_run(
    connection: Connection,
    server_id: int,
    name: str,
    outcome: SyncOutcome,
    initiator: Initiator,
    *,
    started: int,
    now: int,
    error: str | None = None,
) -> None:
    """Add what `RunRepository.record_server` keeps to a transaction."""
    connection.execute(
        insert(sync_runs).values(
            server_id=server_id,
            library_name=name,
            mode=SyncTier.MARKER.value,
            initiator=initiator.value,
            started_at=started,
            finished_at=now,
            duration_ms=max(0, now - started) * 1000,
            outcome=outcome.value,
            error=error,
        )
    )


class RunRepository:
    """Rows of `sync_runs` and `sync_issues`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, *, server_id: int, library_id: int, library: str, initiator: Initiator, now: int) -> int:
        """Note that a run began; returns its id. A run without an end was interrupted."""
        with self._database.write() as connection:
            result = connection.execute(
                insert(sync_runs).values(
                    server_id=server_id,
                    library_id=library_id,
                    library_name=library,
                    mode=SyncTier.FULL.value,
                    initiator=initiator.value,
                    started_at=now,
                )
            )
            return new_id(result)

    def finish(self, run_id: int, report: LibraryReport, *, now: int) -> None:
        """Keep what a run did, with the first `MAX_ISSUES` of its issues."""
        with self._database.write() as connection:
            connection.execute(update(sync_runs).where(sync_runs.c.id == run_id).values(_columns(report, now)))
            rows = [
                {
                    "run_id": run_id,
                    "at": now,
                    "level": issue.level,
                    "remote_id": issue.remote_id,
                    "message": issue.message,
                }
                for issue in report.issues[:MAX_ISSUES]
            ]
            if rows:
                connection.execute(insert(sync_issues), rows)
            connection.execute(delete(sync_runs).where(sync_runs.c.id <= run_id - _KEEP_RUNS))

    def forget(self, run_id: int) -> None:
        """Take the line of a run back that found nothing worth one."""
        with self._database.write() as connection:
            connection.execute(delete(sync_runs).where(sync_runs.c.id == run_id))

    def record(self, report: LibraryReport, *, initiator: Initiator, started: int, now: int) -> int:
        """Keep a run that needed no long work (nothing moved, or nothing could be read), in one go."""
        with self._database.write() as connection:
            result = connection.execute(
                insert(sync_runs).values(
                    server_id=report.server_id,
                    library_id=report.library_id,
                    library_name=report.library,
                    initiator=initiator.value,
                    started_at=started,
                    **_columns(report, now),
                )
            )
            return new_id(result)

    def record_server(
        self,
        server_id: int,
        name: str,
        *,
        outcome: SyncOutcome,
        initiator: Initiator,
        started: int,
        now: int,
        error: str | None = None,
    ) -> None:
        """Keep one line for libraries of a server that all ended alike; `name` names or counts them."""
        with self._database.write() as connection:
            add_server_run(connection, server_id, name, outcome, initiator, started=started, now=now, error=error)

    def close_interrupted(self, library_id: int, *, now: int) -> int:
        """Close runs of a library that a crash left open (call while holding its lock); returns how many."""
        with self._database.write() as connection:
            result = connection.execute(
                update(sync_runs)
                .where(sync_runs.c.library_id == library_id, sync_runs.c.finished_at.is_(None))
                .values(finished_at=now, outcome=SyncOutcome.FAILED.value, error=INTERRUPTED)
            )
            return int(result.rowcount)

    def recent(self, *, limit: int = 200, server_id: int | None = None) -> list[SyncRun]:
        """Past runs, newest first, without their issues.

        What a server's hint started is listed when it has ended: most such runs leave no line (see `forget`).
        """
        query = (
            select(sync_runs, servers.c.name.label("server_name"))
            .join(servers, servers.c.id == sync_runs.c.server_id)
            .where(or_(sync_runs.c.finished_at.is_not(None), sync_runs.c.initiator != Initiator.SERVER_HINT.value))
            .order_by(sync_runs.c.started_at.desc(), sync_runs.c.id.desc())
            .limit(limit)
        )
        if server_id is not None:
            query = query.where(sync_runs.c.server_id == server_id)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query)]

    def issues(self, run_id: int) -> list[SyncIssue]:
        """What a run refused or warned of, in order."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(sync_issues).where(sync_issues.c.run_id == run_id).order_by(sync_issues.c.id)
            )
            return [SyncIssue(row.level, row.message, row.remote_id, to_datetime(row.at)) for row in rows]


def _run(row: Row[tuple[object, ...]]) -> SyncRun:
    started = to_datetime(row.started_at)
    assert started is not None
    return SyncRun(
        id=row.id,
        server=row.server_name,
        server_id=row.server_id,
        library=row.library_name,
        library_id=row.library_id,
        mode=SyncTier(row.mode),
        initiator=Initiator(row.initiator),
        started_at=started,
        finished_at=to_datetime(row.finished_at),
        outcome=None if row.outcome is None else SyncOutcome(row.outcome),
        error=row.error,
        added=row.added,
        updated=row.updated,
        unchanged=row.unchanged,
        removed=row.removed,
        held_back=row.held_back,
        failed=row.failed,
        requests=row.requests,
        received_bytes=row.received_bytes,
        duration_ms=row.duration_ms,
    )


def _columns(report: LibraryReport, now: int) -> dict[str, object]:
    return {
        "mode": report.mode.value,
        "finished_at": now,
        "outcome": report.outcome.value,
        "error": report.error,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "held_back": report.held_back,
        "failed": report.failed,
        "requests": report.requests,
        "received_bytes": report.received_bytes,
        "duration_ms": report.duration_ms,
    }
