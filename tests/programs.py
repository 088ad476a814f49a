"""A whole program on either engine.

    pytestmark = pytest.mark.usefixtures("each_engine")

in a module whose tests open a `Program` runs them with a catalog file, and in the slow tier on PostgreSQL once more.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from tests.storage.engines import PostgresServer

from retrovue.core.context import AppContext
from retrovue.core.storage.database import Database
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.schema import open_postgres


class Program(AppContext):
    """A profile whose catalog is a file, or on `server` where there is one: a database for each profile."""

    server: ClassVar[PostgresServer | None] = None
    catalogs: ClassVar[dict[Path, str]] = {}

    def _open(self) -> Database:
        if self.server is None:
            return super()._open()
        folder = self.dirs.data_dir
        if folder not in self.catalogs:
            self.catalogs[folder] = self.server.new_catalog()
        address = parse_address(self.server.url(self.catalogs[folder]))
        return open_postgres(address, now=self.clock.epoch, computer=self.computer())


@pytest.fixture
def each_engine(engine_name: str, request: pytest.FixtureRequest) -> Iterator[None]:
    """Programs of a test have a catalog file, then one on PostgreSQL."""
    if engine_name == "postgresql":
        Program.server = request.getfixturevalue("postgres")
    yield
    if Program.server is not None:
        for name in Program.catalogs.values():
            Program.server.drop(name)
    Program.server = None
    Program.catalogs.clear()
