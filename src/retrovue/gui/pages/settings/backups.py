"""Choosing a backup: the copies of this profile with what each holds, or a file from elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHeaderView, QWidget

from retrovue.core.domain.errors import RetroVueError
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.view import selected_rows
from retrovue.gui.tables.views import DataTable, room_for
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.labels import label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.services.upkeep.database import Backup


def reason_name(reason: str) -> str:
    """Why a copy was made, in words."""
    known = {
        "by-hand": _("manual"),
        "weekly": _("weekly"),
        "before-purge": _("before a purge"),
    }
    if reason.startswith(("before-upgrade", "before-migration", "upgrade")):
        return _("before an upgrade")
    return known.get(reason, reason.replace("-", " "))


def contents_text(counts: Mapping[str, int]) -> str:
    """ "60 shows, 3,000 episodes, 800 movies · 4 libraries, 1 server"."""

    def said(name: str, one: str) -> str:
        return one.format(n=text.number(counts[name]))

    items = (
        said("shows", ngettext("{n} show", "{n} shows", counts["shows"])),
        said("episodes", ngettext("{n} episode", "{n} episodes", counts["episodes"])),
        said("movies", ngettext("{n} movie", "{n} movies", counts["movies"])),
    )
    places = (
        said("libraries", ngettext("{n} library", "{n} libraries", counts["libraries"])),
        said("servers", ngettext("{n} server", "{n} servers", counts["servers"])),
    )
    return f"{', '.join(items)} · {', '.join(places)}"


class RestoreDialog(BaseDialog):
    """Shows what a copy holds before it takes the catalog's place. Show it with `open()`. Thread: GUI."""

    chosen = Signal(object)
    """The `Path` of the copy to put back."""

    def __init__(
        self,
        copies: Sequence["Backup"],
        runner: TaskRunner,
        now: datetime,
        folder: Path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(_("Restore backup"), parent)
        self._runner = runner
        self._folder = folder
        self._source: Path | None = None
        self.content.addWidget(label(_("Restore backup"), FontRole.CARD_TITLE))
        said = _("The current catalog is kept next to it. Backups contain no sign-ins; your current ones stay.")
        self.content.addWidget(label(said, tone="text2", wrap=True))
        columns = [
            Column("made", _("Created"), lambda copy: text.when_cell(copy.made_at, now), width=170),
            Column("reason", _("Reason"), lambda copy: reason_name(copy.reason), width=150),
            Column("size", _("Size"), lambda copy: text.size(copy.size_bytes), width=90, align=RIGHT),
        ]
        self.table = DataTable(name=_("Backups"))
        self.model = ListModel(columns, row_id=lambda copy: str(copy.path), parent=self)
        self.model.set_rows(list(copies))
        self.table.setModel(self.model)
        for place, column in enumerate(columns):
            self.table.setColumnWidth(place, room_for(column))
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumSize(480, 200)
        card = Card(padded=False)
        card.body.addWidget(self.table)
        card.setVisible(bool(copies))
        self.content.addWidget(card, 1)
        self.preview = label("", wrap=True)
        self.content.addWidget(self.preview)
        other = self.add_button(Button(_("Choose another file…"), icon="folder-open"), leading=True)
        other.clicked.connect(self._choose_file)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.restore = self.add_button(Button(_("Restore backup"), kind=ButtonKind.PRIMARY))
        self.restore.clicked.connect(self._restore)
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        self._show_nothing(_("Select a backup.") if copies else _("No backups here yet. Choose a file."))
        if copies:
            self.table.selectRow(0)

    def offer(self, source: Path) -> None:
        """Preview this file."""
        self._source = source
        self.restore.setEnabled(False)
        self.preview.setText(_("Reading {name}…").format(name=source.name))

        def read(_token: object, _report: object) -> dict[str, int]:
            from retrovue.core.services.upkeep import database

            return database.contents(source)

        handle = self._runner.submit(read, lane=Lane.FILES)
        handle.succeeded.connect(lambda counts: self._on_read(source, counts))
        handle.failed.connect(lambda error: self._on_unreadable(source, error))

    def _show_nothing(self, said: str) -> None:
        self._source = None
        self.restore.setEnabled(False)
        self.preview.setText(said)

    @Slot()
    def _on_selected(self) -> None:
        rows = [first for first, _last in selected_rows(self.table)]
        if rows:
            self.offer(self.model.row_at(rows[0]).path)

    def _on_read(self, source: Path, counts: dict[str, int]) -> None:
        if source != self._source:
            return
        self.preview.setText(f"{source.name}: {contents_text(counts)}")
        self.restore.setEnabled(True)

    def _on_unreadable(self, source: Path, error: BaseException) -> None:
        if source == self._source:
            self._show_nothing(error.user_text() if isinstance(error, RetroVueError) else str(error))

    @Slot()
    def _choose_file(self) -> None:
        found, _filter = QFileDialog.getOpenFileName(self, _("Restore backup"), str(self._folder), _("Backups (*.db)"))
        if found:
            self.table.clearSelection()
            self.offer(Path(found))

    @Slot()
    def _restore(self) -> None:
        if self._source is not None:
            self.chosen.emit(self._source)
            self.accept()
