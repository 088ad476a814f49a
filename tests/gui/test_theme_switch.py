"""The theme changes while everything is open."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor, QImage, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox
from pytestqt.qtbot import QtBot

from retrovue.gui.theme import style as theme_module
from retrovue.gui.theme.style import FontRole, Theme, ThemeController, fixed_font, font
from retrovue.gui.theme.tokens import DARK, LIGHT
from retrovue.gui.widgets.labels import label


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[ThemeController]:
    controller = ThemeController(qapp, Theme.LIGHT)
    yield controller
    controller.set_choice(Theme.LIGHT)
    controller.deleteLater()


def has_color(image: QImage, color: QColor) -> bool:
    return any(image.pixelColor(x, y) == color for y in range(image.height()) for x in range(image.width()))


def test_dark_is_applied_to_open_widgets_and_told_once(theme: ThemeController, qtbot: QtBot) -> None:
    text = label("Harbour Nine", tone="text2")
    qtbot.addWidget(text)
    text.show()
    with qtbot.waitSignal(theme.changed) as blocker:
        theme.set_choice(Theme.DARK)
    assert blocker.args == [DARK]
    assert theme.tokens is DARK
    assert text.palette().color(QPalette.ColorRole.Window) == DARK.color("window")
    assert has_color(text.grab().toImage(), DARK.color("window"))
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_choice(Theme.DARK)


def test_where_the_system_does_not_say_system_is_light(theme: ThemeController) -> None:
    theme.set_choice(Theme.DARK)
    theme.set_choice(Theme.SYSTEM)
    assert theme.tokens is LIGHT
    assert theme.choice is Theme.SYSTEM


def test_both_sheets_are_understood_by_qt(theme: ThemeController, qapp: QApplication) -> None:
    # Qt warns about a sheet that it cannot parse, and a warning fails the test.
    for tokens_ in (LIGHT, DARK):
        sheet = theme_module.style_sheet(tokens_)
        assert "{" in sheet
        assert "None" not in sheet
        qapp.setStyleSheet(sheet)
    qapp.setStyleSheet(theme_module.style_sheet(theme.tokens))


@pytest.mark.parametrize(("choice", "tokens_"), [(Theme.LIGHT, LIGHT), (Theme.DARK, DARK)])
def test_a_ticked_box_is_filled_with_the_accent(
    theme: ThemeController, qtbot: QtBot, choice: Theme, tokens_: theme_module.Tokens
) -> None:
    theme.set_choice(choice)
    box = QCheckBox("No notices and no sound")
    qtbot.addWidget(box)
    box.show()
    assert not has_color(box.grab().toImage(), tokens_.color("accent"))
    box.setChecked(True)
    assert has_color(box.grab().toImage(), tokens_.color("accent"))


def test_fonts_are_factors_on_the_systems_size(theme: ThemeController, qapp: QApplication) -> None:
    body = font(FontRole.BODY).pointSizeF()
    assert body == qapp.font().pointSizeF()
    assert font(FontRole.PAGE_TITLE).pointSizeF() == pytest.approx(body * 1.54, rel=0.01)
    assert font(FontRole.CAPTION).pointSizeF() == pytest.approx(body * 0.88, rel=0.01)
    assert font(FontRole.SECTION).weight() == 600
    assert fixed_font().pointSizeF() == pytest.approx(body)


def test_a_larger_system_font_makes_larger_controls(theme: ThemeController, qapp: QApplication) -> None:
    from retrovue.gui.widgets.buttons import Button

    before = qapp.font()
    small = Button("Save rule").sizeHint()
    large_font = qapp.font()
    large_font.setPointSizeF(24)
    qapp.setFont(large_font)
    try:
        large = Button("Save rule").sizeHint()
    finally:
        qapp.setFont(before)
    assert small.height() == 30
    assert large.height() > 34
    assert large.width() > small.width()
