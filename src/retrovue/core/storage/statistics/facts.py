"""Plays and sittings as statistics count them: what each view counts by, and the filters, as SQL expressions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal, or_, select, union_all

from retrovue.core.domain.days import DAY_S, Offset
from retrovue.core.domain.played_titles import PART, TITLE_YEAR, Within
from retrovue.core.domain.statistics import STREAMS
from retrovue.core.storage.dialects.expressions import digits, is_size, position
from retrovue.core.storage.tables import plays, sitting_plays, sittings


class Mode(IntEnum):
    """What is counted, as stored; `PEAKS` only names the months of `play_peaks`."""

    PLAYS = 0
    SITTINGS = 1
    PEAKS = 2


class Cells(IntEnum):
    """What the key of a sum is, as stored."""

    ALL = 0
    DAY = 1
    HOUR = 2
    PLATFORM = 3
    PLAYER = 4
    TITLE = 5
    RESOLUTION = 6
    DELIVERED = 7
    # Titles with who watched them: only of years, see `yearly`.
    TITLE_USERS = 8
    COMPLETION = 9
    GENRE = 10
    SEASON = 11
    ITEM = 12
    # Titles with all who watched them in one row: only of years, too.
    PEOPLE = 13


MONTHLY = tuple(cells for cells in Cells if cells not in (Cells.TITLE_USERS, Cells.PEOPLE))
"""What is summed by month."""
FEW = (Cells.ALL, Cells.PLATFORM, Cells.PLAYER, Cells.RESOLUTION, Cells.DELIVERED, Cells.COMPLETION, Cells.GENRE)
"""Whose keys together are few in a month, so that they are summed from sums instead of from plays."""


DIMENSIONS = ("server_id", "user_id", "user_name", "library_id", "library_name", "stream")
"""What sums can be filtered by, beside their key."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts that go by one name, and the name for plays without an account."""

    ids: tuple[int, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which plays are counted. None does not filter.

    Attributes:
        titles: only shows and movies with these names, whatever their year; for counts by title only, as sums of
            anything else do not tell them apart.
    """

    server_id: int | None = None
    accounts: Accounts | None = None
    library_id: int | None = None
    within: Within | None = None
    titles: tuple[str, ...] | None = None


EVERYONE = Scope()


def dimensions(table: FromClause) -> dict[str, ColumnElement[Any]]:
    """The dimensions of a row of `plays`."""
    column = table.c
    decisions = {decision: n for n, decision in enumerate(STREAMS) if decision is not None}
    return {
        "server_id": func.coalesce(column.server_id, 0),
        "user_id": func.coalesce(column.media_user_id, 0),
        "user_name": case((column.media_user_id.is_(None), _unnamed(table)), else_=""),
        "library_id": func.coalesce(column.library_id, 0),
        "library_name": case((column.library_id.is_(None), func.coalesce(column.library_name, "")), else_=""),
        "stream": case(decisions, value=column.stream_decision, else_=len(decisions)),
    }


def _unnamed(table: FromClause) -> ColumnElement[str]:
    """Who played, of a play without an account."""
    return func.coalesce(table.c.person, table.c.user_name, "")


def key(cells: Cells, table: FromClause, started_at: ColumnElement[int], stretches: Sequence[Offset]) -> Any:
    """What a row of `plays` is counted under, as text; "" is not known."""
    column = table.c
    match cells:
        case Cells.ALL:
            return literal("")
        case Cells.DAY:
            return _text((started_at + _offset(started_at, stretches, days=True)) // DAY_S)
        case Cells.HOUR:
            return _text((started_at + _offset(started_at, stretches, days=False)) % DAY_S // 3600)
        case Cells.PLATFORM:
            return func.coalesce(column.platform, "")
        case Cells.PLAYER:
            return func.coalesce(column.player, "")
        case Cells.TITLE | Cells.TITLE_USERS | Cells.PEOPLE:
            # An empty name of a show is none.
            return case((column.show_title > "", column.show_title), else_=_movie(table))
        case Cells.SEASON:
            season = column.show_title + PART + _text(column.season_number)
            return case((and_(column.show_title > "", column.season_number >= 0), season), else_="")
        case Cells.ITEM:
            numbers = PART + _text(column.season_number) + PART + _text(column.episode_number)
            episode = (and_(column.show_title > "", _is_numbered(table)), column.show_title + numbers)
            named = (column.show_title > "", column.show_title + PART + PART + column.title)
            return case(episode, named, else_=_movie(table))
        case Cells.GENRE:
            return func.coalesce(column.genre, "")
        case Cells.RESOLUTION:
            return _resolution(column.source_label)
        case Cells.DELIVERED:
            return _resolution(column.delivered_label)
        case Cells.COMPLETION:
            steps = [(column.percent >= least, literal(str(least))) for least in (75, 50, 25, 0)]
            return case((column.is_watched, literal("watched")), *steps, else_=literal(""))


def _movie(table: FromClause) -> Any:
    with_year = table.c.title + TITLE_YEAR + _text(table.c.year)
    return case((table.c.year > 0, with_year), else_=table.c.title)


def _is_numbered(table: FromClause) -> ColumnElement[bool]:
    return and_(table.c.season_number >= 0, table.c.episode_number >= 0)


def _text(number: Any) -> Any:
    return digits(number)


def _offset(started_at: ColumnElement[int], stretches: Sequence[Offset], *, days: bool) -> Any:
    seconds = [one.day_s if days else one.hour_s for one in stretches]
    if len(set(seconds)) == 1:
        return literal(seconds[0])
    earlier = zip(stretches[:-1], seconds[:-1], strict=True)
    return case(*((started_at < one.ends_at, number) for one, number in earlier), else_=seconds[-1])


def _resolution(label: ColumnElement[str]) -> Any:
    """The first word of "1080p H264 · AC3 5.1" where it is a size of a picture; music begins with its codec."""
    word = func.substr(label, 1, position(label + " ", " ") - 1)
    return case((or_(word == "SD", is_size(word)), word), else_="")


def matching(scope: Scope, columns: Any) -> list[ColumnElement[bool]]:
    """The filter over sums, whose columns are dimensions."""
    found: list[ColumnElement[bool]] = []
    if scope.server_id is not None:
        found.append(columns.server_id == scope.server_id)
    if scope.library_id is not None:
        found.append(columns.library_id == scope.library_id)
    if scope.accounts is not None:
        unnamed = and_(columns.user_id == 0, columns.user_name == scope.accounts.name)
        found.append(or_(columns.user_id.in_(scope.accounts.ids), unnamed))
    if scope.titles is not None:
        # Not BETWEEN, in which PostgreSQL takes no collation, and texts are given with one there.
        years = (
            and_(columns.key >= f"{name}{TITLE_YEAR}0", columns.key < f"{name}{TITLE_YEAR}:") for name in scope.titles
        )
        found.append(or_(columns.key.in_(scope.titles), *years))
    return found


def of_plays(scope: Scope, table: FromClause = plays) -> list[ColumnElement[bool]]:
    """The filter over rows of `plays`; what was deleted is never among them."""
    found: list[ColumnElement[bool]] = [table.c.deleted_at.is_(None)]
    if scope.server_id is not None:
        found.append(table.c.server_id == scope.server_id)
    if scope.library_id is not None:
        found.append(table.c.library_id == scope.library_id)
    if scope.accounts is not None:
        unnamed = and_(table.c.media_user_id.is_(None), _unnamed(table) == scope.accounts.name)
        found.append(or_(table.c.media_user_id.in_(scope.accounts.ids), unnamed))
    if scope.within is not None:
        found += _of_title(scope.within, table)
    if scope.titles is not None:
        # More than asked for: episodes of these names are counted under their shows.
        found.append(or_(table.c.show_title.in_(scope.titles), table.c.title.in_(scope.titles)))
    return found


def _of_title(within: Within, table: FromClause) -> list[ColumnElement[bool]]:
    """The same plays as those that have the title, season or item as their key, found by an index."""
    column = table.c
    is_show = column.show_title == within.plain_title
    if within.season is not None or within.name is not None:
        found = [is_show]
        if within.season is not None:
            found.append(column.season_number == within.season)
        if within.episode is not None:
            found.append(column.episode_number == within.episode)
        if within.name is not None:
            found += [column.title == within.name, func.coalesce(_is_numbered(table), False).is_(False)]
        return found
    year = func.coalesce(column.year, 0) <= 0 if within.year is None else column.year == within.year
    is_movie = and_(column.title == within.plain_title, func.coalesce(column.show_title, "") == "", year)
    return [is_movie if within.year is not None else or_(is_show, is_movie)]


def facts(
    mode: Mode, cells: Cells, starts_at: int, ends_at: int, stretches: Sequence[Offset], scope: Scope = EVERYONE
) -> Select[Any]:
    """Plays or sittings that start in a stretch of time: id, started_at, play_s, key and dimensions, not yet summed.

    The id of a sitting is that of its last play, whose facts it has.
    """
    return _facts(mode, {"key": cells}, (starts_at, ends_at), stretches, scope)


def _facts(
    mode: Mode, keys: Mapping[str, Cells], bounds: tuple[int, int], stretches: Sequence[Offset], scope: Scope
) -> Select[Any]:
    def columns(started_at: ColumnElement[int], play_s: ColumnElement[int]) -> list[ColumnElement[Any]]:
        named = {name: key(cells, plays, started_at, stretches) for name, cells in keys.items()}
        own = [plays.c.id, started_at.label("started_at"), play_s.label("play_s")]
        return [*own, *(expression.label(name) for name, expression in {**named, **dimensions(plays)}.items())]

    def within(started_at: ColumnElement[int]) -> list[ColumnElement[bool]]:
        return [started_at >= bounds[0], started_at < bounds[1]]

    single = select(*columns(plays.c.started_at, plays.c.play_s))
    single = single.where(*within(plays.c.started_at), *of_plays(scope))
    if mode is Mode.PLAYS:
        return single
    member = select(sitting_plays.c.play_id).where(sitting_plays.c.play_id == plays.c.id).exists()
    joined = (
        select(*columns(sittings.c.started_at, sittings.c.play_s))
        .select_from(sittings.join(plays, plays.c.id == sittings.c.last_play_id))
        .where(*within(sittings.c.started_at), *of_plays(scope))
    )
    return select(union_all(single.where(~member), joined).subquery())


def month_sums(mode: Mode, month: int, bounds: tuple[int, int], stretches: Sequence[Offset]) -> Select[Any]:
    """Everything that `play_sums` keeps of a month, with the names of its columns, from one pass over the plays."""
    named = {cells.name.lower(): cells for cells in MONTHLY}
    each = _facts(mode, named, bounds, stretches, EVERYONE).cte("each")
    keys = [each.c[cells.name.lower()] for cells in FEW]
    whose = [each.c[name] for name in DIMENSIONS]
    amounts = (func.count().label("plays"), func.sum(each.c.play_s).label("play_s"))
    few = select(*keys, *whose, *amounts).group_by(*keys, *whose).cte("few")
    parts = []
    for cells in MONTHLY:
        rows = few if cells in FEW else each
        plays_ = func.sum(few.c.plays) if cells in FEW else func.count()
        by = [rows.c[cells.name.lower()].label("key"), *(rows.c[name] for name in DIMENSIONS)]
        front = [literal(int(mode)).label("mode"), literal(int(cells)).label("view"), literal(month).label("month")]
        summed = select(*front, *by, plays_.label("plays"), func.sum(rows.c.play_s).label("play_s"))
        parts.append(summed.group_by(*by))
    return select(union_all(*parts).subquery())
