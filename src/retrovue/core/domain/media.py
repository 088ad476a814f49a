"""Movies, shows, episodes and their files: as a server lists them, and as the catalog stores them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from retrovue.core.domain.guids import ExternalId

LINK_SUFFIX = ".strm"
LINK_CONTAINER = "strm"
"""The container of a file that contains only an address. Its target is elsewhere, and nothing of it is stored."""


class ItemKind(StrEnum):
    """The kinds of items that have their own rows and are counted by a sync."""

    MOVIE = "movie"
    SHOW = "show"
    EPISODE = "episode"


class FileState(StrEnum):
    """The result of the last check of a media file on this computer."""

    UNCHECKED = "unchecked"
    FOUND = "found"
    MISSING = "missing"
    SIZE_DIFFERS = "size_differs"
    UNMAPPED = "unmapped"
    UNREACHABLE = "unreachable"


class FileToCheck(NamedTuple):
    """A media file to check on this computer.

    Attributes:
        local_path: None when no rule maps it.
        size_bytes: as the server reports it; None skips the comparison of sizes.
        root: the local folder of the rule that maps it. Nothing outside it is read.
        previous: the state stored so far, by its value: making states of 100,000 texts costs more than comparing them.
        was_found: whether an earlier check saw the file (also when it is unreachable since), unless `previous` says so.
        disk_size_bytes: as an earlier check saw it.
    """

    media_file_id: int
    local_path: str | None
    size_bytes: int | None
    root: str | None
    previous: str = FileState.UNCHECKED
    was_found: bool = False
    disk_size_bytes: int | None = None


@dataclass(slots=True)
class RemoteFile:
    """One part of one version of an item, as the server lists it. Treat it as immutable.

    It is not frozen because setting the fields of frozen dataclasses took a third of the time of decoding a page.

    Attributes:
        server_path: in the server's own syntax, unchanged.
        version_index, part_index: 0-based order of versions and of the parts inside a version.
        change_stamp: opaque; changes with the file behind the part. None where the server has none.
    """

    server_path: str
    size_bytes: int | None = None
    duration_ms: int | None = None
    container: str | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    audio_channels: int | None = None
    resolution: str | None = None
    width: int | None = None
    height: int | None = None
    bitrate_kbps: int | None = None
    version_index: int = 0
    part_index: int = 0
    version_name: str | None = None
    change_stamp: str | None = None


@dataclass(slots=True)
class RemoteItem:
    """A movie, show or episode with everything the catalog stores of it. Treat it as immutable.

    Attributes:
        change_key: 64-bit hash of exactly what a slim listing shows of the item (see `RemoteStub`), so that
            a sweep can tell change from no change without details.
        show_remote_id, show_title, season_number, season_remote_id, season_title: of an episode.
        added_at, updated_at, last_viewed_at: epoch seconds by the server's clock; None where it sent none.
        trashed_at: since when the item is in the server's own trash.
        artwork: the address of the poster on its server, without secrets.
        is_partial: the server reports more files than it listed. Not stored.
    """

    kind: ItemKind
    remote_id: str
    title: str
    change_key: int
    source_guid: str | None = None
    external_ids: tuple[ExternalId, ...] = ()
    sort_title: str | None = None
    original_title: str | None = None
    year: int | None = None
    summary: str | None = None
    content_rating: str | None = None
    genre: str | None = None
    studio: str | None = None
    originally_available_at: str | None = None
    duration_ms: int | None = None
    added_at: int | None = None
    updated_at: int | None = None
    trashed_at: int | None = None
    view_count: int = 0
    last_viewed_at: int | None = None
    artwork: str | None = None
    files: tuple[RemoteFile, ...] = ()
    show_remote_id: str | None = None
    show_title: str | None = None
    show_guid: str | None = None
    season_number: int | None = None
    season_remote_id: str | None = None
    season_title: str | None = None
    episode_number: int | None = None
    episode_number_end: int | None = None
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class RemoteStub:
    """An item of a slim listing: just enough to notice change and absence."""

    remote_id: str
    change_key: int


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A media file as the catalog stores it, with the path that opens on this computer."""

    id: int
    server_path: str
    local_path: str | None
    size_bytes: int | None
    state: FileState
    version: int
    part: int
    duration_ms: int | None = None
    container: str | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    audio_channels: int | None = None
    resolution: str | None = None
    bitrate_kbps: int | None = None
    checked_at: datetime | None = None
    map_reason: str | None = None
    version_name: str | None = None
    disk_size_bytes: int | None = None

    @property
    def is_remote(self) -> bool:
        """Return whether the file is only a link to something elsewhere."""
        return self.container == LINK_CONTAINER


@dataclass(frozen=True, slots=True)
class CatalogItem:
    """A movie, show or episode as the catalog stores it, for display and export.

    `year`, `season` and `episode` follow the item; for an episode `show_title` and `show_id` name its show.
    """

    id: int
    kind: ItemKind
    title: str
    server: str
    library: str
    server_id: int
    library_id: int
    remote_id: str
    year: int | None = None
    season: int | None = None
    episode: int | None = None
    episode_end: int | None = None
    show_id: int | None = None
    show_title: str | None = None
    summary: str | None = None
    content_rating: str | None = None
    genre: str | None = None
    studio: str | None = None
    originally_available_at: str | None = None
    duration_ms: int | None = None
    added_at: datetime | None = None
    removed_at: datetime | None = None
    trashed_at: datetime | None = None
    view_count: int = 0
    artwork: str | None = None
    ids: tuple[ExternalId, ...] = field(default=())
    files: tuple[StoredFile, ...] = field(default=())
