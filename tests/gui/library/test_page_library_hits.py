"""One search over shows, movies and episodes, and a selection that outlasts it."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.hits import find_hits
from retrovue.gui.pages.library.hits import Hit

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|grabbing the keyboard|does not support raise")


def type_words(desk: Any, words: str) -> list[Hit]:
    page = desk.page
    QTest.keyClicks(page.toolbar.search, words)
    desk.qtbot.waitUntil(page.hits.isVisible)
    desk.settle()
    hits: list[Hit] = page.hits.hits
    return hits


@pytest.mark.slow
def test_a_word_is_looked_for_in_every_kind_and_each_says_its_number(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    hits = type_words(desk, "the")
    heads = [hit for hit in hits if hit.row is None]
    assert [head.view for head in heads] == [View.SHOWS, View.MOVIES, View.EPISODES]
    for head in heads:
        listed = page._services.context.browse.ids(BrowseQuery(head.view, text="the"))
        rows = [hit for hit in hits if hit.row is not None and hit.view is head.view]
        assert head.count == len(listed)
        assert len(rows) == min(5, head.count)
    # The list behind the panel is narrowed by the same words.
    assert page.area.count == heads[1].count < 40
    assert f"{page.area.count} of 40 movies" in page.area.status.words
    place = page.hits.geometry()
    assert page.rect().contains(place)
    assert page.toolbar.search.accessibleDescription() == f"{sum(head.count for head in heads)} hits"


def test_the_keyboard_opens_an_episode_from_the_list_of_movies(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    hits = type_words(desk, "the")
    place = next(n for n, hit in enumerate(hits) if hit.view is View.EPISODES and hit.row is not None)
    for _step in range(place + 1):
        QTest.keyClick(page.toolbar.search, Qt.Key.Key_Down)
    QTest.keyClick(page.toolbar.search, Qt.Key.Key_Return)
    desk.settle()
    row = hits[place].row
    assert row is not None
    assert not page.hits.isVisible()
    assert page.area.kind is View.EPISODES
    assert page.area.picked().episodes == (row.id,)
    assert page.details.details.title == row.title
    assert page.toolbar.search.text() == "the"


@pytest.mark.slow
def test_a_click_on_a_head_lists_its_kind_and_escape_closes_first(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    hits = type_words(desk, "the")
    QTest.keyClick(page.toolbar.search, Qt.Key.Key_Escape)
    assert not page.hits.isVisible()
    assert page.toolbar.search.text() == "the"
    QTest.keyClick(page.toolbar.search, Qt.Key.Key_Down)
    assert page.hits.isVisible()
    item = page.hits.list.item(0)
    QTest.mouseClick(
        page.hits.list.viewport(), Qt.MouseButton.LeftButton, pos=page.hits.list.visualItemRect(item).center()
    )
    desk.settle()
    assert page.area.kind is View.SHOWS
    assert page.area.count == hits[0].count


@pytest.mark.slow
def test_a_list_without_hits_leads_to_the_kind_that_has_some(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    context = page._services.context
    titles = [row.title for row in context.browse.items(ItemKind.SHOW, context.browse.ids(BrowseQuery(View.SHOWS)))]
    only = next(one for one in titles if not context.browse.ids(BrowseQuery(View.MOVIES, text=one)))
    page.toolbar.search.setText(only)
    desk.qtbot.waitUntil(lambda: page.area.stack.currentWidget() is page.area.nothing)
    desk.settle()
    link = page.area.nothing.link
    assert link is not None
    assert link.isVisible()
    link.click()
    desk.settle()
    assert page.area.kind is not View.MOVIES
    assert page.area.count > 0


@pytest.mark.slow
def test_words_that_nobody_types_open_no_panel(desk: Any) -> None:
    page = desk.show()
    page.toolbar.search.setText("the")
    desk.settle()
    desk.qtbot.waitUntil(lambda: bool(page.hits.hits))
    assert not page.hits.isVisible()


@pytest.mark.slow
def test_what_begins_with_the_words_comes_before_what_contains_them(desk: Any) -> None:
    context = desk.show()._services.context
    [movies] = [kind for kind in find_hits(context, BrowseQuery(text="la"), most=50, token=CancelToken())
                if kind.view is View.MOVIES]  # fmt: skip
    begins = [row.title.lower().startswith("la") for row in movies.best]
    assert begins == sorted(begins, reverse=True)
    assert len(movies.best) == movies.count


@pytest.mark.slow
def test_a_selection_outlasts_posters_and_a_search(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    desk.select(7)
    chosen = page.area.picked()
    page._show_view(View.MOVIES, posters=True)
    desk.settle()
    assert page.area.picked() == chosen
    page.toolbar.search.setText("zzzz")
    desk.qtbot.waitUntil(lambda: page.area.count == 0)
    page.toolbar.search.clear()
    desk.qtbot.waitUntil(lambda: page.area.count == 40)
    desk.settle()
    assert page.area.picked() == chosen
    page._show_view(View.MOVIES, posters=False)
    desk.settle()
    assert page.area.picked() == chosen


@pytest.mark.parametrize(("view", "posters"), [(View.SHOWS, False), (View.MOVIES, False), (View.MOVIES, True)])
@pytest.mark.slow
def test_home_and_end_are_the_first_and_the_last_row(desk: Any, view: View, posters: bool) -> None:
    page = desk.show(view, posters=posters)
    ids = page.area.current.model.ids
    QTest.keyClick(page.area.current.view, Qt.Key.Key_End)
    assert page.area.current.view.currentIndex().row() == len(ids) - 1
    assert page.area.picked().count == 1
    QTest.keyClick(page.area.current.view, Qt.Key.Key_Home)
    assert page.area.current.view.currentIndex().row() == 0
    assert page.area.picked().count == 1
