"""A world whose catalog is on a PostgreSQL server: the same scenarios, checked with the same statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.services.conftest import World
from tests.storage.engines import PostgresServer

from retrovue.core.storage.dialects.statements import in_postgres


class NamedRow(tuple[Any, ...]):
    """A row that is asked by place and by name, as sqlite3.Row is."""

    names: tuple[str, ...] = ()

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self.names.index(key) if isinstance(key, str) else key)

    def keys(self) -> tuple[str, ...]:
        return self.names


class _Sql:
    """What tests use of a connection of sqlite3."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Any = ()) -> Any:
        return self._connection.execute(in_postgres(sql), values or None)

    def executemany(self, sql: str, rows: Any) -> None:
        for row in rows:
            self.execute(sql, row)


def _named(cursor: Any) -> Any:
    names = tuple(column.name for column in cursor.description or ())
    kind = type("Row", (NamedRow,), {"names": names})
    return lambda values: kind(values)


@dataclass
class PostgresWorld(World):
    """See `World`. The profile's own folder has no catalog."""

    postgres: PostgresServer = field(kw_only=True)
    catalog: str = field(init=False)

    def __post_init__(self) -> None:
        self.catalog = self.postgres.new_catalog()
        super().__post_init__()

    @property
    def environ(self) -> dict[str, str]:
        return {"RETROVUE_CATALOG_ADDRESS": self.postgres.url(self.catalog)}

    @contextmanager
    def sql(self) -> Iterator[Any]:
        with self.postgres.connect(self.catalog) as connection:
            connection.row_factory = _named
            yield _Sql(connection)

    def everything(self) -> list[str]:
        with self.postgres.connect(self.catalog) as connection:
            return sorted(
                f"{table}: {row}"
                for table in self.postgres.tables(self.catalog)
                for row in connection.execute(f'SELECT * FROM "{table}"')
            )

    def check_engine(self, connection: Any) -> None:
        """The server sees to its own order."""
