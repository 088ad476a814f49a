"""The library of plays: looked up in the catalog by the server's id of the item, once it is there."""

from sqlalchemy import Connection, bindparam, func, select, update

from retrovue.core.storage.tables import episodes, libraries, movies, play_changes, plays, statistics_state, sync_runs

_UNKNOWN = plays.c.library_id.is_(None)


def mark(connection: Connection) -> str:
    """A text that moves when items may have come that were played before."""
    newest = [connection.execute(select(func.max(table.c.id))).scalar() or 0 for table in (movies, episodes, sync_runs)]
    return " ".join(str(number) for number in newest)


def fill(connection: Connection) -> None:
    """Note the library of plays that have none, where the catalog knows the item."""
    known = connection.execute(select(statistics_state.c.catalog_mark)).scalar()
    wanted = [_UNKNOWN, plays.c.server_id.is_not(None), plays.c.remote_id.is_not(None)]
    if known == mark(connection):
        # The older plays were looked up in this very catalog.
        wanted.append(plays.c.id.in_(select(play_changes.c.play_id)))
    unknown = select(plays.c.server_id, plays.c.remote_id).where(*wanted).distinct().subquery()
    found: dict[tuple[int, str], tuple[int, str]] = {}
    for table in (movies, episodes):
        query = (
            select(unknown.c.server_id, unknown.c.remote_id, libraries.c.id, libraries.c.name)
            .select_from(unknown)
            .join(libraries, libraries.c.server_id == unknown.c.server_id)
            .join(table, (table.c.library_id == libraries.c.id) & (table.c.remote_id == unknown.c.remote_id))
            .order_by(libraries.c.id)
        )
        for server_id, remote_id, library_id, name in connection.execute(query):
            # Emby lists an item in several views of one server: a play is from one of them, the first.
            found.setdefault((server_id, remote_id), (library_id, name))
    if not found:
        return
    noting = update(plays).where(
        _UNKNOWN, plays.c.server_id == bindparam("server"), plays.c.remote_id == bindparam("remote")
    )
    rows = [
        {"server": server_id, "remote": remote_id, "library_id": library_id, "library_name": name}
        for (server_id, remote_id), (library_id, name) in found.items()
    ]
    connection.execute(noting.values(library_id=bindparam("library_id"), library_name=bindparam("library_name")), rows)
