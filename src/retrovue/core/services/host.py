"""What services need of the program around them. `core.context.AppContext` is the one that provides it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import MediaSource
from retrovue.core.storage.engine import Database
from retrovue.core.storage.runs import RemovalRepository, RunRepository
from retrovue.core.storage.servers import LibraryRepository, MappingRepository, ServerRepository
from retrovue.core.system.clock import Clock
from retrovue.core.system.settings import Settings


class Host(Protocol):
    """Repositories, clock, settings and doors to servers. Thread: any."""

    @property
    def database(self) -> Database:
        """The open catalogue."""

    @property
    def servers(self) -> ServerRepository:
        """Stored servers."""

    @property
    def libraries(self) -> LibraryRepository:
        """Stored libraries."""

    @property
    def mappings(self) -> MappingRepository:
        """Path mapping rules."""

    @property
    def runs(self) -> RunRepository:
        """Past sync runs."""

    @property
    def removals(self) -> RemovalRepository:
        """Held-back removals and tombstones."""

    @property
    def settings(self) -> Settings:
        """The settings as of now."""

    @property
    def clock(self) -> Clock:
        """The time."""

    def open_source(self, server: Server, token: CancelToken | None = None) -> MediaSource:
        """A connection to a stored server, with its secret.

        Raises:
            SecretError: there is no token for it (or the keyring is locked).
        """

    def library_lock(self, library_id: int, token: CancelToken) -> AbstractContextManager[None]:
        """One sync per library at a time, also across processes: waits for the other one.

        Raises:
            Cancelled: while waiting.
        """


Reporter = Callable[[object], None]
"""Called with progress objects from the working thread."""
