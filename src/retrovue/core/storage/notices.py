"""The record of every notice: do-not-disturb swallows alerts on every desktop, so they are kept here."""

from sqlalchemy import delete, func, insert, select, update

from retrovue.core.domain.notices import StoredNotice
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import notices
from retrovue.core.storage.times import to_datetime

MOST = 5_000
"""So many notices are kept."""


class NoticeRepository:
    """Rows of `notices`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, *, at: int, event: str, server_id: int | None, title: str, body: str) -> None:
        """Keep a notice, unread; the oldest beyond the newest few thousand go."""
        with self._database.write() as connection:
            added = connection.execute(
                insert(notices).values(at=at, event=event, server_id=server_id, title=title, body=body)
            )
            newest = added.inserted_primary_key
            if newest is not None and newest[0] > MOST:
                connection.execute(delete(notices).where(notices.c.id <= newest[0] - MOST))

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

    def mark_read(self, *, now: int, notice_id: int | None = None) -> None:
        """All of them are read, or this one."""
        query = update(notices).where(notices.c.read_at.is_(None)).values(read_at=now)
        if notice_id is not None:
            query = query.where(notices.c.id == notice_id)
        with self._database.write() as connection:
            connection.execute(query)
