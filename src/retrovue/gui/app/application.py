"""The window's process: start, one instance, tray, notices, and one way to end.

Until the first paint nothing but Qt and the standard library is imported: the database layer alone takes
most of a second. What pages need is built by `context_factory` on a worker, and pages are built after it.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QProcess, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from retrovue.core.domain.errors import CorruptError, RetroVueError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui.alerts.desktop import MUTE, DesktopNotice, Notifier, system_notifier
from retrovue.gui.app.closing import Closing
from retrovue.gui.app.crash import CrashGuard, FaultFile
from retrovue.gui.app.instance import SecondStart, SingleInstance
from retrovue.gui.app.main_window import MainWindow
from retrovue.gui.app.startup import WindowOptions, name_process, restart_command
from retrovue.gui.theme.style import ThemeController
from retrovue.gui.tray.system_tray import SystemTray, Tray, TrayBackend
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.widgets.page import PageSpec
from retrovue.gui.work.garbage import GuiGarbage
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskRunner

if TYPE_CHECKING:
    # Only its type: the profile is loaded on a worker, after the first paint.
    from retrovue.core.context import AppContext

    # Dialogs are loaded when there is something to say: the first paint does not wait for them.
    from retrovue.gui.dialogs.crash import CrashDialog

_log = logging.getLogger(__name__)

_HUNG = 3
_MOST_BANNERS = 3
"""Notices that no service shows, above the page."""


@dataclass
class Hooks:
    """What the rest of the window adds.

    Args:
        pages: the pages, in the order of the rail. Their factories run after `ready`.
        open_catalog: opens the catalog of the context, on a worker; a damaged one leads to `RescuePage`.
        on_ready: called once with the application when the catalog is open, before the first page.
        busy: a sentence about what quitting would interrupt, or empty.
        redact: takes secrets out of texts that people copy.
        open_log: shows the log.
        tray: stands in for the system's tray.
        notifier: stands in for the system's notices.
    """

    pages: Callable[["Application"], list[PageSpec]]
    open_catalog: Callable[["AppContext"], object] = lambda _context: None
    on_ready: Callable[["Application"], None] = lambda _application: None
    busy: Callable[[], str] = lambda: ""
    redact: Callable[[str], str] = str
    open_log: Callable[[], None] | None = None
    tray: TrayBackend | None = None
    notifier: Callable[[TrayBackend], Notifier] | None = None


class Application(QObject):
    """Owns window, tray, notices, tasks and context, and ends them in order. Thread: GUI."""

    ready = Signal()
    """The context is there and the first page is open."""
    started_again = Signal(object)
    """A `SecondStart`: somebody started the program once more, with these arguments."""
    notice_opened = Signal(object)
    """A `DesktopNotice` that was clicked; the window is in front already."""

    def __init__(
        self,
        app: QApplication,
        options: WindowOptions,
        context_factory: Callable[[], "AppContext"],
        hooks: Hooks,
        instance: SingleInstance,
    ) -> None:
        super().__init__()
        # Before the theme, which visits every widget there is.
        self._garbage = GuiGarbage(self)
        self._app = app
        self._options = options
        self._factory = context_factory
        self._hooks = hooks
        self._instance = instance
        self._context: AppContext | None = None
        self._down = False
        self._restart = False
        self._undelivered: list[Banner] = []
        self._started = False
        self._crash_dialog: CrashDialog | None = None
        self._faults = FaultFile(options.data_dir)
        self._guard = CrashGuard(self)
        self.theme = ThemeController(app, options.theme, self)
        self.runner = TaskRunner(self)
        pages = hooks.pages(self)
        self.window = MainWindow(
            pages, self.theme, options.data_dir, may_close=lambda: self.manners.may_close(), hold=True
        )
        backend = hooks.tray if hooks.tray is not None else SystemTray(self)
        self._backend = backend
        self.tray = Tray(backend, pages=tuple(page.key for page in pages), parent=self)
        make = hooks.notifier or (lambda tray: system_notifier(tray, self))
        self.notifier = make(backend)
        self.manners = Closing(
            self.window,
            self.tray,
            self.notifier,
            settings=lambda: None if self._context is None else self._context.settings,
            close_to_tray=options.close_to_tray,
            busy=hooks.busy,
            patience_ms=options.tray_wait_ms,
            parent=self,
        )
        self._connect()

    @property
    def context(self) -> "AppContext":
        """What `context_factory` built.

        Raises:
            RuntimeError: it is not there yet; page factories and `on_ready` run after it.
        """
        if self._context is None:
            raise RuntimeError("the context is used before `ready`")
        return self._context

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words that this process was started with."""
        return self._options.arguments

    def _connect(self) -> None:
        self._guard.caught.connect(self._on_crash)
        self._instance.started_again.connect(self._on_started_again)
        self.window.quit_requested.connect(self.quit)
        self.tray.open_requested.connect(self.window.bring_to_front)
        self.tray.toggle_requested.connect(self.manners.toggle)
        self.tray.sync_requested.connect(self.window.sync_requested)
        self.tray.cancel_requested.connect(self.window.cancel_requested)
        self.tray.quit_requested.connect(self.quit)
        self.manners.quit_agreed.connect(self._quit_now)
        self.manners.answered.connect(self._keep_answer)
        self.tray.page_requested.connect(self._open_page)
        self.notifier.activated.connect(self._on_notice_clicked)
        self.notifier.undelivered.connect(self._on_notice_undelivered)
        self._app.aboutToQuit.connect(self.shutdown)

    # -- start

    def start(self) -> None:
        """Show the window or the tray; loading begins after the first paint."""
        self._faults.open()
        self._guard.install()
        self.tray.show()
        self._app.setQuitOnLastWindowClosed(False)
        missing = self.window.showMinimized if self._options.minimized else _nothing
        self.tray.wait_for_tray(_nothing, missing, timeout_ms=self._options.tray_wait_ms)
        if self._options.minimized:
            QTimer.singleShot(0, self._load)
            return
        self.window.installEventFilter(self)
        self.window.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin to load when the window has been painted once."""
        if event.type() == QEvent.Type.Paint and watched is self.window:
            self.window.removeEventFilter(self)
            # After this paint event, not inside it.
            QTimer.singleShot(0, self._load)
        return False

    @Slot()
    def _load(self) -> None:
        if self._started or self._down:
            return
        self._started = True
        self.window.task_bar.clear_task(_("Opening the catalog…"))
        factory = self._factory
        handle = self.runner.submit(lambda _token, _report: factory(), lane=Lane.QUERY)
        handle.succeeded.connect(self._on_loaded)
        handle.failed.connect(self._on_load_failed)

    @Slot(object)
    def _on_loaded(self, context: "AppContext") -> None:
        self._context = context
        self._open_catalog()

    @Slot()
    def _open_catalog(self) -> None:
        context, open_catalog = self.context, self._hooks.open_catalog

        def work(_token: CancelToken, report: Report) -> None:
            context.on_upgrade = report
            open_catalog(context)

        handle = self.runner.submit(work, lane=Lane.QUERY)
        handle.progress.connect(self._on_upgrading)
        handle.succeeded.connect(self._on_opened)
        handle.failed.connect(self._on_load_failed)

    @Slot(object)
    def _on_upgrading(self, words: str) -> None:
        self.window.task_bar.clear_task(words)

    @Slot(object)
    def _on_opened(self, _catalog: object) -> None:
        self.window.task_bar.clear_task("")
        self._hooks.on_ready(self)
        self.window.release()
        if self._faults.previous:
            self.window.show_banner(
                Tone.WARNING,
                _("RetroVue ended unexpectedly last time."),
                actions=(NoticeAction(_("Show report…"), self._show_last_crash),),
            )
        self.ready.emit()

    @Slot(object)
    def _on_load_failed(self, error: BaseException) -> None:
        _log.error("the catalog could not be opened", exc_info=error)
        self.window.task_bar.clear_task(_("The catalog could not be opened"))
        self.window.bring_to_front()
        if isinstance(error, CorruptError) and self._context is not None:
            from retrovue.gui.app.rescue import Rescue

            rescue = Rescue(self._context, self.runner, error, self.window.show_instead, self.window)
            rescue.solved.connect(self._open_catalog)
            rescue.begin()
            return
        self._show_stuck(error)

    def _show_stuck(self, error: BaseException) -> None:
        from retrovue.gui.app.stuck import StuckPage
        from retrovue.gui.work.messages import message_for

        page = StuckPage(error, message_for(error, redact=self._hooks.redact), self._options.data_dir)
        page.again_requested.connect(self._load_again)
        page.quit_requested.connect(self._quit_now)
        page.folder_chosen.connect(self._restart_elsewhere)
        self.window.show_instead(page)

    @Slot()
    def _load_again(self) -> None:
        self.window.task_bar.clear_task(_("Opening the catalog…"))
        if self._context is not None:
            self._open_catalog()
            return
        self._started = False
        self._load()

    @Slot(object)
    def _restart_elsewhere(self, folder: Path) -> None:
        from retrovue.gui.app.stuck import without_folder

        self._options = replace(
            self._options, arguments=("--data-dir", str(folder), *without_folder(self._options.arguments))
        )
        self._restart_now()

    @Slot()
    def _show_last_crash(self) -> None:
        from retrovue.gui.dialogs.crash import CrashDialog

        dialog = CrashDialog(
            _("RetroVue ended unexpectedly"),
            _("RetroVue was closed by the system last time. Your catalog is not affected."),
            _("If it happens again, copy the details into a report."),
            self._hooks.redact(self._faults.previous),
            self.window,
        )
        self._connect_crash_dialog(dialog)
        dialog.open()

    # -- window and tray

    @Slot(str)
    def _open_page(self, key: str) -> None:
        self.window.bring_to_front()
        if self.window.has_page(key):
            self.window.open_page(key)

    @Slot(object)
    def _on_started_again(self, message: SecondStart) -> None:
        if message.activation_token:
            # Qt reads it when it asks the compositor to bring the window to the front.
            os.environ["XDG_ACTIVATION_TOKEN"] = message.activation_token
        if "--minimized" not in message.arguments:
            self.window.bring_to_front()
        self.started_again.emit(message)

    @Slot(str, object)
    def _keep_answer(self, name: str, value: object) -> None:
        """Keep an answer as a setting, at once: the program may be about to end."""
        if self._context is None:
            return
        try:
            self._context.settings_store.update(**{name: value})
        except RetroVueError as error:
            _log.warning("an answer could not be kept: %s", error.text)

    # -- end

    def _may_close(self) -> bool:
        return self.manners.may_close()

    @Slot()
    def quit(self) -> None:
        """Quit, after asking when something would be interrupted."""
        self.manners.quit()

    @Slot()
    def _quit_now(self) -> None:
        self.manners.is_quitting = True
        self._app.quit()

    @Slot()
    def shutdown(self) -> None:
        """End everything in order, once: no new work, tasks, notices, tray, socket, context, collecting.

        If a task still runs after 15 s the database is closed, the log is flushed and the process leaves
        at once: destroying a running thread would abort it.
        """
        if self._down:
            return
        self._down = True
        self.manners.is_quitting = True
        self.window.save_geometry()
        hanging = self.runner.shutdown()
        if hanging:
            # Now: the context takes the log file with it.
            _log.error("left with tasks still running on %s", ", ".join(hanging))
        self.notifier.close()
        self.tray.hide()
        self._instance.close()
        if self._context is not None:
            self._context.close()
        self._guard.uninstall()
        self._faults.close()
        if self._restart:
            QProcess.startDetached(*restart_command(self._options.arguments))
        if hanging:
            logging.shutdown()
            os._exit(_HUNG)
        self._garbage.stop()

    # -- notices

    @Slot(object)
    def _on_notice_clicked(self, notice: DesktopNotice) -> None:
        if not notice.action:
            self._open_page(notice.target)
        self.notice_opened.emit(notice)

    @Slot(object)
    def _on_notice_undelivered(self, notice: DesktopNotice) -> None:
        """No notification service: a balloon where there is a tray, else a banner in the window."""
        if self._down:
            return
        if self.tray.available():
            self._backend.show_message(notice.title, notice.text)
            return
        actions: tuple[NoticeAction, ...] = ()
        if notice.target and self.window.has_page(notice.target):
            actions = (NoticeAction(_("Open"), lambda: self._on_notice_clicked(notice)),)
        if notice.person:
            said = _("Mute {user} for 1 hour").format(user=notice.person)
            muting = replace(notice, action=MUTE)
            actions = (*actions, NoticeAction(said, lambda: self._on_notice_clicked(muting)))
        if len(self._undelivered) >= _MOST_BANNERS:
            # All of them are on the Alerts page; a window full of banners that nobody closes has no room for it.
            self._undelivered[0].dismiss()
        banner = self.window.show_banner(Tone.INFO, notice.title, notice.text, actions=actions)
        self._undelivered.append(banner)
        banner.closed.connect(lambda: self._undelivered.remove(banner))

    # -- mistakes

    def _connect_crash_dialog(self, dialog: "CrashDialog") -> None:
        if self._hooks.open_log is not None:
            dialog.log_requested.connect(self._hooks.open_log)
            # It keeps the window from being used as long as it is open.
            dialog.log_requested.connect(dialog.accept)
        dialog.quit_requested.connect(self._quit_now)
        dialog.restart_requested.connect(self._restart_now)

    @Slot()
    def _restart_now(self) -> None:
        self._restart = True
        self._quit_now()

    @Slot(object)
    def _on_crash(self, error: BaseException) -> None:
        if self._down:
            return
        if self._crash_dialog is not None:
            self._crash_dialog.count_again()
            return
        from retrovue.gui.dialogs.crash import CrashDialog
        from retrovue.gui.work.messages import message_for

        said = message_for(error, redact=self._hooks.redact)
        dialog = CrashDialog(said.title, said.text, said.hint, said.detail, self.window)
        dialog.finished.connect(self._forget_crash_dialog)
        self._connect_crash_dialog(dialog)
        self._crash_dialog = dialog
        dialog.open()

    @Slot()
    def _forget_crash_dialog(self) -> None:
        self._crash_dialog = None


def _nothing() -> None:
    """There is a tray, or the window is open anyway."""


def run_window(options: WindowOptions, context_factory: Callable[[], "AppContext"], hooks: Hooks) -> int:
    """Show the window and return the exit code when it ends.

    If another instance runs on the same data directory, it is sent the arguments, comes to the front, and
    this one returns 0 at once.

    Args:
        options: how to start.
        context_factory: builds what pages need; called once, on a worker thread, after the first paint.
        hooks: pages and what they add.
    """
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["retrovue"])
    name_process(app)
    # Never stopped: only the end of the process follows, and the window and threads of others live until then.
    garbage = GuiGarbage(app)
    instance = SingleInstance(options.data_dir)
    if not instance.claim(options.arguments):
        return 0
    application = Application(app, options, context_factory, hooks, instance)
    application.ready.connect(garbage.set_aside)
    application.start()
    code = app.exec()
    application.shutdown()
    return code
