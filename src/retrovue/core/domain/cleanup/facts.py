"""What is known of movies, episodes, seasons and shows: their files, their plays, and how far the history reaches."""

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, overload

from retrovue.core.domain.media import FileState


class Level(StrEnum):
    """What a line of the list is."""

    MOVIE = "movie"
    EPISODE = "episode"
    SEASON = "season"
    SHOW = "show"


@dataclass(frozen=True, slots=True)
class Origin:
    """The library of a title, and what is known of its server's history.

    Attributes:
        is_enabled: titles of a library that is turned off are no candidates, but still use their files.
        is_shared: the server belongs to someone else.
        history_from: since when its plays are known, in epoch seconds; None: not at all.
        counted_at: the oldest of what its statistics come from: the last sync of the library, and of a Tautulli that
            counts for its server, else until when its plays are recorded. None: one of them was never read.
    """

    library_id: int
    library: str
    server_id: int
    server: str
    is_enabled: bool = True
    is_shared: bool = False
    history_from: int | None = None
    counted_at: int | None = None


@dataclass(slots=True)
class FileFact:
    """A media file.

    Attributes:
        key: the same for every server that reaches the same file of this computer.
        size_bytes: what deleting it frees: 0 where a check found it missing.
        height: lines of the picture.
    """

    id: int
    key: Hashable
    server_path: str
    local_path: str | None = None
    size_bytes: int = 0
    height: int | None = None
    state: str = FileState.UNCHECKED


@dataclass(slots=True, eq=False)
class PlayFacts:
    """The plays of one movie or episode, by all accounts together. Times are epoch seconds.

    Nothing changes one; it is not frozen because building 200,000 frozen ones takes three times as long.

    Attributes:
        people, finished: keys of the people who played it, and of those who watched it to its end.
        percent: how far it was ever played, as far as plays say it.
        unfinished_at: the latest play of someone who started it and has not watched it since.
        deleted_at: the latest play that was deleted from the history.
        is_measured: every play says how far it went; some records know only that there was one.
    """

    plays: int = 0
    last_at: int | None = None
    last_person: str | None = None
    people: frozenset[str] = frozenset()
    finished: frozenset[str] = frozenset()
    percent: int | None = None
    unfinished_at: int | None = None
    deleted_at: int | None = None
    is_measured: bool = True


NO_PLAYS = PlayFacts()


@dataclass(slots=True)
class Unit:
    """A movie, episode, season or show. Times are epoch seconds.

    It is not frozen because building 200,000 frozen ones takes three times as long.

    Attributes:
        id: of its row; of a season that has none, and of every season, the id of its show.
        added_at: of its newest episode. is_added_known: False where the server named no date.
        first_added_at: of its oldest episode.
        last_played_at: as the history and the server's own mark have it.
        has_undated_play: the server counts it as watched, but nothing says when.
        size_bytes: every file once.
        height: of its best file.
        same: what it shares with its copies in other libraries.
        members: the episodes of a season or show.
    """

    level: Level
    id: int
    origin: Origin
    title: str
    remote_id: str | None
    added_at: int
    first_added_at: int
    is_added_known: bool = True
    year: int | None = None
    genre: str | None = None
    rating: str | None = None
    aired: str | None = None
    show_id: int | None = None
    show_title: str | None = None
    season_number: int | None = None
    episode_number: int | None = None
    last_played_at: int | None = None
    plays: int = 0
    has_undated_play: bool = False
    is_playing: bool = False
    history: PlayFacts = NO_PLAYS
    files: tuple[FileFact, ...] = ()
    size_bytes: int = 0
    height: int | None = None
    same: Hashable = None
    members: tuple["Unit", ...] = ()

    @property
    def users(self) -> int:
        """How many people played it, as far as is known."""
        return max(len(self.history.people), 1 if self.plays else 0)

    @property
    def is_measured(self) -> bool:
        """Whether it is known how far each play went: a server's own count and some records do not say it."""
        return self.history.is_measured and (bool(self.history.people) or not self.plays)

    @property
    def first_unsure_at(self) -> int:
        """The first instant at which it may have been there."""
        return self.first_added_at if self.is_added_known else 0


class LaterUnits(Sequence[Unit]):
    """Movies or episodes that are read when somebody first looks at one. Thread: any.

    How many there are is known before, and their files can be looked at without them: who asks for a list of movies
    does not wait for 180,000 episodes.

    Args:
        read: reads them.
        read_files: reads their files alone.
    """

    def __init__(
        self, count: int, read: Callable[[], Sequence[Unit]], read_files: Callable[[], Iterable[FileFact]]
    ) -> None:
        self._count = count
        self._read = read
        self._read_files = read_files
        self._units: Sequence[Unit] | None = None
        self._lock = threading.Lock()

    @property
    def units(self) -> Sequence[Unit]:
        """All of them."""
        with self._lock:
            if self._units is None:
                self._units = self._read()
            return self._units

    @property
    def held(self) -> int:
        """How many are in memory."""
        return 0 if self._units is None else len(self._units)

    def files_beside(self, leaves: set[int]) -> Iterator[FileFact]:
        """The files of all but some, which are named by `id()`: of such the others were read, too."""
        if self._units is None:
            yield from self._read_files()
        else:
            yield from (file for unit in self._units if id(unit) not in leaves for file in unit.files)

    def __len__(self) -> int:
        return self._count if self._units is None else len(self._units)

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units)

    @overload
    def __getitem__(self, at: int) -> Unit: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Unit]: ...
    def __getitem__(self, at: int | slice) -> Unit | Sequence[Unit]:
        return self.units[at]


@dataclass(frozen=True, slots=True)
class GroupFact:
    """What the catalog says of a show or season itself. `last_viewed_at`: the server's own mark."""

    title: str
    remote_id: str | None
    year: int | None = None
    genre: str | None = None
    rating: str | None = None
    last_viewed_at: int | None = None
    same: Hashable = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What is kept off the list. Times are epoch seconds.

    Attributes:
        kind: movie, episode, season, show, library, collection or tag.
        item_id: of a season, its show; of a tag, its server, and `title` is the tag.
        until: None: for good.
    """

    id: int
    kind: str
    item_id: int
    season_number: int | None
    title: str
    note: str
    created_at: int
    until: int | None = None


Address = tuple[int, str]
"""Server id and the server's id of an item."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What servers say of items besides: of a show, it is true of its seasons and episodes, too.

    Attributes:
        collections: names of the collections that an item is in. collection_ids: their ids.
        tags: names of its tags or labels.
        favorites: names of those who have it among their favorites.
        read_at: server id → when all of it was read.
    """

    collections: Mapping[Address, frozenset[str]] = field(default_factory=dict)
    collection_ids: Mapping[Address, frozenset[int]] = field(default_factory=dict)
    tags: Mapping[Address, frozenset[str]] = field(default_factory=dict)
    favorites: Mapping[Address, frozenset[str]] = field(default_factory=dict)
    read_at: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Facts:
    """All that is known at one instant. Seasons and shows are built when they are first asked for. Thread: one.

    Attributes:
        free_percent: file id → free space of its disk; files of disks that are not known are missing.
        asked_disks: whether the disks of the files of movies, or of episodes, were asked.
        oldest_at: statistics from before this instant say nothing; None: however old they are.
        keeps_favorites: what anybody has among their favorites is no candidate.
        built: what was computed from the rest, by name.
    """

    now: int
    movies: Sequence[Unit] = ()
    episodes: Sequence[Unit] = ()
    shows: dict[int, GroupFact] = field(default_factory=dict)
    seasons: dict[tuple[int, int], GroupFact] = field(default_factory=dict)
    exclusions: Sequence[Exclusion] = ()
    origins: Sequence[Origin] = ()
    marks: Marks = field(default_factory=Marks)
    free_percent: dict[int, float] = field(default_factory=dict)
    asked_disks: set[Level] = field(default_factory=set)
    oldest_at: int | None = None
    keeps_favorites: bool = False
    built: dict[str, Any] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """How many movies and episodes are in memory."""
        both = self.movies, self.episodes
        return sum(units.held if isinstance(units, LaterUnits) else len(units) for units in both)
