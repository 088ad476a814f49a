"""Popup menus with round corners."""

from typing import Any

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QActionGroup, QGuiApplication, QPainterPath, QRegion, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

_RADIUS = 6


def prepare_corners(popup: QWidget) -> None:
    """Let a popup that is not on screen yet have round corners.

    Where the desktop always composes its windows the corners are translucent. Elsewhere (a bare X11 desktop, a remote
    one) such corners would be black: there the popup is cut by a mask, see `cut_corners`.
    """
    if QGuiApplication.platformName() in ("wayland", "cocoa"):
        popup.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        popup.setWindowFlag(Qt.WindowType.FramelessWindowHint)


def cut_corners(popup: QWidget) -> None:
    """Cut the corners of a popup that has its size, where they cannot be translucent."""
    if QGuiApplication.platformName() not in ("xcb", "windows"):
        return
    outline = QPainterPath()
    outline.addRoundedRect(QRectF(popup.rect()), _RADIUS, _RADIUS)
    popup.setMask(QRegion(outline.toFillPolygon().toPolygon()))


class Menu(QMenu):
    """A menu in the colours of the style sheet, with round corners; its submenus have them, too."""

    def __init__(self, *what: Any) -> None:
        super().__init__(*what)
        prepare_corners(self)

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
        cut_corners(self)


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
