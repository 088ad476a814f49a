"""Keeping the catalog file quick and small while nobody uses it. A database server does that by itself."""

import logging

from retrovue.core.context import AppContext
from retrovue.core.domain.sizes import format_size
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.storage import maintenance
from retrovue.core.system import deeds

log = logging.getLogger(__name__)


def maintain(host: AppContext, token: CancelToken, *, always: bool = False) -> int | None:
    """Bring the planner's statistics up to date, and compact the file where that frees enough.

    Args:
        always: compact it whatever that frees.

    Returns:
        By how many bytes the file became smaller; 0: it was not written anew. None: it is on a database server.

    Raises:
        StorageError: another program writes the catalog, or there is no room. The file is as it was.
        Cancelled: the token was canceled.
    """
    if host.used_catalog:
        return None
    path = host.dirs.catalog
    database = host.database  # opened (created, upgraded) before it is looked at
    with database.alone():
        maintenance.analyse(path)
    token.raise_if_cancelled()
    if not always and not maintenance.is_worth_compacting(path):
        return 0
    with database.alone():
        freed = maintenance.compact(path, token)
    log.info("the catalog was compacted, %d bytes smaller", freed)
    deeds.tell(_("Compacted the catalog: {size} less.").format(size=format_size(freed)))
    return freed
