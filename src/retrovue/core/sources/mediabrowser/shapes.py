"""The types of Emby's and Jellyfin's items, with the fields that the catalog stores.

Servers leave out null and default values. Types are those of recorded responses. Numbers have no bounds here, so that
an absurd one loses only its value and not the item (see `items`). Other shapes are cleaned first (see `decode`).
"""

from typing import Any

from msgspec import Struct

Id = int | str


class Named(Struct, gc=False, rename="pascal"):
    """A studio."""

    name: str | None = None


class Stream(Struct, gc=False, rename="pascal"):
    """A stream of a file. `type` is a word, in some old answers a number (0 audio, 1 video)."""

    type: int | str | None = None
    codec: str | None = None
    width: int | None = None
    height: int | None = None
    channels: int | None = None
    is_default: bool | None = None


class MediaSource(Struct, gc=False, rename="pascal"):
    """One version of an item. `protocol` is "File", or "Http", "Rtmp", … for a remote stream."""

    id: Id | None = None
    path: str | None = None
    protocol: str | int | None = None
    is_remote: bool | None = None
    type: str | None = None
    name: str | None = None
    container: str | None = None
    size: int | None = None
    bitrate: int | None = None
    run_time_ticks: int | None = None
    media_streams: list[Stream] | None = None


class UserData(Struct, gc=False, rename="pascal"):
    """The watch state of one account. Emby's lists contain only whether the item was played."""

    played: bool | None = None
    play_count: int | None = None
    last_played_date: str | None = None


class Item(Struct, gc=False, rename="pascal"):
    """A movie, series or episode of a list."""

    id: Id
    type: str | None = None
    name: str | None = None
    original_title: str | None = None
    sort_name: str | None = None
    etag: str | None = None
    path: str | None = None
    container: str | None = None
    size: int | None = None
    bitrate: int | None = None
    run_time_ticks: int | None = None
    production_year: int | None = None
    premiere_date: str | None = None
    date_created: str | None = None
    overview: str | None = None
    official_rating: str | None = None
    genres: list[str] | None = None
    studios: list[Named] | None = None
    provider_ids: dict[str, Any] | None = None
    index_number: int | None = None
    index_number_end: int | None = None
    parent_index_number: int | None = None
    series_id: Id | None = None
    series_name: str | None = None
    series_primary_image_tag: str | None = None
    season_id: Id | None = None
    season_name: str | None = None
    image_tags: dict[str, Any] | None = None
    location_type: str | None = None
    is_missing: bool | None = None
    extra_type: str | None = None
    part_count: int | None = None
    user_data: UserData | None = None
    media_sources: list[MediaSource] | None = None
    alternate_media_sources: list[MediaSource] | None = None
    media_streams: list[Stream] | None = None


class SlimItem(Struct, gc=False, rename="pascal"):
    """The fields of a change key."""

    id: Id
    type: str | None = None
    etag: str | None = None
    name: str | None = None
    run_time_ticks: int | None = None
    index_number: int | None = None
    parent_index_number: int | None = None
    series_id: Id | None = None
    season_id: Id | None = None
    location_type: str | None = None
    is_missing: bool | None = None
    extra_type: str | None = None
    user_data: UserData | None = None


class ItemAnswer(Struct, rename="pascal"):
    """A response with full items."""

    items: list[Item]
    total_record_count: int | None = None
    start_index: int | None = None


class SlimAnswer(Struct, rename="pascal"):
    """A response with slim items."""

    items: list[SlimItem]
    total_record_count: int | None = None
    start_index: int | None = None
