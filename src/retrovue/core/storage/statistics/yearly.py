"""Sums of whole years, of everybody: titles with and without who watched them, seasons, items, days, hours and genres.

Titles are hardly fewer than plays in sums of months: most are played once a month by one person. A year of them,
without server, library and stream, is a tenth; a year of days without server, library and person a fortieth. Such a
year stands in `play_sums` and in `summed_months` under its number below zero, so that no range of months finds it.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, select

from retrovue.core.storage.statistics.facts import Cells, Mode
from retrovue.core.storage.tables import play_sums, summed_months

_UNKEPT = {"server_id": 0, "user_id": 0, "user_name": "", "library_id": 0, "library_name": "", "stream": 0}
"""What a sum of all servers, people, libraries and streams has in their place."""
_KEPT: dict[Cells, tuple[str, ...]] = {
    Cells.TITLE_USERS: ("user_id", "user_name"),
    Cells.TITLE: (),
    Cells.SEASON: (),
    Cells.ITEM: (),
    Cells.DAY: ("stream",),
    Cells.HOUR: ("stream",),
    Cells.GENRE: ("stream",),
}
"""What is summed by year, from its months, and what these sums tell apart beside their key."""


def answering(cells: Cells, by: Collection[str]) -> Cells | None:
    """The sums of years, of everybody, that tell apart what is asked for; None where there are none."""
    for found in (cells, Cells.TITLE_USERS) if cells is Cells.TITLE else (cells,):
        if found in _KEPT and set(by) <= {"key", *_KEPT[found]}:
            return found
    return None


def stored_as(year: int) -> int:
    """The number that a year has in place of a month."""
    return -year


def years_of(months: Iterable[int]) -> set[int]:
    """The years of months, as they are stored."""
    return {stored_as(month // 12) for month in months}


def whole_years(wanted: tuple[int, int], everything: tuple[int, int]) -> list[int]:
    """The years of which a range has every month that there is.

    Args:
        wanted, everything: the first and the last month of the range, and of all plays.
    """
    found = []
    for year in range(max(wanted[0], everything[0]) // 12, min(wanted[1], everything[1]) // 12 + 1):
        first, last = max(year * 12, everything[0]), min(year * 12 + 11, everything[1])
        if wanted[0] <= first and last <= wanted[1]:
            found.append(year)
    return found


def missing(connection: Connection, mode: Mode, years: Iterable[int]) -> list[int]:
    """The years that are not summed."""
    numbers = [stored_as(year) for year in years]
    known = select(summed_months.c.month).where(summed_months.c.mode == mode, summed_months.c.month.in_(numbers))
    there = set(connection.scalars(known))
    return [-number for number in numbers if number not in there]


def add(connection: Connection, mode: Mode, year: int) -> None:
    """Sum a year from its months, all of which must be summed."""
    number = stored_as(year)
    mine = (play_sums.c.mode == mode) & (play_sums.c.month == number)
    connection.execute(delete(play_sums).where(mine, play_sums.c.view.in_(list(_KEPT))))
    months = play_sums.c.month.between(year * 12, year * 12 + 11)
    for cells in _KEPT:
        source = months & (play_sums.c.view == (Cells.TITLE if cells is Cells.TITLE_USERS else cells))
        if cells is Cells.TITLE:
            # From the sums with people, which are fewer and there by then.
            source = (play_sums.c.month == number) & (play_sums.c.view == Cells.TITLE_USERS)
        _insert(connection, mode, cells, number, source)
    connection.execute(insert(summed_months).values(mode=mode, month=number))


def _insert(connection: Connection, mode: Mode, cells: Cells, number: int, where: ColumnElement[bool]) -> None:
    by = [play_sums.c[name] for name in ("key", *_KEPT[cells])]
    unkept = {name: value for name, value in _UNKEPT.items() if name not in _KEPT[cells]}
    fixed = {"mode": int(mode), "view": int(cells), "month": number, **unkept}
    constants = [literal(value).label(name) for name, value in fixed.items()]
    amounts = (func.sum(play_sums.c.plays).label("plays"), func.sum(play_sums.c.play_s).label("play_s"))
    found = select(*constants, *by, *amounts).where(play_sums.c.mode == mode, where).group_by(*by)
    connection.execute(insert(play_sums).from_select([*found.selected_columns.keys()], found))
