"""What services need of the program around them. `core.context.AppContext` is the one that provides it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection, MediaSource
from retrovue.core.storage.database import Database
from retrovue.core.storage.disks import DiskRepository
from retrovue.core.storage.files import CheckRepository, FilePathRepository
from retrovue.core.storage.libraries import LibraryRepository
from retrovue.core.storage.mappings import MappingRepository
from retrovue.core.storage.removals import RemovalRepository
from retrovue.core.storage.runs import RunRepository
from retrovue.core.storage.servers import ServerRepository
from retrovue.core.system.clock import Clock
from retrovue.core.system.filesystem import FileSystem
from retrovue.core.system.secrets import SecretStore
from retrovue.core.system.settings import Settings
from retrovue.core.system.volumes import VolumeProvider


class Host(Protocol):
    """Repositories, clock, settings and doors to servers. Thread: any."""

    @property
    def database(self) -> Database:
        """The open catalog."""

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

    def open_source(self, server: Server, token: CancelToken | None = None, *, may_move: bool = False) -> MediaSource:
        """A connection to a stored server, with its secret, which goes to no other machine.

        Args:
            may_move: follow a redirect of the identity, see `Connection`.

        Raises:
            SecretError: there is no token for it (or the keyring is locked).
        """

    def library_lock(self, library_id: int, token: CancelToken) -> AbstractContextManager[None]:
        """One sync per library at a time, also across processes: waits for the other one.

        Raises:
            Cancelled: while waiting.
        """


class MappingHost(Host, Protocol):
    """What services around path mapping need besides: the stored paths, and the disks of this computer."""

    @property
    def file_paths(self) -> FilePathRepository:
        """Server paths with the local paths derived from them."""

    @property
    def checks(self) -> CheckRepository:
        """States of files, and where checks left off."""

    @property
    def disks(self) -> DiskRepository:
        """What is known of volumes."""

    @property
    def file_system(self) -> FileSystem:
        """The disks."""

    @property
    def volume_provider(self) -> VolumeProvider:
        """What is mounted where."""


class ServerHost(Host, Protocol):
    """What services around servers need besides: secrets, and addresses that are not stored yet."""

    @property
    def secrets(self) -> SecretStore:
        """The tokens."""

    def connection(self, *, url: str, secret: str | None, server: Server | None = None) -> Connection:
        """How to reach an address with the settings as of now."""

    def connect(self, kind: ServerKind, connection: Connection, token: CancelToken | None = None) -> MediaSource:
        """A source for an address that may not be stored."""


Reporter = Callable[[object], None]
"""Called with progress objects from the working thread."""
