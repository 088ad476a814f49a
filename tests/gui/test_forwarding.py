"""Settings → Also send to…: a service is added, tried, changed, removed and brought back."""

from typing import Any

import pytest
from PySide6.QtWidgets import QLabel
from tests.gui.conftest import Desk, MakeDesk
from tests.gui.test_page_settings import MemoryKeyring

from retrovue.core.domain.forwarding import NoticeChoice
from retrovue.core.services.forwarding import targets
from retrovue.gui.pages.settings.forwarding import ForwardingList
from retrovue.gui.pages.settings.service_dialog import ServiceDialog

ADDRESS = "json://someone:very-secret-word@127.0.0.1:9/"


def opened(desk: Desk) -> ForwardingList:
    page = desk.page("settings")
    page.show_argument("bell")
    return page.alerts.forwarding  # type: ignore[no-any-return]


def said(widget: Any) -> str:
    return " ".join(each.text() for each in widget.findChildren(QLabel))


@pytest.mark.slow
def test_a_service_is_added_tried_changed_removed_and_put_back(make_desk: MakeDesk) -> None:
    desk = make_desk(keyring=MemoryKeyring(), secrets="")
    listed = opened(desk)
    listed.add_button.click()
    dialog = desk.dialog(ServiceDialog)
    dialog.save_button.click()
    assert dialog.address_block.message == "Enter the address of the service."
    dialog.address.setText("nonsense")
    dialog.save_button.click()
    desk.wait(lambda: "not the address" in dialog.verdict.text())
    dialog.address.setText(ADDRESS)
    dialog.servers.setText("Attic | Nowhere")
    dialog.save_button.click()
    assert dialog.servers_block.message == "There is no server “Nowhere”."
    dialog.servers.setText("attic")
    dialog.as_desktop.setChecked(False)
    for event, box in dialog.events.items():
        box.setChecked(event == "stopped")
    dialog.types["live"].setChecked(False)
    dialog.text.setPlainText("{user} is done")
    assert dialog.preview_body.text() == "Anna is done"
    dialog.test_button.click()
    desk.wait(lambda: "did not accept" in dialog.verdict.text())
    dialog.save_button.click()
    desk.wait(lambda: listed.lines)
    (line,) = listed.lines
    choice = NoticeChoice(
        events=("stopped",),
        servers=(desk.context.servers.all()[0].id,),
        kinds=("movie", "episode"),
        text="{user} is done",
    )
    assert line.target.choice == choice
    assert line.summary.text() == "Playback stopped · Attic · Movies, Episodes"
    line.test_button.click()
    desk.wait(lambda: "did not accept" in line.verdict.text())
    line.change_button.click()
    dialog = desk.dialog(ServiceDialog)
    assert dialog.choice() == choice
    assert "very-secret-word" not in said(dialog) + dialog.address.text()
    dialog.as_desktop.setChecked(True)
    dialog.save_button.click()
    desk.wait(lambda: listed.lines and listed.lines[0].target.choice.events == ())
    assert targets.address_of(desk.context, line.target.id) == ADDRESS
    listed.lines[0].remove_button.click()
    desk.wait(lambda: not listed.lines and listed.empty.isVisible())
    toast = desk.window.toasts.toast
    assert toast is not None
    toast.action_button.click()
    desk.wait(lambda: listed.lines)
    assert targets.address_of(desk.context, line.target.id) == ADDRESS
    assert "very-secret-word" not in said(desk.window)


def test_a_text_is_previewed_while_it_is_typed(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    dialog = ServiceDialog(desk.services, {}, None)
    desk.qtbot.addWidget(dialog)
    assert dialog.preview_title.text() == "Anna started watching"
    dialog.text.setPlainText("{user} at {position}\n{server}")
    assert (dialog.preview_title.text(), dialog.preview_body.text()) == ("Anna at 12:34", "Attic")
    dialog.preview_of.setCurrentIndex(dialog.preview_of.findData("server_down"))
    assert (dialog.preview_title.text(), dialog.preview_body.text()) == ("", "Attic")
    assert "{user}" not in dialog.text_block.message
    dialog.text.setPlainText("{nonsense}")
    assert "There is no field “nonsense”." in dialog.text_block.message
    for name, boxes in (("event", dialog.events), ("type", dialog.types)):
        dialog.as_desktop.setChecked(name != "event")
        for box in boxes.values():
            box.setChecked(False)
        assert dialog.choice() is None
        assert dialog.verdict.text() == f"Select at least one {name}."
        for box in boxes.values():
            box.setChecked(True)
