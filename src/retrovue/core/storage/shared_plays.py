"""The plays that other programs are told of: pages of the history, one by one or as sittings, and their sums."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, union_all

from retrovue.core.domain.ordering import Key
from retrovue.core.domain.sharing import SharedPlay, ShareFilter, Sitting, full_title
from retrovue.core.domain.text import fold
from retrovue.core.storage.database import Database, chunks
from retrovue.core.storage.listing.choosing import Wanted
from retrovue.core.storage.listing.ordered import By, KeptAnswers, Sorting, names_of, sort
from retrovue.core.storage.listing.reading import BY_LAST, PLAYS, Found, ListedRepository, Totals
from retrovue.core.storage.tables import episodes, libraries, listed_ways, listed_works, movies, plays

T = TypeVar("T")

_OF_DEVICES = {"ip_address": "address", "platform": "platform", "product": "product"}
_COLUMNS = {
    "started": "started_at",
    "stopped": "stopped_at",
    "paused_counter": "paused_s",
    "duration": "duration_ms",
    "full_title": "work_id",
    "friendly_name": "way_id",
    "player": "way_id",
}

_PLAY = {
    "id": plays.c.id,
    "server_id": plays.c.server_id,
    "user_id": plays.c.media_user_id,
    "user": plays.c.user_name,
    "kind": plays.c.kind,
    "title": plays.c.title,
    "show": plays.c.show_title,
    "season": plays.c.season_number,
    "episode": plays.c.episode_number,
    "aired": plays.c.aired,
    "year": plays.c.year,
    "remote_id": plays.c.remote_id,
    "guid": plays.c.guid,
    "device_id": plays.c.device_id,
    "player": plays.c.player,
    "product": plays.c.product,
    "platform": plays.c.platform,
    "address": plays.c.address,
    "location": plays.c.location,
    "decision": plays.c.stream_decision,
    "source_label": plays.c.source_label,
    "delivered_label": plays.c.delivered_label,
    "bandwidth_kbps": plays.c.bandwidth_kbps,
    "started_at": plays.c.started_at,
    "stopped_at": plays.c.stopped_at,
    "paused_s": plays.c.paused_s,
    "play_s": plays.c.play_s,
    "position_ms": plays.c.position_ms,
    "duration_ms": plays.c.duration_ms,
    "percent": plays.c.percent,
    "watched": plays.c.is_watched,
    "is_live": plays.c.is_live,
}


class SharedPlayRepository:
    """Rows of `plays` for other programs. Thread: any."""

    def __init__(self, database: Database, listed: ListedRepository) -> None:
        self._database = database
        self._listed = listed
        self._kept = KeptAnswers()

    @contextmanager
    def found(self, chosen: ShareFilter, *, grouped: bool) -> "Iterator[FoundPlays]":
        """What a filter lets through, as sittings or one by one: its names are looked up once within the block."""
        with self._listed.found(_wanted(chosen)) as found:
            yield FoundPlays(found, chosen, grouped, self._kept)

    def totals(self, chosen: ShareFilter, *, grouped: bool) -> Totals:
        """See `FoundPlays.totals`."""
        with self.found(chosen, grouped=grouped) as found:
            return found.totals()

    def page(
        self, chosen: ShareFilter, *, grouped: bool, limit: int | None = None, offset: int = 0, rising: bool = False
    ) -> list[Sitting]:
        """See `FoundPlays.page`."""
        with self.found(chosen, grouped=grouped) as found:
            return found.page(limit=limit, offset=offset, rising=rising)

    def plays(self, chosen: ShareFilter) -> list[SharedPlay]:
        """Every play that a filter lets through, newest first."""
        query = _select().where(*_conditions(chosen)).order_by(plays.c.started_at.desc(), plays.c.id.desc())
        with self._database.read() as connection:
            return [SharedPlay(**row._mapping) for row in connection.execute(query)]

    def addresses(self) -> list[tuple[int | None, str | None, str | None]]:
        """(server, remote ID, title of the show) of everything that was played, each once."""
        query = select(plays.c.server_id, plays.c.remote_id, plays.c.show_title).distinct()
        with self._database.read() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(query.where(plays.c.deleted_at.is_(None)))]


class FoundPlays:
    """What a filter lets through, as sittings (or each play as one), within one transaction."""

    def __init__(self, found: Found, chosen: ShareFilter, grouped: bool, kept: KeptAnswers) -> None:
        self._found = found
        self._chosen = chosen
        self._grouped = grouped
        self._kept = kept

    def totals(self) -> Totals:
        """How many sittings or plays there are, and how long they are together."""
        return self._keep("totals", lambda: self._found.totals(grouped=self._grouped))

    def ordered(self, by: Sequence[tuple[str, bool]], names: Mapping[int, str]) -> "OrderedPlays":
        """All sittings by their first plays, or all plays, in an order; equal ones stand newest first.

        Args:
            by: columns (see `domain.sharing.ORDERS`), and whether each falls.
            names: what accounts are called.
        """
        connection, matching = self._found.connection, self._found.matching
        order = BY_LAST if self._grouped else PLAYS

        def find() -> Sorting:
            columns = [By(_column(name, self._grouped), falls, self._texts(name, names)) for name, falls in by]
            return sort(connection, matching, order, columns, is_falling=True, entries=self.totals().entries)

        return OrderedPlays(self._found, self._keep(("ordered", tuple(by), tuple(sorted(names.items()))), find))

    def _texts(self, name: str, names: Mapping[int, str]) -> dict[int, str] | None:
        """What is compared in place of the number of a work, a way or a device."""
        connection = self._found.connection
        if name == "full_title":
            works = names_of(connection, "listed_works", "kind", "show_title", "title")
            return {number: full_title(kind, show, title).casefold() for number, kind, show, title in works}
        if name == "friendly_name":
            ways = names_of(connection, "listed_ways", "user_id", "user_name")
            return {number: names.get(user_id, user).casefold() for number, user_id, user in ways}
        if name == "player":
            return {number: player.casefold() for number, player in names_of(connection, "listed_ways", "player")}
        if name in _OF_DEVICES:
            devices = names_of(connection, "listed_devices", _OF_DEVICES[name])
            return {number: text.casefold() for number, text in devices}
        return None

    def entries(self, ids: Sequence[int]) -> list[Sitting]:
        """Sittings by their first plays, or plays, in the order given."""
        return self._sittings(self._found.members(ids) if self._grouped else [[each] for each in ids])

    def _keep(self, asked: Hashable, find: Callable[[], T]) -> T:
        """What takes long is kept, unless the catalog has a say in what matches: it can change without the history."""
        if self._found.matching.wanted.others:
            return find()
        return self._kept.get(self._found.connection, (self._chosen, self._grouped, asked), find)

    def page(self, *, limit: int | None = None, offset: int = 0, rising: bool = False) -> list[Sitting]:
        """Sittings by the start of their last play; the newest first unless `rising`."""
        entries = self.totals().entries
        is_from_end = limit is not None and offset > entries // 2
        if limit is not None and is_from_end:
            limit = max(0, min(limit, entries - offset))
            offset, rising = entries - offset - limit, not rising
        if self._grouped:
            groups = self._found.sittings(limit=limit, offset=offset, rising=rising, by_last=True)
        else:
            groups = [[each] for each in self._found.plays(limit=limit, offset=offset, rising=rising)]
        return self._sittings(groups[::-1] if is_from_end else groups)

    def _sittings(self, groups: Sequence[Sequence[int]]) -> list[Sitting]:
        found = self._by_id([play_id for group in groups for play_id in group])
        present = ([found[play_id] for play_id in group if play_id in found] for group in groups)
        return [Sitting(group) for group in present if group]

    def _by_id(self, ids: Sequence[int]) -> dict[int, SharedPlay]:
        found: dict[int, SharedPlay] = {}
        for chunk in chunks(ids):
            query = _select().where(plays.c.id.in_(chunk), plays.c.deleted_at.is_(None))
            found.update((row.id, SharedPlay(**row._mapping)) for row in self._found.connection.execute(query))
        return found


class OrderedPlays:
    """All that a filter lets through in an order, within one transaction."""

    def __init__(self, found: Found, sorting: Sorting) -> None:
        self._found = found
        self._sorting = sorting

    def ids(self, begin: int, end: int) -> list[int]:
        """Those from one place to before another."""
        return self._sorting.page(self._found.connection, self._found.matching, begin, end - begin)

    def keys(self, ids: Sequence[int]) -> list[list[Key]]:
        """What each of them is compared by, a key for each column."""
        return self._sorting.keys(self._found.connection, ids)


def _column(name: str, grouped: bool) -> str:
    if name == "date":
        return "last_at" if grouped else "started_at"
    return _COLUMNS.get(name, "device_id")


def _select() -> Select[Any]:
    return select(*[column.label(name) for name, column in _PLAY.items()])


def _wanted(chosen: ShareFilter) -> Wanted:
    """What a filter asks of the listed plays."""
    way, work = listed_ways.c, listed_works.c
    ways: list[ColumnElement[bool]] = []
    for column, values in (
        (way.user_id, chosen.user_ids),
        (way.user_name, chosen.users),
        (way.decision, chosen.decisions),
    ):
        if values is not None:
            ways.append(column.in_(values))
    if chosen.server_id is not None:
        ways.append(way.server_id == chosen.server_id)
    works: list[ColumnElement[bool]] = []
    if chosen.kinds is not None:
        works.append(work.kind.in_(chosen.kinds))
    if chosen.is_live is not None:
        works.append(work.is_live.is_(chosen.is_live))
    return Wanted(
        ways=tuple(ways),
        works=tuple(works),
        words=tuple(fold(chosen.search).split()),
        others=tuple(_unlisted(chosen)),
        started_from=chosen.started_from,
        started_before=chosen.started_before,
    )


def _conditions(chosen: ShareFilter) -> list[ColumnElement[bool]]:
    """What a filter asks of rows of `plays`; what was deleted is never among them."""
    found: list[ColumnElement[bool]] = [plays.c.deleted_at.is_(None)]
    for column, values in (
        (plays.c.media_user_id, chosen.user_ids),
        (plays.c.user_name, chosen.users),
        (plays.c.kind, chosen.kinds),
        (plays.c.stream_decision, chosen.decisions),
    ):
        if values is not None:
            found.append(column.in_(values))
    if chosen.server_id is not None:
        found.append(plays.c.server_id == chosen.server_id)
    if chosen.is_live is not None:
        found.append(plays.c.is_live.is_(chosen.is_live))
    if chosen.started_from is not None:
        found.append(plays.c.started_at >= chosen.started_from)
    if chosen.started_before is not None:
        found.append(plays.c.started_at < chosen.started_before)
    found += _unlisted(chosen)
    found += [plays.c.folded.contains(word, autoescape=True) for word in fold(chosen.search).split()]
    return found


def _unlisted(chosen: ShareFilter) -> list[ColumnElement[bool]]:
    """What a filter asks that only rows of `plays` can answer."""
    found: list[ColumnElement[bool]] = []
    if chosen.play_ids is not None:
        found.append(plays.c.id.in_(chosen.play_ids))
    if chosen.guids is not None:
        found.append(or_(false(), *[plays.c.guid.istartswith(each, autoescape=True) for each in chosen.guids]))
    if chosen.items is not None or chosen.addresses or chosen.shows:
        same: list[ColumnElement[bool]] = [_is_of(kind, row) for kind, row in chosen.items or ()]
        for column, places in ((plays.c.remote_id, chosen.addresses), (plays.c.show_title, chosen.shows)):
            same += [and_(plays.c.server_id.is_not_distinct_from(server), column == text) for server, text in places]
        found.append(or_(false(), *same))
    if chosen.library_ids is not None:
        found.append(or_(false(), *[_is_in(each) for each in chosen.library_ids]))
    return found


def _is_of(kind: str, row_id: int) -> ColumnElement[bool]:
    """Whether a play is of an item, or of an episode below it, also where the server has given that a new ID since."""
    table, own = movies, movies.c.id == row_id
    if kind != "movie":
        column = {"episode": episodes.c.id, "season": episodes.c.season_id, "show": episodes.c.show_id}[kind]
        table, own = episodes, column == row_id
    home = select(table.c.library_id).where(own).limit(1)
    server = select(libraries.c.server_id).where(libraries.c.id == home.scalar_subquery()).scalar_subquery()
    play = plays.alias("played").c
    by_id = select(play.id).where(play.server_id == server, play.remote_id.in_(select(table.c.remote_id).where(own)))
    named = (table.c.guid_primary, table.c.source_guid)
    guids = union_all(*(select(column).where(own, column.is_not(None)) for column in named))
    # Looked up by the guid: without the sum SQLite may read all plays of the server.
    by_guid = select(play.id).where(
        play.guid.in_(guids), play.server_id + 0 == server, *(~_is_there(play, each) for each in (movies, episodes))
    )
    # Each way has its index, but both joined by "or" have none on PostgreSQL.
    return plays.c.id.in_(union_all(by_id, by_guid))


def _is_there(play: Any, table: Any) -> ColumnElement[bool]:
    """Whether the server has an item with the ID of a play now: then the play is of that one."""
    joined = table.join(libraries, libraries.c.id == table.c.library_id)
    same = [libraries.c.server_id == play.server_id, table.c.remote_id == play.remote_id, table.c.removed_at.is_(None)]
    return select(table.c.id).select_from(joined).where(*same).exists()


def _is_in(library_id: int) -> ColumnElement[bool]:
    """Whether a play is of something in a library, as the statistics have it: a play knows where it was played from.

    One that was not found there yet is known by what the server calls it.
    """
    inside = union_all(
        select(movies.c.remote_id).where(movies.c.library_id == library_id),
        select(episodes.c.remote_id).where(episodes.c.library_id == library_id),
    )
    server = select(libraries.c.server_id).where(libraries.c.id == library_id).scalar_subquery()
    by_id = and_(plays.c.library_id.is_(None), plays.c.server_id == server, plays.c.remote_id.in_(inside))
    return or_(plays.c.library_id == library_id, by_id)
