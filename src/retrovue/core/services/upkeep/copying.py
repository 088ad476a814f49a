"""Copying the catalog to PostgreSQL and back."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from retrovue.core.context import AppContext
from retrovue.core.domain.catalog_copies import CopiedTable, CopyProgress
from retrovue.core.domain.errors import ConfigError, LockedError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.upkeep import places
from retrovue.core.storage.database import Database
from retrovue.core.storage.postgres.copying import copy_from_postgres, copy_to_postgres
from retrovue.core.storage.schema import open_catalog

log = logging.getLogger(__name__)

SQLITE = "sqlite"


def copy(
    host: AppContext,
    *,
    to: str,
    source: str | None = None,
    password: str | None = None,
    token: CancelToken,
    report: Callable[[CopyProgress], None] | None = None,
) -> Sequence[CopiedTable]:
    """Copy the catalog file of this profile to the database at `to`; or, to "sqlite", the one at `source` into it.

    A profile that uses a database can be copied to its own file, and that database is the source then.

    Args:
        password: of the database at `to`; None for that of libpq or the keyring.

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
        places.refuse_on_server(
            host,
            lambda: _("The catalog is on a PostgreSQL server already."),
            lambda: _(
                "Copy it to the file of this profile first, or copy the database with the programs of its server."
            ),
        )
        address, _facts = places.signed_in(host, to, password)
        copied = copy_to_postgres(host.database, address, token=token, report=report)
        log.info("catalog copied to %s", address.shown())
        return copied
    return _copy_to_file(host, source, token, report)


def _copy_to_file(
    host: AppContext, source: str | None, token: CancelToken, report: Callable[[CopyProgress], None] | None
) -> Sequence[CopiedTable]:
    source = source or host.settings.catalog_address
    if not source:
        raise ConfigError(
            _("The database to copy from is missing."),
            hint=_("Enter its address."),
            command_hint=_("Add “--from postgresql://user@host/name”."),
        )
    address, _facts = places.signed_in(host, source)
    if host.is_open_elsewhere():
        raise LockedError(_("The catalog is open in another RetroVue window."), hint=_("Quit it, then try again."))
    with host.without_syncs(), _file_of(host) as target:
        copied = copy_from_postgres(
            address,
            target,
            computer=host.computer(),
            now=host.clock.epoch(),
            token=token,
            report=report,
        )
    log.info("catalog copied from %s", address.shown())
    return copied


@contextmanager
def _file_of(host: AppContext) -> Iterator[Database]:
    """The catalog file of a profile, which may be using a server."""
    if not host.settings.catalog_address:
        yield host.database
        return
    database = open_catalog(host.dirs.catalog, now=host.clock.epoch, computer=host.computer())
    try:
        yield database
    finally:
        database.close()
