"""What sharing needs of the program around it."""

from typing import Protocol

from retrovue.core.services.history.plays import HistoryHost
from retrovue.core.services.host import ServerHost
from retrovue.core.storage.catalog.reader import CatalogRepository
from retrovue.core.storage.sharing import SharedRepository


class SharingHost(ServerHost, HistoryHost, Protocol):
    """Servers with their secrets, the history, and what is told of both."""

    @property
    def shared(self) -> SharedRepository:
        """Plays, items and people as other programs are told of them."""

    @property
    def catalog(self) -> CatalogRepository:
        """Items with their files and ids."""
