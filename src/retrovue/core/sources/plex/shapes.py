"""The types of Plex's items, with the fields that the catalog stores.

JSON and XML share them. Field names are the server's; types are those of responses recorded from 2020 to 2025. A
response that differs is cleaned first (see `decode`), so these types can be strict, which is fast.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

Int = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""The range of a database column. A larger number makes one item unreadable, not the whole batch."""
Id = int | str


class Tag(Struct, gc=False):
    """A genre."""

    tag: str | None = None


class GuidTag(Struct, gc=False):
    """An external id such as `tvdb://7945991`."""

    id: str | None = None


class Part(Struct, gc=False):
    """One file of a version. `key` is `/library/parts/{id}/{changestamp}/file.ext`."""

    id: Id | None = None
    key: str | None = None
    file: str | None = None
    size: Int | None = None
    duration: Int | None = None
    container: str | None = None


class Media(Struct, gc=False, rename="camel"):
    """One version. `proxy_type` 42 marks a copy that the server created itself."""

    bitrate: Int | None = None
    width: Int | None = None
    height: Int | None = None
    duration: Int | None = None
    audio_channels: Int | None = None
    audio_codec: str | None = None
    video_codec: str | None = None
    video_resolution: str | None = None
    container: str | None = None
    title: str | None = None
    origin: str | None = None
    proxy_type: Int | None = None
    deleted_at: Int | None = None
    parts: list[Part] = field(name="Part", default_factory=list)


class Item(Struct, gc=False, rename="camel"):
    """A movie, show or episode, from a list or from its details."""

    rating_key: Id
    type: str | None = None
    key: str | None = None
    guid: str | None = None
    title: str | None = None
    title_sort: str | None = None
    original_title: str | None = None
    edition_title: str | None = None
    content_rating: str | None = None
    summary: str | None = None
    studio: str | None = None
    thumb: str | None = None
    grandparent_thumb: str | None = None
    originally_available_at: str | None = None
    index: Int | None = None
    parent_index: Int | None = None
    year: Int | None = None
    duration: Int | None = None
    added_at: Int | None = None
    updated_at: Int | None = None
    deleted_at: Int | None = None
    view_count: Int | None = None
    last_viewed_at: Int | None = None
    parent_rating_key: Id | None = None
    parent_title: str | None = None
    grandparent_rating_key: Id | None = None
    grandparent_title: str | None = None
    grandparent_guid: str | None = None
    library_section_id: Id | None = field(name="librarySectionID", default=None)
    live: bool | Id | None = None
    media: list[Media] = field(name="Media", default_factory=list)
    genres: list[Tag] = field(name="Genre", default_factory=list)
    guids: list[GuidTag] = field(name="Guid", default_factory=list)


class SlimItem(Struct, gc=False, rename="camel"):
    """The fields of a change key."""

    rating_key: Id
    type: str | None = None
    key: str | None = None
    title: str | None = None
    index: Int | None = None
    year: Int | None = None
    updated_at: Int | None = None
    deleted_at: Int | None = None
    view_count: Int | None = None
    last_viewed_at: Int | None = None
    live: bool | Id | None = None
    media: list[Media] = field(name="Media", default_factory=list)


class Head(Struct, rename="camel"):
    """The container's own fields. The `parent…` fields apply to children that do not repeat them."""

    size: Int | None = None
    total_size: Int | None = None
    offset: Int | None = None
    parent_index: Int | None = None
    parent_rating_key: Id | None = None
    parent_title: str | None = None
    grandparent_rating_key: Id | None = None
    grandparent_title: str | None = None
    grandparent_guid: str | None = None
    content_rating: str | None = None
    directories: list[msgspec.Raw] = field(name="Directory", default_factory=list)


class ItemList(Head, rename="camel"):
    """A page of full items."""

    metadata: list[Item] = field(name="Metadata", default_factory=list)


class SlimList(Head, rename="camel"):
    """A page of slim items."""

    metadata: list[SlimItem] = field(name="Metadata", default_factory=list)


class ItemAnswer(Struct):
    """A response with full items."""

    container: ItemList = field(name="MediaContainer")


class SlimAnswer(Struct):
    """A response with slim items."""

    container: SlimList = field(name="MediaContainer")
