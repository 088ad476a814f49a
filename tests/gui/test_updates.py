"""New versions in the window: the rows in Settings, and the banner that a daily question may bring."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from tests.servers.bare import BareServer, answering, read_head

from retrovue.core.services.upkeep.updates import ReleaseAddress
from retrovue.gui.app.updates import UpdateCheck
from retrovue.gui.dialogs.message import MessageDialog
from retrovue.gui.pages.settings.rows import SettingsSection
from retrovue.gui.pages.settings.updates import UpdateRow
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.notices import Banner

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
PAGE = "https://example.org/releases"


def latest(tag: str) -> bytes:
    body = json.dumps({"tag_name": tag}).encode()
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def banners(desk: Any) -> list[Banner]:
    return [each for each in desk.window.findChildren(Banner) if "9.1" in each.title and not each.isHidden()]


@pytest.mark.slow
def test_a_new_version_is_told_once_asked_for_and_can_be_skipped(make_desk: Callable[..., Any]) -> None:
    opened: list[QUrl] = []

    def check() -> UpdateCheck:
        address = ReleaseAddress(server.url, PAGE)
        return UpdateCheck(
            desk.services, address, desk.window, open_url=lambda url: not opened.append(url), parent=desk.window
        )

    desk = make_desk(with_server=False)
    with BareServer(answering(latest("v9.1"))) as server:
        asking = check()
        asking.look()
        desk.settle()
        assert server.hits == 0, "off until somebody turns it on"
        desk.context.settings_store.update(update_check=True)
        asking.look()
        desk.wait(lambda: banners(desk))
        asking.look()
        desk.settle()
        assert server.hits == 1, "once a day"
        (banner,) = banners(desk)
        open_page, skip = banner.findChildren(Button)[:2]
        open_page.click()
        assert opened == [QUrl(PAGE)]
        skip.click()
        assert banners(desk) == []
        again = check()
        again.look()
        desk.wait(lambda: again._task is not None and again._task.is_finished)
        desk.settle()
        assert server.hits == 2
        assert banners(desk) == []


def test_asking_now_tells_what_came_of_it(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(with_server=False)
    section = SettingsSection("General", "sliders", desk.window)
    answers = iter([latest("v9.1"), latest("v0.0.1"), latest("soon")])

    def serve(sock: socket.socket) -> None:
        read_head(sock)
        sock.sendall(next(answers))

    with BareServer(serve) as server:
        row = UpdateRow(section, desk.services, ReleaseAddress(server.url, PAGE))
        for words in ("RetroVue 9.1 is available.", "is the newest version."):
            row.button.click()
            desk.wait(lambda words=words: desk.window.toasts.toast and words in desk.window.toasts.toast.text)
            desk.wait(row.button.isEnabled)
        row.button.click()
        desk.wait(lambda: desk.window.findChildren(MessageDialog))
        dialog = desk.dialog(MessageDialog)
        assert "did not say what the newest version is" in dialog.plain_text
        dialog.accept()
        desk.wait(row.button.isEnabled)


def test_a_copy_without_an_address_says_so_and_asks_nobody(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(with_server=False)
    section = SettingsSection("General", "sliders", desk.window)
    row = UpdateRow(section, desk.services, None)
    section.lock(lambda _name: "")
    assert not row.box.isEnabled()
    assert not row.button.isEnabled()
    assert any("without a release address" in word for word in section.rows[0].words)
