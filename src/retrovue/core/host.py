"""`Host`: what services work with, which is the repositories of a catalog and what stands around them.

Each repository is imported and made on first use: SQLAlchemy takes most of a second to load, and the window should be
visible before that.
"""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING

from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.system.clock import Clock
from retrovue.core.system.settings import Settings

if TYPE_CHECKING:
    from retrovue.core.sources.base import MediaSource
    from retrovue.core.storage.catalog.lists import BrowseRepository
    from retrovue.core.storage.catalog.reader import CatalogRepository
    from retrovue.core.storage.cleanup.facts import CleanupReader
    from retrovue.core.storage.cleanup.kept import CleanupRepository
    from retrovue.core.storage.cleanup.marks import MarkRepository
    from retrovue.core.storage.computers import ComputerRepository
    from retrovue.core.storage.database import Database
    from retrovue.core.storage.disks import DiskRepository
    from retrovue.core.storage.files import CheckRepository, FilePathRepository
    from retrovue.core.storage.filters import SavedFilterRepository
    from retrovue.core.storage.forwarding import ForwardingRepository
    from retrovue.core.storage.imports import ImportRepository
    from retrovue.core.storage.libraries import LibraryRepository
    from retrovue.core.storage.listing.reading import ListedRepository
    from retrovue.core.storage.mappings import MappingRepository
    from retrovue.core.storage.notices import NoticeRepository
    from retrovue.core.storage.people import PeopleRepository
    from retrovue.core.storage.play_lists import PlayListRepository
    from retrovue.core.storage.playback import PlaybackRepository
    from retrovue.core.storage.plays import PlayRepository
    from retrovue.core.storage.removals import RemovalRepository
    from retrovue.core.storage.runs import RunRepository
    from retrovue.core.storage.servers import ServerRepository
    from retrovue.core.storage.shared_plays import SharedPlayRepository
    from retrovue.core.storage.sharing import SharedRepository
    from retrovue.core.storage.statistics.counting import StatisticsRepository
    from retrovue.core.storage.watching.collections import CollectionRepository
    from retrovue.core.storage.watching.connections import ConnectionRepository
    from retrovue.core.storage.watching.counts import WatchCountRepository
    from retrovue.core.storage.watching.items import ItemWatchRepository


class Host(ABC):
    """A catalog with its repositories, the settings, the time and the way to servers. Thread: any.

    `AppContext` is the one of a profile, and a dry run of a sync has one of a copy of its catalog.
    """

    clock: Clock

    @property
    @abstractmethod
    def database(self) -> "Database":
        """Return the catalog, opened on first use."""

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """Return the current settings."""

    @abstractmethod
    def open_source(self, server: Server, token: CancelToken | None = None, *, may_move: bool = False) -> "MediaSource":
        """Return a source for a stored server with its token, which is sent to no other machine. Close it when done.

        Args:
            may_move: follow a redirect of the identity request, see `Connection`.

        Raises:
            SecretError: there is no token for it (or the keyring is locked).
        """

    @abstractmethod
    def library_lock(self, library_id: int, token: CancelToken) -> AbstractContextManager[object]:
        """Return the lock of a library's sync, after waiting for syncs of this and other processes.

        Raises:
            Cancelled: canceled while waiting.
        """

    @cached_property
    def servers(self) -> "ServerRepository":
        """Return the stored servers."""
        from retrovue.core.storage.servers import ServerRepository

        return ServerRepository(self.database)

    @cached_property
    def libraries(self) -> "LibraryRepository":
        """Return the stored libraries."""
        from retrovue.core.storage.libraries import LibraryRepository

        return LibraryRepository(self.database)

    @cached_property
    def mappings(self) -> "MappingRepository":
        """Return the path mapping rules."""
        from retrovue.core.storage.mappings import MappingRepository

        return MappingRepository(self.database)

    @cached_property
    def runs(self) -> "RunRepository":
        """Return the past syncs."""
        from retrovue.core.storage.runs import RunRepository

        return RunRepository(self.database)

    @cached_property
    def removals(self) -> "RemovalRepository":
        """Return held-back and completed removals."""
        from retrovue.core.storage.removals import RemovalRepository

        return RemovalRepository(self.database)

    @cached_property
    def catalog(self) -> "CatalogRepository":
        """Return the items with their files and ids."""
        from retrovue.core.storage.catalog.reader import CatalogRepository

        return CatalogRepository(self.database)

    @cached_property
    def browse(self) -> "BrowseRepository":
        """Return the sorted lists for views."""
        from retrovue.core.storage.catalog.lists import BrowseRepository

        return BrowseRepository(self.database)

    @cached_property
    def saved_filters(self) -> "SavedFilterRepository":
        """Return the saved filters."""
        from retrovue.core.storage.filters import SavedFilterRepository

        return SavedFilterRepository(self.database)

    @cached_property
    def notices(self) -> "NoticeRepository":
        """Return the stored notices."""
        from retrovue.core.storage.notices import NoticeRepository

        return NoticeRepository(self.database)

    @cached_property
    def playback(self) -> "PlaybackRepository":
        """Return the live plays."""
        from retrovue.core.storage.playback import PlaybackRepository

        return PlaybackRepository(self.database)

    @cached_property
    def plays(self) -> "PlayRepository":
        """Return the history."""
        from retrovue.core.storage.plays import PlayRepository

        return PlayRepository(self.database, self.listed)

    @cached_property
    def listed(self) -> "ListedRepository":
        """Return the lists of the history, which are quick however long it is."""
        from retrovue.core.storage.listing.reading import ListedRepository

        return ListedRepository(self.database, lambda: self.settings.sitting_hours * 3600)

    @cached_property
    def statistics(self) -> "StatisticsRepository":
        """Return the counts of plays."""
        from retrovue.core.storage.statistics.counting import StatisticsRepository

        return StatisticsRepository(self.database)

    @cached_property
    def people(self) -> "PeopleRepository":
        """Return the accounts that played, and whose they are."""
        from retrovue.core.storage.people import PeopleRepository

        return PeopleRepository(self.database)

    @cached_property
    def imports(self) -> "ImportRepository":
        """Return the plays of other records, on their way into the history."""
        from retrovue.core.storage.imports import ImportRepository

        return ImportRepository(self.database)

    @cached_property
    def play_lists(self) -> "PlayListRepository":
        """Return the long lists of the history."""
        from retrovue.core.storage.play_lists import PlayListRepository

        return PlayListRepository(self.database, self.listed)

    @cached_property
    def connections(self) -> "ConnectionRepository":
        """Return the connections to other programs that watch."""
        from retrovue.core.storage.watching.connections import ConnectionRepository

        return ConnectionRepository(self.database)

    @cached_property
    def collections(self) -> "CollectionRepository":
        """Return the collections of servers, and snapshots of them."""
        from retrovue.core.storage.watching.collections import CollectionRepository

        return CollectionRepository(self.database)

    @cached_property
    def watch_counts(self) -> "WatchCountRepository":
        """Return what several records count of items."""
        from retrovue.core.storage.watching.counts import WatchCountRepository

        return WatchCountRepository(self.database)

    @cached_property
    def item_watch(self) -> "ItemWatchRepository":
        """Return what was watched of each item, as lists sort by it."""
        from retrovue.core.storage.watching.items import ItemWatchRepository

        return ItemWatchRepository(self.database)

    @cached_property
    def cleanup_facts(self) -> "CleanupReader":
        """Return the reader of what clean-up rules look at."""
        from retrovue.core.storage.cleanup.facts import CleanupReader

        return CleanupReader(self.database)

    @cached_property
    def cleanup(self) -> "CleanupRepository":
        """Return the clean-up rules, exclusions and earlier lists."""
        from retrovue.core.storage.cleanup.kept import CleanupRepository

        return CleanupRepository(self.database)

    @cached_property
    def marks(self) -> "MarkRepository":
        """Return the tags and favorites of items."""
        from retrovue.core.storage.cleanup.marks import MarkRepository

        return MarkRepository(self.database)

    @cached_property
    def file_paths(self) -> "FilePathRepository":
        """Return the server paths with their local paths."""
        from retrovue.core.storage.files import FilePathRepository

        return FilePathRepository(self.database)

    @cached_property
    def checks(self) -> "CheckRepository":
        """Return the file states and interrupted checks."""
        from retrovue.core.storage.files import CheckRepository

        return CheckRepository(self.database)

    @cached_property
    def disks(self) -> "DiskRepository":
        """Return the stored facts of volumes."""
        from retrovue.core.storage.disks import DiskRepository

        return DiskRepository(self.database)

    @cached_property
    def computers(self) -> "ComputerRepository":
        """Return the computers that work on the catalog."""
        from retrovue.core.storage.computers import ComputerRepository

        return ComputerRepository(self.database)

    @cached_property
    def shared(self) -> "SharedRepository":
        """Return what other programs are told."""
        from retrovue.core.storage.sharing import SharedRepository

        return SharedRepository(self.database)

    @cached_property
    def shared_plays(self) -> "SharedPlayRepository":
        """Return the history as other programs are told of it."""
        from retrovue.core.storage.shared_plays import SharedPlayRepository

        return SharedPlayRepository(self.database, self.listed)

    @cached_property
    def forwarding(self) -> "ForwardingRepository":
        """Return where notices are also sent to."""
        from retrovue.core.storage.forwarding import ForwardingRepository

        return ForwardingRepository(self.database)
