"""The list of bundled software: complete, and on screen."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from tools.package import bill

from retrovue.gui.dialogs.licenses import LicensesDialog, bundled_parts


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
