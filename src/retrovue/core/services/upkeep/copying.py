"""Copying the catalog to PostgreSQL and back."""

import logging
from collections.abc import Callable, Sequence

from retrovue.core.context import AppContext
from retrovue.core.domain.catalog_copies import CopiedTable, CopyProgress
from retrovue.core.domain.errors import ConfigError, LockedError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.storage.postgres.address import parse_address
from retrovue.core.storage.postgres.copying import copy_from_postgres, copy_to_postgres

log = logging.getLogger(__name__)

SQLITE = "sqlite"


def copy(
    host: AppContext,
    *,
    to: str,
    source: str | None = None,
    token: CancelToken,
    report: Callable[[CopyProgress], None] | None = None,
) -> Sequence[CopiedTable]:
    """Copy the catalog of this profile to the database at `to`; or, to "sqlite", the one at `source` into it.

    Returns:
        Every table with the rows that both sides have of it.

    Raises:
        Cancelled: the target is as it was.
        ConfigError: an address is missing, unreadable or contains a password, or the target is not empty.
        StorageError: the copy failed; the target is as it was.
    """
    if to != SQLITE:
        if source is not None:
            raise ConfigError(
                _("A copy to PostgreSQL is always made of the catalog of this profile."),
                hint=_("Leave the source out."),
            )
        address = parse_address(to)
        copied = copy_to_postgres(host.database, address, token=token, report=report)
        log.info("catalog copied to %s", address.shown())
        return copied
    if source is None:
        raise ConfigError(
            _("The database to copy from is missing."),
            hint=_("Enter its address."),
            command_hint=_("Add “--from postgresql://user@host/name”."),
        )
    address = parse_address(source)
    if host.is_open_elsewhere():
        raise LockedError(_("The catalog is open in another RetroVue window."), hint=_("Quit it, then try again."))
    with host.without_syncs():
        copied = copy_from_postgres(
            address,
            host.database,
            computer=host.computer(),
            now=host.clock.epoch(),
            token=token,
            report=report,
        )
    log.info("catalog copied from %s", address.shown())
    return copied
