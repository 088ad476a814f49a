"""What the catalog knows of an item that is played, by its id on the server."""

from sqlalchemy import Connection, false, or_, select

from retrovue.core.storage.tables import episodes, libraries, movies


def stored_guid(connection: Connection, server_id: int | None, remote_id: str | None) -> str | None:
    """What the catalog knows the item by: it finds the plays of the item again under another id."""
    if remote_id is None or server_id is None:
        return None
    for table in (movies, episodes):
        query = (
            select(table.c.guid_primary)
            .join(libraries, libraries.c.id == table.c.library_id)
            .where(libraries.c.server_id == server_id, table.c.remote_id == remote_id)
            .limit(1)
        )
        found = connection.execute(query).scalar()
        if found:
            return str(found)
    return None


def is_in_catalog(connection: Connection, server_id: int | None, remote_id: str | None, guid: str | None) -> bool:
    """Whether a server has the item now, by its id there or by what it is known by after it got a new one."""
    if server_id is None:
        return False
    for table in (movies, episodes):
        named = [
            column == value for column, value in ((table.c.remote_id, remote_id), (table.c.guid_primary, guid)) if value
        ]
        query = (
            select(table.c.id)
            .join(libraries, libraries.c.id == table.c.library_id)
            .where(libraries.c.server_id == server_id, table.c.removed_at.is_(None), or_(false(), *named))
        )
        if connection.execute(query.limit(1)).scalar() is not None:
            return True
    return False


def mutes_any(connection: Connection, server_id: int | None) -> bool:
    """Whether there is a library of a server whose plays are not kept."""
    muted = select(libraries.c.id).where(libraries.c.server_id == server_id, libraries.c.keeps_history.is_(False))
    return connection.execute(muted.limit(1)).scalar() is not None


def keeps_plays_of(connection: Connection, server_id: int | None, remote_id: str | None) -> bool:
    """Whether plays of an item become history: not where that is switched off for every library that it is in."""
    if remote_id is None or server_id is None or not mutes_any(connection, server_id):
        return True
    kept: list[bool] = []
    for table in (movies, episodes):
        query = (
            select(libraries.c.keeps_history)
            .join(table, table.c.library_id == libraries.c.id)
            .where(libraries.c.server_id == server_id, table.c.remote_id == remote_id)
        )
        kept += connection.execute(query).scalars()
    return not kept or any(kept)
