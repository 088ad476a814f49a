"""What can be done with the list: track it, save rules, write it down."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Facts, Level
from retrovue.core.domain.cleanup.rules import Rule
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.cleanup.words import rule_name
from retrovue.gui import text
from retrovue.gui.pages.library.exporting import AskPath, ask_path
from retrovue.gui.pages.services import PageServices
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
    """Rules are other than before."""
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

    def set_list(self, facts: Facts | None, found: StaleList | None) -> None:
        """What is exported from now on; None: nothing."""
        self._facts, self._found = facts, found

    def _write(self, act: Callable[[], Any], then: Callable[[Any], None]) -> TaskHandle:
        handle = self._services.runner.submit(lambda _token, _report: act(), lane=Lane.WRITE)
        handle.succeeded.connect(then)
        handle.failed.connect(self.failed)
        return handle

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
        handle.succeeded.connect(lambda _count: self._services.wrote(done))
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
        self._services.wrote(words.format(n=text.number(count), file=Path(path).name))
        self.written.emit(path, count)

    @Slot(str, str)
    def _on_open_failed(self, words: str, hint: str) -> None:
        show_message(self._page, UserMessage(_("Could not open this"), words, hint))
