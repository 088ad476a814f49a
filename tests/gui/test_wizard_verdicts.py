"""What the wizard says of an address and a token: each verdict, its remedy, and the way on."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from tests.gui.wizards import (
    KEY,
    TlsTunnel,
    by_token,
    choose_kind,
    demo,
    finish,
    free_port,
    open_wizard,
    press,
    stored,
    test_token,
    to_the_end,
    type_address,
    verdict_of,
)

from retrovue.core.domain.servers import ServerKind
from retrovue.demo.fault_kinds import Html, Replace, Status
from retrovue.demo.faults import path
from retrovue.gui.pages.servers.certificate import CertificateDialog
from retrovue.gui.widgets.verdict import StepLook

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def at_server(desk: Any, kind: ServerKind = ServerKind.PLEX) -> Any:
    wizard = open_wizard(desk)
    choose_kind(wizard, kind)
    return wizard


@pytest.mark.slow
def test_a_name_that_does_not_exist(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = at_server(desk)
    type_address(desk, wizard, "http://no-such-host.invalid:32400")
    sentence, failed = verdict_of(wizard.server_page.verdict)
    assert "no-such-host.invalid" in sentence
    assert failed == ["Address"]
    assert wizard.step == 1
    assert stored(desk) == (0, 0)


@pytest.mark.slow
def test_a_port_where_nobody_listens_and_then_somebody_does(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = at_server(desk)
    desk.server.stop()
    type_address(desk, wizard, f"http://127.0.0.1:{desk.server._requested_port}")
    assert verdict_of(wizard.server_page.verdict)[1] == ["Port"]
    assert wizard.next_button.isEnabled()
    desk.server.start()
    press(desk, wizard, "Test again")
    desk.wait(lambda: wizard.step == 2)


@pytest.mark.slow
def test_a_wrong_token_and_then_the_right_one(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = at_server(desk)
    type_address(desk, wizard, desk.server.url)
    test_token(desk, wizard, "wrong")
    verdict = wizard.sign_in_page.verdict
    assert verdict_of(verdict)[1] == ["Sign-in"]
    passed = [s.title for s in verdict.steps.steps if s.state is StepLook.PASSED]
    assert passed[:2] == ["Address", "Port"]
    assert wizard.step == 2
    # The next step is to type or paste another one in its place.
    field = wizard.sign_in_page.panel.token.token
    assert field.selectedText()
    desk.qtbot.keyClicks(field, desk.server.token)
    assert field.text() == desk.server.token
    wizard.next_button.click()
    desk.wait(lambda: wizard.step == 3)


@pytest.mark.slow
def test_no_token_at_all(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = at_server(desk)
    type_address(desk, wizard, desk.server.url)
    wizard.sign_in_page.panel.select("token")
    wizard.next_button.click()
    assert wizard.sign_in_page.panel.token.block.message == "Type or paste it here."
    assert wizard.step == 2
    assert wizard.next_button.isEnabled()


@pytest.mark.slow
def test_a_sign_in_page_of_a_hotel(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Html())
    wizard = at_server(desk)
    type_address(desk, wizard, desk.server.url)
    sentence, failed = verdict_of(wizard.server_page.verdict)
    assert failed
    assert "web page" in sentence
    assert "<html" not in sentence.lower()


@pytest.mark.slow
def test_something_that_is_no_media_server(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Replace(find=b"MediaContainer", by=b"Greeting", count=9))
    wizard = at_server(desk)
    type_address(desk, wizard, desk.server.url)
    assert verdict_of(wizard.server_page.verdict)[1]
    assert wizard.step == 1


@pytest.mark.slow
def test_an_account_that_may_not_list_libraries(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Status(status=403, match=path("/library/sections")))
    wizard = at_server(desk)
    type_address(desk, wizard, desk.server.url)
    test_token(desk, wizard, desk.server.token)
    sentence, failed = verdict_of(wizard.sign_in_page.verdict)
    assert wizard.step == 2
    assert failed
    assert "token" not in sentence.lower()
    desk.server.faults.clear()


@pytest.mark.slow
@pytest.mark.parametrize("address", ["http://", "ftp://nas"])
def test_an_address_that_cannot_be_one(make_desk: MakeDesk, address: str) -> None:
    desk = make_desk(with_server=False)
    wizard = at_server(desk)
    type_address(desk, wizard, address)
    page = wizard.server_page
    assert page.url.property("wrong") == "true" or verdict_of(page.verdict)[1] == ["Address"]
    assert wizard.step == 1


@pytest.mark.slow
def test_nothing_typed_and_nothing_chosen(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = at_server(desk, ServerKind.EMBY)
    assert not wizard.next_button.isEnabled()
    desk.qtbot.keyClicks(wizard.server_page.url, "n")
    assert wizard.next_button.isEnabled()


@pytest.mark.slow
def test_jellyfin_at_the_address_of_a_plex(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.JELLYFIN) as server:
        wizard = at_server(desk, ServerKind.PLEX)
        type_address(desk, wizard, server.url)
        sentence, failed = verdict_of(wizard.server_page.verdict)
        assert "Jellyfin" in sentence
        assert failed == ["Version"]
        press(desk, wizard, "Add as Jellyfin server")
        desk.wait(lambda: wizard.step == 2)
        assert wizard.kind_page.kind is ServerKind.JELLYFIN
        test_token(desk, wizard, KEY)
        finish(desk, wizard)
        assert [one.kind for one in desk.context.servers.all()] == [ServerKind.JELLYFIN]


@pytest.mark.slow
@pytest.mark.parametrize("wanted", [ServerKind.JELLYFIN, ServerKind.EMBY])
def test_plex_at_the_address_of_another(make_desk: MakeDesk, wanted: ServerKind) -> None:
    desk = make_desk(with_server=False)
    wizard = at_server(desk, wanted)
    type_address(desk, wizard, desk.server.url)
    press(desk, wizard, "Add as Plex server")
    desk.wait(lambda: wizard.step == 2)
    assert wizard.sign_in_page.panel.method == "account"
    test_token(desk, wizard, desk.server.token)
    assert wizard.step == 3


@pytest.mark.slow
def test_a_server_that_is_there_already_is_refused_before_anybody_signs_in(make_desk: MakeDesk) -> None:
    desk = make_desk()
    wizard = at_server(desk)
    type_address(desk, wizard, desk.server.url)
    assert "Attic" in wizard.server_page.problem.text
    assert wizard.step == 1
    assert wizard.server_page.found.isVisible()


@pytest.mark.slow
def test_a_certificate_is_looked_at_and_trusted_for_this_server(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with TlsTunnel(desk.server.port, "self-signed") as tunnel:
        wizard = at_server(desk)
        type_address(desk, wizard, tunnel.url)
        page = wizard.server_page
        assert verdict_of(page.verdict)[1] == ["Certificate"]
        shown = tunnel.fingerprint.upper()
        assert f"SHA-256 {shown[:2]}:{shown[2:4]}" in page.verdict._code.text
        press(desk, wizard, "Trust this certificate…")
        dialog = desk.dialog(CertificateDialog)
        desk.qtbot.keyClick(dialog, Qt.Key.Key_Return)
        assert not dialog.isVisible()
        assert wizard.step == 1
        press(desk, wizard, "Trust this certificate…")
        desk.dialog(CertificateDialog).trust_button.click()
        desk.wait(lambda: wizard.step == 2)
        test_token(desk, wizard, desk.server.token)
        finish(desk, wizard)
        (server,) = desk.context.servers.all()
        assert (server.url, server.tls_fingerprint) == (tunnel.url, tunnel.fingerprint)
        with desk.qtbot.waitSignal(desk.services.sync.finished, timeout=60_000) as finished:
            desk.services.sync.start()
        assert finished.args[0].failures == ()


@pytest.mark.slow
def test_a_password_waits_until_the_certificate_is_trusted(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.EMBY) as server, TlsTunnel(server.port, "self-signed") as tunnel:
        wizard = at_server(desk, ServerKind.EMBY)
        type_address(desk, wizard, tunnel.url)
        assert wizard.step == 1
        assert not any("Authenticate" in record.path for record in server.requests)
        press(desk, wizard, "Trust this certificate…")
        desk.dialog(CertificateDialog).trust_button.click()
        desk.wait(lambda: wizard.step == 2)
        from retrovue.demo.mediabrowser_users import PASSWORD

        method = wizard.sign_in_page.panel.password
        method.user.setText(server.dialect.users.accounts[0].name)
        method.password.setText(PASSWORD)
        wizard.next_button.click()
        desk.wait(lambda: wizard.step == 3)


@pytest.mark.slow
def test_choose_another_shows_the_list_again(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = at_server(desk)
    type_address(desk, wizard, f"http://127.0.0.1:{free_port()}")
    assert not wizard.server_page.found.isVisible()
    press(desk, wizard, "Choose another server")
    assert wizard.server_page.found.isVisible()
    assert not wizard.server_page.verdict.isVisible()


@pytest.mark.slow
def test_a_name_that_is_taken_is_told_and_can_be_mended(make_desk: MakeDesk) -> None:
    desk = make_desk()
    with demo(ServerKind.EMBY) as server:
        wizard = open_wizard(desk)
        by_token(desk, wizard, ServerKind.EMBY, server.url, KEY)
        to_the_end(wizard)
        wizard.done_page.name.setText("")
        assert not wizard.next_button.isEnabled()
        wizard.done_page.name.setText("Attic")
        wizard.done_page.mapping.setChecked(False)
        wizard.done_page.sync_now.setChecked(False)
        wizard.next_button.click()
        desk.wait(lambda: bool(wizard.done_page.name_block.message))
        assert "Attic" in wizard.done_page.name_block.message
        assert stored(desk)[0] == 1
        wizard.done_page.name.setText("Loft")
        wizard.next_button.click()
        desk.wait(lambda: stored(desk)[0] == 2)


@pytest.mark.slow
def test_an_unticked_library_is_stored_off(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = open_wizard(desk)
    by_token(desk, wizard, ServerKind.PLEX, desk.server.url, desk.server.token)
    first = wizard.libraries_page.list.item(0)
    remote_id = first.data(Qt.ItemDataRole.UserRole)
    first.setCheckState(Qt.CheckState.Unchecked)
    finish(desk, wizard)
    desk.settle()
    off = {library.remote_id for library in desk.context.libraries.all() if not library.is_enabled}
    assert remote_id in off
    assert desk.context.runs.recent() == []
