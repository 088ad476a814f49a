"""What the Path mapping page says about rules, tried files and conflicts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from retrovue.core.domain.browse import CatalogTotals
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_rules import ConflictKind, MappingConflict
from retrovue.core.domain.paths import PathMapping
from retrovue.core.services.looking import CheckSummary, FileFault, RootSummary
from retrovue.core.services.mapping.proposals import Proposal
from retrovue.core.services.mapping.rules import RuleView
from retrovue.core.services.mapping.suggest import Evidence, Suggestion
from retrovue.core.services.mapping.trial import SampleRow
from retrovue.core.storage.mappings import MappingProof
from retrovue.core.system.language import speak
from retrovue.gui.pages.mapping.dialogs import RootsDialog, problem_text, summary_text
from retrovue.gui.pages.mapping.intended import IntendedConflicts
from retrovue.gui.pages.mapping.side import SidePanel, SideState, SuggestionCard, SuggestState
from retrovue.gui.pages.mapping.view import SIDE_WIDTH
from retrovue.gui.pages.mapping.words import (
    conflict_key,
    conflict_words,
    evidence_lines,
    pair_of,
    percent,
    rule_look,
    rule_rows,
    sample_reason,
    sample_tooltip,
)
from retrovue.gui.pages.mapping.work import totals_text

pytestmark = pytest.mark.usefixtures("qapp")

_NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
_TV = PathMapping(1, 1, None, "/media/tv", "Z:\\TV")
_MOVIES = PathMapping(2, 1, None, "/media/movies", "\\\\nas\\movies")


def view(
    mapping: PathMapping = _TV,
    *,
    files: int = 100,
    found: int = 100,
    conflicts: tuple[MappingConflict, ...] = (),
    proof: MappingProof | None = None,
) -> RuleView:
    return RuleView(mapping, "Attic", None, files, found, conflicts, proof)


@pytest.mark.parametrize(
    ("share", "shown"), [(1.0, "100 %"), (0.9999, "99.9 %"), (0.9984, "99.8 %"), (0.5, "50.0 %"), (0.0004, "0.0 %")]
)
def test_only_nothing_missing_is_a_hundred_per_cent(share: float, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("files", "found", "word", "tone"),
    [
        (0, 0, "No files", "text2"),
        (100, 0, "Not checked", "text2"),
        (100, 60, "Partly found", "warning"),
        (100, 99, "Verified", "success"),
        (100, 100, "Verified", "success"),
    ],
)
def test_the_state_of_a_rule_follows_its_files(files: int, found: int, word: str, tone: str) -> None:
    row = rule_rows([view(files=files, found=found)], (), None)[0]
    look = rule_look(row, _NOW)
    assert (look.word, look.tone) == (word, tone)


def test_a_proof_has_its_day() -> None:
    old = MappingProof(_NOW - timedelta(days=11), 10, 10)
    assert rule_look(rule_rows([view(proof=old)], (), None)[0], _NOW).word == "Verified 3 Mar"
    assert rule_look(rule_rows([view(proof=old)], (), _NOW)[0], _NOW).word == "Verified today"


def test_a_conflict_names_the_other_rule_by_its_number() -> None:
    conflict = MappingConflict(ConflictKind.SHADOWED, _MOVIES, _TV, "An earlier rule decides.")
    rows = rule_rows([view(), view(_MOVIES, conflicts=(conflict,))], (), None)
    assert rule_look(rows[1], _NOW).word == "Overridden by rule 1"
    assert rule_look(rows[0], _NOW).word == "Verified"
    words = conflict_words(conflict, {1: 1, 2: 2})
    assert words.title == "Two rules overlap"
    assert words.text.startswith("Rules 1 and 2 both cover /media/movies.")


@pytest.mark.parametrize("kind", list(ConflictKind))
def test_every_conflict_has_words_and_a_look(kind: ConflictKind) -> None:
    conflict = MappingConflict(kind, _TV, _MOVIES, "Why it is so.")
    words = conflict_words(conflict, {1: 1, 2: 2})
    assert words.title
    assert words.text
    assert rule_look(rule_rows([view(conflicts=(conflict,))], (), None)[0], _NOW).word


def test_what_is_intended_is_remembered_and_not_mentioned(tmp_path: Path) -> None:
    path = str(tmp_path / "window.ini")
    conflict = MappingConflict(ConflictKind.NEVER_USED, _TV, None, "Unused.")
    other = MappingConflict(ConflictKind.NO_FOLDER, _TV, None, "Gone.")
    intended = IntendedConflicts(QSettings(path, QSettings.Format.IniFormat))
    assert intended.keys == []
    intended.add(conflict)
    again = QSettings(path, QSettings.Format.IniFormat)
    again.sync()
    reread = IntendedConflicts(again)
    assert reread.keys == [conflict_key(conflict)]
    assert reread.without([conflict, other]) == (other,)
    row = rule_rows([view(found=50, conflicts=(conflict,))], reread.keys, None)[0]
    assert rule_look(row, _NOW).word == "Partly found"
    reread.forget(conflict)
    assert reread.without([conflict, other]) == (conflict, other)


def test_an_unmapped_file_says_why_instead_of_a_path() -> None:
    row = SampleRow(1, "/srv/a.mkv", None, state=FileState.UNMAPPED, why="No rule matches this path.")
    pair = pair_of(row)
    assert pair.local_path == "kept as is: no rule matches this path."
    assert pair.server_prefix == ""
    assert "No rule matches this path." in sample_tooltip(row)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (SampleRow(1, "/a", "/b", state=FileState.FOUND, size_bytes=5), "size matches"),
        (SampleRow(1, "/a", "/b", state=FileState.FOUND), "size unknown"),
        (SampleRow(1, "/a", "/b", state=FileState.MISSING), "folder found, file missing"),
        (SampleRow(1, "/a", "/b", state=FileState.MISSING, fault=FileFault.FOLDER_GONE), "folder missing"),
        (SampleRow(1, "/a", "/b", state=FileState.SIZE_DIFFERS, disk_size_bytes=900_000_000), "disk has 900 MB"),
        (SampleRow(1, "/a", "/b", state=FileState.UNREACHABLE, fault=FileFault.NOT_MOUNTED), "disk not mounted"),
        (SampleRow(1, "/a", None, state=FileState.UNMAPPED), "add a rule"),
    ],
)
def test_each_state_has_its_reason(row: SampleRow, reason: str) -> None:
    assert sample_reason(row) == reason


def test_every_fault_has_a_short_reason() -> None:
    without = {FileFault.NO_LOCAL_PATH, FileFault.OTHER_SPELLING}
    for fault in set(FileFault) - without:
        assert sample_reason(SampleRow(1, "/a", "/b", state=FileState.UNREACHABLE, fault=fault)), fault


def test_evidence_says_what_contradicts() -> None:
    proposal = Suggestion("/srv/import", "Y:\\Import", Evidence(40, 40, 40, 40), ("/srv/import",))
    assert evidence_lines(Proposal(proposal, 211)) == [
        "40 of 40 sample files were found, all with the same size",
        "Would map 211 unmapped files",
    ]
    other = proposal._replace(evidence=Evidence(40, 40, 40, 0), roots=("/a", "/b"))
    lines = evidence_lines(Proposal(other, 0, _TV))
    assert "all sizes differ" in lines[0]
    assert lines[1:] == ["One rule for 2 library folders", "Replaces the rule that maps to Z:\\TV"]


def test_the_subtitle_names_only_the_states_that_there_are() -> None:
    totals = CatalogTotals(files=46_120, states={FileState.FOUND: 44_871, FileState.MISSING: 38})
    assert totals_text(totals, lambda n: f"{n:,}") == "46,120 files · 44,871 found · 38 missing"


def test_the_folders_of_a_check_are_listed_with_their_problem(qapp: QApplication, qtbot: QtBot) -> None:
    good = RootSummary("/mnt/tv", {FileState.FOUND: 10, FileState.MISSING: 1})
    bad = RootSummary("/mnt/movies", {FileState.UNREACHABLE: 5}, FileFault.ROOT_EMPTY)
    summary = CheckSummary([bad, good], {FileState.FOUND: 10, FileState.MISSING: 1, FileState.UNREACHABLE: 5})
    assert summary_text(summary) == "10 found · 1 missing · 5 unreachable"
    assert "/mnt/movies" in problem_text(summary)
    dialog = RootsDialog("Attic", summary)
    qtbot.addWidget(dialog)
    shown = [[dialog.model.index(row, column).data() for column in range(6)] for row in range(2)]
    assert shown == [["/mnt/movies", "0", "0", "0", "5", "Problem"], ["/mnt/tv", "10", "1", "0", "0", "Checked"]]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_suggestion_is_no_wider_than_its_column(qtbot: QtBot, language: str) -> None:
    suggestion = Suggestion("/media", "/mnt/nas", Evidence(466, 465, 465, 464), ("/media/tv", "/media/movies"))
    speak(language, {})
    panel = SidePanel()
    qtbot.addWidget(panel)
    panel.show_state(SideState(SuggestState(found=(Proposal(suggestion, 1_716),))))
    card = panel.findChild(SuggestionCard)
    speak("en", {})
    assert card is not None
    assert card.minimumSizeHint().width() <= SIDE_WIDTH
