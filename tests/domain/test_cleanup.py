"""Candidates item by item: hand-made libraries with the list that each preset and level has to give."""

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from retrovue.core.domain.cleanup.evaluate import StaleList, class_of, evaluate
from retrovue.core.domain.cleanup.facts import (
    Exclusion,
    Facts,
    FileFact,
    GroupFact,
    Level,
    Origin,
    PlayFacts,
    Unit,
)
from retrovue.core.domain.cleanup.keeping import DAY, Why
from retrovue.core.domain.cleanup.levels import total_bytes, units_at
from retrovue.core.domain.cleanup.rules import (
    Condition,
    Field,
    Join,
    Operator,
    Preset,
    Rule,
    RuleError,
    Section,
    idle_rule,
    preset_rule,
    rule_from_json,
    rule_json,
)

NOW = 1_767_300_000
OLD = Origin(1, "Movies", 1, "Attic", history_from=NOW - 1000 * DAY)
YOUNG = Origin(2, "Movies", 2, "Cabin", history_from=NOW - 10 * DAY)
NONE = Origin(3, "Movies", 3, "New", history_from=None)
SHARED = Origin(4, "Movies", 4, "Friend", is_shared=True, history_from=NOW - 1000 * DAY)
GB = 10**9
_ids = iter(range(1, 10_000_000))


def file(size: int = GB, *, key: object = None, height: int | None = 1080) -> FileFact:
    number = next(_ids)
    path = f"/films/{number}.mkv"
    return FileFact(number, path if key is None else str(key), path, path, size, height, "found")


def unit(
    title: str,
    *,
    added: float,
    played: float | None = None,
    plays: int = 1,
    people: Iterable[str] = ("a",),
    finished: Iterable[str] = (),
    origin: Origin = OLD,
    files: tuple[FileFact, ...] | None = None,
    **more: object,
) -> Unit:
    """A movie, or an episode with `show_id`; ages in days."""
    added_at = NOW - int(added * DAY)
    found = Unit(
        level=Level.EPISODE if "show_id" in more else Level.MOVIE,
        id=next(_ids),
        origin=origin,
        title=title,
        remote_id=f"r{title}",
        added_at=added_at,
        first_added_at=added_at,
        files=(file(),) if files is None else files,
    )
    if played is not None:
        at = NOW - int(played * DAY)
        found.last_played_at, found.plays = at, plays
        found.history = PlayFacts(plays, at, "mira", frozenset(people), frozenset(finished))
    for name, value in more.items():
        setattr(found, name, value)
    found.size_bytes = sum(one.size_bytes for one in found.files)
    heights = [one.height for one in found.files if one.height is not None]
    found.height = max(heights, default=None)
    return found


def names(found: StaleList) -> dict[str, str]:
    return {one.title: class_of(one).value for one in found.candidates}


def apart(found: StaleList) -> dict[str, str]:
    return {one.unit.title: one.why.value for one in found.apart}


def movies() -> list[Unit]:
    """Every way that a title can be known or not; the class that the plain rule gives it stands in the test."""
    shared_file = file(5 * GB)
    return [
        unit("stale", added=400, played=390, plays=2),
        unit("stale twice", added=400, played=20, plays=3),
        unit("watched lately", added=400, played=14, plays=9),
        unit("new", added=20),
        unit("just old enough", added=30),
        unit("never watched", added=500),
        unit("before the history", added=1500),
        unit("played before it was added again", added=100, played=300),
        unit("young history", added=400, origin=YOUNG),
        unit("young history, watched lately", added=400, played=3, origin=YOUNG),
        unit("no history", added=400, origin=NONE),
        unit("no history, watched lately", added=400, played=2, origin=NONE),
        unit("shared with me", added=400, origin=SHARED),
        unit("plays now", added=400, played=390, is_playing=True),
        unit("watched, nobody knows when", added=400, plays=1, has_undated_play=True),
        unit("play deleted lately", added=400, history=PlayFacts(deleted_at=NOW - 3 * DAY)),
        unit("play deleted long ago", added=400, history=PlayFacts(deleted_at=NOW - 300 * DAY)),
        unit("one file", added=400, files=(shared_file,)),
        unit("the same file", added=400, files=(shared_file,)),
        unit("no date of adding", added=400, is_added_known=False),
        unit("in a library that is off", added=400, origin=Origin(9, "Off", 1, "Attic", False)),
    ]


def test_the_plain_rule_says_of_each_title_what_it_is() -> None:
    found = evaluate(Facts(NOW, movies()), idle_rule(added_days=30, idle_days=15, level=Level.MOVIE), Level.MOVIE)
    assert names(found) == {
        "stale": "stale",
        "stale twice": "stale",
        "just old enough": "never_watched",
        "never watched": "never_watched",
        "before the history": "not_in_history",
        "played before it was added again": "stale",
        "play deleted long ago": "not_in_history",
        "one file": "never_watched",
        "the same file": "never_watched",
        "no date of adding": "not_in_history",
    }
    assert apart(found) == {
        "young history": "unknown",
        "no history": "unknown",
        "shared with me": "shared",
        "plays now": "playing",
        "watched, nobody knows when": "unknown",
        "play deleted lately": "unknown",
    }
    assert found.total_bytes == 8 * GB + 5 * GB, "a file that two titles share counts once"


def preset_library() -> list[Unit]:
    low, high = file(2 * GB, height=720), file(30 * GB, height=2160)
    disk = {"files": (file(3 * GB, key="full"),)}
    return [
        unit("two plays", added=400, played=100, plays=2, people="ab", finished="ab"),
        unit("one play", added=400, played=100, plays=1, people="a", finished=""),
        unit("one play, finished", added=400, played=100, plays=1, people="a", finished="a"),
        unit("day 30", added=30),
        unit("never, a year", added=366),
        unit("never, a month short", added=335),
        unit("large", added=400, played=200, plays=5, people="ab", finished="a", files=(file(20 * GB),)),
        unit("low", added=10, files=(low,), same="x"),
        unit("high", added=10, files=(high,), same="x"),
        unit("low, the better one shared", added=10, files=(file(height=720),), same="y"),
        unit("the better one", added=10, files=(file(height=2160),), same="y", origin=SHARED),
        unit("started lately", added=400, played=30, plays=1, history=PlayFacts(1, 1, unfinished_at=NOW - 30 * DAY)),
        unit("on a full disk", added=61, **disk),
    ]


@pytest.mark.parametrize(
    ("preset", "expected", "kept"),
    [
        (
            Preset.UNWATCHED,
            {"one play", "one play, finished", "never, a year", "never, a month short", "on a full disk"},
            {"started lately": "started"},
        ),
        (Preset.NEVER, {"never, a year"}, {}),
        (Preset.WATCHED_BY_ALL, {"two plays", "one play, finished"}, {}),
        (Preset.LARGE_OLD, {"large"}, {}),
        (Preset.LOWER_QUALITY, {"low"}, {}),
        (Preset.FREE_SPACE, {"on a full disk"}, {}),
    ],
)
def test_each_preset_lists_exactly_these(preset: Preset, expected: set[str], kept: dict[str, str]) -> None:
    library = preset_library()
    full = library[-1].files[0].id
    facts = Facts(NOW, library, free_percent={full: 14.0})
    found = evaluate(facts, preset_rule(preset, Level.MOVIE), Level.MOVIE)
    assert set(names(found)) == expected
    assert apart(found) == kept


@pytest.mark.parametrize(
    ("free", "days", "listed"),
    [(20.0, 500, False), (19.9, 90, True), (19.9, 89, False), (14.9, 60, True), (9.9, 30, True), (4.9, 15, True)],
)
def test_the_fuller_a_disk_the_shorter_the_wait(free: float, days: float, listed: bool) -> None:
    film = unit("film", added=days)
    facts = Facts(NOW, [film], free_percent={film.files[0].id: free})
    assert bool(names(evaluate(facts, preset_rule(Preset.FREE_SPACE, Level.MOVIE), Level.MOVIE))) is listed


def shows() -> Facts:
    """Shows of equal names, of which only ids tell which episode belongs to which."""
    episodes = [
        unit("s1e1", added=400, show_id=1, season_number=1, episode_number=1),
        unit("s1e2", added=400, played=3, show_id=1, season_number=1, episode_number=2),
        unit("s2e1", added=400, show_id=1, season_number=2, episode_number=1),
        unit("other s1e1", added=400, show_id=2, season_number=1, episode_number=1),
        unit("other s1e2", added=200, show_id=2, season_number=1, episode_number=2),
        unit("running s1e1", added=900, show_id=3, season_number=1, episode_number=1),
        unit("running s2e1", added=5, show_id=3, season_number=2, episode_number=1),
        unit("special", added=400, played=2, show_id=4, season_number=0, episode_number=1),
        unit("pilot", added=400, show_id=4, season_number=1, episode_number=1),
    ]
    same = {number: GroupFact("Same name", f"show{number}") for number in (1, 2, 3, 4)}
    return Facts(NOW, episodes=episodes, shows=same, seasons={(1, 2): GroupFact("Season Two", "season9")})


def test_a_show_goes_only_when_nothing_of_it_was_watched() -> None:
    facts, rule = shows(), idle_rule(added_days=30, idle_days=15, level=Level.SHOW)
    found = evaluate(facts, rule, Level.SHOW)
    assert [(one.id, one.remote_id, len(one.members)) for one in found.candidates] == [(2, "show2", 2)]
    seasons = evaluate(facts, rule, Level.SEASON)
    assert {(one.id, one.season_number) for one in seasons.candidates} == {(1, 2), (2, 1), (3, 1), (4, 1)}
    assert {one.remote_id for one in seasons.candidates if one.id == 1} == {"season9"}
    episodes = evaluate(facts, rule, Level.EPISODE)
    assert set(names(episodes)) == {"s1e1", "s2e1", "other s1e1", "other s1e2", "running s1e1", "pilot"}


def test_a_daily_show_keeps_its_newest_episodes() -> None:
    episodes = [
        unit(f"day {day}", added=50 - day, show_id=1, season_number=1, episode_number=day, aired=f"2026-01-{day:02d}")
        for day in range(1, 11)
    ]
    condition = Condition(Field.FROM_NEWEST, Operator.MORE, 3)
    rule = Rule("", Section(Join.AND, (condition,)))
    found = evaluate(Facts(NOW, episodes=episodes), rule, Level.EPISODE)
    assert set(names(found)) == {f"day {day}" for day in range(1, 8)}


def test_an_exclusion_covers_what_belongs_to_it_and_what_it_belongs_to() -> None:
    facts, rule = shows(), idle_rule(added_days=30, idle_days=15, level=Level.SHOW)
    episode = next(one for one in facts.episodes if one.title == "other s1e1")

    def listed(level: Level, *kinds: tuple[str, int, int | None], until: int | None = None) -> StaleList:
        facts.exclusions = [Exclusion(1, *one, "", "", NOW, until) for one in kinds]
        return evaluate(facts, rule, level)

    assert apart(listed(Level.SHOW, ("episode", episode.id, None))) == {"Same name": "excluded"}
    assert apart(listed(Level.EPISODE, ("episode", episode.id, None))) == {"other s1e1": "excluded"}
    assert apart(listed(Level.EPISODE, ("season", 2, 1))) == {"other s1e1": "excluded", "other s1e2": "excluded"}
    assert apart(listed(Level.EPISODE, ("show", 3, None))) == {"running s1e1": "excluded"}
    assert len(listed(Level.EPISODE, ("library", OLD.library_id, None)).apart) == 6
    assert apart(listed(Level.SHOW, ("show", 2, None), until=NOW)) == {}, "it has ended"


def lost(state: str = "missing") -> FileFact:
    """A file that a check did not find, or not reach; what is missing frees nothing."""
    return replace(file(0 if state == "missing" else GB), state=state)


@pytest.mark.parametrize(
    ("title", "apart_as", "size"),
    [
        (unit("all of its files are gone", added=400, files=(lost(), lost())), "gone", 0),
        (unit("one of two is gone", added=400, files=(lost(), file())), None, GB),
        (unit("its disk cannot be reached", added=400, files=(lost("unreachable"),)), None, GB),
        (unit("the server names no file", added=400, files=()), None, 0),
        (unit("gone, no history", added=400, origin=NONE, files=(lost(),)), "gone", 0),
        (unit("gone, plays now", added=400, is_playing=True, files=(lost(),)), "playing", 0),
        (unit("gone, shared with me", added=400, origin=SHARED, files=(lost(),)), "shared", 0),
    ],
    ids=lambda one: one.title if isinstance(one, Unit) else str(one),
)
def test_what_a_check_found_gone_frees_nothing(title: Unit, apart_as: str | None, size: int) -> None:
    found = evaluate(Facts(NOW, [title]), idle_rule(added_days=30, idle_days=15, level=Level.MOVIE), Level.MOVIE)
    assert apart(found) == ({} if apart_as is None else {title.title: apart_as})
    assert (len(found.candidates), found.total_bytes) == (apart_as is None, size)


def test_a_show_is_gone_when_all_of_its_episodes_are() -> None:
    rule = idle_rule(added_days=30, idle_days=15, level=Level.SHOW)
    whole = [unit(f"e{n}", added=400, show_id=1, season_number=n, episode_number=1, files=(lost(),)) for n in (1, 2)]
    part = [
        unit("gone", added=400, show_id=2, season_number=1, episode_number=1, files=(lost(),)),
        unit("there", added=400, show_id=2, season_number=2, episode_number=1),
    ]
    facts = Facts(NOW, episodes=[*whole, *part], shows={n: GroupFact(f"show {n}", None) for n in (1, 2)})
    for level, listed, gone in ((Level.SHOW, 1, 1), (Level.SEASON, 1, 3), (Level.EPISODE, 1, 3)):
        found = evaluate(facts, rule, level)
        assert (len(found.candidates), found.total_bytes) == (listed, GB)
        assert [one.why for one in found.apart] == [Why.GONE] * gone
        assert all(one.unit.size_bytes == 0 for one in found.apart)


# --- what must never be ---------------------------------------------------------------------------------------------


def random_facts(chance: random.Random) -> Facts:
    files = [file(chance.randrange(1, 50) * GB, height=chance.choice([480, 720, 1080, 2160, None])) for _ in range(40)]
    origins = [OLD, YOUNG, NONE, SHARED]

    def one(number: int, **more: object) -> Unit:
        played = chance.choice([None, chance.uniform(0, 600)])
        return unit(
            f"t{number}",
            added=chance.uniform(0, 900),
            played=played,
            plays=chance.randrange(1, 5),
            people=chance.sample("abcd", chance.randrange(1, 4)),
            finished=chance.sample("abcd", chance.randrange(0, 4)),
            origin=chance.choice(origins),
            files=tuple(chance.sample(files, chance.randrange(0, 3))),
            genre=chance.choice([None, "Horror", "Drama, News"]),
            **more,
        )

    films = [one(number) for number in range(60)]
    # All episodes of a show are of one library.
    episodes = []
    for number in range(80):
        episode = one(100 + number, show_id=number % 9, season_number=number % 3, episode_number=number)
        episode.origin = origins[number % 9 % 4]
        episodes.append(episode)
    free = {each.id: chance.uniform(0, 30) for each in files if chance.random() < 0.7}
    return Facts(NOW, films, episodes, free_percent=free)


def random_condition(chance: random.Random) -> Condition:
    field = chance.choice([one for one in Field if one not in (Field.PATH, Field.FILE_STATE)])
    value: float | str | bool = chance.choice([0, 1, 2, 30, 200])
    if field.kind.value == "flag":
        value = chance.random() < 0.5
    elif field.kind.value == "text":
        value = chance.choice(["horror", "Movies", "Attic"])
    elif field.kind.value == "bytes":
        value = chance.randrange(1, 60) * GB
    return Condition(field, chance.choice(field.operators), value)


def keys(found: StaleList) -> set[tuple[str, int, int | None]]:
    return {(one.level, one.id, one.season_number) for one in found.candidates}


@pytest.mark.parametrize("seed", range(30))
def test_no_rule_lists_what_was_played_and_narrowing_adds_nothing(seed: int) -> None:
    chance = random.Random(seed)
    facts = random_facts(chance)
    idle = chance.choice([0, 15, 90, 365])
    for level in Level:
        parts: tuple[Condition | Section, ...] = (Condition(Field.IDLE_DAYS, Operator.AT_LEAST, idle),)
        before: StaleList | None = None
        for _step in range(4):
            found = evaluate(facts, Rule("", Section(Join.AND, parts)), level)
            for one in found.candidates:
                leaves = one.members or (one,)
                assert all(NOW - (leaf.last_played_at or leaf.added_at) >= idle * DAY for leaf in leaves if leaf.plays)
                assert one.origin.history_from is not None
                assert one.origin.history_from <= NOW - idle * DAY
                assert not one.origin.is_shared
            distinct = {each.key: each.size_bytes for one in found.candidates for each in one.files}
            assert found.total_bytes == sum(distinct.values()) == total_bytes(found.candidates)
            if before is not None:
                assert keys(found) <= keys(before)
            before = found
            conditions = (random_condition(chance), random_condition(chance))
            parts = (*parts, chance.choice([conditions[0], Section(Join.OR, conditions)]))
        assert len(units_at(facts, level)) >= len(found.candidates) + len(found.apart)


def test_any_of_several_sections_is_known_when_one_is_true() -> None:
    film = unit("film", added=400, origin=NONE)
    by_size = Condition(Field.SIZE, Operator.AT_LEAST, 1)
    idle = Condition(Field.IDLE_DAYS, Operator.AT_LEAST, 15)
    nothing = Condition(Field.SIZE, Operator.LESS, 1)
    for join, parts, expected in (
        (Join.OR, (idle, by_size), []),
        (Join.OR, (idle, nothing), [Why.UNKNOWN]),
        (Join.AND, (idle, by_size), [Why.UNKNOWN]),
    ):
        found = evaluate(Facts(NOW, [film]), Rule("", Section(join, parts)), Level.MOVIE)
        assert [one.why for one in found.apart] == expected


def test_rules_survive_their_file_and_refuse_what_they_cannot_mean() -> None:
    for preset in Preset:
        rule = preset_rule(preset, Level.SHOW)
        assert rule_from_json(rule_json(rule)) == rule
    good = rule_json(preset_rule(Preset.FREE_SPACE, Level.MOVIE))
    inner = good["where"]["parts"][0]
    for broken in (
        {**good, "name": " "},
        {**good, "level": "music"},
        {**good, "where": {"join": "and", "parts": []}},
        {**good, "where": {"join": "xor", "parts": [inner]}},
        {**good, "where": {"join": "and", "parts": [{"join": "and", "parts": [inner]}]}},
        {**good, "where": {"join": "and", "parts": [{"field": "plays", "is": "contains", "value": 1}]}},
        {**good, "where": {"join": "and", "parts": [{"field": "plays", "is": "<", "value": float("nan")}]}},
        {**good, "where": {"join": "and", "parts": [{"field": "plays", "is": "<", "value": True}]}},
        {**good, "where": {"join": "and", "parts": [{"field": "genre", "is": "is", "value": ""}]}},
        {**good, "where": {"join": "and", "parts": [{"field": "future", "is": "is", "value": 1}]}},
        [],
    ):
        with pytest.raises(RuleError):
            rule_from_json(broken)
