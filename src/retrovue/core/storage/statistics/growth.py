"""When the movies and episodes of the catalog were added."""

from sqlalchemy import Connection, func, select

from retrovue.core.storage.tables import episodes, libraries, movies

_QUARTER_S = 900
"""Every zone is a whole number of quarters of an hour away from UTC, so no quarter is in two local days."""


def added(connection: Connection, server_id: int | None, library_id: int | None) -> list[tuple[int, int]]:
    """(epoch seconds of a quarter of an hour, how many were added in it), in no order."""
    found: list[tuple[int, int]] = []
    for table in (movies, episodes):
        quarter = func.coalesce(table.c.added_at, table.c.first_seen_at) // _QUARTER_S
        query = select(quarter, func.count()).join(libraries, libraries.c.id == table.c.library_id)
        query = query.where(table.c.removed_at.is_(None)).group_by(quarter)
        if server_id is not None:
            query = query.where(libraries.c.server_id == server_id)
        if library_id is not None:
            query = query.where(libraries.c.id == library_id)
        found += [(int(number) * _QUARTER_S, count) for number, count in connection.execute(query)]
    return found
