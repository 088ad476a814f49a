"""Sums of years, of everybody: titles with and without who watched them, seasons, items, days, hours and genres.

Titles are hardly fewer than plays in sums of months: most are played once a month by one person. A year of them,
without server, library and stream, is a tenth; a year of days without server, library and person a fortieth.

A year ends with December, or with the month before the last one in which anything was played: each play takes the sums
of its month, and would take those of its year. It is known by its last month, and stands in `play_sums` and in
`summed_months` under that number below zero, so that no range of months finds it.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, select

from retrovue.core.storage.statistics import people
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
_TITLE = attrgetter("key")


def answering(cells: Cells, by: Collection[str]) -> Cells | None:
    """The sums of years, of everybody, that tell apart what is asked for; None where there are none."""
    if cells is Cells.PEOPLE:
        return cells
    for found in (cells, Cells.TITLE_USERS) if cells is Cells.TITLE else (cells,):
        if found in _KEPT and set(by) <= {"key", *_KEPT[found]}:
            return found
    return None


def stored_as(last: int) -> int:
    """The number that a year with this last month has in place of a month."""
    return -last


def of_month(month: int) -> Iterator[int]:
    """The years that a month may be in, as they are stored."""
    return (stored_as(last) for last in range(month, month - month % 12 + 12))


def is_within(month: int, last: int) -> bool:
    """Whether a month is in the year with this last month."""
    return month // 12 == last // 12 and month <= last


def years_within(wanted: tuple[int, int], everything: tuple[int, int]) -> list[int]:
    """The years of which a range has every month that there is, by their last months.

    Args:
        wanted, everything: the first and the last month of the range, and of all plays.
    """
    found = []
    for january in range(max(wanted[0], everything[0]) // 12 * 12, min(wanted[1], everything[1]) + 1, 12):
        first, last = max(january, everything[0]), min(january + 11, everything[1] - 1)
        if first <= last and wanted[0] <= first and last <= wanted[1]:
            found.append(last)
    return found


def missing(connection: Connection, mode: Mode, years: Iterable[int]) -> list[int]:
    """The years that are not summed."""
    numbers = [stored_as(last) for last in years]
    known = select(summed_months.c.month).where(summed_months.c.mode == mode, summed_months.c.month.in_(numbers))
    there = set(connection.scalars(known))
    return [-number for number in numbers if number not in there]


def add(connection: Connection, mode: Mode, last: int) -> None:
    """Sum a year from its months, all of which must be summed. What there is of it with another last month goes."""
    number, january = stored_as(last), last - last % 12
    same_year = play_sums.c.month.between(stored_as(january + 11), stored_as(january))
    connection.execute(
        delete(play_sums).where(play_sums.c.mode == mode, play_sums.c.view.in_([*_KEPT, Cells.PEOPLE]), same_year)
    )
    connection.execute(
        delete(summed_months).where(
            summed_months.c.mode == mode, summed_months.c.month.between(stored_as(january + 11), stored_as(january))
        )
    )
    months = play_sums.c.month.between(january, last)
    for cells in _KEPT:
        source = months & (play_sums.c.view == (Cells.TITLE if cells is Cells.TITLE_USERS else cells))
        if cells is Cells.TITLE:
            # From the sums with people, which are fewer and there by then.
            source = (play_sums.c.month == number) & (play_sums.c.view == Cells.TITLE_USERS)
        _insert(connection, mode, cells, number, source)
    _add_people(connection, mode, number)
    connection.execute(insert(summed_months).values(mode=mode, month=number))


def _add_people(connection: Connection, mode: Mode, number: int) -> None:
    """Put the people of each title together, from the sums with people."""
    sums = play_sums.c
    mine = (sums.mode == mode, sums.view == Cells.TITLE_USERS, sums.month == number)
    query = select(sums.key, sums.user_id, sums.user_name, sums.plays, sums.play_s).where(*mine)
    fixed = {**_UNKEPT, "mode": int(mode), "view": int(Cells.PEOPLE), "month": number}
    made = []
    for key, rows in groupby(connection.execute(query.order_by(sums.key, sums.user_id)).all(), _TITLE):
        for user_id, named, some in people.together(rows):
            plays, play_s = sum(row.plays for row in some), sum(row.play_s for row in some)
            made.append({**fixed, "key": key, "user_id": user_id, "user_name": named, "plays": plays, "play_s": play_s})
    if made:
        connection.execute(insert(play_sums), made)


def _insert(connection: Connection, mode: Mode, cells: Cells, number: int, where: ColumnElement[bool]) -> None:
    by = [play_sums.c[name] for name in ("key", *_KEPT[cells])]
    unkept = {name: value for name, value in _UNKEPT.items() if name not in _KEPT[cells]}
    fixed = {"mode": int(mode), "view": int(cells), "month": number, **unkept}
    constants = [literal(value).label(name) for name, value in fixed.items()]
    amounts = (func.sum(play_sums.c.plays).label("plays"), func.sum(play_sums.c.play_s).label("play_s"))
    found = select(*constants, *by, *amounts).where(play_sums.c.mode == mode, where).group_by(*by)
    connection.execute(insert(play_sums).from_select([*found.selected_columns.keys()], found))
