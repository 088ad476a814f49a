"""The scheduled check of files, in the real window, by a clock that the test turns."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.services.files import check as files
from retrovue.core.services.mapping import rules as mappings
from retrovue.demo import files as demo_files
from retrovue.gui.pages.mapping.dialogs import RootsDialog
from retrovue.gui.work.lanes import Lane

# The offscreen platform says so about every window with a minimum size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

_DAY_S = 86_400


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    at_s: float

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at_s, UTC)

    def epoch(self) -> int:
        return int(self.at_s)

    def monotonic(self) -> float:
        return self.at_s


def checked_at(desk: Any) -> datetime | None:
    last = files.last_check(desk.context)
    return None if last is None else last.finished_at


@pytest.mark.slow
def test_files_are_looked_for_when_the_schedule_says_so(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    desk = make_desk(synced=True, file_check_schedule="daily")
    clock = Clock(1_800_000_000.0)
    desk.context.clock = clock
    demo_files.write_files(desk.server.library, tmp_path / "media")
    server = desk.context.servers.all()[0]
    # Nothing is due as long as no rule leads anywhere.
    desk.shell._sync_when_due()
    desk.settle()
    assert checked_at(desk) is None
    for server_path, folder in demo_files.mappings(desk.server.library, tmp_path / "media"):
        mappings.add(desk.context, server, None, server_path, str(folder))
    page = desk.page("mapping")
    assert page.checked.text() == "Never checked · Daily"
    desk.shell._sync_when_due()
    desk.wait(lambda: checked_at(desk) == clock.now())
    desk.settle()
    rules = page.rules.table.rules
    desk.wait(lambda: any(str(rules.index(row, 6).data()).startswith("Verified") for row in range(rules.rowCount())))
    assert page.checked.text().endswith("Daily")
    assert page.checked.folders.isEnabled()
    first = checked_at(desk)
    clock.at_s += _DAY_S - 60
    desk.shell._sync_when_due()
    desk.settle()
    assert checked_at(desk) == first
    clock.at_s += 60
    desk.shell._sync_when_due()
    desk.wait(lambda: checked_at(desk) == clock.now())
    desk.settle()
    page.checked.schedules["off"].trigger()
    desk.wait(lambda: desk.context.settings.file_check_schedule == "off")
    last = checked_at(desk)
    clock.at_s += 30 * _DAY_S
    desk.shell._sync_when_due()
    desk.settle()
    assert checked_at(desk) == last


@pytest.mark.slow
def test_the_preview_answers_while_files_are_looked_for(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    desk = make_desk(synced=True, file_check_schedule="daily")
    demo_files.write_files(desk.server.library, tmp_path / "media")
    server = desk.context.servers.all()[0]
    for server_path, folder in demo_files.mappings(desk.server.library, tmp_path / "media"):
        mappings.add(desk.context, server, None, server_path, str(folder))
    gate = threading.Event()
    # What a check of many files does for a long time: it has its lane for itself.
    desk.app.runner.submit(lambda _token, _report: gate.wait(30), lane=Lane.FILES)
    desk.shell.open_page("mapping")
    page = desk.window.page("mapping")
    desk.wait(lambda: "found" in page.preview.counts.words)
    gate.set()
    desk.settle()


@pytest.mark.slow
def test_the_library_opens_on_what_is_missing_in_a_folder(make_desk: Callable[..., Any], tmp_path: Path) -> None:
    desk = make_desk(synced=True)
    demo_files.write_files(desk.server.library, tmp_path / "media")
    server = desk.context.servers.all()[0]
    for server_path, folder in demo_files.mappings(desk.server.library, tmp_path / "media"):
        mappings.add(desk.context, server, None, server_path, str(folder))
    files.check(desk.context, server=server)
    page = desk.page("mapping")
    page.show_folders()
    dialog = desk.dialog(RootsDialog)
    desk.settle()
    missing = set(dialog.missing.rows)
    assert missing
    dialog.show_button.click()
    desk.settle()
    assert desk.window.current_key == "library"
    library = desk.window.page("library")
    model = library.area.current.model
    desk.wait(lambda: model.rowCount() == len(missing))
    shown = {model.row_at(row).local_path for row in range(model.rowCount())}
    assert shown == missing
