"""Where notices are also sent to, and what has not been sent yet."""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, insert, select, update

from retrovue.core.domain.forwarding import NoticeTarget, Unsent
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.tables import notice_outbox, notice_targets


class ForwardingRepository:
    """Rows of `notice_targets` and `notice_outbox`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def targets(self) -> list[NoticeTarget]:
        """All targets, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(notice_targets).order_by(notice_targets.c.id))
            return [
                NoticeTarget(row.id, row.service, tuple(json.loads(row.events or "[]")), row.server_id, row.user_name)
                for row in rows
            ]

    def add(
        self, service: str, events: Sequence[str], server_id: int | None, user: str | None, *, now: int
    ) -> NoticeTarget:
        """Store a target."""
        row = {
            "service": service,
            "events": json.dumps(list(events)) if events else None,
            "server_id": server_id,
            "user_name": user,
            "created_at": now,
        }
        with self._database.write() as connection:
            target_id = new_id(connection.execute(insert(notice_targets).values(row)))
        return NoticeTarget(target_id, service, tuple(events), server_id, user)

    def remove(self, target_id: int) -> bool:
        """Forget a target and what waits for it; returns whether there was one."""
        with self._database.write() as connection:
            return connection.execute(delete(notice_targets).where(notice_targets.c.id == target_id)).rowcount > 0

    def put(self, target_id: int, notices: Iterable[tuple[str, str]], *, now: int, most: int) -> None:
        """Keep notices (title, body) until they are sent; of more than `most` that wait, the oldest go."""
        rows = [
            {"target_id": target_id, "title": title, "body": body, "created_at": now, "due_at": now, "tries": 0}
            for title, body in notices
        ]
        if not rows:
            return
        with self._database.write() as connection:
            connection.execute(insert(notice_outbox), rows)
            newest = (
                select(notice_outbox.c.id)
                .where(notice_outbox.c.target_id == target_id)
                .order_by(notice_outbox.c.id.desc())
                .limit(most)
            )
            connection.execute(
                delete(notice_outbox).where(notice_outbox.c.target_id == target_id, notice_outbox.c.id.not_in(newest))
            )

    def due(self, now: int, *, limit: int = 50) -> list[Unsent]:
        """What is to be sent now, oldest first."""
        query = select(notice_outbox).where(notice_outbox.c.due_at <= now).order_by(notice_outbox.c.id).limit(limit)
        with self._database.read() as connection:
            return [Unsent(row.id, row.target_id, row.title, row.body, row.tries) for row in connection.execute(query)]

    def next_at(self) -> int | None:
        """When something is due next, epoch seconds; None while nothing waits."""
        with self._database.read() as connection:
            at: int | None = connection.scalar(select(func.min(notice_outbox.c.due_at)))
            return at

    def sent(self, notice_id: int) -> None:
        """A notice arrived, or is given up."""
        with self._database.write() as connection:
            connection.execute(delete(notice_outbox).where(notice_outbox.c.id == notice_id))

    def postpone(self, target_id: int, due_at: int) -> None:
        """A service did not take a notice: nothing of what waits for it is tried before `due_at`."""
        with self._database.write() as connection:
            waits = update(notice_outbox).where(notice_outbox.c.target_id == target_id)
            connection.execute(waits.values(due_at=due_at, tries=notice_outbox.c.tries + 1))
