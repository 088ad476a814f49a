"""Shows, seasons, episodes: children on demand, expansion kept."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QTreeView
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.tables.columns import PLACEHOLDER, Column
from retrovue.gui.tables.tree import TreeModel
from retrovue.gui.tables.view import prepare_tree
from retrovue.gui.work.tasks import InlineRunner, TaskRunner

COLUMNS = (Column("title", "Title", lambda row: row.title, sort_key="title"),)


@dataclass(frozen=True)
class Row:
    id: int
    title: str


@dataclass(frozen=True)
class ShowQuery:
    sort_key: str = "title"
    descending: bool = False


@dataclass
class ShowSource:
    """Shows 1…n; season ids are 1…, the same under each show, as are episode ids under each season."""

    shows: dict[int, str]
    seasons: dict[int, list[Row]] = field(default_factory=dict)
    episodes: list[Row] = field(default_factory=lambda: [Row(n, f"Episode {n}") for n in (1, 2, 3)])
    asked: list[tuple[int, int]] = field(default_factory=list)
    error: Exception | None = None

    def ids(self, query: ShowQuery, token: CancelToken) -> "array[int]":
        return array("q", sorted(self.shows, key=lambda n: self.shows[n], reverse=query.descending))

    def rows(self, ids: Sequence[int]) -> list[Row]:
        return [Row(n, self.shows[n]) for n in ids if n in self.shows]

    def children(self, level: int, parent_id: int, token: CancelToken) -> list[Row]:
        self.asked.append((level, parent_id))
        if self.error is not None:
            raise self.error
        if level == 0:
            return list(self.seasons.get(parent_id, [Row(1, "Season 1"), Row(2, "Season 2")]))
        return list(self.episodes)


@pytest.fixture
def source() -> ShowSource:
    return ShowSource({n: f"Show {n:03}" for n in range(1, 301)})


@pytest.fixture
def model(source: ShowSource, inline_runner: InlineRunner) -> TreeModel:
    model = TreeModel(COLUMNS, source, inline_runner)
    model.set_query(ShowQuery())
    inline_runner.drain()
    return model


@pytest.fixture
def view(model: TreeModel, qtbot: QtBot) -> QTreeView:
    view = QTreeView()
    qtbot.addWidget(view)
    prepare_tree(view, model)
    view.resize(400, 300)
    return view


def titles(model: TreeModel, parent: QModelIndex) -> list[object]:
    return [model.index(row, 0, parent).data() for row in range(model.rowCount(parent))]


def open_path(view: QTreeView, model: TreeModel, runner: InlineRunner, *path: int) -> None:
    for depth in range(1, len(path) + 1):
        view.expand(model.index_of(path[:depth]))
        runner.drain()


def test_carets_show_before_children_are_fetched(model: TreeModel, source: ShowSource) -> None:
    show = model.index(0, 0)
    assert model.rowCount() == 300
    assert model.hasChildren(show)
    assert model.rowCount(show) == 0
    assert source.asked == []


def test_opening_a_row_fetches_its_children_once(
    model: TreeModel, source: ShowSource, view: QTreeView, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(model.children_loaded):
        view.expand(model.index(4, 0))
        model.fetchMore(model.index(4, 0))
        inline_runner.drain()
    show = model.index(4, 0)
    assert titles(model, show) == ["Season 1", "Season 2"]
    view.collapse(show)
    open_path(view, model, inline_runner, 5, 2)
    assert source.asked == [(0, 5), (1, 2)]
    episode = model.index_of((5, 2, 3))
    assert episode.data() == "Episode 3"
    assert model.path_of(episode) == (5, 2, 3)
    assert model.level_of(episode) == 2
    assert not model.hasChildren(episode)
    assert episode.parent().parent() == show
    assert not show.parent().isValid()


def test_a_row_without_children_loses_its_caret(
    model: TreeModel, source: ShowSource, inline_runner: InlineRunner
) -> None:
    source.seasons[1] = []
    model.fetchMore(model.index(0, 0))
    inline_runner.drain()
    assert not model.hasChildren(model.index(0, 0))
    assert not model.canFetchMore(model.index(0, 0))


def test_rows_beyond_the_first_page_are_placeholders_first(model: TreeModel, inline_runner: InlineRunner) -> None:
    assert model.index(299, 0).data() == PLACEHOLDER
    inline_runner.drain()
    assert model.index(299, 0).data() == "Show 300"


def test_expansion_and_place_survive_a_refresh_that_moves_rows(
    model: TreeModel, source: ShowSource, view: QTreeView, inline_runner: InlineRunner
) -> None:
    open_path(view, model, inline_runner, 5, 2)
    open_path(view, model, inline_runner, 7)
    view.setCurrentIndex(model.index_of((5, 2, 1)))
    del source.shows[7]
    source.shows[1000] = "A new show"
    model.refresh()
    inline_runner.drain()
    assert model.index(0, 0).data() == "A new show"
    show = model.index_of((5,))
    assert show.row() == 5
    assert view.isExpanded(show)
    assert view.isExpanded(model.index_of((5, 2)))
    assert not view.isExpanded(model.index_of((8,)))
    assert model.path_of(view.currentIndex()) == (5, 2, 1)
    assert view.selectionModel().isSelected(model.index_of((5, 2, 1)))
    assert not model.index_of((7,)).isValid()
    assert not model.index_of((7, 1)).isValid()


def test_a_refresh_edits_opened_children_in_place(
    model: TreeModel, source: ShowSource, view: QTreeView, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    open_path(view, model, inline_runner, 5, 2)
    source.seasons[5] = [Row(0, "Specials"), Row(2, "Season two"), Row(3, "Season 3")]
    source.episodes.append(Row(4, "Episode 4"))
    model.refresh()
    with qtbot.assertNotEmitted(model.modelReset):
        inline_runner.drain()
    show = model.index_of((5,))
    assert titles(model, show) == ["Specials", "Season two", "Season 3"]
    assert view.isExpanded(model.index_of((5, 2)))
    assert titles(model, model.index_of((5, 2)))[-1] == "Episode 4"
    assert not model.index_of((5, 1)).isValid()


def test_children_of_a_show_that_went_away_meanwhile_are_dropped(
    source: ShowSource, runner: TaskRunner, qtbot: QtBot
) -> None:
    model = TreeModel(COLUMNS, source, runner)
    with qtbot.waitSignal(model.listed):
        model.set_query(ShowQuery())
    del source.shows[1]
    with qtbot.waitSignal(model.listed):
        model.refresh()
        model.fetchMore(model.index(0, 0))
    qtbot.waitUntil(lambda: runner.active_count == 0)
    assert model.rowCount() == 299
    assert not model.index_of((1,)).isValid()
    assert all(model.rowCount(model.index(row, 0)) == 0 for row in range(299))


def test_children_that_cannot_be_read_are_asked_again_after_a_refresh(
    model: TreeModel, source: ShowSource, inline_runner: InlineRunner, qtbot: QtBot
) -> None:
    source.error = OSError("disk")
    with qtbot.waitSignal(model.failed) as failed:
        model.fetchMore(model.index(0, 0))
        inline_runner.drain()
    assert failed.args == [source.error]
    assert not model.canFetchMore(model.index(0, 0))
    source.error = None
    model.refresh()
    inline_runner.drain()
    assert model.canFetchMore(model.index(0, 0))


def test_sorting_orders_the_top_level(model: TreeModel, view: QTreeView, inline_runner: InlineRunner) -> None:
    open_path(view, model, inline_runner, 300)
    view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    inline_runner.drain()
    assert model.index(0, 0).data() == "Show 300"
    assert view.isExpanded(model.index(0, 0))
    assert titles(model, model.index(0, 0)) == ["Season 1", "Season 2"]


def test_qt_model_rules(source: ShowSource, inline_runner: InlineRunner, qtmodeltester: ModelTester) -> None:
    source.shows = {n: source.shows[n] for n in range(1, 6)}
    model = TreeModel(COLUMNS, source, inline_runner)
    qtmodeltester.check(model)
    model.set_query(ShowQuery())
    inline_runner.drain()
    for path in ((2,), (2, 1), (4,)):
        model.fetchMore(model.index_of(path))
        inline_runner.drain()
    source.seasons = {2: [Row(9, "Season 9"), Row(2, "Season 2"), Row(1, "Season 1")], 4: []}
    model.refresh()
    inline_runner.drain()
    del source.shows[2]
    model.refresh()
    inline_runner.drain()
    qtmodeltester.check(model)
    inline_runner.drain()
    qtmodeltester.check(model)
    assert model.rowCount() == 4
