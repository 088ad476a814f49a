"""Exclusions in the window: of titles in the list, of libraries, collections and tags by name; each can be undone."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QDate, QObject, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from retrovue.core.domain.cleanup.facts import Exclusion, Unit
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.cleanup import exclusions as service
from retrovue.core.services.cleanup import kept
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, room_for_dates
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import in_card
from retrovue.gui.widgets.fields import ComboBox, DateEdit, Field, FieldBlock
from retrovue.gui.widgets.labels import label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report

_A_YEAR = 1


class ExclusionActs(QObject):
    """Thread: GUI; what it does runs on lanes."""

    changed = Signal()
    """There are other exclusions than before."""
    failed = Signal(object)

    def __init__(self, services: PageServices, page: QWidget) -> None:
        super().__init__(page)
        self._services = services
        self._page = page
        self._names: dict[int, str] = {}
        self.dialog: ExclusionsDialog | None = None
        self.form: ExclusionDialog | None = None

    def _submit(self, act: Callable[[], Any], then: Callable[[Any], None], lane: Lane = Lane.WRITE) -> None:
        handle = self._services.runner.submit(lambda _token, _report: act(), lane=lane)
        handle.succeeded.connect(then)
        handle.failed.connect(self.failed)

    def _done(self, words: str, undo: Callable[[], None]) -> None:
        self._services.toast(words, undo)
        self._on_changed()

    def _on_changed(self, _done: object = None) -> None:
        self.changed.emit()
        if self.dialog is not None:
            self._submit(lambda: kept.exclusions(self._services.context), self.dialog.show_rows, Lane.QUERY)

    # --- titles -----------------------------------------------------------------------------------------------------

    def exclude(self, units: Sequence[Unit]) -> None:
        """Keep titles off every list."""
        context = self._services.context

        def act() -> tuple[list[Exclusion], list[Exclusion]]:
            return kept.exclusions(context), [kept.exclude(context, unit) for unit in units]

        self._submit(act, self._on_excluded)

    @Slot(object)
    def _on_excluded(self, done: tuple[list[Exclusion], list[Exclusion]]) -> None:
        before, made = done
        if made:
            n = len(made)
            several = ngettext("{n} title excluded.", "{n} titles excluded.", n).format(n=text.number(n))
            words = _("“{title}” excluded.").format(title=made[0].title) if n == 1 else several
            self._done(words, partial(self._take_back, made, before))

    def _take_back(self, made: Sequence[Exclusion], before: Sequence[Exclusion]) -> None:
        context = self._services.context
        self._submit(lambda: service.take_back(context, made, before), self._on_changed)

    # --- the list ---------------------------------------------------------------------------------------------------

    @Slot()
    def show(self) -> None:
        """Show what is excluded, to add, change and remove."""
        context = self._services.context
        self._submit(lambda: (kept.exclusions(context), service.server_names(context)), self._open_list, Lane.QUERY)

    def _open_list(self, read: tuple[list[Exclusion], dict[int, str]]) -> None:
        found, self._names = read
        self.dialog = ExclusionsDialog(found, self._names, self._page)
        self.dialog.remove_wanted.connect(self.remove)
        self.dialog.edit_wanted.connect(self.edit)
        self.dialog.add_wanted.connect(self.add)
        # A dialog that was closed is deleted a moment later.
        self.dialog.finished.connect(self._forget_dialog)
        self.dialog.open()

    @Slot(object)
    def remove(self, exclusions: Sequence[Exclusion]) -> None:
        """Remove exclusions; it can be undone."""
        context, n = self._services.context, len(exclusions)

        def act() -> None:
            for one in exclusions:
                kept.include(context, one.id)

        words = ngettext("{n} exclusion removed.", "{n} exclusions removed.", n).format(n=text.number(n))
        self._submit(act, lambda _done: self._done(words, partial(self._put_back, list(exclusions))))

    def _put_back(self, exclusions: Sequence[Exclusion]) -> None:
        context = self._services.context
        self._submit(lambda: service.put_back(context, exclusions), self._on_changed)

    @Slot()
    def add(self) -> None:
        """Read what can be excluded by name, and ask."""
        context = self._services.context

        def read(token: CancelToken, _report: Report) -> service.Choices:
            return service.read_choices(context, token)

        if self.dialog is not None:
            self.dialog.show_reading(is_reading=True)
        handle = self._services.runner.submit(read, lane=Lane.IO)
        handle.succeeded.connect(self._ask)
        handle.failed.connect(self.failed)
        handle.finished.connect(self._on_choices_read)

    @Slot()
    def _on_choices_read(self) -> None:
        if self.dialog is not None:
            self.dialog.show_reading(is_reading=False)

    @Slot(object)
    def _ask(self, choices: service.Choices) -> None:
        self._open_form(ExclusionDialog(choices, self._names, parent=self.dialog or self._page))

    @Slot(object)
    def edit(self, exclusion: Exclusion) -> None:
        """Change the note or the end of one."""
        self._open_form(ExclusionDialog(None, self._names, exclusion, parent=self.dialog or self._page))

    def _open_form(self, form: "ExclusionDialog") -> None:
        self.form = form
        form.finished.connect(self._forget_form)
        form.saved.connect(lambda one, note, until: self._keep(form.before, one, note, until))
        form.open()

    @Slot()
    def _forget_dialog(self) -> None:
        self.dialog = None

    @Slot()
    def _forget_form(self) -> None:
        self.form = None

    def _keep(self, before: Exclusion | None, one: Exclusion, note: str, until: date | None) -> None:
        context = self._services.context

        def act() -> tuple[list[Exclusion], Exclusion]:
            return kept.exclusions(context), service.keep(context, one, note=note, until=until)

        def then(done: tuple[list[Exclusion], Exclusion]) -> None:
            earlier, made = done
            words = _("“{title}” excluded.") if before is None else _("Exclusion of “{title}” changed.")
            self._done(words.format(title=made.title), partial(self._take_back, [made], earlier))

        self._submit(act, then)


class ExclusionsDialog(BaseDialog):
    """What is excluded. Thread: GUI."""

    add_wanted = Signal()
    edit_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, found: Sequence[Exclusion], names: dict[int, str], parent: QWidget) -> None:
        super().__init__(_("Exclusions"), parent)
        self.model = ListModel(
            [
                Column(
                    "title", _("Title"), partial(service.named, names), width=240, tooltip=partial(service.named, names)
                ),
                Column("kind", _("Type"), lambda row: service.kind_name(row.kind), width=90),
                Column("note", _("Note"), lambda row: row.note, width=170, tooltip=lambda row: row.note),
                Column("until", _("Until"), _until, width=room_for_dates(least=110)),
            ],
            parent=self,
        )
        self.table = DataTable(name=_("Exclusions"))
        self.table.setModel(self.model)
        self.table.setMinimumSize(660, 300)
        for place, column in enumerate(self.model.columns):
            self.table.setColumnWidth(place, column.width)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.hint = label("", tone="text2", wrap=True)
        self.content.addWidget(self.hint)
        self.content.addWidget(in_card(self.table), 1)
        self.add = Button(_("Add…"), icon="plus")
        self.edit = Button(_("Edit…"), icon="pencil")
        self.remove = Button(_("Remove exclusion"), icon="x")
        for button in (self.remove, self.edit, self.add):
            self.add_button(button, leading=True)
        self.add.clicked.connect(self.add_wanted)
        self.edit.clicked.connect(lambda: self.edit_wanted.emit(self._chosen()[0]))
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self._chosen()))
        self.table.doubleClicked.connect(self.edit.click)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.close_button = self.add_button(Button(_("Close")), default=True)
        self.close_button.clicked.connect(self.accept)
        self.show_rows(found)

    @Slot(object)
    def show_rows(self, found: Sequence[Exclusion]) -> None:
        """Show other exclusions."""
        self.model.set_rows(found)
        none = _("Nothing is excluded. Exclude titles from the list, or add a library, a collection or a tag.")
        self.hint.setText(_("What is excluded is on no list, with everything that belongs to it.") if found else none)
        self._on_selection()

    def show_reading(self, *, is_reading: bool) -> None:
        """Say that collections and tags are being read from the servers."""
        self.add.setEnabled(not is_reading)
        self.add.setText(_("Reading collections and tags…") if is_reading else _("Add…"))

    def _chosen(self) -> list[Exclusion]:
        return [self.model.row_at(index.row()) for index in self.table.selectionModel().selectedRows()]

    @Slot()
    def _on_selection(self) -> None:
        n = len(self._chosen())
        self.edit.setEnabled(n == 1)
        self.edit.setToolTip("" if n == 1 else _("Select one exclusion."))
        self.remove.setEnabled(n > 0)


class ExclusionDialog(BaseDialog):
    """One exclusion: what, why and until when. Thread: GUI."""

    saved = Signal(object, str, object)
    """The exclusion, its note and its last day; None: for good."""

    def __init__(
        self,
        choices: service.Choices | None,
        names: dict[int, str],
        before: Exclusion | None = None,
        *,
        parent: QWidget,
    ) -> None:
        super().__init__(_("Edit exclusion") if before else _("Add exclusion"), parent)
        self.before = before
        self._choices = choices
        self._names = names
        self.setMinimumWidth(440)
        self.kind, self.what = ComboBox(name=_("Type")), ComboBox(name=_("What to exclude"))
        self.none = label("", tone="text2", wrap=True)
        if choices is None:
            self.content.addWidget(label("" if before is None else service.named(names, before), wrap=True))
        else:
            self._add_choices(choices)
        self.note = Field(placeholder=_("Why, for later"))
        self.note.setText("" if before is None else before.note)
        self.content.addWidget(FieldBlock(_("Note"), self.note))
        self._add_end(None if before is None else kept.last_day(before))
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        words = _("Save exclusion") if before else _("Add exclusion")
        self.save = self.add_button(Button(words, kind=ButtonKind.PRIMARY), default=True)
        self.save.clicked.connect(self._on_save)
        if choices is not None:
            self._on_kind()

    def _add_choices(self, choices: service.Choices) -> None:
        for kind in ("library", "collection", "tag"):
            self.kind.addItem(service.kind_name(kind), kind)
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.content.addWidget(FieldBlock(_("Type"), self.kind))
        self.content.addWidget(FieldBlock(_("What to exclude"), self.what))
        if choices.failed:
            words = _("Not responding: {servers}. What is known of them is listed.")
            self.content.addWidget(label(words.format(servers=", ".join(choices.failed)), tone="warning", wrap=True))
        self.content.addWidget(self.none)

    def _add_end(self, until: date | None) -> None:
        self.ends = QCheckBox(_("Only until"))
        self.until = DateEdit(name=_("Last day"))
        self.until.setCalendarPopup(True)
        today = QDate.currentDate()
        self.until.setMinimumDate(today)
        self.until.setDate(today.addYears(_A_YEAR) if until is None else QDate(until.year, until.month, until.day))
        self.ends.setChecked(until is not None)
        self.until.setEnabled(until is not None)
        self.ends.toggled.connect(self.until.setEnabled)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.ends)
        row.addWidget(self.until)
        row.addStretch(1)
        self.content.addLayout(row)

    @Slot()
    def _on_kind(self) -> None:
        assert self._choices is not None
        kind = self.kind.currentData()
        found = {"library": self._choices.libraries, "collection": self._choices.collections}.get(
            kind, self._choices.tags
        )
        self.what.clear()
        for one in found:
            self.what.addItem(service.named(self._names, one), one)
        self.what.setEnabled(bool(found))
        self.save.setEnabled(bool(found))
        self.none.setText("" if found else _("The servers have none."))
        self.none.setVisible(not found)

    @Slot()
    def _on_save(self) -> None:
        chosen = self.before if self._choices is None else self.what.currentData()
        until = self.until.date().toPython() if self.ends.isChecked() else None
        self.saved.emit(chosen, self.note.text(), until)
        self.accept()


def _until(one: Exclusion) -> str:
    if one.until is None:
        return _("For good")
    # It ends at midnight: the day before is its last.
    return text.day(datetime.fromtimestamp(one.until - 1, UTC), datetime.now(UTC))
