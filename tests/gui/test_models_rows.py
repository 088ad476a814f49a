"""Small lists: edited in place with exactly the signals the change needs."""

import random
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtWidgets import QTableView
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from retrovue.gui.tables.columns import ID_ROLE, ROW_ROLE, Column
from retrovue.gui.tables.rows import ListModel


@dataclass(frozen=True)
class Server:
    id: int
    name: str


COLUMNS = (
    Column("name", "Name", lambda row: row.name),
    Column("id", "Number", lambda row: str(row.id)),
)


@pytest.fixture
def model(qtbot: QtBot) -> ListModel:
    return ListModel(COLUMNS)


def servers(*ids: int) -> list[Server]:
    return [Server(n, f"Server {n}") for n in ids]


def shown(model: ListModel) -> list[object]:
    return [model.index(row, 0).data(ID_ROLE) for row in range(model.rowCount())]


def test_rows_and_roles(model: ListModel) -> None:
    model.set_rows(servers(3, 1))
    assert shown(model) == [3, 1]
    assert model.index(1, 0).data() == "Server 1"
    assert model.index(1, 1).data(Qt.ItemDataRole.AccessibleTextRole) == "Number: 1"
    assert model.index(1, 0).data(ROW_ROLE) == Server(1, "Server 1")
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Name"
    assert model.headerData(0, Qt.Orientation.Vertical) is None


def test_only_what_differs_is_touched(model: ListModel, qtbot: QtBot) -> None:
    model.set_rows(servers(1, 2, 3, 4))
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    with (
        qtbot.assertNotEmitted(model.rowsInserted),
        qtbot.assertNotEmitted(model.rowsRemoved),
        qtbot.assertNotEmitted(model.modelReset),
    ):
        model.set_rows([Server(1, "a"), Server(2, "b"), *servers(3), Server(4, "d")])
        model.set_rows([Server(1, "a"), Server(2, "b"), *servers(3), Server(4, "d")])
    assert changed == [(0, 1), (3, 3)]


def test_put_and_remove(model: ListModel) -> None:
    model.set_rows(servers(1, 2))
    model.put_row(Server(1, "renamed"))
    model.put_row(Server(9, "new"))
    model.remove_row(2)
    model.remove_row(77)
    assert model.rows == (Server(1, "renamed"), Server(9, "new"))
    assert model.row_of(9) == 1
    assert model.row_of(2) == -1
    assert model.row_at(0).name == "renamed"


def test_selection_follows_its_rows(model: ListModel, qtbot: QtBot) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    model.set_rows(servers(1, 2, 3, 4, 5))
    flags = QItemSelectionModel.SelectionFlag
    for row in (1, 3):
        view.selectionModel().select(model.index(row, 0), flags.Select | flags.Rows)
    view.selectionModel().setCurrentIndex(model.index(3, 0), flags.NoUpdate)
    model.set_rows(servers(4, 9, 5, 2, 1))
    assert sorted(i.data(ID_ROLE) for i in view.selectionModel().selectedRows()) == [2, 4]
    assert view.currentIndex().data(ID_ROLE) == 4


@pytest.mark.slow
def test_any_list_becomes_any_other(model: ListModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)
    dice = random.Random(7)
    mirror: list[int] = []

    def inserted(parent: QModelIndex, first: int, last: int) -> None:
        mirror[first:first] = shown(model)[first : last + 1]

    def removed(parent: QModelIndex, first: int, last: int) -> None:
        del mirror[first : last + 1]

    def moved(_: QModelIndex, first: int, last: int, __: QModelIndex, child: int) -> None:
        mirror.insert(child, mirror.pop(first))

    model.rowsInserted.connect(inserted)
    model.rowsRemoved.connect(removed)
    model.rowsMoved.connect(moved)
    for _ in range(200):
        ids = dice.sample(range(12), dice.randrange(13))
        model.set_rows([Server(n, f"{n} {dice.random() < 0.5}") for n in ids])
        assert shown(model) == ids
        assert mirror == ids  # whoever follows the signals alone sees the same list
    qtmodeltester.check(model)
