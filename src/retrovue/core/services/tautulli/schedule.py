"""Reading Tautulli by itself in a program without a window."""

import logging

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import Cancelled, RetroVueError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.tautulli.sync import sync_due
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

LOOK_S = 60.0
"""How often it is looked whether one is due."""


def run(host: AppContext, token: CancelToken, *, look_s: float = LOOK_S) -> None:
    """Read every connected Tautulli whenever it is due, until the token is canceled. Blocks on a thread of its own."""
    while not token.cancelled:
        try:
            sync_due(host, token)
        except Cancelled:
            return
        except RetroVueError as error:
            # The catalog is locked or full: that passes, and what is due stays due.
            log.info("tautulli cannot be read: %s", error.detail)
            deeds.complain(_("Tautulli could not be read. {why}").format(why=error.text))
        token.wait(look_s)
