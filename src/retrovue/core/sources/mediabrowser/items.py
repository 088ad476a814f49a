"""Conversion of rows of Emby and Jellyfin to `RemoteItem`: the hot path of a first import."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from retrovue.core.domain.guids import ExternalId, parse_provider_ids
from retrovue.core.domain.media import LINK_CONTAINER, LINK_SUFFIX, ItemKind, RemoteFile, RemoteItem, RemoteStub
from retrovue.core.domain.path_syntax import is_server_path, without_password
from retrovue.core.i18n import _
from retrovue.core.sources.base import BadItem, Page
from retrovue.core.sources.documents import LARGEST_FILE, LAST_YEAR, between
from retrovue.core.sources.mediabrowser.decode import DecodedPage
from retrovue.core.sources.mediabrowser.shapes import Item, MediaSource, SlimItem, Stream, UserData
from retrovue.core.sources.mediabrowser.values import bounded, day_of, epoch_of, ms_of_ticks, resolution_label

TYPE_WORDS: dict[ItemKind, tuple[str, ...]] = {
    # A file that a mixed library could not match has the type Video. It counts as a movie.
    ItemKind.MOVIE: ("Movie", "Video"),
    ItemKind.SHOW: ("Series",),
    ItemKind.EPISODE: ("Episode",),
}
_LONGEST_SPAN = 100
_VIDEO, _AUDIO = ("Video", 1), ("Audio", 0)

PartsOf = Callable[[str], Sequence[Item]]
"""Requests the other files of a stacked item, by its id."""


def change_key(row: Item | SlimItem) -> int:
    """Return a stable 64-bit hash (signed, as in SQLite) of the slim fields of an item.

    The server's own hash covers the item. If it sends none, the fields of every row are used.
    """
    if row.etag:
        text = row.etag
    else:
        text = (
            f"{row.name}\x1f{row.run_time_ticks}\x1f{row.index_number}\x1f{row.parent_index_number}"
            f"\x1f{row.series_id}\x1f{row.season_id}"
        )
    watched = row.user_data
    if watched is not None:
        # The watch state changes neither hash nor date of the item.
        text += f"\x1f{watched.played}\x1f{watched.play_count}\x1f{watched.last_played_date}"
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little", signed=True)


def external_ids(item: Item) -> tuple[ExternalId, ...]:
    """Return every id of an item, in an order independent of the server's."""
    if not item.provider_ids:
        return ()
    found = _plain_ids(item.provider_ids) or parse_provider_ids(item.provider_ids)
    return found if len(found) < 2 else tuple(sorted(found, key=_by_provider))


_PLAIN_KEYS = {"Imdb": "imdb", "IMDB": "imdb", "Tmdb": "tmdb", "Tvdb": "tvdb"}
_by_provider = attrgetter("provider", "external_id")


def _plain_ids(provider_ids: dict[str, Any]) -> tuple[ExternalId, ...] | None:
    """Parse the ids that nearly all items have as `parse_provider_ids` does, in a fraction of the time."""
    found = []
    for key, value in provider_ids.items():
        provider = _PLAIN_KEYS.get(key)
        if provider is None or not isinstance(value, str) or not value.isascii():
            return None
        if not (value[2:].isdecimal() and value.startswith("tt") if provider == "imdb" else value.isdecimal()):
            return None
        found.append(ExternalId(provider, value, "provider_ids"))
    return tuple(found) if len({each.provider for each in found}) == len(found) else None


def files_of(item: Item) -> tuple[RemoteFile, ...]:
    """Return the first file of every version, starting with the version of the item's own path."""
    sources = [*(item.media_sources or ()), *(item.alternate_media_sources or ())]
    sources = [source for source in sources if is_server_path(source.path) and source.type != "Placeholder"]
    if not sources:
        if not is_server_path(item.path):
            return ()
        sources = [
            MediaSource(
                path=item.path,
                container=item.container,
                size=item.size,
                bitrate=item.bitrate,
                run_time_ticks=item.run_time_ticks,
                media_streams=item.media_streams,
            )
        ]
    if len(sources) > 1:
        sources.sort(key=lambda source: source.path != item.path)
    files: list[RemoteFile] = []
    seen: set[str | None] = set()
    for source in sources:
        path = item.path if _is_remote(source, item) else source.path
        if is_server_path(path) and path not in seen:
            seen.add(path)
            files.append(_file(source, path, len(files), named=len(sources) > 1))
    return tuple(files)


def _is_remote(source: MediaSource, item: Item) -> bool:
    """Return whether a version is only a link: its path is an address, which can contain passwords and tokens.

    Recorded from Jellyfin 12: a .strm file is the item's own path, and the only source has the address in it.
    """
    if source.path == item.path:
        return False
    return (
        _is_address(source.path or "")
        or bool(source.is_remote)
        or str(source.protocol or "File").lower() not in _FILE_WORDS
    )


def _is_address(path: str) -> bool:
    """Return whether a path is the address of a remote stream. A network share is not."""
    return "://" in path and not path.lower().startswith(_SHARES)


_SHARES = ("smb://", "nfs://", "afp://", "file://")
_FILE_WORDS = ("file", "0")


def _file(source: MediaSource, path: str, version: int, *, named: bool) -> RemoteFile:
    video, audio = _streams(source.media_streams)
    is_link = path != source.path or path.lower().endswith(LINK_SUFFIX) or _is_address(path)
    return RemoteFile(
        without_password(path),
        between(source.size, 0, LARGEST_FILE),
        ms_of_ticks(source.run_time_ticks),
        LINK_CONTAINER if is_link else source.container or None,
        video.codec if video else None,
        audio.codec if audio else None,
        bounded(audio.channels) if audio else None,
        resolution_label(video.width, video.height) if video else None,
        bounded(video.width) if video else None,
        bounded(video.height) if video else None,
        None if source.bitrate is None else bounded(source.bitrate // 1_000),
        version,
        0,
        # The name of a single version is the item's, so leave it out.
        source.name if named else None,
    )


def _streams(streams: Sequence[Stream] | None) -> tuple[Stream | None, Stream | None]:
    """Return the video stream and the default audio stream."""
    video = audio = None
    for stream in streams or ():
        if stream.type in _VIDEO:
            video = video or stream
        # An old version leaves out the type of the first kind, because it is 0.
        elif (stream.type in _AUDIO or (stream.type is None and stream.channels)) and (
            audio is None or (stream.is_default and not audio.is_default)
        ):
            audio = stream
    return video, audio


def with_parts(files: tuple[RemoteFile, ...], parts: Sequence[Item]) -> tuple[RemoteFile, ...]:
    """Return the files of a stacked item: its own, then those of its other parts, all of the first version."""
    if not files or not parts:
        return files
    first, *others = files
    found = [first]
    for part in parts:
        own = files_of(part)
        if own and own[0].server_path not in {file.server_path for file in files}:
            found.append(replace(own[0], version_index=0, part_index=len(found), version_name=first.version_name))
    return (*found, *others)


def _artwork(item: Item) -> str | None:
    """Return the address of the poster, with a tag that changes with the image.

    An episode without a poster uses the one of its show.
    """
    tag = (item.image_tags or {}).get("Primary")
    if isinstance(tag, str) and tag:
        return f"/Items/{item.id}/Images/Primary?tag={tag}"
    if item.series_id is not None and item.series_primary_image_tag:
        return f"/Items/{item.series_id}/Images/Primary?tag={item.series_primary_image_tag}"
    return None


def views_of(watched: UserData | None) -> tuple[int, int | None]:
    """Return how often the account watched an item, and when last. Emby's lists only contain whether it did.

    Jellyfin counts a play when it starts, so an item that was only started has a count and is not played.
    """
    if watched is None:
        return 0, None
    count = 0 if watched.played is False else bounded(watched.play_count, 1) or int(watched.played is True)
    return count, epoch_of(watched.last_played_date)


def _last_number(item: Item) -> int | None:
    """Return the last episode of a file with several. An absurd number is ignored."""
    first, last = bounded(item.index_number), bounded(item.index_number_end)
    if first is None or last is None or not first < last <= first + _LONGEST_SPAN:
        return None
    return last


def remote_item(item: Item, kind: ItemKind, parts: Sequence[Item] = ()) -> RemoteItem:
    """Convert one row of a list or of details. `parts` are the other files of a stacked item."""
    episode = kind is ItemKind.EPISODE
    files = () if kind is ItemKind.SHOW else files_of(item)
    duration_ms = ms_of_ticks(item.run_time_ticks)
    view_count, last_viewed_at = views_of(item.user_data)
    if parts:
        files = with_parts(files, parts)
        lengths = [file.duration_ms for file in files if file.version_index == 0]
        if len(lengths) > 1 and None not in lengths:
            # Some servers send the length of the first file as the length of the item.
            duration_ms = sum(length for length in lengths if length is not None)
    return RemoteItem(
        kind,
        str(item.id),
        item.name or item.original_title or "",
        change_key(item),
        None,
        external_ids(item),
        item.sort_name or None,
        item.original_title or None,
        between(item.production_year, 1, LAST_YEAR),
        item.overview or None,
        item.official_rating or None,
        (item.genres[0] or None) if item.genres else None,
        (item.studios[0].name or None) if item.studios else None,
        day_of(item.premiere_date),
        duration_ms,
        epoch_of(item.date_created),
        view_count=view_count,
        last_viewed_at=last_viewed_at,
        artwork=_artwork(item),
        files=files,
        show_remote_id=str(item.series_id) if episode and item.series_id is not None else None,
        show_title=item.series_name or None if episode else None,
        season_number=bounded(item.parent_index_number) if episode else None,
        season_remote_id=str(item.season_id)
        if episode and item.season_id is not None and is_id(item.season_id)
        else None,
        season_title=item.season_name or None if episode else None,
        episode_number=bounded(item.index_number) if episode else None,
        episode_number_end=_last_number(item) if episode else None,
        is_partial=len(parts) < (item.part_count or 1) - 1 and kind is not ItemKind.SHOW,
    )


def _is_other(row: Item | SlimItem, kind: ItemKind) -> bool:
    """Return whether a row does not belong to this listing: another type, or an extra."""
    return (row.type is not None and row.type not in TYPE_WORDS[kind]) or bool(row.extra_type)


def _is_placeholder(row: Item | SlimItem) -> bool:
    """Return whether a row is a placeholder for something without a file, according to the server.

    A missing path does not mean that: servers leave it out during scans, and by mistake.
    """
    return bool(row.is_missing) or (row.location_type is not None and row.location_type.lower() == "virtual")


def is_id(value: str | int) -> bool:
    """Return whether a value can be an ID: decimal on Emby, 32 hex digits on Jellyfin; others are survived.

    What is none must never be stored: one malformed ID in a question makes Emby refuse the whole question
    (emby.md, "Lists").
    """
    return _ID.fullmatch(str(value)) is not None


_ID = re.compile(r"(?!0$|[0-9]{20,31}$|[0-9]{33})[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


def _without_id(row: Item | SlimItem) -> BadItem:
    own = str(row.id) if is_id(row.id) else None
    text = _("This item has no ID.") if own is None else _("This item’s show has no ID.")
    return BadItem(own, text, row.name or None)


def item_page(
    listing: DecodedPage[Item],
    kind: ItemKind,
    *,
    start: int,
    parts_of: PartsOf,
    only: Collection[str] | None = None,
    show_id: str | None = None,
    also: ItemKind | None = None,
) -> Page:
    """A page of full items.

    Args:
        also: a second kind in the same request; rows are distinguished by their type.
        parts_of: called for each stacked item, and only for those.
        only: rows with other ids are skipped, because a server that ignores the list of ids sends everything.
        show_id: episodes of other shows are skipped, because equal shows of two libraries can be merged.
    """
    items: list[RemoteItem] = []
    skipped: list[str] = []
    placeholders: list[str] = []
    bad = list(listing.bad)
    first_kind = kind
    for row in listing.rows:
        number = str(row.id)
        kind = also if also is not None and row.type in TYPE_WORDS[also] else first_kind
        other_show = show_id is not None and row.series_id is not None and str(row.series_id) != show_id
        if _is_other(row, kind) or other_show:
            skipped.append(number)
        elif _is_placeholder(row):
            placeholders.append(number)
        elif not is_id(row.id) or (row.series_id is not None and not is_id(row.series_id)):
            bad.append(_without_id(row))
        elif only is not None and number not in only:
            skipped.append(number)
        else:
            parts = parts_of(number) if (row.part_count or 0) > 1 and kind is not ItemKind.SHOW else ()
            items.append(remote_item(row, kind, parts))
    return Page(
        start=start,
        arrived=listing.arrived,
        total=_total(listing),
        items=items,
        bad=bad,
        skipped=len(skipped) + len(placeholders),
        skipped_ids=[*skipped, *placeholders],
        placeholder_ids=placeholders,
    )


def stub_page(listing: DecodedPage[SlimItem], kind: ItemKind, *, start: int) -> Page:
    """A page of ids and change keys."""
    stubs: list[RemoteStub] = []
    skipped: list[str] = []
    placeholders: list[str] = []
    bad = list(listing.bad)
    for row in listing.rows:
        if _is_other(row, kind):
            skipped.append(str(row.id))
        elif _is_placeholder(row):
            placeholders.append(str(row.id))
        elif not is_id(row.id):
            bad.append(_without_id(row))
        else:
            stubs.append(RemoteStub(str(row.id), change_key(row)))
    return Page(
        start=start,
        arrived=listing.arrived,
        total=_total(listing),
        stubs=stubs,
        bad=bad,
        skipped=len(skipped) + len(placeholders),
        skipped_ids=[*skipped, *placeholders],
        placeholder_ids=placeholders,
    )


def _total(listing: DecodedPage[Item] | DecodedPage[SlimItem]) -> int | None:
    """Return the total of the response. Zero with rows means that the server did not count."""
    if listing.total is not None and listing.total <= 0 < listing.arrived:
        return None
    return listing.total
