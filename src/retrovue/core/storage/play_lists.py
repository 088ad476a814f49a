"""Long lists of the history: what orders and groups plays, and the rows that are on screen."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, literal, select

from retrovue.core.domain.history import Play, PlayDetails, PlayFilter, PlaySort
from retrovue.core.storage.database import Database
from retrovue.core.storage.plays import conditions, play_of, select_plays, shown_user
from retrovue.core.storage.tables import episodes, libraries, movies, plays, servers
from retrovue.core.storage.times import to_datetime

_BATCH = 5000
_LABELS = "address location source_label delivered_label bandwidth_kbps buffered is_inferred raw_stream_info".split()


class PlaySpan(NamedTuple):
    """What lists need of every play that they show: who and what tells sittings apart, the rest is summed or sorted."""

    id: int
    server: Any
    person: Any
    item: Any
    started_at: int
    stopped_at: int
    play_s: int
    paused_s: int
    percent: int | None
    value: Any


class PlayChoices(NamedTuple):
    """What there is to filter by, and since when there is a history at all."""

    plays: int
    first_at: datetime | None
    users: tuple[str, ...]
    kinds: tuple[str, ...]
    decisions: tuple[str, ...]


class PlayListRepository:
    """Reads `plays`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def spans(self, chosen: PlayFilter, sort: PlaySort) -> Iterator[PlaySpan]:
        """Every play that a filter lets through by its start, oldest first; `value` is what is sorted by, if a text."""
        query = (
            select(
                plays.c.id,
                func.coalesce(plays.c.server_id, plays.c.server_name),
                func.coalesce(plays.c.media_user_id, plays.c.user_name),
                func.coalesce(plays.c.guid, plays.c.remote_id, plays.c.title),
                plays.c.started_at,
                plays.c.stopped_at,
                plays.c.play_s,
                plays.c.paused_s,
                plays.c.percent,
                _sorted_text(sort),
            )
            .where(*conditions(chosen))
            .order_by(plays.c.started_at, plays.c.id)
        )
        if sort is PlaySort.SERVER:
            query = query.select_from(plays.outerjoin(servers, servers.c.id == plays.c.server_id))
        with self._database.read() as connection:
            for batch in connection.execute(query.execution_options(yield_per=_BATCH)).partitions():
                yield from map(PlaySpan._make, batch)

    def many(self, ids: Sequence[int]) -> list[Play]:
        """The plays of a few pages, in any order; those that are gone are left out."""
        with self._database.read() as connection:
            rows = connection.execute(select_plays().where(plays.c.id.in_(ids), plays.c.deleted_at.is_(None)))
            return [play_of(row) for row in rows]

    def details(self, play_id: int) -> PlayDetails | None:
        """One play with everything that is known of its stream; None when it is gone."""
        query = select_plays().add_columns(*(plays.c[name] for name in _LABELS)).where(plays.c.id == play_id)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return PlayDetails(
            play=play_of(row),
            address=row.address,
            location=row.location,
            source_label=row.source_label,
            delivered_label=row.delivered_label,
            bandwidth_kbps=row.bandwidth_kbps,
            buffered=row.buffered,
            is_inferred=row.is_inferred,
            stream=_stream(row.raw_stream_info),
        )

    def choices(self) -> PlayChoices:
        """What there is to filter by."""
        kept = plays.c.deleted_at.is_(None)
        with self._database.read() as connection:
            count, first = connection.execute(select(func.count(), func.min(plays.c.started_at)).where(kept)).one()

            def distinct(column: ColumnElement[Any]) -> tuple[str, ...]:
                query = select(column).where(kept, column.is_not(None)).distinct()
                return tuple(sorted(connection.execute(query).scalars(), key=str.casefold))

            return PlayChoices(
                count,
                to_datetime(first),
                distinct(shown_user),
                distinct(plays.c.kind),
                distinct(plays.c.stream_decision),
            )

    def devices_of(self, server_id: int, user: str) -> set[str]:
        """The devices that somebody has played on at a server."""
        query = (
            select(plays.c.device_id)
            .where(plays.c.server_id == server_id, plays.c.user_name == user, plays.c.device_id.is_not(None))
            .distinct()
        )
        with self._database.read() as connection:
            return set(connection.execute(query).scalars())

    def item_of(self, server_id: int, remote_id: str) -> tuple[str, str] | None:
        """(kind, title) of the movie or episode that has this id on its server now; None when there is none."""
        with self._database.read() as connection:
            for kind, table in (("movie", movies), ("episode", episodes)):
                query = (
                    select(table.c.title)
                    .join(libraries, libraries.c.id == table.c.library_id)
                    .where(libraries.c.server_id == server_id, table.c.remote_id == remote_id)
                    .where(table.c.removed_at.is_(None))
                )
                title = connection.execute(query).scalar()
                if title is not None:
                    return kind, str(title)
        return None

    def of_item(self, chosen: PlayFilter) -> tuple[int, list[Play]]:
        """(how many plays a filter lets through, the newest of them as far as its limit)."""
        found = conditions(chosen)
        newest = select_plays().where(*found).order_by(plays.c.started_at.desc(), plays.c.id.desc())
        with self._database.read() as connection:
            count = connection.execute(select(func.count()).select_from(plays).where(*found)).scalar_one()
            return count, [play_of(row) for row in connection.execute(newest.limit(chosen.limit))]


def _sorted_text(sort: PlaySort) -> ColumnElement[Any]:
    match sort:
        case PlaySort.USER:
            return shown_user
        case PlaySort.TITLE:
            return func.coalesce(plays.c.show_title, plays.c.title)
        case PlaySort.SERVER:
            return func.coalesce(servers.c.name, plays.c.server_name)
        case PlaySort.PLAYER:
            return plays.c.player
        case PlaySort.DECISION:
            return plays.c.stream_decision
        case _:
            return literal(None)


def _stream(raw: str | None) -> dict[str, object] | None:
    try:
        found = json.loads(raw or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
