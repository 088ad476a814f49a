"""The shell around the pages: status bar, tray, notices, changes from elsewhere, quitting."""

import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from PySide6.QtGui import QAction
from pytestqt.qtbot import QtBot

from retrovue.core.domain.media import ItemKind
from retrovue.core.services.monitor.notices import NoticeText
from retrovue.demo.fault_kinds import Delay, Status
from retrovue.demo.faults import path
from retrovue.gui.alerts.pause import AlertPause
from retrovue.gui.dialogs.about import AboutDialog
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.pages.activity.alerts import AlertsDialog
from retrovue.gui.tray.icon import TrayState
from retrovue.gui.widgets.buttons import ButtonKind

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]
ALL_PAGES = path(r"/library/sections/\d+/all")


def play(desk: Any) -> str:
    movie = desk.server.library.members("1", "movie")[0]
    key: str = desk.server.playbacks.start(movie.id).session_key
    return key


def test_every_server_stands_in_the_status_bar_and_opens_its_page(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.wait(lambda: desk.window.task_bar.server_buttons)
    (button,) = desk.window.task_bar.server_buttons
    assert "Attic" in button.accessibleName()
    button.click()
    desk.settle()
    assert desk.window.current_key == "servers"
    assert desk.window.page("servers").current.name == "Attic"


@pytest.mark.slow
def test_one_notice_for_one_start_and_it_stands_in_the_tooltip(make_desk: MakeDesk) -> None:
    desk = make_desk(poll_s=0.1, idle_poll_s=0.1)
    assert [state.is_down for state in desk.services.monitor.states] == [False]
    key = play(desk)
    desk.wait(lambda: desk.notifier.notices)
    desk.server.playbacks.report(key)
    desk.server.reset_counters()
    desk.wait(lambda: desk.server.request_count >= 3)
    desk.settle()
    assert [notice.title for notice in desk.notifier.notices] == ["marlow started watching"]
    assert desk.notifier.notices[0].target == "activity"
    desk.wait(lambda: desk.app.tray.state is TrayState.STREAMS)
    assert desk.tray.tooltip.startswith("RetroVue: 1 stream")
    desk.shell.is_in_front = lambda: True
    kept = len(desk.context.notices.recent())
    desk.services.monitor.teller.tell(NoticeText("Cabin is unreachable", "It is off.", "server_down", None), "cabin")
    desk.wait(lambda: len(desk.context.notices.recent()) > kept)
    desk.settle()
    assert len(desk.notifier.notices) == 1
    assert "marlow" in desk.tray.tooltip
    desk.server.playbacks.stop(key)
    desk.wait(lambda: desk.app.tray.state is TrayState.IDLE)
    assert desk.tray.tooltip == "RetroVue: Nobody is watching"


def test_who_watches_already_raises_no_notice(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    play(desk)
    from retrovue.core.domain.servers import ServerKind
    from retrovue.core.domain.sync import ChangeSet
    from retrovue.core.services.servers import registration as servers

    servers.add(desk.context, kind=ServerKind.PLEX, name="Attic", url=desk.server.url, secret=desk.server.token)
    desk.app.runner.changed.emit(ChangeSet(frozenset({"servers"}), "test"))
    desk.wait(lambda: desk.app.tray.state is TrayState.STREAMS)
    assert desk.notifier.notices == []
    assert desk.context.notices.recent() == []


@pytest.mark.slow
def test_the_tray_shows_a_sync_and_a_problem(make_desk: MakeDesk) -> None:
    desk = make_desk()
    seen: list[TrayState] = []
    desk.services.sync.state_changed.connect(lambda _state: seen.append(desk.app.tray.state))
    desk.server.faults.add(Delay(delay_s=0.1, match=ALL_PAGES))
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.app.tray.sync_requested.emit()
    assert TrayState.SYNCING in seen
    desk.settle()
    assert desk.app.tray.state is TrayState.IDLE
    desk.server.faults.add(Status(status=401))
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.wait(lambda: desk.app.tray.state is TrayState.PROBLEM)


def test_a_failed_sync_is_told_and_recorded_unless_switched_off(make_desk: MakeDesk) -> None:
    desk = make_desk()
    # Polls meet the same refusal, and would tell that the server does not answer.
    desk.context.settings_store.update(notices={**desk.context.settings.notices, "server_down": False})
    desk.server.faults.add(Status(status=401))
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.settle()
    assert [notice.title for notice in desk.notifier.notices] == ["Sync incomplete"]
    assert [kept.event for kept in desk.context.notices.recent()] == ["sync_failed"]
    desk.context.settings_store.update(notices={**desk.context.settings.notices, "sync_failed": False})
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.settle()
    assert len(desk.notifier.notices) == 1


@pytest.mark.slow
def test_a_change_by_another_program_is_shown(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("servers")
    # What the first look finds is what later ones are compared with.
    desk.shell._look_for_foreign_changes()
    desk.settle()
    connection = sqlite3.connect(desk.dirs.catalog)
    with connection:
        connection.execute("UPDATE servers SET name = 'Loft'")
    connection.close()
    desk.wait(lambda: page.current.name == "Loft")


@pytest.mark.slow
def test_quitting_while_a_sync_runs_asks_first(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.server.faults.add(Delay(delay_s=0.5, match=ALL_PAGES))
    desk.services.sync.start()
    desk.wait(lambda: desk.services.sync.state.progress.requests > 0)
    desk.app.tray.quit_requested.emit()
    dialog = desk.dialog(ConfirmDialog)
    assert dialog.windowTitle() == "Quit RetroVue?"
    assert "Everything received so far is kept" in dialog.accessibleDescription()
    dialog.reject()
    assert desk.services.sync.is_running
    desk.services.sync.cancel()
    desk.wait(lambda: not desk.services.sync.is_running)


def test_the_schedule_starts_a_sync_of_libraries_that_are_due(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.context.settings_store.update(sync_schedule="every", sync_every_hours=1)
    with desk.qtbot.waitSignal(desk.services.sync.finished) as finished:
        desk.shell._sync_when_due()
    assert finished.args[0].libraries
    desk.settle()
    desk.server.reset_counters()
    desk.services.monitor.stop()
    desk.shell._sync_when_due()
    desk.settle()
    assert not desk.services.sync.is_running


def test_the_tray_pauses_alerts_and_says_until_when(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.app.tray.pause_requested.emit("on")
    assert desk.services.monitor.alerts.is_silent
    assert desk.app.tray.pause.title() == "Notifications paused until resumed"
    desk.app.tray.pause_requested.emit("off")
    assert not desk.services.monitor.alerts.is_silent
    assert desk.app.tray.pause.title() == "Pause notifications"


def test_a_stream_in_the_tray_menu_opens_activity(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.page("servers")
    desk.app.tray.stream_chosen.emit("1:1")
    assert desk.window.current_key == "activity"


def test_the_tray_opens_the_record_of_alerts(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.page("servers")
    desk.app.tray.alerts_requested.emit()
    dialog = desk.dialog(AlertsDialog)
    assert dialog.empty.sentence == "No alerts yet."
    assert desk.window.current_key == "activity"
    dialog.accept()


@pytest.mark.parametrize(
    ("length", "later", "is_paused"),
    [
        ("hour", timedelta(minutes=59), True),
        ("hour", timedelta(minutes=61), False),
        ("tomorrow", timedelta(hours=9, minutes=59), True),
        ("tomorrow", timedelta(hours=10, minutes=1), False),
        ("on", timedelta(days=30), True),
        ("off", timedelta(0), False),
    ],
)
def test_a_pause_ends_by_itself(qtbot: QtBot, length: str, later: timedelta, is_paused: bool) -> None:
    moment = [datetime(2026, 3, 1, 21, 0).astimezone()]
    pause = AlertPause(lambda: moment[0], lambda: "")
    pause.pause(length)
    moment[0] += later
    assert pause.is_paused is is_paused
    assert pause.is_silent is is_paused


def test_quiet_hours_silence_without_a_pause(qtbot: QtBot) -> None:
    moment = [datetime(2026, 3, 1, 23, 0).astimezone()]
    pause = AlertPause(lambda: moment[0], lambda: "22:00-07:00")
    assert pause.is_silent
    assert not pause.is_paused
    moment[0] += timedelta(hours=9)
    assert not pause.is_silent


@pytest.mark.slow
def test_the_menus_do_what_pages_do_first(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    menus = desk.window.menus

    def entry(menu: str, text: str) -> QAction:
        return next(action for action in menus.menu(menu).actions() if action.text().replace("&", "") == text)

    for menu, text in (
        ("file", "Add server…"),
        ("file", "Export…"),
        ("file", "Back up now"),
        ("file", "Restore backup…"),
        ("file", "Open data folder"),
        ("sync", "Full sync"),
        ("sync", "Do a dry run"),
        ("help", "Copy diagnostics…"),
    ):
        assert entry(menu, text).isEnabled()
    entry("file", "Back up now").trigger()
    desk.wait(lambda: desk.window.toasts.toast is not None)
    assert desk.window.toasts.toast.text.startswith("Backup created")
    entry("file", "Export…").trigger()
    desk.settle()
    assert desk.window.current_key == "library"
    desk.wait(lambda: desk.window.page("library")._export_menu.isVisible())
    desk.window.page("library")._export_menu.close()
    with desk.qtbot.waitSignal(desk.services.sync.finished) as finished:
        entry("sync", "Full sync").trigger()
    assert {library.mode.value for library in finished.args[0].libraries} == {"full"}
    keys = dict(menus.shortcuts())
    assert keys["Add server…"] == "Ctrl+N"
    assert "Alt+Down" in keys.values()
    about = AboutDialog(desk.window)
    assert "SQLite" in about.versions.text()
    about.deleteLater()


@pytest.mark.slow
def test_a_library_that_is_gone_can_be_forgotten(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    section = next(iter(desk.server.library.sections))
    name = desk.server.library.sections.pop(section).title
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.settle()
    page = desk.page("servers")
    (gone,) = [library for library in desk.context.libraries.all() if library.unavailable_since is not None]
    assert gone.name == name
    assert gone.items
    page.details.libraries.forget_requested.emit(gone)
    dialog = desk.dialog(ConfirmDialog)
    assert dialog.act_button.kind is ButtonKind.DANGER
    dialog.act_button.click()
    desk.wait(lambda: not desk.context.libraries.present_ids(gone.id, ItemKind.MOVIE))
    desk.settle()
