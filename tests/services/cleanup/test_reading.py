"""What a list reads: the titles of its level, with plays and servers as they are then, and nothing of the others."""

from pathlib import Path
from typing import Any

import pytest
from tests.services.cleanup.conftest import DAY, NOW, Shelf

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Facts, LaterUnits, Level
from retrovue.core.domain.cleanup.rules import idle_rule
from retrovue.core.services.cleanup.going import Refusal, going_files
from retrovue.core.services.cleanup.lists import make_list, read_facts

pytestmark = pytest.mark.usefixtures("each_engine")


def listed(shelf: Shelf, facts: Facts, level: Level) -> StaleList:
    return make_list(shelf.host, facts, idle_rule(added_days=30, idle_days=15, level=level), level)


def held(facts: Facts) -> tuple[int, int]:
    assert isinstance(facts.movies, LaterUnits)
    assert isinstance(facts.episodes, LaterUnits)
    return facts.movies.held, facts.episodes.held


def test_a_list_reads_the_titles_of_its_level_only(shelf: Shelf) -> None:
    attic, away = shelf.server(), shelf.server("Away")
    films, series = shelf.library(attic), shelf.library(attic, "shows")
    # Of a title whose address another one has now, only the guid tells.
    for title in ("first", "second"):
        shelf.item(films, title)
    shelf.item(shelf.library(away), "elsewhere")
    show = shelf.item(series, "show", kind="show")
    for number in (1, 2):
        shelf.item(series, f"part {number}", kind="episode", show_id=show, season_number=1, episode_number=number)
    shelf.item(series, "gone", kind="episode", show_id=show, removed_at=NOW)
    shelf.play(attic, "first", days=3)
    shelf.play(attic, "lost", days=4, guid="plex://movie/second")
    shelf.play(attic, "part 1", days=5)
    with shelf.host.database.write() as connection:
        connection.exec_driver_sql("UPDATE servers SET removed_at = 1 WHERE name = 'Away'")
    facts = read_facts(shelf.host)
    assert (len(facts.movies), len(facts.episodes), held(facts)) == (2, 2, (0, 0)), "known before they are read"
    found = listed(shelf, facts, Level.MOVIE)
    assert (found.candidates, held(facts)) == ((), (2, 0))
    assert sorted(unit.plays for unit in facts.movies) == [1, 1]
    assert [unit.title for unit in listed(shelf, facts, Level.EPISODE).candidates] == ["part 2"]
    assert held(facts) == (2, 2)
    assert read_facts(shelf.host).episodes is facts.episodes


def test_files_of_the_other_level_count_without_its_titles(shelf: Shelf) -> None:
    attic, cabin = shelf.server(), shelf.server("Cabin")
    films, series = shelf.library(attic), shelf.library(cabin, "shows")
    both, alone = Path("/media/both.mkv"), Path("/media/alone.mkv")
    for title, path in (("both", both), ("alone", alone)):
        shelf.file(attic, shelf.item(films, title), path)
    more: dict[str, Any] = {"kind": "episode", "show_id": shelf.item(series, "show", kind="show")}
    shelf.file(cabin, shelf.item(series, "special", days=1, **more), both, kind="episode")
    removed = shelf.item(series, "removed", removed_at=NOW, **more)
    shelf.file(cabin, removed, alone, kind="episode")
    facts = read_facts(shelf.host)
    going = going_files(shelf.host, facts, listed(shelf, facts, Level.MOVIE).candidates)
    assert {one.unit.title: one.refusal for one in going.files} == {"both": Refusal.IN_USE, "alone": Refusal.MISSING}
    assert held(facts) == (2, 0)


def test_titles_that_are_read_later_come_with_their_servers(shelf: Shelf) -> None:
    """Plays of somebody that are not kept any more are no plays that never were."""
    attic = shelf.server()
    series = shelf.library(attic, "shows")
    show = shelf.item(series, "show", kind="show")
    shelf.item(series, "part", kind="episode", show_id=show, days=90)
    shelf.play(attic, "part", days=1)
    facts = read_facts(shelf.host)
    person = {"server_id": attic, "user_key": "1", "name": "ada", "first_seen_at": 0, "last_seen_at": 0}
    with shelf.host.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM plays")
    shelf.insert("media_users", **person, keeps_history=False)
    found = listed(shelf, facts, Level.EPISODE)
    assert [(one.unit.title, one.why.value) for one in found.apart] == [("part", "unknown")]
    assert facts.origins[0].history_from is None
    assert NOW - facts.episodes[0].added_at == 90 * DAY
