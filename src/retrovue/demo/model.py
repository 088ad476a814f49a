"""What a media server holds, in plain objects that know no protocol.

Every dialect (`plex`, later others) renders these. Units are in the names; `*_at` are epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["movie", "show", "season", "episode", "artist", "photo"]
SectionKind = Literal["movie", "show", "artist", "photo"]


class Quality(NamedTuple):
    """How a version is encoded; a handful of instances is shared by all versions."""

    resolution: str
    width: int
    height: int
    video_codec: str
    video_profile: str
    audio_codec: str
    audio_channels: int
    bitrate_kbps: int
    container: str
    frame_rate: str


UHD = Quality("4k", 3840, 2160, "hevc", "main 10", "eac3", 6, 18_400, "mkv", "24p")
FULL_HD = Quality("1080", 1920, 1080, "h264", "high", "ac3", 6, 6_200, "mkv", "24p")
HD = Quality("720", 1280, 720, "h264", "main", "aac", 2, 2_900, "mp4", "PAL")
SD = Quality("sd", 720, 576, "mpeg4", "advanced simple", "mp3", 2, 1_100, "avi", "PAL")
OPTIMIZED = Quality("720", 1280, 720, "h264", "main", "aac", 2, 3_000, "mp4", "24p")


@dataclass(slots=True)
class Part:
    """One file of a version. `stamp` is the file's own change time, which moves when the file is replaced."""

    id: int
    file: str
    size_bytes: int
    stamp: int
    duration_ms: int | None = None


@dataclass(slots=True)
class Version:
    """One encoding of an item, in one or more parts. `optimized` marks a copy that the server made itself."""

    id: int
    quality: Quality
    parts: tuple[Part, ...]
    optimized: bool = False


@dataclass(slots=True)
class Item:
    """A movie, show, season, episode, artist or photo.

    `index` is the season number of a season and the episode number of an episode; `season_number` repeats the
    season of an episode. `guid` is the agent's own id; `external_ids` are `imdb://`, `tmdb://`, `tvdb://`.
    """

    id: int
    kind: Kind
    section: str
    guid: str
    title: str
    added_at: int
    updated_at: int | None = None
    deleted_at: int | None = None
    sort_title: str | None = None
    original_title: str | None = None
    year: int | None = None
    index: int | None = None
    season_number: int | None = None
    show_id: int | None = None
    season_id: int | None = None
    summary: str = ""
    content_rating: str | None = None
    studio: str | None = None
    rating: float | None = None
    originally_available_at: str | None = None
    duration_ms: int | None = None
    genres: tuple[str, ...] = ()
    directors: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    external_ids: tuple[str, ...] = ()
    versions: tuple[Version, ...] = ()
    view_count: int = 0
    last_viewed_at: int | None = None
    view_offset_ms: int = 0
    artwork_at: int = 0
    seasons_hidden: bool = False
    credits_at_ms: int | None = None


@dataclass(slots=True)
class Root:
    """A folder of a library: its path as the server writes it, and the folder that mirrors it on disk."""

    id: int
    path: str
    folder: str


@dataclass(slots=True)
class Section:
    """A library. `content_marker` is the opaque counter that moves when anything inside changed."""

    key: str
    kind: SectionKind
    title: str
    agent: str
    scanner: str
    uuid: str
    roots: list[Root]
    created_at: int
    updated_at: int
    scanned_at: int
    content_marker: int
    language: str = "en-US"
    refreshing: bool = False
    hidden: int = 0


@dataclass(slots=True)
class Collection:
    """A named group of movies or shows; `promoted` puts it on the home screen (Plex)."""

    id: int
    title: str
    section: str
    item_ids: list[int]
    added_at: int
    promoted: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutation did; `item_ids` is empty when whole sections changed at once.

    `subject` is the item that was changed itself; the others only show something of it.
    """

    action: Literal["added", "changed", "removed", "bulk", "watched"]
    sections: tuple[str, ...]
    item_ids: tuple[int, ...] = field(default=())
    subject: int | None = None
