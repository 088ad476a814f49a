"""What can be done with the list: exclude with a way back, save rules, write it down."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Exclusion, Facts, Level, Unit
from retrovue.core.domain.cleanup.rules import Rule
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.cleanup.words import rule_name
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.library.exporting import AskPath, ask_path
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import UserMessage, show_message
from retrovue.gui.work.opening import FileOpener
from retrovue.gui.work.tasks import Report, TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.cleanup.leaving import Kept


def ask_file(parent: QWidget, title: str, suggestion: str, filters: str) -> str:
    """Ask for a file to read; empty: none."""
    chosen, _filter = QFileDialog.getOpenFileName(parent, title, suggestion, filters)
    return chosen


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
        self.ask_file: AskPath = ask_file
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

    # --- leaving soon -----------------------------------------------------------------------------------------------

    def show_leaving(self, rule: Rule, level: Level) -> None:
        """Show what is leaving soon by a rule, and the lists so far."""
        context = self._services.context

        def read(_token: CancelToken, _report: Report) -> "tuple[Kept, bool]":
            from retrovue.core.services.cleanup import leaving

            return leaving.kept_list(context, rule, level), leaving.is_watched(context, rule, level)

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._open_leaving)
        handle.failed.connect(self.failed)

    @Slot(object)
    def _open_leaving(self, read: "tuple[Kept, bool]") -> None:
        from retrovue.gui.pages.cleanup.leaving import LeavingDialog

        found, is_tracked = read
        days = self._services.context.settings.grace_days
        dialog = LeavingDialog(found, self._page, is_tracked=is_tracked, days=days)
        dialog.tracked.connect(lambda is_on: self._track(found.rule, found.level, is_on=is_on))
        dialog.open()

    def _track(self, rule: Rule, level: Level, *, is_on: bool) -> None:
        context, facts, found = self._services.context, self._facts, self._found

        def act() -> None:
            from retrovue.core.services.cleanup import leaving

            leaving.watch(context, rule, level, is_on=is_on)
            if is_on and facts is not None and found is not None and (found.rule, found.level) == (rule, level):
                # Its first list, so that something is leaving from now on and not from tomorrow on.
                leaving.keep_list(context, facts, found)

        name = rule_name(rule)
        if is_on:
            said = _("Rule “{name}” is tracked: its list is made once a day.").format(name=name)
        else:
            said = _("Rule “{name}” is no longer tracked.").format(name=name)
        handle = self._services.runner.submit(lambda _token, _report: act(), lane=Lane.SETTINGS)
        handle.succeeded.connect(lambda _done: self._services.toast(said, None))
        handle.failed.connect(self.failed)

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

    @Slot()
    def export_rules(self) -> None:
        """Ask for a place and write the saved rules there, for another computer."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        suggestion = str(Path(folder) / "RetroVue {name}.json".format(name=_("clean-up rules")))
        chosen = self.ask(self._page, _("Export rules"), suggestion, _("Clean-up rules (*.json)"))
        if not chosen:
            return
        path, context = chosen if Path(chosen).suffix else f"{chosen}.json", self._services.context

        def run(_token: CancelToken, _report: Report) -> int:
            from retrovue.core.services.cleanup import kept
            from retrovue.core.services.files.reports import save_report

            text = kept.rules_text(context)
            return save_report(Path(path), "json", lambda out: out.write(text))

        handle = self._services.runner.submit(run, lane=Lane.EXPORT)
        done = _("Rules written to {file}.").format(file=Path(path).name)
        handle.succeeded.connect(lambda _count: self._services.toast(done, None))
        handle.failed.connect(self.failed)

    @Slot()
    def import_rules(self) -> None:
        """Ask for a file of exported rules and save them."""
        chosen = self.ask_file(self._page, _("Import rules"), "", _("Clean-up rules (*.json)"))
        if not chosen:
            return
        context = self._services.context

        def act() -> list[Rule]:
            from retrovue.core.services.cleanup import kept

            return kept.import_rules(context, kept.read_rules(Path(chosen)))

        def then(saved: list[Rule]) -> None:
            words = ngettext("{n} rule imported.", "{n} rules imported.", len(saved))
            self._services.toast(words.format(n=text.number(len(saved))), None)
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
        menu.addSeparator()
        menu.addAction(_("Export rules…"), self.export_rules)
        menu.addAction(_("Import rules…"), self.import_rules)
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
