"""The Path mapping page: rules of a server, tried on real files before they are saved."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, Qt, QTimer, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_rules import MappingConflict
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.sync import ChangeSet, SyncRequest
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.mapping.checked import CheckedFolders
from retrovue.gui.pages.mapping.edits import RuleEdits
from retrovue.gui.pages.mapping.intended import IntendedConflicts
from retrovue.gui.pages.mapping.jobs import CheckJob, SuggestJob, TrialJob
from retrovue.gui.pages.mapping.side import SideState
from retrovue.gui.pages.mapping.view import MappingWidgets
from retrovue.gui.pages.mapping.words import RuleRow, numbers_of, rule_rows
from retrovue.gui.pages.mapping.work import (
    Overview,
    Saved,
    read_overview,
    totals_text,
)
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

if TYPE_CHECKING:
    from retrovue.core.services.mapping.proposals import Proposal

_CONCERNS = frozenset({"servers", "libraries", "mappings", "files"})
_REFRESH_PAUSE_MS = 300


class MappingPage(MappingWidgets):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._overview = Overview()
        self._wanted: int | None = None
        self._wanted_rule: int | None = None
        self._drafts: dict[tuple[int, int | None], PathMapping] = {}
        self._is_adding = False
        self._is_loading = False
        self._has_tested_all = False
        self._trial = TrialJob(services, self)
        self._suggest = SuggestJob(services, self)
        self._check = CheckJob(services, self)
        self._intended = IntendedConflicts(services.settings)
        self._folders = CheckedFolders(services, self)
        self._edits = RuleEdits(services, lambda: self._overview.server, self)
        # A sync tells of changed files many times a second; once for all of them is enough.
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_REFRESH_PAUSE_MS)
        self._pause.timeout.connect(self._read)
        self._connect()

    def _connect(self) -> None:
        services, table, preview, side = self._services, self.rules.table, self.preview, self.side
        services.runner.changed.connect(self._on_changed)
        self.check_button.clicked.connect(self.check_files)
        self.suggest_button.clicked.connect(self.suggest_rules)
        self.add_button.clicked.connect(self.add_rule)
        self.chooser.chosen.connect(self.show_argument)
        self.no_server.triggered.connect(lambda: services.open_page("servers", "add"))
        self.no_files.triggered.connect(self._sync)
        self.no_rule.triggered.connect(self.suggest_rules)
        self.no_rule.link_triggered.connect(self.add_rule)
        table.selectionModel().selectionChanged.connect(self._on_selection)
        table.remove_requested.connect(lambda row: self._edits.remove(row.id))
        table.edit_requested.connect(lambda _row: self.preview.local_path.setFocus(Qt.FocusReason.OtherFocusReason))
        table.add_requested.connect(self.add_rule)
        preview.edited.connect(self._try)
        preview.test_all.connect(self._test_all)
        preview.save_requested.connect(lambda: self._edits.save(self.preview.rule))
        preview.remove_requested.connect(lambda: self._edits.remove(self.preview.stored.id))
        preview.discarded.connect(self._on_discarded)
        self._edits.saved.connect(self._on_saved)
        self._edits.removed.connect(self._on_removed)
        self._edits.refused.connect(preview.show_refusal)
        self._trial.tried.connect(preview.show_trial)
        self._trial.progressed.connect(self._on_trial_progress)
        self._trial.failed.connect(self._on_failed)
        self._suggest.changed.connect(self._show_parts)
        self._suggest.failed.connect(self._on_failed)
        side.use_requested.connect(self._use)
        side.show_requested.connect(self._show_found)
        side.dismiss_requested.connect(self._suggest.drop)
        side.cancel_requested.connect(self._suggest.cancel)
        side.closed.connect(self._suggest.cancel)
        side.look_requested.connect(self._look_in_folder)
        side.check_requested.connect(self.check_files)
        side.show_rules.connect(self._show_rules)
        side.intended.connect(self._accept_conflict)
        side.remove_requested.connect(self._edits.remove)
        self.checked.folders_wanted.connect(self.show_folders)
        self.checked.schedule_chosen.connect(self._folders.keep_schedule)
        self._folders.recheck_wanted.connect(self._check_again)
        self._folders.scheduled.connect(self._read)
        self._folders.failed.connect(self._on_failed)
        self.check_block.cancelled.connect(self._check.cancel)
        self.check_block.folders_wanted.connect(lambda checked: self._folders.open(checked.server, checked.summary))
        self.check_block.missing_wanted.connect(lambda checked: self._folders.show_missing(checked.server))
        self._check.started.connect(self.check_block.show_start)
        self._check.progressed.connect(self.check_block.show_progress)
        self._check.ended.connect(self.check_block.show_end)
        self._check.ended.connect(self._on_check_ended)
        self._check.checked.connect(self.check_block.show_outcome)
        self._check.failed.connect(self._on_failed)

    # --- what the frame asks for --------------------------------------------------------------------------------

    def activate(self) -> None:
        """Read what is shown."""
        self._read()

    def refresh(self) -> None:
        """Read again what is in front."""
        self._read()

    @Slot()
    def _read(self) -> None:
        """Ask for the rules and counts again."""
        context, wanted = self._services.context, self._wanted
        # It looks at the folders of the rules, which a dead share delays: not on a lane that other pages wait for.
        handle = self._services.runner.submit(lambda _token, _report: read_overview(context, wanted), lane=Lane.QUERY)
        handle.succeeded.connect(lambda overview: self._on_overview(wanted, overview))
        handle.failed.connect(self._on_failed)

    @Slot(int)
    def show_argument(self, argument: object) -> None:
        """Choose a server by its id."""
        if isinstance(argument, int) and argument != self._wanted:
            self._keep_draft()
            self._wanted = argument
            self._is_adding = False
            self._read()

    def escape(self) -> bool:
        """Stop searching, or take back what is typed."""
        if self._suggest.state.is_running:
            self._suggest.cancel()
            return True
        if self.preview.isVisible() and self.preview.is_changed:
            self.preview.discard.click()
            return True
        return False

    # --- what is shown ----------------------------------------------------------------------------------------------

    def _on_overview(self, wanted: int | None, overview: Overview) -> None:
        if wanted != self._wanted:
            return  # another server was chosen meanwhile; its answer is on the way
        server = overview.server
        self._overview = overview
        self._wanted = None if server is None else server.id
        self._suggest.forget_other(self._wanted)
        if server is not None:
            self._suggest.follow_rules(server, tuple(view.mapping for view in overview.views))
        self.chooser.set_servers(overview.servers, self._wanted)
        self.choice.setVisible(server is not None)
        self.checked.show_check(overview.last, overview.schedule, datetime.now(UTC))
        self.head.set_subtitle(totals_text(overview.totals, text.number) if server is not None else "")
        self.preview.set_server(overview.libraries, overview.roots)
        self._show_rows()
        self._show_rule()
        self._show_parts()

    def _show_rows(self) -> None:
        self._is_loading = True
        self.rules.table.set_rows(rule_rows(self._overview.views, self._intended.keys, self._overview.checked_at))
        self._is_loading = False

    def _show_rule(self) -> None:
        """Keep the chosen rule, or choose the first; what is typed stays."""
        table = self.rules.table
        server = self._overview.server
        if server is None:
            return
        if self._wanted_rule is not None and table.choose(self._wanted_rule):
            self._wanted_rule, self._is_adding = None, False
        if self._is_adding:
            self._load(None)
            return
        if table.current is None and table.rules.rowCount():
            table.choose(table.rules.row_at(0).id)
        current = table.current
        if current is None:
            self._load(None)
        else:
            self._load(current)

    def _load(self, row: RuleRow | None) -> None:
        """Edit a rule (None: a new one), with what was typed before and not saved."""
        server = self._overview.server
        if server is None:
            return
        stored = PathMapping(None, server.id, None, "", "") if row is None else row.view.mapping
        if self.preview.stored == stored:
            if not self._has_tested_all:
                self._try()
            return
        self._keep_draft()
        self.preview.set_rule(stored, self._drafts.get((server.id, stored.id)))

    def _keep_draft(self) -> None:
        rule = self.preview.rule
        if rule.server_id is None:
            return
        key = (rule.server_id, rule.id)
        if self.preview.is_changed:
            self._drafts[key] = rule
        else:
            self._drafts.pop(key, None)

    @Slot()
    def _show_parts(self) -> None:
        overview = self._overview
        server, suggest = overview.server, self._suggest.state
        for button in (self.check_button, self.suggest_button, self.add_button):
            button.setEnabled(server is not None and overview.totals.files > 0)
        self.check_button.setEnabled(self.check_button.isEnabled() and not self._check.is_running)
        self.suggest_button.setEnabled(self.suggest_button.isEnabled() and not suggest.is_running)
        if server is None:
            self.stack.setCurrentWidget(self.no_server)
            return
        self.add_button.setEnabled(True)
        is_busy = suggest.is_running or suggest.found is not None or self._is_adding
        if overview.totals.files == 0 and not overview.views and not is_busy:
            self.no_files.show_server(overview)
            self.stack.setCurrentWidget(self.no_files)
        elif not overview.views and not is_busy:
            self.no_rule.show_server(overview)
            self.stack.setCurrentWidget(self.no_rule)
        else:
            self.stack.setCurrentWidget(self.main)
        self.rules.setVisible(bool(overview.views))
        self._show_side()

    def _show_side(self) -> None:
        unchecked = self._overview.totals.states.get(FileState.UNCHECKED, 0)
        state = SideState(
            self._suggest.state,
            0 if self._check.is_running else unchecked,
            self._intended.without(self._overview.conflicts),
            numbers_of(self._overview.views),
        )
        if state != self.side.state:
            self.side.show_state(state)

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if change.kinds & _CONCERNS and self.isVisible() and not self._pause.isActive():
            self._pause.start()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        show_error(self, error)

    # --- trying -----------------------------------------------------------------------------------------------------

    @Slot()
    def _try(self) -> None:
        self._has_tested_all = False
        if self.preview.stored.server_id is not None and self._overview.totals.files:
            self.preview.show_busy()
            self._trial.start(self.preview.rule)

    @Slot()
    def _test_all(self) -> None:
        # The outcome stays on screen until the rule is edited: a look at samples says less.
        self._has_tested_all = True
        self.preview.show_busy(_("Testing all files…"))
        self._trial.start(self.preview.rule, everything=True)

    @Slot(object)
    def _on_trial_progress(self, progress: object) -> None:
        done, total = getattr(progress, "done", 0), getattr(progress, "total", 0)
        words = _("{done} of {total}").format(done=text.number(done), total=text.number(total))
        self.preview.show_busy(words)

    # --- rules ------------------------------------------------------------------------------------------------------

    @Slot(QItemSelection, QItemSelection)
    def _on_selection(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        current = self.rules.table.current
        if self._is_loading or current is None:
            return
        self._is_adding = False
        self._load(current)

    @Slot()
    def add_rule(self) -> None:
        """Start a new rule in the preview."""
        self._is_adding = True
        self.rules.table.choose(None)
        self._load(None)
        self._show_parts()
        self.preview.server_path.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_discarded(self) -> None:
        rule = self.preview.stored
        self._drafts.pop((rule.server_id or 0, rule.id), None)
        if rule.id is None:
            self._is_adding = False
            self._show_rule()
            self._show_parts()

    def _on_saved(self, rule: PathMapping, saved: Saved) -> None:
        self._drafts.pop((rule.server_id or 0, rule.id), None)
        if rule.id == self.preview.stored.id:
            self.preview.forget()
        self._wanted_rule = saved.mapping.id

    @Slot(object)
    def _on_removed(self, saved: Saved) -> None:
        rule_id = None if saved.before is None else saved.before.id
        self._drafts.pop((saved.mapping.server_id or 0, rule_id), None)
        self.preview.forget()

    @Slot(object)
    def _show_rules(self, ids: Sequence[int]) -> None:
        self.rules.table.choose(ids[0], *ids[1:])
        self.rules.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _accept_conflict(self, conflict: MappingConflict) -> None:
        self._intended.add(conflict)
        self._show_conflicts()
        self._services.toast(_("This conflict will not be shown again."), partial(self._mention_again, conflict))

    def _mention_again(self, conflict: MappingConflict) -> None:
        self._intended.forget(conflict)
        self._show_conflicts()

    def _show_conflicts(self) -> None:
        self._show_rows()
        self._show_side()

    # --- suggestions, checks, syncs -----------------------------------------------------------------------------------

    @Slot()
    def suggest_rules(self) -> None:
        """Search this computer for the files of the server."""
        if self._overview.server is not None:
            self._suggest.start(self._overview.server)

    @Slot()
    def _look_in_folder(self) -> None:
        dialog = QFileDialog(self, _("Choose a folder to search"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.suggest_in)
        dialog.open()

    @Slot(str)
    def suggest_in(self, folder: str) -> None:
        """Search only this folder."""
        if self._overview.server is not None:
            self._suggest.start(self._overview.server, [folder])

    @Slot(object)
    def _use(self, found: "Proposal") -> None:
        self._suggest.drop(found)
        self._edits.save(self._rule_of(found))

    @Slot(object)
    def _show_found(self, found: "Proposal") -> None:
        rule = self._rule_of(found)
        self._keep_draft()
        self._drafts[rule.server_id or 0, rule.id] = rule
        self.preview.forget()
        if rule.id is not None:
            self._is_adding = False
            self.rules.table.choose(None)
            self.rules.table.choose(rule.id)
            self._load(self.rules.table.current)
        else:
            self.add_rule()

    def _rule_of(self, found: "Proposal") -> PathMapping:
        suggestion = found.suggestion
        rule_id = None if found.replaces is None else found.replaces.id
        return PathMapping(rule_id, self._wanted, None, suggestion.server_path, suggestion.local_path)

    @Slot()
    def check_files(self) -> None:
        """Look for every file of the server."""
        if self._overview.server is not None:
            self._check.start(self._overview.server)
            self._show_parts()

    @Slot(str)
    def _check_again(self, folder: str) -> None:
        if self._overview.server is not None:
            self._check.start(self._overview.server, [folder])
            self._show_parts()

    @Slot()
    def show_folders(self) -> None:
        """Show what the last check found, folder by folder."""
        overview = self._overview
        if overview.server is not None and overview.last is not None:
            self._folders.open(overview.server, overview.last.summary, overview.last.finished_at)

    @Slot(bool)
    def _on_check_ended(self, _cancelled: bool) -> None:
        self._show_parts()
        self._pause.start()

    @Slot()
    def _sync(self) -> None:
        if self._wanted is not None:
            self._services.sync.start(SyncRequest(server_ids=(self._wanted,)))
            self._services.open_page("sync", None)
