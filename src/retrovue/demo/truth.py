"""What is true of an item, flat and comparable, for tests that check a catalog against the server."""

from __future__ import annotations

from dataclasses import dataclass

from retrovue.demo.model import Item


@dataclass(frozen=True, slots=True)
class FileTruth:
    """One file of an item; copies that the server made itself are not among them."""

    path: str
    size_bytes: int
    stamp: int
    duration_ms: int | None
    version_index: int
    part_index: int
    container: str
    video_codec: str
    audio_codec: str
    resolution: str


@dataclass(frozen=True, slots=True)
class Truth:
    """All facts of a movie, show or episode that a catalog stores."""

    remote_id: str
    kind: str
    section: str
    show_remote_id: str | None
    guid: str
    external_ids: tuple[str, ...]
    title: str
    sort_title: str | None
    original_title: str | None
    year: int | None
    season_number: int | None
    episode_number: int | None
    summary: str
    content_rating: str | None
    studio: str | None
    genres: tuple[str, ...]
    originally_available_at: str | None
    duration_ms: int | None
    added_at: int
    updated_at: int | None
    in_server_trash: bool
    files: tuple[FileTruth, ...]


def truth_of(item: Item) -> Truth:
    """Give the facts of one item."""
    return Truth(
        remote_id=str(item.id),
        kind=item.kind,
        section=item.section,
        show_remote_id=None if item.show_id is None else str(item.show_id),
        guid=item.guid,
        external_ids=item.external_ids,
        title=item.title,
        sort_title=item.sort_title,
        original_title=item.original_title,
        year=item.year,
        season_number=item.season_number,
        episode_number=item.index if item.kind == "episode" else None,
        summary=item.summary,
        content_rating=item.content_rating,
        studio=item.studio,
        genres=item.genres,
        originally_available_at=item.originally_available_at,
        duration_ms=item.duration_ms,
        added_at=item.added_at,
        updated_at=item.updated_at,
        in_server_trash=item.deleted_at is not None,
        files=_files(item),
    )


def _files(item: Item) -> tuple[FileTruth, ...]:
    own = [version for version in item.versions if not version.optimized]
    return tuple(
        FileTruth(
            path=part.file,
            size_bytes=part.size_bytes,
            stamp=part.stamp,
            duration_ms=part.duration_ms,
            version_index=version_index,
            part_index=part_index,
            container=version.quality.container,
            video_codec=version.quality.video_codec,
            audio_codec=version.quality.audio_codec,
            resolution=version.quality.resolution,
        )
        for version_index, version in enumerate(own)
        for part_index, part in enumerate(version.parts)
    )
