"""Until when the plays of a server are known, and what that means for what can go: of all kinds of server."""

from collections.abc import Callable
from typing import Any

import pytest

from retrovue.core.domain.cleanup.facts import Level
from retrovue.core.domain.cleanup.rules import idle_rule
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.cleanup.lists import make_list, read_facts
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.core.services.sync.run import run_sync
from retrovue.core.storage.dialects.statements import marks
from retrovue.demo.fault_kinds import Status
from retrovue.demo.faults import path
from retrovue.demo.playback import OWNER, PHONE, USERS, PastPlay

pytestmark = pytest.mark.usefixtures("each_engine")

NewHouse = Callable[..., Any]
DAY_S = 86_400
RECORD = "/status/sessions/history/all|/System/ActivityLog/Entries|/Users.*"


def _sql(house: Any, words: str, *values: object) -> None:
    with house.host.database.write() as connection:
        connection.exec_driver_sql(marks(connection, words), values)


def _old(house: Any) -> None:
    """The server has been known for long: what its record has from before that is not ours."""
    _sql(house, "UPDATE servers SET created_at = ?", house.library.now() - 400 * DAY_S)
    house.stored = house.host.servers.get(house.stored.id)


def _record(house: Any) -> None:
    with house.watching(Recorder("monitor")) as watching:
        watching.wait(lambda: any(state.is_asked for state in watching.states))


def _heard_at(house: Any) -> int:
    with house.host.database.read() as connection:
        found = connection.exec_driver_sql("SELECT max(heard_at) FROM history_starts").scalar()
    return int(found or 0)


def _lists(house: Any) -> tuple[set[str], dict[str, str]]:
    facts = read_facts(house.host)
    found = make_list(house.host, facts, idle_rule(added_days=0, idle_days=15, level=Level.MOVIE), Level.MOVIE)
    return {one.title for one in found.candidates}, {one.unit.title: one.why.value for one in found.apart}


@pytest.mark.slow
def test_statistics_missing_partial_late_and_contradictory(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    now, board = house.library.now(), house.server.playbacks
    films = house.library.members("1", "movie")
    titles = {film.title for film in films}
    seen, later = films[:2]
    for film in films:
        film.view_count = 0
    run_sync(house.host, SyncRequest(), CancelToken(), None)
    _sql(house, "UPDATE movies SET added_at = ?, view_count = 0, last_viewed_at = NULL", now - 500 * DAY_S)
    _old(house)

    # Missing: nobody recorded anything, and nothing was read from the server.
    assert _lists(house) == (set(), dict.fromkeys(titles, "unknown"))

    # Contradictory: the items are not watched at all, the server's record has somebody else's play.
    length_ms = seen.duration_ms
    began_at = now - 3 * DAY_S
    board.add_past(PastPlay(seen.id, USERS[1], PHONE, began_at, began_at + length_ms // 1000, length_ms))
    _record(house)
    _sql(house, "UPDATE history_starts SET begins_at = ?", now - 400 * DAY_S)
    assert _lists(house) == (titles - {seen.title}, {})

    # Late: synced now, but for more than a week nobody recorded.
    _sql(house, "UPDATE history_starts SET heard_at = ?", now - 8 * DAY_S)
    _sql(house, "UPDATE import_marks SET marked_at = ?, mark = ?", now - 8 * DAY_S, f'{{"at": {now - 8 * DAY_S}}}')
    candidates, apart = _lists(house)
    assert (candidates, apart[later.title]) == (set(), "unknown")
    assert seen.title not in apart, "a play that is known stays known"

    # Partial: the recorder runs again, and the server does not say what was played in between.
    board.add_past(PastPlay(later.id, OWNER, PHONE, began_at, began_at + later.duration_ms // 1000, later.duration_ms))
    with house.server.faults.using(Status(match=path(RECORD), status=500)):
        _record(house)
    assert _heard_at(house) == now - 8 * DAY_S
    assert _lists(house)[0] == set()

    # And again, with an answer.
    _record(house)
    assert _heard_at(house) >= now
    assert _lists(house) == (titles - {seen.title, later.title}, {})


@pytest.mark.slow
def test_a_gap_is_closed_while_it_records(new_house: NewHouse) -> None:
    house = new_house(min_length_s=0)
    _old(house)
    with house.watching(Recorder("monitor")) as watching:
        watching.wait(lambda: watching.states[-1].is_asked)
        before = _heard_at(house)
        assert before
        house.admit(is_good=False)
        watching.wait(lambda: not watching.states[-1].is_available or watching.states[-1].is_down)
        film = house.library.members("1", "movie")[0]
        now = house.library.now()
        length_ms = film.duration_ms
        past = PastPlay(film.id, OWNER, PHONE, now - length_ms // 1000 - 60, now - 60, length_ms)
        house.server.playbacks.add_past(past)
        house.admit(is_good=True)
        watching.watch.wake()
        watching.wait(lambda: watching.states[-1].is_available and not watching.states[-1].is_down)
    assert [play.title for play in house.history()] == [film.title]
