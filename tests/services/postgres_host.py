"""A program whose catalog is on a PostgreSQL server; also for programs that tests start."""

from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.storage.database import Database
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.schema import open_postgres


class PostgresHost(AppContext):
    """A program whose catalog is a database of a server."""

    def __init__(self, url: str, *args: Any, **facts: Any) -> None:
        super().__init__(*args, **facts)
        self._url = url

    def _open(self) -> Database:
        return open_postgres(parse_address(self._url), now=self.clock.epoch, computer=self.computer())
