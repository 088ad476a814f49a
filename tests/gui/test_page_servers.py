"""The Servers page and its wizard against a demo server: from nothing to imported, and everything that goes wrong."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from retrovue.core.domain.servers import ServerState
from retrovue.demo.fault_kinds import Delay, Html, Replace, Status
from retrovue.demo.faults import path
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.pages.servers.dialogs import EditDialog, SignInDialog
from retrovue.gui.pages.servers.wizard import AddServerWizard
from retrovue.gui.widgets.verdict import StepState

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def open_wizard(desk: Any) -> AddServerWizard:
    page = desk.page("servers")
    page.add_button.click()
    wizard: AddServerWizard = desk.dialog(AddServerWizard)
    return wizard


def test_address(desk: Any, wizard: AddServerWizard, url: str, token: str) -> AddServerWizard:
    """Type, test, and wait for the verdict."""
    if wizard.step == 0:
        wizard.next_button.click()
    page = wizard.address_page
    page.url.setText(url)
    page.token.setText(token)
    page.test_button.click()
    desk.wait(page.test_button.isEnabled, timeout_ms=20_000)
    return wizard


def to_the_end(wizard: AddServerWizard) -> None:
    """Leave path mapping and background as they are offered."""
    while wizard.step < 5:
        wizard.next_button.click()


test_address.__test__ = False  # type: ignore[attr-defined]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def stored(desk: Any) -> tuple[int, int]:
    """(servers, libraries) in the catalogue."""
    return len(desk.context.servers.all()), len(desk.context.libraries.all())


def test_from_empty_to_synced(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("servers")
    assert page.empty.isVisible()
    wizard = test_address(desk, open_wizard(desk), desk.server.url, desk.server.token)
    assert wizard.address_page.is_complete()
    assert wizard.address_page.name.text() == "Lanternhouse"
    wizard.next_button.click()
    assert wizard.step == 2
    assert wizard.libraries_page.list.count() == len(desk.server.library.sections)
    to_the_end(wizard)
    assert "Lanternhouse" in wizard.done_page.summary.text()
    wizard.done_page.mapping.setChecked(False)
    with desk.qtbot.waitSignal(desk.services.sync.finished, timeout=30_000) as finished:
        wizard.next_button.click()
    report = finished.args[0]
    assert report.failures == ()
    assert sum(library.added for library in report.libraries) > 0
    desk.settle()
    (server,) = desk.context.servers.all()
    assert (server.name, server.state) == ("Lanternhouse", ServerState.ONLINE)
    assert not page.empty.isVisible()
    assert desk.tray.tooltip == "RetroVue: Nobody is watching"


def test_an_unticked_library_is_stored_off(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = test_address(desk, open_wizard(desk), desk.server.url, desk.server.token)
    wizard.next_button.click()
    first = wizard.libraries_page.list.item(0)
    first.setCheckState(Qt.CheckState.Unchecked)
    to_the_end(wizard)
    wizard.done_page.mapping.setChecked(False)
    wizard.done_page.sync_now.setChecked(False)
    wizard.next_button.click()
    desk.wait(lambda: stored(desk)[0] == 1)
    desk.settle()
    off = {library.remote_id for library in desk.context.libraries.all() if not library.is_enabled}
    assert first.data(Qt.ItemDataRole.UserRole) in off
    assert desk.context.runs.recent() == []


def verdict_of(wizard: AddServerWizard) -> tuple[str, list[str]]:
    """The sentence, and the names of the steps that failed."""
    verdict = wizard.address_page.verdict
    return verdict.title, [step.title for step in verdict.steps.steps if step.state is StepState.FAILED]


def test_a_name_that_does_not_exist(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = test_address(desk, open_wizard(desk), "http://no-such-host.invalid:32400", "t")
    sentence, failed = verdict_of(wizard)
    assert "no-such-host.invalid" in sentence
    assert failed == ["Address"]
    assert not wizard.next_button.isEnabled()
    assert stored(desk) == (0, 0)


def test_a_port_where_nobody_listens(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = test_address(desk, open_wizard(desk), f"http://127.0.0.1:{free_port()}", "t")
    assert verdict_of(wizard)[1] == ["Port"]
    assert not wizard.next_button.isEnabled()


def test_a_wrong_token(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    wizard = test_address(desk, open_wizard(desk), desk.server.url, "wrong")
    assert verdict_of(wizard)[1] == ["Sign-in"]
    passed = [s.title for s in wizard.address_page.verdict.steps.steps if s.state is StepState.PASSED]
    assert passed[:2] == ["Address", "Port"]
    wizard.address_page.token.setText(desk.server.token)
    test_address(desk, wizard, desk.server.url, desk.server.token)
    assert wizard.next_button.isEnabled()


def test_a_sign_in_page_of_a_hotel(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Html())
    wizard = test_address(desk, open_wizard(desk), desk.server.url, desk.server.token)
    sentence, failed = verdict_of(wizard)
    assert failed
    assert sentence
    assert "<html" not in sentence.lower()
    assert not wizard.next_button.isEnabled()


def test_something_that_is_no_media_server(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Replace(find=b"MediaContainer", by=b"Greeting", count=9))
    wizard = test_address(desk, open_wizard(desk), desk.server.url, desk.server.token)
    assert verdict_of(wizard)[1]
    assert not wizard.next_button.isEnabled()


@pytest.mark.parametrize("address", ["", "http://", "ftp://nas"])
def test_an_address_that_cannot_be_one_is_told_below_the_field(make_desk: MakeDesk, address: str) -> None:
    desk = make_desk(with_server=False)
    wizard = test_address(desk, open_wizard(desk), address, "t")
    assert wizard.address_page._url_block.message
    assert wizard.address_page.url.property("wrong")
    assert not wizard.next_button.isEnabled()


def test_an_address_edited_while_it_is_tested_is_not_taken_for_tested(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Delay(delay_s=0.3))
    wizard = open_wizard(desk)
    wizard.next_button.click()
    page = wizard.address_page
    page.url.setText(desk.server.url)
    page.token.setText(desk.server.token)
    page.test_button.click()
    qtbot.keyClicks(page.url, "9")
    desk.wait(page.test_button.isEnabled)
    assert not page.is_complete()
    assert not page.verdict.isVisible()
    assert not wizard.next_button.isEnabled()


@pytest.mark.parametrize("step", [0, 1, 2, 3, 4, 5])
def test_cancel_on_each_page_leaves_nothing(make_desk: MakeDesk, step: int) -> None:
    desk = make_desk(with_server=False)
    wizard = open_wizard(desk)
    if step:
        test_address(desk, wizard, desk.server.url, desk.server.token)
    while wizard.step < step:
        wizard.next_button.click()
    settings = desk.context.settings
    if step > 3:
        wizard.folders_page.rows[0].field.setText(str(desk.dirs.data_dir))
    if step > 4:
        wizard.background_page.close_to_tray.toggle()
        wizard.background_page.schedule.setCurrentIndex(2)
    wizard.cancel_button.click()
    desk.settle()
    assert stored(desk) == (0, 0)
    assert desk.context.mappings.all() == []
    assert desk.context.settings == settings
    assert not any(desk.server.token in text for text in desk.environ.values())
    assert open_wizard(desk).step == 0


def test_cancel_during_a_test_ends_the_request(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Delay(delay_s=30))
    wizard = open_wizard(desk)
    wizard.next_button.click()
    wizard.address_page.url.setText(desk.server.url)
    wizard.address_page.test_button.click()
    desk.wait(lambda: desk.app.runner.active_count > 0)
    wizard.cancel_button.click()
    desk.wait(lambda: desk.app.runner.active_count == 0, timeout_ms=3_000)
    assert stored(desk) == (0, 0)


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


def test_a_wrong_address_is_told_in_the_dialog_and_nothing_changes(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    before = page.current.url
    page.details.edit_requested.emit()
    dialog = desk.dialog(EditDialog)
    dialog.url.setText(f"http://127.0.0.1:{free_port()}")
    dialog.save.click()
    desk.wait(lambda: dialog.save.isEnabled(), timeout_ms=20_000)
    assert dialog.isVisible()
    assert dialog._url_block.message
    assert dialog.save.text() == "Save server"
    assert desk.context.servers.all()[0].url == before
    dialog.url.setText(before)
    dialog.name.setText("Loft")
    dialog.save.click()
    desk.wait(lambda: page.current.name == "Loft")


def test_signing_in_again_mends_a_refused_token(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    desk.server.dialect.token = "new-token"
    page.details.test_button.click()
    desk.wait(lambda: page.current.state is ServerState.SIGN_IN_AGAIN)
    page.details.sign_in_requested.emit()
    dialog = desk.dialog(SignInDialog)
    dialog.token.setText("also wrong")
    dialog.save.click()
    desk.wait(dialog.save.isEnabled)
    assert dialog._block.message
    dialog.token.setText("new-token")
    dialog.save.click()
    desk.wait(lambda: page.current.state is ServerState.ONLINE)
    page.details.test_button.click()
    desk.wait(lambda: page.details.verdict.title.startswith("Lanternhouse answers"))


def test_a_stored_server_that_is_off_is_told_at_its_port(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    desk.server.stop()
    page.details.test_button.click()
    desk.wait(lambda: page.current.state is ServerState.NOT_REACHABLE, timeout_ms=20_000)
    failed = [s.title for s in page.details.verdict.steps.steps if s.state is StepState.FAILED]
    assert failed == ["Port"]
    assert page.details.test_button.isEnabled()


def test_a_forbidden_account_is_told_apart_from_a_wrong_token(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.server.faults.add(Status(status=403, match=path("/library/sections")))
    wizard = test_address(desk, open_wizard(desk), desk.server.url, desk.server.token)
    assert not wizard.next_button.isEnabled()
    assert "token" not in verdict_of(wizard)[0].lower()
