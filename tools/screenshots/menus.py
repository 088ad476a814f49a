"""Scenes of what opens over a page: the menus of the window, lists of choices, a toast, About and the shortcuts."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QComboBox, QDialog, QMenu
from tools.screenshots.stage import Scene, Settle, open_dialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from tools.screenshots.stage import Stage

_MENUS = ("file", "edit", "view", "go", "sync", "help")


def menu_scenes(settle: Settle) -> list[Scene]:
    """One picture of each."""

    def menu(key: str) -> Callable[["Stage"], "QWidget | None"]:
        def show(stage: "Stage") -> QMenu:
            found = stage.application.window.menus.menu(key)
            found.popup(stage.application.window.mapToGlobal(QPoint(40, 40)))
            return found

        return show

    def sync_choices(stage: "Stage") -> QMenu:
        page = stage.page("sync")
        settle(stage.application)
        found: QMenu = page._menu  # type: ignore[attr-defined]
        found.popup(page.mapToGlobal(QPoint(40, 40)))
        return found

    def choices(stage: "Stage") -> "QWidget | None":
        stage.page("settings").show_argument("palette")  # type: ignore[attr-defined]
        settle(stage.application)
        box = next(one for one in stage.page("settings").findChildren(QComboBox) if one.isVisible())
        box.showPopup()
        return box.view().window()

    def toast(stage: "Stage") -> None:
        stage.page("mapping")
        settle(stage.application)
        stage.shell.services().toast("Rule saved.", lambda: None)

    def about(stage: "Stage") -> "QWidget | None":
        help_menu = stage.application.window.menus.menu("help")
        next(one for one in help_menu.actions() if "RetroVue" in one.text()).trigger()
        settle(stage.application)
        return open_dialog(QDialog)

    return [
        *(Scene(f"menu-{key}", menu(key)) for key in _MENUS),
        Scene("menu-sync-now", sync_choices),
        Scene("choices", choices),
        Scene("toast", toast),
        Scene("about", about),
    ]
