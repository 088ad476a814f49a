"""Popup menus with round corners."""

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QActionGroup, QGuiApplication, QPainterPath, QRegion, QResizeEvent
from PySide6.QtWidgets import QMenu

_RADIUS = 6


class Menu(QMenu):
    """A menu in the colours of the style sheet, with round corners; its submenus have them, too.

    Where the desktop always composes its windows the corners are translucent. Elsewhere (a bare X11 desktop, a remote
    one) such corners would be black: there the menu is cut by a mask.
    """

    def __init__(self, *what: Any) -> None:
        super().__init__(*what)
        self._is_cut = QGuiApplication.platformName() in ("xcb", "windows")
        if QGuiApplication.platformName() in ("wayland", "cocoa"):
            self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
            self.setWindowFlag(Qt.WindowType.FramelessWindowHint)

    def addMenu(self, *what: Any) -> QMenu:  # type: ignore[override]  # Qt overloads it
        """A submenu: `(menu)`, `(title)` or `(icon, title)`."""
        if len(what) == 1 and isinstance(what[0], QMenu):
            super().addMenu(what[0])
            return what[0]
        sub = Menu(what[-1], self)
        if len(what) == 2:
            sub.setIcon(what[0])
        super().addMenu(sub)
        return sub

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the corners."""
        super().resizeEvent(event)
        if not self._is_cut:
            return
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
        self.setMask(QRegion(outline.toFillPolygon().toPolygon()))


def one_of(menu: QMenu, *, or_none: bool = False) -> None:
    """Make the checkable entries of a menu exclude each other, and look so: a dot instead of a tick.

    Args:
        or_none: a second click takes the choice back.
    """
    choices = [action for action in menu.actions() if action.isCheckable() and action.actionGroup() is None]
    # Of the first choice, so that it goes with them when the menu is filled anew.
    group = QActionGroup(choices[0])
    if or_none:
        group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
    for action in choices:
        group.addAction(action)
