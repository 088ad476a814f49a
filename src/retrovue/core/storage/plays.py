"""The history as lists show it, and what a person takes out of it and brings back."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, select, update

from retrovue.core.domain.history import Play, PlayFilter
from retrovue.core.domain.text import fold
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import plays, servers
from retrovue.core.storage.times import to_datetime

_SHOWN = (
    "id server_id media_user_id user_name kind title show_title season_number episode_number aired year remote_id guid "
    "device_id player product platform stream_decision started_at stopped_at paused_s play_s position_ms duration_ms "
    "percent is_watched source server_name"
).split()


class PlayRepository:
    """Rows of `plays`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, chosen: PlayFilter) -> Sequence[Play]:
        """The plays that a filter lets through, newest first."""
        columns = [plays.c[name] for name in _SHOWN]
        query: Select[Any] = (
            select(*columns, servers.c.name.label("current_name"))
            .select_from(plays.outerjoin(servers, servers.c.id == plays.c.server_id))
            .where(plays.c.deleted_at.is_(None), *_conditions(chosen))
            .order_by(plays.c.started_at.desc(), plays.c.id.desc())
            .limit(chosen.limit)
        )
        with self._database.read() as connection:
            return [_play(row) for row in connection.execute(query)]

    def delete(
        self,
        *,
        now: int,
        ids: Sequence[int] | None = None,
        user: str | None = None,
        server_id: int | None = None,
        stopped_before: int | None = None,
    ) -> tuple[int, str]:
        """Take plays out of every list; returns how many, and the name that `restore` brings them back by.

        What is named together must all be true of a play; at least one thing has to be named.
        """
        conditions: list[ColumnElement[bool]] = []
        if ids is not None:
            conditions.append(plays.c.id.in_(ids))
        if user is not None:
            conditions.append(plays.c.user_name == user)
        if server_id is not None:
            conditions.append(plays.c.server_id == server_id)
        if stopped_before is not None:
            conditions.append(plays.c.stopped_at < stopped_before)
        if not conditions:
            raise ValueError("name which plays")
        deletion = uuid.uuid4().hex[:12]
        with self._database.write() as connection:
            query = update(plays).where(plays.c.deleted_at.is_(None), *conditions)
            count = connection.execute(query.values(deleted_at=now, deletion=deletion)).rowcount
        return count, deletion

    def restore(self, deletion: str) -> int:
        """Bring back what one deletion took; returns how many plays that are."""
        with self._database.write() as connection:
            query = update(plays).where(plays.c.deletion == deletion)
            return connection.execute(query.values(deleted_at=None, deletion=None)).rowcount

    def purge(self) -> int:
        """Delete for good what was taken out; returns how many plays."""
        with self._database.write() as connection:
            return connection.execute(delete(plays).where(plays.c.deleted_at.is_not(None))).rowcount


def _conditions(chosen: PlayFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if chosen.started_from is not None:
        conditions.append(plays.c.started_at >= _epoch(chosen.started_from))
    if chosen.started_before is not None:
        conditions.append(plays.c.started_at < _epoch(chosen.started_before))
    if chosen.server_id is not None:
        conditions.append(plays.c.server_id == chosen.server_id)
    if chosen.user is not None:
        conditions.append(plays.c.user_name == chosen.user)
    conditions += [plays.c.folded.contains(word, autoescape=True) for word in fold(chosen.search).split()]
    return conditions


def _epoch(at: datetime) -> int:
    return int(at.timestamp())


def _play(row: Row[Any]) -> Play:
    started_at, stopped_at = to_datetime(row.started_at), to_datetime(row.stopped_at)
    assert started_at is not None
    assert stopped_at is not None
    return Play(
        id=row.id,
        server=row.current_name or row.server_name,
        user=row.user_name,
        kind=row.kind,
        title=row.title,
        show=row.show_title,
        season=row.season_number,
        episode=row.episode_number,
        aired=row.aired,
        year=row.year,
        remote_id=row.remote_id,
        guid=row.guid,
        device=row.device_id,
        player=row.player,
        product=row.product,
        platform=row.platform,
        stream_decision=row.stream_decision,
        started_at=started_at,
        stopped_at=stopped_at,
        paused_s=row.paused_s,
        play_s=row.play_s,
        position_ms=row.position_ms,
        duration_ms=row.duration_ms,
        percent=row.percent,
        watched=row.is_watched,
        source=row.source,
        server_id=row.server_id,
        user_id=row.media_user_id,
    )
