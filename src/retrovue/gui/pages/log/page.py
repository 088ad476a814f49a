"""The Log page: a live list with level and text filter, pause, copy, the file's folder, and *Copy diagnostics*."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QKeySequence
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QHeaderView, QStackedWidget, QWidget

from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system.deeds import DONE
from retrovue.core.system.logging import tail
from retrovue.gui import text
from retrovue.gui.dialogs.message import MessageDialog
from retrovue.gui.pages.log.diagnostics import Diagnostics, DiagnosticsDialog, desktop_facts
from retrovue.gui.pages.log.handler import MAX_LINES, LiveLog, LogEntry, parse_line
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.cells import LOOK_ROLE, StateDelegate
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.view import selected_rows
from retrovue.gui.tables.views import DataTable, room_for, room_for_dates
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.fields import ComboBox, SearchField
from retrovue.gui.widgets.page import Page, PageAction, PageHead, page_layout
from retrovue.gui.widgets.states import StateLook
from retrovue.gui.widgets.tips import plain_tip
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.opening import open_with_system

_TAKE_EVERY_MS = 250
_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR)


def level_look(level: int) -> StateLook:
    """Shape, colour and word of a level."""
    if level >= logging.ERROR:
        return StateLook("x-circle", "danger", _("Error"))
    if level >= logging.WARNING:
        return StateLook("warning", "warning", _("Warning"))
    if level >= logging.INFO:
        return StateLook("info", "info", _("Info"))
    return StateLook("circle-dashed", "text3", _("Debug"))


def _is_for_readers(entry: LogEntry) -> bool:
    """What was done and what went wrong, in sentences; the rest names what only developers know."""
    return entry.source == DONE


class LogPage(Page):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._entries: list[LogEntry] = []
        self._paused = False
        self.live = LiveLog()
        self.head = PageHead(_("Log"))
        self.head.add_action(PageAction(_("Open folder"), "folder-open", self._open_folder))
        self.pause_button = self.head.add_action(PageAction(_("Pause"), "pause", self._toggle_pause))
        self.head.add_action(PageAction(_("Save…"), "floppy", self._save))
        self.diagnostics_button = self.head.add_action(
            PageAction(_("Copy diagnostics…"), "copy", self._diagnostics, primary=True)
        )
        content = page_layout(self, self.head)
        self.search = SearchField(placeholder=_("Search the log"))
        self.search.textChanged.connect(self._filter)
        self.level = ComboBox()
        self.level.setAccessibleName(_("Minimum level"))
        for level in _LEVELS:
            self.level.addItem(_("{level} and above").format(level=level_look(level).word), level)
        self.level.setCurrentIndex(1)
        self.level.currentIndexChanged.connect(self._filter)
        self.developers = QCheckBox(_("For developers"))
        self.developers.setToolTip(plain_tip(_("Also show what only helps to find a fault in RetroVue")))
        self.developers.toggled.connect(self._on_developers)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.search)
        row.addWidget(self.developers)
        row.addWidget(self.level)
        row.addStretch(1)
        content.addLayout(row)
        self.table = self._make_table()
        card = Card(padded=False)
        card.body.addWidget(self.table)
        self.nothing = EmptyState(_("No lines match."), button=_("Clear filters"))
        self.nothing.triggered.connect(self._clear_filters)
        self._stack = QStackedWidget()
        self._stack.addWidget(card)
        self._stack.addWidget(self.nothing)
        content.addWidget(self._stack, 1)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)
        self._on_developers()
        self._attach()
        self._read_file()

    def _make_table(self) -> DataTable:
        columns = [
            Column(
                "at",
                _("Time"),
                lambda entry: _clock(entry.at),
                width=room_for_dates(least=120, year=False, then=", 20:44"),
                tooltip=lambda entry: _exact(entry.at),
            ),
            Column(
                "level",
                _("Level"),
                lambda entry: level_look(entry.level).word,
                width=104,
                roles={LOOK_ROLE: lambda entry: level_look(entry.level)},
            ),
            Column("source", _("Source"), lambda entry: entry.source, width=190),
            Column("text", _("Message"), _shown, tooltip=lambda entry: entry.text),
        ]
        self.model = ListModel(columns, row_id=lambda entry: entry.number, parent=self)
        table = DataTable(name=_("Log"))
        table.activated.connect(self._on_activated)
        copy = QAction(_("Copy"), table)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy_selected)
        table.addAction(copy)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        table.setSelectionMode(DataTable.SelectionMode.ExtendedSelection)
        table.setModel(self.model)
        for place, column in enumerate(columns):
            table.setColumnWidth(place, room_for(column))
        table.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        table.setItemDelegateForColumn(1, StateDelegate(table))
        return table

    def _attach(self) -> None:
        session = self._services.context.log_session
        if session is not None:
            session.attach(self.live)
        else:
            logging.getLogger().addHandler(self.live)
            self.destroyed.connect(lambda live=self.live: logging.getLogger().removeHandler(live))

    # --- what the frame asks for --------------------------------------------------------------------------------

    def show_argument(self, argument: object) -> None:
        """ "diagnostics" opens them."""
        if argument == "diagnostics":
            self.diagnostics_button.click()

    def activate(self) -> None:
        """Follow the log while the page is in front."""
        self._timer.start(_TAKE_EVERY_MS)
        self._take()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing is shown: stop looking; entries wait in the handler."""
        self._timer.stop()
        super().hideEvent(event)

    def start_search(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()

    def escape(self) -> bool:
        """Esc clears the search."""
        if not self.search.text():
            return False
        self.search.clear()
        return True

    # --- what is shown ------------------------------------------------------------------------------------------

    def _read_file(self) -> None:
        session = self._services.context.log_session
        if session is None:
            return
        path = session.path
        handle = self._services.runner.submit(
            lambda _token, _report: _file_entries(tail(path, MAX_LINES)), lane=Lane.FILES
        )
        handle.succeeded.connect(self._on_file)

    @Slot(object)
    def _on_file(self, entries: list[LogEntry]) -> None:
        # What was logged while the file was read stands in both.
        known = {(int(entry.at), entry.text) for entry in (*self._entries, *self.live.pending())}
        before = [entry for entry in entries if (int(entry.at), entry.text) not in known]
        self._entries = (before + self._entries)[-MAX_LINES:]
        self._filter()

    @Slot()
    def _take(self) -> None:
        if self._paused:
            return
        fresh = self.live.take()
        if not fresh:
            return
        self._entries = (self._entries + fresh)[-MAX_LINES:]
        self._filter()

    @Slot()
    def _filter(self) -> None:
        wanted, least = self.search.text().strip().lower(), self.level.currentData()
        everything = self.developers.isChecked()
        shown = [
            entry
            for entry in self._entries
            if (entry.level >= least if everything else _is_for_readers(entry))
            and (not wanted or _is_wanted(entry, wanted))
        ]
        bar = self.table.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        self.model.set_rows(shown)
        self._stack.setCurrentIndex(0 if shown or not self._entries else 1)
        self.head.set_subtitle(
            _("{shown} of {total} lines, secrets removed").format(
                shown=text.number(len(shown)), total=text.number(len(self._entries))
            )
        )
        if at_end:
            self.table.scrollToBottom()

    @Slot()
    def _on_developers(self) -> None:
        """Levels and sources are for who develops."""
        everything = self.developers.isChecked()
        self.level.setVisible(everything)
        self.table.setColumnHidden(2, not everything)
        self._filter()

    @Slot()
    def _clear_filters(self) -> None:
        self.search.clear()
        self.level.setCurrentIndex(0)
        self.developers.setChecked(True)

    # --- what is done -------------------------------------------------------------------------------------------

    def _toggle_pause(self) -> None:
        self._paused = not self._paused
        self.pause_button.set_label(_("Resume") if self._paused else _("Pause"))
        self.pause_button.set_icon_name("play" if self._paused else "pause")
        self._take()

    def copy_selected(self) -> str:
        """Put the selected lines on the clipboard; returns them."""
        rows = [row for first, last in selected_rows(self.table) for row in range(first, last + 1)]
        lines = [_line(self.model.row_at(row)) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
        return "\n".join(lines)

    def _open_folder(self) -> None:
        open_with_system(QUrl.fromLocalFile(str(self._services.context.dirs.log_dir)))

    def _save(self) -> None:
        """Save the lines that are shown to a file that the person names."""
        name, _filter = QFileDialog.getSaveFileName(self, _("Save log"), "retrovue-log.txt", _("Text files (*.txt)"))
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write the lines that are shown."""
        lines = [_line(entry) for entry in self.model.rows]

        def write(_token: CancelToken, _report: object) -> None:
            try:
                path.write_text("\n".join([*lines, ""]), encoding="utf-8")
            except OSError as error:
                raise ReadOnlyError(
                    _("The log could not be saved: {path}").format(path=path),
                    hint=_("Choose another folder."),
                    detail=f"{type(error).__name__}: {error.strerror}",
                ) from error

        handle = self._services.runner.submit(write, lane=Lane.FILES)
        handle.succeeded.connect(lambda _done: self._services.wrote(_("Log saved to {name}.").format(name=path.name)))
        handle.failed.connect(lambda error: show_error(self, error))

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        entry = self.model.row_at(index.row())
        look = level_look(entry.level)
        title = look.word if entry.source == DONE else f"{look.word} · {entry.source}"
        detail = _line(entry)
        MessageDialog(title, entry.text, detail=detail, icon=look.icon, tone=look.tone, parent=self).open()

    def _diagnostics(self) -> None:
        context = self._services.context
        lines = [_line(entry) for entry in self._entries[-200:]]
        facts = desktop_facts()
        users = {active.session.user for active in self._services.monitor.sessions if active.session.user}

        def collect(token: CancelToken, _report: object) -> Diagnostics:
            from retrovue.core.services.upkeep.diagnostics import diagnostics_text, pseudonyms_of

            plain = diagnostics_text(context, token, lines, facts=facts)
            return Diagnostics(plain, pseudonyms_of(context, users).apply(plain))

        self.diagnostics_button.setEnabled(False)
        handle = self._services.runner.submit(collect, lane=Lane.IO)
        handle.succeeded.connect(self._show_diagnostics)
        handle.failed.connect(lambda error: show_error(self, error))
        handle.finished.connect(lambda: self.diagnostics_button.setEnabled(True))

    @Slot(object)
    def _show_diagnostics(self, report: Diagnostics) -> None:
        DiagnosticsDialog(report, self).open()


def _file_entries(lines: list[str]) -> list[LogEntry]:
    entries: list[LogEntry] = []
    for number, line in enumerate(lines):
        parsed = parse_line(line)
        if parsed is None:
            # A traceback, or a text of several lines: it belongs to the line before.
            if entries:
                before = entries[-1]
                entries[-1] = replace(before, detail=f"{before.detail}\n{line}".lstrip("\n"))
            continue
        level, source, message = parsed
        try:
            at = datetime.strptime(line[:19], "%Y-%m-%d %H:%M:%S").astimezone().timestamp()
        except ValueError:
            at = time.time()
        # Negative numbers: these lines come before everything that is logged from now on.
        entries.append(LogEntry(number - len(lines), at, logging.getLevelName(level), source, message))
    return entries


def _is_wanted(entry: LogEntry, wanted: str) -> bool:
    return any(wanted in part.lower() for part in (entry.text, entry.source, entry.detail))


def _shown(entry: LogEntry) -> str:
    return f"{entry.text} …" if entry.detail else entry.text


def _clock(at: float) -> str:
    """To the second today, with the day before: the list begins with what earlier starts left."""
    moment, now = datetime.fromtimestamp(at, UTC), datetime.now(UTC)
    local = moment.astimezone()
    if local.date() == now.astimezone().date():
        return local.strftime("%H:%M:%S")
    return f"{text.day(moment, now)}, {local:%H:%M}"


def _exact(at: float) -> str:
    return text.exact(datetime.fromtimestamp(at, UTC))


def _line(entry: LogEntry) -> str:
    moment = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = f"{moment} {logging.getLevelName(entry.level)} {entry.source}: {entry.text}"
    return f"{line}\n{entry.detail}" if entry.detail else line
