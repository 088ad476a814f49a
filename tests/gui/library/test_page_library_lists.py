"""Lists of the Library page: what they hold, search, filters, sorting, columns, posters, refresh."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QMenu

from retrovue.core.domain.browse import BrowseQuery, ItemRow, SortField, View
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.gui.pages.library.columns import month_or_day, split_common, states_look
from retrovue.gui.pages.library.filters import Filters
from retrovue.gui.pages.library.sources import season_id, season_of
from retrovue.gui.tables.columns import ROW_ROLE

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|grabbing the keyboard|does not support raise")


def open_tree(desk: Any, show: int = 0) -> tuple[QModelIndex, QModelIndex]:
    """Open a show and its first season; their indexes."""
    pane = desk.page.area.current
    top = pane.model.index(show, 0)
    pane.view.expand(top)
    desk.settle()
    season = pane.model.index(0, 0, top)
    pane.view.expand(season)
    desk.settle()
    return top, season


@pytest.mark.slow
def test_the_tree_holds_every_show_season_and_episode(desk: Any) -> None:
    page = desk.show()
    QAbstractItemModelTester(page.area.current.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert len(desk.titles()) == 12
    assert "12 shows · 120 episodes · 40 movies" in page.head._subtitle.text
    top, season = open_tree(desk)
    show = top.data(ROW_ROLE)
    model = page.area.current.model
    seasons = [model.index(n, 0, top).data(ROW_ROLE) for n in range(model.rowCount(top))]
    assert sum(row.episodes for row in seasons) == show.episodes
    rows = [model.index(n, 0, season).data(ROW_ROLE) for n in range(model.rowCount(season))]
    numbers = [row.episode or 0 for row in rows]
    assert numbers == sorted(numbers)
    assert len(rows) == seasons[0].episodes
    assert not model.hasChildren(model.index(0, 0, season))


@pytest.mark.parametrize(("show_id", "number"), [(1, None), (1, 0), (77, 3), (9_000_000, 1987)])
def test_a_season_is_named_by_one_number(show_id: int, number: int | None) -> None:
    assert season_of(season_id(show_id, number)) == (show_id, number)


@pytest.mark.slow
def test_search_as_you_type_narrows_and_clears(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    everything = desk.titles()
    wanted = next(title for title in everything if len(title) > 8 and title.isascii())
    QTest.keyClicks(page.toolbar.search, wanted.lower())
    desk.qtbot.waitUntil(lambda: 0 < page.area.count < len(everything))
    assert wanted in desk.titles()
    assert page.area.status.words.startswith(f"{page.area.count} of 40 movies")
    desk.settle()
    for _closes_the_hits_then_clears in range(2):
        QTest.keyClick(page.toolbar.search, Qt.Key.Key_Escape)
    desk.qtbot.waitUntil(lambda: page.area.count == len(everything))


@pytest.mark.slow
def test_a_search_that_finds_nothing_says_so_and_offers_the_way_back(desk: Any) -> None:
    page = desk.show()
    page.toolbar.search.setText("lantrn")
    desk.qtbot.waitUntil(lambda: page.area.stack.currentWidget() is page.area.nothing)
    assert page.area.nothing.sentence == "No titles match “lantrn”."
    assert page.area.nothing.button.text() == "Clear filters"
    page.area.nothing.button.click()
    desk.settle()
    assert page.area.stack.currentWidget() is page.area.current.view
    assert page.area.count == 12
    assert page.toolbar.search.text() == ""


@pytest.mark.slow
def test_an_external_id_and_a_path_find_their_movie(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    row = page.area.current.model.index(0, 0).data(ROW_ROLE)
    item = desk.context.catalog.get(ItemKind.MOVIE, row.id)
    guid = next(guid for guid in item.ids if guid.provider == "tmdb")
    for text in (str(guid), item.files[0].server_path):
        found = desk.context.browse.ids(BrowseQuery(View.MOVIES, text=text))
        assert row.id in found
        assert len(found) <= 2


def test_filters_by_state_become_a_chip_that_goes_with_delete(desk: Any) -> None:
    page = desk.show(View.FILES)
    everything = page.area.count
    page.filters.set_filters_to(Filters(states=(FileState.MISSING,)))
    desk.settle()
    states = {page.area.current.model.row_at(n).state for n in range(page.area.count)}
    assert states == {FileState.MISSING}
    assert 0 < page.area.count < everything
    chip = page.filters.chips()[0]
    assert chip.accessibleName() == "Status: missing"
    QTest.keyClick(chip, Qt.Key.Key_Delete)
    desk.settle()
    assert page.filters.chips() == []
    assert page.area.count == everything


@pytest.mark.slow
def test_every_filter_has_an_entry_and_narrows(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    menu = QMenu()
    page.filters.fill_add_menu(menu)
    names = [action.text() for action in menu.actions()]
    wanted = ["New in the catalog", "Server", "Library", "On this computer", "Watched", "Resolution", "Added since"]
    watched = ["Last watched by anybody", "Plays", "People", "Hours", "Collection"]
    assert names == [*wanted, *watched, "In server trash"]
    everything = page.area.count
    resolutions = page._overview.resolutions
    library = next(lib for lib in page._overview.libraries if lib.kind.value == "movies")
    for filters in (
        Filters(resolutions=tuple(resolutions[:1])),
        Filters(watched=True),
        Filters(library_ids=(library.id,)),
        Filters(added_since=date(2025, 6, 1)),
    ):
        page.filters.set_filters_to(filters)
        desk.settle()
        assert 0 < page.area.count < everything, filters
        assert len(page.filters.chips()) == 1
    menu.deleteLater()


def test_boxes_in_a_filter_menu_tick_without_closing_it(desk: Any) -> None:
    page = desk.show(View.FILES)
    page.filters._open_edit_menu("states")
    menu = page.filters._menu
    desk.qtbot.waitUntil(menu.isVisible)
    for name in ("Found", "Missing"):
        action = next(action for action in menu.actions() if action.text() == name)
        QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    assert menu.isVisible()
    menu.close()
    assert set(page.filters.filters.states) == {FileState.FOUND, FileState.MISSING}


def test_sorting_shows_keeps_seasons_and_episodes_in_order(desk: Any) -> None:
    page = desk.show()
    pane = page.area.current
    place = next(n for n, column in enumerate(pane.model.columns) if column.key == "size")
    pane.header.setSortIndicator(place, Qt.SortOrder.DescendingOrder)
    desk.settle()
    sizes = [pane.model.index(n, 0).data(ROW_ROLE).size_bytes for n in range(12)]
    assert sizes == sorted(sizes, reverse=True)
    top, _season = open_tree(desk)
    numbers = [pane.model.index(n, 0, top).data(ROW_ROLE).number for n in range(pane.model.rowCount(top))]
    assert numbers == sorted(numbers)


_KEYS: dict[SortField, Callable[[ItemRow], Any]] = {
    SortField.YEAR: lambda row: row.year or 0,
    SortField.SIZE: lambda row: row.size_bytes,
    SortField.WATCHED: lambda row: row.watched,
    SortField.LIBRARY: lambda row: row.library,
    SortField.DURATION: lambda row: row.duration_ms or 0,
    SortField.ADDED: lambda row: row.added_at.timestamp() if row.added_at else 0,
}


@pytest.mark.parametrize("view", [View.SHOWS, View.MOVIES, View.EPISODES])
@pytest.mark.parametrize("descending", [False, True])
def test_every_order_has_all_rows_and_is_an_order(desk: Any, view: View, descending: bool) -> None:
    browse = desk.context.browse
    kind = {View.SHOWS: ItemKind.SHOW, View.MOVIES: ItemKind.MOVIE, View.EPISODES: ItemKind.EPISODE}[view]
    everything = set(browse.ids(BrowseQuery(view)))
    for field in SortField:
        ids = browse.ids(BrowseQuery(view, sort=field, descending=descending))
        assert sorted(ids) == sorted(everything), field
        again = browse.ids(BrowseQuery(view, text="e", sort=field, descending=descending))
        assert set(again) <= everything
        if field in _KEYS and not (view is View.SHOWS and field is SortField.ADDED):
            values = [_KEYS[field](row) for row in browse.items(kind, ids)]
            assert values == sorted(values, reverse=descending), field


def test_files_sort_by_state_worst_last(desk: Any) -> None:
    browse = desk.context.browse
    ids = browse.ids(BrowseQuery(View.FILES, sort=SortField.STATE))
    states = [row.state for row in browse.files(ids)]
    rank = [FileState.FOUND, FileState.UNMAPPED, FileState.SIZE_DIFFERS, FileState.MISSING]
    assert states == sorted(states, key=rank.index)
    assert set(states) == set(rank)


@pytest.mark.parametrize("descending", [False, True])
def test_every_order_of_files_has_all_of_them(desk: Any, descending: bool) -> None:
    browse = desk.context.browse
    everything = sorted(browse.ids(BrowseQuery(View.FILES)))
    for field in SortField:
        ids = browse.ids(BrowseQuery(View.FILES, sort=field, descending=descending))
        assert sorted(ids) == everything, field
    ids = browse.ids(BrowseQuery(View.FILES, sort=SortField.TITLE, descending=descending))
    movies = desk.context.catalog.many(ItemKind.MOVIE, browse.owners(ItemKind.MOVIE, ids))
    by_title = desk.context.catalog.many(
        ItemKind.MOVIE, list(browse.ids(BrowseQuery(View.MOVIES, descending=descending)))
    )
    assert len(movies) == 40
    assert [movie.title for movie in movies] == [movie.title for movie in by_title]


def test_a_removed_row_and_a_removed_server_leave_every_order(desk: Any) -> None:
    browse, database = desk.context.browse, desk.context.database
    first = browse.ids(BrowseQuery(View.MOVIES))[0]
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE movies SET removed_at = 1 WHERE id = ?", (first,))
    for field in SortField:
        assert first not in browse.ids(BrowseQuery(View.MOVIES, sort=field)), field
    assert list(browse.ids(BrowseQuery(View.MOVIES, removed=True))) == [first]
    desk.context.servers.remove(1, now=2)
    for view in View:
        for field in SortField:
            assert len(browse.ids(BrowseQuery(view, sort=field))) == 0, (view, field)


@pytest.mark.slow
def test_column_state_is_kept_per_view_and_can_be_reset(make_desk: Callable[..., Any]) -> None:
    first = make_desk()
    page = first.show()
    pane = page.area.current
    pane._show_column("year", True)
    pane.columns_state.save()
    page.area.pane(View.MOVIES)
    second = make_desk()
    page = second.show()
    assert page.area.pane(View.SHOWS).columns_state.is_shown("year")
    assert not page.area.pane(View.MOVIES).columns_state.is_shown("year")
    menu = page.area.current.columns_menu(page)
    next(action for action in menu.actions() if action.text() == "Reset columns").trigger()
    assert not page.area.pane(View.SHOWS).columns_state.is_shown("year")
    menu.close()


def test_posters_come_for_visible_rows_only_and_stay_on_the_disk(desk: Any) -> None:
    desk.world.server.reset_counters()
    page = desk.show(View.MOVIES, posters=True)
    page.area.set_tile_width(200)
    grid = page.area.current.view
    grid.viewport().grab()
    desk.settle()
    shown = sum(grid.viewport().rect().intersects(grid.visualRect(grid.model().index(n, 0))) for n in range(40))
    asked = desk.world.server.request_count
    assert 0 < asked < 40
    assert shown < 40
    files = [path for path in (desk.context.dirs.cache_dir / "artwork").glob("*/*") if path.is_file()]
    assert len(files) == len({path.name for path in files}) > 0
    before = grid.viewport().grab().toImage()
    page.pictures._kept.clear()
    desk.world.server.reset_counters()
    grid.viewport().grab()
    desk.settle()
    assert desk.world.server.request_count < asked
    assert grid.viewport().grab().toImage() == before


@pytest.mark.slow
def test_tile_size_is_remembered_and_bounded(make_desk: Callable[..., Any]) -> None:
    page = make_desk().show(View.MOVIES, posters=True)
    page.area.status.slider.setValue(160)
    assert page.area.current.view.tile.width() == 160
    again = make_desk()
    page = again.show(View.MOVIES, posters=True)
    assert page.area.current.view.tile.width() == 160
    page.area.status.slider.setValue(999)
    assert page.area.current.view.tile.width() == 200
    assert page.sort_button.isVisible()
    page.sort_button.chosen.emit("size", True)
    again.settle()
    sizes = [page.area.current.model.row_at(n).size_bytes for n in range(40)]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.slow
def test_a_change_elsewhere_keeps_row_selection_and_expansion(desk: Any) -> None:
    page = desk.show()
    _top, season = open_tree(desk, 1)
    pane = page.area.current
    chosen = pane.model.index(0, 0, season)
    pane.view.setCurrentIndex(chosen)
    desk.settle()
    path = pane.model.path_of(chosen)
    gone = pane.model.index(0, 0).data(ROW_ROLE)
    with desk.context.database.write() as connection:
        connection.exec_driver_sql("UPDATE shows SET removed_at = 1 WHERE id = ?", (gone.id,))
    desk.runner.changed.emit(ChangeSet(frozenset({"items"}), "test"))
    desk.qtbot.waitUntil(lambda: page.area.count == 11)
    desk.settle()
    assert pane.model.path_of(pane.view.currentIndex()) == path
    assert pane.view.isExpanded(pane.model.index_of(path[:1]))
    assert page.area.picked().episodes == (path[2],)
    assert "11 shows" in page.area.status.words


def test_first_run_offers_one_next_action(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(empty=True)
    page = desk.show()
    assert page.stack.currentWidget() is page.empty
    page.empty.button.click()
    assert desk.opened == [("servers", "add")]


def test_looks_and_prefixes() -> None:
    assert states_look({}) is None
    assert states_look({FileState.FOUND: 1}).word == "Found"
    assert states_look({FileState.FOUND: 8, FileState.MISSING: 2}).word == "2 missing"
    assert split_common("/media/tv/A/x.mkv", "Z:\\TV\\A\\x.mkv") == ("/media/tv", "Z:\\TV")
    assert split_common("/a/x.mkv", "/b/y.mkv") == ("/a/x.mkv", "/b/y.mkv")
    assert month_or_day(None) == "–"


@pytest.mark.slow
def test_everything_has_a_name_for_those_who_listen(desk: Any) -> None:
    page = desk.show(View.MOVIES, posters=True)
    parts = (page.toolbar.search, page.toolbar.views, page.toolbar.looks, page.toolbar.columns_button)
    parts += (page.toolbar.export_button, page.area.current.view, page.area.status.slider, page.details)
    assert all(part.accessibleName() for part in parts)
    page._show_view(View.MOVIES, posters=False)
    desk.settle()
    index = page.area.current.model.index(0, 0)
    assert str(index.data(Qt.ItemDataRole.AccessibleTextRole)).startswith("Title: ")
    assert page.area.current.view.indexAt(QPoint(5, 5)).isValid()


def test_titles_come_first(desk: Any) -> None:
    """With one server its column goes; in a narrow list dates do, and come back; what was chosen stays chosen."""
    pane = desk.page.area.pane(View.MOVIES)
    view = pane.view
    desk.qtbot.addWidget(view)
    view.setParent(None)
    pane.set_query(BrowseQuery(View.MOVIES))
    view.show()
    desk.settle()
    places = {column.key: place for place, column in enumerate(pane.model.columns)}
    pane.show_servers(1)
    assert pane.header.isSectionHidden(places["server"])
    assert pane.columns_state.is_shown("server")
    view.resize(1400, 500)
    desk.qtbot.waitUntil(lambda: not pane.header.isSectionHidden(places["added"]))
    view.resize(720, 500)
    desk.qtbot.waitUntil(lambda: pane.header.isSectionHidden(places["added"]))
    assert pane.header.sectionSize(places["title"]) >= 250
    pane.columns_state.save()
    assert pane.header.isSectionHidden(places["added"])
    view.resize(1400, 500)
    desk.qtbot.waitUntil(lambda: not pane.header.isSectionHidden(places["added"]))
    pane.show_servers(2)
    assert not pane.header.isSectionHidden(places["server"])
    desk.qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.currentIndex().row() == pane.count - 1
    desk.qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0
