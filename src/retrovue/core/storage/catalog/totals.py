"""What follows items: totals of shows, states of files, removals that are decided by a new listing."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.database import chunks
from retrovue.core.storage.tables import ITEM_TABLES


def revive_rows(connection: Connection, kind: ItemKind, row_ids: Sequence[int]) -> None:
    """Take tombstones back, with the files of the items."""
    ids = [(row_id,) for row_id in row_ids]
    connection.exec_driver_sql(f"UPDATE {ITEM_TABLES[kind]} SET removed_at = NULL WHERE id = ?", ids)
    clear_removals(connection, kind, row_ids)
    if kind is not ItemKind.SHOW:
        connection.exec_driver_sql(
            "UPDATE media_files SET removed_at = NULL WHERE removed_at IS NOT NULL AND id IN "
            f"(SELECT media_file_id FROM media_links WHERE {kind.value}_id = ?)",
            ids,
        )


def clear_removals(connection: Connection, kind: ItemKind, row_ids: Sequence[int]) -> None:
    """An item that is listed again waits for no decision and is nobody's tombstone."""
    connection.exec_driver_sql(
        f"DELETE FROM held_removals WHERE {kind.value}_id = ?", [(row_id,) for row_id in row_ids]
    )


def update_totals(connection: Connection, show_ids: Iterable[int]) -> None:
    """Count the seasons and episodes of shows anew."""
    rows = [(show_id,) for show_id in sorted(show_ids)]
    if rows:
        connection.exec_driver_sql(
            "UPDATE shows SET (total_episodes, total_seasons) = (SELECT count(*), count(DISTINCT season_number) "
            "FROM episodes e WHERE e.show_id = shows.id AND e.removed_at IS NULL), size_bytes = (SELECT "
            "coalesce(sum(size_bytes), 0) FROM media_files WHERE id IN (SELECT l.media_file_id FROM episodes e "
            "JOIN media_links l ON l.episode_id = e.id WHERE e.show_id = shows.id AND e.removed_at IS NULL)) "
            "WHERE id = ?",
            rows,
        )


def wake_shows(connection: Connection, show_ids: Iterable[int]) -> None:
    """An episode that is present needs its show, whatever the show's own entry said."""
    for chunk in chunks(sorted(show_ids)):
        marks = ",".join("?" * len(chunk))
        rows = connection.exec_driver_sql(
            f"SELECT id FROM shows WHERE id IN ({marks}) AND removed_at IS NOT NULL AND total_episodes > 0",
            tuple(chunk),
        ).fetchall()
        if rows:
            revive_rows(connection, ItemKind.SHOW, [row[0] for row in rows])


def release_files(connection: Connection, file_ids: Iterable[int], now: int) -> None:
    """Mark files that belong to no present item any more as removed."""
    rows = [(now, file_id) for file_id in sorted(file_ids)]
    if rows:
        connection.exec_driver_sql(
            "UPDATE media_files SET removed_at = ? WHERE id = ? AND removed_at IS NULL AND NOT EXISTS ("
            "SELECT 1 FROM media_links l LEFT JOIN episodes e ON e.id = l.episode_id "
            "LEFT JOIN movies m ON m.id = l.movie_id WHERE l.media_file_id = media_files.id "
            "AND ((l.episode_id IS NOT NULL AND e.removed_at IS NULL) "
            "OR (l.movie_id IS NOT NULL AND m.removed_at IS NULL)))",
            rows,
        )


def shows_of(connection: Connection, episode_ids: Sequence[int]) -> set[int]:
    found: set[int] = set()
    for chunk in chunks(episode_ids):
        marks = ",".join("?" * len(chunk))
        rows = connection.exec_driver_sql(f"SELECT DISTINCT show_id FROM episodes WHERE id IN ({marks})", tuple(chunk))
        found.update(row[0] for row in rows)
    return found
