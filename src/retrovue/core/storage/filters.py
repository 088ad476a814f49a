"""Filters of a page that a person gave a name."""

from sqlalchemy import delete, select, update

from retrovue.core.domain.browse import SavedFilter
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import saved_filters
from retrovue.core.storage.values import given_name

_PUT = (
    "INSERT INTO saved_filters (page, name, criteria, created_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (page, name) DO UPDATE SET criteria = excluded.criteria"
)


class SavedFilterRepository:
    """Named filters; a name is there once per page. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, page: str) -> list[SavedFilter]:
        """The filters of a page in the order of their names."""
        table = saved_filters.c
        query = select(table.page, table.name, table.criteria).where(table.page == page)
        with self._database.read() as connection:
            found = [SavedFilter(*row) for row in connection.execute(query)]
        return sorted(found, key=lambda one: one.name.casefold())

    def put(self, saved: SavedFilter, *, now: int) -> SavedFilter | None:
        """Keep a filter; the one of the same name that it takes the place of, if there was one.

        Raises:
            ConfigError: its name is too long.
        """
        name = given_name(saved.name)
        before = next((one for one in self.all(saved.page) if one.name == name), None)
        with self._database.write() as connection:
            connection.exec_driver_sql(_PUT, (saved.page, name, saved.criteria, now))
        return before

    def rename(self, saved: SavedFilter, name: str) -> None:
        """Give a filter another name.

        Raises:
            ConfigError: the name is too long.
            RowError: another filter of the page has this name.
        """
        table, name = saved_filters.c, given_name(name)
        with self._database.write() as connection:
            connection.execute(
                update(saved_filters).where(table.page == saved.page, table.name == saved.name).values(name=name)
            )

    def remove(self, saved: SavedFilter) -> None:
        """Forget a filter; `put` brings it back."""
        table = saved_filters.c
        with self._database.write() as connection:
            connection.execute(delete(saved_filters).where(table.page == saved.page, table.name == saved.name))
