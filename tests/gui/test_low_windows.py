"""What has to be read keeps its height where there is little room: it is neither cut nor laid over something else."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QPoint, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QScrollArea, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from retrovue.core.domain.cleanup.rules import Join, Level, Preset, preset_rule
from retrovue.core.services.cleanup.words import Explained
from retrovue.core.services.files.disks import CapacitySource, Disk
from retrovue.gui import text
from retrovue.gui.pages.cleanup.candidatelist import CandidateSource, CandidateTable
from retrovue.gui.pages.cleanup.candidateview import CandidatesView
from retrovue.gui.pages.cleanup.diskstrip import DiskTile
from retrovue.gui.pages.cleanup.rulepanel import RulePanel, RuleRow
from retrovue.gui.pages.cleanup.why import WhyCard
from retrovue.gui.pages.section import Totals
from retrovue.gui.pages.servers.list import stands_beside
from retrovue.gui.widgets.verdict import StepLook, VerdictStep, VerdictView
from retrovue.gui.work.tasks import InlineRunner


def laid_out(widget: QWidget) -> None:
    widget.show()
    for _round in range(4):
        QCoreApplication.processEvents()


def test_a_verdict_whose_remedy_takes_two_lines_keeps_what_its_steps_say(qtbot: QtBot) -> None:
    area, inside, verdict = QScrollArea(), QWidget(), VerdictView()
    qtbot.addWidget(area)
    column = QVBoxLayout(inside)
    column.addWidget(verdict)
    column.addStretch(1)
    area.setWidgetResizable(True)
    area.setWidget(inside)
    area.resize(512, 420)
    titles = ("Address", "Port", "Certificate", "Version", "Sign-in", "Libraries")
    steps = tuple(VerdictStep(title, "", StepLook.PASSED) for title in titles)
    remedy = "API keys are created in the Jellyfin dashboard under “API Keys”. A deleted key no longer works."
    verdict.show_verdict("danger", "The server did not accept this API key.", steps, text=remedy)
    laid_out(area)
    assert verdict.steps.height() >= verdict.steps.sizeHint().height()
    assert verdict.height() == verdict.heightForWidth(verdict.width())


def test_reasons_of_a_candidate_are_not_laid_over_each_other(qtbot: QtBot, inline_runner: InlineRunner) -> None:
    """A window of 1024 × 700 with a notice above the list leaves it 480 px."""
    holder = QWidget()
    qtbot.addWidget(holder)
    view = CandidatesView(CandidateSource(), inline_runner, holder)
    reasons = [Explained(f"Condition {number}", "587", verdict=True) for number in range(3)]
    remark = "Last played 587 days ago by Jörg, by nobody since · 1 play by 1 person · Added 714 days ago"
    view.why.show_title("Łódź Nocturne (1967)", remark, reasons)
    view.why.show_chosen(1, 22_600_000_000, "/ would have 92.8 GB free")
    view.why.toggle()
    # The strip of disks takes 98 px of them.
    view.resize(920, 382)
    laid_out(holder)
    assert view.height() == 382
    assert all(line.height() >= line.minimumSizeHint().height() for line in view.why.labels)
    places = [line.geometry() for line in (view.why.reasons, *view.why.labels)]
    assert not any(one.intersects(other) for one, other in pairwise(places))
    view.why.show_title("Łódź Nocturne " * 30, remark, reasons)
    laid_out(holder)
    assert view.why.title.width() <= view.why.width(), "a long title is shortened and makes the window no wider"
    assert view.width() == 920
    assert view.why.reasons.height() >= view.why.reasons.heightForWidth(view.why.reasons.width())


def test_what_can_be_done_with_a_candidate_takes_one_line_of_buttons(qtbot: QtBot) -> None:
    """Words and buttons stand beside each other while the number and the size are whole, else below each other."""
    card = WhyCard()
    qtbot.addWidget(card)
    card.show_title("Łódź Nocturne (1967)", "", [])
    card.show_chosen(1, 22_600_000_000, "/media/films would have 92.8 GB free instead of 70.2 GB")
    for width, is_beside in ((1100, True), (690, True), (430, False), (690, True)):
        card.resize(width, card.heightForWidth(width))
        laid_out(card)
        card.resize(width, card.heightForWidth(width))
        laid_out(card)
        words = card.chosen.mapTo(card, QPoint(0, 0))
        buttons = [button.mapTo(card, QPoint(0, 0)) for button in (card.exclude, card.show_button, card.copy)]
        assert len({place.y() for place in buttons}) == 1
        assert (buttons[0].x() > words.x() + card.chosen.width()) == is_beside
        assert (buttons[0].y() >= words.y() + card.chosen.height()) == (not is_beside)
        assert card.chosen.shown_text() == card.chosen.text
        assert buttons[-1].x() + card.copy.width() <= width
        assert card.height() < (70 if is_beside else 100)


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_disk_says_what_the_list_frees_to_the_keyboard(qtbot: QtBot) -> None:
    tile = DiskTile(
        Disk("/", "nas", None, False, 10**12, 10**11, CapacitySource.MANUAL, datetime.now(UTC), 0, 0, ()),
    )
    qtbot.addWidget(tile)
    tile.show_gain(2 * 10**11, "What frees nothing:\n1 file")
    laid_out(tile)
    QCoreApplication.sendEvent(tile, QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason))
    assert QToolTip.text() == "This list frees 200 GB\nWhat frees nothing:\n1 file"
    assert tile.free.y() == tile.total.y()
    QCoreApplication.sendEvent(tile, QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason))
    assert tile.accessibleName().endswith("This list frees 200 GB")


def test_a_part_of_a_rule_has_a_line_of_its_own(qtbot: QtBot) -> None:
    card = WhyCard()
    qtbot.addWidget(card)
    conditions = [Explained(f"Condition {number}", "587", verdict=number > 0) for number in range(2)]
    whole = Explained("Any of these", "", False, Join.OR, (Explained("", "", False, Join.AND, (*conditions,)),) * 2)
    card.show_title("Łódź Nocturne (1967)", "", whole.lines)
    both = "✗  Condition 0 (587) and Condition 1 (587)"
    assert [line.text for line in card.labels] == ["✗  Any of these:", both, both]


def test_the_day_of_the_last_play_fits(qtbot: QtBot, inline_runner: InlineRunner) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        table = CandidateTable(CandidateSource(), inline_runner)
        qtbot.addWidget(table)
        (place,) = [at for at, column in enumerate(table.rows.columns) if column.key == "played"]
        days = [text.short_date(date(2028, month, 28), year=True) for month in range(1, 13)]
        assert table.columnWidth(place) >= 24 + max(map(table.fontMetrics().horizontalAdvance, days))
    finally:
        QLocale.setDefault(before)


def test_rules_are_seen_without_scrolling_and_leave_the_rest_to_their_conditions(qtbot: QtBot) -> None:
    panel = RulePanel()
    qtbot.addWidget(panel)
    panel.resize(320, 500)
    rules = [preset_rule(preset, Level.MOVIE) for preset in Preset]
    panel.set_rules([RuleRow(rule.name, rule) for rule in rules], rules[0].name)
    laid_out(panel)
    assert panel.table.verticalScrollBar().maximum() == 0
    assert panel.table.viewport().height() < (len(rules) + 1) * panel.table.rowHeight(0)


def test_disks_give_way_in_a_low_window(qtbot: QtBot, inline_runner: InlineRunner) -> None:
    """Two notices above the list leave it 424 px in a window of 1024 × 700."""
    holder = QWidget()
    qtbot.addWidget(holder)
    view = CandidatesView(CandidateSource(), inline_runner, holder)
    disk = Disk("/", "nas", None, False, 10**12, 10**11, CapacitySource.MANUAL, datetime.now(UTC), 0, 0, ())
    view.strip.set_disks([disk])
    for height in (536, 424, 425, 536):
        view.resize(920, height)
        laid_out(holder)
        assert view.strip.isVisible() == (height > 500)
    view.resize(920, 424)
    view.strip.set_disks([disk])
    laid_out(holder)
    assert not view.strip.isVisible()


def test_a_servers_column_goes_before_reasons_cannot_be_read(qtbot: QtBot, inline_runner: InlineRunner) -> None:
    table = CandidateTable(CandidateSource(), inline_runner)
    qtbot.addWidget(table)
    hidden = {}
    table._servers = {"Attic", "Basement"}
    for width in (900, 560, 460):
        table.resize(width, 200)
        laid_out(table)
        keys = [column.key for at, column in enumerate(table.rows.columns) if table.isColumnHidden(at)]
        hidden[width] = keys
        assert table.columnWidth(2) >= 80
    assert hidden[900] == []
    assert "plays" in hidden[560]
    assert "server" in hidden[460]


def test_a_remark_is_shown_whole_or_not_at_all(qtbot: QtBot) -> None:
    totals = Totals()
    qtbot.addWidget(totals)
    totals.resize(400, 20)
    laid_out(totals)
    totals.show_remark("Each file counts once.")
    assert totals.shown_text() == "Each file counts once."
    totals.resize(80, 20)
    assert (totals.shown_text(), totals.toolTip()) == ("", "Each file counts once.")
    totals.show_parts("12 of 138 shown", "4 GB could be freed")
    assert totals.shown_text().endswith("…")


def test_a_name_that_is_not_whole_beside_its_state_takes_the_line(qtbot: QtBot) -> None:
    # In German "Not reachable" leaves the name 29 px of a list 220 px wide.
    assert not stands_beside("Attic", 29)
    assert stands_beside("Attic", 100)


def test_reasons_of_candidates_have_room_in_a_narrow_list(qtbot: QtBot, inline_runner: InlineRunner) -> None:
    table = CandidateTable(CandidateSource(), inline_runner)
    qtbot.addWidget(table)
    plays = [column.key for column in table.rows.columns].index("plays")
    table.resize(900, 200)
    laid_out(table)
    assert not table.isColumnHidden(plays)
    for width in (520, 521, 520):
        table.resize(width, 200)
        laid_out(table)
        assert table.isColumnHidden(plays)
    table.resize(900, 200)
    laid_out(table)
    assert not table.isColumnHidden(plays)
