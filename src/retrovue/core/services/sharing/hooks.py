"""The secret addresses that servers send webhooks to, one each, and when something last came."""

import hmac
import secrets
import threading
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import Server
from retrovue.core.services.sharing.keys import ApiKey, tell_renewed
from retrovue.core.system.route import address_towards

_PREFIX = "hook:"


class HintLog:
    """When something last came for each server, since the start of the program. Thread: any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._came_at: dict[int, datetime] = {}

    def came(self, server_id: int, at: datetime) -> None:
        """Remember that something came for a server."""
        with self._lock:
            self._came_at[server_id] = at

    def last_at(self, server_id: int) -> datetime | None:
        """Return when something came for a server last; None for never."""
        with self._lock:
            return self._came_at.get(server_id)


def hook_secret(host: AppContext, key: ApiKey, server_uuid: str) -> str:
    """Return the last part of a server's address for webhooks. A new API key makes new ones for all servers.

    Raises:
        SecretError: the keyring is locked.
    """
    turn = host.secrets.own(_PREFIX + server_uuid)[0] or ""
    return hmac.new(key.text.encode(), f"{_PREFIX}{server_uuid}{turn}".encode(), sha256).hexdigest()[:32]


def hook_url(host: AppContext, key: ApiKey, server: Server, listen: str, port: int) -> str:
    """Return the address that a server sends its webhooks to. Looks up the server's name, so not on the GUI thread.

    Raises:
        SecretError: the keyring is locked.
    """
    place = listen
    if listen in ("0.0.0.0", "::"):
        # Every address of this computer is listened on: the one that the server reaches it by is the right one.
        place = address_towards(urlsplit(server.url).hostname or "") or "127.0.0.1"
    place = f"[{place}]" if ":" in place else place
    return f"http://{place}:{port}/hooks/{hook_secret(host, key, server.uuid)}"


def renew_hook(host: AppContext, server_uuid: str) -> str | None:
    """Make a new address for a server; return what `put_back_hook` needs.

    Raises:
        SecretError: the keyring is locked.
        ReadOnlyError: it cannot be kept in the file that was chosen for secrets.
    """
    before = host.secrets.own(_PREFIX + server_uuid)[0]
    host.secrets.put_own(_PREFIX + server_uuid, secrets.token_hex(8))
    tell_renewed(host)
    return before


def put_back_hook(host: AppContext, server_uuid: str, before: str | None) -> None:
    """Bring the address before `renew_hook` back.

    Raises:
        SecretError: the keyring is locked.
        ReadOnlyError: it cannot be kept in the file that was chosen for secrets.
    """
    if before is None:
        host.secrets.delete(_PREFIX + server_uuid)
    else:
        host.secrets.put_own(_PREFIX + server_uuid, before)
    tell_renewed(host)
