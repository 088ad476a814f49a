"""The main window: rail, pages, menus, status bar, shortcuts."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QSettings, QSize, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.system.files import create_private
from retrovue.gui.app.drops import dropped
from retrovue.gui.app.menus import MenuBuilder
from retrovue.gui.app.rail import Rail
from retrovue.gui.app.statusbar import StatusBar
from retrovue.gui.theme import icons
from retrovue.gui.theme.style import ThemeController
from retrovue.gui.widgets.notices import Banner, NoticeAction, Toast, ToastHost, Tone
from retrovue.gui.widgets.page import FOLD_WIDTH, Page, PageSpec

_log = logging.getLogger(__name__)

MINIMUM = QSize(1024, 700)
_FIRST_SIZE = QSize(1280, 800)
_TITLE_BAR = 40
"""Room in px for what the desktop draws above a window."""
_GEOMETRY_FILE = "window.ini"


class MainWindow(QMainWindow):
    """One page at a time beside the rail. Pages are built when they are first shown. Thread: GUI."""

    sync_requested = Signal()
    cancel_requested = Signal()
    quit_requested = Signal()
    server_chosen = Signal(str)
    page_changed = Signal(str)
    minimised = Signal()
    dropped = Signal(object)
    """The address of a server (str) or a backup (Path) that was dropped on the window."""

    def __init__(
        self,
        pages: Iterable[PageSpec],
        theme: ThemeController,
        data_dir: Path,
        *,
        may_close: Callable[[], bool] | None = None,
        hold: bool = False,
    ) -> None:
        """Create the window, hidden.

        Args:
            pages: in the order of the rail; the first one is opened.
            theme: of the application.
            data_dir: where the window's place is kept.
            may_close: decides whether closing ends the window or is turned into something else.
            hold: build no page before `release`, because what pages need is still being loaded.
        """
        super().__init__()
        self._specs = {spec.key: spec for spec in pages}
        self._built: dict[str, Page] = {}
        self._current = ""
        self._held = hold
        self._may_close = may_close
        self._geometry_file = data_dir / _GEOMETRY_FILE
        self.setWindowTitle("RetroVue")
        self.setWindowIcon(icons.app_icon())
        screen = QGuiApplication.primaryScreen()
        room = MINIMUM if screen is None else first_place(screen.availableGeometry()).size()
        # On 1920 × 1080 at scale 1.5 there are 1280 × 690: less than the design's minimum, which scrolls then.
        self.setMinimumSize(MINIMUM.boundedTo(room))
        self.setAcceptDrops(True)
        self._rail = Rail()
        self._stack = QStackedWidget()
        self._banners = QVBoxLayout()
        self._bar = StatusBar()
        self._build_centre()
        self._toasts = ToastHost(self, self._stack)
        self.menus = MenuBuilder(self, theme, list(self._specs.values()))
        self._connect_menus()
        self._connect()
        self._restore_geometry()
        if self._specs:
            self.open_page(next(iter(self._specs)))

    @Slot()
    def release(self) -> None:
        """Build and show the page that was chosen meanwhile, or the first."""
        if not self._held:
            return
        self._held = False
        self._set_usable(True)
        chosen, self._current = self._current, ""
        if chosen:
            self.open_page(chosen)

    def show_instead(self, widget: QWidget) -> None:
        """Show this in place of all pages, until `release`."""
        self._set_usable(False)
        self._stack.addWidget(widget)
        self._stack.setCurrentWidget(widget)

    def _set_usable(self, on: bool) -> None:
        """Turn on or off what leads to pages that cannot be built yet."""
        self._rail.setEnabled(on)
        for key in ("go", "sync"):
            self.menus.menu(key).setEnabled(on)

    def _build_centre(self) -> None:
        for spec in self._specs.values():
            self._rail.add(spec.key, spec.title, spec.icon, bottom=spec.bottom, widest_badge=spec.widest_badge)
        centre = QWidget()
        row = QHBoxLayout(centre)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail)
        right = QVBoxLayout()
        right.setSpacing(0)
        self._banners.setContentsMargins(24, 0, 24, 0)
        self._banners.setSpacing(8)
        right.addLayout(self._banners)
        right.addWidget(self._stack, 1)
        row.addLayout(right, 1)
        self.setCentralWidget(centre)
        self.setStatusBar(self._bar)

    def _connect(self) -> None:
        self._rail.chosen.connect(self.open_page)
        self._bar.cancel_requested.connect(self.cancel_requested)
        self._bar.server_chosen.connect(self.server_chosen)

    def _connect_menus(self) -> None:
        self.menus.page_chosen.connect(self.open_page)
        self.menus.find_chosen.connect(self.find_on_page)
        self.menus.refresh_chosen.connect(self.refresh_page)
        self.menus.quit_action.triggered.connect(self.quit_requested)
        self.menus.sync_action.triggered.connect(self.sync_requested)
        self.menus.cancel_action.triggered.connect(self.cancel_requested)

    # -- parts that others fill

    @property
    def rail(self) -> Rail:
        """The rail, for badges."""
        return self._rail

    @property
    def task_bar(self) -> StatusBar:
        """The status bar, for the running task and the servers."""
        return self._bar

    @property
    def toasts(self) -> ToastHost:
        """Where toasts appear."""
        return self._toasts

    def toast(self, text: str, *, undo: Callable[[], None] | None = None, undo_text: str = "") -> Toast:
        """Say that something is done, with a way back."""
        action = NoticeAction(undo_text, undo) if undo is not None else None
        return self._toasts.show_toast(text, action=action)

    def show_banner(self, tone: Tone, title: str, text: str = "", *, actions: tuple[NoticeAction, ...] = ()) -> Banner:
        """Show a banner above every page until it is dismissed."""
        banner = Banner(tone, title, text, actions=actions, closable=True)
        self._banners.setContentsMargins(24, 12, 24, 0)
        self._banners.addWidget(banner)
        banner.closed.connect(self._on_banner_closed)
        return banner

    @Slot()
    def _on_banner_closed(self) -> None:
        if self._banners.count() <= 1:
            self._banners.setContentsMargins(24, 0, 24, 0)

    # -- pages

    @property
    def current_key(self) -> str:
        """The key of the page in front, or empty without pages."""
        return self._current

    def page(self, key: str) -> Page:
        """The page, built now if it was not.

        Raises:
            KeyError: no such page.
        """
        if key not in self._built:
            page = self._specs[key].factory()
            self._built[key] = page
            self._stack.addWidget(page)
        return self._built[key]

    def built_keys(self) -> frozenset[str]:
        """The pages that exist so far."""
        return frozenset(self._built)

    @Slot(str)
    def open_page(self, key: str) -> None:
        """Bring a page to the front.

        Raises:
            KeyError: no such page.
        """
        self._rail.select(key)
        if self._held:
            self._current = key
            return
        page = self.page(key)
        self._stack.setCurrentWidget(page)
        changed = key != self._current
        self._current = key
        if changed:
            page.activate()
            self.page_changed.emit(key)

    def has_page(self, key: str) -> bool:
        """Whether there is such a page."""
        return key in self._specs

    @Slot()
    def find_on_page(self) -> None:
        """Ctrl+F."""
        if self._current and not self._held:
            self.page(self._current).start_search()

    @Slot()
    def refresh_page(self) -> None:
        """F5."""
        if self._current and not self._held:
            self.page(self._current).refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the toast first, then what the page has open."""
        if event.key() == Qt.Key.Key_Escape:
            if self._toasts.toast is not None:
                self._toasts.toast.leave()
                return
            if self._current and not self._held and self.page(self._current).escape():
                return
        super().keyPressEvent(event)

    # -- window

    @Slot()
    def bring_to_front(self) -> None:
        """Show, un-minimise and raise; where raising is refused (Wayland) the task bar entry is marked."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        QApplication.alert(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the rail in a narrow window."""
        super().resizeEvent(event)
        self._rail.set_collapsed(self.width() < FOLD_WIDTH)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Say whether it can be dropped here."""
        if not self._held and dropped(event.mimeData()) is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand it on."""
        what = dropped(event.mimeData())
        if what is not None and not self._held:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.dropped.emit(what)

    def changeEvent(self, event: QEvent) -> None:
        """Say when the window is minimised: it may go to the tray."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and self.isMinimized():
            self.minimised.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask who decides: the window may go to the tray instead."""
        self.save_geometry()
        if self._may_close is None or self._may_close():
            event.accept()
        else:
            event.ignore()

    def _settings(self) -> QSettings:
        with suppress(OSError):  # `save_geometry` reports a folder that cannot be written
            create_private(self._geometry_file)
        return QSettings(str(self._geometry_file), QSettings.Format.IniFormat)

    def remembered(self, key: str) -> bool:
        """A yes that was given once, such as "tray_explained"; kept beside the window's place."""
        return bool(self._settings().value(f"answers/{key}", False, type=bool))

    def remember(self, key: str) -> None:
        """Keep a yes."""
        self._settings().setValue(f"answers/{key}", True)

    def save_geometry(self) -> None:
        """Remember place and size for the next start."""
        settings = self._settings()
        settings.setValue("window/geometry", self.normalGeometry())
        settings.setValue("window/maximized", self.isMaximized())
        settings.sync()
        if settings.status() != QSettings.Status.NoError:
            _log.warning("the window's place could not be written to %s", self._geometry_file)

    def _restore_geometry(self) -> None:
        settings = self._settings()
        stored = settings.value("window/geometry")
        if isinstance(stored, QRect) and _on_a_screen(stored):
            self.setGeometry(stored)
            if settings.value("window/maximized", False, type=bool):
                self.setWindowState(Qt.WindowState.WindowMaximized)
            return
        self.resize(_FIRST_SIZE)
        screen = QGuiApplication.primaryScreen()
        if screen is not None:
            self.setGeometry(first_place(screen.availableGeometry()))


def first_place(available: QRect) -> QRect:
    """Where a first window goes on a screen with this much room: in its middle, with its title bar in sight."""
    room = available.adjusted(0, _TITLE_BAR, 0, 0)
    # Nothing can be done for a screen that is narrower than the pages.
    fits = room.width() >= MINIMUM.width()
    place = QRect(room.topLeft(), _FIRST_SIZE.boundedTo(room.size()) if fits else _FIRST_SIZE)
    place.moveCenter(room.center())
    return place


def _on_a_screen(rect: QRect) -> bool:
    """Whether enough of the title bar's area is on a screen that is there now to take hold of it."""
    if not rect.isValid():
        return False
    handle = QRect(rect.x(), rect.y(), rect.width(), 40)
    for screen in QGuiApplication.screens():
        seen = screen.availableGeometry().intersected(handle)
        if seen.width() >= 100 and seen.height() >= 20:
            return True
    return False
