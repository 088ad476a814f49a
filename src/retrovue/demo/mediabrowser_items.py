"""Items, files and libraries in the shape of Emby and Jellyfin: default values are simply left out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from retrovue.demo.mediabrowser_view import PART_BASE, TYPE_NAMES, MediaView, digest, hex_id
from retrovue.demo.model import Item, Part, Quality, Section, Version

Document = dict[str, Any]

_COLLECTION_TYPES = {"movie": "movies", "show": "tvshows", "artist": "music", "photo": "homevideos"}
_PROVIDERS = {"imdb": ("Imdb", "IMDB"), "tmdb": ("Tmdb", "Tmdb"), "tvdb": ("Tvdb", "TVDB")}
#: What Jellyfin lists without being asked.
_UNASKED = frozenset(
    ("premieredate", "productionyear", "indexnumberend", "container", "communityrating", "locationtype")
)
_FOLDERS = ("show", "season", "artist")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asked to see of each row. `fields` in lower case; None: everything."""

    fields: frozenset[str] | None = frozenset()
    images: bool = True
    user_data: bool = False

    def has(self, name: str) -> bool:
        """Whether a field belongs into the row."""
        return self.fields is None or name.lower() in self.fields


def iso(epoch: float | None) -> str:
    """A time with seven fraction digits; "never" for None."""
    if epoch is None:
        return "0001-01-01T00:00:00.0000000Z"
    moment = datetime.fromtimestamp(epoch, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond * 10:07}Z"


def premiere(day: str, number: int) -> str:
    """Midnight of a day in the server's zone, told in UTC: eight hours behind it, or two ahead of it."""
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return iso((midnight + timedelta(hours=8 if number % 2 else -2)).timestamp())


def ticks(duration_ms: int | None) -> int | None:
    """Milliseconds as the ten-millionths of a second that these servers count in."""
    return None if duration_ms is None else duration_ms * 10_000


def filled(document: Document) -> Document:
    """A document without its empty values."""
    return {name: value for name, value in document.items() if value is not None and value != ""}


def item_document(view: MediaView, item: Item, wanted: Wanted) -> Document:
    """Give an item as listed."""
    identity = view.flavour.item_id
    virtual = view.is_virtual(item)
    document: Document = {
        "Name": item.title,
        "ServerId": view.library.machine_identifier[:32],
        "Id": identity(item.id),
        "Type": TYPE_NAMES[item.kind],
        "IsFolder": item.kind in _FOLDERS,
        "RunTimeTicks": ticks(_duration_ms(view, item)),
        "IndexNumber": item.index,
        "MediaType": "Video" if item.kind in ("movie", "episode") else None,
    }
    if item.kind in ("season", "episode"):
        document |= _relations(view, item)
    if wanted.images:
        document |= _images(view, item)
    if wanted.user_data:
        document["UserData"] = user_data(item, thin=wanted.fields is not None and view.flavour.is_emby)
    if virtual:
        document["IsMissing"] = None if view.flavour.is_emby else True
    unasked = frozenset() if view.flavour.is_emby else _UNASKED
    for name, value in _asked(view, item, virtual=virtual).items():
        if wanted.has(name) or name.lower() in unasked:
            document[name] = value
    if wanted.has("MediaSources") and not virtual and item.versions:
        document["MediaSources"] = [media_source(view, item, version) for version in view.versions(item)]
    return filled(document)


def user_data(item: Item, *, thin: bool = False) -> Document:
    """What the account did with an item; `thin`: without how often and when, as in Emby's lists."""
    found: Document = {"PlaybackPositionTicks": 0, "PlayCount": 0, "IsFavorite": False, "Played": item.view_count > 0}
    if item.view_count and item.kind not in _FOLDERS and not thin:
        found["PlayCount"] = item.view_count
        if item.last_viewed_at is not None:
            found["LastPlayedDate"] = iso(item.last_viewed_at)
    return found


def _duration_ms(view: MediaView, item: Item) -> int | None:
    """The length that a server tells: of a stacked item only that of its first file."""
    if view.extra_parts(item):
        return view.versions(item)[0].parts[0].duration_ms
    return item.duration_ms if item.kind in ("movie", "episode", "show") else None


def _relations(view: MediaView, item: Item) -> Document:
    identity = view.flavour.item_id
    show = view.library.items[item.show_id or 0]
    related: Document = {"SeriesId": identity(show.id), "SeriesName": show.title,
                         "SeriesPrimaryImageTag": digest("image", show.id, show.artwork_at)}  # fmt: skip
    if item.kind == "episode":
        season = view.library.items[item.season_id or 0]
        related |= {"ParentIndexNumber": item.season_number, "SeasonId": identity(season.id),
                    "SeasonName": season.title}  # fmt: skip
    return related


def _images(view: MediaView, item: Item) -> Document:
    if view.is_virtual(item):
        return {"ImageTags": {}}
    return {"ImageTags": {"Primary": digest("image", item.id, item.artwork_at)}, "BackdropImageTags": []}


def _asked(view: MediaView, item: Item, *, virtual: bool) -> Document:
    """All that a row tells only when asked."""
    versions = view.versions(item)
    part = versions[0].parts[0] if versions else None
    parent = item.season_id or item.show_id or int(item.section)
    day = item.originally_available_at
    location = "Virtual" if virtual else None if view.flavour.is_emby else "FileSystem"
    return {
        "Path": view.path(part.file) if part else _folder(view, item),
        "Container": versions[0].quality.container if versions else None,
        "Size": part.size_bytes if part else None,
        "Bitrate": versions[0].quality.bitrate_kbps * 1_000 if versions else None,
        "PartCount": len(versions[0].parts) if view.extra_parts(item) else None,
        "ProviderIds": _provider_ids(item),
        "DateCreated": iso(item.added_at),
        "PremiereDate": premiere(day, item.id) if day else None,
        "ProductionYear": item.year,
        "IndexNumberEnd": view.doubles()[0].get(item.id),
        "ParentId": view.flavour.item_id(parent),
        "Etag": view.etag(item),
        "SortName": item.sort_title or item.title,
        "OriginalTitle": item.original_title,
        "Overview": item.summary,
        "Genres": list(item.genres),
        "Studios": [{"Name": item.studio, "Id": _name_id(view, item.studio)}] if item.studio else [],
        "CommunityRating": item.rating,
        "OfficialRating": item.content_rating,
        "LocationType": location,
        "PresentationUniqueKey": digest("unique", item.guid),
        "Guid": hex_id(item.id) if view.flavour.is_emby else None,
        "Status": "Ended" if item.kind == "show" else None,
        "ChildCount": view.library.child_count(item.id) if item.kind in _FOLDERS else None,
        "People": [{"Name": name, "Type": "Actor"} for name in item.cast],
    }


def _name_id(view: MediaView, name: str) -> int | str:
    return int(digest(name)[:7], 16) if view.flavour.is_emby else digest(name)


def _folder(view: MediaView, item: Item) -> str | None:
    """The folder of a show, from the files below it."""
    if item.kind != "show":
        return None
    first = next((leaf for leaf in view.library.leaves(item.id) if leaf.versions), None)
    if first is None:
        return None
    file = first.versions[0].parts[0].file
    separator = "\\" if "\\" in file else "/"
    return view.path(file.rsplit(separator, 2)[0])


def _provider_ids(item: Item) -> Document:
    """The external ids, under keys in the letter case that real servers were seen with."""
    found: Document = {}
    for guid in item.external_ids:
        provider, _, value = guid.partition("://")
        if provider in _PROVIDERS:
            found[_PROVIDERS[provider][item.id % 2]] = value
    if item.kind == "movie":
        found["TmdbCollection"] = ""
    return found


def media_source(view: MediaView, item: Item, version: Version) -> Document:
    """Give one version as a media source."""
    part = version.parts[0]
    return filled(
        {
            "Protocol": "Http" if part.file.startswith("http") else "File",
            "Id": digest("source", version.id),
            "Path": view.path(part.file),
            "Type": "Default",
            "Container": version.quality.container,
            "Size": part.size_bytes,
            "Name": f"{item.title} - {version.quality.resolution}",
            "IsRemote": part.file.startswith("http"),
            "RunTimeTicks": ticks(part.duration_ms),
            "Bitrate": version.quality.bitrate_kbps * 1_000,
            "SupportsDirectPlay": True,
            "MediaStreams": media_streams(version.quality),
        }
    )


def media_streams(quality: Quality) -> list[Document]:
    """The streams of a file; a poster inside it counts as a video stream, as it does on real servers."""
    return [
        {"Codec": "mjpeg", "Type": "EmbeddedImage", "Index": 3, "Width": 600, "Height": 900},
        {
            "Codec": quality.video_codec, "Type": "Video", "Index": 0, "Width": quality.width,
            "Height": quality.height, "BitRate": quality.bitrate_kbps * 1_000, "IsDefault": True,
            "DisplayTitle": f"{quality.resolution} {quality.video_codec.upper()}",
        },
        {"Codec": "truehd", "Language": "jpn", "Type": "Audio", "Index": 1, "Channels": 8, "IsDefault": False},
        {"Codec": quality.audio_codec, "Language": "eng", "Type": "Audio", "Index": 2,
         "Channels": quality.audio_channels, "IsDefault": True},
    ]  # fmt: skip


def part_document(view: MediaView, item: Item, part: Part, number: int) -> Document:
    """Give a further file of a stacked item: an item of its own that no list shows."""
    version = view.versions(item)[0]
    single = Version(part.id, version.quality, (part,))
    return filled(
        {
            "Name": f"{item.title} part {number + 1}",
            "ServerId": view.library.machine_identifier[:32],
            "Id": view.flavour.item_id(PART_BASE + part.id),
            "Type": "Video",
            "IsFolder": False,
            "MediaType": "Video",
            "Path": view.path(part.file),
            "Container": version.quality.container,
            "Size": part.size_bytes,
            "RunTimeTicks": ticks(part.duration_ms),
            "MediaSources": [media_source(view, item, single)],
        }
    )


def folder_document(view: MediaView, section: Section) -> Document:
    """Give a library as `/Library/VirtualFolders` lists it."""
    number = int(section.key)
    infos = []
    for root in section.roots:
        info = {"Path": root.path}
        if root.path in view.network_paths:
            info["NetworkPath"] = view.network_paths[root.path]
        infos.append(info)
    document: Document = {
        "Name": section.title,
        "Locations": [root.path for root in section.roots],
        "CollectionType": None if section.key in view.mixed else _COLLECTION_TYPES[section.kind],
        "LibraryOptions": {"PathInfos": infos, "EnableRealtimeMonitor": True},
        "ItemId": view.flavour.item_id(number),
        "PrimaryImageItemId": view.flavour.item_id(number),
        "RefreshStatus": "Idle",
    }
    if view.flavour.is_emby:
        document |= {"Id": str(number), "Guid": hex_id(number)}
    return filled(document)


def view_document(view: MediaView, section: Section) -> Document:
    """Give a library as an item: what a person sees as one of their views."""
    number = int(section.key)
    return filled(
        {
            "Name": section.title,
            "ServerId": view.library.machine_identifier[:32],
            "Id": view.flavour.item_id(number),
            "Guid": hex_id(number) if view.flavour.is_emby else None,
            "Type": "CollectionFolder",
            "IsFolder": True,
            "CollectionType": None if section.key in view.mixed else _COLLECTION_TYPES[section.kind],
        }
    )
