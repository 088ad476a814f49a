"""The weekly backup in a program without a window. The window has its own round of chores."""

import logging

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import StorageError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.upkeep.database import backup, is_backup_due
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

LOOK_S = 3_600.0
"""How often to check whether a backup is due. A disk that is full now is full in a minute, too."""


def run(host: AppContext, token: CancelToken, *, look_s: float = LOOK_S) -> None:
    """Back up the catalog whenever that is due, until the token is canceled. Blocks on a thread of its own."""
    while not token.cancelled:
        try:
            if host.settings.backup_schedule != "off" and is_backup_due(host):
                backup(host, reason="weekly")
        except StorageError as error:
            # The disk is full or the server is away: that passes, and the backup stays due.
            log.warning("the weekly backup failed: %s", error.detail or error.text)
            deeds.complain(_("The weekly backup could not be made. {why}").format(why=error.text))
        token.wait(look_s)
