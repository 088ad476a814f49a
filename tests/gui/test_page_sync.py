"""The Sync page against a demo server: progress, cancel, past runs, held-back removals, and servers that fail."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu

from retrovue.core.domain.servers import ServerKind, ServerState, SyncMode
from retrovue.core.domain.sync import RemovalState, SyncOutcome, SyncRequest
from retrovue.core.services.servers import registration as servers
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.fault_kinds import Delay, Hang, Run, Status
from retrovue.demo.faults import path
from retrovue.gui.controllers.sync import LogLine
from retrovue.gui.pages.sync.dialogs import DryRunDialog, RemovalsDialog, RunDialog, ScheduleDialog
from retrovue.gui.widgets.buttons import ButtonKind
from retrovue.gui.widgets.notices import Tone

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]
ALL_PAGES = path(r"/library/sections/\d+/all")


def sync(desk: Any, start: Callable[[], object]) -> Any:
    """Start, wait for the end, give the report."""
    with desk.qtbot.waitSignal(desk.services.sync.finished) as finished:
        start()
    desk.settle()
    return finished.args[0]


@pytest.mark.slow
def test_sync_now_runs_with_progress_and_is_listed(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("sync")
    assert page.empty.isVisible()
    shares: list[float] = []
    counts: list[str] = []

    def note(state: Any) -> None:
        if state.progress.fraction is not None:
            shares.append(state.progress.fraction)
        counts.append(page.block.overall.count_text)

    desk.services.sync.state_changed.connect(note)
    desk.server.faults.add(Delay(delay_s=0.1, match=ALL_PAGES))
    report = sync(desk, page.empty.button.click)
    assert [library.outcome for library in report.libraries] == [SyncOutcome.OK] * len(report.libraries)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(set(counts)) > 1
    assert not page.block.isVisible()
    added = {run.library: run.added for run in page.runs.model.rows}
    assert sum(added.values()) == sum(library.added for library in report.libraries)
    assert "Last synced today, " in page.head._subtitle.text
    assert any("added" in row[1].text for row in page.log.model.rows)


@pytest.mark.slow
def test_sync_now_syncs_and_its_arrow_offers_the_choices(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    button = page.sync_button
    desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.arrow_rect.center())
    assert page._menu.isVisible()
    assert not desk.services.sync.is_running
    page._menu.close()
    desk.qtbot.keyClick(button, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert page._menu.isVisible()
    page._menu.close()
    sync(desk, lambda: desk.qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(20, 10)))


@pytest.mark.slow
def test_a_second_sync_finds_nothing_new(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    desk.page("sync")
    report = sync(desk, desk.services.sync.start)
    assert sum(library.added + library.updated + library.removed for library in report.libraries) == 0
    assert desk.window.task_bar.text == "Up to date"


@pytest.mark.slow
def test_cancel_asks_for_no_more_pages_and_keeps_what_arrived(make_desk: MakeDesk) -> None:
    desk = make_desk(spec=LibrarySpec(shows=20, episodes=600, movies=200), page_size=20, pages_in_flight=1)
    page = desk.page("sync")
    held = desk.server.faults.add(Hang(match=ALL_PAGES, after=14))
    desk.services.sync.start()
    desk.wait(lambda: held.fired)
    with desk.qtbot.waitSignal(desk.services.sync.finished) as finished:
        page.block.cancel.click()
    # Of more than twenty that are left; a second one only if the first took longer than a read may.
    assert held.fired <= 2
    desk.settle()
    outcomes = {library.outcome for library in finished.args[0].libraries}
    assert outcomes <= {SyncOutcome.OK, SyncOutcome.CANCELLED}
    assert not desk.services.sync.is_running
    kept = sum(library.items for library in desk.context.libraries.all())
    assert kept
    desk.server.faults.clear()
    report = sync(desk, desk.services.sync.start)
    assert all(library.outcome is SyncOutcome.OK for library in report.libraries)
    assert sum(library.items for library in desk.context.libraries.all()) > kept


@pytest.mark.slow
def test_a_past_run_opens_and_can_be_repeated(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    run = page.runs.model.row_at(0)
    page.runs.table.activated.emit(page.runs.model.index(0, 0))
    dialog = desk.dialog(RunDialog)
    assert dialog.windowTitle() == f"{run.server} · {run.library}"
    report = sync(desk, dialog._again)
    assert [library.library for library in report.libraries] == [run.library]


@pytest.mark.slow
def test_a_past_run_shows_its_log_which_wraps(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    # After a start the last sync is what there is to read.
    desk.wait(lambda: page.log.has_lines)
    page.runs.table.selectRow(1)
    run = page.runs.model.row_at(1)
    desk.wait(lambda: f"· {run.library} ·" in page.log._of.text())
    words = [row[1].text for row in page.log.model.rows]
    assert words[0] == f"{run.library}: Full. Read everything again."
    assert words[-1] == f"Complete: {run.added} added, 0 updated, 0 removed"
    long = "The server’s list was incomplete, so nothing was removed. " * 3
    page.log.add_line(LogLine(run.started_at, "error", long))
    last = page.log.model.rowCount() - 1
    assert page.log.table.rowHeight(last) > 2 * page.log.table.rowHeight(0)


@pytest.mark.slow
def test_a_wide_enough_window_shows_what_a_run_did(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")

    def hidden() -> list[str]:
        columns = page.runs.model.columns
        return [column.key for place, column in enumerate(columns) if page.runs.table.isColumnHidden(place)]

    desk.window.resize(1400, 800)
    desk.wait(lambda: hidden() == [])
    desk.window.resize(1280, 800)
    desk.wait(lambda: hidden() == [])


@pytest.mark.slow
def test_lines_that_came_behind_another_page_have_room(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    desk.window.resize(1280, 800)
    page = desk.page("sync")
    desk.page("activity")
    said = "Attic · A library with a very long name: 1,234 added, 5,678 updated, 9,012 removed"
    page.log.set_lines([LogLine(datetime.now(UTC), "info", said)])
    desk.page("sync")
    desk.settle()
    table = page.log.table
    text_width = table.columnWidth(2) - 24
    needed = table.fontMetrics().boundingRect(0, 0, text_width, 999, int(Qt.TextFlag.TextWordWrap), said).height()
    assert table.rowHeight(0) >= needed + 8


@pytest.mark.slow
def test_a_failure_is_red_in_the_log_and_gone_once_it_is_mended(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    desk.server.stop()
    sync(desk, desk.services.sync.start)
    desk.wait(lambda: page.outcome is not None)
    assert {line.level for line in desk.services.sync.lines if "Attic" in line.text} >= {"error"}
    # The server itself comes back: a state that only the catalog had would be taken back by the next look at it.
    desk.server.start()
    desk.wait(lambda: page.outcome is None)
    desk.wait(lambda: "Last synced" in desk.window.task_bar.text)


@pytest.mark.slow
def test_a_dry_run_writes_nothing_and_says_what_it_would(make_desk: MakeDesk) -> None:
    # What the server tells meanwhile stays untold: it is the dry run that must not write.
    desk = make_desk(synced=True, follow_quiet_s=600)
    desk.wait(lambda: desk.services.follow.state(1).caught_up_at is not None)
    page = desk.page("sync")
    desk.server.library.add_movie("Static Hour")
    items = sum(library.items for library in desk.context.libraries.all())
    page.dry_button.click()
    dialog = desk.dialog(DryRunDialog)
    assert any(label.text().startswith("1 would be added") for label in dialog.findChildren(QLabel))
    dialog.accept()
    desk.settle()
    assert sum(library.items for library in desk.context.libraries.all()) == items


def shrink(desk: Any) -> int:
    """Take most of the films off the server and sync: that many removals are held back."""
    films = desk.server.library.members("1", "movie")
    for film in films[2:]:
        desk.server.library.remove(film.id)
    sync(desk, desk.services.sync.start)
    held = [r for r in desk.context.removals.all() if r.state is RemovalState.HELD_BACK]
    assert len(held) > 20
    return len(held)


def states(desk: Any) -> set[RemovalState]:
    return {removal.state for removal in desk.context.removals.all()}


FILMS = LibrarySpec(shows=12, episodes=60, movies=60)


@pytest.mark.slow
def test_held_back_removals_are_reviewed_removed_and_brought_back(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True, spec=FILMS)
    page = desk.page("sync")
    movies = next(library for library in desk.context.libraries.all() if library.remote_id == "1")
    held = shrink(desk)
    desk.wait(lambda: page._held_banner is not None)
    assert page._held_banner.title.startswith(f"{held} removals in Attic")
    page._review()
    dialog = desk.dialog(RemovalsDialog)
    assert dialog.remove.text() == f"Remove {held} items"
    assert dialog.remove.kind is ButtonKind.DANGER
    assert dialog.keep.isDefault()
    first = dialog.table.model().row_at(0)
    assert first.year
    assert first.path.startswith("/")
    assert first.size_bytes > 0
    dialog.search.searched.emit(first.path)
    assert dialog.remove.text() == "Remove 1 item"
    assert dialog.keep.text() == "Keep 1"
    dialog.search.searched.emit("")
    dialog.remove.click()
    desk.wait(lambda: page._held_banner is None)
    assert states(desk) == {RemovalState.REMOVED}

    def count() -> int:
        return next(lib.items for lib in desk.context.libraries.all() if lib.id == movies.id)

    assert count() == movies.items - held
    undo = desk.window.toasts.toast.action_button
    assert undo.text() == "Undo"
    undo.click()
    desk.settle()
    assert count() == movies.items


@pytest.mark.slow
def test_keep_all_keeps_them_through_the_next_sync(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True, spec=FILMS)
    page = desk.page("sync")
    items = sum(library.items for library in desk.context.libraries.all())
    shrink(desk)
    desk.wait(lambda: page._held_banner is not None)
    page._review()
    desk.dialog(RemovalsDialog).keep.click()
    desk.wait(lambda: page._held_banner is None)
    assert RemovalState.HELD_BACK not in states(desk)
    sync(desk, desk.services.sync.start)
    assert sum(library.items for library in desk.context.libraries.all()) == items
    assert page._held_banner is None


@pytest.mark.slow
def test_the_schedule_is_kept(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("sync")
    page.schedule_button.click()
    dialog = desk.dialog(ScheduleDialog)
    dialog.every.setChecked(True)
    dialog.hours.setValue(9)
    dialog._save()
    desk.wait(lambda: desk.context.settings.sync_schedule == "every")
    assert desk.context.settings.sync_every_hours == 9
    desk.wait(lambda: page.head._subtitle.text.startswith("Every 9 hours"))


@pytest.mark.slow
def test_a_server_that_dies_in_mid_sync_loses_nothing(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True, spec=FILMS, page_size=10, pages_in_flight=1)
    page = desk.page("sync")
    items = sum(library.items for library in desk.context.libraries.all())
    desk.server.faults.add(Status(status=503, match=ALL_PAGES, after=2))
    desk.server.library.bump_all("1")
    desk.server.library.bump_all("3")
    with desk.qtbot.waitSignal(desk.services.sync.finished, timeout=60_000) as finished:
        page._sync_everything()
        desk.wait(lambda: desk.server.request_count > 0)
        desk.wait(lambda: desk.services.sync.is_running)
        desk.server.stop()
    desk.settle()
    report = finished.args[0]
    assert report.failures or any(library.outcome is not SyncOutcome.OK for library in report.libraries)
    assert sum(library.items for library in desk.context.libraries.all()) == items
    assert desk.context.removals.all() == []
    desk.server.faults.clear()
    desk.server.start()
    report = sync(desk, desk.services.sync.start)
    assert all(library.outcome is SyncOutcome.OK for library in report.libraries)


@pytest.mark.slow
def test_a_token_refused_in_mid_sync_asks_to_sign_in_and_goes_on_after(make_desk: MakeDesk) -> None:
    desk = make_desk(page_size=10, pages_in_flight=1)
    page = desk.page("sync")

    def revoke() -> None:
        desk.server.dialect.token = "new-token"

    desk.server.faults.add(Run(action=revoke, match=ALL_PAGES, after=2, times=1))
    report = sync(desk, page._sync_everything)
    assert report.failures or any(library.outcome is not SyncOutcome.OK for library in report.libraries)
    desk.wait(lambda: desk.context.servers.all()[0].state is ServerState.SIGN_IN_AGAIN)
    desk.wait(lambda: "Sync" in desk.notifier.notices[-1].title or "sync" in desk.notifier.notices[-1].title)
    servers = desk.page("servers")
    servers.details.sign_in_requested.emit()
    from retrovue.gui.pages.servers.dialogs import SignInDialog

    dialog = desk.dialog(SignInDialog)
    dialog.panel.select("token")
    dialog.panel.token.token.setText("new-token")
    dialog.save.click()
    desk.wait(lambda: servers.current.state is ServerState.ONLINE)
    report = sync(desk, desk.services.sync.start)
    assert all(library.outcome is SyncOutcome.OK for library in report.libraries)


@pytest.mark.slow
def test_the_end_of_a_sync_is_summed_up_until_the_next_one(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("sync")
    sync(desk, desk.services.sync.start)
    desk.wait(lambda: page.outcome is not None)
    assert page.outcome.tone is Tone.SUCCESS
    assert "added · 0 updated · 0 unchanged" in page.outcome.accessibleName()
    desk.server.faults.add(Delay(delay_s=0.2, match=ALL_PAGES))
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start(SyncRequest(full=True))
        desk.wait(lambda: page.outcome is None)
    desk.wait(lambda: page.outcome is not None)
    page.outcome.dismiss()
    assert page.outcome is None


@pytest.mark.slow
def test_what_failed_is_named_and_retried_alone(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    desk.server.faults.add(Status(status=404, match=path("/library/sections/1/all")))
    sync(desk, lambda: desk.services.sync.start(SyncRequest(full=True)))
    desk.wait(lambda: page.outcome is not None)
    assert page.outcome.tone is Tone.DANGER
    assert "Attic · Movies" in page.outcome.title
    desk.server.faults.clear()
    (retry,) = [button for button in page.outcome.findChildren(QAbstractButton) if button.text() == "Try again"]
    report = sync(desk, retry.click)
    assert [(library.library, library.outcome) for library in report.libraries] == [("Movies", SyncOutcome.OK)]
    desk.wait(lambda: page.outcome is not None and page.outcome.tone is Tone.SUCCESS)


@pytest.mark.slow
def test_a_cancelled_sync_says_what_is_stored(make_desk: MakeDesk) -> None:
    desk = make_desk(spec=LibrarySpec(shows=20, episodes=600, movies=200), page_size=20, pages_in_flight=1)
    page = desk.page("sync")
    desk.server.faults.add(Delay(delay_s=0.15, match=ALL_PAGES, after=4))
    desk.services.sync.start()
    desk.wait(lambda: desk.services.sync.state.progress.items_done > 0)
    sync(desk, page.block.cancel.click)
    desk.wait(lambda: page.outcome is not None)
    stored = sum(library.items for library in desk.context.libraries.all())
    assert page.outcome.title == "Canceled."
    assert f"{stored} item" in page.outcome.accessibleName()
    assert "continues from there" in page.outcome.accessibleName()


@pytest.mark.slow
def test_the_next_sync_is_announced(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True, sync_schedule="every", sync_every_hours=6)
    page = desk.page("sync")
    said = page.head._subtitle.text
    assert said.startswith("Every 6 hours · Last synced today, ")
    assert said.rpartition("Next sync ")[2].partition(",")[0] in ("today", "tomorrow")


@pytest.mark.slow
def test_past_runs_of_one_server(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    assert not page.runs.server_choice.isVisible()
    runs = len(page.runs.model.rows)
    library = make_library(LibrarySpec(shows=2, episodes=4, movies=3, seed=11))
    library.machine_identifier = "another-machine"
    with DemoServer(library) as second:
        servers.add(desk.context, kind=ServerKind.PLEX, name="Cabin", url=second.url, secret=second.token)
        page.refresh()
        desk.wait(lambda: page.runs.server_choice.isVisible())
        page.runs.server_choice.setCurrentText("Cabin")
        assert {run.server for run in page.runs.model.rows} <= {"Cabin"}
        page.refresh()
        desk.settle()
        assert page.runs.server_choice.currentText() == "Cabin"
        page.runs.server_choice.setCurrentText("Attic")
        assert len(page.runs.model.rows) >= runs
        assert {run.server for run in page.runs.model.rows} == {"Attic"}


@pytest.mark.slow
def test_in_a_narrow_window_the_log_is_a_tab(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    desk.window.resize(1280, 800)
    desk.wait(lambda: page.runs.isVisible() and page.log.isVisible())
    assert not page.tabs.isVisible()
    # Names come before counts that the details repeat: "Attic · T…" says nothing.
    names = [run.library for run in page.runs.model.rows]
    metrics = page.runs.table.fontMetrics()
    needed = max(map(metrics.horizontalAdvance, names)) + 38
    assert page.runs.table.columnWidth(1) >= needed
    assert page.runs.head.height() == page.log.head.height()
    # Nor does the scroll bar of many runs take the room of the names.
    page.runs.set_runs([replace(run, id=100 * n + run.id) for n in range(20) for run in page.runs.model.rows])
    desk.wait(page.runs.table.verticalScrollBar().isVisible)
    assert page.runs.table.columnWidth(1) >= needed
    desk.window.resize(1024, 700)
    desk.wait(page.tabs.isVisible)
    assert (page.runs.isVisible(), page.log.isVisible()) == (True, False)
    page.tabs.segment("log").click()
    assert (page.runs.isVisible(), page.log.isVisible()) == (False, True)


@pytest.mark.slow
def test_a_library_has_a_schedule_of_its_own(make_desk: MakeDesk) -> None:
    """Chosen from its menu on the Servers page; the Sync page counts with it."""
    desk = make_desk(synced=True)
    table = desk.page("servers").details.libraries
    index = table.model.index(0, 5)
    name = table.model.row_at(0).name
    assert index.data() == "Manual only"
    table.table.clicked.emit(index)
    (menu,) = [menu for menu in table.findChildren(QMenu) if menu.isVisible()]
    modes = [action for action in menu.actions() if action.isCheckable()]
    assert [action.text() for action in modes] == ["As scheduled (Manual only)", "Daily", "Manual only"]
    assert all(action.actionGroup().isExclusive() for action in modes)
    modes[1].trigger()
    menu.close()
    desk.wait(lambda: {lib.name: lib.sync_mode for lib in desk.context.libraries.all()}[name] is SyncMode.DAILY)
    page = desk.page("sync")
    assert page.head._subtitle.text.startswith("Manual only · Last synced today, ")
    assert "Next sync tomorrow" in page.head._subtitle.text
