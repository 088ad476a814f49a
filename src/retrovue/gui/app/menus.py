"""The menu bar. The native one where there is one, so it is never styled."""

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QMenu, QPlainTextEdit

from retrovue.core.i18n import _
from retrovue.gui.theme import icons
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.widgets.page import PageSpec

_Key = QKeySequence.StandardKey


class MenuBuilder(QObject):
    """Builds File, Edit, View, Go, Library, Sync and Help, and lets pages add entries.

    A menu without entries is hidden until something is added to it.
    """

    page_chosen = Signal(str)
    find_chosen = Signal()
    refresh_chosen = Signal()

    def __init__(self, window: QMainWindow, theme: ThemeController, pages: list[PageSpec]) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._pages = pages
        bar = window.menuBar()
        titles = {
            "file": _("&File"),
            "edit": _("&Edit"),
            "view": _("&View"),
            "go": _("&Go"),
            "library": _("&Library"),
            "sync": _("&Sync"),
            "help": _("&Help"),
        }
        self._menus = {key: Menu(title, window) for key, title in titles.items()}
        for menu in self._menus.values():
            bar.addMenu(menu)
        self._themes = QActionGroup(self)
        self._fill_file()
        self._fill_edit()
        self._fill_view()
        self._fill_go()
        self._fill_sync()
        self._fill_help()
        for menu in self._menus.values():
            menu.menuAction().setVisible(bool(menu.actions()))

    def menu(self, key: str) -> QMenu:
        """One of file, edit, view, go, library, sync, help.

        Raises:
            KeyError: no such menu.
        """
        return self._menus[key]

    def add(self, key: str, action: QAction, *, before: QAction | None = None) -> QAction:
        """Add an entry to a menu and show the menu."""
        menu = self._menus[key]
        if before is None:
            menu.addAction(action)
        else:
            menu.insertAction(before, action)
        menu.menuAction().setVisible(True)
        return action

    def _action(
        self, key: str, text: str, shortcut: QKeySequence | _Key | str | None = None, icon: str | None = None
    ) -> QAction:
        action = QAction(text, self._window)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        if icon is not None:
            action.setIcon(icons.icon(icon))
        self._menus[key].addAction(action)
        return action

    def _fill_file(self) -> None:
        settings = next((page for page in self._pages if page.key == "settings"), None)
        if settings is not None:
            action = self._action("file", _("&Settings…"), "Ctrl+,", "gear-six")
            action.setMenuRole(QAction.MenuRole.PreferencesRole)
            action.triggered.connect(self._open_settings)
            self._menus["file"].addSeparator()
        close = self._action("file", _("&Close window"), _Key.Close)
        close.triggered.connect(self._window.close)
        self.quit_action = self._action("file", _("&Quit"), "Ctrl+Q", "power")
        self.quit_action.setMenuRole(QAction.MenuRole.QuitRole)

    @Slot()
    def _open_settings(self) -> None:
        self.page_chosen.emit("settings")

    def _fill_edit(self) -> None:
        for text, key, slot in (
            (_("Cu&t"), _Key.Cut, "cut"),
            (_("&Copy"), _Key.Copy, "copy"),
            (_("&Paste"), _Key.Paste, "paste"),
            (_("Select &all"), _Key.SelectAll, "selectAll"),
        ):
            action = self._action("edit", text, key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setProperty("slot", slot)
            action.triggered.connect(self._edit)
        self._menus["edit"].addSeparator()
        find = self._action("edit", _("&Find"), _Key.Find, "magnifying-glass")
        find.triggered.connect(self.find_chosen)

    @Slot()
    def _edit(self) -> None:
        """Pass the act on to the widget that has the keyboard.

        The shortcuts are shown here and handled by the widgets themselves: a window-wide Ctrl+C would
        take it away from tables and fields.
        """
        focused = QApplication.focusWidget()
        sender = self.sender()
        if sender is None or focused is None:
            return
        slot = sender.property("slot")
        if isinstance(focused, QLineEdit | QPlainTextEdit) or hasattr(focused, slot):
            getattr(focused, slot)()

    def _fill_view(self) -> None:
        refresh = self._action("view", _("&Refresh"), "F5", "arrow-clockwise")
        refresh.triggered.connect(self.refresh_chosen)
        themes = self._menus["view"].addMenu(_("&Theme"))
        for choice, text in (
            (Theme.SYSTEM, _("Follow &system")),
            (Theme.LIGHT, _("&Light")),
            (Theme.DARK, _("&Dark")),
        ):
            action = themes.addAction(text)
            action.setCheckable(True)
            action.setData(choice)
            action.setChecked(choice == self._theme.choice)
            self._themes.addAction(action)
        self._themes.triggered.connect(self._choose_theme)
        self._theme.changed.connect(self._show_theme)
        full = self._action("view", _("&Full screen"), "F11")
        full.setCheckable(True)
        full.toggled.connect(self._toggle_full_screen)

    @Slot(QAction)
    def _choose_theme(self, action: QAction) -> None:
        self._theme.set_choice(Theme(action.data()))

    @Slot()
    def _show_theme(self) -> None:
        for action in self._themes.actions():
            action.setChecked(Theme(action.data()) == self._theme.choice)

    @Slot(bool)
    def _toggle_full_screen(self, on: bool) -> None:
        self._window.showFullScreen() if on else self._window.showNormal()

    def _fill_go(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            shortcut = page.shortcut or (f"Ctrl+{number}" if number <= 9 else None)
            action = self._action("go", page.title, shortcut, page.icon)
            action.setData(page.key)
            action.triggered.connect(self._go)

    @Slot()
    def _go(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            self.page_chosen.emit(sender.data())

    def _fill_sync(self) -> None:
        self.sync_action = self._action("sync", _("Sync &now"), "Ctrl+R", "arrows-clockwise")
        self.cancel_action = self._action("sync", _("&Cancel sync"), icon="x-circle")
        self.cancel_action.setEnabled(False)

    def _fill_help(self) -> None:
        keys = self._action("help", _("&Keyboard shortcuts"), "F1", "keyboard")
        keys.triggered.connect(self._show_shortcuts)
        licence = self._action("help", _("&License"), icon="scroll")
        licence.triggered.connect(self._show_license)
        about = self._action("help", _("&About RetroVue"), icon="info")
        about.setMenuRole(QAction.MenuRole.AboutRole)
        about.triggered.connect(self._show_about)

    @Slot()
    def _show_shortcuts(self) -> None:
        from retrovue.gui.dialogs.shortcuts import ShortcutsDialog

        dialog = ShortcutsDialog(self.shortcuts(), self._window)
        dialog.open()

    @Slot()
    def _show_license(self) -> None:
        from retrovue.gui.dialogs.licenses import LicenseDialog

        LicenseDialog(self._window).open()

    @Slot()
    def _show_about(self) -> None:
        from retrovue.gui.dialogs.about import show_about

        show_about(self._window)

    def shortcuts(self) -> list[tuple[str, str]]:
        """(act, keys) of every entry that has keys, in the order of the menus."""
        found = [
            (action.text().replace("&", ""), action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
            for menu in self._menus.values()
            for action in _all_actions(menu)
            if not action.shortcut().isEmpty()
        ]
        of_lists = (
            (_("Open the selected item"), "Return"),
            (_("First or last row"), "Home / End"),
            (_("Remove the selected filter"), "Del"),
            (_("Open the choices of a split button"), "Alt+Down"),
            (_("Close or clear the current view"), "Esc"),
        )
        return [*found, *((act, keys if " " in keys else _native(keys)) for act, keys in of_lists)]


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _all_actions(menu: QMenu) -> list[QAction]:
    """The entries of a menu and of its submenus."""
    found: list[QAction] = []
    for action in menu.actions():
        # Not `action.menu()`: PySide wraps a submenu of ours anew there, and would free it.
        sub = next((child for child in menu.findChildren(QMenu) if child.menuAction() == action), None)
        found += [action] if sub is None else _all_actions(sub)
    return found
