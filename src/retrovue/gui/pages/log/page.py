"""The Log page: a live list with level and text filter, pause, copy, the file's folder, and *Copy diagnostics*."""

import logging
import time
from datetime import UTC, datetime

from PySide6.QtCore import QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPlainTextEdit, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system.logging import tail
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.messages import show_error
from retrovue.gui.models.columns import Column
from retrovue.gui.models.rows import ListModel
from retrovue.gui.models.view import selected_rows
from retrovue.gui.pages.log.handler import MAX_LINES, LiveLog, LogEntry, parse_line
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import fixed_font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.cells import LOOK_ROLE, StateDelegate
from retrovue.gui.widgets.fields import ComboBox, SearchField
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.page import Page, PageAction, PageHead, page_layout
from retrovue.gui.widgets.states import StateLook
from retrovue.gui.widgets.tables import DataTable, room_for

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
        self.head.add_action(PageAction(_("Copy diagnostics…"), "copy", self._diagnostics, primary=True))
        content = page_layout(self, self.head)
        self.search = SearchField(placeholder=_("Search the log"))
        self.search.textChanged.connect(self._filter)
        self.level = ComboBox()
        self.level.setAccessibleName(_("Least level"))
        for level in _LEVELS:
            self.level.addItem(_("{level} and above").format(level=level_look(level).word), level)
        self.level.setCurrentIndex(1)
        self.level.currentIndexChanged.connect(self._filter)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.search)
        row.addWidget(self.level)
        row.addStretch(1)
        content.addLayout(row)
        self.table = self._make_table()
        card = Card(padded=False)
        card.body.addWidget(self.table)
        content.addWidget(card, 1)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)
        self._attach()
        self._read_file()

    def _make_table(self) -> DataTable:
        columns = [
            Column("at", _("Time"), lambda entry: _clock(entry.at), width=90, tooltip=lambda entry: _exact(entry.at)),
            Column(
                "level",
                _("Level"),
                lambda entry: level_look(entry.level).word,
                width=104,
                roles={LOOK_ROLE: lambda entry: level_look(entry.level)},
            ),
            Column("source", _("Part"), lambda entry: entry.source, width=190),
            Column("text", _("What happened"), lambda entry: entry.text, tooltip=lambda entry: entry.text),
        ]
        self.model = ListModel(columns, row_id=lambda entry: entry.number, parent=self)
        table = DataTable(name=_("Log"))
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
        handle = self._services.runner.submit(lambda _token, _report: _file_entries(tail(path, 1_000)), lane="files")
        handle.succeeded.connect(self._on_file)

    @Slot(object)
    def _on_file(self, entries: list[LogEntry]) -> None:
        self._entries = entries + self._entries
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
        shown = [
            entry
            for entry in self._entries
            if entry.level >= least and (not wanted or wanted in entry.text.lower() or wanted in entry.source.lower())
        ]
        bar = self.table.verticalScrollBar()
        at_end = bar.value() >= bar.maximum() - 2
        self.model.set_rows(shown)
        self.head.set_subtitle(
            _("{shown} of {total} lines, without secrets").format(
                shown=text.number(len(shown)), total=text.number(len(self._entries))
            )
        )
        if at_end:
            self.table.scrollToBottom()

    # --- what is done -------------------------------------------------------------------------------------------

    def _toggle_pause(self) -> None:
        self._paused = not self._paused
        self.pause_button.set_label(_("Go on") if self._paused else _("Pause"))
        self.pause_button.set_icon_name("play" if self._paused else "pause")
        self._take()

    def copy_selected(self) -> str:
        """Put the selected lines on the clipboard; returns them."""
        rows = [row for first, last in selected_rows(self.table) for row in range(first, last + 1)]
        lines = [_line(self.model.row_at(row)) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
        return "\n".join(lines)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._services.context.dirs.log_dir)))

    def _diagnostics(self) -> None:
        context = self._services.context
        lines = [_line(entry) for entry in self._entries[-200:]]

        def collect(token: CancelToken, _report: object) -> str:
            from retrovue.core.services.diagnostics import diagnostics_text

            return diagnostics_text(context, token, lines)

        handle = self._services.runner.submit(collect, lane="io")
        handle.succeeded.connect(self._show_diagnostics)
        handle.failed.connect(lambda error: show_error(self, error))

    @Slot(object)
    def _show_diagnostics(self, report: str) -> None:
        DiagnosticsDialog(report, self).open()


class DiagnosticsDialog(BaseDialog):
    """Shows what would be copied before it is."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(_("Diagnostics"), parent)
        self.content.addWidget(
            label(_("This is what will be copied. It holds no token and no address of another network."), wrap=True)
        )
        self.preview = QPlainTextEdit(report)
        self.preview.setReadOnly(True)
        self.preview.setFont(fixed_font())
        self.preview.setMinimumSize(640, 360)
        self.preview.setAccessibleName(_("Diagnostics"))
        self.content.addWidget(self.preview, 1)
        close = self.add_button(Button(_("Close")))
        close.clicked.connect(self.reject)
        self.copy = self.add_button(Button(_("Copy"), kind=ButtonKind.PRIMARY, icon="copy"), default=True)
        self.copy.clicked.connect(self._copy)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.preview.toPlainText())
        self.accept()


def _file_entries(lines: list[str]) -> list[LogEntry]:
    entries: list[LogEntry] = []
    for number, line in enumerate(lines):
        parsed = parse_line(line)
        if parsed is None:
            continue
        level, source, message = parsed
        try:
            at = datetime.strptime(line[:19], "%Y-%m-%d %H:%M:%S").astimezone().timestamp()
        except ValueError:
            at = time.time()
        # Negative numbers: these lines come before everything that is logged from now on.
        entries.append(LogEntry(number - len(lines), at, logging.getLevelName(level), source, message))
    return entries


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")


def _exact(at: float) -> str:
    return text.exact(datetime.fromtimestamp(at, UTC))


def _line(entry: LogEntry) -> str:
    moment = datetime.fromtimestamp(entry.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{moment} {logging.getLevelName(entry.level)} {entry.source}: {entry.text}"
