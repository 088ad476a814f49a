"""Filters that are kept under a name, and what the last syncs brought."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from PySide6.QtWidgets import QMenu

from retrovue.core.domain.browse import BrowseQuery, SavedFilter, View
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync import run_sync
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.server import DemoServer
from retrovue.gui.pages.library.criteria import Criteria, Filters, NewIn

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|grabbing the keyboard|does not support raise")

MISSING = Filters(states=(FileState.MISSING,), added_since=30, new=NewIn(days=7))


def answering(desk: Any, *names: str) -> None:
    """Names are given in this order when they are asked for."""
    given = iter(names)
    desk.page.saved.ask = lambda *_facts: next(given)


def entries(desk: Any) -> dict[str, Any]:
    """Entries of the filter menu by name, those of its first submenus after a slash."""
    menu = desk.menus[-1] if getattr(desk, "menus", None) else QMenu(desk.page)
    menu.clear()
    desk.page.filters.fill_add_menu(menu)
    found: dict[str, Any] = {}
    for action in menu.actions():
        found[action.text()] = action
        if action.menu() is not None:
            found.update({f"{action.text()}/{sub.text()}": sub for sub in action.menu().actions()})
    return found


def keep(desk: Any, filters: Filters, name: str) -> None:
    answering(desk, name)
    desk.page.filters.set_filters_to(filters)
    desk.settle()
    assert desk.page.save_button.isVisibleTo(desk.page)
    desk.page.save_button.click()
    desk.settle()


@pytest.mark.parametrize(
    "criteria",
    [
        Criteria(),
        Criteria(View.FILES, "/media", Filters((1, 2), (3,), (FileState.FOUND,), None, ("4K",))),
        Criteria(View.MOVIES, "", Filters(added_since=date(2025, 1, 2), trashed=True, new=NewIn())),
        Criteria(View.EPISODES, "ä", Filters(added_since=7, watched=False, new=NewIn(since=5, until=9))),
    ],
)
def test_criteria_come_back_as_they_were_kept(criteria: Criteria) -> None:
    assert Criteria.from_json(criteria.to_json()) == criteria


@pytest.mark.parametrize(
    "kept", ["", "[]", "null", '{"view": "songs"}', '{"view": "movies", "new": 7}', '{"words": 1}']
)
def test_criteria_of_another_version_are_refused(kept: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Criteria.from_json(kept)


@pytest.mark.slow
def test_a_filter_is_kept_and_there_after_a_restart(desk: Any, make_desk: Any) -> None:
    desk.show(View.FILES)
    keep(desk, Filters(states=(FileState.MISSING,)), "What is gone")
    assert desk.toasts[-1] == "The filter “What is gone” was saved."
    assert not desk.page.save_button.isVisibleTo(desk.page)
    count = desk.page.area.count
    (saved,) = desk.context.saved_filters.all("library")
    other = make_desk()
    other.context.saved_filters.put(saved, now=1)
    page = other.show(View.SHOWS)
    entries(other)["What is gone"].trigger()
    other.settle()
    assert page.area.kind is View.FILES
    assert page.filters.filters == Filters(states=(FileState.MISSING,))
    assert page.area.count == count > 0


@pytest.mark.slow
def test_a_filter_is_renamed_and_deleted_and_comes_back(desk: Any) -> None:
    desk.show(View.MOVIES)
    keep(desk, MISSING, "Old & tired")
    answering(desk, "New name")
    entries(desk)["Rename saved filter/Old && tired"].trigger()
    desk.settle()
    assert [saved.name for saved in desk.page.saved.all] == ["New name"]
    entries(desk)["Delete saved filter/New name"].trigger()
    desk.settle()
    assert desk.page.saved.all == ()
    assert "New name" not in entries(desk)
    assert desk.toasts[-1] == "The filter “New name” was deleted."
    desk.undos[-1]()
    desk.settle()
    assert Criteria.from_json(desk.page.saved.all[0].criteria).filters == MISSING
    assert desk.context.saved_filters.all("library") == list(desk.page.saved.all)


@pytest.mark.slow
def test_a_name_that_is_taken_replaces_and_can_be_taken_back(desk: Any) -> None:
    desk.show(View.MOVIES)
    keep(desk, Filters(watched=True), "Mine")
    keep(desk, Filters(watched=False), "Mine")
    assert desk.toasts[-1] == "The filter “Mine” was replaced."
    assert Criteria.from_json(desk.page.saved.all[0].criteria).filters == Filters(watched=False)
    desk.undos[-1]()
    desk.settle()
    assert Criteria.from_json(desk.page.saved.all[0].criteria).filters == Filters(watched=True)


@pytest.mark.slow
def test_renaming_to_a_name_that_is_taken_says_so(desk: Any) -> None:
    desk.show(View.MOVIES)
    keep(desk, Filters(watched=True), "One")
    keep(desk, Filters(watched=False), "Two")
    desk.page.saved.failed.disconnect()
    answering(desk, "One")
    with desk.qtbot.waitSignal(desk.page.saved.failed) as failed:
        entries(desk)["Rename saved filter/Two"].trigger()
    assert str(failed.args[0]) == "There is already a filter “One”."
    assert {saved.name for saved in desk.page.saved.all} == {"One", "Two"}


@pytest.mark.slow
def test_no_name_keeps_nothing(desk: Any) -> None:
    desk.show(View.MOVIES)
    keep(desk, Filters(watched=True), "")
    assert desk.page.saved.all == ()
    assert desk.toasts == []


def test_a_filter_that_cannot_be_read_changes_nothing(desk: Any) -> None:
    desk.context.saved_filters.put(SavedFilter("library", "Odd", "{}"), now=1)
    page = desk.show(View.MOVIES)
    entries(desk)["Odd"].trigger()
    desk.settle()
    assert page.filters.filters == Filters()
    assert desk.toasts[-1] == "The filter “Odd” is from another version of RetroVue and cannot be used."


# --- what is new -----------------------------------------------------------------------------------------------------


@pytest.fixture
def grown(make_desk: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A library that was synced twice: two movies and an episode came with the second sync."""
    spec = LibrarySpec(shows=4, episodes=24, movies=10)
    library = make_library(spec)
    desk = make_desk(empty=True)
    with DemoServer(library, token="a-demo-token") as server:
        from retrovue.core.domain.servers import ServerKind
        from retrovue.core.services.servers import registration as servers

        servers.add(desk.context, kind=ServerKind.PLEX, name="Attic", url=server.url, secret="a-demo-token")
        run_sync(desk.context, SyncRequest(), CancelToken(), None)
        with desk.context.database.write() as connection:
            # A second is the finest that times are kept in: the first sync was an hour ago.
            for table in ("movies", "shows", "episodes", "media_files"):
                connection.exec_driver_sql(f"UPDATE {table} SET first_seen_at = first_seen_at - 3600")
            connection.exec_driver_sql("UPDATE sync_runs SET started_at = started_at - 3600")
        library.add_movie("Brand New One")
        library.add_movie("Brand New Two")
        show = next(item for item in library.items.values() if item.kind == "show")
        library.add_episode(show, "A New Episode", index=99)
        run_sync(desk.context, SyncRequest(), CancelToken(), None)
        # An hourly look that finds nothing must not empty the list of what is new.
        run_sync(desk.context, SyncRequest(), CancelToken(), None)
        desk.show_title = show.title
        yield desk


@pytest.mark.slow
def test_the_last_sync_that_brought_something_tells_what_is_new(grown: Any) -> None:
    page = grown.show(View.MOVIES)
    entries(grown)["New in the catalog/In the last sync"].trigger()
    grown.settle()
    assert sorted(grown.titles()) == ["Brand New One", "Brand New Two"]
    (chip,) = page.filters.chips()
    assert (chip.name, chip.value) == ("New", "in the last sync")
    page = grown.show(View.EPISODES)
    assert grown.titles() == ["A New Episode"]
    page = grown.show(View.SHOWS)
    assert grown.titles() == [grown.show_title]
    grown.show(View.FILES)
    assert page.area.count == 3


@pytest.mark.parametrize("days", [1, 7, 30])
def test_new_of_the_last_days_is_all_that_came_in_them(grown: Any, days: int) -> None:
    page = grown.show(View.MOVIES)
    everything = page.area.count
    page.filters.set_filters_to(Filters(new=NewIn(days=days)))
    grown.settle()
    assert page.area.count == everything


def test_what_one_run_brought_is_what_its_time_says(grown: Any) -> None:
    runs = [run for run in grown.context.runs.recent() if run.added]
    page = grown.show(View.MOVIES)
    movies = next(run for run in runs if run.added == 2)
    assert movies.started_at is not None
    since = int(movies.started_at.timestamp())
    page.show_argument(Criteria(View.MOVIES, "", Filters(library_ids=(movies.library_id,), new=NewIn(since=since))))
    grown.settle()
    assert sorted(grown.titles()) == ["Brand New One", "Brand New Two"]
    chips = {chip.name: chip.value for chip in page.filters.chips()}
    assert chips["New"].startswith("in the sync from today")
    before = BrowseQuery(View.MOVIES, seen_until=since - 10)
    assert len(grown.context.browse.ids(before)) == len(grown.context.browse.ids(BrowseQuery(View.MOVIES))) - 2


def test_a_filter_that_hides_everything_says_so(grown: Any) -> None:
    page = grown.show(View.MOVIES)
    page.filters.set_filters_to(Filters(new=NewIn(), states=(FileState.FOUND,)))
    grown.settle()
    assert page.area.stack.currentWidget() is page.area.nothing
    assert page.area.nothing.sentence == "No titles match these filters."
    page.area.nothing.button.click()
    grown.settle()
    assert page.filters.filters == Filters()
    items = grown.context.browse.items(ItemKind.MOVIE, page.area.current.model.ids)
    assert len(items) == page.area.count
