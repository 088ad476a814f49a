"""The past of the demo's house: read from the records of its servers, as anybody would with servers of their own."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import Cancelled, RetroVueError
from retrovue.core.domain.imports import ImportCounts
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers.stored import all_servers

if TYPE_CHECKING:
    from retrovue.demo.house import House

log = logging.getLogger(__name__)

_PAUSE_S = 2.0
"""The window opens first."""


def import_past(context: AppContext, house: "House", token: CancelToken) -> list[tuple[Server, ImportCounts]]:
    """Import the plays of the house: of Plex from Tautulli, of the others from Playback Reporting.

    Tautulli stays connected, so that it counts on. A second time adds only what is new.

    Raises:
        SourceError: a record cannot be read.
        StorageError: plays cannot be stored.
        Cancelled: what was read is kept.
    """
    from retrovue.core.services.history.imports.reporting import import_reporting
    from retrovue.core.services.history.imports.tautulli import import_tautulli
    from retrovue.core.services.tautulli.connection import connect
    from retrovue.demo.tautulli import KEY

    found: list[tuple[Server, ImportCounts]] = []
    for server in all_servers(context):
        if server.kind is ServerKind.PLEX:
            connect(context, url=house.tautulli.url, key=KEY, token=token)
            done = import_tautulli(context, url=house.tautulli.url, key=KEY, token=token)
        else:
            done = import_reporting(context, server, token=token)
        found.append((server, done.counts))
    return found


@contextmanager
def past_beside(context: AppContext, house: "House") -> Iterator[None]:
    """Import the past on another thread while the window is open."""
    token = CancelToken()

    def run() -> None:
        try:
            if not token.wait(_PAUSE_S):
                import_past(context, house, token)
        except Cancelled:
            pass
        except RetroVueError as error:
            log.warning("the past of the demo is incomplete: %s", error.text)

    thread = threading.Thread(target=run, name="demo-past")
    thread.start()
    try:
        yield
    finally:
        token.cancel()
        thread.join()
