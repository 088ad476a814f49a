"""The columns of the history: words, tooltips and order of each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt

from retrovue.core.domain.history import Play, PlayedDay, PlaySort
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.history import words
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.roles import MARK_ROLE, TONE_ROLE
from retrovue.gui.tables.cells import KINDS_ROLE, LOOK_ROLE
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.views import room_for_words

_STREAM_WIDTH = 126
_MOST_OF_A_WORD = 24
_ICON_ROOM = 18
SHARE_ROLE = int(Qt.ItemDataRole.UserRole) + 300
"""How far, 0 to 1; None where that is not known."""


@dataclass(frozen=True)
class PlayRow:
    """A sitting, or one play of an unfolded one.

    Attributes:
        id: of its first play.
        members: its plays, oldest first.
        is_part: shown below its sitting.
        by_day: the list has lines of days, so that the time of the day says it all.
        place: where it stands in its list, see `model.PlaySource`.
    """

    id: int
    play: Play
    members: tuple[int, ...] = ()
    is_part: bool = False
    by_day: bool = True
    place: int = -1

    @property
    def rest(self) -> str:
        """What follows the heading: below its sitting not the episode once more, but which part of it was played."""
        return (words.reach(self.play) if self.is_part else "") or words.rest_of_title(self.play)

    @property
    def title(self) -> str:
        """Heading and rest in one line."""
        return " · ".join(part for part in (words.heading(self.play), self.rest) if part)


@dataclass(frozen=True)
class DayRow:
    """The line above the plays of a day."""

    day: PlayedDay
    place: int

    @property
    def title(self) -> str:
        """ "Today, Monday 9 March"."""
        return day_words(self.day, now())

    @property
    def sums(self) -> str:
        """ "9 plays · 5 h 12 min"."""
        return f"{words.plays_count(self.day.plays)} · {words.long_time(self.day.play_s)}"


Row = PlayRow | DayRow


def day_words(day: PlayedDay, at: datetime) -> str:
    """ "Today, Monday 9 March", "Sunday 8 March", with the year when it is not this one."""
    today = at.astimezone().date()
    said = text.full_date(day.day, year=day.day.year != today.year)
    match (today - day.day).days:
        case 0:
            return _("Today, {day}").format(day=said)
        case 1:
            return _("Yesterday, {day}").format(day=said)
    return said


def history_columns() -> tuple[Column, ...]:
    """Every column in its first order."""
    return (*_what_columns(), *_how_columns())


def _what_columns() -> tuple[Column, ...]:
    return (
        Column(
            "started",
            _("Started"),
            _started,
            align=RIGHT,
            width=92,
            sort_key=PlaySort.STARTED,
            tooltip=_of_play(lambda play: f"{text.exact(play.started_at)}\n{text.ago(play.started_at, now())}"),
            roles={TONE_ROLE: _tone_of_part},
        ),
        Column(
            "user",
            _("User"),
            _of_first(lambda play: play.user or _("Unknown")),
            width=96,
            sort_key=PlaySort.USER,
            tooltip=_of_play(lambda play: play.user),
            roles={TONE_ROLE: lambda row: "text" if _play(row) and _play(row).user else "text3"},
        ),
        Column(
            "title",
            _("Title"),
            lambda row: row.title,
            width=300,
            sort_key=PlaySort.TITLE,
            tooltip=_of_play(words.full_title),
        ),
        Column(
            "server",
            _("Server"),
            _of_play_text(lambda play: play.server),
            width=104,
            sort_key=PlaySort.SERVER,
            tooltip=_of_play(lambda play: play.server),
            roles={KINDS_ROLE: _of_play(lambda play: (play.server_kind,) if play.server_kind else ())},
        ),
        Column(
            "player",
            _("Player"),
            _of_play_text(words.player),
            width=138,
            sort_key=PlaySort.PLAYER,
            tooltip=_of_play(words.player),
            roles={TONE_ROLE: lambda row: "text2"},
        ),
    )


def _how_columns() -> tuple[Column, ...]:
    return (
        Column(
            "played",
            _("Played"),
            _of_play_text(lambda play: words.played(play.play_s)),
            align=RIGHT,
            width=82,
            sort_key=PlaySort.PLAYED,
            tooltip=_of_play(_played_tip),
        ),
        Column(
            "paused",
            _("Paused"),
            _of_play_text(lambda play: words.played(play.paused_s) if play.paused_s else text.DASH),
            align=RIGHT,
            width=66,
            sort_key=PlaySort.PAUSED,
            roles={TONE_ROLE: lambda row: "text2" if _play(row) and _play(row).paused_s else "text3"},
        ),
        Column(
            "progress",
            _("Progress"),
            _of_play_text(words.percent),
            width=134,
            sort_key=PlaySort.PERCENT,
            tooltip=_of_play(lambda play: _("Watched") if play.watched else None),
            roles={
                SHARE_ROLE: _of_play(lambda play: None if play.percent is None else play.percent / 100),
                MARK_ROLE: _of_play(lambda play: play.watched),
            },
        ),
        Column(
            "stream",
            _("Stream"),
            _of_play_text(lambda play: look.word if (look := words.look_of(play)) else ""),
            width=room_for_words(
                words.ways_to_stream(), least=_STREAM_WIDTH, most_chars=_MOST_OF_A_WORD, extra=_ICON_ROOM
            ),
            sort_key=PlaySort.DECISION,
            roles={LOOK_ROLE: _of_play(words.look_of)},
        ),
        Column("kind", _("Type"), _of_play_text(lambda play: words.kind_word(play.kind)), width=80),
        Column("source", _("Source"), _of_play_text(lambda play: words.source_word(play.source)), width=150),
    )


HIDDEN = frozenset({"kind", "source"})
"""Columns that are not shown at first."""
FOLDED = ("paused", "player", "stream", "played")
"""What a narrow list leaves out, the first one first."""


def _play(row: Any) -> Any:
    return row.play if isinstance(row, PlayRow) else None


def _of_play(value: Callable[[Play], Any]) -> Callable[[Row], Any]:
    return lambda row: value(row.play) if isinstance(row, PlayRow) else None


def _of_play_text(value: Callable[[Play], str]) -> Callable[[Row], str]:
    return lambda row: value(row.play) if isinstance(row, PlayRow) else ""


def _of_first(value: Callable[[Play], str]) -> Callable[[Row], str]:
    """Below their sitting, plays need not say again what is the same."""
    return lambda row: value(row.play) if isinstance(row, PlayRow) and not row.is_part else ""


def _started(row: Row) -> str:
    if isinstance(row, DayRow):
        return f"{row.title} · {row.sums}"
    at = row.play.started_at
    clock = at.astimezone().strftime("%H:%M")
    return clock if row.by_day else f"{text.day(at, now())}, {clock}"


def _tone_of_part(row: Row) -> str:
    return "text2" if isinstance(row, PlayRow) and row.is_part else "text"


def _played_tip(play: Play) -> str:
    return _("{start} to {end}").format(start=text.exact(play.started_at), end=text.exact(play.stopped_at))
