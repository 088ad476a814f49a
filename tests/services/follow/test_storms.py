"""Storms: many frames for one film are one fetch, very many films are one look at what changed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.services.follow.conftest import MOVIES, House

from retrovue.core.domain.servers import ServerKind
from retrovue.demo.faults import Fault
from retrovue.demo.http import Request, Response
from retrovue.demo.plex_events import timeline_frame
from retrovue.demo.scripts import SessionScript, housekeeping


def test_the_frames_of_one_new_film_are_one_fetch(house: House, product: ServerKind) -> None:
    if product is not ServerKind.PLEX:
        pytest.skip("Emby and Jellyfin gather changes themselves")
    announcer = house.server.dialect.announcer
    with house.heard() as heard:
        announcer.library_changes = False
        movie = house.library.add_movie("The Salt Lamp", year=2020)
        frames = announcer.added(movie)  # type: ignore[attr-defined]
        while frames < 156:
            # Servers say "done" more than once.
            frames += house.server.sockets.broadcast(timeline_frame(movie, 5, now=house.library.now()))
        heard.wait(lambda: house.title(movie.id) is not None)
        heard.wait(lambda: heard.states[-1].waiting == 0)
        # As often as the server says it again: nothing more is asked while it is quiet.
        assert [each.path for each in house.server.requests] == ["/identity", f"/library/metadata/{movie.id}"]


@pytest.mark.slow
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


@pytest.mark.slow
def test_many_films_one_by_one_are_few_requests(house: House) -> None:
    movies = house.library.members(MOVIES, "movie")[:30]
    with house.heard() as heard:
        for number, movie in enumerate(movies):
            house.library.edit(movie.id, title=f"Renamed {number}")
        heard.wait(lambda: house.title(movies[-1].id) == "Renamed 29")
        heard.wait(lambda: heard.states[-1].waiting == 0)
    assert len(house.by_id()) <= 3
    assert house.listings() == []


@dataclass
class Crowd(Fault):
    """Nothing goes wrong: each request takes a moment, and how many are there at once is noted."""

    now: int = 0
    most: int = 0

    def before(self, request: Request, stop: threading.Event) -> Response | None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        stop.wait(0.05)
        with self._lock:
            self.now -= 1
        return None


@pytest.mark.slow
@pytest.mark.parametrize("streaming", [False, True])
def test_one_page_at_a_time_while_somebody_streams(new_house: Callable[..., House], *, streaming: bool) -> None:
    house = new_house(movies=300, quiet_s=0.3, page_size=20)
    house.sync()
    movies = [movie for movie in house.library.members(MOVIES, "movie") if movie.versions][:240]
    house.streaming = streaming
    with house.heard() as heard:
        crowd = house.server.faults.add(Crowd())
        for movie in movies:
            house.library.edit(movie.id, title=f"Renamed {movie.id}")
        heard.wait(lambda: house.title(movies[-1].id) == f"Renamed {movies[-1].id}", timeout_s=60)
        heard.wait(lambda: heard.states[-1].waiting == 0)
        house.server.faults.remove(crowd)
    assert (crowd.most == 1) is streaming


@pytest.mark.slow
def test_a_library_that_somebody_tends(house: House) -> None:
    renamed = house.library.members(MOVIES, "movie")[0]
    script = SessionScript(house.server.playbacks, housekeeping(house.library))
    with house.heard() as heard:
        script.advance_to(10)
        new = house.library.members(MOVIES, "movie")[-1]
        heard.wait(lambda: house.title(new.id) == "The Salt Lamp")
        script.advance_to(30)
        heard.wait(lambda: (house.title(renamed.id) or "").endswith("(restored)"))
        script.advance_to(50)
        episode = house.library.members("3", "episode")[-1]
        heard.wait(lambda: house.title(episode.id, "episodes") == "The Tide Table")
        script.advance_to(80)
        heard.wait(lambda: house.title(new.id) is None)
    assert script.done
