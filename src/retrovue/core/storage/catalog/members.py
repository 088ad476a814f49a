"""Which rows of a list belong to collections: their members, and what is below those."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Table, select

from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog import values
from retrovue.core.storage.catalog.reading import Reading
from retrovue.core.storage.tables import (
    ITEM_TABLES,
    collection_members,
    collections,
    episodes,
    libraries,
    seasons,
    shows,
)


def items(reading: Reading, kind: ItemKind, collection_ids: Sequence[int]) -> set[int]:
    """Return the movies, shows or episodes of collections; an episode belongs to those of its season and show."""
    found = set(reading.ids(_members(ITEM_TABLES[kind], collection_ids)))
    if kind is ItemKind.EPISODE:
        of_shows = _members(shows, collection_ids)
        found.update(reading.ids(select(episodes.c.id).where(episodes.c.show_id.in_(of_shows))))
        of_seasons = _seasons(collection_ids)
        found.update(reading.ids(select(episodes.c.id).where(episodes.c.season_id.in_(of_seasons))))
    return found


def files(reading: Reading, collection_ids: Sequence[int]) -> set[int]:
    """Return the files of everything in collections."""
    wanted = {-movie for movie in items(reading, ItemKind.MOVIE, collection_ids)}
    wanted |= items(reading, ItemKind.EPISODE, collection_ids)
    of_files, of_items = values.links(reading)
    return {file for file, item in zip(of_files, of_items, strict=True) if item in wanted}


def _members(table: Table, collection_ids: Sequence[int]) -> Select[Any]:
    mine = (collection_members.c.collection_id == collections.c.id) & collections.c.id.in_(collection_ids)
    return (
        select(table.c.id)
        .join(libraries, libraries.c.id == table.c.library_id)
        .join(collections, collections.c.server_id == libraries.c.server_id)
        .join(collection_members, mine & (collection_members.c.remote_id == table.c.remote_id))
    )


def _seasons(collection_ids: Sequence[int]) -> Select[Any]:
    mine = (collection_members.c.collection_id == collections.c.id) & collections.c.id.in_(collection_ids)
    return (
        select(seasons.c.id)
        .join(shows, shows.c.id == seasons.c.show_id)
        .join(libraries, libraries.c.id == shows.c.library_id)
        .join(collections, collections.c.server_id == libraries.c.server_id)
        .join(collection_members, mine & (collection_members.c.remote_id == seasons.c.remote_id))
    )
