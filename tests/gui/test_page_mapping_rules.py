"""The Path mapping page over a real catalog and a real tree of files."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.gui.mapping_desk import TOKEN, Desk, open_desk, show, show_with_rules

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.services.mapping import rules as mappings
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.server import DemoServer
from retrovue.gui.pages.mapping.page import MappingPage
from retrovue.gui.pages.mapping.side import SideNotice, SuggestionCard
from retrovue.gui.work.tasks import TaskRunner

# The offscreen platform says so about every window with a minimum size.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def desk(
    qapp: QApplication, qtbot: QtBot, runner: TaskRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setenv("RETROVUE_TOKEN", TOKEN)
    with open_desk(qapp, qtbot, runner, tmp_path) as made:
        yield made


def type_into(page: MappingPage, local_path: str) -> None:
    page.preview.local_path.selectAll()
    QTest.keyClicks(page.preview.local_path, local_path)


def test_without_a_server_the_one_action_adds_one(desk: Desk, qtbot: QtBot) -> None:
    page = show(desk, qtbot)
    assert page.stack.currentWidget() is page.no_server
    page.no_server.triggered.emit()
    assert desk.opened == [("servers", "add")]
    assert not page.add_button.isEnabled()


def test_before_a_sync_there_is_nothing_to_try_rules_on(desk: Desk, qtbot: QtBot) -> None:
    desk.add_server()
    page = show(desk, qtbot)
    assert page.stack.currentWidget() is page.no_files
    assert "Attic" in page.no_files.sentence
    assert not page.suggest_button.isEnabled()


@pytest.mark.slow
def test_suggesting_leads_from_no_rule_to_a_saved_one(desk: Desk, qtbot: QtBot) -> None:
    desk.add_server()
    desk.sync()
    page = show(desk, qtbot)
    assert page.stack.currentWidget() is page.no_rule
    page.suggest_in(str(desk.media))
    assert page.stack.currentWidget() is page.main
    assert page.side.state.suggest.is_running
    qtbot.waitUntil(lambda: page.side.state.suggest.found is not None)
    first = page.side.state.suggest.first
    assert first is not None
    assert first.unmapped > 0
    assert first.suggestion.local_path.startswith(str(desk.media))
    assert desk.stored == []
    card = page.side.findChild(SuggestionCard)
    assert card is not None
    card.use.click()
    qtbot.waitUntil(lambda: page.rules.table.rules.rowCount() == 1)
    assert desk.stored == [(first.suggestion.server_path, first.suggestion.local_path)]


@pytest.mark.slow
def test_show_files_of_a_suggestion_stores_nothing(desk: Desk, qtbot: QtBot) -> None:
    desk.add_server()
    desk.sync()
    page = show(desk, qtbot)
    page.suggest_in(str(desk.media))
    qtbot.waitUntil(lambda: bool(page.side.state.suggest.found))
    first = page.side.state.suggest.first
    card = page.side.findChild(SuggestionCard)
    assert card is not None
    assert first is not None
    card.show_files.click()
    assert page.preview.rule.server_path == first.suggestion.server_path
    assert page.preview.is_changed
    qtbot.waitUntil(lambda: "found" in page.preview.counts.words)
    assert desk.stored == []


@pytest.mark.slow
def test_the_first_rule_is_chosen_and_tried_on_its_files(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    assert page.rules.table.rules.rowCount() == len(desk.rules())
    assert (page.preview.rule.server_path, page.preview.rule.local_path) == desk.rules()[0]
    assert not page.preview.is_changed
    assert page.preview.pill.isHidden()
    rows = page.preview.table.samples.rows
    assert any(row.state == "found" for row in rows)
    assert all(row.server_path.startswith(row.server_prefix) for row in rows)
    assert f"{len(rows)} sample paths" in page.preview.counts.words


def test_typing_tries_the_rule_and_changes_nothing(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    before = desk.stored
    type_into(page, str(desk.media / "elsewhere"))
    assert not page.preview.pill.isHidden()
    qtbot.waitUntil(lambda: bool(page.preview.remedy))
    assert str(desk.media / "elsewhere") in page.preview.remedy
    assert page.preview.local_path.property("wrong") == "true"
    assert "unreachable" in page.preview.counts.words
    assert page.preview.save.isEnabled()
    assert desk.stored == before


def test_esc_takes_back_what_is_typed(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    type_into(page, "/nowhere")
    assert page.escape()
    assert page.preview.rule.local_path == desk.rules()[0][1]
    assert not page.escape()


def test_a_rule_that_could_not_work_is_refused_below_its_field(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    type_into(page, "media/tv")
    qtbot.waitUntil(lambda: bool(page.preview.remedy))
    assert "not a full path" in page.preview.remedy
    assert page.preview.local_path.property("wrong") == "true"
    assert page.preview.server_path.property("wrong") != "true"
    assert not page.preview.save.isEnabled()


def test_the_same_server_path_again_is_refused_at_the_server_path(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    page.add_rule()
    # Keys would open the list of completions, which the offscreen platform cannot.
    page.preview.server_path.setText(desk.rules()[0][0])
    QTest.keyClicks(page.preview.local_path, "/elsewhere")
    qtbot.waitUntil(lambda: bool(page.preview.remedy))
    assert page.preview.server_path.property("wrong") == "true"
    assert not page.preview.save.isEnabled()


@pytest.mark.slow
def test_saving_changes_the_rule_and_undo_brings_it_back(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    before = desk.stored
    other = str(desk.media / "elsewhere")
    type_into(page, other)
    qtbot.waitUntil(lambda: "unreachable" in page.preview.counts.words)
    page.preview.save.click()
    qtbot.waitUntil(lambda: bool(desk.toasts))
    assert desk.stored[0] == (before[0][0], other)
    qtbot.waitUntil(lambda: not page.preview.is_changed and page.preview.stored.local_path == other)
    undo = desk.toasts[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: desk.stored == before)


def test_what_is_typed_waits_while_another_rule_is_looked_at(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    type_into(page, "/half/typed")
    table = page.rules.table
    table.choose(table.rules.row_at(1).id)
    assert page.preview.rule.local_path == desk.rules()[1][1]
    table.choose(table.rules.row_at(0).id)
    assert page.preview.rule.local_path == "/half/typed"
    assert page.preview.is_changed


@pytest.mark.slow
def test_delete_removes_the_rule_and_undo_adds_it_again(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    page.rules.table.setFocus()
    QTest.keyClick(page.rules.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.rules.table.rules.rowCount() == len(desk.rules()) - 1)
    said, undo = desk.toasts[-1]
    assert desk.rules()[0][0] in said
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: sorted(desk.stored) == sorted(desk.rules()))


def test_test_all_tries_every_file_of_the_rule_and_keeps_the_proof(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    files = page.rules.table.rules.row_at(0).view.files
    page.preview.test.click()
    page.refresh()
    qtbot.waitUntil(lambda: f"All files ({files})" in page.preview.counts.words)
    proof = desk.context.mappings.proofs()[page.preview.stored.id or 0]
    assert proof.sampled == files
    assert f"{proof.found} found" in page.preview.counts.words


@pytest.mark.slow
def test_a_check_of_files_proves_the_rules(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    assert page.side.state.unchecked > 0
    page.check_files()
    assert not page.check_block.isHidden()
    assert not page.check_button.isEnabled()
    qtbot.waitUntil(lambda: page.check_block.banner is not None)
    banner = page.check_block.banner
    assert banner is not None
    assert "found" in banner.title
    qtbot.waitUntil(lambda: page.side.state.unchecked == 0)
    words = [page.rules.table.rules.index(row, 6).data() for row in range(page.rules.table.rules.rowCount())]
    assert "Verified today" in words
    assert page.check_button.isEnabled()


def test_a_rule_to_a_missing_folder_says_so_until_it_is_intended(desk: Desk, qtbot: QtBot) -> None:
    server = desk.add_server()
    desk.sync()
    mappings.add(desk.context, server, None, desk.rules()[0][0], str(desk.media / "gone"))
    page = show(desk, qtbot)
    qtbot.waitUntil(lambda: bool(page.side.state.conflicts))
    state = page.rules.table.rules.index(0, 6)
    assert state.data() == "Folder not found"
    notices = [one for one in page.side.findChildren(SideNotice) if "missing" in one.accessibleName()]
    assert len(notices) == 1
    page.side.intended.emit(page.side.state.conflicts[0])
    assert page.side.state.conflicts == ()
    assert state.data() != "Folder not found"
    undo = desk.toasts[-1][1]
    assert undo is not None
    undo()
    assert len(page.side.state.conflicts) == 1


def test_a_narrow_window_puts_the_cards_in_lines_above_the_preview(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    page.resize(1000, 640)
    qtbot.waitUntil(lambda: page.side.geometry().bottom() < page.preview.geometry().top())
    assert page.side.findChildren(SideNotice) == [] or page.side.findChild(SideNotice).isHidden() is False
    page.resize(1280, 800)
    qtbot.waitUntil(lambda: page.side.geometry().left() > page.preview.geometry().right())


def test_everything_has_a_name_for_those_who_listen(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    preview = page.preview
    for widget in (page.chooser, page.rules.table, preview.table, preview.server_path, preview.local_path):
        assert widget.accessibleName()
    for button in (preview.folder, preview.remove, preview.test, preview.save, preview.scope):
        assert button.accessibleName()


def test_a_check_can_be_cancelled_and_says_what_is_kept(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    page.check_files()
    page.check_block.cancel.click()
    qtbot.waitUntil(lambda: page.check_block.banner is not None)
    assert page.check_block.banner is not None
    assert "kept" in page.check_block.banner.title
    assert page.check_block.cancel.isVisible() is False
    qtbot.waitUntil(page.check_button.isEnabled)


def test_another_server_is_chosen_by_its_id(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    first = desk.context.servers.all()[0]
    with DemoServer(make_library(LibrarySpec(shows=1, episodes=1, movies=1, seed=9)), token=TOKEN) as other:
        source = desk.context.connect(ServerKind.PLEX, desk.context.connection(url=other.url, secret=TOKEN))
        info = replace(source.probe(), machine_identifier="another-machine")
        source.close()
        second = desk.context.servers.add(name="Cabin", url=other.url, info=info, now=0)
    page.show_argument(second.id)
    qtbot.waitUntil(lambda: page.chooser.currentText() == "Cabin")
    assert page.stack.currentWidget() is page.no_files
    page.show_argument(first.id)
    qtbot.waitUntil(lambda: page.stack.currentWidget() is page.main)
    assert page.chooser.currentText() == "Attic"


@pytest.mark.slow
def test_a_rule_of_one_library_is_saved_as_such(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    library = next(one for one in desk.context.libraries.all() if one.kind.is_imported)
    page.add_rule()
    page.preview.scope.setCurrentIndex(page.preview.scope.findData(library.id))
    page.preview.server_path.setText("/somewhere/else")
    page.preview.set_local_path(str(desk.media))
    qtbot.waitUntil(lambda: "No file in this library" in page.preview.remedy)
    assert page.preview.save.isEnabled()
    page.preview.save.click()
    qtbot.waitUntil(lambda: page.rules.table.rules.rowCount() == len(desk.rules()) + 1)
    rule = desk.context.mappings.all()[-1]
    assert (rule.server_path, rule.library_id) == ("/somewhere/else", library.id)
    current = page.rules.table.current
    assert current is not None
    assert current.id == rule.id


def test_typing_fast_shows_only_the_last_text(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    with qtbot.waitSignal(page._trial.tried) as tried:
        for end in ("a", "b", "c"):
            page.preview.set_local_path(str(desk.media / end))
    trial = tried.args[0]
    assert trial.rows[0].local_prefix == str(desk.media / "c")


@pytest.mark.parametrize(
    ("more", "where", "word", "title"),
    [
        # A rule of a library wins over the same path of the whole server, for every file there is.
        (("library", "/media/tv", "tv"), "/media/tv", "Overridden by rule", "Two rules overlap"),
        # What the longer rule does, the shorter one does as well.
        (("server", "/media/tv/Sub", "tv/Sub"), "/media/tv/Sub", "Covered by rule", "Two rules overlap"),
        (("server", "/srv/other", "tv"), "/srv/other", "Same folder as rule", "Two rules, one folder"),
        (("server", "/srv/nowhere", "anime"), "/srv/nowhere", "Never used", "Rule {n} is never used"),
        (("server", "/media/movies", "gone"), "/media/movies", "Folder not found", "The folder of rule {n} is missing"),
    ],
)
def test_each_conflict_stands_beside_its_rule(
    desk: Desk, qtbot: QtBot, more: tuple[str, str, str], where: str, word: str, title: str
) -> None:
    server = desk.add_server()
    desk.sync()
    for server_path, folder in desk.rules():
        if server_path in ("/media/tv",):
            mappings.add(desk.context, server, None, server_path, folder)
    scope, server_path, local = more
    library = next(one for one in desk.context.libraries.all() if any(r.path == "/media/tv" for r in one.roots))
    (desk.media / "anime").mkdir(exist_ok=True)
    (desk.media / "tv" / "Sub").mkdir(exist_ok=True)
    mappings.add(desk.context, server, library if scope == "library" else None, server_path, str(desk.media / local))
    page = show(desk, qtbot)
    qtbot.waitUntil(lambda: bool(page.side.state.conflicts))
    table = page.rules.table.rules
    words = {(table.row_at(n).view.mapping.server_path, str(table.index(n, 6).data())) for n in range(table.rowCount())}
    assert any(path == where and said.startswith(word) for path, said in words), words
    titles = [one.accessibleName() for one in page.side.findChildren(SideNotice)]
    assert len(set(titles)) == len(titles)
    numbers = range(1, table.rowCount() + 1)
    assert any(said.startswith(title.format(n=n)) for said in titles for n in numbers), titles


@pytest.mark.slow
def test_every_suggestion_has_its_evidence_and_one_click(desk: Desk, qtbot: QtBot) -> None:
    desk.add_server()
    desk.sync()
    page = show(desk, qtbot)
    page.suggest_in(str(desk.media))
    qtbot.waitUntil(lambda: bool(page.side.state.suggest.found))
    found = page.side.state.suggest.found
    assert found is not None
    cards = page.side.findChildren(SuggestionCard)
    assert len(cards) == min(len(found), 4) > 1
    wanted = found[1].suggestion
    cards[1].use.click()
    qtbot.waitUntil(lambda: desk.stored == [(wanted.server_path, wanted.local_path)])
    qtbot.waitUntil(lambda: len(page.side.findChildren(SuggestionCard)) == len(cards) - 1)


@pytest.mark.slow
def test_a_rule_from_elsewhere_takes_its_suggestion_away(desk: Desk, qtbot: QtBot) -> None:
    server = desk.add_server()
    desk.sync()
    page = show(desk, qtbot)
    page.suggest_in(str(desk.media))
    qtbot.waitUntil(lambda: bool(page.side.state.suggest.found))
    found = page.side.state.suggest.found
    assert found is not None
    first = found[0].suggestion
    mappings.add(desk.context, server, None, first.server_path, first.local_path)
    elsewhere = frozenset({"servers", "libraries", "mappings", "items", "files", "runs", "removals"})
    page._services.runner.changed.emit(ChangeSet(elsewhere, "elsewhere"))
    qtbot.waitUntil(lambda: len(page.side.findChildren(SuggestionCard)) == len(found) - 1)
    left = page.side.state.suggest.found
    assert left is not None
    assert first not in [one.suggestion for one in left]
    assert [one.suggestion for one in left] == [one.suggestion for one in found[1:]]


@pytest.mark.slow
def test_the_save_key_saves_what_is_typed(desk: Desk, qtbot: QtBot) -> None:
    page = show_with_rules(desk, qtbot)
    page.activateWindow()
    page.preview.local_path.setFocus()
    type_into(page, str(desk.media / "elsewhere"))
    qtbot.waitUntil(lambda: "unreachable" in page.preview.counts.words)
    QTest.keyClick(page.preview.local_path, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: desk.stored[0][1] == str(desk.media / "elsewhere"))
