"""The plays of the last two years in the demo house: the same for the same libraries, seed and day.

Habits make the pictures: evenings and weekends, favorites, binges, things given up and taken up again, rewatches,
somebody new, nights in which the clocks change, and many titles that are never watched at all.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from retrovue.demo.library import DemoLibrary
from retrovue.demo.model import Item
from retrovue.demo.people import PEOPLE, Person, ServerName
from retrovue.demo.playback import Decision, PastPlay, Player

DAYS = 730
_WATCHED_AT = 0.9
_FAVORITES = 5
_LATEST_HOUR = 26.5
_FAR_KBPS = 5_000
"""More than this does not fit through the line from the house to elsewhere."""
_UNWATCHED_FILMS, _UNWATCHED_SHOWS = 0.45, 0.3


def make_past(
    shelves: Mapping[ServerName, DemoLibrary],
    *,
    until: datetime,
    days: int = DAYS,
    seed: int = 7,
    people: Sequence[Person] = PEOPLE,
    zone: tzinfo | None = None,
) -> dict[ServerName, list[PastPlay]]:
    """Return what each server of a house played, oldest first. Two years take half a second.

    Args:
        shelves: the libraries by server; people who have no account on any of them do not watch.
        until: the end of the past, an aware time. Nothing stops later.
        days: how many days before `until` it begins.
        seed: another seed, another past.
        people: who watches.
        zone: the zone of the evenings; None is this computer's.
    """
    shops = {name: _Shop(library, random.Random(f"{seed} shelf {name}")) for name, library in shelves.items()}
    last = until.astimezone(zone).date()
    plays: dict[ServerName, list[PastPlay]] = {name: [] for name in shelves}
    for person in people:
        names = [name for name in person.servers if name in shops]
        if names:
            viewer = _Viewer(person, names, shops, zone, seed)
            first = last - timedelta(days=min(days, person.habits.since_days))
            for number in range((last - first).days + 1):
                for server, play in viewer.day(first + timedelta(days=number)):
                    plays[server].append(play)
    end = until.timestamp()
    return {
        name: sorted(
            (play for play in rows if play.stopped_at <= end), key=lambda play: (play.started_at, play.user.id)
        )
        for name, rows in plays.items()
    }


_Entry = tuple[ServerName, PastPlay]


class _Shop:
    """What of a library anybody would ever watch, the popular first."""

    def __init__(self, library: DemoLibrary, rng: random.Random) -> None:
        movies = [item for key in library.sections for item in library.members(key, "movie") if item.duration_ms]
        shows = [item for key in library.sections for item in library.members(key, "show")]
        self.library = library
        self.films = _chosen(movies, rng, _UNWATCHED_FILMS)
        self.shows = _chosen(shows, rng, _UNWATCHED_SHOWS)

    def film(self, rng: random.Random, now: float) -> Item | None:
        """A film that is there by now; a few are watched by everybody, most by hardly anybody."""
        return _popular(self.films, rng, now)

    def episodes(self, show: Item, now: float) -> list[Item]:
        """The episodes of a show that are there by now, in order, without the specials."""
        leaves = self.library.leaves(show.id)
        return [leaf for leaf in leaves if leaf.season_number and leaf.duration_ms and leaf.added_at <= now]


def _chosen(items: list[Item], rng: random.Random, unwatched: float) -> list[Item]:
    shuffled = sorted(items, key=lambda item: item.id)
    rng.shuffle(shuffled)
    return shuffled[int(len(shuffled) * unwatched) :]


def _popular(items: list[Item], rng: random.Random, now: float) -> Item | None:
    for _attempt in range(6):
        item = items[int(len(items) * rng.random() ** 2.2)] if items else None
        if item is None or item.added_at <= now:
            return item
    return None


@dataclass(slots=True)
class _Viewer:
    """A person on their way through two years."""

    person: Person
    names: list[ServerName]
    shops: Mapping[ServerName, _Shop]
    zone: tzinfo | None
    seed: int
    free_at: float = 0.0
    resume: tuple[ServerName, Item, int] | None = None
    next_episode: dict[tuple[ServerName, int], int] = field(default_factory=dict)
    favorites: dict[ServerName, list[Item]] = field(default_factory=dict)

    def day(self, day: date) -> list[_Entry]:
        """What they watch from the afternoon of a day until late."""
        rng = random.Random(f"{self.seed} {self.person.user.name} {day.isoformat()}")
        habits, weekend = self.person.habits, day.weekday() >= 5
        plays: list[_Entry] = []
        if habits.is_owl and self._clocks_change(day):
            plays += self._sitting(
                rng, self._instant(day, 0.6), self._instant(day, 5.0), films=0.0, binge=1.0, owl=True
            )
        if weekend and rng.random() < habits.weekends * 0.45:
            begins = self._instant(day, rng.uniform(13.0, 16.5))
            plays += self._sitting(rng, begins, begins + 4 * 3_600, films=habits.films, binge=habits.binge)
        if rng.random() < (habits.weekends if weekend else habits.evenings):
            begins = self._instant(day, max(12.0, rng.gauss(habits.starts_at, 0.7)))
            ends = self._instant(day, _LATEST_HOUR if weekend or day.weekday() == 4 else 24.2)
            binge = min(0.92, habits.binge + (0.12 if weekend else 0.0))
            plays += self._sitting(rng, begins, ends, films=habits.films, binge=binge)
        return plays

    def _sitting(
        self, rng: random.Random, begins: float, ends: float, *, films: float, binge: float, owl: bool = False
    ) -> list[_Entry]:
        """One film or a row of episodes, of which none begins after the end. An owl gives up nothing."""
        now = max(begins, self.free_at)
        server = rng.choices(self.names, weights=[4.0**-number for number in range(len(self.names))])[0]
        shop = self.shops[server]
        player_number = int(rng.random() ** 2 * len(self.person.players))
        player = self.person.player(server, player_number)
        plays: list[_Entry] = []
        if self.resume is not None and not owl and rng.random() < 0.55:
            server, item, start_ms = self.resume
            self.resume = None
            return [(server, self._play(rng, server, item, self.person.player(server, player_number), now, start_ms))]
        if rng.random() < films:
            film = shop.film(rng, now)
            return [] if film is None else [(server, self._play(rng, server, film, player, now))]
        show = self._show(rng, server, now)
        episodes = [] if show is None else shop.episodes(show, now)
        while episodes and show is not None:
            number = self.next_episode.get((server, show.id), 0)
            # A favorite that is over begins anew.
            episode = episodes[number % len(episodes)]
            play = self._play(rng, server, episode, player, now, finishes=owl)
            plays.append((server, play))
            is_over = play.position_ms >= (episode.duration_ms or 0) * _WATCHED_AT
            if is_over:
                self.next_episode[server, show.id] = number + 1
            now = play.stopped_at + rng.uniform(4, 240)
            if not is_over or now > ends or rng.random() > binge:
                break
        return plays

    def _show(self, rng: random.Random, server: ServerName, now: float) -> Item | None:
        """The show of the evening: mostly the one they are in the middle of, or another favorite."""
        shows = self.shops[server].shows
        favorites = self.favorites.setdefault(server, [])
        if len(favorites) < _FAVORITES or rng.random() < 0.03:
            fresh = _popular(shows, rng, now)
            if fresh is not None and fresh not in favorites:
                favorites.insert(0, fresh)
        del favorites[_FAVORITES:]
        if rng.random() < 0.06:
            return _popular(shows, rng, now)
        return favorites[int(len(favorites) * rng.random() ** 2.5)] if favorites else None

    def _play(
        self,
        rng: random.Random,
        server: ServerName,
        item: Item,
        player: Player,
        now: float,
        start_ms: int = 0,
        *,
        finishes: bool = False,
    ) -> PastPlay:
        duration_ms = item.duration_ms or 1_500_000
        share = rng.uniform(0.93, 1.0) if finishes else self._share(rng)
        position_ms = max(int(duration_ms * share), min(duration_ms, start_ms + 60_000))
        paused_s = int(rng.expovariate(1 / 300)) if rng.random() < 0.22 else 0
        started_at = int(now)
        stopped_at = started_at + (position_ms - start_ms) // 1_000 + paused_s + 1
        self.free_at = stopped_at + 2.0
        if item.kind == "movie" and 0.15 < share < _WATCHED_AT:
            self.resume = (server, item, position_ms)
        return PastPlay(
            item.id, self.person.user, player, started_at, stopped_at, position_ms, self._decision(rng, item, player),
            paused_s,
        )  # fmt: skip

    def _share(self, rng: random.Random) -> float:
        """How much of an item is watched: nearly all, a few minutes of it, or the half that one falls asleep after."""
        if rng.random() < self.person.habits.finishes:
            return rng.uniform(0.93, 1.0)
        return rng.uniform(0.01, 0.1) if rng.random() < 0.4 else rng.uniform(0.2, 0.85)

    def _decision(self, rng: random.Random, item: Item, player: Player) -> Decision:
        full_kbps = item.versions[0].quality.bitrate_kbps if item.versions else 0
        if rng.random() < self.person.habits.transcodes or (not player.local and full_kbps > _FAR_KBPS):
            return "transcode"
        return "direct stream" if rng.random() < 0.12 else "direct play"

    def _instant(self, day: date, hour: float) -> float:
        """The instant of a local time; hours from 24 on belong to the next morning."""
        days, hour = divmod(hour, 24)
        local = datetime.combine(day + timedelta(days=int(days)), time()) + timedelta(hours=hour)
        return local.replace(tzinfo=self.zone).timestamp()

    def _clocks_change(self, day: date) -> bool:
        offsets = {
            datetime.combine(day, time(hour)).replace(tzinfo=self.zone).astimezone(self.zone).utcoffset()
            for hour in (0, 6)
        }
        return len(offsets) > 1
