"""From nothing to imported in every way there is: account, Quick Connect, password, key, token; for all three kinds."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from tests.gui.wizards import (
    KEY,
    Around,
    by_token,
    choose_kind,
    demo,
    finish,
    open_wizard,
    plex_account,
    sync_to_the_end,
    type_address,
)
from tests.kinds import each_kind

from retrovue.core.domain.servers import ServerKind, ServerState
from retrovue.core.services.servers.discovery import FoundOnNetwork
from retrovue.demo.account import connection
from retrovue.demo.mediabrowser_users import PASSWORD
from retrovue.gui.widgets.buttons import RING

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]
BOTH = each_kind(ServerKind.JELLYFIN, of=(ServerKind.EMBY, ServerKind.JELLYFIN))


def account_panel(wizard: Any) -> Any:
    return wizard.sign_in_page.panel.account


def at_the_code(desk: Any, wizard: Any) -> str:
    """From the first page to the code that is shown."""
    choose_kind(wizard, ServerKind.PLEX)
    wizard.next_button.click()
    assert wizard.step == 2
    assert wizard.next_button.text() == "Sign in with Plex"
    wizard.next_button.click()
    panel = account_panel(wizard)
    desk.wait(panel.code.isVisible)
    code: str = panel.code.tiles.code
    return code


class OpenKeyring:
    """A keyring that is there; nothing is put into it."""

    def get_password(self, service: str, username: str) -> str | None:
        return None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"keyring": OpenKeyring(), "secrets": "keyring"}, "in this computer’s keyring."),
        ({"secrets": "keyring"}, "only until RetroVue quits, unless you allow a file for it."),
        ({"secrets": "file"}, "in a file in the data folder."),
    ],
    ids=["keyring", "no keyring", "file"],
)
def test_the_page_says_where_a_sign_in_is_really_kept(make_desk: MakeDesk, facts: dict[str, Any], said: str) -> None:
    desk = make_desk(with_server=False, **facts)
    wizard = open_wizard(desk)
    choose_kind(wizard, ServerKind.PLEX)
    wizard.next_button.click()
    panel = account_panel(wizard)
    desk.wait(lambda: panel._intro.text().endswith(said))
    assert panel._intro.text().count("keyring") <= 1
    wizard.sign_in_page.panel.select("token")
    hint = wizard.sign_in_page.panel.token.block.message
    assert ("keyring, never" in hint) is ("keyring" in facts)
    foot = wizard.sign_in_page.address_button
    (question,) = (one for one in foot.parentWidget().findChildren(QLabel) if "browser" in one.text())
    if foot.x():
        assert question.geometry().center().y() == foot.geometry().center().y()
    page = wizard.sign_in_page
    left = page._area.mapTo(page, QPoint()).x()
    # The question's text, and the link's where it has a line of its own, begin where everything else does.
    assert {one.mapTo(page, QPoint(RING, 0)).x() for one in (question, foot) if not one.x()} == {left}


@pytest.mark.slow
def test_a_token_of_plex(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = open_wizard(desk)
    by_token(desk, wizard, ServerKind.PLEX, desk.server.url, desk.server.token)
    assert wizard.libraries_page.list.count() == len(desk.server.library.sections)
    report = sync_to_the_end(desk, wizard)
    assert report.failures == ()
    assert sum(library.added for library in report.libraries) > 0
    (server,) = desk.context.servers.all()
    assert (server.name, server.state) == ("Lanternhouse", ServerState.ONLINE)
    assert not desk.page("servers").empty.isVisible()


@pytest.mark.slow
def test_a_plex_account_confirmed_in_the_browser(make_desk: MakeDesk) -> None:
    desk, around = make_desk(with_server=False), Around()
    with plex_account(desk) as account:
        account.add_server(
            "Marta’s Plex", "other-machine", "http://127.0.0.1:9", token="x", owned=False, sourceTitle="marta"
        )
        wizard = open_wizard(desk, around)
        code = at_the_code(desk, wizard)
        panel = account_panel(wizard)
        assert len(around.opened) == 1
        assert code in around.opened[0]
        assert not wizard.next_button.isEnabled()
        minutes, seconds = panel.code.countdown.text.split(":")
        assert 29 * 60 < int(minutes) * 60 + int(seconds) <= 30 * 60
        panel.copy_button.click()
        assert QGuiApplication.clipboard().text() == around.opened[0]
        panel.browser_button.click()
        assert len(around.opened) == 2
        assert account.confirm(code)
        desk.wait(panel.list.isVisible)
        assert [panel.list.choice(key).title for key in panel.list.keys] == ["Lanternhouse", "Marta’s Plex"]
        desk.wait(wizard.next_button.isEnabled)
        own = panel.list.choice(desk.server.library.machine_identifier)
        assert (own.look.word, own.detail) == ("Local", f"your own · {desk.server.url}")
        desk.wait(lambda: panel.list.choice("other-machine").look.word == "Unreachable")
        assert panel.list.choice("other-machine").detail == "shared by marta"
        panel.list.choose("other-machine")
        assert panel.error.text.startswith("Marta’s Plex")
        assert not wizard.next_button.isEnabled()
        panel.list.choose(desk.server.library.machine_identifier)
        wizard.next_button.click()
        desk.wait(lambda: wizard.step == 3)
        report = sync_to_the_end(desk, wizard)
    assert report.failures == ()
    (server,) = desk.context.servers.all()
    assert (server.url, server.is_owner) == (desk.server.url, True)
    assert desk.context.secrets.get(server.uuid, server.name) == desk.server.token


@pytest.mark.slow
def test_a_server_that_is_there_already_cannot_be_chosen_again(make_desk: MakeDesk) -> None:
    desk = make_desk()
    with plex_account(desk) as account:
        wizard = open_wizard(desk)
        code = at_the_code(desk, wizard)
        account.confirm(code)
        panel = account_panel(wizard)
        desk.wait(panel.list.isVisible)
        only = panel.list.choice(desk.server.library.machine_identifier)
        assert not only.is_enabled
        assert only.why == "Already added as “Attic”"
        assert not wizard.next_button.isEnabled()


@pytest.mark.slow
def test_the_account_after_an_address_offers_that_server(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with plex_account(desk) as account:
        account.add_server("Aardvark", "another-machine", "http://127.0.0.1:9", token="x")
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.PLEX)
        type_address(desk, wizard, desk.server.url)
        panel = wizard.sign_in_page.panel
        assert panel.ways[ServerKind.PLEX].isVisible()
        assert panel.method == "account"
        wizard.next_button.click()
        desk.wait(panel.account.code.isVisible)
        account.confirm(panel.account.code.tiles.code)
        desk.wait(panel.account.list.isVisible)
        assert panel.account.list.key == desk.server.library.machine_identifier
        desk.wait(wizard.next_button.isEnabled)
        wizard.next_button.click()
        desk.wait(lambda: wizard.step == 3)


@pytest.mark.slow
def test_how_a_server_is_reached_is_said(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with plex_account(desk) as account:
        account.resources.clear()
        ways = [connection(desk.server.url, local=False, relay=True)]
        account.add_server(
            "Far", desk.server.library.machine_identifier, token=desk.server.token, connections=ways, owned=False
        )
        wizard = open_wizard(desk)
        account.confirm(at_the_code(desk, wizard))
        panel = account_panel(wizard)
        desk.wait(panel.list.isVisible)
        desk.wait(wizard.next_button.isEnabled)
        choice = panel.list.choice(desk.server.library.machine_identifier)
        assert choice.look.word == "Relay (slow)"
        assert choice.detail.startswith("shared with you")


@pytest.mark.slow
def test_a_code_that_ran_out_can_be_asked_for_again(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with plex_account(desk) as account:
        wizard = open_wizard(desk)
        first = at_the_code(desk, wizard)
        account.expire()
        panel = account_panel(wizard)
        desk.wait(lambda: panel.error.isVisible())
        assert "has expired" in panel.error.text
        assert not panel.code.isVisible()
        assert wizard.next_button.text() == "Sign in with Plex"
        wizard.next_button.click()
        desk.wait(panel.code.isVisible)
        assert panel.code.tiles.code != first
        assert account.confirm(panel.code.tiles.code)
        desk.wait(panel.list.isVisible)


@pytest.mark.slow
def test_without_a_browser_the_link_is_left(make_desk: MakeDesk) -> None:
    desk, around = make_desk(with_server=False), Around(has_browser=False)
    with plex_account(desk):
        wizard = open_wizard(desk, around)
        at_the_code(desk, wizard)
        panel = account_panel(wizard)
        assert "Copy the link" in panel.error.text
        wizard.sign_in_page.address_button.click()
        assert wizard.step == 1
        assert wizard.server_page.url.hasFocus()
        assert not panel.is_busy
        type_address(desk, wizard, desk.server.url)
        assert wizard.step == 2
        assert wizard.sign_in_page.panel.ways[ServerKind.PLEX].isVisible()


@pytest.mark.slow
def test_an_account_service_that_is_away_is_told(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with plex_account(desk):
        pass
    wizard = open_wizard(desk)
    choose_kind(wizard, ServerKind.PLEX)
    wizard.next_button.click()
    wizard.next_button.click()
    panel = account_panel(wizard)
    desk.wait(panel.error.isVisible)
    assert "refused the connection" in panel.error.text
    assert wizard.next_button.isEnabled()


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOTH)
def test_an_api_key(make_desk: MakeDesk, kind: ServerKind) -> None:
    desk = make_desk(with_server=False)
    with demo(kind) as server:
        wizard = open_wizard(desk)
        by_token(desk, wizard, kind, server.url, KEY)
        report = sync_to_the_end(desk, wizard)
        assert report.failures == ()
        assert sum(library.added for library in report.libraries) > 0
        (stored,) = desk.context.servers.all()
        assert (stored.kind, stored.url) == (kind, server.url)


@pytest.mark.slow
@pytest.mark.parametrize("kind", BOTH)
def test_user_and_password(make_desk: MakeDesk, kind: ServerKind) -> None:
    desk = make_desk(with_server=False)
    with demo(kind) as server:
        owner = server.dialect.users.accounts[0]
        wizard = open_wizard(desk)
        choose_kind(wizard, kind)
        type_address(desk, wizard, server.url)
        panel = wizard.sign_in_page.panel
        panel.select("password")
        method = panel.password
        desk.qtbot.keyClicks(method.user, owner.name)
        desk.qtbot.keyClicks(method.password, "wrong")
        wizard.next_button.click()
        assert method.password.text() == ""
        desk.wait(lambda: method.password_block.message.startswith("The server did not accept"))
        assert wizard.next_button.isEnabled()
        desk.qtbot.keyClicks(method.password, PASSWORD)
        desk.qtbot.keyClick(method.password, Qt.Key.Key_Return)
        assert method.password.text() == ""
        desk.wait(lambda: wizard.step == 3)
        assert owner.name in wizard.libraries_page._sentence.text()
        wizard.next_button.click()
        wizard.folders_page.find_button.click()
        desk.wait(wizard.folders_page.find_button.isEnabled)
        assert wizard.folders_page._samples
        report = sync_to_the_end(desk, wizard)
        assert report.failures == ()
        (stored,) = desk.context.servers.all()
        assert (stored.account, stored.is_owner) == (owner.name, True)
        assert stored.remote_user_id
        token = desk.context.secrets.get(stored.uuid, stored.name)
        assert token in server.dialect.users.tokens
    assert all(PASSWORD.encode() not in path.read_bytes() for path in desk.dirs.data_dir.rglob("*") if path.is_file())


@pytest.mark.slow
def test_quick_connect(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.JELLYFIN) as server:
        users = server.dialect.users
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.JELLYFIN)
        type_address(desk, wizard, server.url)
        quick = wizard.sign_in_page.panel.quick
        desk.wait(quick.code.isVisible)
        assert not wizard.next_button.isEnabled()
        assert users.approve(quick.code.tiles.code, users.accounts[0])
        desk.wait(lambda: wizard.step == 3)
        report = sync_to_the_end(desk, wizard)
        assert report.failures == ()
        (stored,) = desk.context.servers.all()
        assert stored.account == users.accounts[0].name


@pytest.mark.slow
def test_a_quick_connect_code_that_ran_out(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.JELLYFIN) as server:
        users = server.dialect.users
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.JELLYFIN)
        type_address(desk, wizard, server.url)
        quick = wizard.sign_in_page.panel.quick
        desk.wait(quick.code.isVisible)
        users.expire_codes()
        desk.wait(quick.error.isVisible)
        assert wizard.next_button.text() == "Show code"
        wizard.next_button.click()
        desk.wait(quick.code.isVisible)
        quick.stop_button.click()
        assert not quick.code.isVisible()
        assert wizard.next_button.text() == "Show code"
        wizard.next_button.click()
        desk.wait(quick.code.isVisible)
        assert users.approve(quick.code.tiles.code, users.accounts[0])
        desk.wait(lambda: wizard.step == 3)


@pytest.mark.slow
def test_without_quick_connect_the_password_is_asked_for(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.JELLYFIN) as server:
        server.dialect.users.quick_connect = False
        wizard = open_wizard(desk)
        choose_kind(wizard, ServerKind.JELLYFIN)
        type_address(desk, wizard, server.url)
        panel = wizard.sign_in_page.panel
        desk.wait(lambda: panel.method == "password")
        assert panel.password.user.hasFocus()
        assert "turned off" in panel._said.text()


@pytest.mark.slow
def test_a_found_server_needs_no_typing(make_desk: MakeDesk) -> None:
    desk, around = make_desk(), Around()
    with demo(ServerKind.JELLYFIN) as server:
        machine = server.library.machine_identifier
        (attic,) = desk.context.servers.all()
        around.found = [
            FoundOnNetwork(ServerKind.PLEX, "Attic", attic.url, attic.machine_identifier, attic),
            FoundOnNetwork(ServerKind.JELLYFIN, "Basement", server.url, machine),
        ]
        wizard = open_wizard(desk, around)
        choose_kind(wizard, ServerKind.PLEX)
        found = wizard.server_page.found
        desk.wait(lambda: not found.is_searching)
        assert around.searches == 1
        assert found.said.text() == "2 servers found on this network."
        titles = [found.list.choice(key).title for key in found.list.keys]
        assert titles == ["Sign in with Plex", "Attic", "Basement"]
        known = found.list.choice(found.list.keys[1])
        assert (known.is_enabled, known.why) == (False, "Already added as “Attic”")
        assert not found.list.item(1).flags() & Qt.ItemFlag.ItemIsEnabled
        found.list.choose(found.list.keys[2])
        assert wizard.server_page.url.text() == ""
        wizard.next_button.click()
        desk.wait(lambda: wizard.step == 2)
        assert wizard.kind_page.kind is ServerKind.JELLYFIN
        assert wizard.sign_in_page.panel.method == "quick"
        desk.wait(wizard.sign_in_page.panel.quick.code.isVisible)
        wizard.sign_in_page.panel.select("token")
        desk.qtbot.keyClicks(wizard.sign_in_page.panel.token.token, KEY)
        wizard.next_button.click()
        desk.wait(lambda: wizard.step == 3)
        finish(desk, wizard)
        assert {one.kind for one in desk.context.servers.all()} == {ServerKind.PLEX, ServerKind.JELLYFIN}


@pytest.mark.slow
def test_an_empty_network_says_what_is_not_found(make_desk: MakeDesk) -> None:
    desk, around = make_desk(with_server=False), Around(is_silent=True)
    wizard = open_wizard(desk, around)
    choose_kind(wizard, ServerKind.EMBY)
    found = wizard.server_page.found
    assert found.busy.isVisible()
    assert not found.again.isEnabled()
    desk.wait(wizard.server_page.url.hasFocus)
    around.silence.set()
    desk.wait(lambda: not found.is_searching)
    assert "bridged" in found.list.placeholder
    assert not wizard.next_button.isEnabled()
    around.found = [FoundOnNetwork(ServerKind.EMBY, "Cabin", "http://192.0.2.7:8096", "m")]
    found.again.click()
    desk.wait(found.list.count)
    assert around.searches == 2


@pytest.mark.slow
def test_find_on_this_network_begins_there(make_desk: MakeDesk) -> None:
    desk, around = make_desk(), Around()
    page = desk.page("servers")
    page.doors = around.doors
    page.find_button.click()
    assert page._wizard.step == 1
    desk.wait(lambda: around.searches == 1)
    page._wizard.reject()


@pytest.mark.slow
def test_waiting_for_a_code_keeps_nobody_else_waiting(make_desk: MakeDesk) -> None:
    desk = make_desk()
    with plex_account(desk):
        wizard = open_wizard(desk)
        at_the_code(desk, wizard)
        desk.settle()
        page = desk.page("servers")
        page._test()
        desk.wait(lambda: page.details.verdict.title.startswith("Connected to Lanternhouse"))
        assert account_panel(wizard).is_busy
