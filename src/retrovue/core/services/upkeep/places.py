"""Where the catalog of a profile is: in its file, or on a PostgreSQL server; testing a server, and changing over."""

import logging
from collections.abc import Callable

from retrovue.core.context import AppContext
from retrovue.core.domain.catalog_servers import CatalogStep, CatalogVerdict, StepResult
from retrovue.core.domain.errors import (
    CatalogAddressError,
    CatalogAwayError,
    CatalogPasswordError,
    ConfigError,
    StorageError,
)
from retrovue.core.i18n import _
from retrovue.core.storage.postgres.address import PostgresAddress, parse_address
from retrovue.core.storage.postgres.connection import OLDEST
from retrovue.core.storage.postgres.inspection import ServerFacts, inspect_server, sign_in
from retrovue.core.storage.revisions import HEAD, REVISIONS
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

SQLITE = "sqlite"


def shown_place(host: AppContext) -> str:
    """Where the catalog is, for people: the path of the file, or the address without the user."""
    text = host.settings.catalog_address
    return parse_address(text).shown() if text else str(host.dirs.catalog)


def signed_in(host: AppContext, text: str, password: str | None = None) -> tuple[PostgresAddress, ServerFacts]:
    """Return an address with the password it needs, and what its database is like.

    Args:
        password: what a person has just entered, which is taken before any other; see `sign_in` for those.

    Raises:
        ConfigError: the address cannot be read, or contains a password.
        SecretError: the keyring is locked or refused.
        StorageError: the server cannot be reached, or refuses.
    """
    address = parse_address(text).with_password(password or None)
    if address.password is not None:
        return address, inspect_server(address)
    return sign_in(address, lambda: host.catalog_password(text))


def try_out(host: AppContext, text: str, *, password: str | None = None) -> CatalogVerdict:
    """Say of a database whether the program can work on it.

    Args:
        password: None for that of libpq or the keyring, see `signed_in`.

    Raises:
        ConfigError: the address cannot be read.
        SecretError: the keyring is locked or refused.
    """
    shown = parse_address(text).shown()
    steps: list[StepResult] = []
    try:
        _address, facts = signed_in(host, text, password)
    except CatalogAwayError as error:
        hint = _("Check the address, the server and the network, then try again.")
        steps.append(StepResult(CatalogStep.REACHED, False, error.text, hint))
        return CatalogVerdict(shown, tuple(steps))
    except CatalogAddressError as error:
        steps.append(StepResult(CatalogStep.REACHED, False, error.text, error.hint))
        return CatalogVerdict(shown, tuple(steps))
    except StorageError as error:
        steps.append(StepResult(CatalogStep.REACHED, True, _("The server answers.")))
        steps.append(StepResult(CatalogStep.SIGNED_IN, False, error.text, error.hint, error.command_hint))
        wants = isinstance(error, CatalogPasswordError)
        return CatalogVerdict(shown, tuple(steps), wants_password=wants)
    steps.append(StepResult(CatalogStep.REACHED, True, _("The server answers.")))
    steps.append(StepResult(CatalogStep.SIGNED_IN, True, _("Signed in as {user}.").format(user=facts.user)))
    for check in (_version, _encoding, _schema):
        steps.append(check(facts))
        if not steps[-1].is_ok:
            return CatalogVerdict(shown, tuple(steps))
    steps.insert(-1, _rights(facts))
    is_ok = all(step.is_ok for step in steps)
    return CatalogVerdict(
        shown,
        tuple(steps),
        has_catalog=is_ok and facts.revision is not None,
        is_empty=is_ok and facts.table is None,
    )


def _version(facts: ServerFacts) -> StepResult:
    number = facts.version // 10000
    if facts.version < OLDEST:
        text = _("This server runs PostgreSQL {version}, which is too old.").format(version=number)
        return StepResult(CatalogStep.VERSION, False, text, _("Update it to PostgreSQL 13 or newer."))
    return StepResult(CatalogStep.VERSION, True, f"PostgreSQL {number}.{facts.version % 10000}")


def _encoding(facts: ServerFacts) -> StepResult:
    if facts.encoding != "UTF8":
        text = _("The database has the encoding {encoding}, which cannot store all titles.")
        hint = _("Create a database with the encoding UTF8.")
        return StepResult(CatalogStep.ENCODING, False, text.format(encoding=facts.encoding), hint)
    return StepResult(CatalogStep.ENCODING, True, _("All titles can be stored (UTF-8)."))


def _rights(facts: ServerFacts) -> StepResult:
    if facts.may_create:
        return StepResult(CatalogStep.RIGHTS, True, _("This user can create tables."))
    text = _("This user cannot create tables.")
    return StepResult(CatalogStep.RIGHTS, False, text, _("Make this user the owner of the database, then try again."))


def _schema(facts: ServerFacts) -> StepResult:
    if facts.revision is None and facts.table is None:
        return StepResult(CatalogStep.SCHEMA, True, _("The database is empty."))
    if facts.revision is None:
        text = _("The database is not empty: it has the table “{table}”.").format(table=facts.table)
        return StepResult(CatalogStep.SCHEMA, False, text, _("Choose an empty database. Nothing was changed."))
    if facts.revision not in REVISIONS:
        text = _("This catalog was written by a newer version of RetroVue (schema {revision}).")
        hint = _("Update RetroVue, or choose another database.")
        return StepResult(CatalogStep.SCHEMA, False, text.format(revision=facts.revision), hint)
    if facts.revision != HEAD:
        text = _("There is a catalog of an older version. It is upgraded when it is opened.")
        return StepResult(CatalogStep.SCHEMA, True, text)
    return StepResult(CatalogStep.SCHEMA, True, _("There is a catalog (schema {revision}).").format(revision=HEAD))


def use(host: AppContext, text: str, *, password: str | None = None) -> CatalogVerdict | None:
    """Have this profile use the database at an address from now on, or with "sqlite" its own file again.

    Nothing is copied. The password, where one was given and is right, goes to this computer's keyring.

    Returns:
        The test of the server, None for the file. Where it failed, nothing was changed.

    Raises:
        ConfigError: the address cannot be read, or the environment decides on it.
        ReadOnlyError: the settings cannot be written.
    """
    variable = host.settings_store.overridden_by("catalog_address")
    if variable:
        raise ConfigError(
            _("The environment variable {variable} decides which catalog is used.").format(variable=variable),
            hint=_("Remove the variable, then try again."),
        )
    if text == SQLITE:
        host.settings_store.update(catalog_address="")
        log.info("the profile uses its catalog file")
        deeds.tell(_("This profile uses its own catalog file."))
        return None
    verdict = try_out(host, text, password=password)
    if not verdict.can_use:
        return verdict
    if password:
        host.keep_catalog_password(text, password)
    host.settings_store.update(catalog_address=text)
    log.info("the profile uses the catalog at %s", verdict.address)
    deeds.tell(_("This profile uses the catalog at {address}.").format(address=verdict.address))
    return verdict


def refuse_on_server(host: AppContext, text: Callable[[], str], hint: Callable[[], str]) -> None:
    """Refuse what can only be done with a catalog file.

    Raises:
        ConfigError: the catalog is on a server.
    """
    if host.settings.catalog_address:
        raise ConfigError(text(), hint=hint())
