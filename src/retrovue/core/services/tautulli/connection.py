"""Connecting Tautulli: tested first, stored without its key, which the keyring gets."""

from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.connections import StoredConnection
from retrovue.core.domain.errors import ConfigError, SecretError
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.i18n import _
from retrovue.core.sources.tautulli import TautulliClient, TautulliServer
from retrovue.core.storage.values import is_path
from retrovue.core.system.secrets import SecretPlace

KIND = "tautulli"


@dataclass(frozen=True, slots=True)
class Connected:
    """A Tautulli that was tested and stored. `place` is where its key is; None: for this run only."""

    connection: StoredConnection
    server: Server | None
    place: SecretPlace | None


def connect(
    host: AppContext,
    *,
    url: str,
    key: str,
    fallback: Server | None = None,
    allow_file: bool = False,
    keep_key: bool = True,
    token: CancelToken | None = None,
) -> Connected:
    """Test a Tautulli and store it, in the place of an earlier connection to the same one.

    Args:
        fallback: the server that it watches if the machine it names is not in the catalog.
        allow_file: the key can go into a file where there is no keyring.
        keep_key: False for a key of this run only.

    Raises:
        ConfigError: an index cannot hold the address. Nothing was asked or stored.
        AuthError: it refuses the key. Nothing was stored.
        SourceError: it cannot be asked. Nothing was stored.
    """
    if not is_path(url):
        raise ConfigError(_("The address is too long."), hint=_("Enter one such as http://nas:8181."))
    client = TautulliClient(url, key, cancel=token)
    try:
        client.ping()
        version, watched = client.info().version, client.server()
        address = client.url
    finally:
        client.close()
    server = server_of(host, watched, fallback)
    stored = host.connections.store(
        KIND,
        url=address,
        name=watched.name or KIND.capitalize(),
        version=version,
        machine_identifier=watched.machine_identifier,
        server_id=None if server is None else server.id,
        now=host.clock.epoch(),
    )
    place = host.secrets.put(stored.uuid, key, allow_file=allow_file) if keep_key else None
    return Connected(stored, server, place)


def check(host: AppContext, connection: StoredConnection, token: CancelToken | None = None) -> str:
    """Return the version of a connected Tautulli that answers and takes its key.

    Raises:
        SecretError: there is no key.
        SourceError: it does not, and why.
    """
    client = open_client(host, connection, token)
    try:
        client.ping()
        return client.info().version
    finally:
        client.close()


def connected(host: AppContext) -> list[StoredConnection]:
    """Return every connected Tautulli.

    Raises:
        ConfigError: there is none.
    """
    found = host.connections.all(KIND)
    if not found:
        raise ConfigError(
            _("No Tautulli is connected."),
            hint=_("Connect one on the Servers page."),
            command_hint=_("Connect one with “retrovue tautulli connect”."),
        )
    return found


def of_server(host: AppContext, server: Server) -> StoredConnection | None:
    """Return the Tautulli that watches a server; one whose server is not known may watch any."""
    found = host.connections.all(KIND)
    mine = [one for one in found if one.server_id == server.id]
    return next(iter((*mine, *(one for one in found if one.server_id is None))), None)


def disconnect(host: AppContext, connection: StoredConnection) -> str | None:
    """Remove a connected Tautulli with its key; return the key, for `reconnect`. What it counted stays.

    Raises:
        SecretError: the keyring is locked or refused. Nothing was removed.
    """
    key = host.secrets.own(connection.uuid)[0]
    host.secrets.delete(connection.uuid)
    host.connections.remove(connection.id)
    return key


def reconnect(host: AppContext, connection: StoredConnection, key: str | None) -> None:
    """Bring back what `disconnect` removed."""
    host.connections.put_back(connection, now=host.clock.epoch())
    if key is not None:
        host.secrets.put(connection.uuid, key)


def open_client(host: AppContext, connection: StoredConnection, token: CancelToken | None = None) -> TautulliClient:
    """Return a client of a connected Tautulli. Close it when done.

    Raises:
        SecretError: there is no key for it (or the keyring is locked).
    """
    # The stored key first: a token that the environment gives for the servers of this run is not Tautulli's business.
    key = host.secrets.own(connection.uuid)[0] or host.secrets.override(KIND)
    if key is None:
        raise SecretError(
            _("The API key of Tautulli is missing."),
            hint=_("Connect Tautulli again."),
            command_hint=_(
                "Connect Tautulli again, or give the key for this run in RETROVUE_TOKEN_TAUTULLI.",
            ),
            reason="missing",
        )
    return TautulliClient(connection.url, key, cancel=token)


def server_of(host: Host, watched: TautulliServer, fallback: Server | None) -> Server | None:
    """Return the server that a Tautulli watches, as far as it is in the catalog."""
    machine = watched.machine_identifier
    found = None if machine is None else host.servers.by_machine(ServerKind.PLEX, machine)
    return found or fallback


def watched_server(host: Host, connection: StoredConnection, watched: TautulliServer) -> Server:
    """Return the server that a stored connection's Tautulli watches.

    Raises:
        ConfigError: it is not in the catalog.
    """
    stored = None if connection.server_id is None else host.servers.get(connection.server_id)
    server = server_of(host, watched, stored)
    if server is None:
        raise ConfigError(
            _("The Plex server “{name}” that Tautulli watches is not in this catalog.").format(
                name=watched.name or connection.name
            ),
            hint=_("Add this server first."),
        )
    return server
