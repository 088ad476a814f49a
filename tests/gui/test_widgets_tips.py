"""Titles in tooltips are text, whatever is in them."""

import ast
from pathlib import Path

import pytest
from PySide6.QtGui import Qt, QTextDocument
from pytestqt.qtbot import QtBot

import retrovue.gui
from retrovue.gui.tables.columns import Column, cell_data
from retrovue.gui.widgets.labels import ElidedLabel
from retrovue.gui.widgets.tips import plain_tip

ODD = [
    "<b>Bold</b>",
    '<img src="file:///etc/passwd">Film',
    "<html><h1>Big",
    "Tom &amp; <i>Jerry</i>",
    "<a href='x'>\nsecond line",
]


@pytest.mark.parametrize("text", ODD)
def test_markup_in_a_tooltip_is_shown_as_it_is_written(qtbot: QtBot, text: str) -> None:
    shown = QTextDocument()
    shown.setHtml(plain_tip(text))
    assert shown.toPlainText().replace("\u2028", "\n") == text
    assert "<img" not in plain_tip(text)
    label = ElidedLabel(text)
    qtbot.addWidget(label)
    label.resize(1, 20)
    assert "<b>" not in label.toolTip()
    column = Column("title", "Title", str, tooltip=str)
    assert cell_data(column, text, int(Qt.ItemDataRole.ToolTipRole)) == plain_tip(text)


def test_plain_text_stays_as_it_is() -> None:
    for text in ("", "Film (1981)", "a < b & c", "two\nlines"):
        assert plain_tip(text) == text


def is_ours(argument: ast.expr) -> bool:
    """Whether an argument is a text of the program alone: translated constants, or one made plain."""
    match argument:
        case ast.IfExp(body=body, orelse=orelse):
            return is_ours(body) and is_ours(orelse)
        case ast.Constant():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in ("plain_tip", "_", "consent_text")
        case ast.Attribute(value=ast.Call(func=ast.Name(id="ServerKind")), attr="label"):
            return True
        case _:
            return False


@pytest.mark.slow
def test_every_tooltip_of_the_window_is_made_plain() -> None:
    folder = Path(retrovue.gui.__file__).parent
    found = []
    for path in sorted(folder.rglob("*.py")):
        if path.name == "system_tray.py":
            continue  # the desktop draws it, not Qt
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if is_call and node.func.attr == "setToolTip" and not is_ours(node.args[0]):
                found.append(f"{path.name}:{node.lineno}")
    assert found == []
