"""Waiting for the server of the catalog, for programs that start with the computer and may be there first."""

import logging
from collections.abc import Callable

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import CatalogAwayError
from retrovue.core.domain.tasks import CancelToken

log = logging.getLogger(__name__)

_PAUSE_S = 2.0


def wait_for_catalog(
    host: AppContext, token: CancelToken, tell: Callable[[CatalogAwayError], None], *, pause_s: float = _PAUSE_S
) -> bool:
    """Open the catalog as soon as its server can be reached; return False where the token was canceled before.

    Args:
        tell: called once, with why the catalog cannot be opened now.
        pause_s: seconds between two attempts.

    Raises:
        StorageError: it cannot be opened for another reason.
    """
    is_told = False
    while not token.cancelled:
        try:
            if host.database is not None:
                return True
        except CatalogAwayError as error:
            if not is_told:
                log.warning("waiting for the server of the catalog: %s %s", error.text, error.detail)
                tell(error)
            is_told = True
        token.wait(pause_s)
    return False
