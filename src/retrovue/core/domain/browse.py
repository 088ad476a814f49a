"""Queries of the catalog, and the rows that a view shows."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from retrovue.core.domain.media import FileState, ItemKind


class View(StrEnum):
    """The flat lists of the Library page."""

    SHOWS = "shows"
    MOVIES = "movies"
    EPISODES = "episodes"
    FILES = "files"


KIND_OF = {View.SHOWS: ItemKind.SHOW, View.MOVIES: ItemKind.MOVIE, View.EPISODES: ItemKind.EPISODE}
"""The kind of item that a view lists; files are no items."""


class SortField(StrEnum):
    """The fields a list can be sorted by. Every sort ends on the row id, so that the order is stable."""

    TITLE = "title"
    YEAR = "year"
    SERVER = "server"
    LIBRARY = "library"
    EPISODES = "episodes"
    WATCHED = "watched"
    SIZE = "size"
    STATE = "state"
    ADDED = "added"
    DURATION = "duration"
    RESOLUTION = "resolution"
    PATH = "path"
    SHOW = "show"
    LAST_WATCHED = "last_watched"
    PLAYS = "plays"
    PEOPLE = "people"
    WATCH_TIME = "watch_time"


@dataclass(frozen=True, slots=True)
class BrowseQuery:
    """A list of the Library page.

    Attributes:
        text: searched in titles, ids (`tvdb:121361`, `tt0123456`) and, with a separator in it, in paths.
        server_ids, library_ids, states, resolutions: empty is all.
        watched: True only watched, False only unwatched, None both.
        added_since: epoch seconds, by the server's own date.
        seen_since, seen_until: epoch seconds; when a sync first brought the item (a show: one of its episodes).
        in_last_run: only what the last run that brought anything new to its library brought.
        grouped: list the same item of several libraries once.
        trashed: True lists only items in a server's trash. removed: list removed items instead of present ones.
        show_id, season: only episodes of one show, or season.
        watch: how much was watched by anybody.
        collection_ids: only members of these collections; an episode or file counts with its show.
    """

    view: View = View.SHOWS
    text: str = ""
    server_ids: tuple[int, ...] = ()
    library_ids: tuple[int, ...] = ()
    states: tuple[FileState, ...] = ()
    resolutions: tuple[str, ...] = ()
    watched: bool | None = None
    added_since: int | None = None
    trashed: bool = False
    removed: bool = False
    show_id: int | None = None
    season: int | None = None
    sort: SortField = SortField.TITLE
    descending: bool = False
    seen_since: int | None = None
    seen_until: int | None = None
    in_last_run: bool = False
    grouped: bool = False
    watch: "WatchedBounds" = field(default_factory=lambda: WatchedBounds())
    collection_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchedBounds:
    """How much of an item was watched, by anybody; None sets no bound.

    Attributes:
        since: last watched then or later, epoch seconds. before: last watched earlier, or never.
    """

    since: int | None = None
    before: int | None = None
    least_plays: int | None = None
    most_plays: int | None = None
    least_people: int | None = None
    least_time_s: int | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What was watched of a line, by all records together (`domain.watch_stats`)."""

    plays: int = 0
    watch_time_s: int = 0
    people: tuple[str, ...] = ()
    last_watched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ItemCopy:
    """One of the items behind a grouped line. `is_shared`: it is on a server shared by someone else."""

    item_id: int
    server_id: int
    server: str
    server_kind: str
    library: str
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A show, movie or episode as one line of a list.

    Attributes:
        copies: of a grouped line every item behind it, itself first. Its size counts each local file once, and
            it is watched when one of them is. Empty for an item that is not grouped.
        is_shared: it is on a server shared by someone else.
        states: how many of its files are in each state. seasons, episodes, watched: of a show; `watched` of a
            movie or episode is 0 or 1.
        aired: the day an episode was first broadcast, YYYY-MM-DD.
    """

    id: int
    kind: ItemKind
    title: str
    year: int | None
    server: str
    server_kind: str
    library: str
    size_bytes: int
    states: dict[FileState, int] = field(default_factory=dict, hash=False)
    added_at: datetime | None = None
    duration_ms: int | None = None
    resolution: str | None = None
    artwork: str | None = None
    server_id: int = 0
    library_id: int = 0
    show_id: int | None = None
    show_title: str | None = None
    season: int | None = None
    episode: int | None = None
    episode_end: int | None = None
    seasons: int = 0
    episodes: int = 0
    watched: int = 0
    versions: int = 0
    trashed: bool = False
    is_shared: bool = False
    copies: tuple[ItemCopy, ...] = ()
    aired: str | None = None
    watch: Watch = Watch()


@dataclass(frozen=True, slots=True)
class SeasonRow:
    """A season as one line of the tree. `number` None collects episodes without a season number."""

    show_id: int
    number: int | None
    title: str | None
    episodes: int
    watched: int
    size_bytes: int
    states: dict[FileState, int] = field(default_factory=dict, hash=False)
    added_at: datetime | None = None
    watch: Watch = Watch()


@dataclass(frozen=True, slots=True)
class FileRow:
    """A media file as one line of the file list. `items` names what it contains."""

    id: int
    server_path: str
    local_path: str | None
    server: str
    server_kind: str
    size_bytes: int | None
    disk_size_bytes: int | None
    state: FileState
    resolution: str | None
    items: str
    map_reason: str | None = None
    checked_at: datetime | None = None
    server_id: int = 0


@dataclass(frozen=True, slots=True)
class CatalogTotals:
    """Counts and sizes of the whole catalog."""

    shows: int = 0
    episodes: int = 0
    movies: int = 0
    files: int = 0
    size_bytes: int = 0
    states: dict[FileState, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A named filter. `page` is "library" or "history", `criteria` is JSON as the page writes it."""

    page: str
    name: str
    criteria: str
