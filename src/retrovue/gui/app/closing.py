"""When the window hides, minimises or ends. Each hiding asks whether there is a tray *now*: without one it is lost."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication

from retrovue.core.i18n import _
from retrovue.gui.alerts.desktop import DesktopNotice, Notifier
from retrovue.gui.app.main_window import MainWindow
from retrovue.gui.tray.system_tray import LATE_TRAY_MS, Tray

if TYPE_CHECKING:
    from retrovue.core.system.settings import Settings

_WATCH_MS = 10_000
"""How often a hidden window looks whether its tray is still there."""


class Closing(QObject):
    """Decides about closing, minimising and the tray's click. Thread: GUI.

    Args:
        settings: the settings as of now, or None until the profile is open.
        close_to_tray: what counts until then.
        busy: a sentence about what quitting would interrupt, or empty.
        patience_ms: how long a tray may be gone before a hidden window comes back.
    """

    quit_agreed = Signal()
    answered = Signal(str, object)
    """(setting, value): an answer that a person wants to be kept."""

    def __init__(
        self,
        window: MainWindow,
        tray: Tray,
        notifier: Notifier,
        *,
        settings: Callable[[], "Settings | None"],
        close_to_tray: bool,
        busy: Callable[[], str],
        patience_ms: int = LATE_TRAY_MS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._tray = tray
        self._notifier = notifier
        self._settings = settings
        self._close_to_tray = close_to_tray
        self._busy = busy
        self._patience_ms = patience_ms
        self._gone_ms = 0
        self.is_quitting = False
        window.minimised.connect(self._on_minimised)
        self._watch = QTimer(self)
        self._watch.setInterval(min(_WATCH_MS, max(1, patience_ms // 3)))
        self._watch.timeout.connect(self._look_for_the_tray)
        self._watch.start()
        if sys.platform == "darwin":
            # A click on the Dock's icon is the way back to a window that was closed.
            QGuiApplication.instance().applicationStateChanged.connect(self._on_state)  # type: ignore[union-attr]

    def may_close(self) -> bool:
        """Whether closing ends the window; otherwise it was hidden or minimised, or a question is open."""
        if self.is_quitting:
            return True
        settings = self._settings()
        if (self._close_to_tray if settings is None else settings.close_to_tray) and self.hide_in_tray():
            return False
        choice = "ask" if settings is None else settings.close_without_tray
        if choice == "minimise":
            self._window.showMinimized()
            return False
        if choice == "quit" and not self._busy():
            self.quit_agreed.emit()
            return True
        self._ask(offer_minimise=True)
        return False

    def hide_in_tray(self) -> bool:
        """Hide the window if there is a tray now, saying once where it went; whether it is hidden."""
        if not self._tray.available():
            return False
        if not self._window.remembered("tray_explained"):
            self._window.remember("tray_explained")
            text = _("RetroVue keeps running in the tray. To quit, use its menu.")
            self._notifier.show(DesktopNotice("tray", "RetroVue", text))
        self._window.hide()
        return True

    @Slot()
    def toggle(self) -> None:
        """A click on the icon: the window comes to the front, or goes away if it is there."""
        if not (self._window.isVisible() and self._window.isActiveWindow()):
            self._window.bring_to_front()
        elif not self.hide_in_tray():
            self._window.showMinimized()

    @Slot()
    def quit(self) -> None:
        """Quit, after asking when something would be interrupted."""
        if self._busy():
            self._window.bring_to_front()
            self._ask(offer_minimise=False)
        else:
            self.quit_agreed.emit()

    def _ask(self, *, offer_minimise: bool) -> None:
        from retrovue.gui.dialogs.quit import QuitDialog

        dialog = QuitDialog(self._busy(), offer_minimise=offer_minimise, parent=self._window)

        def confirmed() -> None:
            if dialog.remembered:
                self.answered.emit("close_without_tray", "quit")
            self.quit_agreed.emit()

        def minimise() -> None:
            if dialog.remembered:
                self.answered.emit("close_without_tray", "minimise")
            self._window.showMinimized()

        dialog.confirmed.connect(confirmed)
        dialog.minimise_chosen.connect(minimise)
        dialog.open()

    @Slot()
    def _on_minimised(self) -> None:
        settings = self._settings()
        if settings is not None and settings.minimise_to_tray:
            # Hiding inside the change of state leaves some window managers with an entry that leads nowhere.
            QTimer.singleShot(0, self._hide_minimised)

    @Slot()
    def _hide_minimised(self) -> None:
        if self._window.isMinimized() and not self.is_quitting:
            self.hide_in_tray()

    @Slot()
    def _look_for_the_tray(self) -> None:
        """A panel may end while the window is hidden: it comes back minimised, or it could not be reached any more."""
        if self._window.isVisible() or self.is_quitting or self._tray.available():
            self._gone_ms = 0
            return
        self._gone_ms += self._watch.interval()
        if self._gone_ms >= self._patience_ms:
            self._gone_ms = 0
            self._window.showMinimized()

    @Slot(Qt.ApplicationState)
    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive and not self._window.isVisible():
            self._window.bring_to_front()
