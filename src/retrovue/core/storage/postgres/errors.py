"""What psycopg and the server say, in our own words."""

from retrovue.core.domain.errors import (
    CatalogAddressError,
    CatalogAwayError,
    CatalogPasswordError,
    DiskFullError,
    LockedError,
    ReadOnlyError,
    RowError,
    StorageError,
)
from retrovue.core.i18n import _
from retrovue.core.storage.postgres.address import PostgresAddress, driver
from retrovue.core.storage.postgres.opening import HUNG


def in_our_words(
    error: BaseException,
    address: PostgresAddress,
    *,
    is_connected: bool = True,
    is_stalled: bool = False,
    after: str = "",
) -> StorageError:
    """The error for people.

    Args:
        is_connected: the server had been reached before.
        is_stalled: it was given up because it said nothing for too long.
        after: a sentence that says what was done or not, put before what to do.
    """
    state = getattr(error, "sqlstate", None) or ""
    detail = f"{type(error).__name__}: {error}"
    if not is_connected:
        return _no_connection(error, address, detail)
    is_stalled = is_stalled or HUNG in str(error)
    if is_stalled or _is_lost(error, state):
        text = (
            _("The PostgreSQL server stopped responding.")
            if is_stalled
            else _("The connection to the PostgreSQL server was lost.")
        )
        return CatalogAwayError(
            text, hint=_join(after, _("Check the server and the network, then try again.")), detail=detail
        )
    return _refused(error, state, after, detail)


def _is_lost(error: BaseException, state: str) -> bool:
    psycopg = driver()
    # 57014 is a statement that took too long: the connection stands.
    if state:
        return state.startswith(("08", "57")) and state != "57014"
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def _no_connection(error: BaseException, address: PostgresAddress, detail: str) -> StorageError:
    needs, refused = _wants_password(error)
    wants_password = needs or refused
    why = _("it requires a password") if needs else _reason(error)
    text = _("Could not connect to {address}: {why}").format(address=address.shown(), why=why)
    if wants_password:
        return CatalogPasswordError(
            text,
            hint=_("Enter the password of this user."),
            command_hint=_("Give the password in PGPASSWORD or in the file .pgpass."),
            detail=detail,
        )
    if any(word in why for word in _FULL):
        return _full(_("Free some space on the server, then try again."), detail)
    if "FATAL:" in str(error) and not any(word in str(error) for word in _FOR_NOW):
        return StorageError(
            text,
            hint=_("Check host, port, database, user and password."),
            command_hint=_("Check host, port, database and user, and the password in PGPASSWORD or .pgpass."),
            detail=detail,
        )
    # To try again would change nothing about any of these.
    if any(word in why.lower() for word in _TLS):
        return CatalogAddressError(
            text,
            hint=_("Check the certificate of the server, and “sslmode” and “sslrootcert” in the address."),
            detail=detail,
        )
    if why.startswith("invalid "):
        return CatalogAddressError(text, hint=_("Check the address."), detail=detail)
    return CatalogAwayError(
        text,
        hint=_("Check the address, the server and the network. RetroVue tries again by itself."),
        command_hint=_("Check the address, the server and the network, then try again."),
        detail=detail,
    )


_FOR_NOW = ("starting up", "shutting down", "recovery", "too many", "remaining connection slots")
_FULL = ("could not write", "could not extend", "No space left")
_TLS = ("certificate", "does not support ssl", "private key", "sslmode", "server accepted connection without ssl")
_NO_ENTRY = "pg_hba.conf"
# What a server says of somebody whose password was right.
_SIGNED_IN = ("does not exist", "permission denied", "not permitted", "not currently accepting", *_FOR_NOW)


def _wants_password(error: BaseException) -> tuple[bool, bool]:
    """Whether a password was missing, or was refused: the connection knows, whatever the server's language."""
    tried = getattr(error, "pgconn", None)
    said = _said(error)
    if any(word in line for line in said for word in _SIGNED_IN):
        return False, False
    # libpq tries without TLS where it was refused with it, and such a server then says that it knows nobody.
    was_refused = len(said) > 1 and _NO_ENTRY in said[-1] and _NO_ENTRY not in said[0] and "FATAL:" in said[0]
    return bool(tried and tried.needs_password), bool(tried and tried.used_password) or was_refused


def _said(error: BaseException) -> list[str]:
    """The lines that say why a connection was not made, one for each try."""
    return [line for line in str(error).strip().splitlines() if "failed:" in line or "FATAL:" in line]


def _refused(error: BaseException, state: str, after: str, detail: str) -> StorageError:
    if state.startswith("53"):
        return _full(_join(after, _("Free some space on the server, then try again.")), detail)
    if state == "42501":
        return StorageError(
            _("The user has no permission for this on the PostgreSQL server."),
            hint=_join(after, _("Make this user the owner of the database, then try again.")),
            detail=detail,
        )
    if state in ("55P03", "40P01", "40001"):
        return LockedError(
            _("Another program is using the catalog."),
            hint=_("Close the other program, then try again."),
            detail=detail,
        )
    if state == "25006":
        return ReadOnlyError(
            _("The PostgreSQL server accepts no changes at the moment."),
            hint=_join(after, _("Check whether it is a copy of another server, then try again.")),
            detail=detail,
        )
    if state == "57014":
        return StorageError(
            _("The PostgreSQL server took too long."), hint=_join(after, _("Try again later.")), detail=detail
        )
    # 54000: a value that is too long for an index. Without a state: the driver itself refused a value.
    if state.startswith(("22", "23")) or state == "54000" or (not state and isinstance(error, driver().DataError)):
        return RowError(_("An item could not be saved in the catalog."), detail=detail)
    return StorageError(
        _("The PostgreSQL server refused a statement: {why}").format(why=_reason(error)),
        hint=_join(after, _("Report this and attach the log.")),
        detail=detail,
    )


def _full(hint: str, detail: str) -> DiskFullError:
    return DiskFullError(_("The PostgreSQL server has no space or memory left."), hint=hint, detail=detail)


def _join(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _reason(error: BaseException) -> str:
    """The server's own words without what libpq puts around them; they name no password."""
    diagnosis = getattr(error, "diag", None)
    text = getattr(diagnosis, "message_primary", None)
    if not text:
        # A connection that was not made: there is no answer to take apart. Hints and places come after the words.
        lines = str(error).strip().splitlines() or [type(error).__name__]
        said = _said(error)
        told = [line for line in said if _NO_ENTRY not in line] or said or lines[:1]
        text = told[-1].rpartition("FATAL:")[2].rpartition("failed:")[2].removeprefix("connection is bad:")
    text = text.strip().rstrip(".")
    # “SSL” stays as it is.
    return text if text[:2].isupper() else text[:1].lower() + text[1:]
