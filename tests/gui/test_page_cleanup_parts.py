"""Disks, extra files and duplicates on the Clean-up page, over a real catalog and real files."""

import csv
import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.gui.mapping_desk import TOKEN, Desk, open_desk, show, show_with_rules

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.media import FileState
from retrovue.core.services.files import check as files
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.system.volumes import Volume, VolumeKind
from retrovue.gui.dialogs.message import ConfirmDialog
from retrovue.gui.pages.cleanup.capacity import CapacityDialog
from retrovue.gui.pages.cleanup.disks import DisksSection
from retrovue.gui.pages.cleanup.duplicates import DuplicatesSection
from retrovue.gui.pages.cleanup.extra import ExtraSection
from retrovue.gui.pages.cleanup.ignore import IgnoreDialog, pattern_problem
from retrovue.gui.pages.mapping.dialogs import CHANGES, RootsDialog
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.work.tasks import TaskRunner

# The offscreen platform says so about every window with a minimum size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

_WAIT_MS = 20_000


@pytest.fixture
def desk(
    qapp: QApplication, qtbot: QtBot, runner: TaskRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setenv("RETROVUE_TOKEN", TOKEN)
    with open_desk(qapp, qtbot, runner, tmp_path) as made:
        yield made


def part(desk: Desk, key: str) -> Any:
    desk.cleanup.show()
    desk.cleanup.parts.switch.segment(key).click()
    return desk.cleanup.parts.section


def top_level(qtbot: QtBot, kind: type) -> Any:
    def found() -> list[Any]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]

    qtbot.waitUntil(lambda: len(found()) == 1, timeout=_WAIT_MS)
    return found()[0]


# --- the switch -------------------------------------------------------------------------------------------------------


def test_tabs_are_built_when_they_are_chosen_and_bring_their_heads(desk: Desk, qtbot: QtBot) -> None:
    page = desk.cleanup
    page.show()
    disks = part(desk, "disks")
    assert isinstance(disks, DisksSection)
    assert page.parts.heads.currentWidget() is disks.head
    assert page.parts.contents.currentWidget() is disks
    page.show_argument("duplicates")
    assert page.parts.current == "duplicates"


def test_the_switch_is_worked_with_arrow_keys(desk: Desk, qtbot: QtBot) -> None:
    page = desk.cleanup
    page.show()
    first = page.parts.switch.segment("extra")
    first.click()
    page.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus, timeout=_WAIT_MS)
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert page.parts.current == "disks"
    assert page.parts.switch.accessibleName()


# --- disks ------------------------------------------------------------------------------------------------------------


def show_disks(desk: Desk, qtbot: QtBot, *volumes: Volume) -> DisksSection:
    desk.volumes.found = list(volumes)
    show_with_rules(desk, qtbot)
    files.check(desk.context)
    section = part(desk, "disks")
    assert isinstance(section, DisksSection)
    qtbot.waitUntil(lambda: section.report is not None and section.refresh_button.isEnabled(), timeout=_WAIT_MS)
    return section


def test_a_disk_shows_free_space_libraries_and_when(desk: Desk, qtbot: QtBot) -> None:
    whole = Volume(str(desk.media), VolumeKind.LOCAL, "ext4", 10**13, 4 * 10**11, "Media")
    section = show_disks(desk, qtbot, whole)
    (card,) = section.cards
    assert card.disk.path == str(desk.media)
    words = card.accessibleName()
    assert "Almost full" in words
    assert "400 GB free of 10.0 TB" in words
    assert "read today" in words
    assert "Movies · Attic" in words
    names = [one.words for one in card.bar.parts]
    assert any(one.startswith("TV Shows · Attic · ") for one in names)
    assert names[-1].startswith("Everything else on this disk")
    assert sum(one.size_bytes for one in card.bar.parts) == 10**13 - 4 * 10**11
    assert card.capacity is None
    assert not section.capacity_button.isEnabled()
    assert section.strip.tile("disks").figure == "1"


def take_away(desk: Desk, section: Any, qtbot: QtBot) -> None:
    """The disk is mounted no more, and its folder is gone: one that answered would count as mounted."""
    desk.volumes.found = []
    desk.media.rename(desk.media.with_name("away"))
    with desk.context.database.write() as connection:
        connection.exec_driver_sql("UPDATE file_places SET file_state = 'unreachable' WHERE local_path IS NOT NULL")
    section.refresh()
    qtbot.waitUntil(lambda: section.cards[0].capacity is not None, timeout=_WAIT_MS)


def test_a_disk_that_is_away_keeps_its_figures_and_takes_typed_ones(desk: Desk, qtbot: QtBot) -> None:
    nas = Volume(str(desk.media), VolumeKind.NETWORK, "nfs4", 10**12, 5 * 10**11, "nas:/media")
    section = show_disks(desk, qtbot, nas)
    take_away(desk, section, qtbot)
    assert "Unreachable" in section.cards[0].accessibleName()
    assert "500 GB free of 1.0 TB. last read today" in section.cards[0].accessibleName()
    section.cards[0].capacity.click()
    dialog = top_level(qtbot, CapacityDialog)
    assert dialog.total.text() == "1.0 TB"
    dialog.total.setText("two")
    dialog.save.click()
    assert "such as 8 TB" in dialog.total_block.message
    dialog.total.setText("2 TB")
    dialog.free.setText("3 TB")
    dialog.save.click()
    assert "Larger than the disk" in dialog.free_block.message
    assert desk.context.disks.volumes()[0].manual_at is None
    dialog.free.setText("750 GB")
    dialog.save.click()
    qtbot.waitUntil(lambda: "750 GB free of 2.0 TB" in section.cards[0].accessibleName(), timeout=_WAIT_MS)
    assert "entered today" in section.cards[0].accessibleName()
    undo = desk.toasts[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: "500 GB free of 1.0 TB" in section.cards[0].accessibleName(), timeout=_WAIT_MS)


def test_before_there_are_rules_the_disks_lead_to_them(desk: Desk, qtbot: QtBot) -> None:
    show(desk, qtbot)
    section = part(desk, "disks")
    qtbot.waitUntil(lambda: section.stack.currentWidget() is section.empty, timeout=_WAIT_MS)
    assert section.empty.button is not None
    section.empty.button.click()
    assert desk.opened == [("mapping", None)]


def test_disks_that_do_not_answer_freeze_nothing(desk: Desk, qtbot: QtBot) -> None:
    gate = threading.Event()

    class Stuck:
        def volumes(self) -> list[Volume]:
            gate.wait(30)
            return []

        def common_folders(self) -> list[str]:
            return []

    show_with_rules(desk, qtbot)
    desk.context.volume_provider = Stuck()  # type: ignore[misc]
    started = time.monotonic()
    section = part(desk, "disks")
    part(desk, "duplicates")
    section = part(desk, "disks")
    assert time.monotonic() - started < 15
    assert section.report is None
    gate.set()
    qtbot.waitUntil(lambda: section.report is not None, timeout=_WAIT_MS)


def test_a_failure_stands_above_what_was_there(desk: Desk, qtbot: QtBot) -> None:
    section = show_disks(desk, qtbot, Volume(str(desk.media), VolumeKind.LOCAL, "ext4", 10**13, 10**12, ""))

    class Broken:
        def volumes(self) -> list[Volume]:
            raise OSError("no such device")

        def common_folders(self) -> list[str]:
            return []

    good = desk.context.volume_provider
    desk.context.volume_provider = Broken()  # type: ignore[misc]
    section.refresh()
    qtbot.waitUntil(lambda: section.banner is not None, timeout=_WAIT_MS)
    assert section.cards
    desk.context.volume_provider = good  # type: ignore[misc]
    section.refresh()
    qtbot.waitUntil(lambda: section.banner is None, timeout=_WAIT_MS)


# --- extra files ------------------------------------------------------------------------------------------------------


def extras(desk: Desk) -> dict[str, Path]:
    made = {}
    for name, size in (("tv/Show/a.mkv", 50), ("tv/Show/b.part.mkv", 70), ("movies/c.avi", 10)):
        path = desk.media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
        made[path.name] = path
    return made


def show_extra(desk: Desk, qtbot: QtBot) -> ExtraSection:
    show_with_rules(desk, qtbot)
    section = part(desk, "extra")
    assert isinstance(section, ExtraSection)
    assert section.stack.currentWidget() is section.not_searched
    assert not section.search_button.isVisible(), "one button for one thing"
    section.not_searched.button.click()
    qtbot.waitUntil(
        lambda: section.report is not None and section.search_button.isEnabled() and not section.table.rows.is_loading,
        timeout=_WAIT_MS,
    )
    return section


def listed(section: ExtraSection) -> list[str]:
    return [Path(path).name for path in section.source.paths(section.table.rows.ids)]


def test_a_search_lists_what_no_server_knows(desk: Desk, qtbot: QtBot) -> None:
    extras(desk)
    section = show_extra(desk, qtbot)
    assert section.stack.currentWidget() is section.list
    assert sorted(listed(section)) == ["a.mkv", "b.part.mkv", "c.avi"]
    assert section.report is not None
    assert section.report.total_bytes == 130
    model = section.table.rows
    section.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: listed(section) == ["b.part.mkv", "a.mkv", "c.avi"], timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: model.index(0, 1).data() == "70 B", timeout=_WAIT_MS)
    assert model.index(0, 0).data().endswith("b.part.mkv")
    assert model.index(0, 2).data() not in ("", "–")
    assert model.index(0, 3).data() == str(desk.media / "tv")


@pytest.mark.slow
def test_extra_files_are_searched_by_words_and_folder(desk: Desk, qtbot: QtBot) -> None:
    extras(desk)
    section = show_extra(desk, qtbot)
    section.search.setText("show PART")
    qtbot.waitUntil(lambda: listed(section) == ["b.part.mkv"], timeout=_WAIT_MS)
    assert "1 of 3 shown" in section.totals.text
    section.search.setText("nowhere")
    qtbot.waitUntil(lambda: section.stack.currentWidget() is section.none_shown, timeout=_WAIT_MS)
    assert section.escape()
    qtbot.waitUntil(lambda: len(listed(section)) == 3, timeout=_WAIT_MS)
    section.root.setCurrentIndex(section.root.findData(str(desk.media / "movies")))
    qtbot.waitUntil(lambda: listed(section) == ["c.avi"], timeout=_WAIT_MS)


def test_paths_are_copied_and_shown_in_the_file_manager(desk: Desk, qtbot: QtBot) -> None:
    made = extras(desk)
    section = show_extra(desk, qtbot)
    section.table.selectAll()
    section.copy_button.click()
    assert sorted(QGuiApplication.clipboard().text().splitlines()) == sorted(str(path) for path in made.values())
    assert not section.show_button.isEnabled()
    section.table.selectRow(0)
    assert section.show_button.isEnabled()
    shown: list[str] = []
    section.opener._select = lambda path: bool(shown.append(path)) or True
    QTest.keyClick(section.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown == section.source.paths(section.table.rows.ids[:1]), timeout=_WAIT_MS)


def test_ignored_names_are_kept_searched_again_and_taken_back(desk: Desk, qtbot: QtBot) -> None:
    extras(desk)
    section = show_extra(desk, qtbot)
    section.table.selectRow(listed(section).index("b.part.mkv"))
    section.ignore_chosen.click()
    dialog = top_level(qtbot, IgnoreDialog)
    assert dialog.patterns == ["b.part.mkv"]
    dialog.edit.setPlainText("*.part.mkv\na|b")
    dialog.save.click()
    assert "cannot contain" in dialog.block.message
    assert desk.context.settings.extra_files_ignore == ""
    dialog.edit.setPlainText("*.part.mkv\n\n*.part.mkv")
    dialog.save.click()
    qtbot.waitUntil(lambda: sorted(listed(section)) == ["a.mkv", "c.avi"], timeout=_WAIT_MS)
    assert desk.context.settings.extra_files_ignore == "*.part.mkv"
    undo = desk.toasts[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: len(listed(section)) == 3, timeout=_WAIT_MS)
    assert desk.context.settings.extra_files_ignore == ""


@pytest.mark.parametrize(("pattern", "is_fine"), [("*.mkv", True), ("a?b", True), ("*", False), ("**/*", False)])
def test_patterns_that_leave_out_everything_are_refused(pattern: str, is_fine: bool) -> None:
    assert (pattern_problem(pattern) == "") is is_fine


def test_nothing_extra_says_so(desk: Desk, qtbot: QtBot) -> None:
    section = show_extra(desk, qtbot)
    assert section.stack.currentWidget() is section.none_found
    assert section.none_found.sentence == "Every video file is known to a server."
    assert not section.export_button.isEnabled()


def test_a_search_can_be_cancelled(desk: Desk, qtbot: QtBot) -> None:
    gate = threading.Event()
    show_with_rules(desk, qtbot)
    section = part(desk, "extra")
    real = desk.context.file_system

    class Slow:
        ignores_case = False

        def scan(self, folder: str) -> Any:
            gate.wait(30)
            return real.scan(folder)

        def stat(self, path: str) -> Any:
            return real.stat(path)

    desk.context.file_system = Slow()  # type: ignore[misc]
    section.refresh()
    assert section.progress_card.isVisible()
    assert section.stack.currentWidget() is section.searching
    assert section.escape()
    gate.set()
    qtbot.waitUntil(lambda: section.banner is not None and not section.progress_card.isVisible(), timeout=_WAIT_MS)
    assert section.report is None
    assert section.stack.currentWidget() is section.not_searched
    assert not section.search_button.isVisible(), "one button for one thing"


def test_folders_that_cannot_be_read_are_told(desk: Desk, qtbot: QtBot) -> None:
    server = desk.add_server()
    desk.sync()
    mappings.add(desk.context, server, None, "/media/tv", str(desk.media / "gone"))
    show(desk, qtbot)
    section = part(desk, "extra")
    section.refresh()
    qtbot.waitUntil(lambda: section.banner is not None, timeout=_WAIT_MS)
    assert "1 folder could not be read" in section.banner.title
    assert "folders that could be read" in section.none_found.sentence


def test_extra_files_are_exported(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    extras(desk)
    section = show_extra(desk, qtbot)
    target = tmp_path / "extra.csv"
    section.saver.ask = lambda *_words: str(target)
    with qtbot.waitSignal(section.saver.written, timeout=_WAIT_MS):
        section.saver.save("csv")
    with target.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert sorted(row["size_bytes"] for row in rows) == ["10", "50", "70"]
    assert all(row["modified_at"].endswith("Z") for row in rows)
    section.saver.ask = lambda *_words: str(tmp_path / "extra")
    with qtbot.waitSignal(section.saver.written, timeout=_WAIT_MS):
        section.saver.save("json")
    assert json.loads((tmp_path / "extra.json").read_text(encoding="utf-8"))["total_bytes"] == 130
    section.saver.ask = lambda *_words: str(tmp_path / "nowhere" / "extra.csv")
    with qtbot.waitSignal(section.saver.failed, timeout=_WAIT_MS):
        section.saver.save("csv")
    assert section.banner is not None


# --- duplicates -------------------------------------------------------------------------------------------------------


def show_duplicates(desk: Desk, qtbot: QtBot) -> DuplicatesSection:
    show_with_rules(desk, qtbot)
    section = part(desk, "duplicates")
    assert isinstance(section, DuplicatesSection)
    qtbot.waitUntil(lambda: section.report is not None and section.copies.group is not None, timeout=_WAIT_MS)
    return section


def test_titles_that_are_there_twice_are_compared_at_once(desk: Desk, qtbot: QtBot) -> None:
    section = show_duplicates(desk, qtbot)
    report = section.report
    assert report is not None
    assert section.stack.currentWidget() is section.list
    assert len(section.table.rows.ids) == len(report.groups)
    assert section.copies.group == report.groups[section.table.rows.ids[0]]
    looks = [section.copies.model.index(row, 4).data() for row in range(section.copies.model.rowCount())]
    assert looks[0] == "Largest copy"
    assert "Other copy" in looks
    freed = [report.groups[one].extra_bytes for one in section.table.rows.ids]
    assert freed == sorted(freed, reverse=True)


@pytest.mark.slow
def test_duplicates_are_filtered_by_kind_and_words(desk: Desk, qtbot: QtBot) -> None:
    section = show_duplicates(desk, qtbot)
    report = section.report
    assert report is not None
    movies = [group for group in report.groups if group.kind.value == "movie"]
    section.kind.segment("movie").click()
    qtbot.waitUntil(lambda: len(section.table.rows.ids) == len(movies), timeout=_WAIT_MS)
    wanted = str(movies[0].ids[0].external_id)
    section.search.setText(wanted)
    qtbot.waitUntil(lambda: len(section.table.rows.ids) == 1, timeout=_WAIT_MS)
    assert section.copies.group == movies[0]
    section.search.setText("no such title")
    qtbot.waitUntil(lambda: section.stack.currentWidget() is section.none_shown, timeout=_WAIT_MS)
    section.none_shown.button.click()
    qtbot.waitUntil(lambda: len(section.table.rows.ids) == len(report.groups), timeout=_WAIT_MS)


def test_a_title_opens_in_the_library(desk: Desk, qtbot: QtBot) -> None:
    section = show_duplicates(desk, qtbot)
    group = section.table.current
    assert group is not None
    QTest.keyClick(section.table, Qt.Key.Key_Return)
    view = View.MOVIES if group.kind.value == "movie" else View.EPISODES
    assert desk.opened == [("library", BrowseQuery(view=view, text=group.title))]


@pytest.mark.slow
def test_a_changed_catalog_asks_before_it_compares_again(desk: Desk, qtbot: QtBot) -> None:
    section = show_duplicates(desk, qtbot)
    before = section.report
    desk.page.check_files()
    qtbot.waitUntil(lambda: section.banner is not None, timeout=_WAIT_MS)
    assert section.report is before
    section.refresh()
    qtbot.waitUntil(lambda: section.report is not before and section.banner is None, timeout=_WAIT_MS)


@pytest.mark.slow
def test_what_changed_behind_another_part_is_told_on_return(desk: Desk, qtbot: QtBot) -> None:
    section = show_duplicates(desk, qtbot)
    part(desk, "disks")
    desk.page.check_files()
    qtbot.waitUntil(lambda: desk.page.check_block.banner is not None, timeout=_WAIT_MS)
    assert section.banner is None
    part(desk, "duplicates")
    qtbot.waitUntil(lambda: section.banner is not None, timeout=_WAIT_MS)


def test_an_empty_catalog_leads_to_the_servers(desk: Desk, qtbot: QtBot) -> None:
    show(desk, qtbot)
    section = part(desk, "duplicates")
    qtbot.waitUntil(lambda: section.stack.currentWidget() is section.no_files, timeout=_WAIT_MS)
    section.no_files.button.click()
    assert desk.opened == [("servers", None)]


def test_duplicates_are_exported(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    section = show_duplicates(desk, qtbot)
    target = tmp_path / "duplicates.json"
    section.saver.ask = lambda *_words: str(target)
    with qtbot.waitSignal(section.saver.written, timeout=_WAIT_MS):
        section.saver.save("json")
    written = json.loads(target.read_text(encoding="utf-8"))
    assert section.report is not None
    assert written["extra_bytes"] == section.report.extra_bytes
    assert len(written["groups"]) == len(section.report.groups)


# --- folders of a check -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_folders_of_a_check_tell_what_is_missing_and_what_changed(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    server = desk.context.servers.all()[0]
    files.check(desk.context, server=server)
    tv = next(rule.local_path for rule in desk.context.mappings.all() if rule.server_path == "/media/tv")
    found = desk.context.file_paths.to_check(server.id)
    gone = next(one.local_path for one in found if one.root == tv and one.previous == FileState.FOUND)
    Path(str(gone)).unlink()
    files.check(desk.context, server=server)
    page.refresh()
    qtbot.waitUntil(lambda: page.checked.text().startswith("Checked today"), timeout=_WAIT_MS)
    page.checked.folders_wanted.emit()
    dialog = top_level(qtbot, RootsDialog)
    dialog.table.selectRow([root.root for root in dialog.model.rows].index(tv))
    qtbot.waitUntil(lambda: str(gone) in dialog.missing.rows, timeout=_WAIT_MS)
    assert "files found" in dialog.sentence.text()
    assert "missing" in dialog.sentence.text()
    dialog.parts.segment(CHANGES).click()
    (change,) = dialog.changes.rows
    assert (change[1].old, change[1].new, change[1].local_path) == (FileState.FOUND, FileState.MISSING, str(gone))
    assert dialog.changes.index(0, 0).data().startswith("Today, ")
    dialog.show_button.click()
    query = desk.opened[-1][1]
    assert isinstance(query, BrowseQuery)
    assert (query.view, query.states, query.server_ids) == (View.FILES, (FileState.MISSING,), (server.id,))
    assert desk.context.browse.ids(query)
    assert query.text == f"{tv}/"


@pytest.mark.slow
def test_the_schedule_is_kept_and_taken_back(desk: Desk, qtbot: QtBot) -> None:
    desk.context.settings_store.update(file_check_schedule="off")
    page = show_with_rules(desk, qtbot)
    assert page.checked.text() == "Never checked"
    page.checked.schedules["daily"].trigger()
    qtbot.waitUntil(lambda: desk.context.settings.file_check_schedule == "daily", timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: "Daily" in page.checked.text(), timeout=_WAIT_MS)
    undo = desk.toasts[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: page.checked.text() == "Never checked", timeout=_WAIT_MS)
    assert desk.context.settings.file_check_schedule == "off"


@pytest.mark.slow
def test_a_check_leads_to_what_is_missing(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    page.check_files()
    qtbot.waitUntil(lambda: page.check_block.banner is not None, timeout=_WAIT_MS)
    banner = page.check_block.banner
    assert banner is not None
    assert "missing" in banner.title
    links = {one.text(): one for one in banner.findChildren(Button)}
    links["Show missing files"].click()
    query = desk.opened[-1][1]
    assert isinstance(query, BrowseQuery)
    assert (query.view, query.states, query.text) == (View.FILES, (FileState.MISSING,), "")
    links["Show folders…"].click()
    assert top_level(qtbot, RootsDialog).root


@pytest.mark.slow
def test_many_lost_files_are_missing_only_when_a_person_says_so(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    server = desk.context.servers.all()[0]
    files.check(desk.context, server=server)
    shutil.rmtree(desk.media / "movies")
    (desk.media / "movies").mkdir()
    (desk.media / "movies" / "still mounted.txt").touch()
    page.check_files()
    qtbot.waitUntil(lambda: page.check_block.banner is not None, timeout=_WAIT_MS)
    before = desk.context.browse.totals(server.id).states[FileState.MISSING]
    page.refresh()
    qtbot.waitUntil(lambda: page.checked.folders.isEnabled(), timeout=_WAIT_MS)
    page.show_folders()
    dialog = top_level(qtbot, RootsDialog)
    assert dialog.root == str(desk.media / "movies")
    assert dialog.accept_loss.isVisible()
    assert "Too many files" in dialog.sentence.text()
    dialog.accept_loss.click()
    confirm = top_level(qtbot, ConfirmDialog)
    confirm.act_button.click()
    qtbot.waitUntil(
        lambda: desk.context.browse.totals(server.id).states[FileState.MISSING] > before + 5, timeout=_WAIT_MS
    )
    qtbot.waitUntil(lambda: page.check_button.isEnabled(), timeout=_WAIT_MS)


@pytest.mark.slow
def test_typed_figures_are_forgotten_and_brought_back(desk: Desk, qtbot: QtBot) -> None:
    section = show_disks(
        desk, qtbot, Volume(str(desk.media), VolumeKind.NETWORK, "nfs4", 10**12, 5 * 10**11, "nas:/media")
    )
    take_away(desk, section, qtbot)
    desk_path = section.cards[0].disk.path
    section._save_capacity(desk_path, 2 * 10**12, None)
    qtbot.waitUntil(lambda: "2.0 TB total free space unknown" in section.cards[0].accessibleName(), timeout=_WAIT_MS)
    section.capacity_button.click()
    dialog = top_level(qtbot, CapacityDialog)
    assert dialog.forget.isVisible()
    dialog.forget.click()
    qtbot.waitUntil(lambda: "500 GB free of 1.0 TB" in section.cards[0].accessibleName(), timeout=_WAIT_MS)
    undo = desk.toasts[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: "2.0 TB total" in section.cards[0].accessibleName(), timeout=_WAIT_MS)
