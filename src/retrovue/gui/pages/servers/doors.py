"""The ways out of the program that adding a server needs: the browser, and the network around."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.work.opening import open_with_system

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.services.servers.discovery import FoundOnNetwork

Find = Callable[["AppContext", CancelToken], "Sequence[FoundOnNetwork]"]
"""Asks the network who is there. Runs on a lane."""


def open_in_browser(address: str) -> bool:
    """Open an address in the system's browser; False when there is none. Thread: GUI."""
    return open_with_system(QUrl(address))


def ask_the_network(context: "AppContext", token: CancelToken) -> "Sequence[FoundOnNetwork]":
    """Ask on every interface for three seconds."""
    # Not at the top: the sources are loaded after the window is painted.
    from retrovue.core.services.servers.discovery import find_servers

    return find_servers(context, token=token)


@dataclass(frozen=True)
class Doors:
    """Others take their place in tests and for pictures."""

    open_url: Callable[[str], bool] = open_in_browser
    find: Find = ask_the_network
