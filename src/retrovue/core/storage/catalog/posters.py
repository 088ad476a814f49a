"""Posters of shows and movies that are known by their title alone, as plays know them."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import literal, select, union_all

from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import libraries, movies, shows


class PosterRow(NamedTuple):
    """Where a poster is. `year` is that of a movie; shows are known by their title alone."""

    title: str
    year: int | None
    server_id: int
    artwork: str


def posters_of_titles(database: Database, titles: Sequence[str]) -> list[PosterRow]:
    """Return the posters of the shows and movies with one of these titles, shows first. Thread: any."""
    parts = []
    for place, table in enumerate((shows, movies)):
        parts.append(
            select(table.c.title, table.c.year, libraries.c.server_id, table.c.artwork, literal(place).label("place"))
            .join(libraries, libraries.c.id == table.c.library_id)
            .where(table.c.title.in_(titles), table.c.removed_at.is_(None), table.c.artwork.is_not(None))
        )
    with database.read() as connection:
        rows = connection.execute(union_all(*parts).order_by("place", "server_id")).all()
    return [PosterRow(row.title, None if row.place == 0 else row.year, row.server_id, row.artwork) for row in rows]
