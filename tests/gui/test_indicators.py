"""The tray and the badges of the rail: streams, files without a path, held-back removals, syncs that failed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import QLocale

from retrovue.core.domain.sync import Initiator, SyncOutcome, SyncRequest, SyncRun, SyncTier
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.services.upkeep import database
from retrovue.demo.fault_kinds import Delay, Status
from retrovue.demo.faults import path
from retrovue.gui.pages.activity.alerts import AlertsDialog
from retrovue.gui.pages.sync.outcome import failed_runs

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def badge(desk: Any, key: str) -> str:
    return str(desk.window.rail.item(key).badge)


def test_nothing_to_say_is_no_badge(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    assert [badge(desk, key) for key in ("activity", "mapping", "sync")] == ["", "", ""]


def test_folders_that_no_rule_covers_count_once_there_is_a_rule(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    (server,) = desk.context.servers.all()
    assert badge(desk, "mapping") == ""
    mappings.add(desk.context, server, None, "/nowhere/at/all", "/mnt/nas")
    desk.shell._glance._count()
    desk.wait(lambda: badge(desk, "mapping"))
    libraries = [library for library in desk.context.libraries.all() if library.kind.is_imported]
    roots = {(root.path, library.id) for library in libraries for root in library.roots}
    assert badge(desk, "mapping") == str(len(roots))
    assert f"{len(roots)} problems with path mapping" in desk.window.rail.item("mapping").accessibleName()


@pytest.mark.slow
def test_held_back_removals_wait_on_the_sync_page(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    library = desk.server.library
    for movie in library.members("1", "movie")[5:]:
        library.remove(movie.id)
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    held = [removal.id for removal in desk.context.removals.all()]
    assert len(held) > 3
    desk.wait(lambda: badge(desk, "sync") == str(len(held)))
    desk.page("sync")._decide(held, accept=False)
    desk.wait(lambda: badge(desk, "sync") == "")


@pytest.mark.slow
def test_a_running_sync_and_one_that_failed(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    seen: set[str] = set()
    desk.services.sync.state_changed.connect(lambda _state: seen.add(badge(desk, "sync")))
    pages = path(r"/library/sections/\d+/all")
    desk.server.faults.add(Delay(delay_s=0.1, match=pages))
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start(SyncRequest(full=True))
    assert "…" in seen or any(said.endswith("%") for said in seen)
    desk.wait(lambda: badge(desk, "sync") == "")
    desk.server.faults.clear()
    desk.server.faults.add(Status(status=404, match=pages))
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start(SyncRequest(full=True))
    desk.wait(lambda: badge(desk, "sync") == "!")
    assert "could not be synced" in desk.window.rail.item("sync").accessibleName()


def run(library: int, outcome: SyncOutcome | None, minutes_ago: int) -> SyncRun:
    at = NOON - timedelta(minutes=minutes_ago)
    counts = (0,) * 9
    return SyncRun(
        minutes_ago, "Attic", 1, f"Library {library}", library, SyncTier.FULL, Initiator.PERSON, at, at, outcome, None,
        *counts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("runs", "failed"),
    [
        ([], 0),
        ([run(1, SyncOutcome.FAILED, 1)], 1),
        ([run(1, SyncOutcome.OK, 1), run(1, SyncOutcome.FAILED, 9)], 0),
        ([run(1, SyncOutcome.FAILED, 1), run(2, SyncOutcome.UNAVAILABLE, 2), run(3, SyncOutcome.OK, 3)], 2),
        ([run(1, SyncOutcome.CANCELLED, 1), run(1, SyncOutcome.FAILED, 9)], 1),
        ([run(1, None, 1), run(1, SyncOutcome.OK, 9)], 0),
    ],
    ids=["none", "failed", "well again", "two of three", "cancelled says nothing", "still running"],
)
def test_only_the_newest_run_of_each_library_counts(runs: list[SyncRun], failed: int) -> None:
    assert len(failed_runs(runs)) == failed


@pytest.mark.slow
def test_unread_alerts_stand_in_the_tray_menu(make_desk: MakeDesk) -> None:
    desk = make_desk()
    movie = desk.server.library.members("1", "movie")[0]
    desk.server.playbacks.start(movie.id, decision="transcode", bandwidth_kbps=2_100)
    desk.wait(lambda: desk.app.tray.alerts_action.text() == "Alerts (1)")
    assert desk.tray.tooltip.splitlines()[0] == "RetroVue: 1 stream · 1 transcode · 2.1 Mbit/s"


def test_the_tray_writes_numbers_as_the_language_does(make_desk: MakeDesk) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        desk = make_desk()
        movie = desk.server.library.members("1", "movie")[0]
        desk.server.playbacks.start(movie.id, bandwidth_kbps=11_600)
        desk.wait(lambda: "Mbit/s" in desk.tray.tooltip)
        assert desk.tray.tooltip.splitlines()[0].endswith("11,6 Mbit/s")
    finally:
        QLocale.setDefault(before)


def test_the_weekly_backup_is_made_when_it_is_due(make_desk: MakeDesk) -> None:
    desk = make_desk()
    copies = lambda: list(desk.dirs.backup_dir.glob("*-weekly.db"))  # noqa: E731
    assert database.is_backup_due(desk.context)
    desk.shell._sync_when_due()
    desk.wait(copies)
    desk.settle()
    assert not database.is_backup_due(desk.context)
    desk.shell._sync_when_due()
    desk.settle()
    assert len(copies()) == 1


def test_no_backup_by_itself_where_that_is_off(make_desk: MakeDesk) -> None:
    desk = make_desk(backup_schedule="off")
    desk.shell._sync_when_due()
    desk.settle()
    assert not list(desk.dirs.backup_dir.glob("*.db"))


@pytest.mark.slow
def test_everything_of_the_tray_is_in_the_menus_too(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    desk.wait(lambda: desk.window.task_bar.text.startswith("Last synced today, "))
    menus = desk.window.menus
    assert not menus.cancel_action.isEnabled()
    desk.server.faults.add(Delay(delay_s=0.3, match=path(r"/library/sections/\d+/all")))
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start(SyncRequest(full=True))
        desk.wait(menus.cancel_action.isEnabled)
        menus.cancel_action.trigger()
    assert not menus.cancel_action.isEnabled()
    next(action for action in menus.menu("go").actions() if action.text() == "A&lerts").trigger()
    dialog = desk.dialog(AlertsDialog)
    dialog.accept()
    (pause,) = [action.menu() for action in menus.menu("view").actions() if action.text() == "Pause notifications"]
    next(action for action in pause.actions() if action.text() == "Until resumed").trigger()
    assert pause.title() == "Notifications paused until resumed"
    assert desk.app.tray.pause.title() == "Notifications paused until resumed"
    desk.services.monitor.alerts.pause("off")
    assert pause.title() == "Pause notifications"
