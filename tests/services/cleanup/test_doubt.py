"""What nobody can be sure of: statistics that are old, partial or contradictory, and what servers say besides."""

from typing import Any

import pytest
from tests.services.cleanup.conftest import DAY, NOW, Shelf

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Level
from retrovue.core.domain.cleanup.rules import (
    Condition,
    Field,
    Join,
    Operator,
    Rule,
    Section,
    idle_rule,
    rule_from_json,
    rule_json,
)
from retrovue.core.domain.forwarding import NoticeChoice
from retrovue.core.domain.imports import PlaySource
from retrovue.core.domain.marks import MarkKind
from retrovue.core.services.cleanup import kept, leaving, words
from retrovue.core.services.cleanup.lists import make_list, read_facts
from retrovue.core.sources.http import Answer
from retrovue.core.sources.mediabrowser.marks import favorites, tags

pytestmark = pytest.mark.usefixtures("each_engine")

RULE = idle_rule(added_days=30, idle_days=15, level=Level.MOVIE)


def listed(shelf: Shelf, rule: Rule = RULE, level: Level = Level.MOVIE) -> StaleList:
    return make_list(shelf.host, read_facts(shelf.host), rule, level)


def titles(found: StaleList) -> set[str]:
    return {one.title for one in found.candidates}


def apart(found: StaleList) -> dict[str, str]:
    return {one.unit.title: one.why.value for one in found.apart}


def test_statistics_that_are_missing_or_old_make_nothing_a_candidate(shelf: Shelf) -> None:
    attic, cabin, late = shelf.server(), shelf.server("Cabin"), shelf.server("Late")
    shelf.item(shelf.library(attic), "known")
    shelf.item(shelf.library(cabin, synced=False), "never synced")
    shelf.item(shelf.library(late), "counted by a Tautulli that is away")
    values: dict[str, Any] = {"uuid": "t", "kind": "tautulli", "name": "T", "url": "http://t", "rows_read": 0}
    shelf.insert("connections", **values, server_id=late, created_at=0, synced_at=NOW - 8 * DAY)
    tautulli = {**values, "synced_at": NOW - 8 * DAY, "created_at": 0}
    for name, is_whole in (("Imported", True), ("In part", False)):
        server = shelf.server(name)
        shelf.item(shelf.library(server), name)
        shelf.insert(
            "connections",
            **{**tautulli, "uuid": name, "url": f"http://{name}"},
            server_id=server,
            machine_identifier=name,
        )
        mark = {"row_id": 9, "is_whole": is_whole, "rows": 0, "last": 0, "server_id": server}
        shelf.host.imports.keep_mark(PlaySource.TAUTULLI, name, mark, now=NOW)
    away, never = shelf.server("Away", heard_days=8), shelf.server("Never", heard_days=None)
    shelf.item(shelf.library(away), "not recorded for a week")
    shelf.item(shelf.library(never), "never recorded")
    shelf.item(shelf.library(shelf.server("Read", heard_days=30)), "read from the record of its server")
    shelf.host.imports.keep_mark(PlaySource.SERVER, "Read", {}, now=NOW)
    found = listed(shelf)
    assert titles(found) == {"known", "read from the record of its server", "Imported"}
    assert apart(found) == dict.fromkeys(
        (
            "never synced",
            "counted by a Tautulli that is away",
            "In part",
            "not recorded for a week",
            "never recorded",
        ),
        "unknown",
    )
    facts = read_facts(shelf.host)
    said = {one.unit.title: words.outcome_text(facts, RULE, one.unit) for one in found.apart}
    assert said["not recorded for a week"] == "Kept apart: what is known of “Movies” and its plays is 8 days old."
    assert said["never recorded"].endswith("of what “Never” plays was never read completely.")
    assert list(words.doubts(facts, str).values()) == [
        "Cabin: never read completely, titles are kept apart",
        f"Late: known until {NOW - 8 * DAY} only, titles are kept apart",
        f"In part: known until {NOW - 8 * DAY} only, titles are kept apart",
        f"Away: known until {NOW - 8 * DAY} only, titles are kept apart",
        "Never: never read completely, titles are kept apart",
    ]
    shelf.clock.seconds += 8 * DAY
    assert titles(listed(shelf)) == set(), "nobody has looked for a week"
    shelf.host.settings_store.update(statistics_max_age_days=30)
    assert "known" in titles(listed(shelf))


@pytest.mark.parametrize("level", [Level.MOVIE, Level.SHOW])
def test_a_play_that_does_not_say_how_far_it_went_is_no_unfinished_one(shelf: Shelf, level: Level) -> None:
    attic = shelf.server()
    kind = "movie" if level is Level.MOVIE else "episode"
    library = shelf.library(attic, f"{kind}s")
    for title in ("half", "whole", "not said", "marked", "counted", "never"):
        more: dict[str, Any] = {"view_count": 1, "last_viewed_at": NOW - 90 * DAY} if title == "marked" else {}
        if level is Level.SHOW:
            more |= {"show_id": shelf.item(library, title, kind="show"), "season_number": 1, "episode_number": 1}
        shelf.item(library, title, kind=kind, **more)
    values: dict[str, Any] = {"user_key": "1", "user_name": "ada", "total_watch_time_s": 0, "synced_at": NOW}
    shelf.insert(
        "watch_stats",
        **values,
        server_id=attic,
        source="tautulli",
        remote_id="rcounted",
        total_play_count=2,
        last_watched_at=NOW - 90 * DAY,
    )
    shelf.play(attic, "half", days=90, percent=50, is_watched=False)
    shelf.play(attic, "whole", days=90)
    shelf.play(attic, "not said", days=90, percent=None, is_watched=False)

    def by(field: Field, operator: Operator, value: int | bool) -> tuple[set[str], set[str]]:
        found = listed(shelf, Rule("", Section(Join.AND, (Condition(field, operator, value),))), level)
        return titles(found), set(apart(found))

    unsaid = {"not said", "marked", "counted"}
    assert by(Field.WATCHED_BY_ALL, Operator.IS, True) == ({"whole"}, unsaid)
    assert by(Field.WATCHED_BY_ALL, Operator.IS, False) == ({"half", "never"}, unsaid)
    assert by(Field.COMPLETION, Operator.LESS, 60) == ({"half", "never"}, unsaid)
    assert by(Field.COMPLETION, Operator.AT_LEAST, 60) == ({"whole"}, unsaid)


def test_of_sources_that_contradict_each_other_the_latest_play_counts(shelf: Shelf) -> None:
    attic = shelf.server()
    films = shelf.library(attic)
    for title in ("only counted", "counted more", "marked later"):
        shelf.item(films, title, **({"view_count": 1, "last_viewed_at": NOW - 3 * DAY} if "marked" in title else {}))
    shelf.play(attic, "counted more", days=100)
    shelf.play(attic, "marked later", days=200)
    counted = {"server_id": attic, "source": "tautulli", "total_watch_time_s": 60, "synced_at": NOW}
    for title, user, plays, days in (("only counted", "jo", 2, 5), ("counted more", "jo", 4, 90)):
        shelf.insert(
            "watch_stats",
            remote_id=f"r{title}",
            user_key=user,
            user_name=user,
            total_play_count=plays,
            last_watched_at=NOW - days * DAY,
            **counted,
        )
    found = listed(shelf)
    assert titles(found) == {"counted more"}, "a play that any source knows of counts"
    (unit,) = found.candidates
    assert (unit.plays, unit.users, unit.last_played_at) == (4, 2, NOW - 90 * DAY)
    assert unit.history.last_person == "jo"


def test_who_began_lately_keeps_a_title_by_whatever_account(shelf: Shelf) -> None:
    attic = shelf.server()
    films = shelf.library(attic)
    for title in ("begun", "begun and finished", "begun long ago"):
        shelf.item(films, title)
    mira = {"server_id": attic, "first_seen_at": 0, "last_seen_at": 0, "person": "Mira"}
    phone = shelf.insert("media_users", user_key="1", name="mira", **mira)
    tv = shelf.insert("media_users", user_key="2", name="mira tv", **mira)
    half: dict[str, Any] = {"is_watched": False, "percent": 40}
    shelf.play(attic, "begun", days=50, media_user_id=phone, **half)
    shelf.play(attic, "begun and finished", days=50, media_user_id=phone, **half)
    shelf.play(attic, "begun and finished", days=40, media_user_id=tv)
    shelf.play(attic, "begun long ago", days=150, user="somebody", **half)
    rule = Rule("", RULE.where, keep_started=True)
    found = listed(shelf, rule)
    assert titles(found) == {"begun and finished", "begun long ago"}
    assert apart(found) == {"begun": "started"}


def test_facts_are_read_again_only_when_something_was_written(shelf: Shelf) -> None:
    attic = shelf.server()
    films = shelf.library(attic)
    shelf.item(films, "film")
    first, second = read_facts(shelf.host), read_facts(shelf.host)
    assert first.movies is second.movies
    shelf.play(attic, "film", days=1)
    third = read_facts(shelf.host)
    assert third.movies is not first.movies
    assert third.movies[0].plays == 1


def test_collections_tags_and_favorites_of_a_title_and_what_it_belongs_to(shelf: Shelf) -> None:
    attic, cabin = shelf.server(), shelf.server("Cabin")
    films, series, other = shelf.library(attic), shelf.library(attic, "shows"), shelf.library(cabin)
    for title in ("loved", "boxed", "tagged", "plain"):
        shelf.item(films, title)
    shelf.item(other, "not read")
    show = shelf.item(series, "show", kind="show")
    shelf.item(series, "episode", kind="episode", show_id=show, season_number=1, episode_number=1)
    values = {"server_id": attic, "remote_id": "c", "title": "Christmas", "is_promoted": False, "seen_at": 0}
    box = shelf.insert("collections", **values)
    for remote_id in ("rboxed", "rshow"):
        shelf.insert("collection_members", collection_id=box, remote_id=remote_id, position=0)
    marks = [("tag", "Keep", "rtagged"), ("favorite", "jo", "rloved"), ("favorite", "jo", "repisode")]
    shelf.host.marks.replace(attic, marks, now=NOW)

    def rule(field: Field, operator: Operator, value: str) -> Rule:
        return Rule("x", Section(Join.AND, (*RULE.where.parts, Condition(field, operator, value))))

    assert rule_from_json(rule_json(rule(Field.TAG, Operator.IS, "keep"))).where.parts[-1] == Condition(
        Field.TAG, Operator.IS, "keep"
    )
    found = listed(shelf, rule(Field.COLLECTION, Operator.IS, "christmas"))
    assert titles(found) == {"boxed"}
    assert apart(found) == {"not read": "unknown"}, "nobody has read the collections of that server"
    assert titles(listed(shelf, rule(Field.COLLECTION, Operator.IS_NOT, "christmas"))) == {"loved", "tagged", "plain"}
    assert titles(listed(shelf, rule(Field.TAG, Operator.CONTAINS, "ee"))) == {"tagged"}
    in_box = rule(Field.COLLECTION, Operator.IS, "Christmas")
    assert titles(listed(shelf, in_box, Level.EPISODE)) == {"episode"}
    assert titles(listed(shelf, in_box, Level.SHOW)) == {"show"}
    shelf.host.settings_store.update(keep_favorites=True)
    found = listed(shelf)
    assert titles(found) == {"boxed", "tagged", "plain"}
    assert apart(found) == {"loved": "favorite", "not read": "unknown"}
    assert apart(listed(shelf, level=Level.SHOW)) == {"show": "favorite"}, "it contains a favorite"
    made = kept.exclude_collection(shelf.host, kept.find_collection(shelf.host, box), note="every year")
    kept.exclude_tag(shelf.host, next(iter(shelf.host.servers.all())), "keep")
    found = listed(shelf)
    assert titles(found) == {"plain"}
    shelf.host.settings_store.update(keep_favorites=False)
    assert "not read" in titles(listed(shelf))
    kept.exclude_tag(shelf.host, next(one for one in shelf.host.servers.all() if one.id == cabin), "keep")
    found = listed(shelf)
    assert apart(found)["not read"] == "unknown", "nobody knows that it has no such tag"
    (doubtful,) = (one.unit for one in found.apart if one.unit.title == "not read")
    said = words.outcome_text(read_facts(shelf.host), RULE, doubtful)
    assert said == "Kept apart: collections, tags and favorites of “Cabin” were never read."
    assert (apart(found)["boxed"], apart(found)["tagged"]) == ("excluded", "excluded")
    assert (made.title, made.note) == ("Attic · Christmas", "every year")
    assert len(kept.exclusions(shelf.host)) == 3


def test_a_notice_names_what_enters_a_tracked_list_and_reaches_every_service(shelf: Shelf) -> None:
    attic = shelf.server()
    films = shelf.library(attic)
    shelf.file(attic, shelf.item(films, "old"), "/films/old")
    rule = kept.find_rule(shelf.host, "unwatched")
    leaving.watch(shelf.host, rule, Level.MOVIE)
    assert leaving.is_due(shelf.host)
    every = shelf.host.forwarding.add("json", NoticeChoice(), now=NOW)
    mine = shelf.host.forwarding.add("json", NoticeChoice(events=("leaving_soon",)), now=NOW)
    shelf.host.forwarding.add("json", NoticeChoice(events=("started",)), now=NOW)
    notice = leaving.notice_of(leaving.make_lists(shelf.host, leaving.watched_rules(shelf.host)), grace_days=14)
    assert notice is not None
    assert (notice.title, notice.body) == ("1 title is leaving soon", "old\n1 KB in 14 days")
    leaving.tell(shelf.host, notice)
    assert [one.target_id for one in shelf.host.forwarding.due(NOW)] == [every.id, mine.id]
    assert [one.event for one in shelf.host.notices.recent()] == ["leaving_soon"]
    assert not leaving.is_due(shelf.host)
    made = leaving.make_lists(shelf.host, leaving.watched_rules(shelf.host))
    assert leaving.notice_of(made, grace_days=14) is None, "nothing has entered since"
    leaving.watch(shelf.host, rule, Level.MOVIE, is_on=False)
    assert leaving.watched_rules(shelf.host) == []


def test_a_server_that_ignores_the_filter_makes_nothing_a_favorite() -> None:
    rows = (
        b'{"Items": [{"Id": "a", "UserData": {"IsFavorite": true}, "Tags": ["Keep"]}, '
        b'{"Id": "b", "UserData": {"IsFavorite": false}, "Tags": [{"Name": "Box"}]}, {"Id": "c"}], '
        b'"TotalRecordCount": 3}'
    )

    def ask(_params: object) -> Answer:
        return Answer(rows, {})

    assert [(one.kind, one.name, one.remote_id) for one in favorites(ask, "jo")] == [(MarkKind.FAVORITE, "jo", "a")]
    assert [(one.name, one.remote_id) for one in tags(ask)] == [("Keep", "a"), ("Box", "b")]
