"""Dialogs of the Sync page: schedule, review of held-back removals, a past run, the outcome of a dry run."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QRadioButton, QWidget

from retrovue.core.domain.sync import PlannedChange, SyncIssue, SyncReport, SyncRun
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.sync.review import Reviewed
from retrovue.core.services.words import item_kind
from retrovue.core.system.settings import Settings
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.sync.runs import mode_name
from retrovue.gui.tables.cells import LOOK_ROLE, StateDelegate
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.view import selected_rows
from retrovue.gui.tables.views import DataTable, room_for
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import in_card
from retrovue.gui.widgets.fields import SearchField, SpinBox
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import StateLook

_WIDTH, _HEIGHT = 640, 320
_REVIEW_WIDTH = 880
_LEVELS = {
    "info": StateLook("info-fill", "info", ""),
    "warning": StateLook("warning-fill", "warning", ""),
    "error": StateLook("x-circle-fill", "danger", ""),
}


def _table(columns: Sequence[Column], rows: Sequence[object], name: str, *, stretch: int, by: str = "") -> DataTable:
    table = DataTable(name=name)
    model = ListModel(columns, row_id=id if not by else (lambda row: getattr(row, by)), parent=table)
    model.set_rows(rows)
    table.setModel(model)
    for place, column in enumerate(columns):
        table.setColumnWidth(place, room_for(column))
    table.horizontalHeader().setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
    table.setMinimumSize(_WIDTH, _HEIGHT)
    return table


class ScheduleDialog(BaseDialog):
    """When libraries are synced without being asked."""

    saved = Signal(str, int)
    """(schedule, hours)"""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(_("Sync schedule"), parent)
        self.off = QRadioButton(_("Manual only"))
        self.at_start = QRadioButton(_("Each time RetroVue starts"))
        self.every = QRadioButton(_("While RetroVue is running, every"))
        self.hours = SpinBox()
        self.hours.setRange(1, 168)
        self.hours.setValue(settings.sync_every_hours)
        self.hours.setSuffix(" " + _("hours"))
        self.hours.setAccessibleName(_("Hours between syncs"))
        chosen = {"off": self.off, "at_start": self.at_start, "every": self.every}[settings.sync_schedule]
        chosen.setChecked(True)
        row = QHBoxLayout()
        row.addWidget(self.every)
        row.addWidget(self.hours)
        row.addStretch(1)
        self.content.addWidget(label(_("Sync schedule"), FontRole.SECTION))
        self.content.addWidget(self.off)
        self.content.addWidget(self.at_start)
        self.content.addLayout(row)
        hint = _(
            "When nothing has changed, a sync takes two requests. You can leave out a library on the Servers page."
        )
        self.content.addWidget(label(hint, FontRole.SMALL, tone="text2", wrap=True))
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        save = self.add_button(Button(_("Save schedule"), kind=ButtonKind.PRIMARY), default=True)
        save.clicked.connect(self._save)

    def _save(self) -> None:
        schedule = "off" if self.off.isChecked() else "at_start" if self.at_start.isChecked() else "every"
        self.saved.emit(schedule, self.hours.value())
        self.accept()


class RemovalsDialog(BaseDialog):
    """What is held back, to be removed or kept: all of it, what the search found, or the selected rows."""

    decided = Signal(object, bool)
    """(list of removal ids, whether to remove them)"""

    def __init__(self, reviewed: Sequence[Reviewed], parent: QWidget | None = None) -> None:
        super().__init__(_("Held-back removals"), parent)
        self._all = list(reviewed)
        self._shown = self._all
        intro = _("The server no longer lists these items. Removing takes them out of the catalog and can be undone.")
        self.content.addWidget(label(intro, wrap=True))
        self.search = SearchField(_("Search titles and paths"))
        self.search.searched.connect(self._filter)
        self.content.addWidget(self.search)
        columns = [
            Column("title", _("Title"), lambda r: r.removal.label, width=230, tooltip=lambda r: r.removal.label),
            Column("year", _("Year"), lambda r: str(r.year) if r.year else text.DASH, RIGHT, 56),
            Column("kind", _("Type"), lambda r: item_kind(r.removal.kind), width=76),
            Column("size", _("Size"), lambda r: text.size(r.size_bytes) if r.size_bytes else text.DASH, RIGHT, 80),
            Column("path", _("Server path"), lambda r: r.path or text.DASH, width=260, tooltip=lambda r: r.path),
            Column("library", _("Library"), _library_of, width=150, tooltip=_library_of),
        ]
        self.table = _table(columns, self._all, _("Held-back removals"), stretch=4, by="removal")
        self.table.setMinimumWidth(_REVIEW_WIDTH)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.selectionModel().selectionChanged.connect(self._name_buttons)
        self.content.addWidget(in_card(self.table), 1)
        later = self.add_button(Button(_("Decide later")), leading=True)
        later.clicked.connect(self.reject)
        self.remove = self.add_button(Button("", kind=ButtonKind.DANGER))
        self.remove.clicked.connect(lambda: self._decide(remove=True))
        self.keep = self.add_button(Button("", kind=ButtonKind.PRIMARY), default=True)
        self.keep.clicked.connect(lambda: self._decide(remove=False))
        self._name_buttons()
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(str)
    def _filter(self, words: str) -> None:
        wanted = words.casefold().split()
        self._shown = [
            one for one in self._all if all(word in f"{one.removal.label} {one.path}".casefold() for word in wanted)
        ]
        model = self.table.model()
        assert isinstance(model, ListModel)
        model.set_rows(self._shown)
        self._name_buttons()

    def _chosen(self) -> list[int]:
        rows = [row for first, last in selected_rows(self.table) for row in range(first, last + 1)]
        chosen = [self._shown[row] for row in rows if row < len(self._shown)] or self._shown
        return [one.removal.id for one in chosen]

    @Slot()
    def _name_buttons(self) -> None:
        n = len(self._chosen())
        self.remove.set_label(ngettext("Remove {n} item", "Remove {n} items", n).format(n=text.number(n)))
        every = n == len(self._all)
        self.keep.set_label(_("Keep all") if every else ngettext("Keep {n}", "Keep {n}", n).format(n=text.number(n)))
        for button in (self.remove, self.keep):
            button.setEnabled(bool(n))

    def _decide(self, *, remove: bool) -> None:
        self.decided.emit(self._chosen(), remove)
        self.accept()


def _library_of(one: Reviewed) -> str:
    return f"{one.removal.server} · {one.removal.library}"


class RunDialog(BaseDialog):
    """What a past run did, refused and warned of."""

    again = Signal()

    def __init__(self, run: SyncRun, issues: Sequence[SyncIssue], parent: QWidget | None = None) -> None:
        super().__init__(f"{run.server} · {run.library}", parent)
        facts = _("{mode} · {when} · {requests} requests · {received} · {took}").format(
            mode=mode_name(run.mode),
            when=text.exact(run.started_at),
            requests=text.number(run.requests),
            received=text.size(run.received_bytes),
            took=text.seconds(run.duration_ms / 1000),
        )
        counts = _(
            "{added} added, {updated} updated, {unchanged} unchanged, "
            "{removed} removed, {held} held back, {failed} failed"
        ).format(
            added=text.number(run.added),
            updated=text.number(run.updated),
            unchanged=text.number(run.unchanged),
            removed=text.number(run.removed),
            held=text.number(run.held_back),
            failed=text.number(run.failed),
        )
        self.content.addWidget(label(facts, tone="text2", wrap=True))
        self.content.addWidget(label(counts, FontRole.STRONG, wrap=True))
        if run.error:
            self.content.addWidget(label(run.error, wrap=True))
        if issues:
            columns = [
                Column(
                    "message",
                    _("Message"),
                    lambda issue: issue.message,
                    tooltip=lambda issue: issue.message,
                    roles={LOOK_ROLE: lambda issue: _LEVELS.get(issue.level)},
                ),
                Column("remote", _("ID on server"), lambda issue: issue.remote_id or "", width=110),
            ]
            table = _table(columns, issues, _("Message"), stretch=0)
            table.setItemDelegateForColumn(0, StateDelegate(table))
            self.content.addWidget(table, 1)
        retry = self.add_button(Button(_("Sync this library again"), icon="arrows-clockwise"), leading=True)
        retry.clicked.connect(self._again)
        close = self.add_button(Button(_("Close"), kind=ButtonKind.PRIMARY), default=True)
        close.clicked.connect(self.accept)

    def _again(self) -> None:
        self.again.emit()
        self.accept()


class DryRunDialog(BaseDialog):
    """What a sync would change."""

    def __init__(self, report: SyncReport, parent: QWidget | None = None) -> None:
        super().__init__(_("Dry run"), parent)
        planned = [(library, change) for library in report.libraries for change in library.planned]
        counts = _("{added} would be added, {updated} updated, {removed} removed, {held} held back.").format(
            added=text.number(sum(library.added for library in report.libraries)),
            updated=text.number(sum(library.updated for library in report.libraries)),
            removed=text.number(sum(library.removed for library in report.libraries)),
            held=text.number(sum(library.held_back for library in report.libraries)),
        )
        self.content.addWidget(label(counts, FontRole.STRONG, wrap=True))
        self.content.addWidget(label(_("Nothing was changed."), tone="text2"))
        for failure in report.failures:
            self.content.addWidget(label(f"{failure.server}: {failure.message}", tone="danger", wrap=True))
        if planned:
            columns = [
                Column("action", _("Change"), lambda row: _action(row[1]), width=110),
                Column("title", _("Title"), lambda row: row[1].title or row[1].remote_id, width=300),
                Column("library", _("Library"), lambda row: f"{row[0].server} · {row[0].library}", width=190),
            ]
            self.content.addWidget(_table(columns, planned, _("What would change"), stretch=1), 1)
        close = self.add_button(Button(_("Close"), kind=ButtonKind.PRIMARY), default=True)
        close.clicked.connect(self.accept)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def _action(change: PlannedChange) -> str:
    return {
        "add": _("Add"),
        "update": _("Update"),
        "remove": _("Remove"),
        "hold_back": _("Hold back"),
    }[change.action]
