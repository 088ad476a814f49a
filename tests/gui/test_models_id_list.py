"""The large table: ids from SQL, pages on demand, never a read on the GUI thread."""

import threading
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QTableView
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from retrovue.core.domain.sync import ChangeSet
from retrovue.gui.tables.columns import ID_ROLE, PLACEHOLDER, RIGHT, ROW_ROLE, Column
from retrovue.gui.tables.id_list import IdListModel
from retrovue.gui.tables.pages import CACHED_PAGES, PAGE_ROWS
from retrovue.gui.tables.view import prepare_table, selected_ids, selected_rows
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import InlineRunner, TaskRunner

COLUMNS = (
    Column("title", "Title", lambda film: film.title, width=240, sort_key="title"),
    Column(
        "year",
        "Year",
        lambda film: str(film.year),
        align=RIGHT,
        width=70,
        tooltip=lambda film: f"First shown in {film.year}",
        sort_key="year",
    ),
    Column("note", "Note", lambda film: "", icon=lambda film: QIcon()),
)


@pytest.fixture
def model(films: Any, inline_runner: InlineRunner) -> IdListModel:
    return IdListModel(COLUMNS, films, inline_runner, kinds=frozenset({"items"}))


def texts(model: IdListModel, rows: range) -> list[object]:
    return [model.index(row, 0).data() for row in rows]


def show(model: IdListModel, runner: InlineRunner, query: object) -> None:
    model.set_query(query)
    runner.drain()


def test_the_first_page_comes_with_the_ids(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner
) -> None:
    films.fill(1000)
    show(model, inline_runner, film_query())
    assert model.rowCount() == 1000
    assert texts(model, range(3)) == ["Film 000001", "Film 000002", "Film 000003"]
    assert films.reads == [list(range(1, PAGE_ROWS + 1))]


def test_rows_are_placeholders_until_their_page_is_here(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    films.fill(1000)
    show(model, inline_runner, film_query())
    index = model.index(700, 0)
    assert index.data() == PLACEHOLDER
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Loading"
    assert index.data(ID_ROLE) == 701
    assert index.data(ROW_ROLE) is None
    with qtbot.waitSignal(model.dataChanged) as changed:
        inline_runner.drain()
    first = 700 // PAGE_ROWS * PAGE_ROWS
    assert (changed.args[0].row(), changed.args[1].row(), changed.args[1].column()) == (first, first + PAGE_ROWS - 1, 2)
    assert index.data() == "Film 000701"


def test_every_role_of_a_loaded_cell(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner
) -> None:
    films.fill(1)
    show(model, inline_runner, film_query())
    year = model.index(0, 1)
    assert year.data() == "1963"
    assert year.data(Qt.ItemDataRole.ToolTipRole) == "First shown in 1963"
    assert Qt.AlignmentFlag(year.data(Qt.ItemDataRole.TextAlignmentRole)) == RIGHT
    assert year.data(Qt.ItemDataRole.AccessibleTextRole) == "Year: 1963"
    assert model.index(0, 2).data(Qt.ItemDataRole.AccessibleTextRole) == "Note: empty"
    assert model.index(0, 2).data(Qt.ItemDataRole.DecorationRole).actualSize(QSize(16, 16)).isEmpty()
    assert year.data(ROW_ROLE).title == "Film 000001"
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Year"


def test_the_database_is_read_on_the_query_lane_only(
    films: Any, film_query: Any, runner: TaskRunner, qtbot: QtBot
) -> None:
    films.fill(1000)
    model = IdListModel(COLUMNS, films, runner)
    with qtbot.waitSignal(model.listed):
        model.set_query(film_query())
    with qtbot.waitSignal(model.dataChanged):
        assert model.index(900, 0).data() == PLACEHOLDER
    assert model.index(900, 0).data() == "Film 000901"
    assert len(films.threads) == 1
    assert threading.get_ident() not in films.threads


def test_an_answer_that_a_newer_query_has_overtaken_is_dropped(
    films: Any, film_query: Any, runner: TaskRunner, qtbot: QtBot
) -> None:
    films.fill(50)
    films.gate = threading.Event()
    model = IdListModel(COLUMNS, films, runner)
    counts: list[int] = []
    model.listed.connect(lambda: counts.append(model.rowCount()))
    busy: list[bool] = []
    model.loading_changed.connect(busy.append)
    for text in ("Film", "00004", "000042"):
        model.set_query(film_query(text=text))
    with qtbot.waitSignal(model.listed):
        films.gate.set()
    qtbot.waitUntil(lambda: runner.active_count == 0)
    assert counts == [1]
    assert texts(model, range(1)) == ["Film 000042"]
    assert busy == [True, False]


def test_scrolling_far_reads_the_pages_on_screen_not_all_on_the_way(
    films: Any, film_query: Any, runner: TaskRunner, qtbot: QtBot
) -> None:
    films.fill(100 * PAGE_ROWS)
    model = IdListModel(COLUMNS, films, runner)
    with qtbot.waitSignal(model.listed):
        model.set_query(film_query())
    films.reads.clear()
    for page in range(1, 100):
        model.index(page * PAGE_ROWS, 0).data()
    qtbot.waitUntil(lambda: runner.active_count == 0)
    read = [ids[0] // PAGE_ROWS for ids in films.reads]
    assert 99 in read[:2]
    assert len(read) <= 5


def test_the_cache_keeps_the_pages_seen_last(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner
) -> None:
    films.fill((CACHED_PAGES + 5) * PAGE_ROWS)
    show(model, inline_runner, film_query())
    for page in range(CACHED_PAGES + 5):
        model.index(page * PAGE_ROWS, 0).data()
        inline_runner.drain()
    films.reads.clear()
    assert model.index((CACHED_PAGES + 4) * PAGE_ROWS, 0).data() != PLACEHOLDER
    assert model.index(0, 0).data() == PLACEHOLDER
    inline_runner.drain()
    assert len(films.reads) == 1


def test_a_refresh_without_changes_of_the_list_does_not_reset(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    films.fill(10)
    show(model, inline_runner, film_query())
    films.change("UPDATE films SET title = 'Film 000003 (restored)' WHERE id = 3")
    model.refresh()
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        inline_runner.drain()
    assert model.index(2, 0).data() == "Film 000003 (restored)"


def test_rows_stay_on_show_while_a_refreshed_page_is_read(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner
) -> None:
    films.fill(1000)
    show(model, inline_runner, film_query())
    for row in (200, 300, 600, 700, 900):
        model.index(row, 0).data()
        inline_runner.drain()
    films.change("DELETE FROM films WHERE id = 1")
    model.refresh()
    inline_runner.drain()
    assert model.index(0, 0).data() == "Film 000002"  # its page was not among those seen last


def test_change_sets_of_the_kinds_on_show_refresh_the_list(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    films.fill(10)
    show(model, inline_runner, film_query())
    films.change("DELETE FROM films WHERE id = 1")
    for kind in ("runs", "items", "items"):
        change = ChangeSet(frozenset({kind}))
        inline_runner.submit(lambda token, report, change=change: change, lane=Lane.SYNC, of=1)
    with qtbot.waitSignal(model.listed):
        pass
    assert model.rowCount() == 9
    assert len(films.reads) == 2


def test_a_change_while_loading_is_asked_again_afterwards(
    films: Any, film_query: Any, runner: TaskRunner, qtbot: QtBot
) -> None:
    films.fill(10)
    films.gate = threading.Event()
    model = IdListModel(COLUMNS, films, runner)
    model.set_query(film_query())
    model.refresh()
    model.refresh()
    with qtbot.waitSignal(model.listed):
        films.gate.set()
    with qtbot.waitSignal(model.listed):
        pass
    qtbot.waitUntil(lambda: runner.active_count == 0)
    assert len(films.reads) == 2


def test_sorting_asks_the_query_again(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner
) -> None:
    films.fill(100)
    model.sort(1)
    assert not model.is_loading
    show(model, inline_runner, film_query())
    model.sort(1, Qt.SortOrder.DescendingOrder)
    inline_runner.drain()
    assert model.query == film_query(sort_key="year", descending=True)
    assert model.index(0, 1).data() == "2019"
    model.sort(2)
    assert not model.is_loading


def test_a_query_that_fails_says_so_and_keeps_the_rows(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    films.fill(10)
    show(model, inline_runner, film_query())
    films.error = OSError("disk")
    with qtbot.waitSignal(model.failed) as failed:
        show(model, inline_runner, film_query(text="3"))
    assert failed.args == [films.error]
    assert model.rowCount() == 10
    assert model.query == film_query()
    assert not model.is_loading


def test_a_page_that_fails_is_not_read_for_ever(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    films.fill(1000)
    show(model, inline_runner, film_query())
    films.error = OSError("disk")
    with qtbot.waitSignal(model.failed):
        model.index(900, 0).data()
        inline_runner.drain()
    assert model.index(900, 0).data() == PLACEHOLDER
    assert inline_runner.active_count == 0
    films.error = None
    model.refresh()
    inline_runner.drain()
    model.index(900, 0).data()
    inline_runner.drain()
    assert model.index(900, 0).data() == "Film 000901"


def test_current_row_and_selection_are_kept_by_id(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    films.fill(500)
    view = QTableView()
    qtbot.addWidget(view)
    prepare_table(view, model)
    show(model, inline_runner, film_query())
    for row in (10, 11, 12, 400):
        view.selectionModel().select(
            model.index(row, 0),
            view.selectionModel().SelectionFlag.Select | view.selectionModel().SelectionFlag.Rows,
        )
    view.selectionModel().setCurrentIndex(model.index(11, 1), view.selectionModel().SelectionFlag.NoUpdate)
    view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    inline_runner.drain()
    assert view.currentIndex().data(ID_ROLE) == 12
    assert view.currentIndex().column() == 1
    assert sorted(selected_ids(view, model)) == [11, 12, 13, 401]
    films.change("DELETE FROM films WHERE id IN (12, 13)")
    model.refresh()
    inline_runner.drain()
    assert not view.currentIndex().isValid()
    assert sorted(selected_ids(view, model)) == [11, 401]


def test_select_all_stays_all_after_sorting(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    films.fill(500)
    view = QTableView()
    qtbot.addWidget(view)
    prepare_table(view, model)
    show(model, inline_runner, film_query())
    view.selectAll()
    view.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    inline_runner.drain()
    assert selected_rows(view) == [(0, 499)]
    assert len(selected_ids(view, model)) == 500


def test_the_headers_do_not_look_at_the_selection(model: IdListModel, qtbot: QtBot) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    prepare_table(view, model)
    for header in (view.horizontalHeader(), view.verticalHeader()):
        assert header.selectionModel() is not view.selectionModel()
    assert not model.is_loading  # enabling sorting has asked for nothing
    assert view.columnWidth(0) == 240


def test_the_scroll_position_survives_a_refresh(
    films: Any, film_query: Any, model: IdListModel, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    films.fill(500)
    view = QTableView()
    qtbot.addWidget(view)
    prepare_table(view, model)
    view.resize(400, 300)
    view.show()
    qtbot.waitExposed(view)
    show(model, inline_runner, film_query())
    qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 0)
    view.scrollTo(model.index(250, 0), QTableView.ScrollHint.PositionAtTop)
    before = view.verticalScrollBar().value()
    films.change("DELETE FROM films WHERE id = 499")
    model.refresh()
    inline_runner.drain()
    assert before > 0
    assert view.verticalScrollBar().value() == before


@pytest.mark.parametrize("count", [0, 1, 600])
def test_qt_model_rules(
    films: Any,
    film_query: Any,
    model: IdListModel,
    inline_runner: InlineRunner,
    qtmodeltester: ModelTester,
    count: int,
) -> None:
    films.fill(count)
    qtmodeltester.check(model)
    show(model, inline_runner, film_query())
    assert model.rowCount() == count
    show(model, inline_runner, film_query(text="9", descending=True))
    qtmodeltester.check(model)
