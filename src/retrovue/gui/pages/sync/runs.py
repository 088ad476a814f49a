"""Past runs and the log of the running one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHeaderView, QWidget

from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import SyncIssue, SyncOutcome, SyncRun, SyncTier
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.controllers.sync import LogLine
from retrovue.gui.tables.cells import KINDS_ROLE, LOOK_ROLE, KindsDelegate, StateDelegate
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, room_for, room_for_dates, room_for_words
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.fields import ComboBox
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import StateLook, outcome_look

_IN_DETAILS_TOO = ("took", "mode", "updated")
"""Hidden one after the other where there is no room; the details of a run have them, too."""
_LEAST_NAME, _MOST_NAME = 96, 170
"""Room in px for the name of a library: as much as the names in the list need, between these."""
_TILE = 18
_CELL_PAD = 10
_TEXT = 2
"""The column of the log that wraps."""
_LEVELS = {
    "info": StateLook("info", "info", ""),
    "warning": StateLook("warning", "warning", ""),
    "error": StateLook("x-circle", "danger", ""),
}


def mode_name(mode: SyncTier) -> str:
    """The tier of a run in a word."""
    return {
        SyncTier.MARKER: _("Quick check"),
        SyncTier.DELTA: _("Changes"),
        SyncTier.SWEEP: _("Compare"),
        SyncTier.FULL: _("Full"),
    }[mode]


def mode_tip(mode: SyncTier) -> str:
    """Return what a sync of this mode did, for the tooltip of its name."""
    return {
        SyncTier.MARKER: _("Asked the server whether anything changed"),
        SyncTier.DELTA: _("Read only what changed"),
        SyncTier.SWEEP: _("Compared every item with the server"),
        SyncTier.FULL: _("Read everything again"),
    }[mode]


def lines_of(run: SyncRun, issues: Sequence[SyncIssue]) -> list[LogLine]:
    """What is kept of a past run, as the lines of its log."""
    lines = [LogLine(run.started_at, "info", f"{run.library}: {mode_name(run.mode)}. {mode_tip(run.mode)}.")]
    lines += [LogLine(issue.at or run.started_at, issue.level, issue.message) for issue in issues]
    if run.error and all(issue.message != run.error for issue in issues):
        lines.append(LogLine(run.finished_at or run.started_at, "error", run.error))
    if run.finished_at is not None:
        counts = _("{added} added, {updated} updated, {removed} removed").format(
            added=text.number(run.added), updated=text.number(run.updated), removed=text.number(run.removed)
        )
        is_other = run.added or run.updated or run.removed
        lines.append(
            LogLine(run.finished_at, "info", f"{look_of(run).word}: {counts}" if is_other else look_of(run).word)
        )
    return lines


def look_of(run: SyncRun) -> StateLook:
    """How a run ended, or that it runs."""
    if run.outcome is None:
        return outcome_look("running")
    changed = run.added or run.updated or run.removed
    if run.outcome is SyncOutcome.OK and not changed:
        return outcome_look("unchanged")
    return outcome_look(run.outcome.value)


class RunsCard(Card):
    """The table of past runs."""

    chosen = Signal(object)
    """A `SyncRun` that was opened."""
    looked_at = Signal(object)
    """A `SyncRun` that the keyboard or the pointer is on."""

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(_("Past syncs"), padded=False, parent=parent)
        self._kinds: dict[int, str] = {}
        self._all: list[SyncRun] = []
        self.server_choice = ComboBox(name=_("Show syncs of"))
        self.server_choice.currentIndexChanged.connect(self._filter)
        if self.head is not None:
            self.head.add_widget(self.server_choice)
        self.server_choice.hide()
        self.model = ListModel(self._columns(now), parent=self)
        self.table = DataTable(name=_("Past syncs"))
        self.table.setModel(self.model)
        header = self.table.horizontalHeader()
        for place, column in enumerate(self.model.columns):
            self.table.setColumnWidth(place, room_for(column))
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(1, KindsDelegate(self.table))
        self.table.setItemDelegateForColumn(6, StateDelegate(self.table))
        self.table.activated.connect(self._on_activated)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.body.addWidget(self.table)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the library's name takes the room of what the details say as well."""
        super().resizeEvent(event)
        self._fit()

    @property
    def wanted_width(self) -> int:
        """The width in px at which no column is hidden."""
        return self._aside + self._name_width() + sum(self._widths().values())

    @property
    def _aside(self) -> int:
        """What is no column: the frame, and the scroll bar that comes with more runs than there is height for."""
        return 2 + self.table.verticalScrollBar().sizeHint().width()

    def _widths(self) -> dict[str, int]:
        return {column.key: room_for(column) for column in self.model.columns if column.key != "library"}

    def _name_width(self) -> int:
        metrics = self.table.fontMetrics()
        longest = max((metrics.horizontalAdvance(self._place(run)) for run in self._all), default=_MOST_NAME)
        return min(_MOST_NAME, max(_LEAST_NAME, longest + _TILE + 2 * _CELL_PAD + 4))

    def _fit(self) -> None:
        """Hide as few columns as the name of the library needs."""
        widths, name = self._widths(), self._name_width()
        # The card's own width: the table in it has the old one yet.
        room = self.width() - self._aside - name
        hidden: list[str] = []
        for key in _IN_DETAILS_TOO:
            if sum(width for name, width in widths.items() if name not in hidden) <= room:
                break
            hidden.append(key)
        for place, column in enumerate(self.model.columns):
            self.table.setColumnHidden(place, column.key in hidden)

    def set_servers(self, servers: list[Server]) -> None:
        """Which kind of letter tile each server has."""
        self._kinds = {server.id: server.kind.value for server in servers}
        chosen = self.server_choice.currentData()
        with QSignalBlocker(self.server_choice):
            self.server_choice.clear()
            self.server_choice.addItem(_("All servers"), None)
            for server in servers:
                self.server_choice.addItem(server.name, server.id)
            self.server_choice.setCurrentIndex(max(0, self.server_choice.findData(chosen)))
        self.server_choice.setVisible(len(servers) > 1)

    def set_runs(self, runs: list[SyncRun]) -> None:
        """Show these, newest first, or those of the chosen server."""
        self._all = runs
        self._filter()

    @Slot()
    def _filter(self) -> None:
        chosen = self.server_choice.currentData()
        self.model.set_rows([run for run in self._all if chosen in (None, run.server_id)])
        self._fit()

    def _place(self, run: SyncRun) -> str:
        """Server and library; with one server only the library, which needs the room."""
        return f"{run.server} · {run.library}" if len(self._kinds) > 1 else run.library

    def _columns(self, now: Callable[[], datetime]) -> list[Column]:
        def count(name: str) -> Callable[[SyncRun], str]:
            return lambda run: text.number(getattr(run, name))

        usual = [outcome_look(key).word for key in ("ok", "unchanged", "held_back", "running")]
        modes = room_for_words(map(mode_name, SyncTier), most_chars=20)
        return [
            Column(
                "when",
                _("When"),
                lambda run: text.clock_or_day(run.started_at, now()),
                width=room_for_dates(least=66, year=False),
                tooltip=lambda run: text.exact(run.started_at),
            ),
            Column(
                "library",
                _("Library"),
                self._place,
                width=180,
                tooltip=lambda run: f"{run.server} · {run.library}",
                roles={KINDS_ROLE: lambda run: (self._kinds.get(run.server_id, "plex"),)},
            ),
            Column(
                "mode", _("Mode"), lambda run: mode_name(run.mode), width=modes, tooltip=lambda run: mode_tip(run.mode)
            ),
            Column("added", _("New"), count("added"), align=RIGHT, width=66),
            Column("updated", _("Updated"), count("updated"), align=RIGHT, width=70),
            Column("removed", _("Removed"), count("removed"), align=RIGHT, width=74),
            Column(
                "outcome",
                _("Result"),
                lambda run: look_of(run).word,
                width=room_for_words(usual, least=118, most_chars=20, extra=20),
                tooltip=lambda run: run.error,
                roles={LOOK_ROLE: look_of},
            ),
            Column("took", _("Duration"), lambda run: text.seconds(run.duration_ms / 1000), align=RIGHT, width=66),
        ]

    @Slot(QModelIndex)
    def _on_current(self, index: QModelIndex) -> None:
        if index.isValid():
            self.looked_at.emit(self.model.row_at(index.row()))

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.chosen.emit(self.model.row_at(index.row()))


class LogCard(Card):
    """The log of the running sync, newest last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Sync log"), padded=False, parent=parent)
        copy = Button(icon="copy", kind=ButtonKind.FLAT, name=_("Copy log"), height=26)
        copy.clicked.connect(self._copy)
        if self.head is not None:
            self.head.add_widget(copy)
        self._lines: list[tuple[int, LogLine]] = []
        self._of = label(tone="text2")
        self._of.setContentsMargins(14, 8, 14, 4)
        self._of.hide()
        self.body.addWidget(self._of)
        columns = [
            Column("at", _("Time"), lambda row: row[1].at.astimezone().strftime("%H:%M:%S"), width=84),
            Column(
                "level",
                _("Level"),
                lambda _row: "",
                width=34,
                roles={LOOK_ROLE: lambda row: _LEVELS.get(row[1].level)},
            ),
            Column("text", _("Message"), lambda row: row[1].text, tooltip=lambda row: row[1].text),
        ]
        self.model = ListModel(columns, row_id=lambda row: row[0], parent=self)
        self.table = DataTable(name=_("Sync log"))
        self.table.setModel(self.model)
        self.table.horizontalHeader().hide()
        # Without a header the columns are as wide as a time and an icon.
        metrics = self.table.fontMetrics()
        self.table.setColumnWidth(0, metrics.horizontalAdvance("00:00:00") + 20)
        self.table.setColumnWidth(1, 30)
        self.table.horizontalHeader().setMinimumSectionSize(24)
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(1, StateDelegate(self.table))
        self.table.setWordWrap(True)
        self.table.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.table.horizontalHeader().sectionResized.connect(self._on_resized)
        self.body.addWidget(self.table)

    @Slot(int)
    def _on_resized(self, section: int) -> None:
        """Lines wrap: what went wrong is read whole. Not with the card, whose table has its old width yet."""
        if section == _TEXT:
            self._wrap(0)

    def _wrap(self, first: int) -> None:
        """Give the rows from `first` on the height that their text needs."""
        metrics = self.table.fontMetrics()
        width = max(80, self.table.columnWidth(2) - 2 * _CELL_PAD - 4)
        least = self.table.verticalHeader().minimumSectionSize()
        for row in range(first, self.model.rowCount()):
            said = self.model.row_at(row)[1].text
            needed = metrics.boundingRect(0, 0, width, 10_000, int(Qt.TextFlag.TextWordWrap), said).height()
            self.table.setRowHeight(row, max(least, needed + 10))

    @property
    def has_lines(self) -> bool:
        """Whether anything is shown."""
        return bool(self._lines)

    def set_title(self, what: str) -> None:
        """Say which sync the lines are of; empty for the one that runs or has just ended."""
        self._of.setText(what)
        self._of.setVisible(bool(what))

    def set_lines(self, lines: list[LogLine]) -> None:
        """Show these lines and no others."""
        self._lines = list(enumerate(lines))
        self.model.set_rows(self._lines)
        self._wrap(0)

    def add_line(self, line: LogLine) -> None:
        """One more line at the end; follows while the last line is in sight."""
        bar = self.table.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        self._lines.append((len(self._lines), line))
        self.model.set_rows(self._lines[-500:])
        self._wrap(0 if len(self._lines) > 500 else len(self._lines) - 1)
        if at_end:
            self.table.scrollToBottom()

    def _copy(self) -> None:
        lines = [f"{line.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {line.level} {line.text}" for _n, line in self._lines]
        QApplication.clipboard().setText("\n".join(lines))
