"""Times every preset at every level over 200,000 titles and a million plays: any rule has to take 1 s at most.

Run it with `python -m benchmarks.bench_cleanup`. The facts of the rules are made in memory. With `--catalog FOLDER` a
catalog of the same size is made there, if it is not there yet, and reading it is timed as well: it happens once after
each change of the catalog, for movies and for episodes when somebody first asks for them, and not for each rule.
"""

import argparse
import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.evaluate import evaluate
from retrovue.core.domain.cleanup.facts import Facts, FileFact, Level, Origin, PlayFacts, Unit
from retrovue.core.domain.cleanup.levels import units_at
from retrovue.core.domain.cleanup.rules import Preset, idle_rule, preset_rule
from retrovue.core.services.catalog.groups import refresh_groups
from retrovue.core.services.cleanup.lists import read_facts
from retrovue.core.services.cleanup.values import known_values
from retrovue.core.system.dirs import resolve_dirs
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
    return Facts(_NOW, movies, episodes, free_percent=free, asked_disks={Level.MOVIE, Level.EPISODE})


_ITEM = (
    "id library_id remote_id title sort_key source_guid guid_primary year genre content_rating added_at view_count "
    "last_viewed_at size_bytes fingerprint change_key first_seen_at last_seen_at"
).split()
_PLAY = (
    "uid server_id server_name media_user_id user_name kind title remote_id guid started_at stopped_at paused_s play_s "
    "percent is_watched is_live is_inferred buffered source folded"
).split()
PLAYS = 1_000_000


def _server_of(kind: str, number: int) -> int:
    return 2 - number % 2 if kind == "movie" else 1 + (number - 1) // 60 % 2


def _items(kind: str, count: int, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for n in range(1, count + 1):
        library = _server_of(kind, n) * 2 - (kind == "movie")
        seen = chance.random() < 0.4
        title = f"{kind} {n}"
        row = (
            n, library, f"{kind[0]}{n}", title, title, f"plex://{kind}/{n}", f"tmdb://{kind}{n}", 1950 + n % 70,
            "Drama, News", "PG", _NOW - chance.randrange(2000) * _DAY, int(seen),
            _NOW - chance.randrange(1000) * _DAY if seen else None, 10**9, n, n, _NOW, _NOW,
        )  # fmt: skip
        yield row if kind != "episode" else (*row, (n - 1) // 60 + 1, (n - 1) % 60 // 12 + 1, (n - 1) % 12 + 1)


def _plays(chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for n in range(PLAYS):
        at, user = _NOW - chance.randrange(1500 * _DAY), chance.randrange(30)
        number = int(chance.random() ** 2 * (MOVIES + EPISODES)) + 1
        kind, number = ("movie", number) if number <= MOVIES else ("episode", number - MOVIES)
        yield (
            str(n), _server_of(kind, number), "S", user + 1, f"user {user}", kind, "T", f"{kind[0]}{number}",
            f"plex://{kind}/{number}", at, at + 3000, 0, 3000, chance.choice((100, 100, 40)), 1, 0, 0, 0, "live", "",
        )  # fmt: skip


def generate(path: Path) -> None:
    """Fill a catalog that is empty."""
    chance = random.Random(1)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")

        def insert(table: str, names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
            marks = ", ".join("?" * len(names))
            connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)

        names = (
            "id uuid kind name url machine_identifier version is_owner is_active follow_live state created_at".split()
        )
        insert("servers", names, ((n, f"u{n}", "plex", f"S {n}", "x", "m", "1", 1, 1, 1, "online", 1) for n in (1, 2)))
        insert("history_starts", ("server_id", "begins_at", "heard_at"), ((n, _NOW - 900 * _DAY, _NOW) for n in (1, 2)))
        names = "id server_id remote_id name kind is_enabled sync_mode last_sync_at".split()
        kinds = "movies", "shows"
        libraries = (
            (n, (n + 1) // 2, str(n), kinds[n % 2 == 0], kinds[n % 2 == 0], 1, "automatic", _NOW) for n in range(1, 5)
        )
        insert("libraries", names, libraries)
        names = "id server_id user_key name first_seen_at last_seen_at".split()
        insert("media_users", names, ((n + 1, n % 2 + 1, str(n), f"user {n}", 1, 1) for n in range(30)))
        insert("movies", _ITEM, _items("movie", MOVIES, chance))
        insert("shows", _ITEM, _items("show", SHOWS, chance))
        insert("episodes", [*_ITEM, "show_id", "season_number", "episode_number"], _items("episode", EPISODES, chance))
        names = "id server_id server_path size_bytes height first_seen_at".split()
        paths = ((n, f"/media/{n // 60}/Title {n}/Title {n}.mkv") for n in range(1, MOVIES + EPISODES + 1))
        files = ((n, 1 + n % 2, path, chance.randrange(10**8, 4 * 10**10), 1080, _NOW) for n, path in paths)
        insert("media_files", names, files)
        found = connection.execute("SELECT id, 1, server_path, 'found' FROM media_files")
        insert("file_places", "media_file_id computer_id local_path file_state".split(), found)
        names = "media_file_id movie_id episode_id version_index part_index".split()
        everything = range(1, MOVIES + EPISODES + 1)
        links = ((n, n if n <= MOVIES else None, n - MOVIES if n > MOVIES else None, 0, 0) for n in everything)
        insert("media_links", names, links)
        # Indexes and triggers of a million plays are made at the end: kept up row by row they take ten minutes.
        which = "tbl_name = 'plays' AND type IN ('index', 'trigger') AND sql IS NOT NULL"
        later = connection.execute(f"SELECT type, name, sql FROM sqlite_master WHERE {which}").fetchall()
        for kind, name, _sql in later:
            connection.execute(f"DROP {kind} {name}")
        insert("plays", _PLAY, _plays(chance))
        for _kind, _name, sql in later:
            connection.execute(sql)
        connection.execute("ANALYZE")


def time_reading(folder: Path) -> None:
    """Print what reading the catalog in a folder costs, and reading it again."""
    is_new = not (folder / "retrovue.db").exists()
    context = AppContext(resolve_dirs(folder), environ={}, keyring=lambda: None, write_log=False)
    try:
        assert context.database
        if is_new:
            generate(folder / "retrovue.db")
        refresh_groups(context.browse.groups)  # which titles are the same: found after a sync, not for a list

        def timed(words: str, work: Callable[[], Any]) -> Any:
            started = time.process_time()
            with rare_collections():
                done = work()
            sys.stdout.write(f"{words:30} {time.process_time() - started:8.3f} s\n")
            return done

        facts = timed("read what is beside the titles", lambda: read_facts(context))
        timed("names for conditions", lambda: known_values(context, facts))
        for level in Level:
            timed(f"read for {level}s", lambda level=level: units_at(facts, level))
        timed("nothing was written since", lambda: read_facts(context))
    finally:
        context.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a rule; 1 when one takes longer than it may."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--catalog", type=Path)
    folder = parser.parse_args(arguments).catalog
    if folder is not None:
        time_reading(folder)
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
