"""Items in the shape of the Plex dialect, as plain documents that encode to JSON and to XML alike."""

from __future__ import annotations

from typing import Any

from retrovue.demo.model import Item, Part, Version
from retrovue.demo.query import Selection
from retrovue.demo.store import LibraryStore

Document = dict[str, Any]

_KEY_SUFFIX = {"show": "/children", "season": "/children", "artist": "/children"}


def item_document(library: LibraryStore, item: Item, selection: Selection) -> Document:
    """Give an item as listed (`selection.details`: as asked for by id, with streams and section)."""
    document: Document = {
        "ratingKey": str(item.id),
        "key": f"/library/metadata/{item.id}{_KEY_SUFFIX.get(item.kind, '')}",
    }
    if item.kind in ("season", "episode"):
        document.update(_relations(library, item))
    document["guid"] = item.guid
    document["type"] = item.kind
    document["title"] = item.title
    if item.studio is not None:
        document["studio"] = item.studio
    if item.sort_title is not None:
        document["titleSort"] = item.sort_title
    if item.original_title is not None:
        document["originalTitle"] = item.original_title
    if item.content_rating is not None:
        document["contentRating"] = item.content_rating
    document["summary"] = item.summary
    _put(
        document,
        index=item.index,
        parentIndex=item.season_number,
        audienceRating=item.rating,
        viewCount=item.view_count or None,
        lastViewedAt=item.last_viewed_at,
        viewOffset=item.view_offset_ms or None,
        year=item.year,
        thumb=f"/library/metadata/{item.id}/thumb/{item.artwork_at}",
        art=f"/library/metadata/{item.show_id or item.id}/art/{item.artwork_at}",
        duration=item.duration_ms,
        originallyAvailableAt=item.originally_available_at,
        addedAt=item.added_at,
        updatedAt=item.updated_at,
        deletedAt=item.deleted_at,
    )
    if item.kind in ("show", "season"):
        _counts(library, item, document)
    if selection.details:
        section = library.sections[item.section]
        document["librarySectionTitle"] = section.title
        document["librarySectionID"] = int(section.key)
        document["librarySectionKey"] = f"/library/sections/{section.key}"
    if selection.markers and item.credits_at_ms is not None:
        span = {"startTimeOffset": item.credits_at_ms, "endTimeOffset": item.duration_ms}
        document["Marker"] = [{"id": item.id, "type": "credits", "final": True, **span}]
    _elements(item, document, selection)
    return slim(document, selection)


def _put(document: Document, **values: Any) -> None:
    for name, value in values.items():
        if value is not None:
            document[name] = value


def _relations(library: LibraryStore, item: Item) -> Document:
    show = library.items[item.show_id or 0]
    if item.kind == "season":
        return {
            "parentRatingKey": str(show.id),
            "parentGuid": show.guid,
            "parentKey": f"/library/metadata/{show.id}",
            "parentTitle": show.title,
            "parentThumb": f"/library/metadata/{show.id}/thumb/{show.artwork_at}",
        }
    season = library.items[item.season_id or 0]
    document: Document = {
        "grandparentRatingKey": str(show.id),
        "parentGuid": season.guid,
        "grandparentGuid": show.guid,
        "grandparentKey": f"/library/metadata/{show.id}",
        "grandparentTitle": show.title,
        "parentTitle": season.title,
        "parentThumb": f"/library/metadata/{season.id}/thumb/{season.artwork_at}",
        "grandparentThumb": f"/library/metadata/{show.id}/thumb/{show.artwork_at}",
    }
    if show.seasons_hidden:
        # With hidden seasons a server leaves the season's key out of its episodes (seen in plexapi's own code).
        document["skipParent"] = True
    else:
        document["parentRatingKey"] = str(season.id)
        document["parentKey"] = f"/library/metadata/{season.id}"
    return document


def _counts(library: LibraryStore, item: Item, document: Document) -> None:
    document["leafCount"] = library.leaf_count(item.id)
    document["viewedLeafCount"] = library.watched_leaf_count(item.id)
    if item.kind == "show":
        document["childCount"] = library.child_count(item.id)
        if item.seasons_hidden:
            document["skipChildren"] = True


def _elements(item: Item, document: Document, selection: Selection) -> None:
    if item.versions:
        document["Media"] = [_media(item, version, selection.details) for version in item.versions]
    for name, tags in (("Genre", item.genres), ("Director", item.directors), ("Role", item.cast)):
        if tags:
            document[name] = [{"tag": tag} for tag in tags]
    if item.external_ids and (selection.guids or selection.details):
        document["Guid"] = [{"id": guid} for guid in item.external_ids]
    document["Image"] = [{"alt": item.title, "type": "coverPoster", "url": document["thumb"]}]


def _media(item: Item, version: Version, details: bool) -> Document:
    quality = version.quality
    document: Document = {
        "id": version.id,
        "bitrate": quality.bitrate_kbps,
        "width": quality.width,
        "height": quality.height,
        "aspectRatio": 1.78,
        "audioChannels": quality.audio_channels,
        "audioCodec": quality.audio_codec,
        "videoCodec": quality.video_codec,
        "videoResolution": quality.resolution,
        "container": quality.container,
        "videoFrameRate": quality.frame_rate,
        "videoProfile": quality.video_profile,
    }
    if item.duration_ms is not None:
        document["duration"] = item.duration_ms
    if version.optimized:
        document.update(proxyType=42, target="Mobile", title="Optimized for Mobile", optimizedForStreaming=1)
    document["Part"] = [_part(version, part, details) for part in version.parts]
    return document


def _part(version: Version, part: Part, details: bool) -> Document:
    extension = part.file.rpartition(".")[2]
    document: Document = {"id": part.id, "key": f"/library/parts/{part.id}/{part.stamp}/file.{extension}"}
    if part.duration_ms is not None:
        document["duration"] = part.duration_ms
    document["file"] = part.file
    document["size"] = part.size_bytes
    document["container"] = version.quality.container
    document["videoProfile"] = version.quality.video_profile
    if details:
        document["Stream"] = _streams(version, part)
    return document


def _streams(version: Version, part: Part) -> list[Document]:
    quality = version.quality
    return [
        {
            "id": part.id * 10 + 1,
            "streamType": 1,
            "default": True,
            "codec": quality.video_codec,
            "index": 0,
            "bitrate": quality.bitrate_kbps,
            "height": quality.height,
            "width": quality.width,
            "displayTitle": f"{quality.resolution} ({quality.video_codec.upper()})",
        },
        {
            "id": part.id * 10 + 2,
            "streamType": 2,
            "selected": True,
            "codec": quality.audio_codec,
            "index": 1,
            "channels": quality.audio_channels,
            "language": "English",
            "languageTag": "en",
            "languageCode": "eng",
            "displayTitle": f"English ({quality.audio_codec.upper()})",
        },
    ]


def slim(document: Document, selection: Selection) -> Document:
    """Leave out what the client did not want; keys, ids and types always stay."""
    only, without, fields = selection.include_elements, selection.exclude_elements, selection.exclude_fields
    if not (only or without or fields):
        return document
    kept: Document = {}
    for name, value in document.items():
        if isinstance(value, list):
            if name in without or (only and name not in only):
                continue
        elif name in fields and name not in ("ratingKey", "key", "type"):
            continue
        kept[name] = value
    return kept
