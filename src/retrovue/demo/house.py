"""A mixed house: a Plex, a Jellyfin and an Emby server that share titles, a Tautulli, eight people and their past."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from retrovue.demo.files import mappings, write_files
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.library import DemoLibrary
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect, MediaBrowserDialect
from retrovue.demo.past import DAYS, make_past
from retrovue.demo.people import PEOPLE, Person, ServerName
from retrovue.demo.playback import OWNER, Decision, PastPlay, PlaybackBoard
from retrovue.demo.plex import PlexDialect
from retrovue.demo.scripts import Action, SessionScript, Step
from retrovue.demo.server import DemoServer, DialectFactory
from retrovue.demo.tautulli import watching

SPECS: Final[Mapping[ServerName, LibrarySpec]] = MappingProxyType(
    {
        "plex": LibrarySpec(),
        # The same seed: what they have is what the big server has, too, as in most houses with several servers.
        "jellyfin": LibrarySpec(shows=9, episodes=260, movies=90),
        "emby": LibrarySpec(shows=4, episodes=90, movies=40),
    }
)
_NAMES: dict[ServerName, str] = {"plex": "Lanternhouse", "jellyfin": "Harbor", "emby": "Cottage"}
_DIALECTS: dict[ServerName, DialectFactory] = {"plex": PlexDialect, "jellyfin": JellyfinDialect, "emby": EmbyDialect}
_OWN_FILMS: dict[ServerName, tuple[tuple[str, int], ...]] = {
    "jellyfin": (("The Regatta Tapes", 1991), ("Lock No. 9", 2004), ("Gulls over Innismoor", 1962)),
    "emby": (("Grandfather’s Super 8", 1974), ("The Long Way to the Lake", 1958)),
}
_CONVERTED: Mapping[str, Any] = MappingProxyType({"decision": "transcode", "bandwidth_kbps": 2_100})
_MISSING: dict[ServerName, int] = {"plex": 4, "jellyfin": 2, "emby": 0}
_NIGHT_S = 3 * 3_600
_AT_ONCE = 6


def make_shelf(name: ServerName) -> DemoLibrary:
    """Return the library of one server of the house, always the same."""
    library = make_library(SPECS[name])
    library.name = _NAMES[name]
    if name != "plex":
        library.machine_identifier = f"{name.encode().hex():0<16}{library.machine_identifier[:16]}"
    movies, shows = library.members("1", "movie"), library.members("3", "show")
    library.add_collection("Rainy Sundays", movies[3:60:7], promoted=True)
    library.add_collection("Grandmother’s favorites", movies[1:40:5])
    library.add_collection("Long evenings", shows[:3], section="3", promoted=True)
    for title, year in _OWN_FILMS.get(name, ()):
        library.add_movie(title, year=year, added_at=SPECS[name].reference_time - 500 * 86_400)
    return library


class House:
    """The servers of the house, running inside a `with` block.

    Args:
        until: the end of the past, an aware time.
        zone: the zone of the people's evenings; None is this computer's.
        days, seed: see `make_past`.

    Attributes:
        shelves: the libraries by server.
        servers: the media servers by kind.
        tautulli: what has watched the Plex server.
        past: what each server played before.
    """

    def __init__(self, until: datetime, *, zone: tzinfo | None = None, days: int = DAYS, seed: int = 7) -> None:
        self.shelves: dict[ServerName, DemoLibrary] = {name: make_shelf(name) for name in SPECS}
        self.past = make_past(self.shelves, until=until, days=days, seed=seed, zone=zone)
        for name, library in self.shelves.items():
            _mark_watched(library, self.past[name])
        self.servers: dict[ServerName, DemoServer] = {
            name: DemoServer(library, dialect=_DIALECTS[name]) for name, library in self.shelves.items()
        }
        for name, server in self.servers.items():
            for play in self.past[name]:
                server.playbacks.add_past(play)
            _let_in(name, server.dialect)
        self._seed = seed
        self._running = ExitStack()
        self._tautulli: DemoServer | None = None

    @property
    def tautulli(self) -> DemoServer:
        """What has watched the Plex server.

        Raises:
            RuntimeError: the house was not entered.
        """
        if self._tautulli is None:
            raise RuntimeError("the house is not running")
        return self._tautulli

    def write_files(self, name: ServerName, root: Path) -> list[tuple[str, Path]]:
        """Create the files of a server under `root`; return the rules that lead there, (server path, folder).

        Raises:
            OSError: `root` cannot be written.
        """
        library, dialect = self.shelves[name], self.servers[name].dialect
        write_files(library, root, missing=_MISSING[name])
        rules = mappings(library, root)
        if isinstance(dialect, MediaBrowserDialect):
            folders = dict(rules)
            rules += [(alias, folders[path]) for path, alias in dialect.view.network_paths.items()]
        return rules

    def __enter__(self) -> House:
        for server in self.servers.values():
            self._running.enter_context(server)
        self._tautulli = self._running.enter_context(watching(self.servers["plex"]))
        for name, server in self.servers.items():
            script = SessionScript(server.playbacks, night(name, self.shelves[name], seed=self._seed))
            # Those who are in front of their screens already are there from the first request on.
            script.advance_to(0.0)
            script.start()
            self._running.callback(script.stop)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._running.close()


def night(name: ServerName, library: DemoLibrary, *, seed: int = 7) -> list[Step]:
    """What the people who use a server most do in three hours: start, pause, go on, need another stream, stop.

    Most of them sit there from the start; the others come within minutes.
    """
    steps: list[Step] = []
    for number, person in enumerate(PEOPLE):
        if person.servers[0] == name:
            rng = random.Random(f"{seed} night {person.user.name}")
            begins = 0.0 if number < _AT_ONCE else 30.0 + 40.0 * (number - _AT_ONCE)
            steps += _evening(rng, name, library, person, begins)
    return steps


def _evening(rng: random.Random, name: ServerName, library: DemoLibrary, person: Person, begins: float) -> list[Step]:
    sections = [key for key, section in library.sections.items() if section.kind in ("movie", "show")]
    movies = [item for key in sections for item in library.members(key, "movie") if item.duration_ms]
    episodes = [item for key in sections for item in library.members(key, "episode") if item.duration_ms]
    steps: list[Step] = []
    player, now = person.player(name), begins
    while now < _NIGHT_S:
        item = rng.choice(movies if rng.random() < person.habits.films else episodes)
        duration_ms = item.duration_ms or 0
        # The first thing is nearly over, so that there is something to see within minutes.
        left_s = rng.uniform(90, 420) if now == begins else rng.uniform(600, 1_500)
        offset_ms = max(0, duration_ms - int(left_s * 1_000))
        decision: Decision = "direct play" if player.local and rng.random() > person.habits.transcodes else "transcode"
        kbps = 2_100 if decision == "transcode" else item.versions[0].quality.bitrate_kbps if item.versions else 4_000
        key = f"{person.user.id}{len(steps):03}"
        start = partial(
            PlaybackBoard.start, item_id=item.id, user=person.user, player=player, offset_ms=offset_ms,
            session_key=key, decision=decision, bandwidth_kbps=kbps,
        )  # fmt: skip
        steps.append(Step(now, start))
        if rng.random() < 0.7:
            paused_at, pause_s = now + left_s * rng.uniform(0.2, 0.4), rng.uniform(15, 70)
            steps.append(Step(paused_at, _later(PlaybackBoard.pause, key)))
            steps.append(Step(paused_at + pause_s, _later(PlaybackBoard.resume, key)))
            left_s += pause_s
        if decision == "direct play" and rng.random() < 0.35:
            steps.append(Step(now + left_s * 0.7, _later(partial(PlaybackBoard.change, **_CONVERTED), key)))
        now += left_s
        steps.append(Step(now, _later(PlaybackBoard.stop, key)))
        now += rng.uniform(6, 25) if rng.random() < 0.7 else rng.uniform(120, 600)
    return steps


def _later(change: Callable[..., object], key: str) -> Action:
    """A step of a stream that somebody else can have ended before."""

    def act(board: PlaybackBoard) -> object:
        is_there = any(playback.session_key == key for playback in board.active())
        return change(board, session_key=key) if is_there else None

    return act


def _mark_watched(library: DemoLibrary, past: list[PastPlay]) -> None:
    """Let the server's own counts say what its owner watched, and nothing else."""
    for item in library.items.values():
        item.view_count, item.last_viewed_at = 0, None
    for play in past:
        item = library.items[play.item_id]
        if play.user == OWNER and play.position_ms >= (item.duration_ms or 0) * 0.9:
            item.view_count, item.last_viewed_at = item.view_count + 1, play.stopped_at


def _let_in(name: ServerName, dialect: object) -> None:
    if isinstance(dialect, MediaBrowserDialect):
        for person in PEOPLE:
            if name in person.servers:
                dialect.users.invite(person.user)
        # What a fresh log of activity forgets after a month, the plugin of most of these servers has kept.
        dialect.has_playback_reporting = True
        dialect.past.report_days = DAYS + 1
