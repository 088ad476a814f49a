"""The Settings page: every change is kept at once, and what cannot be kept is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from retrovue.gui.dialogs.message import MessageDialog
from retrovue.gui.tokens import DARK, LIGHT

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def field(page: Any, kind: type, name: str) -> Any:
    """The control with this accessible name or text."""
    found = [w for w in page.findChildren(kind) if name in (w.accessibleName(), getattr(w, "text", str)())]
    (only,) = found
    return only


def kept(desk: Any) -> dict[str, Any]:
    return dict(json.loads(desk.dirs.settings_file.read_text("utf-8")))


def test_the_theme_changes_at_once_and_is_kept(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("settings")
    desk.app.theme.set_choice(desk.app.theme.choice)
    assert desk.app.theme.tokens is LIGHT
    choice = field(page, QComboBox, "Appearance")
    choice.setCurrentIndex(choice.findData("dark"))
    desk.wait(lambda: desk.app.theme.tokens is DARK)
    assert desk.context.settings.appearance == "dark"
    assert kept(desk)["appearance"] == "dark"


def test_a_number_and_a_switch_are_kept(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("settings")
    field(page, QSpinBox, "Hours between syncs").setValue(12)
    field(page, QCheckBox, "Closing the window keeps RetroVue in the tray").setChecked(False)
    desk.wait(lambda: desk.context.settings.sync_every_hours == 12 and not desk.context.settings.close_to_tray)
    assert (kept(desk)["sync_every_hours"], kept(desk)["close_to_tray"]) == (12, False)


def test_two_quick_clicks_on_notices_are_both_kept(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("settings")
    before = dict(desk.context.settings.notices)
    field(page, QCheckBox, "Playback stopped").setChecked(True)
    field(page, QCheckBox, "Playback started").setChecked(False)
    desk.settle()
    assert desk.context.settings.notices == {**before, "stopped": True, "started": False}


def test_quiet_hours_that_cannot_be_are_refused_and_the_old_ones_stand(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("settings")
    hours = field(page, QLineEdit, "Quiet hours")
    hours.setText("22:30-7")
    hours.editingFinished.emit()
    dialog = desk.dialog(MessageDialog)
    assert "22:00-07:00" in dialog.plain_text
    dialog.accept()
    assert hours.text() == ""
    hours.setText("22:30-07:00")
    hours.editingFinished.emit()
    desk.wait(lambda: desk.context.settings.quiet_hours == "22:30-07:00")


def test_the_search_shows_only_sections_that_fit(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("settings")
    page.search.setText("quiet")
    assert [section.title for section in page.sections if section.isVisible()] == ["Notices"]
    assert page.escape()
    assert all(section.isVisible() for section in page.sections)
    assert not page.escape()


def test_a_backup_is_made_and_counted(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("settings")
    before = set(desk.dirs.backup_dir.glob("*.db"))
    data = next(section for section in page.sections if hasattr(section, "backup_button"))
    data.backup_button.click()
    desk.wait(data.backup_button.isEnabled)
    desk.settle()
    made = set(desk.dirs.backup_dir.glob("*.db")) - before
    assert len(made) == 1
    assert f"{len(before) + 1} backup" in data._facts.text()
    assert desk.server.token.encode() not in made.pop().read_bytes()
