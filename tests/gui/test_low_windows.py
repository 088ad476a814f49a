"""What has to be read keeps its height where there is little room: it is neither cut nor laid over something else."""

from itertools import pairwise

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from retrovue.core.services.cleanup.words import Explained
from retrovue.gui.pages.cleanup.candidatelist import CandidateSource, CandidateTable
from retrovue.gui.pages.cleanup.candidateview import CandidatesView
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
    # The strip of disks takes 98 px of them.
    view.resize(920, 382)
    laid_out(holder)
    assert view.height() == 382
    assert all(line.height() >= line.minimumSizeHint().height() for line in view.why.labels)
    places = [line.geometry() for line in (view.why.reasons, *view.why.labels)]
    assert not any(one.intersects(other) for one, other in pairwise(places))
    # What is chosen has a line of its own: beside the buttons it took seven in German.
    assert view.why.chosen.height() <= 2 * view.why.chosen.fontMetrics().height()
    assert view.why.reasons.height() >= view.why.reasons.heightForWidth(view.why.reasons.width())


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
