"""Storms: many frames for one film are one fetch, very many films are one look at what changed."""

from collections.abc import Callable

import pytest
from tests.services.follow.conftest import MOVIES, House

from retrovue.core.domain.servers import ServerKind


def test_the_frames_of_one_new_film_are_one_fetch(house: House, product: ServerKind) -> None:
    if product is not ServerKind.PLEX:
        pytest.skip("Emby and Jellyfin gather changes themselves")
    announcer = house.server.dialect.announcer
    with house.heard() as heard:
        announcer.library_changes = False
        movie = house.library.add_movie("The Salt Lamp", year=2020)
        frames = announcer.added(movie)  # type: ignore[attr-defined]
        assert frames >= 140
        heard.wait(lambda: house.title(movie.id) is not None)
        heard.wait(lambda: heard.states[-1].waiting == 0)
        # As often as the server says it again: nothing more is asked while it is quiet.
        assert len(house.server.requests) == 1
    assert [each.path for each in house.server.requests] == [f"/library/metadata/{movie.id}"]


def test_very_many_films_are_one_look_at_what_changed(new_house: Callable[..., House]) -> None:
    house = new_house(movies=400, quiet_s=0.4)
    house.sync()
    # What has no file is a placeholder on Emby and Jellyfin, and is not imported.
    movies = [movie for movie in house.library.members(MOVIES, "movie") if movie.versions][:300]
    with house.heard() as heard:
        for number, movie in enumerate(movies):
            house.library.edit(movie.id, title=f"Renamed {number}")
        heard.wait(lambda: house.title(movies[-1].id) == "Renamed 299", timeout_s=30)
        heard.wait(lambda: heard.states[-1].waiting == 0)
    assert [house.title(movie.id) for movie in movies] == [f"Renamed {number}" for number in range(300)]
    assert house.by_id() == []
    runs = [run for run in house.host.runs.recent() if run.updated]
    assert [run.updated for run in runs] == [300]


def test_many_films_one_by_one_are_few_requests(house: House) -> None:
    movies = house.library.members(MOVIES, "movie")[:30]
    with house.heard() as heard:
        for number, movie in enumerate(movies):
            house.library.edit(movie.id, title=f"Renamed {number}")
        heard.wait(lambda: house.title(movies[-1].id) == "Renamed 29")
        heard.wait(lambda: heard.states[-1].waiting == 0)
    assert len(house.by_id()) <= 3
    assert house.listings() == []
