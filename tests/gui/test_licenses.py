"""The list of bundled software: complete, and on screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot
from tools.package import bill

from retrovue.gui.app.menus import MenuBuilder
from retrovue.gui.dialogs.licenses import LicenseDialog, LicensesDialog, bundled_parts, license_text
from retrovue.gui.theme.style import ThemeController


@pytest.mark.slow
def test_every_library_that_is_packed_is_listed() -> None:
    listed = {part.name.lower() for part in bundled_parts()}
    packed = {part.metadata["Name"].lower() for part in bill.bundled()}
    assert len(packed) > 40
    assert packed - listed == set()


def test_the_dialog_shows_them(qtbot: QtBot) -> None:
    dialog = LicensesDialog()
    qtbot.addWidget(dialog)
    assert dialog.model.rowCount() == len(bundled_parts())
    assert all(part.license for part in bundled_parts())


def test_help_opens_the_license_that_the_program_carries(qtbot: QtBot) -> None:
    whole = (Path(__file__).resolve().parents[2] / "LICENSE").read_text(encoding="utf-8")
    assert license_text() == whole
    window = QMainWindow()
    qtbot.addWidget(window)
    menus = MenuBuilder(window, ThemeController(QApplication.instance()), [])
    next(one for one in menus.menu("help").actions() if one.text() == "&License").trigger()
    (dialog,) = window.findChildren(LicenseDialog)
    assert dialog.isVisible()
    assert dialog.text.toPlainText() == whole
    assert dialog.text.isReadOnly()
