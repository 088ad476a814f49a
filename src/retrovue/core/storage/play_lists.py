"""Long lists of the history: what orders and groups plays, and the rows that are on screen."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from retrovue.core.domain.history import Play, PlayDetails, PlayFilter, PlaySort
from retrovue.core.storage.database import Database
from retrovue.core.storage.listing.reading import ListedRepository
from retrovue.core.storage.listing.whole import Stretch, WholeList, WholeLists
from retrovue.core.storage.plays import conditions, play_of, select_plays, wanted
from retrovue.core.storage.tables import episodes, libraries, movies, plays, servers
from retrovue.core.storage.times import to_datetime

_LABELS = "address location source_label delivered_label bandwidth_kbps buffered is_inferred raw_stream_info".split()


_COLUMNS = {PlaySort.PLAYED: "play_s", PlaySort.PAUSED: "paused_s", PlaySort.PERCENT: "percent"}


class PlayChoices(NamedTuple):
    """What there is to filter by, since when there is a history at all, and on how many servers."""

    plays: int
    first_at: datetime | None
    users: tuple[str, ...]
    kinds: tuple[str, ...]
    decisions: tuple[str, ...]
    servers: int = 0


class PlayListRepository:
    """Reads `plays`. Thread: any."""

    def __init__(self, database: Database, listed: ListedRepository) -> None:
        self._database = database
        self._listed = listed
        self._whole = WholeLists(listed)

    def by_day(self, chosen: PlayFilter, *, grouped: bool, days: Callable[[int, int], Sequence[int]]) -> WholeList:
        """A list by its start; `days` says when each day begins, see `WholeLists`."""
        return self._whole.by_day(wanted(chosen), grouped=grouped, days=days)

    def stretch(self, chosen: PlayFilter, part: Stretch, *, grouped: bool) -> list[int]:
        """The entries of a part of a list by its start, in its order."""
        return self._whole.stretch(wanted(chosen), part, grouped=grouped)

    def stretches(
        self, chosen: PlayFilter, known: WholeList, parts: Sequence[Stretch], *, grouped: bool
    ) -> list[list[int]] | None:
        """Those of several parts; None when the list is not what it was when its days were summed."""
        return self._whole.stretches(wanted(chosen), known, parts, grouped=grouped)

    def starts(self, chosen: PlayFilter, ids: Sequence[int], *, grouped: bool) -> dict[int, int]:
        """When those of some plays or sittings that are in a list start (epoch seconds)."""
        return self._whole.starts(wanted(chosen), ids, grouped=grouped)

    def by_value(self, chosen: PlayFilter, sort: PlaySort, *, grouped: bool) -> WholeList:
        """A list by its start, with what each entry is to be sorted by: a number, or what stands for a text."""
        name = _COLUMNS.get(sort, "work_id" if sort is PlaySort.TITLE else "way_id")
        found = self._whole.by_value(wanted(chosen), name, grouped=grouped)
        if sort in _COLUMNS:
            return found
        return replace(found, texts=self._texts(sort))

    def members(self, heads: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The plays of sittings by their first ones, oldest first."""
        return {group[0]: tuple(group) for group in self._listed.members(heads)}

    def _texts(self, sort: PlaySort) -> dict[int, str | None]:
        """What a list is sorted by, by work or by way."""
        names = self._whole.names()
        match sort:
            case PlaySort.TITLE:
                return {work.id: work.show_title or work.title for work in names.works}
            case PlaySort.USER:
                return {way.id: way.person or way.user_name for way in names.ways}
            case PlaySort.PLAYER:
                return {way.id: way.player for way in names.ways}
            case PlaySort.DECISION:
                return {way.id: way.decision for way in names.ways}
            case _:
                with self._database.read() as connection:
                    current = {row.id: row.name for row in connection.execute(select(servers.c.id, servers.c.name))}
                return {way.id: current.get(way.server_id, way.server_name) for way in names.ways}

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
        names = self._whole.names()

        def distinct(texts: Iterable[str]) -> tuple[str, ...]:
            return tuple(sorted({text for text in texts if text}, key=str.casefold))

        return PlayChoices(
            sum(way.plays for way in names.ways),
            to_datetime(names.first_at),
            distinct(way.person or way.user_name for way in names.ways),
            distinct(work.kind for work in names.works),
            distinct(way.decision for way in names.ways),
            len({way.server_id or way.server_name for way in names.ways}),
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


def _stream(raw: str | None) -> dict[str, object] | None:
    try:
        found = json.loads(raw or "null")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
