"""What sharing needs of the program around it."""

from typing import Protocol

from retrovue.core.services.cleanup.lists import CleanupHost
from retrovue.core.services.history.plays import HistoryHost
from retrovue.core.services.host import ServerHost
from retrovue.core.services.statistics.views import StatisticsHost
from retrovue.core.storage.catalog.reader import CatalogRepository
from retrovue.core.storage.shared_plays import SharedPlayRepository
from retrovue.core.storage.sharing import SharedRepository


class SharingHost(ServerHost, HistoryHost, StatisticsHost, CleanupHost, Protocol):
    """Servers with their secrets, the history, what is counted and what can go, and what is told of all that."""

    @property
    def shared(self) -> SharedRepository:
        """Items and people as other programs are told of them."""

    @property
    def shared_plays(self) -> SharedPlayRepository:
        """The history as other programs are told of it."""

    @property
    def catalog(self) -> CatalogRepository:
        """Items with their files and ids."""
