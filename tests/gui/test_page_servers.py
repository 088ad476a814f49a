"""The Servers page against a demo server: its libraries, its states and what mends them, editing, removing."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from tests.gui.wizards import KEY, Around, TlsTunnel, demo, free_port, plex_account, press, stored

from retrovue.core.domain.servers import ServerKind, ServerState, readable_fingerprint
from retrovue.core.services.servers import registration as servers
from retrovue.demo.mediabrowser_users import PASSWORD
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.pages.servers.certificate import CertificateDialog
from retrovue.gui.pages.servers.dialogs import EditDialog, SignInDialog
from retrovue.gui.widgets.verdict import StepLook

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def open_dialogs() -> list[QWidget]:
    """The dialogs about signing in that are open."""
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, SignInDialog) and w.isVisible()]


def revoke(desk: Any) -> None:
    """The server refuses the token from now on; "new-token" is the good one."""
    desk.server.dialect.token = "new-token"
    page = desk.page("servers")
    page.details.test_button.click()
    desk.wait(lambda: page.current.state is ServerState.SIGN_IN_AGAIN)
    desk.settle()


@pytest.mark.slow
def test_a_library_is_switched_off_and_on(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    model = page.details.libraries.model
    library = model.row_at(0)
    assert library.is_enabled
    for state, enabled in ((Qt.CheckState.Unchecked, False), (Qt.CheckState.Checked, True)):
        model.setData(model.index(0, 0), state.value, Qt.ItemDataRole.CheckStateRole)
        desk.wait(lambda enabled=enabled: model.row_at(0).is_enabled is enabled)
        kept = {found.id: found.is_enabled for found in desk.context.libraries.all()}
        assert kept[library.id] is enabled


@pytest.mark.slow
def test_removing_asks_and_says_how_many_items_go(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("servers")
    items = sum(library.items for library in desk.context.libraries.all())
    assert items > 0
    page.details.remove_requested.emit()
    dialog = desk.dialog(ConfirmDialog)
    assert dialog.windowTitle() == "Remove “Attic”?"
    assert f"{items:,}" in dialog.accessibleDescription()
    dialog.reject()
    desk.settle()
    assert stored(desk)[0] == 1
    page.details.remove_requested.emit()
    desk.dialog(ConfirmDialog).act_button.click()
    desk.wait(lambda: page.empty.isVisible())
    assert desk.context.servers.all() == []


@pytest.mark.slow
def test_a_disabled_server_is_not_asked(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    page.details.active_requested.emit(False)
    desk.wait(lambda: not page.current.is_active)
    desk.wait(lambda: desk.services.monitor.states == ())
    desk.settle()
    desk.server.reset_counters()
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    assert desk.server.request_count == 0
    page.details.active_requested.emit(True)
    desk.wait(lambda: desk.services.monitor.states != ())


@pytest.mark.slow
def test_a_wrong_address_is_told_in_the_dialog_and_nothing_changes(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    before = page.current.url
    page.details.edit_requested.emit()
    dialog = desk.dialog(EditDialog)
    dialog.url.setText(f"http://127.0.0.1:{free_port()}")
    dialog.save.click()
    desk.wait(lambda: dialog.save.isEnabled())
    assert dialog.isVisible()
    assert dialog._url_block.message
    assert dialog.save.text() == "Save server"
    assert desk.context.servers.all()[0].url == before
    dialog.url.setText(before)
    dialog.name.setText("Loft")
    dialog.save.click()
    desk.wait(lambda: page.current.name == "Loft")


@pytest.mark.slow
def test_signing_in_again_mends_a_refused_token(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    assert page.details.notices.banners == []
    revoke(desk)
    assert not page.details.sign_in_button.isVisible()
    press(desk, page.details.notices, "Sign in again…")
    dialog = desk.dialog(SignInDialog)
    dialog.panel.select("token")
    token = dialog.panel.token.token
    token.setText("also wrong")
    dialog.save.click()
    desk.wait(dialog.error.isVisible)
    assert "refused the sign-in" in dialog.error.text
    assert dialog.save.isEnabled()
    token.setText("new-token")
    desk.qtbot.keyClick(token, Qt.Key.Key_Return)
    desk.wait(lambda: page.current.state is ServerState.ONLINE)
    assert open_dialogs() == []
    desk.wait(lambda: page.details.notices.banners == [])
    assert page.details.sign_in_button.isVisible()
    page.details.test_button.click()
    desk.wait(lambda: page.details.verdict.title.startswith("Connected to Lanternhouse"))


@pytest.mark.slow
def test_signing_in_again_with_the_plex_account_goes_on_where_it_was(make_desk: MakeDesk) -> None:
    desk, around = make_desk(synced=True), Around()
    items = sum(library.items for library in desk.context.libraries.all())
    page = desk.page("servers")
    page.doors = around.doors
    revoke(desk)
    with plex_account(desk) as account:
        account.resources[0]["accessToken"] = "new-token"
        press(desk, page.details.notices, "Sign in again…")
        dialog = desk.dialog(SignInDialog)
        assert dialog.save.text() == "Sign in with Plex"
        dialog.save.click()
        desk.wait(dialog.panel.account.code.isVisible)
        assert len(around.opened) == 1
        assert account.confirm(dialog.panel.account.code.tiles.code)
        desk.wait(lambda: page.current.state is ServerState.ONLINE)
        assert open_dialogs() == []
    (server,) = desk.context.servers.all()
    assert desk.context.secrets.get(server.uuid, server.name) == "new-token"
    with desk.qtbot.waitSignal(desk.services.sync.finished, timeout=60_000) as finished:
        desk.services.sync.start()
    assert finished.args[0].failures == ()
    assert sum(library.added for library in finished.args[0].libraries) == 0
    assert sum(library.items for library in desk.context.libraries.all()) == items


@pytest.mark.slow
def test_an_account_without_this_machine_is_refused(make_desk: MakeDesk) -> None:
    desk, around = make_desk(), Around()
    page = desk.page("servers")
    page.doors = around.doors
    with plex_account(desk) as account:
        account.resources.clear()
        account.add_server("Another", "another-machine", desk.server.url, token="x")
        page.details.sign_in_requested.emit()
        dialog = desk.dialog(SignInDialog)
        dialog.save.click()
        desk.wait(dialog.panel.account.code.isVisible)
        account.confirm(dialog.panel.account.code.tiles.code)
        desk.wait(dialog.error.isVisible)
        assert "does not have the server “Attic”" in dialog.error.text
        assert dialog.save.isEnabled()
        assert dialog.save.text() == "Sign in with Plex"
        dialog.reject()


@pytest.mark.slow
def test_another_machine_at_the_address_gets_no_password(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.EMBY) as server:
        desk.context.servers  # noqa: B018 - opened here, as the window does
        added = servers.add(desk.context, kind=ServerKind.EMBY, name="Cabin", url=server.url, secret=KEY).server
        desk.context.servers.change(added.id, machine_identifier="somebody-else")
        page = desk.page("servers")
        page.refresh()
        desk.wait(lambda: page.current is not None)
        page.details.sign_in_requested.emit()
        dialog = desk.dialog(SignInDialog)
        method = dialog.panel.password
        method.user.setText(server.dialect.users.accounts[0].name)
        method.password.setText(PASSWORD)
        dialog.save.click()
        desk.wait(lambda: bool(method.password_block.message) and dialog.save.isEnabled())
        assert "A different server responds" in method.password_block.message
        assert not any("authenticate" in record.path.lower() for record in server.requests)
        dialog.reject()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [ServerKind.EMBY, ServerKind.JELLYFIN])
def test_each_kind_signs_in_again_its_own_way(make_desk: MakeDesk, kind: ServerKind) -> None:
    desk = make_desk(with_server=False)
    with demo(kind) as server:
        users = server.dialect.users
        owner = users.accounts[0]
        first = users.issue(owner, "window")
        servers.add(desk.context, kind=kind, name="Cabin", url=server.url, secret=first, user_id=owner.id)
        page = desk.page("servers")
        desk.wait(lambda: page.current is not None)
        users.revoke(first)
        page.details.test_button.click()
        desk.wait(lambda: page.current.state is ServerState.SIGN_IN_AGAIN)
        desk.settle()
        press(desk, page.details.notices, "Sign in again…")
        dialog = desk.dialog(SignInDialog)
        if kind is ServerKind.JELLYFIN:
            desk.wait(dialog.panel.quick.code.isVisible)
            assert users.approve(dialog.panel.quick.code.tiles.code, owner)
        else:
            dialog.panel.password.user.setText(owner.name)
            dialog.panel.password.password.setText(PASSWORD)
            dialog.save.click()
        desk.wait(lambda: page.current.state is ServerState.ONLINE)
        assert open_dialogs() == []
        assert page.current.account == owner.name


@pytest.mark.slow
def test_signing_in_again_can_be_cancelled_while_a_code_waits(make_desk: MakeDesk) -> None:
    desk, around = make_desk(), Around()
    page = desk.page("servers")
    page.doors = around.doors
    with plex_account(desk) as account:
        page.details.sign_in_requested.emit()
        dialog = desk.dialog(SignInDialog)
        dialog.save.click()
        desk.wait(dialog.panel.account.code.isVisible)
        desk.qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        tasks = desk.app.runner._tasks
        desk.wait(lambda: not any(task.handle.lane == "sign-in" for task in tasks.values()))
        assert len(account.requests) >= 1
    (server,) = desk.context.servers.all()
    assert desk.context.secrets.get(server.uuid, server.name) == desk.server.token


@pytest.mark.slow
def test_a_changed_certificate_is_shown_beside_the_old_one(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with TlsTunnel(desk.server.port, "self-signed") as tunnel:
        old = tunnel.fingerprint
        servers.add(
            desk.context,
            kind=ServerKind.PLEX,
            name="Attic",
            url=tunnel.url,
            secret=desk.server.token,
            tls_fingerprint=old,
        )
        # What listens for changes would meet the certificate in its own time.
        desk.context.servers.change(desk.context.servers.all()[0].id, follow_live=False)
        page = desk.page("servers")
        desk.wait(lambda: page.current is not None)
        new = tunnel.show("other-name")
        assert new != old
        page.details.test_button.click()
        desk.wait(lambda: page.current.state is ServerState.CERTIFICATE)
        desk.settle()
        for act in ("reject", "accept"):
            press(desk, page.details.notices, "Review certificate…")
            dialog = desk.dialog(CertificateDialog)
            said = [label.text().replace("\n", ":") for label in dialog.findChildren(QLabel)]
            assert readable_fingerprint(old) in said
            assert readable_fingerprint(new) in said
            assert dialog.cancel_button.isDefault()
            if act == "reject":
                dialog.reject()
                desk.settle()
                assert desk.context.servers.all()[0].tls_fingerprint == old
        dialog.trust_button.click()
        desk.wait(lambda: page.current.state is ServerState.ONLINE)
        assert desk.context.servers.all()[0].tls_fingerprint == new
        desk.wait(lambda: page.details.notices.banners == [])


@pytest.mark.slow
def test_a_certificate_is_not_trusted_any_more_and_is_again(make_desk: MakeDesk) -> None:
    desk = make_desk()
    (server,) = desk.context.servers.all()
    page = desk.page("servers")
    desk.wait(lambda: page.current is not None)

    def entries() -> dict[str, QAction]:
        page.details._fill_menu()
        return {action.text(): action for action in page.details._menu.actions()}

    words = "Stop trusting this certificate"
    assert words not in entries()
    pin = "3f" * 32
    desk.context.servers.change(server.id, tls_fingerprint=pin)
    page.refresh()
    desk.wait(lambda: page.current.tls_fingerprint == pin)
    entries()[words].trigger()
    desk.wait(lambda: page.current.tls_fingerprint is None)
    assert desk.context.servers.all()[0].tls_fingerprint is None
    assert words not in entries()
    toast = desk.window.toasts.toast
    assert "Attic" in toast.accessibleName()
    toast.action_button.click()
    desk.wait(lambda: page.current.tls_fingerprint == pin)
    assert desk.context.servers.all()[0].tls_fingerprint == pin


@pytest.mark.slow
def test_a_new_address_with_a_certificate_of_its_own(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    desk.context.servers.change(page.current.id, follow_live=False)
    with TlsTunnel(desk.server.port, "self-signed") as tunnel:
        page.details.edit_requested.emit()
        dialog = desk.dialog(EditDialog)
        dialog.url.setText(tunnel.url)
        dialog.save.click()
        asked = desk.dialog(CertificateDialog)
        assert "not signed by anyone this computer trusts" in dialog._url_block.message
        asked.trust_button.click()
        desk.wait(lambda: page.current.url == tunnel.url)
        assert desk.context.servers.all()[0].tls_fingerprint == tunnel.fingerprint


@pytest.mark.slow
def test_what_a_plain_account_does_not_get_is_said(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with demo(ServerKind.JELLYFIN) as server:
        guest = server.dialect.users.accounts[1]
        servers.add(
            desk.context,
            kind=ServerKind.JELLYFIN,
            name="Basement",
            url=server.url,
            secret=server.dialect.users.issue(guest, "window"),
            user_id=guest.id,
        )
        page = desk.page("servers")
        desk.wait(lambda: len(page.details.notices.banners) == 1)
        (banner,) = page.details.notices.banners
        assert "not available to this account" in banner.title
        assert "administrator" in banner.accessibleName()
        assert "Who is watching now" in banner.accessibleName()


@pytest.mark.slow
def test_a_stored_server_that_is_off_is_told_at_its_port(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    desk.server.stop()
    page.details.test_button.click()
    desk.wait(lambda: page.current.state is ServerState.NOT_REACHABLE)
    failed = [s.title for s in page.details.verdict.steps.steps if s.state is StepLook.FAILED]
    assert failed == ["Port"]
    assert page.details.test_button.isEnabled()
