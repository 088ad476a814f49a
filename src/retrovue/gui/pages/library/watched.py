"""What was watched by anybody: columns, filters and the part of the details that says where each number is from."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from retrovue.core.domain.browse import ItemRow, SeasonRow, SortField, Watch, WatchedBounds
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.watch_stats import SourceStats, WatchSource, WatchStats, roll_up
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.roles import TONE_ROLE
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.tips import plain_tip

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

KEYS = ("last_watched", "plays", "people", "hours")
_NAMES_SHOWN = 12
DAYS = (7, 30, 90, 365)
PLAYS, PEOPLE, HOURS = (1, 5, 10), (2, 3, 5), (1, 10, 100)

# --- columns ----------------------------------------------------------------------------------------------------


def columns() -> list[Column]:
    """The four columns, which are hidden until they are chosen."""
    return [
        _column("last_watched", _("Last watched"), 116, SortField.LAST_WATCHED),
        _column("plays", _("Plays"), 64, SortField.PLAYS),
        _column("people", _("People"), 68, SortField.PEOPLE),
        _column("hours", _("Hours"), 68, SortField.WATCH_TIME),
    ]


def _column(key: str, title: str, width: int, sort: SortField) -> Column:
    words = {"last_watched": _last, "plays": _plays, "people": _people, "hours": _hours}[key]
    tips = {"last_watched": _last_tip, "plays": _plays_tip, "people": _people_tip, "hours": _hours_tip}[key]

    def tone(row: ItemRow | SeasonRow) -> str:
        return "text3" if words(row.watch) in ("0", text.DASH) else "text"

    return Column(
        key,
        title,
        lambda row: words(row.watch),
        align=RIGHT,
        width=width,
        sort_key=sort,
        tooltip=lambda row: tips(row.watch),
        roles={TONE_ROLE: tone},
    )


def _last(watch: Watch) -> str:
    return text.DASH if watch.last_watched_at is None else text.ago(watch.last_watched_at, now())


def _last_tip(watch: Watch) -> str | None:
    return None if watch.last_watched_at is None else text.exact(watch.last_watched_at)


def _plays(watch: Watch) -> str:
    return text.number(watch.plays)


def _plays_tip(watch: Watch) -> str | None:
    return play_words(watch.plays) if watch.plays else _("Never watched by anybody")


def _people(watch: Watch) -> str:
    return text.number(len(watch.people))


def _people_tip(watch: Watch) -> str | None:
    return names_of(watch.people) or None


def _hours(watch: Watch) -> str:
    return text.DASH if watch.watch_time_s < 1 else hours(watch.watch_time_s)


def _hours_tip(watch: Watch) -> str | None:
    return None if watch.watch_time_s < 1 else hours_and_minutes(watch.watch_time_s)


def hours(seconds: int) -> str:
    """Hours with one digit after the point; whole ones from a hundred."""
    found = seconds / 3600
    return QLocale().toString(max(found, 0.1), "f", 0 if found >= 99.95 else 1)


def hours_and_minutes(seconds: int) -> str:
    """ "2 h 5 min"."""
    minutes = round(seconds / 60)
    return _("{hours} h {minutes} min").format(hours=text.number(minutes // 60), minutes=minutes % 60)


def play_words(plays: int) -> str:
    """ "3 plays"."""
    return ngettext("{n} play", "{n} plays", plays).format(n=text.number(plays))


def names_of(people: tuple[str, ...]) -> str:
    """The first names, and how many there are besides."""
    shown = ", ".join(people[:_NAMES_SHOWN])
    more = len(people) - _NAMES_SHOWN
    return (
        shown
        if more <= 0
        else ngettext("{names} and {n} more", "{names} and {n} more", more).format(names=shown, n=text.number(more))
    )


# --- filters ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WatchedBy:
    """How much anybody watched; None lets all through.

    Attributes:
        within_days: watched by anybody in the last days. not_for_days: by nobody in the last days.
        plays, people, hours: at least so many; 0 plays: never watched by anybody.
    """

    within_days: int | None = None
    not_for_days: int | None = None
    plays: int | None = None
    people: int | None = None
    hours: int | None = None

    def bounds(self) -> WatchedBounds:
        """As the catalog is asked."""
        return WatchedBounds(
            since=_days_ago(self.within_days),
            before=_days_ago(self.not_for_days),
            least_plays=self.plays or None,
            most_plays=0 if self.plays == 0 else None,
            least_people=self.people,
            least_time_s=None if self.hours is None else self.hours * 3600,
        )

    def to_list(self) -> list[int | None]:
        """As it is kept in the catalog; empty without a bound."""
        found = [self.within_days, self.not_for_days, self.plays, self.people, self.hours]
        return found if any(one is not None for one in found) else []


def _days_ago(days: int | None) -> int | None:
    return None if days is None else int((now() - timedelta(days=days)).timestamp())


def last_watched_choices() -> list[tuple[WatchedBy, str]]:
    """What "Last watched" can be filtered by, with its words."""
    within = [(WatchedBy(within_days=days), _days(days)) for days in DAYS]
    without = [(WatchedBy(not_for_days=days), _not_for(days)) for days in DAYS[1:]]
    return [*within, *without, (WatchedBy(plays=0), _("Never"))]


def last_watched_words(chosen: WatchedBy) -> str:
    """The value of the chip."""
    if chosen.plays == 0:
        return _("never")
    said = _days(chosen.within_days) if chosen.within_days is not None else _not_for(chosen.not_for_days or 0)
    return said[:1].lower() + said[1:]


def _days(days: int) -> str:
    return _("Last 12 months") if days == 365 else ngettext("Last {n} day", "Last {n} days", days).format(n=days)


def _not_for(days: int) -> str:
    if days == 365:
        return _("Not in the last 12 months")
    return ngettext("Not in the last {n} day", "Not in the last {n} days", days).format(n=days)


def at_least(count: int) -> str:
    """ "At least 5"."""
    return _("At least {n}").format(n=text.number(count))


# --- details ----------------------------------------------------------------------------------------------------


def read_watched(
    context: "AppContext", kind: ItemKind, ids: list[int], *, season: int | None = None, one_season: bool = False
) -> WatchStats:
    """What is known of an item, of its copies together, or of a season. Thread: a lane."""
    from retrovue.core.services.statistics.watch_data import items_watched, show_watched

    if kind is ItemKind.SHOW and one_season:
        return roll_up(show_watched(context, show_id, season=season, in_no_season=season is None) for show_id in ids)
    return roll_up(items_watched(context, kind, ids).values())


class WatchedBlock(QWidget):
    """Who watched it and how much, and what each record says of it. Thread: GUI."""

    def __init__(self, stats: WatchStats, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 16, 0, 0)
        column.setSpacing(4)
        column.addWidget(label(_("Watched by anybody"), FontRole.HEADER))
        if not stats.sources:
            column.addWidget(label(_("Never watched, as far as is known."), FontRole.SMALL, tone="text2", wrap=True))
            return
        column.addWidget(label(_summary(stats), FontRole.SMALL, wrap=True))
        if stats.people:
            names = label(names_of(stats.people), FontRole.SMALL, tone="text2", wrap=True)
            column.addWidget(names)
        grid = QGridLayout()
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for row, source in enumerate(stats.sources):
            name, said = source_words(source)
            first = label(name, FontRole.CAPTION, tone="text2", wrap=True)
            second = label(said, FontRole.CAPTION, tone="text2")
            for one in (first, second):
                one.setToolTip(plain_tip(_source_tip(source)))
            grid.addWidget(first, row, 0)
            grid.addWidget(second, row, 1)
        column.addLayout(grid)


def _summary(stats: WatchStats) -> str:
    people = ngettext("{n} person", "{n} people", len(stats.people)).format(n=text.number(len(stats.people)))
    parts = [play_words(stats.plays), people if stats.people else ""]
    if stats.watch_time_s:
        parts.append(hours_and_minutes(stats.watch_time_s))
    if stats.last_watched_at is not None:
        parts.append(_("last {when}").format(when=text.ago(stats.last_watched_at, now())))
    return " · ".join(part for part in parts if part)


def source_words(source: SourceStats) -> tuple[str, str]:
    """(which record and as of when, what it counts)."""
    names = {
        WatchSource.HISTORY: _("RetroVue’s history, as of now"),
        WatchSource.TAUTULLI: _("Tautulli, read {when}"),
        WatchSource.SERVER: _("The server, read {when}"),
    }
    said = names[source.source].format(when=text.when(source.as_of, now()))
    counts = [play_words(source.plays)]
    if source.watch_time_s:
        counts.append(hours_and_minutes(source.watch_time_s))
    return said, " · ".join(counts)


def _source_tip(source: SourceStats) -> str:
    lines = [_("Last watched {when}").format(when=text.exact(source.last_watched_at))]
    if source.as_of is not None:
        lines.append(_("Read {when}").format(when=text.exact(source.as_of)))
    return "\n".join(lines)
