"""Long lists of the history: what orders and groups plays, and the rows that are on screen."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from retrovue.core.domain.history import Play, PlayDetails, PlayFilter, PlaySort
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.text import fold
from retrovue.core.storage.database import Database
from retrovue.core.storage.listing.ordered import By
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
        """See `WholeLists.stretches`."""
        return self._whole.stretches(wanted(chosen), known, parts, grouped=grouped)

    def starts(self, chosen: PlayFilter, ids: Sequence[int], *, grouped: bool) -> dict[int, int]:
        """When those of some plays or sittings that are in a list start (epoch seconds)."""
        return self._whole.starts(wanted(chosen), ids, grouped=grouped)

    def sorted(self, chosen: PlayFilter, sort: PlaySort, *, grouped: bool, is_falling: bool) -> WholeList:
        """A list by something else than its start."""
        column, texts = _COLUMNS.get(sort), None
        if column is None:
            column = "work_id" if sort is PlaySort.TITLE else "way_id"
            texts = {number: fold(text or "") for number, text in self._texts(sort)}
        return self._whole.sorted(wanted(chosen), By(column, is_falling, texts), grouped=grouped)

    def sorted_parts(
        self, chosen: PlayFilter, known: WholeList, parts: Sequence[range], *, is_same: bool = False
    ) -> list[list[int]] | None:
        """See `WholeLists.sorted_parts`."""
        return self._whole.sorted_parts(wanted(chosen), known, parts, is_same=is_same)

    def sorted_places(self, chosen: PlayFilter, known: WholeList, ids: Sequence[int]) -> dict[int, int]:
        """See `WholeLists.sorted_places`."""
        return self._whole.sorted_places(wanted(chosen), known, ids)

    def members(self, heads: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The plays of sittings by their first ones, oldest first."""
        return {group[0]: tuple(group) for group in self._listed.members(heads)}

    def _texts(self, sort: PlaySort) -> list[tuple[int, str | None]]:
        """What a list is sorted by, by work or by way."""
        if sort is PlaySort.TITLE:
            works = self._whole.names_of("listed_works", "show_title", "title")
            return [(number, show or title) for number, show, title in works]
        if sort is PlaySort.USER:
            ways = self._whole.names_of("listed_ways", "person", "user_name")
            return [(number, person or user) for number, person, user in ways]
        if sort is PlaySort.SERVER:
            with self._database.read() as connection:
                current = {row.id: row.name for row in connection.execute(select(servers.c.id, servers.c.name))}
            ways = self._whole.names_of("listed_ways", "server_id", "server_name")
            return [(number, current.get(server, name)) for number, server, name in ways]
        return self._whole.names_of("listed_ways", "player" if sort is PlaySort.PLAYER else "decision")

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

    def item_of(self, server_id: int, remote_id: str) -> tuple[ItemKind, int] | None:
        """(kind, id) of the movie or episode that has this id on its server now; None when there is none."""
        with self._database.read() as connection:
            for kind, table in ((ItemKind.MOVIE, movies), (ItemKind.EPISODE, episodes)):
                query = (
                    select(table.c.id)
                    .join(libraries, libraries.c.id == table.c.library_id)
                    .where(libraries.c.server_id == server_id, table.c.remote_id == remote_id)
                    .where(table.c.removed_at.is_(None))
                )
                item_id = connection.execute(query).scalar()
                if item_id is not None:
                    return kind, int(item_id)
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
