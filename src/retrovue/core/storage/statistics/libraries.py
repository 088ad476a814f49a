"""The library and the genre of a play: looked up in the catalog by the server's id of the item, once it is there."""

from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Select,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)

from retrovue.core.storage.tables import (
    episodes,
    libraries,
    movies,
    play_changes,
    plays,
    shows,
    statistics_state,
    sync_runs,
)
from retrovue.core.storage.tables.base import BIG, Text

_UNKNOWN = or_(plays.c.library_id.is_(None), plays.c.genre.is_(None))


def mark(connection: Connection) -> str:
    """A text that moves when items may have come that were played before."""
    newest = [connection.execute(select(func.max(table.c.id))).scalar() or 0 for table in (movies, episodes, sync_runs)]
    return " ".join(str(number) for number in newest)


def fill(connection: Connection) -> None:
    """Note library and genre of plays that lack one, where the catalog knows the item; what is noted stays."""
    known = connection.execute(select(statistics_state.c.catalog_mark)).scalar()
    wanted = [_UNKNOWN, plays.c.server_id.is_not(None), plays.c.remote_id.is_not(None)]
    if known == mark(connection):
        # The older plays were looked up in this very catalog.
        wanted.append(plays.c.id.in_(select(play_changes.c.play_id)))
    unknown = select(plays.c.server_id, plays.c.remote_id).where(*wanted).distinct().subquery()
    found: dict[tuple[int, str], tuple[int, str, str]] = {}
    for query in _looked_up(unknown):
        for server_id, remote_id, library_id, name, genre in connection.execute(query):
            # Emby lists an item in several views of one server: a play is from one of them, the first.
            found.setdefault((server_id, remote_id), (library_id, name, genre))
    if not found:
        return
    noting = update(plays).where(
        _UNKNOWN, plays.c.server_id == bindparam("server"), plays.c.remote_id == bindparam("remote")
    )
    rows = [
        {"server": server_id, "remote": remote_id, "library": library_id, "named": name, "kind_of": genre}
        for (server_id, remote_id), (library_id, name, genre) in found.items()
    ]
    noted = noting.values(
        library_id=func.coalesce(plays.c.library_id, bindparam("library", type_=BIG)),
        library_name=case((plays.c.library_id.is_(None), bindparam("named", type_=Text)), else_=plays.c.library_name),
        genre=func.coalesce(plays.c.genre, bindparam("kind_of", type_=Text)),
    )
    connection.execute(noted, rows)


def _looked_up(unknown: FromClause) -> list[Select[Any]]:
    """Server, id, library, its name, and the genre ("" where the item has none), of movies and of episodes."""
    queries = []
    for table, genre in ((movies, movies.c.genre), (episodes, shows.c.genre)):
        columns = (unknown.c.server_id, unknown.c.remote_id, libraries.c.id, libraries.c.name)
        query = (
            select(*columns, func.coalesce(genre, literal_column("''")))
            .select_from(unknown)
            .join(libraries, libraries.c.server_id == unknown.c.server_id)
            .join(table, (table.c.library_id == libraries.c.id) & (table.c.remote_id == unknown.c.remote_id))
        )
        if table is episodes:
            query = query.join(shows, shows.c.id == episodes.c.show_id)
        queries.append(query.order_by(libraries.c.id))
    return queries
