"""The candidates: what a rule means, live; why a title is on the list; excluding it with a way back."""

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.gui.mapping_desk import TOKEN, Desk, open_desk

from retrovue.core.domain.cleanup.facts import Level, Origin, Unit
from retrovue.core.domain.cleanup.rules import Condition, Field, Join, Operator, Preset, Section, preset_rule
from retrovue.core.services.cleanup.kept import exclude_tag, last_day
from retrovue.core.services.cleanup.leaving import kept_list
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.system.volumes import Volume, VolumeKind
from retrovue.gui.pages.cleanup.candidatelist import APART, CandidateRow
from retrovue.gui.pages.cleanup.candidates import CandidatesSection
from retrovue.gui.pages.cleanup.conditions import ConditionLine, ConditionsEditor
from retrovue.gui.pages.cleanup.exclusions import ExclusionsDialog
from retrovue.gui.pages.cleanup.leaving import LISTS, LeavingDialog
from retrovue.gui.tables.pages import PAGE_ROWS
from retrovue.gui.tables.wrapped import two_lines
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.work.tasks import TaskRunner

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

_WAIT_MS = 20_000


@pytest.fixture
def desk(
    qapp: QApplication, qtbot: QtBot, runner: TaskRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setenv("RETROVUE_TOKEN", TOKEN)
    with open_desk(qapp, qtbot, runner, tmp_path) as made:
        yield made


def show(desk: Desk, qtbot: QtBot, *, history: bool = True) -> CandidatesSection:
    server = desk.add_server()
    desk.sync()
    if history:
        desk.context.playback.begin(server.id, now=1)
        desk.context.playback.heard(server.id, now=desk.context.clock.epoch())
    desk.cleanup.show()
    desk.cleanup.activate()
    section = desk.cleanup.parts.section
    assert isinstance(section, CandidatesSection)
    qtbot.waitUntil(lambda: section.source.found is not None, timeout=_WAIT_MS)
    return section


@pytest.mark.slow
def test_the_page_reads_what_an_exclusion_looks_at(desk: Desk, qtbot: QtBot) -> None:
    server = desk.add_server()
    exclude_tag(desk.context, server, "Keep")
    show(desk, qtbot)
    assert server.id in desk.context.marks.read_at()


def test_a_rule_is_typed_and_its_list_follows(desk: Desk, qtbot: QtBot) -> None:
    section = show(desk, qtbot)
    sizes, editor = section.level.segment("movie"), section.panel.editor
    sizes.click()
    size = editor.lines[0]
    size.field.setCurrentIndex(size.field.findData(Field.SIZE))
    for line in editor.lines[1:]:
        line.remove.click()
    size.value.selectAll()
    QTest.keyClick(size.value, Qt.Key.Key_Backspace)
    assert not section.panel.save.isEnabled(), "a condition without a value means nothing"
    QTest.keyClicks(size.value, "1 MB")

    def is_listed(count: int) -> bool:
        found = section.source.found
        return found is not None and len(found.candidates) == count == len(section.table.rows.ids)

    movies = 40
    qtbot.waitUntil(lambda: section.panel.save.isEnabled() and is_listed(movies), timeout=_WAIT_MS)
    assert f"{movies} titles" in section.head._subtitle.text
    row = section.table.current
    assert row is not None
    assert len(section.why.labels) == 1
    assert section.why.labels[0].text.startswith("✓")
    # Reasons leave their room to the list until somebody asks.
    assert not section.why.explained.isVisible()
    QTest.keyClick(section.table, Qt.Key.Key_Return)
    assert section.why.explained.isVisible()
    section.why.why.click()
    assert not section.why.explained.isVisible()
    # Every rule has its numbers, too.
    qtbot.waitUntil(lambda: all(row.count is not None for row in section.panel.model.rows), timeout=_WAIT_MS)
    section.panel.name.setText("Large")
    section.panel.save.click()
    qtbot.waitUntil(lambda: section.panel.model.row_of("Large") >= 0, timeout=_WAIT_MS)
    assert [rule.name for rule in desk.context.cleanup.rules()] == ["Large"]
    section.show_switch.segment(APART).click()
    qtbot.waitUntil(lambda: section.main.lists.currentIndex() == 1, timeout=_WAIT_MS)


@pytest.mark.slow
def test_a_title_is_excluded_and_brought_back_and_the_list_written(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    section = show(desk, qtbot)
    section.panel.table.selectRow(4)
    section.panel.editor.lines[0].flag.setCurrentIndex(1)

    def is_listed() -> bool:
        found = section.source.found
        return found is not None and found.rule == section.panel.typed and len(section.table.rows.ids) > 3

    qtbot.waitUntil(is_listed, timeout=_WAIT_MS)
    found = section.source.found
    assert found is not None
    before = len(found.candidates)
    section.table.selectRow(0)
    section.chosen.copy_paths()
    assert QGuiApplication.clipboard().text()
    section.chosen.exclude()
    qtbot.waitUntil(lambda: len(section.source.found.candidates) == before - 1, timeout=_WAIT_MS)  # type: ignore[union-attr]
    undo = desk.toasts[-1][1]
    assert undo is not None
    section.exclusions_button.click()
    qtbot.waitUntil(lambda: bool(desk.cleanup.findChildren(ExclusionsDialog)), timeout=_WAIT_MS)
    (dialog,) = desk.cleanup.findChildren(ExclusionsDialog)
    assert len(dialog.model.rows) == 1
    dialog.accept()
    undo()
    qtbot.waitUntil(lambda: len(section.source.found.candidates) == before, timeout=_WAIT_MS)  # type: ignore[union-attr]
    target = tmp_path / "list.json"
    section.acts.ask = lambda *_words: str(target)
    with qtbot.waitSignal(section.acts.written, timeout=_WAIT_MS):
        section.acts.save("json")
    written = json.loads(target.read_text(encoding="utf-8"))
    assert len(written["candidates"]) == before
    assert written["total_bytes"] == found.total_bytes


@pytest.mark.slow
def test_the_strip_says_what_the_list_frees_on_each_disk(desk: Desk, qtbot: QtBot) -> None:
    disk = Volume(str(desk.media), VolumeKind.LOCAL, "ext4", 10**12, 10**11, "media")
    desk.volumes.found.append(disk)
    server = desk.add_server()
    desk.sync()
    for server_path, local_path in desk.rules():
        mappings.add(desk.context, server, None, server_path, local_path)
    desk.context.playback.begin(server.id, now=1)
    desk.context.playback.heard(server.id, now=desk.context.clock.epoch())
    desk.cleanup.show()
    desk.cleanup.activate()
    section = desk.cleanup.parts.section
    assert isinstance(section, CandidatesSection)
    qtbot.waitUntil(lambda: section.source.found is not None, timeout=_WAIT_MS)
    section.panel.editor.set_section(Section(Join.AND, (Condition(Field.SIZE, Operator.AT_LEAST, 1),)))
    section.panel.editor.edited.emit()

    def is_counted() -> bool:
        found, gains = section.source.found, section.strip.gains
        if found is None or gains is None or len(found.candidates) != 40:
            return False
        # A file that is missing on the disk frees nothing.
        return gains.by_disk[disk.path] + sum(one.size_bytes for one in gains.left) == found.total_bytes

    qtbot.waitUntil(is_counted, timeout=_WAIT_MS)
    assert section.strip.isVisible()
    (tile,) = section.strip.tiles
    assert tile.disk.path == disk.path
    assert section.strip.gains is not None
    assert tile.bar.gain_bytes == section.strip.gains.by_disk[disk.path] > 10**11
    assert tile.toolTip().startswith("This list frees ")
    assert tile.free.text == "100 GB free"
    assert "100 GB free of 1" in tile.accessibleName()
    assert "This list frees " in tile.accessibleName()
    qtbot.waitUntil(lambda: "free instead of 100 GB" in section.why.gain.text, timeout=_WAIT_MS)


@pytest.mark.slow
def test_libraries_collections_and_tags_are_excluded_in_the_window(desk: Desk, qtbot: QtBot) -> None:
    section = show(desk, qtbot)
    acts, context = section.exclusions, desk.context
    (server,) = context.servers.all()
    context.marks.replace(server.id, [("tag", "Keep", "1")], now=context.clock.epoch())
    section.exclusions_button.click()
    qtbot.waitUntil(lambda: acts.dialog is not None, timeout=_WAIT_MS)
    dialog = acts.dialog
    assert dialog is not None
    assert dialog.hint.text().startswith("Nothing is excluded.")
    assert not dialog.edit.isEnabled()
    dialog.add.click()
    qtbot.waitUntil(lambda: acts.form is not None, timeout=_WAIT_MS)
    form = acts.form
    assert form is not None
    assert {form.what.itemText(n) for n in range(form.what.count())} >= {"Attic · Movies", "Attic · TV Shows"}
    form.kind.setCurrentIndex(form.kind.findData("tag"))
    assert form.what.currentText() == "Attic · Keep"
    form.note.setText("for the children")
    form.ends.setChecked(True)
    last = form.until.date().toPython()
    form.save.click()
    qtbot.waitUntil(lambda: len(dialog.model.rows) == 1, timeout=_WAIT_MS)
    (kept,) = context.cleanup.exclusions(now=context.clock.epoch())
    assert (kept.kind, kept.item_id, kept.title, kept.note) == ("tag", server.id, "Keep", "for the children")
    assert kept.until is not None
    assert last_day(kept) == last
    # Its note and its end are changed, and the change is taken back.
    dialog.table.selectRow(0)
    dialog.edit.click()
    form = acts.form
    assert form is not None
    form.note.setText("")
    form.ends.setChecked(False)
    form.save.click()
    qtbot.waitUntil(lambda: dialog.model.rows[0].until is None, timeout=_WAIT_MS)
    undo = desk.toasts[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: dialog.model.rows[0].until == kept.until, timeout=_WAIT_MS)
    # Removed, and put back.
    dialog.table.selectRow(0)
    dialog.remove.click()
    qtbot.waitUntil(lambda: not dialog.model.rows, timeout=_WAIT_MS)
    undo = desk.toasts[-1][1]
    assert undo is not None
    undo()
    qtbot.waitUntil(lambda: len(dialog.model.rows) == 1, timeout=_WAIT_MS)
    assert dialog.model.rows[0].note == "for the children"
    qtbot.waitUntil(lambda: section.facts is not None and len(section.facts.exclusions) == 1, timeout=_WAIT_MS)


@pytest.mark.slow
def test_a_rule_is_tracked_and_its_lists_are_shown(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    section = show(desk, qtbot)
    qtbot.waitUntil(lambda: section.acts._found is not None, timeout=_WAIT_MS)
    section.leaving_button.click()
    qtbot.waitUntil(lambda: bool(desk.cleanup.findChildren(LeavingDialog)), timeout=_WAIT_MS)
    (dialog,) = desk.cleanup.findChildren(LeavingDialog)
    assert not dialog.track.isChecked()
    assert dialog.tables == {}, "nothing was kept yet"
    dialog.track.click()
    context = desk.context
    qtbot.waitUntil(lambda: context.settings.leaving_rules == "unwatched/movie", timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: context.cleanup.last_run("unwatched", "movie") is not None, timeout=_WAIT_MS)
    dialog.accept()
    kept = kept_list(context, section.rule, section.chosen_level)
    again = LeavingDialog(kept, desk.cleanup, is_tracked=True, days=14)
    qtbot.addWidget(again)
    assert again.track.isChecked()
    again.switch.segment(LISTS).click()
    assert again.stack.currentWidget() is again.tables[LISTS]
    assert again.tables[LISTS].model().rowCount() == 1
    # Rules leave for another computer, and come from one.
    target = tmp_path / "rules.json"
    section.acts.ask = lambda *_words: str(target)
    section.panel.name.setText("Mine")
    section.panel.save.click()
    qtbot.waitUntil(lambda: [rule.name for rule in context.cleanup.rules()] == ["Mine"], timeout=_WAIT_MS)
    section.acts.export_rules()
    qtbot.waitUntil(target.exists, timeout=_WAIT_MS)
    context.cleanup.remove_rule("Mine")
    section.acts.ask_file = lambda *_words: str(target)
    section.acts.import_rules()
    qtbot.waitUntil(lambda: [rule.name for rule in context.cleanup.rules()] == ["Mine"], timeout=_WAIT_MS)


def test_groups_of_conditions_are_read_edited_and_removed(qtbot: QtBot) -> None:
    editor = ConditionsEditor()
    qtbot.addWidget(editor)
    where = preset_rule(Preset.FREE_SPACE, Level.MOVIE).where
    editor.set_section(where)
    assert editor.section() == where
    assert (len(editor.lines), len(editor.groups)) == (0, 4)
    group = editor.groups[0]
    with qtbot.waitSignal(editor.edited):
        group.lines[0].value.selectAll()
        QTest.keyClicks(group.lines[0].value, "25")
    first = editor.section()
    assert first is not None
    assert isinstance(first.parts[0], Section)
    assert first.parts[0].parts[0] == Condition(Field.FREE_SPACE, Operator.LESS, 25)
    group.remove.click()
    for line in list(editor.groups[0].lines):
        line.remove.click()
    assert len(editor.groups) == 2, "a group without a condition is gone"
    editor.add_group.click()
    last = editor.section()
    assert last is not None
    assert last.parts[-1] == Section(Join.AND, (Condition(Field.IDLE_DAYS, Operator.AT_LEAST, 90),))
    assert not editor.groups[-1].add_group.isVisibleTo(editor), "groups are nested once"


def test_without_a_history_everything_is_apart(desk: Desk, qtbot: QtBot) -> None:
    section = show(desk, qtbot, history=False)
    found = section.source.found
    assert found is not None
    assert found.candidates == ()
    assert section.panel.reach.text() == "Attic: no history"
    qtbot.waitUntil(lambda: section.main.lists.currentWidget() is section.main.none_shown, timeout=_WAIT_MS)


@pytest.mark.slow
def test_many_facts_are_let_go_while_nobody_looks_and_read_again(desk: Desk, qtbot: QtBot) -> None:
    section = show(desk, qtbot)
    section.level.segment("episode").click()
    qtbot.waitUntil(lambda: len(section.table.rows.ids) > 0, timeout=_WAIT_MS)
    rule, facts = section.rule, section.facts
    assert facts is not None
    origin, episodes = facts.episodes[0].origin, len(facts.episodes)
    section.idle.timer.setInterval(0)
    desk.cleanup.hide()
    qtbot.waitUntil(lambda: not section.idle.timer.isActive(), timeout=_WAIT_MS)
    assert section.facts is facts, "a few are kept"
    del facts

    def kept() -> int:
        return sum(isinstance(one, Unit) and one.origin is origin for one in gc.get_objects())

    assert kept() > PAGE_ROWS
    desk.cleanup.show()
    section.few_titles = 1
    pool = desk.context.database.engine.pool
    desk.cleanup.hide()
    # Each connection keeps up to 16 MB of the catalog, so they go as well.
    qtbot.waitUntil(
        lambda: section.facts is None and kept() <= PAGE_ROWS and desk.context.database.engine.pool is not pool,
        timeout=_WAIT_MS,
    )
    desk.cleanup.show()
    qtbot.waitUntil(lambda: section.source.found is not None and len(section.table.rows.ids) > 0, timeout=_WAIT_MS)
    assert section.facts is not None
    assert len(section.facts.episodes) == episodes
    assert (section.rule, section.chosen_level) == (rule, Level.EPISODE)


def test_conditions_on_names_complete_to_what_there_is(qtbot: QtBot) -> None:
    """Anywhere in the name, in any case, in conditions of groups too, and only to names of their own field."""
    editor = ConditionsEditor()
    qtbot.addWidget(editor)
    inner = Section(Join.OR, (Condition(Field.TAG, Operator.IS, "x"),))
    editor.set_section(Section(Join.AND, (Condition(Field.COLLECTION, Operator.IS, "x"), inner)))
    editor.offer({Field.COLLECTION: ("Harbour films", "Night films"), Field.TAG: ("keep",)})

    def offered(line: ConditionLine, typed: str) -> list[str]:
        completer = line.value.completer()
        completer.setCompletionPrefix(typed)
        found = completer.completionModel()
        return [str(found.index(row, 0).data()) for row in range(found.rowCount())]

    line = editor.lines[0]
    assert offered(line, "FILM") == ["Harbour films", "Night films"]
    assert offered(editor.groups[0].lines[0], "k") == ["keep"]
    assert editor.fields == {Field.COLLECTION, Field.TAG}
    with qtbot.waitSignal(editor.edited):
        line.value.completer().activated.emit("Night films")
    line.field.setCurrentIndex(line.field.findData(Field.TAG))
    assert offered(line, "film") == []
    editor.add.click()
    editor.lines[1].field.setCurrentIndex(line.field.findData(Field.COLLECTION))
    assert offered(editor.lines[1], "harb") == ["Harbour films"]


@pytest.mark.slow
def test_a_condition_on_tags_reads_them_before_anything_is_saved(desk: Desk, qtbot: QtBot) -> None:
    section = show(desk, qtbot)
    assert not desk.context.marks.read_at(), "nothing looked at tags until now"
    line = section.panel.editor.lines[0]
    line.field.setCurrentIndex(line.field.findData(Field.TAG))
    qtbot.waitUntil(lambda: bool(desk.context.marks.read_at()), timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: section.facts is not None and bool(section.facts.marks.read_at), timeout=_WAIT_MS)


def test_what_is_cut_of_the_reasons_has_a_column_of_its_own() -> None:
    origin = Origin(1, "Movies", 1, "Attic", history_from=1)
    unit = Unit(Level.MOVIE, 1, origin, "Film", "1", 0, 0, last_played_at=8 * 86_400, plays=2)
    said = CandidateRow(0, unit, 9 * 86_400).reason
    assert said == "Last played 1 day ago, not since · Added 9 days ago · 2 plays by 1 person"
    never = Unit(Level.MOVIE, 1, origin, "Film", "1", 2 * 86_400, 2 * 86_400)
    assert CandidateRow(0, never, 9 * 86_400).reason == "Never watched · Added 7 days ago"


def test_reasons_are_broken_between_words_and_nothing_of_them_is_lost(qapp: QApplication) -> None:
    used = font(FontRole.SMALL)
    width = QFontMetrics(used).horizontalAdvance("Last played 439 days ago by Jörg,")
    said = "Last played 439 days ago by Jörg, by nobody since · 1 play"
    first, second = two_lines(said, used, width)
    assert f"{first} {second}" == said
    assert two_lines("Never watched", used, width) == ["Never watched"]
    assert two_lines("", used, width) == [""]
    cut = two_lines("\U0001f3ac " * 40 + said, used, width)
    assert len(cut) == 2
    assert cut[1].endswith("…")
    assert "\ufffd" not in "".join(cut)
