"""Seasons and shows, put together from all their episodes."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from retrovue.core.domain.cleanup.facts import (
    NO_PLAYS,
    Facts,
    FileFact,
    GroupFact,
    LaterUnits,
    Level,
    PlayFacts,
    Unit,
)
from retrovue.core.domain.media import FileState


def units_at(facts: Facts, level: Level) -> Sequence[Unit]:
    """Everything of one level. Shows are told apart by their id: two of one name stay two."""
    if level in (Level.MOVIE, Level.EPISODE):
        units = facts.movies if level is Level.MOVIE else facts.episodes
        return units.units if isinstance(units, LaterUnits) else units
    built: Sequence[Unit] | None = facts.built.get(level)
    if built is None:
        built = facts.built[level] = list(_seasons(facts) if level is Level.SEASON else _shows(facts))
    return built


def places_by_size(facts: Facts, level: Level) -> Sequence[int]:
    """Places in `units_at`, the largest first; equals stay in their order. Sorted once, not for each rule."""
    name = f"{level} by size"
    built: Sequence[int] | None = facts.built.get(name)
    if built is None:
        below = [-unit.size_bytes for unit in units_at(facts, level)]
        built = facts.built[name] = array("q", sorted(range(len(below)), key=below.__getitem__))
    return built


def with_files_of_their_own(facts: Facts, level: Level) -> bytes:
    """For each of `units_at`, 1 where no other one has any of its files: its size is added without a look at them."""
    name = f"{level} alone"
    built: bytes | None = facts.built.get(name)
    if built is None:
        units = units_at(facts, level)
        uses = Counter(file.key for unit in units for file in unit.files)
        built = facts.built[name] = bytes(_is_alone(unit, uses) for unit in units)
    return built


def _is_alone(unit: Unit, uses: Mapping[Hashable, int]) -> bool:
    size_bytes = sum(file.size_bytes for file in unit.files)
    return size_bytes == unit.size_bytes and all(uses[file.key] == 1 for file in unit.files)


def _shows(facts: Facts) -> Iterable[Unit]:
    members: dict[int, list[Unit]] = defaultdict(list)
    for episode in facts.episodes:
        if episode.show_id is not None:
            members[episode.show_id].append(episode)
    for show_id, episodes in members.items():
        show = facts.shows.get(show_id) or GroupFact(episodes[0].show_title or "", None)
        yield _together(Level.SHOW, show_id, show, episodes)


def _seasons(facts: Facts) -> Iterable[Unit]:
    members: dict[tuple[int, int | None], list[Unit]] = defaultdict(list)
    for episode in facts.episodes:
        if episode.show_id is not None:
            members[episode.show_id, episode.season_number].append(episode)
    for (show_id, number), episodes in members.items():
        season = None if number is None else facts.seasons.get((show_id, number))
        show = facts.shows.get(show_id)
        same = (show.same, number) if show is not None and show.same is not None and number is not None else None
        named = GroupFact(
            title=(season.title if season else "") or "",
            remote_id=season.remote_id if season else None,
            year=show.year if show else None,
            genre=show.genre if show else None,
            rating=show.rating if show else None,
            same=same,
        )
        unit = _together(Level.SEASON, show_id, named, episodes)
        unit.season_number = number
        yield unit


def _together(level: Level, show_id: int, group: GroupFact, episodes: Sequence[Unit]) -> Unit:
    first = episodes[0]
    files = distinct_files(episodes)
    played = [one.last_played_at for one in episodes if one.last_played_at is not None]
    if group.last_viewed_at is not None:
        played.append(group.last_viewed_at)
    heights = [one.height for one in episodes if one.height is not None]
    newest = max(episodes, key=lambda one: one.added_at)
    return Unit(
        level=level,
        id=show_id,
        origin=first.origin,
        title=group.title,
        remote_id=group.remote_id,
        added_at=newest.added_at,
        first_added_at=min(one.first_added_at for one in episodes),
        is_added_known=all(one.is_added_known for one in episodes),
        year=group.year,
        genre=group.genre,
        rating=group.rating,
        show_id=show_id,
        show_title=first.show_title,
        last_played_at=max(played, default=None),
        plays=sum(one.plays for one in episodes),
        has_undated_play=any(one.has_undated_play for one in episodes),
        is_playing=any(one.is_playing for one in episodes),
        history=_plays_together(episodes),
        files=files,
        size_bytes=sum(file.size_bytes for file in files),
        height=max(heights, default=None),
        same=group.same,
        members=tuple(episodes),
    )


def _plays_together(episodes: Sequence[Unit]) -> PlayFacts:
    known = [one.history for one in episodes if one.history is not NO_PLAYS]
    return _GroupPlays(episodes, known) if known else NO_PLAYS


class _GroupPlays(PlayFacts):
    """The plays of all episodes. Who played them is found out when somebody asks: most rules do not."""

    __slots__ = ("_episodes", "_known", "_who")

    def __init__(self, episodes: Sequence[Unit], known: Sequence[PlayFacts]) -> None:
        last = max(known, key=lambda one: one.last_at or 0)
        self.plays = sum(one.plays for one in known)
        self.last_at, self.last_person = last.last_at, last.last_person
        self.unfinished_at = max((one.unfinished_at for one in known if one.unfinished_at is not None), default=None)
        self.deleted_at = max((one.deleted_at for one in known if one.deleted_at is not None), default=None)
        self._episodes, self._known = episodes, known
        self._who: tuple[frozenset[str], frozenset[str]] | None = None

    def _watchers(self) -> tuple[frozenset[str], frozenset[str]]:
        if self._who is None:
            started = [one for one in self._known if one.people]
            people = frozenset().union(*(one.people for one in started))
            # Who finished a show has watched every episode that anyone started.
            self._who = people, frozenset.intersection(*(one.finished for one in started)) if started else frozenset()
        return self._who

    @property
    def people(self) -> frozenset[str]:  # type: ignore[override]  # nothing changes one
        """See `PlayFacts`."""
        return self._watchers()[0]

    @property
    def finished(self) -> frozenset[str]:  # type: ignore[override]
        """See `PlayFacts`."""
        return self._watchers()[1]

    @property
    def percent(self) -> int:  # type: ignore[override]
        """See `PlayFacts`: how many of all episodes anybody watched to the end."""
        return 100 * sum(1 for one in self._episodes if one.history.finished) // len(self._episodes)

    @property
    def is_measured(self) -> bool:  # type: ignore[override]
        """See `PlayFacts`."""
        return all(one.is_measured for one in self._episodes)


def distinct_files(units: Iterable[Unit]) -> tuple[FileFact, ...]:
    """The files of all of these, each once, however many titles and servers share it."""
    found: dict[Hashable, FileFact] = {}
    for unit in units:
        for file in unit.files:
            found.setdefault(file.key, file)
    return tuple(found.values())


def total_bytes(units: Iterable[Unit]) -> int:
    """The size of all these files, each once."""
    sizes: dict[Hashable, int] = {}
    for unit in units:
        for file in unit.files:
            sizes.setdefault(file.key, file.size_bytes)
    return sum(sizes.values())


def places_from_newest(facts: Facts) -> dict[int, int]:
    """Episode id → its place in its show, counted from the newest, which is 1."""
    by_show: dict[int | None, list[Unit]] = defaultdict(list)
    for episode in facts.episodes:
        by_show[episode.show_id].append(episode)
    found: dict[int, int] = {}
    for episodes in by_show.values():
        ordered = sorted(episodes, key=_order, reverse=True)
        found.update((episode.id, place) for place, episode in enumerate(ordered, 1))
    return found


def _order(episode: Unit) -> tuple[str, int, int, int]:
    """Air dates first: daily shows have no other order that every server keeps."""
    season = -1 if episode.season_number is None else episode.season_number
    number = -1 if episode.episode_number is None else episode.episode_number
    return episode.aired or "", season, number, episode.added_at


def with_better_copies(facts: Facts, level: Level) -> set[int]:
    """Ids of what has a copy of more lines that stays: on the person's own servers, not missing, in other files."""
    groups: dict[Hashable, list[Unit]] = defaultdict(list)
    for unit in units_at(facts, level):
        if unit.same is not None and unit.height is not None and unit.origin.is_enabled:
            groups[unit.same].append(unit)
    found: set[int] = set()
    for copies in groups.values():
        own = [one for one in copies if not one.origin.is_shared and _is_there(one)]
        for unit in copies:
            keys = {file.key for file in unit.files}
            if any((one.height or 0) > (unit.height or 0) and keys.isdisjoint(f.key for f in one.files) for one in own):
                found.add(id(unit))
    return found


def _is_there(unit: Unit) -> bool:
    return bool(unit.files) and all(file.state != FileState.MISSING for file in unit.files)
