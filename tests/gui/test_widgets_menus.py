"""Menus of choices: which exclude each other, and how that looks."""

from __future__ import annotations

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.widgets.menus import Menu, one_of


def filled(qtbot: QtBot, *, or_none: bool) -> Menu:
    menu = Menu()
    qtbot.addWidget(menu)
    for name in ("One", "Two", "Three"):
        menu.addAction(name).setCheckable(True)
    one_of(menu, or_none=or_none)
    return menu


def test_one_choice_takes_the_place_of_another(qtbot: QtBot) -> None:
    menu = filled(qtbot, or_none=False)
    first, second, _third = menu.actions()
    first.trigger()
    second.trigger()
    assert (first.isChecked(), second.isChecked()) == (False, True)
    second.trigger()
    assert second.isChecked(), "something is always chosen"


def test_a_choice_is_taken_back_where_nothing_may_be_chosen(qtbot: QtBot) -> None:
    menu = filled(qtbot, or_none=True)
    first, second, _third = menu.actions()
    first.trigger()
    second.trigger()
    second.trigger()
    assert not any(action.isChecked() for action in (first, second))


def test_one_of_several_has_a_dot_and_several_of_many_have_ticks(qtbot: QtBot, qapp: QApplication) -> None:
    theme = ThemeController(qapp, Theme.LIGHT)
    pictures: list[QImage] = []
    for exclusive in (True, False):
        menu = Menu()
        qtbot.addWidget(menu)
        action = menu.addAction("One")
        action.setCheckable(True)
        action.setChecked(True)
        if exclusive:
            one_of(menu)
        menu.resize(menu.sizeHint())
        pictures.append(menu.grab().toImage())
    assert pictures[0] != pictures[1]
    accent = tokens.of(qapp.palette()).color("accent").rgb()
    seen = [sum(p.pixel(x, y) == accent for x in range(p.width()) for y in range(p.height())) for p in pictures]
    assert seen[0] > 30
    theme.deleteLater()
