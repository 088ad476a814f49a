"""Which streams notifications are about: the types of all, and the filter of a single one."""

from dataclasses import replace

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from retrovue.core.system.settings import Settings, check_value
from retrovue.gui.pages.settings.alerts import AlertsSection
from retrovue.gui.pages.settings.eventfilter import EventFilterDialog, KindChecks, filter_words


def test_a_notification_gets_a_filter_and_loses_it(qapp: QApplication, qtbot: QtBot) -> None:
    section = AlertsSection()
    qtbot.addWidget(section)
    settings = Settings()
    section.show_settings(settings)
    section.changed.connect(lambda name, value: changes.append((name, check_value(name, value))))
    changes: list[tuple[str, object]] = []
    # What a server or a sync does is about no stream.
    assert not {"server_down", "sync_failed", "held_back"} & section.filter_buttons.keys()

    section.filter_buttons["started"].click()
    dialog = section.findChild(EventFilterDialog)
    assert isinstance(dialog, EventFilterDialog)
    dialog.kinds.boxes["live"].click()
    dialog.fields["users"].setText(" mira | yui ")
    dialog.save_button.click()
    assert changes == [("notice_filters", {"started": {"users": "mira | yui", "kinds": "movie|episode"}})]

    section.show_settings(replace(settings, notice_filters=changes[0][1]))  # type: ignore[arg-type]
    (row,) = [row for row in section.rows if "Playback started" in row.words]
    assert row._remark.text() == "Only Movies, Episodes · Not mira, yui"
    section.filter_buttons["started"].click()
    again = [each for each in section.findChildren(EventFilterDialog) if each.isVisible()][-1]
    assert again.fields["users"].text() == "mira | yui"
    again.clear_button.click()
    again.save_button.click()
    assert changes[-1] == ("notice_filters", {})
    assert filter_words({}) == ""


def test_several_types_can_be_chosen_and_all_or_none_are_no_filter(qapp: QApplication, qtbot: QtBot) -> None:
    checks = KindChecks()
    qtbot.addWidget(checks)
    told: list[str] = []
    checks.changed.connect(told.append)
    checks.show_kinds("")
    assert all(box.isChecked() for box in checks.boxes.values())
    for kind in ("movie", "live", "episode"):
        checks.boxes[kind].click()
    assert told == ["episode|live", "episode", ""]
