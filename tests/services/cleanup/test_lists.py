"""From rows of the catalog and the history to the list, and what is kept of it."""

import json
from dataclasses import replace
from datetime import date

import pytest
from tests.services.cleanup.conftest import DAY, NOW, Shelf

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Level, Unit
from retrovue.core.domain.cleanup.rules import Preset, idle_rule, preset_rule
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.playback import PlaybackSession, RemoteSession
from retrovue.core.services.cleanup import exclusions, kept, leaving, words
from retrovue.core.services.cleanup.lists import make_list, read_facts, stale_json

pytestmark = pytest.mark.usefixtures("each_engine")

RULE = idle_rule(added_days=30, idle_days=15, level=Level.MOVIE)


def listed(shelf: Shelf, level: Level = Level.MOVIE) -> StaleList:
    return make_list(shelf.host, read_facts(shelf.host), RULE, level)


def by_title(found: StaleList) -> dict[str, Unit]:
    return {one.title: one for one in found.candidates}


def test_a_play_belongs_to_its_title_by_address_and_by_guid(shelf: Shelf) -> None:
    attic, cabin = shelf.server(), shelf.server("Cabin")
    films, others = shelf.library(attic), shelf.library(cabin)
    for title in ("played", "other id now", "other guid now", "twice", "never", "deleted", "brief"):
        shelf.item(films, title)
    shelf.item(others, "played")
    shelf.item(films, "edition", guid_primary="imdb://tt1", source_guid=None)
    shelf.item(films, "edition 4K", guid_primary="imdb://tt1", source_guid=None)
    shelf.item(films, "marked", view_count=3, last_viewed_at=NOW - 100 * DAY)
    shelf.item(films, "in the trash of the server", trashed_at=NOW)
    shelf.item(films, "removed", removed_at=NOW)
    shelf.play(attic, "played", days=3)
    shelf.play(attic, "other id now", days=3, remote_id="gone")
    shelf.play(attic, "other guid now", days=3, guid="plex://movie/before")
    mira = {"server_id": attic, "first_seen_at": 0, "last_seen_at": 0, "person": "Mira"}
    phone = shelf.insert("media_users", user_key="1", name="mira", **mira)
    tv = shelf.insert("media_users", user_key="2", name="mira tv", **mira)
    shelf.play(attic, "twice", days=200, media_user_id=phone)
    shelf.play(attic, "twice", days=100, media_user_id=tv)
    shelf.play(attic, "twice", days=300, user="jo")
    shelf.play(attic, "edition", days=3, guid="imdb://tt1")
    shelf.play(attic, "deleted", days=2, deleted_at=NOW)
    shelf.insert("brief_plays", server_id=attic, remote_id="rbrief", played_at=NOW - DAY)
    found = listed(shelf)
    units = by_title(found)
    assert set(units) == {"never", "twice", "edition 4K", "marked", "played"}
    assert units["played"].origin.server == "Cabin", "a play on one server says nothing of another"
    twice = units["twice"]
    assert (twice.plays, twice.users, twice.history.last_person) == (3, 2, "Mira")
    assert words.reasons(twice, NOW) == [
        "Added 400 days ago",
        "Last played 100 days ago by Mira, by nobody since",
        "3 plays by 2 people",
        "0 B",
    ]
    assert words.reasons(units["never"], NOW) == ["Added 400 days ago", "Never watched", "0 B"]
    today = replace(twice, added_at=NOW - 9, last_played_at=NOW - 1, history=replace(twice.history, last_at=NOW - 1))
    assert words.reasons(today, NOW)[:2] == ["Added less than a day ago", "Last played less than a day ago by Mira"]
    assert (units["marked"].plays, units["marked"].last_played_at) == (3, NOW - 100 * DAY)
    assert {one.unit.title: one.why.value for one in found.apart} == {"deleted": "unknown"}


def test_what_plays_now_is_apart_with_its_show(shelf: Shelf) -> None:
    attic = shelf.server()
    films, series = shelf.library(attic), shelf.library(attic, "shows")
    shelf.item(films, "film")
    show = shelf.item(series, "show", kind="show")
    for number in (1, 2):
        shelf.item(series, f"e{number}", kind="episode", show_id=show, season_number=1, episode_number=number)
    at = shelf.clock.now()
    session = RemoteSession(session_key="1", state="playing", kind="episode", title="e1", remote_id="re1", user="mira")
    play = PlaybackSession("1", attic, session, at, at, at, at, at)
    shelf.host.playback.store([play], min_length_s=10)
    for level, playing, going in (
        (Level.MOVIE, [], ["film"]),
        (Level.EPISODE, ["e1"], ["e2"]),
        (Level.SHOW, ["show"], []),
    ):
        found = listed(shelf, level)
        assert [one.unit.title for one in found.apart if one.why == "playing"] == playing
        assert list(by_title(found)) == going
    # Shorter than the history keeps, and still a play.
    shelf.host.playback.store([replace(play, stopped_at=at)], min_length_s=10)
    assert list(by_title(listed(shelf, Level.EPISODE))) == ["e2"]
    assert listed(shelf, Level.SHOW).candidates == ()


def test_a_history_begins_with_the_recorder_or_the_first_play(shelf: Shelf) -> None:
    servers = {
        "recorder": shelf.server("recorder", begins_days=40),
        "import": shelf.server("import", begins_days=5),
        "young": shelf.server("young", begins_days=5),
        "nothing": shelf.server("nothing", begins_days=None),
        "private": shelf.server("private", begins_days=40),
    }
    for name, server in servers.items():
        library = shelf.library(server)
        shelf.item(library, f"{name} new", days=35)
        shelf.item(library, f"{name} old", days=500)
        shelf.item(library, f"{name} played")
        shelf.host.playback.begin(server, now=NOW)
    # The first start counts: opening the program again must not make the history shorter.
    shelf.play(servers["import"], "import played", days=600)
    values = {"server_id": servers["private"], "user_key": "1", "name": "jo", "first_seen_at": 0, "last_seen_at": 0}
    shelf.insert("media_users", keeps_history=False, **values)
    found = stale_json(listed(shelf))
    assert {one["title"]: one["class"] for one in found["candidates"]} == {
        "recorder new": "never_watched",
        "recorder old": "not_in_history",
        "recorder played": "not_in_history",
        "import new": "never_watched",
        "import old": "never_watched",
        "import played": "stale",
    }
    assert {one["title"].split()[0] for one in found["apart"]} == {"young", "nothing", "private"}
    assert {one["why"] for one in found["apart"]} == {"unknown"}
    assert set(found["candidates"][0]) == {
        *("server", "library", "kind", "title", "remote_id", "class", "added_at", "last_played_at", "plays", "users"),
        *("size_bytes", "reasons"),
    }


def test_each_list_is_compared_with_the_one_before(shelf: Shelf) -> None:
    attic = shelf.server()
    films = shelf.library(attic)
    for title in ("stays", "played", "gone"):
        shelf.file(attic, shelf.item(films, title), f"/films/{title}")
    rule = preset_rule(Preset.UNWATCHED, Level.MOVIE)

    def keep() -> leaving.Changes:
        facts = read_facts(shelf.host)
        return leaving.keep_list(shelf.host, facts, make_list(shelf.host, facts, rule, Level.MOVIE))

    first = keep()
    assert (first.since, len(first.entered), first.left) == (None, 3, ())
    shelf.clock.seconds += DAY
    shelf.play(attic, "played", days=-0.5)
    with shelf.host.database.write() as connection:
        connection.exec_driver_sql("UPDATE movies SET removed_at = 1 WHERE title = 'gone'")
    shelf.item(films, "new")
    second = keep()
    assert second.since == NOW
    assert [one.title for one in second.entered] == ["new"]
    assert {one.title: one.left_why for one in second.left} == {"played": "played", "gone": "gone"}
    assert second.freed_bytes == 1000
    shelf.host.settings_store.update(grace_days=7)
    found = leaving.kept_list(shelf.host, rule, Level.MOVIE)
    assert {one.listed.title: one.due_at - NOW for one in found.leaving} == {"stays": 7 * DAY, "new": 8 * DAY}
    assert [one.title for one in found.saved] == ["played"]
    assert [(one.items, one.entered, one.left, one.saved, one.freed_bytes) for one in found.runs] == [
        (2, 1, 2, 1, 1000),
        (3, 3, 0, 0, 0),
    ]
    assert keep().left == ()
    # A check of the files finds one gone, though the server still lists it.
    shelf.clock.seconds += DAY
    with shelf.host.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO file_places (media_file_id, computer_id, local_path, file_state) "
            f"SELECT id, {shelf.host.database.computer_id}, '/mnt/stays', 'missing' FROM media_files "
            "WHERE server_path = '/films/stays'"
        )
    gone = listed(shelf)
    assert {one.unit.title: (one.why.value, one.unit.size_bytes) for one in gone.apart} == {"stays": ("gone", 0)}
    assert (list(by_title(gone)), gone.total_bytes) == (["new"], 0)
    stays = gone.apart[0].unit
    assert words.outcome_text(read_facts(shelf.host), rule, stays) == "Kept apart: Its files are gone."
    third = keep()
    assert {one.title: one.left_why for one in third.left} == {"stays": "gone"}
    assert third.freed_bytes == 1000
    runs = leaving.kept_list(shelf.host, rule, Level.MOVIE).runs
    assert (runs[0].items, runs[0].total_bytes, runs[0].freed_bytes) == (1, 0, 1000), "what is gone is not on it"


def test_rules_and_exclusions_are_kept_and_taken_back(shelf: Shelf) -> None:
    host = shelf.host
    attic = shelf.server()
    library = shelf.library(attic)
    film = shelf.item(library, "film")
    unit = kept.find_unit(read_facts(host), "movie", film)
    made = kept.exclude(host, unit, note="Anna's", until=date(2026, 1, 5))
    assert [(one.note, kept.last_day(one)) for one in kept.exclusions(host)] == [("Anna's", date(2026, 1, 5))]
    assert listed(shelf).candidates == ()
    before = kept.exclusions(host)
    again = kept.exclude(host, unit)
    assert (again.id, [one.note for one in kept.exclusions(host)]) == (made.id, [""])
    exclusions.take_back(host, [again], before)
    assert kept.exclusions(host) == [made]
    exclusions.take_back(host, [made], [])
    assert kept.exclusions(host) == []
    kept.exclude_library(host, next(one for one in host.libraries.all() if one.id == library))
    assert listed(shelf).candidates == ()
    shelf.clock.seconds += 30 * DAY
    assert len(kept.exclusions(host)) == 1
    for wrong in (lambda: kept.include(host, 99), lambda: kept.find_unit(read_facts(host), "movie", 99)):
        with pytest.raises(ConfigError):
            wrong()
    saved = kept.save_rule(host, idle_rule(added_days=1, idle_days=2, level=Level.SHOW, name="Mine"))
    text = kept.rules_text(host)
    assert kept.find_rule(host, "mine") == saved
    odd = kept.save_rule(host, replace(saved, name="50% | a/b\n%7C", id=None))
    for rule in (saved, odd):
        leaving.watch(host, rule, Level.SHOW)
    assert leaving.watched_rules(host) == [saved, odd]
    leaving.watch(host, odd, Level.SHOW, is_on=False)
    assert leaving.watched_rules(host) == [saved]
    kept.remove_rule(host, odd.name)
    assert kept.remove_rule(host, "MINE") == saved
    assert [one.name for one in kept.import_rules(host, text)] == ["Mine"]
    assert json.loads(text)["rules"][0]["level"] == "show"
    for broken in ("", "[]", '{"rules": [{"name": "x"}]}', "[" * 200_000, f'{{"rules": {"9" * 5_000}}}'):
        with pytest.raises(ConfigError):
            kept.import_rules(host, broken)
    with pytest.raises(ConfigError):
        kept.save_rule(host, idle_rule(added_days=1, idle_days=2, level=Level.SHOW, name="Unwatched"))
    (mine,) = json.loads(text)["rules"]
    with pytest.raises(ConfigError):
        kept.import_rules(host, json.dumps({"rules": [{**mine, "name": "First"}, {**mine, "name": "Never"}]}))
    assert [one.name for one in host.cleanup.rules()] == ["Mine"], "all or none"
    with pytest.raises(ConfigError):
        kept.remove_rule(host, "unwatched")
