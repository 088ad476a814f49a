"""One title on two servers of different kinds: listed once, counted once, synced on both, and two again on demand."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QMenu

from retrovue.core.domain.browse import BrowseQuery, ItemRow, View
from retrovue.core.domain.media import ItemKind
from retrovue.gui.pages.library.cards import CopyHead
from retrovue.gui.pages.library.filters import Filters
from retrovue.gui.tables.columns import ROW_ROLE

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|grabbing the keyboard|does not support raise")


@pytest.fixture
def both(make_desk: Callable[..., Any], two_worlds: Any) -> Any:
    desk = make_desk(world=two_worlds)
    desk.show(View.MOVIES)
    desk.settle()
    return desk


def rows(desk: Any) -> list[ItemRow]:
    desk.titles()
    model = desk.page.area.current.model
    return [model.index(n, 0).data(ROW_ROLE) for n in range(model.rowCount())]


def column(desk: Any, key: str) -> int:
    return next(n for n, one in enumerate(desk.page.area.current.model.columns) if one.key == key)


def test_a_movie_on_two_servers_is_one_row(both: Any) -> None:
    every = len(both.context.browse.ids(BrowseQuery(View.MOVIES)))
    alone = [row for row in rows(both) if not row.copies]
    together = [row for row in rows(both) if row.copies]
    assert len(together) > 10
    assert sum(len(row.copies) for row in together) + len(alone) == every
    assert {copy.server for row in together for copy in row.copies} == {"Attic", "Cabin"}
    place = column(both, "server")
    first = next(n for n, row in enumerate(rows(both)) if row.copies)
    index = both.page.area.current.model.index(first, place)
    assert index.data() == "Attic, Cabin"
    assert "also on:" in index.data(3)  # the tooltip


@pytest.mark.slow
def test_the_counts_are_those_of_the_grouped_list(both: Any) -> None:
    n = len(rows(both))
    assert both.page.area.status.words.startswith(f"{n} movies")
    assert f"{n} movies" in both.page.head._subtitle.text


@pytest.mark.slow
def test_the_switch_is_remembered_and_takes_the_groups_apart(both: Any, make_desk: Any, two_worlds: Any) -> None:
    page = both.page
    grouped = page.area.count
    assert page.toolbar.group_button.isChecked()
    page.toolbar.group_button.click()
    both.settle()
    every = len(both.context.browse.ids(BrowseQuery(View.MOVIES)))
    assert page.area.count == every > grouped
    assert all(not row.copies for row in rows(both))
    again = make_desk(world=two_worlds)
    again.show(View.MOVIES)
    assert not again.page.toolbar.group_button.isChecked()
    assert again.page.area.count == every


@pytest.mark.slow
def test_with_one_server_there_is_nothing_to_group(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    assert not page.toolbar.group_button.isVisible()
    assert not page.area.current.model.query.grouped


def test_a_file_that_both_reach_counts_once_and_is_copied_once(both: Any) -> None:
    place = next(n for n, row in enumerate(rows(both)) if row.copies and row.versions == 2)
    row = rows(both)[place]
    items = both.context.catalog.many(ItemKind.MOVIE, [copy.item_id for copy in row.copies])
    assert row.size_bytes == items[0].files[0].size_bytes
    both.select(place)
    assert both.page.selection.summary.size_bytes == row.size_bytes
    both.page.actions_.copy_local_paths()
    both.settle()
    assert QGuiApplication.clipboard().text() == items[0].files[0].local_path


def test_the_details_list_the_copies_with_their_paths(both: Any) -> None:
    place = next(n for n, row in enumerate(rows(both)) if row.copies)
    row = rows(both)[place]
    both.select(place)
    details = both.page.details.details
    assert [copy.place.split(" · ")[0] for copy in details.copies] == ["Attic", "Cabin"]
    assert all(copy.versions and copy.versions[0].parts[0].local_path for copy in details.copies)
    assert any("also on Cabin" in line for line in details.lines)
    heads = both.page.details.findChildren(CopyHead)
    assert [head.accessibleName() for head in heads] == [copy.place for copy in details.copies]
    assert {server for server, _remote in details.items} == {copy.server_id for copy in row.copies}


@pytest.mark.slow
def test_a_copy_that_is_somebody_elses_is_marked(make_desk: Any, two_worlds: Any) -> None:
    desk = make_desk(world=two_worlds)
    with desk.context.database.write() as connection:
        connection.exec_driver_sql("UPDATE servers SET is_owner = 0 WHERE name = 'Cabin'")
    desk.show(View.MOVIES)
    place = next(n for n, row in enumerate(rows(desk)) if row.copies)
    assert [copy.is_shared for copy in rows(desk)[place].copies] == [False, True]
    desk.select(place)
    assert desk.page.details.findChildren(CopyHead)[1].accessibleName().endswith("shared with you")
    tip = desk.page.area.current.model.index(place, column(desk, "server")).data(3)
    assert tip.endswith("shared with you")


def open_tree(desk: Any, show: int) -> tuple[QModelIndex, QModelIndex]:
    pane = desk.page.area.current
    top = pane.model.index(show, 0)
    pane.view.expand(top)
    desk.settle()
    season = pane.model.index(0, 0, top)
    pane.view.expand(season)
    desk.settle()
    return top, season


def test_the_tree_merges_seasons_and_episodes(both: Any) -> None:
    page = both.show(View.SHOWS)
    model = page.area.current.model
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    place = next(n for n, row in enumerate(rows(both)) if row.copies)
    top, season = open_tree(both, place)
    show = top.data(ROW_ROLE)
    seasons = [model.index(n, 0, top).data(ROW_ROLE) for n in range(model.rowCount(top))]
    assert sum(row.episodes for row in seasons) == show.episodes
    episodes = [model.index(n, 0, season).data(ROW_ROLE) for n in range(model.rowCount(season))]
    assert len(episodes) == seasons[0].episodes
    assert any(len(row.copies) == 2 for row in episodes)
    both.page.area.current.view.setCurrentIndex(season)
    both.settle()
    assert both.page.details.details.title == model.index(0, 0, top).data()


@pytest.mark.slow
def test_sync_this_show_asks_every_server_that_holds_it(both: Any) -> None:
    page = both.show(View.SHOWS)
    place = next(n for n, row in enumerate(rows(both)) if row.copies)
    both.select(place)
    menu = QMenu()
    page.actions_.fill_menu(menu)
    entry = next(action for action in menu.actions() if action.text() == "Sync this show")
    with both.qtbot.waitSignal(page._services.sync.finished) as done:
        entry.trigger()
    assert {library.server for library in done.args[0].libraries} == {"Attic", "Cabin"}
    assert both.toasts[-1] == "Syncing “Café Mélancolie” on Attic, Cabin."
    menu.deleteLater()


@pytest.mark.slow
def test_a_filter_by_server_keeps_what_both_hold(both: Any) -> None:
    cabin = next(server for server in both.page._overview.servers if server.name == "Cabin")
    everything = both.page.area.count
    both.page.filters.set_filters_to(Filters(server_ids=(cabin.id,)))
    both.settle()
    assert 0 < both.page.area.count < everything
    assert all(row.server == "Cabin" or row.copies for row in rows(both))


@pytest.mark.slow
def test_episodes_are_listed_once_in_the_flat_list(both: Any) -> None:
    both.show(View.EPISODES)
    every = both.context.browse.ids(BrowseQuery(View.EPISODES))
    assert both.page.area.count == len(every) - both.context.browse.folded_away(ItemKind.EPISODE)
    assert any(len(row.copies) == 2 for row in rows(both))


@pytest.mark.slow
def test_posters_are_grouped_as_the_table_is(both: Any) -> None:
    count = both.page.area.count
    both.show(View.MOVIES, posters=True)
    assert both.page.area.count == count
    assert any(row.copies for row in rows(both))


@pytest.mark.slow
def test_the_export_of_a_grouped_list_has_a_line_for_each_row(both: Any, tmp_path: Any) -> None:
    exporter = both.page.exporter
    exporter._ask = lambda *_facts: str(tmp_path / "movies.csv")
    menu = QMenu()
    both.page._fill_export_menu()
    exporter.fill_menu(menu, View.MOVIES, both.page.area.current.model.query, both.page.area.picked())
    with both.qtbot.waitSignal(exporter.written) as written:
        menu.actions()[0].trigger()
    assert written.args[1] == both.page.area.count
    menu.deleteLater()
