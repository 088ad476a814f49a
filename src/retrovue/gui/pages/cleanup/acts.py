"""What can be done with the list: exclude with a way back, save rules, write it down."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Exclusion, Facts, Unit
from retrovue.core.domain.cleanup.rules import Rule
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.library.exporting import ask_path
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import UserMessage, show_message
from retrovue.gui.work.opening import FileOpener
from retrovue.gui.work.tasks import Report, TaskHandle


class CandidateActs(QObject):
    """Thread: GUI; what it does runs on lanes."""

    changed = Signal()
    """Exclusions or rules are other than before."""
    failed = Signal(object)
    written = Signal(str, int)

    def __init__(self, services: PageServices, page: QWidget) -> None:
        super().__init__(page)
        self._services = services
        self._page = page
        self._facts: Facts | None = None
        self._found: StaleList | None = None
        self.ask = ask_path
        self.opener = FileOpener(services.runner, parent=self)
        self.opener.failed.connect(self._on_open_failed)

    def set_list(self, facts: Facts | None, found: StaleList) -> None:
        """What is exported from now on."""
        self._facts, self._found = facts, found

    def _write(self, act: Callable[[], Any], then: Callable[[Any], None]) -> TaskHandle:
        handle = self._services.runner.submit(lambda _token, _report: act(), lane=Lane.WRITE)
        handle.succeeded.connect(then)
        handle.failed.connect(self.failed)
        return handle

    # --- exclusions -------------------------------------------------------------------------------------------------

    def exclude(self, units: Sequence[Unit]) -> None:
        """Keep titles off every list."""
        context = self._services.context

        def act() -> list[Exclusion]:
            from retrovue.core.services.cleanup import kept

            return [kept.exclude(context, unit) for unit in units]

        self._write(act, self._on_excluded)

    @Slot(object)
    def _on_excluded(self, made: list[Exclusion]) -> None:
        if not made:
            return
        n = len(made)
        several = ngettext("{n} title excluded.", "{n} titles excluded.", n).format(n=text.number(n))
        words = _("“{title}” excluded.").format(title=made[0].title) if n == 1 else several
        self._services.toast(words, lambda: self.include(made))
        self.changed.emit()

    def include(self, exclusions: Sequence[Exclusion]) -> None:
        """Take exclusions back."""
        context = self._services.context

        def act() -> None:
            from retrovue.core.services.cleanup import kept

            for one in exclusions:
                kept.include(context, one.id)

        self._write(act, lambda _done: self.changed.emit())

    @Slot()
    def show_exclusions(self) -> None:
        """Show what is excluded, to take it back."""
        context = self._services.context

        def read(_token: CancelToken, _report: Report) -> list[Exclusion]:
            from retrovue.core.services.cleanup import kept

            return kept.exclusions(context)

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._open_exclusions)
        handle.failed.connect(self.failed)

    @Slot(object)
    def _open_exclusions(self, found: list[Exclusion]) -> None:
        dialog = ExclusionsDialog(found, self._page)
        dialog.include_wanted.connect(self.include)
        dialog.open()

    # --- rules ------------------------------------------------------------------------------------------------------

    @Slot(object)
    def save_rule(self, rule: Rule) -> None:
        """Save a rule under its name."""
        context = self._services.context

        def act() -> Rule:
            from retrovue.core.services.cleanup import kept

            return kept.save_rule(context, rule)

        def then(saved: Rule) -> None:
            self._services.toast(_("Rule “{name}” saved.").format(name=saved.name), None)
            self.changed.emit()

        self._write(act, then)

    @Slot(object)
    def remove_rule(self, rule: Rule) -> None:
        """Remove a saved rule; it can be undone."""
        context = self._services.context

        def act() -> Rule:
            from retrovue.core.services.cleanup import kept

            return kept.remove_rule(context, rule.name)

        def then(removed: Rule) -> None:
            words = _("Rule “{name}” removed.").format(name=removed.name)
            self._services.toast(words, lambda: self.save_rule(removed))
            self.changed.emit()

        self._write(act, then)

    # --- export -----------------------------------------------------------------------------------------------------

    def menu(self) -> QMenu:
        """One entry for each format."""
        menu = QMenu(self._page)
        for how, name in (
            ("csv", _("CSV…")),
            ("json", _("JSON…")),
            ("sh", _("Script for sh…")),
            ("ps1", _("Script for PowerShell…")),
        ):
            menu.addAction(name, partial(self.save, how))
        return menu

    def save(self, how: str) -> None:
        """Ask for a place and write the list there."""
        facts, found = self._facts, self._found
        if facts is None or found is None:
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        filters = {
            "csv": _("Comma-separated values (*.csv)"),
            "json": _("JSON (*.json)"),
            "sh": _("Script for sh (*.sh)"),
            "ps1": _("Script for PowerShell (*.ps1)"),
        }
        name = _("clean-up list")
        suggestion = str(Path(folder) / f"RetroVue {name}.{how}")
        chosen = self.ask(self._page, _("Export list"), suggestion, filters[how])
        if not chosen:
            return
        path = chosen if Path(chosen).suffix else f"{chosen}.{how}"
        context = self._services.context

        def run(token: CancelToken, _report: Report) -> int:
            from retrovue.core.services.cleanup.export import ListFormat
            from retrovue.core.services.cleanup.writing import save_list

            return save_list(context, facts, found, ListFormat(how), Path(path), token)

        handle = self._services.runner.submit(run, lane=Lane.EXPORT)
        handle.succeeded.connect(lambda count: self._on_written(path, count))
        handle.failed.connect(self.failed)

    def _on_written(self, path: str, count: int) -> None:
        words = ngettext("{n} line written to {file}.", "{n} lines written to {file}.", count)
        self._services.toast(words.format(n=text.number(count), file=Path(path).name), None)
        self.written.emit(path, count)

    @Slot(str, str)
    def _on_open_failed(self, words: str, hint: str) -> None:
        show_message(self._page, UserMessage(_("Could not open this"), words, hint))


class ExclusionsDialog(BaseDialog):
    """What is excluded, and taking it back. Thread: GUI."""

    include_wanted = Signal(object)

    def __init__(self, found: Sequence[Exclusion], parent: QWidget) -> None:
        super().__init__(_("Exclusions"), parent)
        now = datetime.now(UTC)
        self.model = ListModel(
            [
                Column("title", _("Title"), lambda row: row.title, width=280, tooltip=lambda row: row.title),
                Column("note", _("Note"), lambda row: row.note, width=160, tooltip=lambda row: row.note),
                Column("until", _("Until"), lambda row: _until(row, now), width=110),
            ],
            parent=self,
        )
        self.model.set_rows(found)
        self.table = DataTable(name=_("Exclusions"))
        self.table.setModel(self.model)
        self.table.setMinimumSize(600, 280)
        for place, column in enumerate(self.model.columns):
            self.table.setColumnWidth(place, column.width)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.content.addWidget(self.table)
        self.remove = Button(_("Remove exclusion"), icon="x")
        self.remove.setEnabled(False)
        self.remove.clicked.connect(self._on_remove)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.add_button(self.remove, leading=True)
        self.close_button = self.add_button(Button(_("Close")), default=True)
        self.close_button.clicked.connect(self.accept)

    @Slot()
    def _on_selection(self) -> None:
        self.remove.setEnabled(self.table.selectionModel().hasSelection())

    @Slot()
    def _on_remove(self) -> None:
        chosen = [self.model.row_at(index.row()) for index in self.table.selectionModel().selectedRows()]
        self.model.set_rows([one for one in self.model.rows if one not in chosen])
        self.include_wanted.emit(chosen)


def _until(one: Exclusion, now: datetime) -> str:
    return _("For good") if one.until is None else text.day(datetime.fromtimestamp(one.until, UTC), now)
