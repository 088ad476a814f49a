"""What the lists of the Library page show in each column."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from PySide6.QtGui import QFontMetrics

from retrovue.core.domain.browse import FileRow, ItemRow, SeasonRow, SortField, View
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.paths import UnmappedReason
from retrovue.core.domain.titles import episode_code
from retrovue.core.i18n import _
from retrovue.core.services.words import files_in_state
from retrovue.gui import text
from retrovue.gui.pages.library import watched
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.roles import LEAD_ROLE, MARK_ROLE, TAIL_ROLE, TONE_ROLE
from retrovue.gui.pages.library.servercolumn import server_column
from retrovue.gui.tables.cells import LOOK_ROLE, PAIR_ROLE, PathPair
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.views import room_for_words
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.states import StateLook, file_look

_WORST_FIRST = (
    FileState.MISSING,
    FileState.SIZE_DIFFERS,
    FileState.UNREACHABLE,
    FileState.UNMAPPED,
    FileState.UNCHECKED,
    FileState.FOUND,
)

Row = ItemRow | SeasonRow | FileRow


def reason_text(code: str | None) -> str:
    """Why a file has no local path, as a sentence."""
    try:
        return UnmappedReason(code or UnmappedReason.NO_RULE).user_text
    except ValueError:
        return code or ""


def month_or_day(moment: datetime | None) -> str:
    """ "14 Feb" of this year, "Feb 2024" of others: narrow enough for a column; the tooltip is exact."""
    if moment is None:
        return text.DASH
    local = moment.astimezone()
    if local.year == now().astimezone().year:
        return text.day(moment, now())
    return text.short_month(local.date())


def season_title(row: SeasonRow) -> str:
    """The season's own title, or its number."""
    if row.number is None:
        return row.title or _("No season")
    if row.number == 0:
        return row.title or _("Specials")
    return row.title or _("Season {n}").format(n=row.number)


def worst_state(states: Mapping[FileState, int]) -> FileState | None:
    """The state that needs attention most; None without files."""
    return next((state for state in _WORST_FIRST if states.get(state)), None)


def states_look(states: Mapping[FileState, int]) -> StateLook | None:
    """Icon, colour and words of several files: the worst state and how many are in it."""
    worst = worst_state(states)
    if worst is None:
        return None
    look = file_look(worst.value)
    if sum(states.values()) == 1:
        return look
    return replace(look, word=files_in_state(worst, states[worst], text.number))


def look_of(row: Row) -> StateLook | None:
    """The look of a row's files; items in a server's trash say so."""
    if isinstance(row, FileRow):
        return file_look(row.state.value)
    if isinstance(row, ItemRow) and row.trashed:
        return file_look("in_trash")
    return states_look(row.states)


def _states_tip(row: Row) -> str | None:
    if isinstance(row, FileRow):
        if row.local_path is None:
            return reason_text(row.map_reason)
        return _("Checked {when}").format(when=text.exact(row.checked_at)) if row.checked_at else None
    return "\n".join(
        f"{file_look(state.value).word}: {text.number(row.states[state])}"
        for state in _WORST_FIRST
        if row.states.get(state)
    )


def title_of(row: Row) -> str:
    """The title of a row without its code and year."""
    if isinstance(row, FileRow):
        return row.items
    return season_title(row) if isinstance(row, SeasonRow) else row.title


def _lead(row: Row) -> str:
    return episode_code(row.season, row.episode, row.episode_end, row.aired) if isinstance(row, ItemRow) else ""


def _tail(row: Row) -> str:
    if not isinstance(row, ItemRow) or row.kind is ItemKind.EPISODE or row.year is None:
        return ""
    return str(row.year)


def _watched(row: ItemRow | SeasonRow) -> str:
    if isinstance(row, ItemRow) and row.kind is not ItemKind.SHOW:
        return "" if row.watched else text.DASH
    if row.episodes and row.watched >= row.episodes:
        return _("all")
    return f"{text.number(row.watched)} / {text.number(row.episodes)}"


def _is_all_watched(row: ItemRow | SeasonRow) -> bool:
    if isinstance(row, ItemRow) and row.kind is not ItemKind.SHOW:
        return bool(row.watched)
    return row.episodes > 0 and row.watched >= row.episodes


def _watched_tip(row: ItemRow | SeasonRow) -> str:
    if isinstance(row, ItemRow) and row.kind is not ItemKind.SHOW:
        return _("Watched") if row.watched else _("Unwatched")
    return _("{watched} of {total} episodes watched").format(watched=row.watched, total=row.episodes)


def _faint(value: Callable[[Any], object]) -> dict[int, Callable[[Any], object]]:
    """Zero and missing values stand back."""
    return {TONE_ROLE: lambda row: "text" if value(row) else "text3"}


def _tree_count(row: ItemRow | SeasonRow) -> str:
    if isinstance(row, ItemRow) and row.kind is ItemKind.EPISODE:
        return text.minutes(row.duration_ms)
    return text.number(row.episodes)


def _tree_count_tone(row: ItemRow | SeasonRow) -> str:
    if isinstance(row, ItemRow) and row.kind is ItemKind.EPISODE:
        return "text2"
    return "text" if row.episodes else "text3"


def _title(width: int = 260) -> Column:
    return Column(
        "title",
        _("Title"),
        title_of,
        width=width,
        sort_key=SortField.TITLE,
        tooltip=lambda row: " ".join(part for part in (_lead(row), title_of(row), _tail(row)) if part),
        roles={LEAD_ROLE: _lead, TAIL_ROLE: _tail},
    )


def _size() -> Column:
    return Column(
        "size",
        _("Size"),
        lambda row: text.size(row.size_bytes or None),
        align=RIGHT,
        width=80,
        sort_key=SortField.SIZE,
        tooltip=lambda row: _("{n} bytes").format(n=text.number(row.size_bytes)) if row.size_bytes else None,
        roles=_faint(lambda row: row.size_bytes),
    )


def _every_state() -> list[str]:
    """Everything the column may say, with as many files as a long show has."""
    return [
        said for state in FileState for said in (file_look(state.value).word, files_in_state(state, 888, text.number))
    ]


def _state() -> Column:
    return Column(
        "state",
        _("On this computer"),
        lambda row: look.word if (look := look_of(row)) else text.DASH,
        width=room_for_words(_every_state(), most_chars=26, extra=20),
        sort_key=SortField.STATE,
        tooltip=_states_tip,
        roles={LOOK_ROLE: look_of},
    )


def _added() -> Column:
    return Column(
        "added",
        _("Added"),
        lambda row: month_or_day(row.added_at),
        align=RIGHT,
        width=88,
        sort_key=SortField.ADDED,
        tooltip=lambda row: text.exact(row.added_at) if row.added_at else None,
        roles={TONE_ROLE: lambda row: "text2" if row.added_at else "text3"},
    )


def _watch_column(width: int = 90) -> Column:
    return Column(
        "watched",
        _("Watched"),
        _watched,
        align=RIGHT,
        width=width,
        sort_key=SortField.WATCHED,
        tooltip=_watched_tip,
        roles={TONE_ROLE: lambda row: "text" if row.watched else "text3", MARK_ROLE: _is_all_watched},
    )


def _year() -> Column:
    return Column(
        "year",
        _("Year"),
        lambda row: str(row.year) if getattr(row, "year", None) else ("" if isinstance(row, SeasonRow) else text.DASH),
        align=RIGHT,
        width=64,
        sort_key=SortField.YEAR,
        roles=_faint(lambda row: getattr(row, "year", None)),
    )


def _library() -> Column:
    return Column(
        "library", _("Library"), lambda row: getattr(row, "library", ""), width=120, sort_key=SortField.LIBRARY
    )


def _length() -> Column:
    return Column(
        "length",
        _("Duration"),
        lambda row: text.minutes(row.duration_ms),
        align=RIGHT,
        width=80,
        sort_key=SortField.DURATION,
        roles=_faint(lambda row: row.duration_ms),
    )


def _resolution() -> Column:
    return Column(
        "resolution",
        _("Resolution"),
        lambda row: row.resolution or text.DASH,
        width=92,
        sort_key=SortField.RESOLUTION,
        roles=_faint(lambda row: row.resolution),
    )


def _show() -> Column:
    return Column(
        "show",
        _("Show"),
        lambda row: row.show_title or text.DASH,
        width=160,
        sort_key=SortField.SHOW,
        tooltip=lambda row: row.show_title,
    )


def split_common(server_path: str, local_path: str) -> tuple[str, str]:
    """The starts of both paths before the names that they have in common at the end: what a rule replaced."""
    server_parts, local_parts = server_path.replace("\\", "/").split("/"), local_path.replace("\\", "/").split("/")
    n = 0
    while n < min(len(server_parts), len(local_parts)) and server_parts[-1 - n] == local_parts[-1 - n]:
        n += 1
    tail = sum(len(part) + 1 for part in server_parts[len(server_parts) - n :])
    return server_path[: len(server_path) - tail], local_path[: len(local_path) - tail]


def path_pair(row: FileRow) -> PathPair:
    """Both paths of a file, or the sentence that says why there is only one."""
    if row.local_path is None:
        return PathPair(row.server_path, reason_text(row.map_reason))
    server_prefix, local_prefix = split_common(row.server_path, row.local_path)
    return PathPair(row.server_path, row.local_path, server_prefix, local_prefix)


def _paths() -> Column:
    return Column(
        "path",
        _("Server path and local path"),
        lambda row: row.local_path or row.server_path,
        width=300,
        sort_key=SortField.PATH,
        tooltip=lambda row: f"{row.server_path}\n{path_pair(row).local_path}",
        roles={PAIR_ROLE: path_pair},
    )


def _items() -> Column:
    return Column(
        "items",
        _("Contains"),
        lambda row: row.items or text.DASH,
        width=170,
        sort_key=SortField.TITLE,
        tooltip=lambda row: row.items or None,
        roles=_faint(lambda row: row.items),
    )


_SAMPLES = {
    "episodes": "000 min",
    "length": "000 min",
    "watched": "000 / 000",
    "size": "000.0 GB",
    "added": "Mmm 0000",
    "year": "0000",
    "resolution": "1080p",
    "state": "000 not checked",
    "plays": "00,000",
    "people": "000",
    "hours": "00,000",
}
_FLAT_SAMPLES = {**_SAMPLES, "watched": "", "state": "Not checked", "episodes": ""}
_ICONS = {"state": 20}


def _months() -> list[str]:
    """What a date in the list can look like, in the words of this language."""
    days = [date(2024, month, 28) for month in range(1, 13)]
    return [said for day in days for said in (text.short_month(day), text.short_date(day))]


def columns_of(view: View) -> list[Column]:
    """The columns of a view in their first order, as wide as their content is in the font of the system."""
    body, head = QFontMetrics(font(FontRole.BODY)), QFontMetrics(font(FontRole.HEADER))
    samples = _SAMPLES if view is View.SHOWS else _FLAT_SAMPLES

    def fitting(column: Column) -> int:
        said = _months() if column.key == "added" else (samples[column.key],)
        content = max(body.horizontalAdvance(one) for one in said) + _ICONS.get(column.key, 0)
        # The words for a state are longer in some languages than any sample.
        least = column.width if column.key == "state" else 0
        return max(least, max(content, head.horizontalAdvance(column.title)) + 21)

    columns = _columns(view)
    return [replace(column, width=fitting(column)) if column.key in samples else column for column in columns]


def _columns(view: View) -> list[Column]:
    match view:
        case View.SHOWS:
            count = Column(
                "episodes",
                _("Eps."),
                _tree_count,
                align=RIGHT,
                width=70,
                sort_key=SortField.EPISODES,
                roles={TONE_ROLE: _tree_count_tone},
            )
            return [
                _title(),
                server_column(in_tree=True),
                count,
                _watch_column(),
                _size(),
                _state(),
                _added(),
                *watched.columns(),
                _year(),
                _library(),
            ]
        case View.MOVIES:
            return [
                _title(),
                server_column(),
                _resolution(),
                _length(),
                _watch_column(76),
                _size(),
                _state(),
                _added(),
                *watched.columns(),
                _year(),
                _library(),
            ]
        case View.EPISODES:
            return [
                _title(240),
                _show(),
                server_column(),
                _resolution(),
                _length(),
                _watch_column(76),
                _size(),
                _state(),
                _added(),
                *watched.columns(),
                _library(),
            ]
        case View.FILES:
            return [_paths(), _items(), server_column(), _resolution(), _size(), _state()]


HIDDEN = {
    View.SHOWS: frozenset({"year", "library", *watched.KEYS}),
    View.MOVIES: frozenset({"length", "year", "library", *watched.KEYS}),
    View.EPISODES: frozenset({"server", "resolution", "length", "library", *watched.KEYS}),
    View.FILES: frozenset({"resolution"}),
}

FIRST_SORT = {View.SHOWS: "title", View.MOVIES: "title", View.EPISODES: "show", View.FILES: "path"}
"""Episodes stand by show, season and number until another column is clicked."""
