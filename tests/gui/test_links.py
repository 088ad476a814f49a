"""Links to items: which are ours, what a second start with one shows, and that a wrong one only says so."""

from __future__ import annotations

import pytest
from tests.gui.conftest import Desk, MakeDesk

from retrovue.core.domain.browse import View
from retrovue.core.domain.media import ItemKind
from retrovue.gui.app.instance import SecondStart
from retrovue.gui.app.links import item_of_link, link_in
from retrovue.gui.widgets.notices import Tone


@pytest.mark.parametrize(
    ("link", "item"),
    [
        ("retrovue://item/show:7", "show:7"),
        ("retrovue://item/episode:123/", "episode:123"),
        ("retrovue://item/movie:" + "9" * 18, "movie:" + "9" * 18),
        ("RetroVue://item/show:7", None),
        ("retrovue://item/show:0", None),
        ("retrovue://item/show:٧", None),
        ("retrovue://item/show:7?run=1", None),
        ("retrovue://item/show:7\n", None),
        ("retrovue://item/../settings", None),
        ("retrovue://item/tvdb:81189", None),
        ("retrovue://item/movie:" + "9" * 19, None),
        ("retrovue:item/show:7", None),
        ("retrovue://other/show:7", None),
    ],
)
def test_only_links_of_the_one_form_name_an_item(link: str, item: str | None) -> None:
    assert item_of_link(link) == item


def test_a_link_is_found_among_the_words_of_a_start() -> None:
    assert link_in(("--minimized", "retrovue://item/show:7")) == "retrovue://item/show:7"
    assert link_in(("RETROVUE://x",)) == "RETROVUE://x"
    assert link_in(("show", "show:7")) is None


def start_again(desk: Desk, link: str) -> None:
    desk.app.started_again.emit(SecondStart((link,)))
    desk.settle()


@pytest.mark.slow
def test_a_second_start_with_a_link_shows_the_item_and_a_wrong_one_says_so(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True)
    library = desk.page("library")
    # A search for its title finds other episodes, too: the one of the link is chosen, and its details are shown.
    episodes = list(desk.context.catalog.iterate(ItemKind.EPISODE))
    episode = next(
        item for item in reversed(episodes) if sum(item.title.lower() in other.title.lower() for other in episodes) > 1
    )
    start_again(desk, f"retrovue://item/episode:{episode.id}")
    desk.wait(lambda: library.details.details is not None)
    assert library.area.count > 1
    assert library.area.picked().episodes == (episode.id,)
    movie = next(item for item in desk.context.catalog.iterate(ItemKind.MOVIE))
    start_again(desk, f"retrovue://item/movie:{movie.id}")
    desk.wait(lambda: library.area.picked().movies == (movie.id,))
    assert library.criteria.words == movie.title
    assert desk.window.current_key == "library"
    before = library.criteria
    assert before.view is View.MOVIES
    for wrong in ("retrovue://item/movie:999999", "retrovue://item/<b>x</b>", "retrovue://settings/erase"):
        start_again(desk, wrong)
        desk.wait(lambda: desk.window.toasts.toast is not None)
        toast = desk.window.toasts.toast
        assert toast is not None
        assert toast.tone is Tone.WARNING
        assert "<b>" not in toast.text
        toast.leave()
    # An item that was removed is in no list: it is said, instead of an empty one.
    with desk.context.database.write() as connection:
        connection.exec_driver_sql(f"UPDATE movies SET removed_at = 1 WHERE id = {movie.id}")
    start_again(desk, f"retrovue://item/movie:{movie.id}")
    desk.wait(lambda: desk.window.toasts.toast is not None)
    toast = desk.window.toasts.toast
    assert toast is not None
    assert movie.title in toast.text
    assert library.criteria == before


@pytest.mark.slow
def test_a_first_start_with_a_link_shows_the_item(make_desk: MakeDesk) -> None:
    desk = make_desk(started=False, arguments=("retrovue://item/show:1",))
    desk.start(synced=True)
    desk.wait(lambda: desk.window.current_key == "library")
    title = next(item.title for item in desk.context.catalog.iterate(ItemKind.SHOW) if item.id == 1)
    library = desk.page("library")
    desk.wait(lambda: library.area.picked().shows == (1,))
    assert library.criteria.words == title
