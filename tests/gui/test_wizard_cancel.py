"""The wizard cancelled on every page and in the middle of everything: nothing stays, and it can be opened again."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from tests.gui.wizards import (
    KEY,
    Around,
    by_token,
    choose_kind,
    demo,
    open_wizard,
    plex_account,
    stored,
    sync_to_the_end,
    type_address,
)

from retrovue.core.domain.servers import ServerKind
from retrovue.demo.fault_kinds import Delay
from retrovue.gui.pages.servers.wizard import BACKGROUND, FOLDERS, READY

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def idle(desk: Any) -> bool:
    """Whether no lane works for the wizard any more, standing tasks included."""
    return not any(
        task.handle.lane in ("sign-in", "discover", "io", "reach:0") for task in desk.app.runner._tasks.values()
    )


def cancelled(desk: Any, wizard: Any) -> None:
    """Cancel, and see that everything ends soon and nothing was kept."""
    desk.qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
    desk.wait(lambda: idle(desk))
    desk.settle()
    assert stored(desk) == (0, 0)
    assert desk.context.mappings.all() == []
    assert open_wizard(desk).step == 0


@pytest.mark.slow
@pytest.mark.parametrize("step", range(7))
def test_on_each_page(make_desk: MakeDesk, step: int) -> None:
    desk = make_desk(with_server=False)
    wizard = open_wizard(desk)
    settings = desk.context.settings
    if step == 1:
        choose_kind(wizard, ServerKind.PLEX)
    elif step == 2:
        choose_kind(wizard, ServerKind.PLEX)
        type_address(desk, wizard, desk.server.url)
    elif step > 2:
        by_token(desk, wizard, ServerKind.PLEX, desk.server.url, desk.server.token)
    while wizard.step < step:
        wizard.next_button.click()
    if step >= FOLDERS:
        wizard.folders_page.rows[0].field.setText(str(desk.dirs.data_dir))
    if step >= BACKGROUND:
        wizard.background_page.close_to_tray.toggle()
        wizard.background_page.schedule.setCurrentIndex(2)
    if step == READY:
        wizard.done_page.name.setText("Loft")
    cancelled(desk, wizard)
    assert desk.context.settings == settings
    assert not any(desk.server.token in text for text in desk.environ.values())


def test_while_a_code_is_waited_for(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with plex_account(desk) as account:
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.PLEX)
        wizard.next_button.click()
        wizard.next_button.click()
        desk.wait(wizard.sign_in_page.panel.account.code.isVisible)
        code = wizard.sign_in_page.panel.account.code.tiles.code
        cancelled(desk, wizard)
        asked = len(account.requests)
        assert account.confirm(code)
        desk.settle()
        assert len(account.requests) == asked


def test_back_from_a_code_and_forward_again(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with plex_account(desk):
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.PLEX)
        for _again in range(2):
            wizard.next_button.click()
            wizard.next_button.click()
            panel = wizard.sign_in_page.panel.account
            desk.wait(panel.code.isVisible)
            wizard.back_button.click()
            assert wizard.step == 1
            desk.wait(lambda: idle(desk))


@pytest.mark.slow
def test_while_the_servers_of_an_account_are_looked_for(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with plex_account(desk) as account:
        desk.server.faults.add(Delay(delay_s=30))
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.PLEX)
        wizard.next_button.click()
        wizard.next_button.click()
        panel = wizard.sign_in_page.panel.account
        desk.wait(panel.code.isVisible)
        account.confirm(panel.code.tiles.code)
        desk.wait(panel.list.isVisible)
        assert panel.list.choice(desk.server.library.machine_identifier).look.word == "Checking…"
        wizard.back_button.click()
        wizard.next_button.click()
        assert panel.list.isVisible()
        assert not wizard.next_button.isEnabled()
        cancelled(desk, wizard)


@pytest.mark.slow
def test_while_quick_connect_waits(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.JELLYFIN) as server:
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.JELLYFIN)
        type_address(desk, wizard, server.url)
        desk.wait(wizard.sign_in_page.panel.quick.code.isVisible)
        cancelled(desk, wizard)


@pytest.mark.slow
def test_while_a_password_is_tried(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.EMBY) as server:
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.EMBY)
        type_address(desk, wizard, server.url)
        server.faults.add(Delay(delay_s=30))
        method = wizard.sign_in_page.panel.password
        method.user.setText("somebody")
        method.password.setText("something")
        wizard.next_button.click()
        assert wizard.next_button.text() == "Signing in…"
        assert not wizard.next_button.isEnabled()
        cancelled(desk, wizard)
        assert method.password.text() == ""


@pytest.mark.slow
def test_while_the_network_is_searched(make_desk: MakeDesk) -> None:
    desk, around = make_desk(with_server=False), Around(is_silent=True)
    wizard = open_wizard(desk, around)
    choose_kind(wizard, ServerKind.PLEX)
    desk.wait(lambda: around.searches == 1)
    cancelled(desk, wizard)


@pytest.mark.slow
def test_while_an_address_is_asked(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Delay(delay_s=30))
    wizard = open_wizard(desk)
    choose_kind(wizard, ServerKind.PLEX)
    desk.qtbot.keyClicks(wizard.server_page.url, desk.server.url)
    wizard.next_button.click()
    desk.wait(lambda: not idle(desk))
    cancelled(desk, wizard)


@pytest.mark.slow
def test_while_a_token_is_tested(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = open_wizard(desk)
    choose_kind(wizard, ServerKind.PLEX)
    type_address(desk, wizard, desk.server.url)
    desk.server.faults.add(Delay(delay_s=30))
    wizard.sign_in_page.panel.select("token")
    wizard.sign_in_page.panel.token.token.setText(desk.server.token)
    wizard.next_button.click()
    assert wizard.next_button.text() == "Testing…"
    cancelled(desk, wizard)


@pytest.mark.slow
def test_an_address_edited_while_it_is_asked_is_not_taken_for_asked(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Delay(delay_s=0.3))
    wizard = open_wizard(desk)
    choose_kind(wizard, ServerKind.PLEX)
    page = wizard.server_page
    qtbot.keyClicks(page.url, desk.server.url)
    wizard.next_button.click()
    qtbot.keyClicks(page.url, "9")
    desk.settle()
    assert wizard.step == 1
    assert not page.verdict.isVisible()
    assert page.found.isVisible()
    assert wizard.next_button.isEnabled()


@pytest.mark.slow
def test_a_token_edited_after_its_test_is_tested_again(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk(with_server=False)
    wizard = open_wizard(desk)
    by_token(desk, wizard, ServerKind.PLEX, desk.server.url, desk.server.token)
    wizard.back_button.click()
    assert wizard.next_button.text() == "Next"
    wizard.next_button.click()
    assert wizard.step == 3
    wizard.back_button.click()
    qtbot.keyClicks(wizard.sign_in_page.panel.token.token, "x")
    assert wizard.next_button.text() == "Test and continue"
    wizard.next_button.click()
    desk.wait(lambda: wizard.sign_in_page.verdict.title == "The server refused the sign-in.")
    assert wizard.step == 2


@pytest.mark.slow
def test_everything_by_keyboard(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.JELLYFIN) as server:
        desk.page("servers").doors = Around().doors
        page = desk.page("servers")
        page.empty.button.setFocus()
        QTest.keyClick(page.empty.button, Qt.Key.Key_Space)
        wizard = page._wizard

        def press(key: Qt.Key) -> None:
            QTest.keyClick(QApplication.focusWidget() or wizard, key)

        desk.wait(wizard.isActiveWindow)
        press(Qt.Key.Key_Down)
        press(Qt.Key.Key_Down)
        assert wizard.kind_page.kind is ServerKind.JELLYFIN
        press(Qt.Key.Key_Return)
        assert wizard.step == 1
        QTest.keyClicks(QApplication.focusWidget(), server.url)
        press(Qt.Key.Key_Return)
        desk.wait(lambda: wizard.step == 2)
        ways = wizard.sign_in_page.panel.ways[ServerKind.JELLYFIN]
        ways.segment("quick").setFocus()
        press(Qt.Key.Key_Right)
        press(Qt.Key.Key_Right)
        assert wizard.sign_in_page.panel.method == "token"
        press(Qt.Key.Key_Tab)
        QTest.keyClicks(QApplication.focusWidget(), KEY)
        press(Qt.Key.Key_Return)
        desk.wait(lambda: wizard.step == 3)
        assert wizard.libraries_page.list.hasFocus()
        first = wizard.libraries_page.list.item(0)
        press(Qt.Key.Key_Space)
        assert first.checkState() is Qt.CheckState.Unchecked
        for step in range(4, 7):
            for _look in range(40):
                if wizard.next_button.hasFocus():
                    break
                press(Qt.Key.Key_Tab)
            press(Qt.Key.Key_Return)
            assert wizard.step == step
        report = sync_to_the_end(desk, wizard)
        assert report.failures == ()


@pytest.mark.slow
def test_what_can_be_used_has_a_name(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = open_wizard(desk)
    nameless = [
        widget
        for kind in (QAbstractButton, QLineEdit, QAbstractItemView)
        for widget in wizard.findChildren(kind)
        if not widget.accessibleName() and not (isinstance(widget, QAbstractButton) and widget.text())
        if widget.window() is wizard and not widget.objectName().startswith("qt_")
    ]
    assert nameless == []
