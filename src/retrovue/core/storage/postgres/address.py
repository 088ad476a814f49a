"""Addresses of PostgreSQL databases: read, refused with a password, shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from urllib.parse import quote

from retrovue.core.domain.errors import ConfigError, StorageError
from retrovue.core.i18n import _

SCHEMES = ("postgresql://", "postgres://")
_SECRETS = ("password", "sslpassword", "oauth_client_secret")


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Where a database is.

    Attributes:
        params: what libpq is given, by its own names and without a password.
        password: where libpq finds none by itself; neither stored with the address nor shown.
    """

    params: Mapping[str, str]
    password: str | None = field(default=None, repr=False, compare=False)

    def with_password(self, password: str | None) -> "PostgresAddress":
        """The same place, with a password for where libpq finds none."""
        return replace(self, password=password)

    def shown(self) -> str:
        """The address for people and logs, without the user: whatever is before an @ is taken out there."""
        host = self.params.get("host") or self.params.get("hostaddr") or ""
        port = self.params.get("port")
        # The folder of a socket.
        place = quote(host, safe=":,") if host.startswith("/") else host
        return f"postgresql://{place}{'' if port is None else ':' + port}/{self.params.get('dbname', '')}"


def driver() -> ModuleType:
    """The package psycopg.

    Raises:
        StorageError: it is not installed.
    """
    try:
        import psycopg
    except ImportError as error:
        raise StorageError(
            _("PostgreSQL needs the Python package psycopg, which is not installed."),
            # The packaged program leaves it out, see `build_installer.spec`.
            hint=_("Install RetroVue as a Python package, with its PostgreSQL support."),
            command_hint=_('Run “pip install ".[postgresql]"” in RetroVue’s folder. The packaged program lacks it.'),
            detail=str(error),
        ) from error
    module: ModuleType = psycopg
    return module


def parse_address(text: str) -> PostgresAddress:
    """Read `postgresql://user@host:port/name?sslmode=…`.

    Raises:
        ConfigError: it is no such address, names no database, or contains a password. The text is not repeated.
        StorageError: psycopg is not installed.
    """
    if not text.startswith(SCHEMES):
        raise _unreadable()
    psycopg = driver()
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = {name: str(value) for name, value in conninfo_to_dict(text).items() if value is not None}
    except psycopg.Error as error:
        raise _unreadable() from error
    if any(found.get(name) for name in _SECRETS):
        raise ConfigError(
            _("The address contains a password."),
            hint=_("Leave the password out of the address, so that it is neither stored nor shown."),
            command_hint=_("Leave it out, and give it in PGPASSWORD or in the file .pgpass."),
        )
    if not found.get("dbname") and not found.get("service"):
        raise ConfigError(
            _("The address names no database."),
            hint=_("Write the address like this: {example}").format(example=_EXAMPLE),
        )
    return PostgresAddress(found)


_EXAMPLE = "postgresql://user@host/name"


def _unreadable() -> ConfigError:
    return ConfigError(
        _("This is not the address of a PostgreSQL database."),
        hint=_("Write the address like this: {example}").format(example=_EXAMPLE),
    )
