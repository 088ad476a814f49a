"""What a chart shows: series, marks and how their values are said. No widget is needed for it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from itertools import pairwise

from PySide6.QtCore import QLocale

from retrovue.gui import text


def count(value: float) -> str:
    """ "1,284"."""
    return text.number(round(value))


def hours(value: float) -> str:
    """ "1,017" or, below ten, "4.5": hours as people compare them."""
    return QLocale().toString(float(value), "f", 0 if value >= 10 or value == round(value) else 1)


@dataclass(frozen=True, slots=True)
class Series:
    """One part of each bar.

    Attributes:
        name: as in the legend and the heading of the table's column.
        token: the color, by its name in the theme.
    """

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar, a row, a point or a day.

    Attributes:
        key: what is opened; None where there is nothing behind it.
        label: on the axis, short.
        values: one for each series.
        name: in the tooltip and the table; the label where it is empty.
        picture: what the poster beside a row is asked for with (server id and address, say).
        remark: what a list without bars says in place of the value.
    """

    key: Hashable
    label: str
    values: tuple[float, ...]
    name: str = ""
    picture: Hashable = None
    remark: str = ""

    @property
    def total(self) -> float:
        """The height of the whole bar."""
        return sum(self.values)

    @property
    def full_name(self) -> str:
        """The name, or the label."""
        return self.name or self.label


@dataclass(frozen=True)
class ChartData:
    """Everything that one chart shows.

    Attributes:
        heading: of the table's first column ("Day").
        marks: in the order on screen.
        say: writes a value for people.
        whole: values are counts, so the axis has no tick between 1 and 2.
        by_name: marks are in the order of what they are (days, weekdays), not of their values.
    """

    heading: str
    series: tuple[Series, ...]
    marks: tuple[Mark, ...]
    say: Callable[[float], str] = field(default=count)
    whole: bool = True
    by_name: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether no mark has a value."""
        return not any(mark.total for mark in self.marks)

    @property
    def peak(self) -> int | None:
        """The index of the first of the highest marks; None for an empty chart."""
        if self.is_empty:
            return None
        return max(range(len(self.marks)), key=lambda index: (self.marks[index].total, -index))


def ticks(highest: float, room: int, *, whole: bool = True) -> list[float]:
    """Round values from 0 to at least `highest`, at most `room` steps apart from each other.

    Steps are 1, 2 or 5 times a power of ten, as axes are read.
    """
    if highest <= 0:
        return [0.0, 1.0]
    # A second is 0.00028 hours: steps of much less than that would be lost in the rounding.
    highest = max(highest, 0.0001)
    least = highest / max(1, room)
    power = 1.0
    while power * 10 <= least:
        power *= 10
    while power > least:
        power /= 10
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least - 1e-9)
    if whole:
        step = max(1.0, step)
    made = [0.0]
    while made[-1] < highest - 1e-9:
        made.append(round(made[-1] + step, 9))
    return made


def labeled(centers: list[float], widths: list[float], gap: float) -> list[int]:
    """Which labels of an axis are shown, so that no two touch: every one, every second, every fifth…

    Args:
        centers: where the marks are, ascending.
        widths: of their labels.
        gap: the least room between two labels.
    """
    for step in (1, 2, 3, 4, 5, 6, 7, 10, 14, 15, 20, 30, 50, 60, 100, 150, 200, 300, 500, 1000):
        shown = list(range(0, len(centers), step))
        if all(
            centers[later] - widths[later] / 2 - centers[earlier] - widths[earlier] / 2 >= gap
            for earlier, later in pairwise(shown)
        ):
            return shown
    return list(range(min(1, len(centers))))
