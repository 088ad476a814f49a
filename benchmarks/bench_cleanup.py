"""Times every preset at every level over 200,000 titles and a million plays: any rule has to take 1 s at most.

Run it with `python -m benchmarks.bench_cleanup`. The facts are made in memory; reading them from a catalog is not part
of it, since that happens once and not for each rule.
"""

import random
import sys
import time
from collections.abc import Sequence

from retrovue.core.domain.cleanup.evaluate import evaluate
from retrovue.core.domain.cleanup.facts import Facts, FileFact, Level, Origin, PlayFacts, Unit
from retrovue.core.domain.cleanup.rules import Preset, idle_rule, preset_rule
from retrovue.core.system.memory import rare_collections

MOVIES, EPISODES, SHOWS, PEOPLE = 20_000, 180_000, 3_000, 20
MOST_S = 1.0
_NOW, _DAY = 1_767_300_000, 86_400


def make_facts(seed: int = 1) -> Facts:
    """Two servers with 20,000 movies and 180,000 episodes, each played five times on average."""
    chance = random.Random(seed)
    origins = [Origin(n, "Library", n, f"Server {n}", history_from=_NOW - 900 * _DAY) for n in (1, 2)]
    people = [f"u{n}" for n in range(PEOPLE)]

    def made(level: Level, number: int) -> Unit:
        file = FileFact(number, f"/media/{level}/{number}", "", size_bytes=chance.randrange(10**8, 4 * 10**10))
        added_at = _NOW - chance.randrange(2000) * _DAY
        unit = Unit(level, number, origins[number % 2], f"Title {number}", str(number), added_at, added_at)
        unit.files, unit.size_bytes, unit.height = (file,), file.size_bytes, 1080
        plays = chance.choice((0, 1, 4, 15))
        if plays:
            last_at = _NOW - chance.randrange(1500) * _DAY
            who = frozenset(chance.sample(people, min(plays, 4)))
            unit.plays, unit.last_played_at = plays, last_at
            unit.history = PlayFacts(plays, last_at, "u1", who, who, 100)
        if level is Level.EPISODE:
            unit.show_id = number % SHOWS
            unit.season_number, unit.episode_number = number // SHOWS // 12 + 1, number // SHOWS % 12 + 1
            unit.origin = origins[unit.show_id % 2]
        return unit

    movies = [made(Level.MOVIE, number) for number in range(MOVIES)]
    episodes = [made(Level.EPISODE, number) for number in range(EPISODES)]
    free = {unit.files[0].id: 12.0 for unit in movies}
    return Facts(_NOW, movies, episodes, free_percent=free)


def main(_arguments: Sequence[str] | None = None) -> int:
    """Print a line a rule; 1 when one takes longer than it may."""
    facts = make_facts()
    plays = sum(unit.plays for units in (facts.movies, facts.episodes) for unit in units)
    sys.stdout.write(f"{MOVIES + EPISODES:,} titles, {plays:,} plays\n")
    is_slow = False
    for level in Level:
        rules = [idle_rule(added_days=30, idle_days=15, level=level, name="idle")]
        for rule in [*rules, *(preset_rule(preset, level) for preset in Preset)]:
            evaluate(facts, rule, level)  # seasons and shows are put together once
            with rare_collections():  # as the service does
                started = time.process_time()
                found = evaluate(facts, rule, level)
            took = time.process_time() - started
            is_slow = is_slow or took > MOST_S
            sys.stdout.write(f"{level:8} {rule.name:16} {took * 1000:7.0f} ms  {len(found.candidates):,} candidates\n")
    return int(is_slow)


if __name__ == "__main__":
    sys.exit(main())
