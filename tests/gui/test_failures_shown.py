"""A failure looks like one everywhere: banner, past syncs, tray, status bar, rail, notice, start."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from sqlalchemy import event

from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.domain.sync import (
    ChangeSet,
    Initiator,
    LibraryReport,
    ServerFailure,
    SyncOutcome,
    SyncReport,
    SyncRun,
    SyncTier,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.files.fresh import prove
from retrovue.core.services.mapping import rules
from retrovue.core.services.sync.outcome import failed_places, said_of
from retrovue.core.services.sync.past import past_runs
from retrovue.demo.fault_kinds import Delay, Run
from retrovue.demo.faults import path
from retrovue.gui.app.stuck import FolderDialog, without_folder
from retrovue.gui.pages.servers.dialogs import SignInDialog
from retrovue.gui.pages.sync.outcome import refused_server, retry_request
from retrovue.gui.tray.icon import TrayState
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.notices import Tone

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


@contextmanager
def full_disk(desk: Any) -> Iterator[None]:
    """The catalog's file may grow no more."""
    engine = desk.context.database.engine
    with sqlite3.connect(desk.dirs.catalog) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()

    def limit(connection: sqlite3.Connection, _entry: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    engine.dispose()
    event.listen(engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(engine, "connect", limit)
        engine.dispose()


@pytest.mark.slow
def test_a_full_disk_is_a_failure_wherever_somebody_looks(make_desk: MakeDesk) -> None:
    desk = make_desk(follow_quiet_s=600)
    with full_disk(desk):
        with desk.qtbot.waitSignal(desk.services.sync.finished):
            desk.services.sync.start()
        # Opened for the first time now, and told nothing while it ran.
        page = desk.page("sync")
        desk.wait(lambda: page.outcome is not None)
        assert page.outcome.tone is Tone.DANGER
        assert page.outcome.title == "Attic could not be synced."
        bar = desk.window.task_bar
        assert "disk with the catalog is full" in bar.text
        assert bar.tone == "danger"
        assert desk.app.tray.state is TrayState.PROBLEM
        assert "disk with the catalog is full" in desk.tray.tooltip
        assert desk.window.rail.item("sync").badge == "!"
        assert [notice.title for notice in desk.notifier.notices] == ["Sync incomplete"]
        desk.wait(lambda: all(run.outcome is not None for run in page.runs.model.rows))
    desk.wait(lambda: desk.app.runner.active_count == 0)
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.settle()
    assert bar.tone == "text2"
    desk.wait(lambda: desk.app.tray.state is TrayState.IDLE)
    assert desk.window.rail.item("sync").badge == ""


def test_a_run_that_died_is_not_running_for_ever(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    context = desk.context
    library = context.libraries.all()[0]
    token = CancelToken()
    with context.library_lock(library.id, token):
        run_id = context.runs.start(
            server_id=1,
            library_id=library.id,
            library=library.name,
            initiator=Initiator.PERSON,
            now=context.clock.epoch() + 5,
        )

        def found() -> SyncRun:
            (run,) = (run for run in past_runs(context) if run.id == run_id)
            return run

        assert found().outcome is None
    # The window follows the server, and may be at the library itself for a moment.
    desk.wait(lambda: found().outcome is SyncOutcome.FAILED)
    assert "ended before it was finished" in (found().error or "")


def test_what_failed_is_said_once_and_with_its_reason() -> None:
    library = LibraryReport("Attic", "Movies", 1, 1, SyncTier.FULL, SyncOutcome.FAILED, error="No answer.")
    failure = ServerFailure("Attic", 1, "unreachable", "No answer.", "No answer.")
    report = SyncReport(libraries=(library,), failures=(failure,))
    assert failed_places(report) == ["Attic"]
    said = said_of(report)
    assert said.is_failure
    assert said.text == "Attic could not be synced. No answer."
    alone = replace(report, failures=())
    assert said_of(alone).text == "Attic · Movies could not be synced. No answer."
    nowhere = SyncReport(failures=(replace(failure, server="", server_id=0),))
    assert said_of(nowhere).text == "The sync could not begin. No answer."
    assert retry_request(nowhere) is not None
    cancelled = replace(alone, libraries=(replace(library, outcome=SyncOutcome.CANCELLED, error=None),))
    assert said_of(cancelled).text == "Sync canceled"


@pytest.mark.slow
def test_a_sync_that_was_canceled_before_anything_was_read_is_not_up_to_date(make_desk: MakeDesk) -> None:
    desk = make_desk()
    asked = threading.Event()
    # Canceled while the server is asked what it has: no library has begun.
    desk.server.faults.add(Run(match=path("/library/sections"), action=asked.set))
    desk.server.faults.add(Delay(delay_s=30, match=path("/library/sections")))
    page = desk.page("sync")
    desk.services.sync.start()
    desk.wait(asked.is_set)
    with desk.qtbot.waitSignal(desk.services.sync.finished) as finished:
        desk.services.sync.cancel()
    (report,) = finished.args
    desk.server.faults.clear()
    assert (report.libraries, report.is_canceled) == ((), True)
    desk.wait(lambda: desk.window.task_bar.text == "Sync canceled")
    desk.wait(lambda: page.outcome is not None)
    assert page.outcome._tone is Tone.INFO


def test_a_folder_that_cannot_be_made_asks_for_another(qapp: QApplication, tmp_path: Path) -> None:
    dialog = FolderDialog(ReadOnlyError("Could not create this folder: /x", hint="Check."), tmp_path / "x")
    dialog.open()
    assert dialog.words.text() == "Could not create this folder: /x"
    dialog.take(tmp_path)
    assert dialog.chosen == tmp_path
    assert without_folder(("--minimized", "--data-dir", "/x", "--data-dir=/y")) == ("--minimized",)


@pytest.mark.slow
def test_a_refused_sign_in_is_answered_by_signing_in(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    refusal = ServerFailure("Attic", 1, "sign_in", "The server refused the sign-in. Sign in again.", "")
    page._show_outcome(SyncReport(failures=(refusal,)), 0)
    (answer,) = [button for button in page.outcome.findChildren(Button) if button.text()]
    assert answer.text() == "Sign in again…"
    answer.click()
    desk.settle()
    assert desk.window.current_key == "servers"
    assert desk.dialog(SignInDialog).windowTitle() == "Sign in again to “Attic”"
    desk.dialog(SignInDialog).reject()
    away = replace(refusal, server_id=2, reason="unreachable")
    assert refused_server(SyncReport(failures=(refusal, away))) is None


@pytest.mark.slow
def test_files_are_looked_for_after_a_rule_and_when_they_are_shown(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(synced=True)
    context = desk.context
    server = context.servers.all()[0]
    (root, *_more) = {
        root.path for library in context.libraries.all() for root in library.roots if "ovies" in root.path
    }
    local = tmp_path / "films"
    local.mkdir()
    there = next(file for file in context.file_paths.sample(server.id, limit=500) if file.startswith(f"{root}/"))
    film = local / there[len(root) + 1 :]
    film.parent.mkdir(parents=True, exist_ok=True)
    film.write_bytes(b"x")
    rules.add(context, server, None, root, str(local))
    desk.app.runner.changed.emit(ChangeSet(frozenset({"mappings", "files", "items"}), "mappings"))

    def states() -> set[str]:
        return {str(file.previous) for file in context.file_paths.to_check() if file.local_path is not None}

    desk.app.runner.changed.emit(ChangeSet(frozenset({"servers"}), "wizard"))
    desk.wait(lambda: "unchecked" not in states())
    desk.wait(lambda: desk.window.toasts.toast is not None)
    toast = desk.window.toasts.toast
    assert toast.text == f"0 of {len(context.file_paths.to_check())} files found."
    toast.action_button.click()
    assert desk.window.current_key == "library"
    assert {"size_differs", "missing"} <= states()
    film.unlink()
    (shown,) = [file for file in context.file_paths.to_check() if file.local_path == str(film)]
    assert prove(context, [shown.media_file_id]) == 1
    (gone,) = context.file_paths.to_look_at([shown.media_file_id])
    assert gone.previous == "missing"
