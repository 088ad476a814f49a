"""What was watched, in the window: Tautulli on the Servers page, columns and filters of the lists, collections."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from retrovue.core.domain.browse import BrowseQuery, SortField, View
from retrovue.core.domain.media import ItemKind
from retrovue.core.services.tautulli.connection import connect
from retrovue.core.services.tautulli.sync import sync
from retrovue.demo.playback import PHONE, USERS, PastPlay, User
from retrovue.demo.tautulli import KEY, watching
from retrovue.gui.pages.library.collections import HOURS
from retrovue.gui.pages.library.criteria import Criteria, Filters
from retrovue.gui.pages.library.watched import WatchedBy
from retrovue.gui.pages.servers.tautulli_dialog import ConnectDialog
from retrovue.gui.widgets.verdict import StepLook

pytestmark = [pytest.mark.slow, pytest.mark.qt_log_ignore("propagateSizeHints")]
MakeDesk = Callable[..., Any]


def play(desk: Any, item_id: int, user: User, hours_ago: int, minutes: int = 30) -> None:
    """Let somebody have watched something."""
    begins = int(time.time()) - hours_ago * 3600
    desk.server.playbacks.add_past(PastPlay(item_id, user, PHONE, begins, begins + minutes * 60, minutes * 60_000))


def unwatched(make_desk: MakeDesk) -> Any:
    """A window beside a server on which nobody has watched anything."""
    desk = make_desk(started=False)
    for item in desk.server.library.items.values():
        item.view_count = 0
    return desk.start(synced=True)


def test_tautulli_is_connected_read_tested_removed_and_brought_back(make_desk: MakeDesk) -> None:
    desk = unwatched(make_desk)
    movie, other = desk.server.library.members("1", "movie")[:2]
    play(desk, movie.id, USERS[0], 50)
    play(desk, movie.id, USERS[1], 30)
    play(desk, other.id, USERS[1], 20)
    card = desk.page("servers").details.tautulli
    desk.wait(lambda: card.connect_button.isVisibleTo(card))
    with watching(desk.server) as tautulli:
        card.connect_button.click()
        dialog = desk.dialog(ConnectDialog)
        assert not dialog.save.isEnabled()
        dialog.url.setText(tautulli.url)
        dialog.key.setText("x" * 32)
        dialog.save.click()
        desk.wait(lambda: "refused" in dialog.key_block.message)
        assert desk.context.connections.all("tautulli") == []
        dialog.key.setText(KEY)
        dialog.save.click()
        desk.wait(lambda: card.connection is not None and card.connection.synced_at is not None)
        desk.wait(lambda: card.pill.look.word == "Connected")
        card.test_button.click()
        desk.wait(lambda: card.verdict.title == "Tautulli answers and takes its key.")
        assert all(step.state is StepLook.PASSED for step in card.verdict.steps.steps)
        desk.settle()
        ids = desk.context.browse.ids(BrowseQuery(View.MOVIES))
        assert sorted(row.watch.plays for row in desk.context.browse.items(ItemKind.MOVIE, ids))[-2:] == [1, 2]
        card.remove()
        desk.wait(lambda: desk.context.connections.all("tautulli") == [])
        desk.wait(lambda: card.connect_button.isVisibleTo(card))
        desk.wait(lambda: (toast := desk.window.toasts.toast) is not None and "removed" in toast.text)
        desk.window.toasts.toast.action_button.click()
        desk.wait(lambda: card.connection is not None)
        [connection] = desk.context.connections.all("tautulli")
        assert (connection.last_row_id, connection.rows_read) == (3, 3)
        assert desk.context.secrets.own(connection.uuid)[0] == KEY


def test_a_tautulli_that_is_gone_says_so_and_keeps_what_it_counted(make_desk: MakeDesk) -> None:
    desk = unwatched(make_desk)
    play(desk, desk.server.library.members("1", "movie")[0].id, USERS[0], 5)
    card = desk.page("servers").details.tautulli
    with watching(desk.server) as tautulli:
        connect(desk.context, url=tautulli.url, key=KEY)
    card.refresh()
    desk.wait(lambda: card.sync_button.isVisibleTo(card))
    card.sync_button.click()
    desk.wait(lambda: card.connection.error is not None and not card.cancel_button.isVisibleTo(card))
    # It was never read: there is nothing that could be out of date by less than ever.
    assert card.pill.look.word == "Out of date"
    assert "The last attempt" in card.words.text()
    card.test_button.click()
    desk.wait(lambda: StepLook.FAILED in [step.state for step in card.verdict.steps.steps])
    assert card.verdict.steps.steps[0].state is StepLook.FAILED


def test_lists_show_sort_and_filter_what_anybody_watched(make_desk: MakeDesk) -> None:
    desk = unwatched(make_desk)
    movie, other = desk.server.library.members("1", "movie")[:2]
    play(desk, movie.id, USERS[0], 50)
    play(desk, movie.id, USERS[1], 30)
    play(desk, other.id, USERS[1], 2000)
    with watching(desk.server) as tautulli:
        sync(desk.context, connect(desk.context, url=tautulli.url, key=KEY).connection)
    page = desk.page("library")
    page.show_criteria(Criteria(View.MOVIES))
    pane = page.area.pane(View.MOVIES)
    assert not any(pane.columns_state.is_shown(key) for key in ("last_watched", "plays", "people", "hours"))
    pane.columns_menu(page).close()
    for key in ("last_watched", "plays", "people", "hours"):
        pane._show_column(key, True)
    pane.sort_by(SortField.PLAYS, descending=True)
    desk.wait(lambda: texts(pane, "title")[:1] == [movie.title])
    assert texts(pane, "plays")[:3] == ["2", "1", "0"]
    assert texts(pane, "people")[:3] == ["2", "1", "0"]
    assert texts(pane, "last_watched")[0] == "1 day ago"
    page.filters.set_filters_to(Filters(by_anybody=WatchedBy(within_days=7)))
    desk.wait(lambda: texts(pane, "title") == [movie.title])
    assert [(chip.name, chip.value) for chip in page.filters.chips()] == [("Last watched", "last 7 days")]
    page.filters.set_filters_to(Filters(by_anybody=WatchedBy(plays=0)))
    desk.wait(lambda: pane.count == 28)
    assert Criteria.from_json(page.criteria.to_json()) == page.criteria
    page.filters.remove("last_watched")
    desk.wait(lambda: pane.count == 30)
    pane.view.selectRow(0)
    desk.wait(lambda: page.details.details is not None and page.details.details.by_anybody.plays == 2)
    [source] = [one for one in page.details.details.by_anybody.sources if one.source == "tautulli"]
    assert (source.plays, source.as_of is not None) == (2, True)


def test_collections_are_read_counted_charted_and_listed(make_desk: MakeDesk) -> None:
    desk = unwatched(make_desk)
    library = desk.server.library
    rainy = library.members("1", "movie")[:5]
    library.add_collection("Rainy Sundays", rainy, promoted=True)
    library.add_collection("Long evenings", library.members("3", "show")[:2], section="3")
    page = desk.page("library")
    dialog = page.open_collections()
    desk.wait(lambda: dialog.stack.currentWidget() is dialog.empty)
    dialog.empty.button.click()
    desk.wait(lambda: len(dialog.model.rows) == 2)
    desk.wait(lambda: dialog.home_button.isEnabled())
    dialog.label_field.setText("before the rain")
    dialog.home_button.click()
    desk.wait(lambda: dialog.said.text() == "1 of 1 collection counted.")
    desk.settle()
    row = next(row for row in dialog.model.rows if row.collection.is_promoted)
    desk.wait(lambda: (one := dialog.model.row_at(dialog.model.row_of(row.id))).last is not None and one)
    dialog.table.selectRow(dialog.model.row_of(row.id))
    dialog.looks.select(HOURS)
    dialog.show_button.click()
    desk.wait(lambda: page.filters.filters.collection_ids == (row.id,))
    pane = page.area.pane(View.MOVIES)
    desk.wait(lambda: pane.count == 5)
    # The names of collections and the rows themselves come after the list.
    desk.wait(lambda: [(one.name, one.value) for one in page.filters.chips()] == [("Collection", "Rainy Sundays")])
    desk.wait(lambda: sorted(texts(pane, "title")) == sorted(item.title for item in rainy))
    page.show_criteria(Criteria(View.FILES, "", Filters(collection_ids=(row.id,))))
    desk.wait(lambda: page.area.pane(View.FILES).count >= 5)


def texts(pane: Any, key: str) -> list[str]:
    """The column of a table, in order."""
    model = pane.model
    place = next(n for n, column in enumerate(model.columns) if column.key == key)
    return [str(model.index(row, place).data()) for row in range(model.rowCount())]
