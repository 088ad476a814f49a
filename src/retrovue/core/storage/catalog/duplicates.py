"""Finding items that may be one and the same: rows that share an external id, or that have several versions."""

from typing import NamedTuple

from sqlalchemy import Connection

from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.catalog.joining import joins
from retrovue.core.storage.database import Database


class SharedId(NamedTuple):
    """An item that carries an id which others carry, too.

    Attributes:
        key: the id; for episodes that are known by their show also season and number.
        year: of the movie, or of the episode's show.
        show_id, season, number: of an episode.
    """

    key: tuple[str | int, ...]
    item_id: int
    year: int | None
    show_id: int | None = None
    season: int | None = None
    number: int | None = None


_LIVE = (
    "JOIN libraries l ON l.id = t.library_id JOIN servers s ON s.id = l.server_id AND s.removed_at IS NULL "
    "WHERE t.removed_at IS NULL AND t.trashed_at IS NULL "
    f"AND {joins('g')} "
)
_SHARED = (
    "AND (g.provider, g.external_id) IN (SELECT provider, external_id FROM {kind}_guids "
    "GROUP BY provider, external_id HAVING count(DISTINCT {kind}_id) > 1)"
)


class DuplicateRepository:
    """Items that share ids. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def shared_ids(self, kind: ItemKind) -> list[SharedId]:
        """Present movies or episodes that carry an id of their own, or of their show and number, of another one."""
        with self._database.read() as connection:
            return _movies(connection) if kind is ItemKind.MOVIE else _episodes(connection)

    def with_versions(self, kind: ItemKind) -> list[int]:
        """Present movies or episodes that have several versions."""
        name = kind.value
        with self._database.read() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT k.{name}_id FROM media_links k JOIN {name}s t ON t.id = k.{name}_id "
                "JOIN libraries l ON l.id = t.library_id JOIN servers s ON s.id = l.server_id AND s.removed_at IS NULL "
                f"WHERE t.removed_at IS NULL AND t.trashed_at IS NULL GROUP BY k.{name}_id "
                "HAVING count(DISTINCT k.version_index) > 1"
            )
            return [row[0] for row in rows]


def _movies(connection: Connection) -> list[SharedId]:
    rows = connection.exec_driver_sql(
        "SELECT g.provider, g.external_id, t.id, t.year FROM movie_guids g JOIN movies t ON t.id = g.movie_id "
        f"{_LIVE}{_SHARED.format(kind='movie')}"
    )
    return [SharedId((row[0], row[1]), row[2], row[3]) for row in rows]


def _episodes(connection: Connection) -> list[SharedId]:
    own = connection.exec_driver_sql(
        "SELECT DISTINCT g.provider, g.external_id, t.id, h.year, t.show_id, t.season_number, t.episode_number "
        "FROM episode_guids g JOIN episodes t ON t.id = g.episode_id JOIN shows h ON h.id = t.show_id "
        f"{_LIVE}{_SHARED.format(kind='episode')}"
    )
    found = [SharedId((row[0], row[1]), *row[2:]) for row in own]
    by_show = connection.exec_driver_sql(
        "SELECT DISTINCT g.provider, g.external_id, t.id, h.year, t.show_id, t.season_number, t.episode_number "
        "FROM show_guids g JOIN episodes t ON t.show_id = g.show_id JOIN shows h ON h.id = t.show_id "
        f"{_LIVE}{_SHARED.format(kind='show')} AND t.season_number IS NOT NULL AND t.episode_number IS NOT NULL"
    )
    found += [SharedId((row[0], row[1], row[5], row[6]), *row[2:]) for row in by_show]
    # Jellyfin 10.11 lists two items for two files of one episode (recorded).
    within = connection.exec_driver_sql(
        "SELECT t.id, h.year, t.show_id, t.season_number, t.episode_number FROM episodes t JOIN shows h "
        "ON h.id = t.show_id JOIN libraries l ON l.id = t.library_id JOIN servers s ON s.id = l.server_id "
        "WHERE s.removed_at IS NULL AND t.removed_at IS NULL AND t.trashed_at IS NULL "
        "AND (t.show_id, t.season_number, t.episode_number) IN (SELECT show_id, season_number, episode_number "
        "FROM episodes WHERE removed_at IS NULL AND trashed_at IS NULL GROUP BY show_id, season_number, "
        "episode_number HAVING count(*) > 1 AND season_number IS NOT NULL AND episode_number IS NOT NULL)"
    )
    found += [SharedId(("show", row[2], row[3], row[4]), *row) for row in within]
    return found
