"""The record of every notice: do-not-disturb swallows alerts on every desktop, so they are kept here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update

from retrovue.core.storage.engine import Database
from retrovue.core.storage.tables import notices
from retrovue.core.storage.times import to_datetime


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """One notice. `read_at` None: not read yet."""

    id: int
    at: datetime | None
    event: str
    server_id: int | None
    title: str
    body: str
    read_at: datetime | None


class NoticeRepository:
    """Rows of `notices`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, *, at: int, event: str, server_id: int | None, title: str, body: str) -> None:
        """Keep a notice, unread."""
        with self._database.write() as connection:
            connection.execute(insert(notices).values(at=at, event=event, server_id=server_id, title=title, body=body))

    def recent(self, *, limit: int = 500) -> list[StoredNotice]:
        """Notices, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(notices).order_by(notices.c.at.desc(), notices.c.id.desc()).limit(limit))
            return [
                StoredNotice(
                    row.id,
                    to_datetime(row.at),
                    row.event,
                    row.server_id,
                    row.title,
                    row.body,
                    to_datetime(row.read_at),
                )
                for row in rows
            ]

    def unread(self) -> int:
        """How many notices were not read yet."""
        with self._database.read() as connection:
            return connection.execute(
                select(func.count()).select_from(notices).where(notices.c.read_at.is_(None))
            ).scalar_one()

    def mark_read(self, *, now: int) -> None:
        """All of them are read."""
        with self._database.write() as connection:
            connection.execute(update(notices).where(notices.c.read_at.is_(None)).values(read_at=now))
