"""Frames and dialogs: headers of tables reach the edge of their card, buttons end below it, no text is squeezed."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from tests.gui.conftest import MakeDesk

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.sync import Removal, RemovalState
from retrovue.core.services.sync.review import Reviewed
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.dialogs.licenses import LicensesDialog
from retrovue.gui.pages.cleanup.exclusions import ExclusionsDialog
from retrovue.gui.pages.settings.page import SettingsPage
from retrovue.gui.pages.sync.dialogs import RemovalsDialog
from retrovue.gui.tables.views import DataTable
from retrovue.gui.theme import tokens
from retrovue.gui.widgets.card import Card, in_card
from retrovue.gui.widgets.labels import label

REMOVAL = Removal(1, "Attic", "Movies", 1, ItemKind.MOVIE, 7, "Lantern", RemovalState.HELD_BACK)
DIALOGS: tuple[Callable[[QWidget], BaseDialog], ...] = (
    lambda parent: LicensesDialog(parent),
    lambda parent: ExclusionsDialog((), {}, parent),
    lambda parent: RemovalsDialog([Reviewed(REMOVAL)], parent),
)


def laid_out(widget: QWidget) -> None:
    widget.show()
    for _round in range(3):
        QCoreApplication.processEvents()


def test_the_header_of_a_table_reaches_the_edge_of_its_card(qtbot: QtBot) -> None:
    dialog = LicensesDialog()
    qtbot.addWidget(dialog)
    laid_out(dialog)
    (card,) = dialog.findChildren(Card)
    shown, wanted = card.grab().toImage(), tokens.of(QApplication.palette()).color("alt")
    table = card.findChild(DataTable).mapTo(card, QPoint(0, 0)).y()
    assert [shown.pixelColor(card.width() // 2, y) for y in (1, table - 1)] == [wanted] * 2
    # The corner stays round, and below the header nothing is painted.
    assert shown.pixelColor(0, 0) != wanted
    bare = in_card(QWidget())
    qtbot.addWidget(bare)
    bare.resize(200, 80)
    laid_out(bare)
    assert bare.grab().toImage().pixelColor(100, 3) != wanted


@pytest.mark.parametrize("make", DIALOGS)
def test_a_table_of_a_dialog_is_framed_and_its_buttons_end_below_its_edge(
    qtbot: QtBot, make: Callable[[QWidget], BaseDialog]
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = make(parent)
    laid_out(dialog)
    (table,) = dialog.findChildren(DataTable)
    (card,) = dialog.findChildren(Card)
    assert card.isAncestorOf(table)
    ends = [button.geometry().right() for button in dialog.findChildren(QWidget) if button.inherits("QPushButton")]
    assert max(ends) == card.geometry().right()
    dialog.close()


def test_a_dialog_grows_with_what_is_said_in_it_later(qtbot: QtBot) -> None:
    dialog = BaseDialog("Sign in again")
    qtbot.addWidget(dialog)
    said, later = label("Nothing yet.", wrap=True), label("There is no keyring. " * 20, wrap=True)
    dialog.content.addWidget(said)
    dialog.content.addWidget(later)
    later.hide()
    dialog.setFixedWidth(400)
    laid_out(dialog)
    said.setText("A browser opens plex.tv. RetroVue never sees the password. " * 8)
    later.show()
    laid_out(dialog)
    for text in (said, later):
        assert text.height() >= text.heightForWidth(text.width())


@pytest.mark.slow
def test_settings_end_below_the_search_with_a_scroll_bar_and_without(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("settings")
    assert isinstance(page, SettingsPage)
    page.show_argument("bell")
    ends = set()
    for height in (700, 2000):
        desk.window.resize(1280, height)
        for _round in range(4):
            QCoreApplication.processEvents()
        end = page.alerts.mapTo(page, page.alerts.rect().topRight()).x()
        ends.add((page._area.verticalScrollBar().isVisible(), end))
    search = page.search.geometry().right()
    assert ends == {(True, search), (False, search)}
