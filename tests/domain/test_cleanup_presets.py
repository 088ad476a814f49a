"""Every preset at every level over one hand-made house, item by item, with its class or the reason it is kept apart."""

import random
from dataclasses import replace

import pytest
from tests.domain.test_cleanup import GB, NOW, OLD, SHARED, YOUNG, apart, file, random_condition, random_facts, unit

from retrovue.core.domain.cleanup.evaluate import StaleList, class_of, evaluate
from retrovue.core.domain.cleanup.facts import Exclusion, Facts, GroupFact, Level, Marks, Origin, PlayFacts, Unit
from retrovue.core.domain.cleanup.keeping import DAY
from retrovue.core.domain.cleanup.rules import Condition, Field, Join, Operator, Preset, Rule, Section, preset_rule

FULL, FILLING = 8.0, 14.0
SHOWS = {
    1: "forgotten",
    2: "half watched",
    3: "running",
    4: "finished by all",
    5: "young server",
    6: "low copy",
    7: "high copy",
    8: "huge",
}


def house() -> Facts:
    """Shows whose episodes differ in what is known of them; disks by file."""
    free: dict[int, float] = {}

    def episode(show: int, season: int, number: int, *, disk: float | None = None, **more: object) -> Unit:
        made = unit(
            f"{SHOWS[show]} {season}x{number}", show_id=show, season_number=season, episode_number=number, **more
        )  # type: ignore[arg-type]
        made.show_title = SHOWS[show]
        if disk is not None:
            free.update((one.id, disk) for one in made.files)
        return made

    big = {"files": (file(25 * GB),)}
    episodes = [
        episode(1, 1, 1, added=700, disk=FULL),
        episode(1, 2, 1, added=600),
        episode(2, 1, 1, added=500, played=5, people="a", finished="a"),
        episode(2, 2, 1, added=500, disk=FULL),
        episode(3, 1, 1, added=900, played=400, plays=1, people="a"),
        episode(3, 2, 1, added=3),
        episode(4, 1, 1, added=400, played=200, plays=3, people="ab", finished="ab"),
        episode(4, 1, 2, added=400, played=190, plays=3, people="ab", finished="ab"),
        episode(5, 1, 1, added=400, origin=YOUNG),
        episode(6, 1, 1, added=20, files=(file(height=720),)),
        episode(7, 1, 1, added=20, files=(file(height=2160),)),
        episode(8, 1, 1, added=800, played=300, plays=4, people="a", **big),
    ]
    for one in episodes:
        if one.show_id in (6, 7):
            one.same = "pilot"
    groups = {number: GroupFact(name, f"show{number}") for number, name in SHOWS.items()}
    for number in (6, 7):
        groups[number] = replace(groups[number], same="twin")
    return Facts(NOW, episodes=episodes, shows=groups, free_percent=free)


def table(found: StaleList) -> dict[str, str]:
    """The name of each candidate with its class; seasons with their number."""
    names = {}
    for one in found.candidates:
        name = one.show_title if found.level is Level.SEASON else one.title
        names[f"{name} s{one.season_number}" if found.level is Level.SEASON else name] = class_of(one).value
    return names


NEVER, STALE = "never_watched", "stale"
LISTED = {
    (Preset.UNWATCHED, Level.EPISODE): {
        "forgotten 1x1": NEVER,
        "forgotten 2x1": NEVER,
        "half watched 2x1": NEVER,
        "running 1x1": STALE,
    },
    (Preset.UNWATCHED, Level.SEASON): {
        "forgotten s1": NEVER,
        "forgotten s2": NEVER,
        "half watched s2": NEVER,
        "running s1": STALE,
    },
    (Preset.UNWATCHED, Level.SHOW): {"forgotten": NEVER},
    (Preset.NEVER, Level.EPISODE): {"forgotten 1x1": NEVER, "forgotten 2x1": NEVER, "half watched 2x1": NEVER},
    (Preset.NEVER, Level.SEASON): {"forgotten s1": NEVER, "forgotten s2": NEVER, "half watched s2": NEVER},
    (Preset.NEVER, Level.SHOW): {"forgotten": NEVER},
    (Preset.WATCHED_BY_ALL, Level.EPISODE): {"finished by all 1x1": STALE, "finished by all 1x2": STALE},
    (Preset.WATCHED_BY_ALL, Level.SEASON): {"finished by all s1": STALE},
    (Preset.WATCHED_BY_ALL, Level.SHOW): {"finished by all": STALE},
    (Preset.LARGE_OLD, Level.EPISODE): {"huge 1x1": STALE},
    (Preset.LARGE_OLD, Level.SEASON): {"huge s1": STALE},
    (Preset.LARGE_OLD, Level.SHOW): {"huge": STALE},
    (Preset.LOWER_QUALITY, Level.EPISODE): {"low copy 1x1": NEVER},
    (Preset.LOWER_QUALITY, Level.SEASON): {"low copy s1": NEVER},
    (Preset.LOWER_QUALITY, Level.SHOW): {"low copy": NEVER},
    (Preset.FREE_SPACE, Level.EPISODE): {"forgotten 1x1": NEVER, "half watched 2x1": NEVER},
    (Preset.FREE_SPACE, Level.SEASON): {"forgotten s1": NEVER, "half watched s2": NEVER},
    # One of its seasons was watched, so that the show stays, however full its disk is.
    (Preset.FREE_SPACE, Level.SHOW): {"forgotten": NEVER},
}


@pytest.mark.parametrize(("preset", "level"), LISTED, ids=lambda one: str(one.value))
def test_each_preset_at_each_level_lists_exactly_these(preset: Preset, level: Level) -> None:
    found = evaluate(house(), preset_rule(preset, level), level)
    assert table(found) == LISTED[preset, level]
    wants_history = preset in (Preset.UNWATCHED, Preset.NEVER)
    assert {one.unit.show_title for one in found.apart} == ({"young server"} if wants_history else set())
    assert set(apart(found).values()) <= {"unknown"}


@pytest.mark.parametrize("level", Level)
def test_a_daily_show_keeps_its_last_days(level: Level) -> None:
    """The last D days are a condition of the date of adding: a show or season with a younger episode stays whole."""
    episodes = [unit(f"day {n}", added=50 - n, show_id=1, season_number=n // 6, episode_number=n) for n in range(1, 11)]
    facts = Facts(NOW, episodes=episodes, shows={1: GroupFact("daily", "s")})
    rule = Rule("", Section(Join.AND, (Condition(Field.ADDED_DAYS, Operator.MORE, 44.5),)))
    found = {one.title or str(one.season_number) for one in evaluate(facts, rule, level).candidates}
    expected = {
        Level.MOVIE: set(),
        Level.EPISODE: {f"day {n}" for n in range(1, 6)},
        Level.SEASON: {"0"},
        Level.SHOW: set(),
    }
    assert found == expected[level]


@pytest.mark.parametrize("seed", range(20))
def test_what_keeps_a_title_always_keeps_it(seed: int) -> None:
    """However a rule reads: old statistics, favorites, exclusions by mark and shared servers are never candidates."""
    chance = random.Random(seed)
    facts = random_facts(chance)
    servers = (OLD.server_id, YOUNG.server_id, SHARED.server_id)
    everything = [*facts.movies, *facts.episodes]
    for number, one in enumerate(everything):
        one.remote_id = f"r{number}"
    chosen = {(one.origin.server_id, str(one.remote_id)): frozenset({"jo"}) for one in chance.sample(everything, 20)}
    tagged = {(one.origin.server_id, str(one.remote_id)): frozenset({"Keep"}) for one in chance.sample(everything, 20)}
    facts.marks = Marks(favorites=chosen, tags=tagged, read_at=dict.fromkeys(servers, NOW))
    facts.keeps_favorites = True
    facts.oldest_at = NOW - 7 * DAY
    origins = {one.origin.library_id: one.origin for one in everything}
    late = chance.choice([*origins])
    facts.origins = [replace(one, counted_at=NOW - (8 if key == late else 1) * DAY) for key, one in origins.items()]
    facts.exclusions = [Exclusion(1, "tag", server, None, "keep", "", NOW) for server in servers]
    rule = Rule("", Section(chance.choice([*Join]), (random_condition(chance), random_condition(chance))))
    for level in Level:
        for unit_ in evaluate(facts, rule, level).candidates:
            assert unit_.origin.library_id != late
            assert not unit_.origin.is_shared
            assert unit_.origin.server_id in servers, "nobody has read the favorites of the others"
            for leaf in unit_.members or (unit_,):
                address = leaf.origin.server_id, str(leaf.remote_id)
                assert address not in chosen
                assert address not in tagged


def test_the_origin_of_statistics_that_were_never_read_is_old() -> None:
    origin = Origin(1, "Movies", 1, "Attic", history_from=0)
    facts = Facts(NOW, [unit("film", added=400, origin=origin, history=PlayFacts())], origins=[origin], oldest_at=1)
    found = evaluate(facts, preset_rule(Preset.NEVER, Level.MOVIE), Level.MOVIE)
    assert (found.candidates, apart(found)) == ((), {"film": "unknown"})
