"""The Sync page: *Sync now*, two progress bars with cancel, past runs, and removals that wait for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QVBoxLayout, QWidget

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.servers import Library, LibraryKind, Server
from retrovue.core.domain.sync import ChangeSet, Removal, RemovalState, SyncIssue, SyncReport, SyncRequest, SyncRun
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.servers.stored import all_libraries, all_servers
from retrovue.core.services.sync.past import issues_of, past_runs
from retrovue.core.services.sync.review import Reviewed, removals, review
from retrovue.core.services.sync.review import accept as accept_removals
from retrovue.core.services.sync.review import restore as restore_removals
from retrovue.core.services.sync.schedule import next_due
from retrovue.gui import text
from retrovue.gui.controllers.sync import LogLine, SyncState
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.sync.dialogs import DryRunDialog, RemovalsDialog, RunDialog, ScheduleDialog
from retrovue.gui.pages.sync.outcome import (
    has_failed,
    is_mended,
    new_libraries,
    outcome_banner,
    refused_server,
    retry_request,
)
from retrovue.gui.pages.sync.runblock import RunBlock
from retrovue.gui.pages.sync.runs import LogCard, RunsCard, lines_of
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.page import PAGE_MARGIN, Page, PageAction, PageHead, page_layout
from retrovue.gui.widgets.segments import Segments
from retrovue.gui.work.lanes import Lane

_NARROW = 1000
_LOG_WIDTH, _LEAST_LOG_WIDTH = 320, 260
_BETWEEN = 16
_ANY_WIDTH = 16_777_215
_CONCERNS = frozenset({"runs", "libraries", "removals", "servers"})


@dataclass(frozen=True)
class _Overview:
    servers: list[Server]
    libraries: list[Library]
    runs: list[SyncRun]
    removals: list[Removal]


class SyncPage(Page):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._overview = _Overview([], [], [], [])
        self._held_banner: Banner | None = None
        self.outcome: Banner | None = None
        """What the last sync did, while that is news."""
        self._asked_for_dry_run = False
        self._libraries_done = 0
        self._report = SyncReport()
        self.head = PageHead(_("Sync"))
        self.schedule_button = self.head.add_action(PageAction(_("Edit schedule…"), "calendar", self._edit_schedule))
        self.dry_button = self.head.add_action(PageAction(_("Do a dry run"), "eye", self._dry_run))
        self._menu = Menu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.sync_button = self.head.add_action(
            PageAction(_("Sync now"), "arrows-clockwise", self._sync_everything, primary=True, menu=self._menu)
        )
        content = page_layout(self, self.head)
        self._banner_place = QVBoxLayout()
        content.addLayout(self._banner_place)
        self.block = RunBlock()
        self.block.cancelled.connect(services.sync.cancel)
        content.addWidget(self.block)
        self.runs = RunsCard(_now)
        self.runs.chosen.connect(self._show_run)
        self.runs.looked_at.connect(self._show_log_of)
        self.log = LogCard()
        self.tabs = Segments([("runs", _("Past syncs")), ("log", _("Sync log"))], name=_("Past syncs or log"))
        self.tabs.chosen.connect(self._arrange)
        self._lower = self._build_lower()
        content.addWidget(self._lower, 1)
        explained = _(
            "A sync reads your servers’ libraries into the catalog. After the first one, only changes are read."
        )
        self.empty = EmptyState(
            _("Nothing has been synced yet."), explained, button=_("Sync now"), icon="arrows-clockwise"
        )
        self.empty.triggered.connect(self._sync_everything)
        content.addWidget(self.empty, 1)
        self.no_server = EmptyState(_("No servers yet."), explained, button=_("Add server…"), icon="plus")
        self.no_server.triggered.connect(lambda: services.open_page("servers", "add"))
        self.no_server.hide()
        content.addWidget(self.no_server, 1)
        self._connect()

    def _build_lower(self) -> QWidget:
        """Past runs beside the log of one."""
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        below.addWidget(self.tabs)
        row = QHBoxLayout()
        row.setSpacing(_BETWEEN)
        row.addWidget(self.runs, 1)
        row.addWidget(self.log)
        heads = [card.head for card in (self.runs, self.log) if card.head is not None]
        # Side by side: with the choice of a server, without it and with a button, both headings are on one line.
        high = max(head.sizeHint().height() for head in heads)
        high = max(high, self.runs.server_choice.sizeHint().height() + 16)
        for head in heads:
            head.setFixedHeight(high)
        below.addLayout(row, 1)
        return lower

    def _connect(self) -> None:
        services = self._services
        services.sync.state_changed.connect(self._on_state)
        services.sync.line.connect(self._on_line)
        services.sync.finished.connect(self._on_finished)
        services.runner.changed.connect(self._on_changed)
        self.log.set_lines(list(services.sync.lines))
        self._on_state(services.sync.state)
        # It may have failed before anybody opened this page, which is made when it is first asked for.
        if services.sync.last is not None and has_failed(services.sync.last):
            self._on_finished(services.sync.last)

    def show_argument(self, argument: object) -> None:
        """ "dry_run" begins one."""
        if argument == "dry_run" and self.dry_button.isEnabled():
            self._dry_run()

    def activate(self) -> None:
        """Read what is shown."""
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the log is a tab beside the past runs."""
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        is_narrow = self.width() < _NARROW
        self.tabs.setVisible(is_narrow)
        self.runs.setVisible(not is_narrow or self.tabs.current == "runs")
        self.log.setVisible(not is_narrow or self.tabs.current == "log")
        if is_narrow:
            self.log.setMinimumWidth(_LEAST_LOG_WIDTH)
            self.log.setMaximumWidth(_ANY_WIDTH)
        else:
            # The columns of the runs come first: the log wraps its lines.
            # Not the width of what holds both: in a resize it is still the old one.
            left = self.width() - 2 * PAGE_MARGIN - _BETWEEN - self.runs.wanted_width
            self.log.setFixedWidth(max(_LEAST_LOG_WIDTH, min(_LOG_WIDTH, left)))

    def refresh(self) -> None:
        """Ask for servers, runs and removals again."""
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> _Overview:
            return _Overview(all_servers(context), all_libraries(context), past_runs(context), removals(context))

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_overview)

    # --- what is shown ------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_overview(self, overview: _Overview) -> None:
        self._overview = overview
        self.runs.set_servers(overview.servers)
        self.runs.set_runs(overview.runs)
        self._arrange()
        self._show_held_back([r for r in overview.removals if r.state is RemovalState.HELD_BACK])
        self._show_subtitle()
        self._show_parts()
        if overview.runs and not self.log.has_lines and not self._services.sync.is_running:
            # After a start the last sync is what there is to read.
            self._show_log_of(overview.runs[0])
        if self.outcome is not None and is_mended(self._report, overview.servers):
            self._clear_outcome()

    @Slot(object)
    def _show_log_of(self, run: SyncRun) -> None:
        """The log of a past run; while a sync runs its own lines stay."""
        if self._services.sync.is_running:
            return
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: issues_of(context, run), lane=Lane.QUERY)
        handle.succeeded.connect(lambda issues: self._show_lines(run, issues))

    def _show_lines(self, run: SyncRun, issues: Sequence[SyncIssue]) -> None:
        if not self._services.sync.is_running:
            self.log.set_title(f"{run.server} · {run.library} · {text.when(run.started_at, _now())}")
            self.log.set_lines(lines_of(run, issues))

    @Slot(object)
    def _on_state(self, state: SyncState) -> None:
        self.block.show_state(state)
        if state.is_running:
            self._clear_outcome()
            if state.progress.libraries_done != self._libraries_done:
                # Each library that is done has its line among the past runs at once.
                self._libraries_done = state.progress.libraries_done
                self.refresh()
        self.dry_button.setEnabled(not state.is_running)
        self._show_parts()

    @Slot(object)
    def _on_line(self, line: LogLine) -> None:
        if len(self._services.sync.lines) <= 1:
            self.log.set_title("")
            self.log.set_lines([])
        self.log.add_line(line)

    @Slot(object)
    def _on_finished(self, report: SyncReport) -> None:
        if self._asked_for_dry_run:
            self._asked_for_dry_run = False
            DryRunDialog(report, self).open()
            return
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: sum(library.items for library in all_libraries(context)), lane=Lane.QUERY
        )
        handle.succeeded.connect(lambda stored: self._show_outcome(report, stored))
        self.refresh()

    def _show_outcome(self, report: SyncReport, stored: int) -> None:
        """One banner for the sync that has ended, until the next one begins or a person closes it."""
        self._clear_outcome()
        if self._services.sync.is_running:
            return
        retry = self._remedy(report)
        libraries = new_libraries(report)
        new = NoticeAction(_("Show new items"), partial(self._show_new, libraries)) if libraries else None
        self._report = report
        self.outcome = outcome_banner(report, stored, retry, new)
        if self.outcome is not None:
            self.outcome.closed.connect(self._forget_outcome)
            self._banner_place.addWidget(self.outcome)

    def _remedy(self, report: SyncReport) -> NoticeAction | None:
        """What answers the failure: to sync again helps nobody who has to sign in first."""
        refused = refused_server(report)
        if refused is not None:
            sign_in = partial(self._services.open_page, "servers", ("sign_in", refused))
            return NoticeAction(_("Sign in again…"), sign_in, as_link=False)
        request = retry_request(report)
        return None if request is None else NoticeAction(_("Try again"), partial(self._start, request), as_link=False)

    def _show_new(self, library_ids: list[int]) -> None:
        """The Library page with what the last sync brought: movies, unless something came to a library of shows."""
        kinds = {library.kind for library in self._overview.libraries if library.id in library_ids}
        view = View.MOVIES if kinds <= {LibraryKind.MOVIES} else View.EPISODES
        asked = BrowseQuery(view, library_ids=tuple(library_ids), in_last_run=True)
        self._services.open_page("library", asked)

    @Slot()
    def _forget_outcome(self) -> None:
        self.outcome = None

    def _clear_outcome(self) -> None:
        if self.outcome is not None:
            self._banner_place.removeWidget(self.outcome)
            self.outcome.deleteLater()
            self.outcome = None

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if change.kinds & _CONCERNS and self.isVisible():
            self.refresh()

    def _show_parts(self) -> None:
        is_running = self._services.sync.state.is_running
        nothing_yet = not self._overview.runs and not is_running
        self.block.setVisible(is_running)
        self.empty.setVisible(nothing_yet and bool(self._overview.servers))
        self.no_server.setVisible(nothing_yet and not self._overview.servers)
        self._lower.setVisible(not nothing_yet)

    def _show_subtitle(self) -> None:
        settings = self._services.context.settings
        moments = [library.last_sync_at for library in self._overview.libraries if library.last_sync_at is not None]
        plan = text.sync_plan(settings.sync_schedule, settings.sync_every_hours)
        said = f"{plan} · {text.last_synced(max(moments, default=None), _now())}"
        following = next_due(self._overview.libraries, settings, _now())
        if following is not None:
            said += " · " + _("Next sync {when}").format(when=text.when(following, _now()))
        self.head.set_subtitle(said)

    def _show_held_back(self, held: Sequence[Removal]) -> None:
        if self._held_banner is not None:
            self._banner_place.removeWidget(self._held_banner)
            self._held_banner.deleteLater()
            self._held_banner = None
        if not held:
            return
        places = sorted({f"{removal.server} · {removal.library}" for removal in held})
        title = ngettext(
            "{n} removal in {places} is held back.", "{n} removals in {places} are held back.", len(held)
        ).format(n=text.number(len(held)), places=", ".join(places))
        body = _("The server no longer lists these items. Nothing is removed until you decide.")
        self._held_banner = Banner(
            Tone.WARNING,
            title,
            body,
            icon="hand-palm-fill",
            actions=(
                NoticeAction(_("Review…"), self._review, as_link=False),
                NoticeAction(_("Keep all"), partial(self._decide, [r.id for r in held], accept=False)),
            ),
        )
        self._banner_place.addWidget(self._held_banner)

    # --- what is done -------------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        menu = self._menu
        menu.clear()
        menu.addAction(_("All libraries"), self._sync_everything)
        menu.addAction(_("All libraries, full sync"), partial(self._start, SyncRequest(full=True)))
        for server in self._overview.servers:
            if not server.is_active:
                continue
            sub = menu.addMenu(server.name)
            sub.addAction(_("All libraries"), partial(self._start, SyncRequest(server_ids=(server.id,))))
            sub.addAction(_("Full sync"), partial(self._start, SyncRequest(server_ids=(server.id,), full=True)))
            sub.addSeparator()
            for library in self._overview.libraries:
                if library.server_id == server.id and library.kind.is_imported:
                    request = SyncRequest(server_ids=(server.id,), library_ids=(library.id,))
                    sub.addAction(library.name, partial(self._start, request))
        menu.addSeparator()
        menu.addAction(_("Sync one show…"), self._sync_show)

    def _start(self, request: SyncRequest) -> None:
        self._services.sync.start(request)

    @Slot()
    def _sync_everything(self) -> None:
        self._start(SyncRequest())

    def _sync_show(self) -> None:
        title, accepted = QInputDialog.getText(self, _("Sync one show"), _("Title of the show"))
        if accepted and title.strip():
            self._start(SyncRequest(show_title=title.strip()))

    def _dry_run(self) -> None:
        self._asked_for_dry_run = True
        self._start(SyncRequest(dry_run=True))

    def _edit_schedule(self) -> None:
        dialog = ScheduleDialog(self._services.context.settings, self)
        dialog.saved.connect(self._save_schedule)
        dialog.open()

    @Slot(str, int)
    def _save_schedule(self, schedule: str, hours: int) -> None:
        store = self._services.context.settings_store
        handle = self._services.runner.submit(
            lambda _token, _report: store.update(sync_schedule=schedule, sync_every_hours=hours), lane=Lane.SETTINGS
        )
        handle.succeeded.connect(lambda _settings: self._show_subtitle())

    @Slot()
    def _review(self) -> None:
        held = [r for r in self._overview.removals if r.state is RemovalState.HELD_BACK]
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: review(context, held), lane=Lane.QUERY)
        handle.succeeded.connect(self._open_review)

    @Slot(object)
    def _open_review(self, reviewed: Sequence[Reviewed]) -> None:
        dialog = RemovalsDialog(reviewed, self)
        dialog.decided.connect(lambda ids, accept: self._decide(ids, accept=accept))
        dialog.open()

    def _decide(self, ids: Sequence[int], *, accept: bool) -> None:
        context = self._services.context

        def decide(_token: CancelToken, _report: object) -> ChangeSet:
            (accept_removals if accept else restore_removals)(context, ids)
            return ChangeSet(frozenset({"removals", "items", "files"}), "review")

        handle = self._services.runner.submit(decide, lane=Lane.WRITE)
        handle.succeeded.connect(lambda _change: self._tell_decision(ids, accept=accept))

    def _tell_decision(self, ids: Sequence[int], *, accept: bool) -> None:
        n = len(ids)
        if accept:
            said = ngettext("{n} item was removed.", "{n} items were removed.", n).format(n=text.number(n))
            self._services.toast(said, partial(self._decide, list(ids), accept=False))
        else:
            said = ngettext("{n} item was kept.", "{n} items were kept.", n).format(n=text.number(n))
            self._services.toast(said, None)

    @Slot(object)
    def _show_run(self, run: SyncRun) -> None:
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: issues_of(context, run), lane=Lane.QUERY)
        handle.succeeded.connect(lambda issues: self._open_run(run, issues))

    def _open_run(self, run: SyncRun, issues: Sequence[SyncIssue]) -> None:
        dialog = RunDialog(run, issues, self)
        if run.library_id is not None:
            request = SyncRequest(server_ids=(run.server_id,), library_ids=(run.library_id,))
            dialog.again.connect(partial(self._start, request))
        dialog.open()


def _now() -> datetime:
    return datetime.now(UTC)
