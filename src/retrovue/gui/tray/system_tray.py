"""The tray icon: what goes on at a glance, and a menu. Nothing depends on there being a tray."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance, Slot
from PySide6.QtGui import QAction, QGuiApplication, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from retrovue.core.i18n import _, number
from retrovue.gui.theme import icons
from retrovue.gui.tray.icon import TrayState, tray_icon
from retrovue.gui.widgets.menus import Menu

LATE_TRAY_MS = 30_000
_RECHECK_MS = 1000
_MAX_STREAM_CHARS = 60


@dataclass(frozen=True)
class StreamLine:
    """One live session in the menu: `key` comes back when it is chosen; `user` can be muted."""

    key: str
    text: str
    icon: str = "play-circle"
    user: str = ""


class TrayBackend(Protocol):
    """What the tray needs of the system; tests put a fake here."""

    activated: SignalInstance
    """A left click."""
    message_clicked: SignalInstance

    def available(self) -> bool:
        """Whether a tray is there now. It may come late and it may go."""

    def show(self) -> None:
        """Show the icon."""

    def hide(self) -> None:
        """Take it away."""

    def set_icon(self, icon: QIcon) -> None:
        """Change the icon."""

    def set_tooltip(self, text: str) -> None:
        """Change the tooltip."""

    def set_menu(self, menu: QMenu) -> None:
        """Set the context menu."""

    def show_message(self, title: str, text: str) -> None:
        """Show a balloon."""


class SystemTray(QObject):
    """`TrayBackend` over QSystemTrayIcon.

    The icon is made when there is a tray for it: without one Qt's X11 part warns on the console.
    """

    activated = Signal()
    message_clicked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._icon: QSystemTrayIcon | None = None
        self._wanted = False
        self._image = QIcon()
        self._tooltip = ""
        self._menu: QMenu | None = None

    def available(self) -> bool:
        """Ask the system each time; a tray that came late gets the icon now."""
        there = QSystemTrayIcon.isSystemTrayAvailable()
        if there and self._wanted and self._icon is None:
            self._make()
        return there

    def _make(self) -> None:
        made = QSystemTrayIcon(self._image, self)
        made.setToolTip(self._tooltip)
        if self._menu is not None:
            made.setContextMenu(self._menu)
        made.activated.connect(self._on_activated)
        made.messageClicked.connect(self.message_clicked)
        made.show()
        self._icon = made

    def show(self) -> None:
        """Show the icon, as soon as there is a tray."""
        self._wanted = True
        if self.available() and self._icon is not None:
            self._icon.show()

    def hide(self) -> None:
        """Take it away."""
        self._wanted = False
        if self._icon is not None:
            self._icon.hide()

    def set_icon(self, icon: QIcon) -> None:
        """Change the icon."""
        self._image = icon
        if self._icon is not None:
            self._icon.setIcon(icon)

    def set_tooltip(self, text: str) -> None:
        """Change the tooltip."""
        self._tooltip = text
        if self._icon is not None:
            self._icon.setToolTip(text)

    def set_menu(self, menu: QMenu) -> None:
        """Set the context menu."""
        self._menu = menu
        if self._icon is not None:
            self._icon.setContextMenu(menu)

    def show_message(self, title: str, text: str) -> None:
        """Show a balloon with our icon."""
        if self._icon is not None:
            self._icon.showMessage(title, text, icons.app_icon())

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # On macOS a click opens the menu.
        if reason == QSystemTrayIcon.ActivationReason.Trigger and sys.platform != "darwin":
            self.activated.emit()


class Tray(QObject):
    """Icon, tooltip and menu. Every entry is also in the window's menus or pages. Thread: GUI."""

    open_requested = Signal()
    toggle_requested = Signal()
    sync_requested = Signal()
    cancel_requested = Signal()
    quit_requested = Signal()
    page_requested = Signal(str)
    stream_chosen = Signal(str)
    mute_requested = Signal(str)
    """The person whose streams are not to be told of for an hour."""
    alerts_requested = Signal()
    pause_requested = Signal(str)
    """"hour", "tomorrow", "on" (until switched back) or "off" (alerts again)."""

    def __init__(self, backend: TrayBackend, *, pages: tuple[str, ...] = (), parent: QObject | None = None) -> None:
        """Args: `pages` are the keys of the pages that exist; entries for others are left out."""
        super().__init__(parent)
        self._backend = backend
        self._pages = pages
        self._state = TrayState.IDLE
        self._late: QTimer | None = None
        self.menu = Menu()
        self._build()
        self._scheme = QGuiApplication.styleHints().colorScheme()
        backend.set_menu(self.menu)
        backend.activated.connect(self.toggle_requested)
        backend.set_tooltip("RetroVue")
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_scheme)
        self._refresh_icon()

    def _entry(self, text: str, icon: str, signal: SignalInstance, menu: QMenu | None = None) -> QAction:
        action = (menu or self.menu).addAction(icons.icon(icon), text)
        action.triggered.connect(signal)
        return action

    def _build(self) -> None:
        self.status = self.menu.addAction("RetroVue")
        self.status.setEnabled(False)
        self.menu.addSeparator()
        self.open_action = self._entry(_("Open RetroVue"), "app-window", self.open_requested)
        self.streams = self.menu.addMenu(icons.icon("broadcast"), _("Streams"))
        self.streams.menuAction().setVisible(False)
        self.sync_action = self._entry(_("Sync now"), "arrows-clockwise", self.sync_requested)
        self.cancel_action = self._entry(_("Cancel sync"), "x-circle", self.cancel_requested)
        self.cancel_action.setVisible(False)
        self.menu.addSeparator()
        self.alerts_action: QAction | None = None
        if "activity" in self._pages:
            self.alerts_action = self._entry(_("Alerts"), "bell", self.alerts_requested)
        self._build_pause()
        self.menu.addSeparator()
        for key, text, icon in (
            ("library", _("Library"), "film-strip"),
            ("history", _("History"), "clock-counter-clockwise"),
        ):
            if key in self._pages:
                self._page_entry(text, icon, key)
        if "settings" in self._pages:
            self._page_entry(_("Settings…"), "gear-six", "settings")
        self._entry(_("Quit"), "power", self.quit_requested)

    def _page_entry(self, text: str, icon: str, key: str, menu: QMenu | None = None) -> QAction:
        action = (menu or self.menu).addAction(icons.icon(icon), text)
        action.setData(key)
        action.triggered.connect(self._on_page)
        return action

    def _build_pause(self) -> None:
        self.pause = self.menu.addMenu(icons.icon("bell-slash"), _("Pause notifications"))
        for key, text in (
            ("hour", _("For 1 hour")),
            ("tomorrow", _("Until tomorrow")),
            ("on", _("Until resumed")),
        ):
            action = self.pause.addAction(text)
            action.setData(key)
            action.triggered.connect(self._on_pause)
        self.resume_action = self.pause.addAction(_("Resume notifications"))
        self.resume_action.setData("off")
        self.resume_action.triggered.connect(self._on_pause)
        self.resume_action.setVisible(False)

    @Slot()
    def _on_pause(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            self.pause_requested.emit(sender.data())

    @Slot()
    def _on_page(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            self.page_requested.emit(sender.data())

    @Slot()
    def _on_stream(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            self.stream_chosen.emit(sender.data())

    @Slot()
    def _on_mute(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            self.mute_requested.emit(sender.data())

    # -- what is shown

    @property
    def state(self) -> TrayState:
        """What the icon says now."""
        return self._state

    def set_state(self, state: TrayState) -> None:
        """Change the icon."""
        if state is not self._state:
            self._state = state
            self._refresh_icon()

    def set_status(self, line: str, details: tuple[str, ...] = ()) -> None:
        """The first line of the menu ("4 streams · 39.1 Mbps") and, with more lines, the tooltip."""
        self.status.setText(line)
        self._backend.set_tooltip("\n".join((f"RetroVue: {line}", *details)))

    def set_streams(self, lines: tuple[StreamLine, ...]) -> None:
        """The live sessions, one line each."""
        self.streams.clear()
        for line in lines:
            text = line.text
            if len(text) > _MAX_STREAM_CHARS:
                text = text[: _MAX_STREAM_CHARS - 1] + "…"
            # In menus a single & marks a shortcut and vanishes.
            action = self.streams.addAction(icons.icon(line.icon), text.replace("&", "&&"))
            action.setData(line.key)
            action.triggered.connect(self._on_stream)
        people = list(dict.fromkeys(line.user for line in lines if line.user))
        if people:
            self.streams.addSeparator()
        for user in people:
            said = _("Mute {user} for 1 hour").format(user=user).replace("&", "&&")
            muting = self.streams.addAction(icons.icon("bell-slash"), said)
            muting.setData(user)
            muting.triggered.connect(self._on_mute)
        if "activity" in self._pages:
            self.streams.addSeparator()
            self._page_entry(_("Open Activity"), "monitor-play", "activity", self.streams)
        self.streams.menuAction().setVisible(bool(lines))

    def set_sync(self, *, running: bool, percent: int | None = None) -> None:
        """Offer either to sync or to cancel."""
        self.sync_action.setVisible(not running)
        self.cancel_action.setVisible(running)
        self.cancel_action.setText(
            _("Cancel sync") if percent is None else _("Cancel sync ({percent} %)").format(percent=percent)
        )

    def set_unread(self, n: int) -> None:
        """How many alerts nobody has read yet."""
        if self.alerts_action is not None:
            self.alerts_action.setText(_("Alerts ({n})").format(n=number(n)) if n else _("Alerts"))

    def set_alerts_paused(self, until: str) -> None:
        """Say until when alerts are paused ("18:30"); empty: they are not."""
        self.resume_action.setVisible(bool(until))
        self.pause.setTitle(
            _("Notifications paused until {until}").format(until=until) if until else _("Pause notifications")
        )

    @Slot()
    def _on_scheme(self) -> None:
        self._scheme = QGuiApplication.styleHints().colorScheme()
        self._refresh_icon()

    def _refresh_icon(self) -> None:
        self._backend.set_icon(tray_icon(self._state, self._scheme))

    # -- whether there is a tray

    def available(self) -> bool:
        """Whether a tray is there now; asked each time before the window would hide."""
        return self._backend.available()

    def show(self) -> None:
        """Show the icon."""
        self._backend.show()

    def hide(self) -> None:
        """Take the icon away and stop waiting."""
        if self._late is not None:
            self._late.stop()
        self._backend.hide()

    def wait_for_tray(
        self,
        found: Callable[[], None],
        missing: Callable[[], None],
        *,
        timeout_ms: int = LATE_TRAY_MS,
        recheck_ms: int = _RECHECK_MS,
    ) -> None:
        """At login the tray may come after us: look again for a while before deciding.

        Exactly one of `found` and `missing` is called, on the GUI thread; `found` at once if it is there.
        """
        if self.available():
            found()
            return
        left_ms = timeout_ms
        self._late = QTimer(self)
        self._late.setInterval(recheck_ms)

        def look() -> None:
            nonlocal left_ms
            left_ms -= recheck_ms
            if not self.available() and left_ms > 0:
                return
            if self._late is not None:
                self._late.stop()
            (found if self.available() else missing)()

        self._late.timeout.connect(look)
        self._late.start()
