"""The disks that hold mapped files: how full they are, and what the catalog keeps on them."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QStackedWidget, QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.cleanup.capacity import CapacityDialog
from retrovue.gui.pages.cleanup.diskcard import DiskCard
from retrovue.gui.pages.section import Section
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.card import StatStrip
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.labels import ElidedLabel
from retrovue.gui.widgets.page import PageAction
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.files.disks import Disk, DiskReport, TypedCapacity

_TWO_COLUMNS = 880


class DisksSection(Section):
    """Reads the disks on a lane of its own: one that does not answer delays nothing else. Thread: GUI."""

    concerns = frozenset({"mappings", "files", "items", "libraries", "servers"})

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.report: DiskReport | None = None
        self._handle: TaskHandle | None = None
        self._is_outdated = False
        self.capacity_button = self.head.add_action(PageAction(_("Set capacity…"), "pencil", self.set_capacity))
        self.refresh_button = self.head.add_action(PageAction(_("Refresh"), "arrow-clockwise", self.refresh))
        self.capacity_button.setEnabled(False)
        self._busy = BusyIcon()
        self._busy.hide()
        self._hint = ElidedLabel("", tone="text2")
        self.tool_row.addWidget(self._busy)
        self.tool_row.addWidget(self._hint, 1)
        self.stack = QStackedWidget()
        self.body.addWidget(self.stack)
        self.loading = QWidget()
        self.empty = EmptyState(
            _("No disks with mapped files yet."),
            _("Once a rule maps a server’s files to this computer, their disks appear here."),
            button=_("Show rules"),
            icon="signpost",
        )
        self.empty.triggered.connect(self.rules_wanted)
        self._build_list()
        for widget in (self.loading, self.empty, self.area):
            self.stack.addWidget(widget)

    def _build_list(self) -> None:
        self.strip = StatStrip()
        for key, title in (
            ("disks", _("Disks")),
            ("total", _("Capacity")),
            ("free", _("Free")),
            ("used", _("In catalog")),
        ):
            self.strip.add(key, title)
        content = QWidget()
        content.setProperty("page", "true")
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(16)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(content)
        self.cards: list[DiskCard] = []

    # --- reading ----------------------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Read the disks."""
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Read the disks again; what is on screen stays until the answer is here."""
        if self._handle is not None:
            self._is_outdated = True
            return
        self._is_outdated = False
        context = self.services.context

        def read(_token: CancelToken, _report: Report) -> "DiskReport":
            from retrovue.core.services.files import disks

            return disks.usage(context)

        self._handle = self.services.runner.submit(read, lane=Lane.REPORT, of="disks")
        self._handle.succeeded.connect(self._on_read)
        self._handle.failed.connect(self._on_failed)
        self._handle.finished.connect(self._on_finished)
        self._busy.show()
        self._hint.set_text(_("Reading disks…"))
        self.refresh_button.setEnabled(False)

    @Slot()
    def outdated(self) -> None:
        """Files or rules changed."""
        self.refresh()

    @Slot(object)
    def _on_read(self, report: "DiskReport") -> None:
        self.show_banner(None)
        self._show(report)

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self.show_failure(error, self.refresh)

    @Slot()
    def _on_finished(self) -> None:
        self._handle = None
        self._busy.hide()
        self.refresh_button.setEnabled(True)
        self._show_hint()
        if self._is_outdated and self.isVisible():
            self.refresh()

    # --- showing ----------------------------------------------------------------------------------------------------

    def _show(self, report: "DiskReport") -> None:
        if report == self.report:
            return
        self.report = report
        self.capacity_button.setEnabled(bool(_away(report)))
        self.capacity_button.setToolTip("" if _away(report) else _("All disks report their own capacity."))
        self.stack.setCurrentWidget(self.area if report.disks else self.empty)
        self._show_figures(report)
        focused = next((card.disk.path for card in self.cards if card.capacity and card.capacity.hasFocus()), None)
        for card in self.cards:
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [DiskCard(disk) for disk in report.disks]
        for card in self.cards:
            card.capacity_wanted.connect(self.set_capacity)
            if card.capacity is not None and card.disk.path == focused:
                card.capacity.setFocus()
        self._place()

    def _show_figures(self, report: "DiskReport") -> None:
        away = sum(not disk.is_mounted for disk in report.disks)
        totals = [disk.total_bytes for disk in report.disks if disk.total_bytes is not None]
        free = [disk.free_bytes for disk in report.disks if disk.free_bytes is not None]
        unknown = _("of known disks") if len(totals) < len(report.disks) else ""
        remark = ngettext("{n} unreachable", "{n} unreachable", away).format(n=away) if away else ""
        self.strip.tile("disks").set_value(text.number(len(report.disks)), remark)
        self.strip.tile("total").set_value(text.size(sum(totals)) if totals else text.DASH, unknown)
        self.strip.tile("free").set_value(text.size(sum(free)) if free else text.DASH)
        files = ngettext("{n} file, counted once", "{n} files, each counted once", report.files)
        self.strip.tile("used").set_value(text.size(report.used_bytes), files.format(n=text.number(report.files)))

    def _show_hint(self) -> None:
        disks = () if self.report is None else self.report.disks
        self._hint.set_text(_("A file that two servers can reach is counted once.") if disks else "")

    def _place(self) -> None:
        """Two equal columns where there is room and more than one disk; cards keep their own height."""
        columns = 2 if self.width() >= _TWO_COLUMNS and len(self.cards) > 1 else 1
        self._grid.addWidget(self.strip, 0, 0, 1, 2)
        for place, card in enumerate(self.cards):
            row, column = divmod(place, columns)
            self._grid.addWidget(card, row + 1, column, 1, 1 if columns > 1 else 2)
        rows = -(-len(self.cards) // columns) + 1
        for row in range(self._grid.rowCount() + 1):
            self._grid.setRowStretch(row, 0)
        self._grid.setRowStretch(rows, 1)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column or two."""
        super().resizeEvent(event)
        self._place()

    # --- capacity ---------------------------------------------------------------------------------------------------

    @Slot()
    def set_capacity(self, disk: object = None) -> None:
        """Ask how large a disk is that cannot be reached."""
        away = _away(self.report)
        if not away:
            return
        current = next((one for one in away if one == disk), away[0])
        dialog = CapacityDialog(away, current, self.window())
        dialog.chosen.connect(self._save_capacity)
        dialog.open()

    @Slot(str, object, object)
    def _save_capacity(self, path: str, total_bytes: int | None, free_bytes: int | None) -> None:
        context = self.services.context

        def save(_token: CancelToken, _report: Report) -> "TypedCapacity":
            from retrovue.core.services.files import disks

            return disks.set_capacity(context, path, total_bytes=total_bytes, free_bytes=free_bytes)

        handle = self.services.runner.submit(save, lane=Lane.WRITE)
        words = _("Capacity of {path} saved.") if total_bytes is not None else _("Capacity of {path} cleared.")
        handle.succeeded.connect(partial(self._on_saved, words.format(path=path)))
        handle.failed.connect(self._on_failed)

    def _on_saved(self, words: str, before: "TypedCapacity") -> None:
        self.services.toast(words, partial(self._restore, before))
        self.refresh()

    def _restore(self, before: "TypedCapacity") -> None:
        context = self.services.context

        def restore(_token: CancelToken, _report: Report) -> None:
            from retrovue.core.services.files import disks

            disks.restore_capacity(context, before)

        handle = self.services.runner.submit(restore, lane=Lane.WRITE)
        handle.succeeded.connect(lambda _result: self.refresh())
        handle.failed.connect(self._on_failed)


def _away(report: "DiskReport | None") -> "list[Disk]":
    """Disks that do not tell their capacity themselves."""
    return [] if report is None else [disk for disk in report.disks if disk.source != "read"]
