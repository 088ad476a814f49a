"""Where notices are also sent to, and what has not been sent yet."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from retrovue.core.domain.forwarding import NoticeChoice, NoticeTarget, Unsent
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.tables import notice_outbox, notice_targets


class ForwardingRepository:
    """Rows of `notice_targets` and `notice_outbox`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def targets(self) -> list[NoticeTarget]:
        """All targets, oldest first, with what waits for them."""
        counted = select(
            notice_outbox.c.target_id,
            func.count().label("waiting"),
            func.max(notice_outbox.c.tries).label("tries"),
        )
        waits = counted.group_by(notice_outbox.c.target_id).subquery()
        query = select(notice_targets, waits.c.waiting, waits.c.tries)
        query = query.outerjoin(waits, waits.c.target_id == notice_targets.c.id).order_by(notice_targets.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query)
            return [NoticeTarget(row.id, row.service, _choice(row), row.waiting or 0, row.tries or 0) for row in rows]

    def add(self, service: str, choice: NoticeChoice, *, now: int, target_id: int | None = None) -> NoticeTarget:
        """Store a target; with an ID, one that was removed."""
        row = _columns(choice) | {"service": service, "created_at": now}
        if target_id is not None:
            row["id"] = target_id
        with self._database.write() as connection:
            return NoticeTarget(new_id(connection.execute(insert(notice_targets).values(row))), service, choice)

    def change(self, target_id: int, service: str, choice: NoticeChoice) -> bool:
        """Store something else for a target; returns whether there is one."""
        row = _columns(choice) | {"service": service}
        with self._database.write() as connection:
            changed = update(notice_targets).where(notice_targets.c.id == target_id).values(row)
            return connection.execute(changed).rowcount > 0

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

    def due(self, now: int, *, without: Collection[int] = (), limit: int = 50) -> list[Unsent]:
        """What is to be sent now, oldest first; nothing of the targets in `without`."""
        chosen = (notice_outbox.c.due_at <= now, notice_outbox.c.target_id.not_in(list(without)))
        query = select(notice_outbox).where(*chosen).order_by(notice_outbox.c.id).limit(limit)
        with self._database.read() as connection:
            return [Unsent(row.id, row.target_id, row.title, row.body, row.tries) for row in connection.execute(query)]

    def next_at(self, *, without: Collection[int] = ()) -> int | None:
        """When something is due next, epoch seconds; None while nothing waits. Targets in `without` do not count."""
        query = select(func.min(notice_outbox.c.due_at)).where(notice_outbox.c.target_id.not_in(list(without)))
        with self._database.read() as connection:
            at: int | None = connection.scalar(query)
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


_FILTERS = ("servers", "users", "libraries", "kinds")


def _columns(choice: NoticeChoice) -> dict[str, Any]:
    kept = asdict(choice)
    return {
        "events": json.dumps(choice.events) if choice.events else None,
        "filters": json.dumps({name: kept[name] for name in _FILTERS if kept[name]}),
        "text": choice.text,
    }


def _choice(row: Row[Any]) -> NoticeChoice:
    filters = {name: tuple(values) for name, values in json.loads(row.filters).items() if name in _FILTERS}
    return NoticeChoice(events=tuple(json.loads(row.events or "[]")), text=row.text, **filters)
