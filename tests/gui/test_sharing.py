"""Settings → Sharing: a switch that makes other programs be answered, with what the window knows."""

import json
import socket
import urllib.error
import urllib.request
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from tests.gui.conftest import Desk, MakeDesk

from retrovue.core.services.sharing.keys import api_key
from retrovue.gui.pages.settings.sharing import SharingSection


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def ask(url: str, cmd: str, key: str) -> Any:
    with urllib.request.urlopen(f"{url}/api/v2?apikey={key}&cmd={cmd}", timeout=20) as answer:
        return json.load(answer)["response"]["data"]


def section_of(desk: Desk) -> SharingSection:
    page = desk.page("settings")
    page.show_argument("broadcast")
    return next(each for each in page.sections if isinstance(each, SharingSection))


def test_the_switch_answers_with_the_sessions_of_the_window(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.context.settings_store.update(share_port=free_port())
    section = section_of(desk)
    sharing = desk.services.sharing
    assert sharing is not None
    assert section.address.text() == "Not answering requests."
    desk.server.playbacks.start(desk.server.library.members("1", "movie")[0].id)
    desk.wait(lambda: desk.services.monitor.sessions)
    section.switch.setChecked(True)
    desk.wait(lambda: sharing.url)
    assert sharing.url in section.address.text()
    key = api_key(desk.context, desk.context.environ).text
    assert ask(sharing.url, "get_activity", key)["stream_count"] == "1"
    url = sharing.url
    section.switch.setChecked(False)
    desk.wait(lambda: not sharing.url)
    desk.settle()
    desk.wait(lambda: not answers(url))


def words_of(desk: Desk) -> str:
    """Everything that the window says."""
    shown = [each for each in desk.window.findChildren(QLabel) if each.isVisible()]
    return " ".join(each.text() for each in shown)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/api/v2", timeout=30).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def test_a_port_that_is_taken_is_said(make_desk: MakeDesk) -> None:
    desk = make_desk()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        desk.context.settings_store.update(share=True, share_port=port)
        sharing = desk.services.sharing
        assert sharing is not None
        sharing.apply()
        desk.wait(lambda: f"Port {port}" in words_of(desk))
    assert sharing.url == ""


@pytest.mark.slow
def test_the_key_is_shown_copied_and_renewed(make_desk: MakeDesk) -> None:
    desk = make_desk()
    section = section_of(desk)
    section.copy_button.click()
    desk.wait(lambda: len(QGuiApplication.clipboard().text()) == 32)
    first = QGuiApplication.clipboard().text()
    section.show_button.click()
    desk.wait(lambda: section.key.text == first)
    section.new_button.click()
    desk.wait(lambda: section.key.text != first)
    section.show_button.click()
    desk.wait(lambda: len(section.key.text) == 32 and section.key.text.isalnum())
    assert section.key.text != first
    toast = desk.window.toasts.toast
    assert toast is not None
    toast.action_button.click()
    desk.wait(lambda: api_key(desk.context, desk.context.environ).text == first)


@pytest.mark.slow
def test_webhooks_have_addresses_that_are_renewed_and_say_when_something_came(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.context.settings_store.update(share=True, share_port=free_port())
    section = section_of(desk)
    sharing = desk.services.sharing
    assert sharing is not None
    sharing.apply()
    desk.wait(lambda: sharing.url and section.hooks.lines)
    (line,) = section.hooks.lines
    assert line.last.text() == "Nothing has come since RetroVue started."
    line.copy_button.click()
    desk.wait(lambda: "/hooks/" in QGuiApplication.clipboard().text())
    first = QGuiApplication.clipboard().text()
    assert first not in words_of(desk)
    line.show_button.click()
    desk.wait(lambda: line.address.text == first)
    urllib.request.urlopen(first, b"{}", timeout=20).close()
    desk.wait(lambda: line.last.text() == "Last came just now")
    line.new_button.click()
    desk.wait(lambda: desk.window.toasts.toast is not None and "New address" in desk.window.toasts.toast.text)
    line.show_button.click()
    desk.wait(lambda: line.address.text not in (first, "•" * 24))
    toast = desk.window.toasts.toast
    assert toast is not None
    toast.action_button.click()
    desk.wait(lambda: line.address.text == "•" * 24)
    line.show_button.click()
    desk.wait(lambda: line.address.text == first)
    desk.page("activity")
    desk.page("settings")
    assert first not in words_of(desk)
