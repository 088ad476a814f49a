"""The window put together: pages, status bar, tray and notices around one profile.

Nothing here may import storage, requests or keyring at module level, nor the controllers: the window is painted before
they are loaded, on the worker that opens the profile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QSettings, QTimer, Slot
from PySide6.QtGui import QAction

from retrovue.core.domain.errors import CorruptError
from retrovue.core.i18n import _
from retrovue.core.services.servers.stored import all_servers
from retrovue.core.system.files import create_private
from retrovue.gui.alerts.desktop import MUTE, DesktopNotice, Urgency
from retrovue.gui.app.application import Application, Hooks, run_window
from retrovue.gui.app.main_window import MainWindow
from retrovue.gui.app.startup import WindowOptions
from retrovue.gui.app.statusbar import ServerView, TaskView
from retrovue.gui.pages.registry import page_specs
from retrovue.gui.pages.services import PageServices
from retrovue.gui.text import last_synced, number
from retrovue.gui.theme import icons
from retrovue.gui.widgets.notices import NoticeAction, Tone
from retrovue.gui.widgets.page import PageSpec
from retrovue.gui.work.cadence import Cadence
from retrovue.gui.work.lanes import Lane

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.domain.servers import Server
    from retrovue.core.domain.sync import ChangeSet, SyncReport
    from retrovue.core.services.monitor.notices import Told
    from retrovue.gui.app.chores import Chores
    from retrovue.gui.app.indicators import Indicators, ProblemCounts
    from retrovue.gui.app.proving import Proving
    from retrovue.gui.app.unkept import UnkeptSignIns
    from retrovue.gui.controllers.follow import FollowController
    from retrovue.gui.controllers.monitor import MonitorController
    from retrovue.gui.controllers.sync import SyncController, SyncState

log = logging.getLogger(__name__)

_LOOK_EVERY_MS = 3000
_LOOK_HIDDEN_MS = 20_000
"""In the tray; the window looks as soon as it is shown."""
_SCHEDULE_EVERY_MS = 60_000
_SHARE = 1000

_log = logging.getLogger(__name__)


class Shell(QObject):
    """Connects the controllers of one profile with the window. Thread: GUI."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._application: Application | None = None
        self._services: PageServices | None = None
        self._glance: Indicators | None = None
        self._data_version = -1
        self._sync: SyncController | None = None
        self._monitor: MonitorController | None = None
        self._follow: FollowController | None = None
        self._chores: Chores | None = None
        self._unkept: UnkeptSignIns | None = None
        self._proving: Proving | None = None
        self._failures: set[str] = set()
        self._report: SyncReport | None = None
        self.is_in_front: Callable[[], bool] = self._is_in_front
        """Whether a person looks at the window; nothing pops up then."""

    # --- what the application asks for ----------------------------------------------------------------------

    def pages(self, application: Application) -> list[PageSpec]:
        """The pages; their factories run after `on_ready`."""
        self._application = application
        return page_specs(self.services)

    def open_catalog(self, context: AppContext) -> None:
        """Open, create or upgrade the catalog. Thread: a lane."""
        from retrovue.core.services.upkeep.database import open_catalog

        open_catalog(context)

    def busy(self) -> str:
        """What quitting would interrupt."""
        if self._sync is not None and self._sync.is_running:
            return _("A sync is running. Everything received so far is kept, and the next sync continues from there.")
        return ""

    def services(self) -> PageServices:
        """What pages are given.

        Raises:
            RuntimeError: the profile is not open yet.
        """
        if self._services is None:
            raise RuntimeError("pages are built after the profile is open")
        return self._services

    def on_ready(self, application: Application) -> None:
        """The profile is open: build the controllers and connect everything."""
        from retrovue.gui.app.indicators import Indicators
        from retrovue.gui.app.links import LinkOpener
        from retrovue.gui.app.presence import CatalogPresence
        from retrovue.gui.app.proving import Proving
        from retrovue.gui.app.unkept import UnkeptSignIns
        from retrovue.gui.app.updates import watch_releases
        from retrovue.gui.app.upkeep import CatalogUpkeep
        from retrovue.gui.controllers.follow import FollowController
        from retrovue.gui.controllers.monitor import MonitorController
        from retrovue.gui.controllers.sharing import SharingController
        from retrovue.gui.controllers.sync import SyncController

        context = application.context
        runner = application.runner
        self._sync = SyncController(runner, lambda: context, _now, self)
        self._monitor = MonitorController(runner, lambda: context, self)
        self._follow = FollowController(runner, lambda: context, self._monitor, self)
        self._sharing = SharingController(runner, context, self._monitor, self)
        with suppress(OSError):  # without it the columns are not remembered, as in any folder that cannot be written
            create_private(self._data_dir / "views.ini")
        settings = QSettings(str(self._data_dir / "views.ini"), QSettings.Format.IniFormat)
        self._services = PageServices(
            runner=runner,
            context=context,
            theme=application.theme,
            settings=settings,
            sync=self._sync,
            monitor=self._monitor,
            follow=self._follow,
            sharing=self._sharing,
            open_page=self.open_page,
            toast=self._toast,
            say=self._say,
        )
        self._connect(application)
        links = LinkOpener(self._services, application.arguments, self)
        application.ready.connect(links.open_own)
        application.started_again.connect(links.on_started_again)
        window = application.window
        if context.dirs.is_open_to_others():
            window.show_banner(Tone.WARNING, _("Other users can change the data folder."), context.dirs.open_words())
        self._glance = Indicators(self._services, application.tray, window.rail, window.has_page, self)
        self._glance.counted.connect(self._on_counted)
        runner.submit(lambda _token, _report: context.follow_autostart(), lane=Lane.FILES)
        self._read_servers()
        self._sharing.failed.connect(self._on_unheard_failure)
        self._sharing.apply()
        self._unkept = UnkeptSignIns(
            self._services,
            lambda tone, title, text, actions: window.show_banner(tone, title, text, actions=actions),
            self,
        )
        self._proving = Proving(self._services, self)
        watch_releases(self._services, window, self)
        CatalogUpkeep(self._services, lambda: self.is_in_front(), self)
        self._presence = CatalogPresence(self._services, window.show_banner, window.refresh_page, self)
        self._start_timers()

    def open_page(self, key: str, argument: object = None) -> None:
        """Show a page and hand it an argument, if it takes one (`Page.show_argument`)."""
        window = self._window()
        if not window.has_page(key):
            return
        window.open_page(key)
        show = cast("Callable[[object], None] | None", getattr(window.page(key), "show_argument", None))
        if show is not None and argument is not None:
            show(argument)

    def _toast(self, text: str, undo: Callable[[], None] | None) -> None:
        self._window().toast(text, undo=undo, undo_text=_("Undo"))

    def _say(self, text: str, tone: Tone, action: NoticeAction | None) -> None:
        self._window().toasts.show_toast(text, tone=tone, action=action)

    # --- connections ------------------------------------------------------------------------------------------

    def _connect(self, application: Application) -> None:
        window = application.window
        sync, monitor = self.services().sync, self.services().monitor
        window.sync_requested.connect(self._sync_now)
        window.cancel_requested.connect(sync.cancel)
        window.server_chosen.connect(self._on_server_chosen)
        window.dropped.connect(self._on_dropped)
        sync.state_changed.connect(self._on_sync_state)
        sync.finished.connect(self._on_sync_finished)
        monitor.teller.loud.connect(self._on_notice)
        application.runner.changed.connect(self._on_changed)
        application.runner.failed_unheard.connect(self._on_unheard_failure)
        application.notice_opened.connect(self._on_notice_opened)
        application.tray.pause_requested.connect(monitor.alerts.pause)
        application.tray.stream_chosen.connect(self._on_stream_chosen)
        application.tray.mute_requested.connect(self._mute)
        application.tray.alerts_requested.connect(self._on_alerts_requested)
        self._fill_menus(window)

    @Slot(object)
    def _on_unheard_failure(self, error: BaseException) -> None:
        """Show the failure of work that no page waits for, once for each title until it is dismissed."""
        from retrovue.gui.work.messages import message_for, trace_of

        if isinstance(error, CorruptError):
            # The next start checks the file, even after an orderly end.
            self.services().context.suspect()
        message = message_for(error)
        _log.error("work in the background failed: %s", message.text, exc_info=trace_of(error))
        if message.title in self._failures:
            return
        self._failures.add(message.title)
        banner = self._window().show_banner(Tone.DANGER, message.title, f"{message.text} {message.hint}".strip())
        banner.closed.connect(lambda: self._failures.discard(message.title))

    def _fill_menus(self, window: MainWindow) -> None:
        """What the tray's menu has is in the menu bar, too: there may be no tray."""
        from retrovue.gui.alerts.pause_menu import PauseMenu
        from retrovue.gui.app.acts import MenuActs

        alerts = QAction(icons.icon("bell"), _("A&lerts"), window)
        alerts.triggered.connect(self._on_alerts_requested)
        window.menus.add("go", alerts)
        self._pause_menu = PauseMenu(self.services().monitor.alerts, window)
        window.menus.menu("view").addMenu(self._pause_menu)
        MenuActs(self.services(), window.menus, self._on_unheard_failure, self)

    @Slot(object)
    def _on_counted(self, counts: ProblemCounts) -> None:
        """At rest the status bar says when was the last sync, until something newer is said."""
        bar = self._window().task_bar
        if counts.last_sync_at is not None and not bar.text and not self.services().sync.is_running:
            bar.clear_task(last_synced(counts.last_sync_at, _now()))

    def _start_timers(self) -> None:
        from retrovue.gui.app.chores import Chores

        look = Cadence(self._window(), shown_ms=_LOOK_EVERY_MS, hidden_ms=_LOOK_HIDDEN_MS)
        look.due.connect(self._look_for_foreign_changes)
        schedule = QTimer(self)
        schedule.timeout.connect(self._sync_when_due)
        schedule.start(_SCHEDULE_EVERY_MS)
        self._chores = Chores(self.services(), self)
        self._chores.begin()

    def _window(self) -> MainWindow:
        return self._app().window

    def _app(self) -> Application:
        if self._application is None:
            raise RuntimeError("the window is not there yet")
        return self._application

    @Slot()
    def _sync_now(self) -> None:
        self.services().sync.start()

    @Slot(object)
    def _on_dropped(self, what: str | Path) -> None:
        """An address begins the wizard, a backup its preview; nothing is done yet."""
        self.open_page("settings" if isinstance(what, Path) else "servers", what)

    @Slot()
    def open_log(self) -> None:
        """Show the log."""
        self.open_page("log")

    @Slot(str)
    def _on_server_chosen(self, key: str) -> None:
        self.open_page("servers", int(key))

    # --- servers ----------------------------------------------------------------------------------------------

    def _read_servers(self) -> None:
        services = self.services()
        handle = services.runner.submit(lambda _token, _report: all_servers(services.context), lane=Lane.QUERY)
        handle.succeeded.connect(self._on_servers)

    @Slot(object)
    def _on_servers(self, servers: list[Server]) -> None:
        self._window().task_bar.show_servers(
            [ServerView(str(server.id), server.name, server.state.value) for server in servers]
        )
        self.services().monitor.watch(servers)
        self.services().follow.watch(servers)
        if self._glance is not None:
            self._glance.set_servers(servers)
        self._forget_mended(servers)

    def _forget_mended(self, servers: list[Server]) -> None:
        """What failed last is no news any more once its servers are online again."""
        from retrovue.gui.pages.sync.outcome import is_mended

        if self._report is None or self._glance is None or not is_mended(self._report, servers):
            return
        self._report = None
        self._glance.set_last_sync("")
        if not self.services().sync.is_running:
            self._window().task_bar.clear_task("")
            self._on_counted(self._glance.counts)

    # --- sync -------------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_sync_state(self, state: SyncState) -> None:
        bar, current, progress = self._window().task_bar, state.current, state.progress
        self._window().menus.cancel_action.setEnabled(state.is_running)
        if not state.is_running:
            bar.clear_task("")
            return
        text = state.title if current is None else f"{current.server} · {current.library}"
        share = progress.fraction
        bar.show_task(TaskView(text) if share is None else TaskView(text, int(share * _SHARE), _SHARE))

    @Slot(object)
    def _on_sync_finished(self, report: SyncReport) -> None:
        from retrovue.core.services.sync.outcome import said_of

        said = said_of(report, number)
        self._window().task_bar.clear_task(said.text, is_failure=said.is_failure)
        self._report = report
        if self._glance is not None:
            self._glance.set_last_sync("" if not said.is_failure else said.text)
        self._tell_of_sync(report)

    def _tell_of_sync(self, report: SyncReport) -> None:
        from retrovue.core.services.forwarding.synced import sync_notices

        for notice in sync_notices(report, number):
            key = "held_back" if notice.event == "held_back" else "sync"
            self.services().monitor.teller.tell(notice, key)

    @Slot()
    def _sync_when_due(self) -> None:
        if self._chores is not None:
            self._chores.look()

    # --- the tray and notices ---------------------------------------------------------------------------------

    @Slot(str)
    def _on_stream_chosen(self, key: str) -> None:
        server_id, _colon, session_key = key.partition(":")
        self._window().bring_to_front()
        self.open_page("activity", (int(server_id), session_key))

    @Slot()
    def _on_alerts_requested(self) -> None:
        self._window().bring_to_front()
        self.open_page("activity", "alerts")

    @Slot(object)
    def _on_notice(self, told: Told) -> None:
        from retrovue.gui.alerts.events import page_about

        if self.is_in_front():
            # The window shows it already, and the alerts keep it.
            return
        said = told.notice
        urgency = Urgency.CRITICAL if said.event == "server_down" else Urgency.NORMAL
        page = page_about(said.event)
        argument = told.session if page == "activity" else None
        notice = DesktopNotice(told.key, said.title, said.body, page, urgency, argument, told.user or "")
        self._app().notifier.show(notice)

    def _is_in_front(self) -> bool:
        window = self._window()
        return window.isVisible() and window.isActiveWindow()

    @Slot(object)
    def _on_notice_opened(self, notice: DesktopNotice) -> None:
        if notice.action == MUTE:
            self._mute(notice.person)
        elif notice.target:
            self.open_page(notice.target, notice.argument)

    @Slot(str)
    def _mute(self, user: str) -> None:
        self.services().monitor.alerts.mute(user)
        self._toast(_("Notifications about {user} are muted for 1 hour.").format(user=user), None)

    # --- changes ----------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if "servers" in change.kinds:
            self._read_servers()

    @Slot()
    def _look_for_foreign_changes(self) -> None:
        """Another program (the command line) may have written the catalog: SQLite counts its commits."""
        services = self.services()
        if services.sync.is_running or services.runner.is_closed:
            return
        from retrovue.core.services.upkeep.database import data_version

        context = services.context
        handle = services.runner.submit(lambda _token, _report: data_version(context), lane=Lane.QUERY)
        handle.succeeded.connect(self._on_data_version)

    @Slot(object)
    def _on_data_version(self, version: int) -> None:
        before, self._data_version = self._data_version, version
        if before not in (-1, version):
            from retrovue.core.domain.sync import ChangeSet
            from retrovue.gui.app.presence import EVERYTHING

            self._app().runner.changed.emit(ChangeSet(EVERYTHING, "elsewhere"))


def _now() -> datetime:
    return datetime.now(UTC)


def open_window(
    options: WindowOptions, context_factory: Callable[[], AppContext], *, redact: Callable[[str], str]
) -> int:
    """Open the window on a profile; returns the exit code when it ends."""
    shell = Shell(options.data_dir)
    hooks = Hooks(
        pages=shell.pages,
        open_catalog=shell.open_catalog,
        on_ready=shell.on_ready,
        busy=shell.busy,
        redact=redact,
        open_log=shell.open_log,
    )

    def load() -> AppContext:
        # On the worker, while the painted window waits for the catalog anyway.
        import retrovue.gui.app.indicators
        import retrovue.gui.controllers.monitor
        import retrovue.gui.controllers.sync  # noqa: F401

        return context_factory()

    return run_window(options, load, hooks)
