"""The headers that identify a client to Emby or Jellyfin."""

from collections.abc import Mapping
from urllib.parse import quote

from retrovue import __version__
from retrovue.core.domain.servers import ServerKind
from retrovue.core.sources.base import Connection

ANONYMOUS: Mapping[str, str | None] = {"Authorization": None, "X-Emby-Token": None}
"""For `HttpClient`: remove the token from one request."""


def mediabrowser_headers(kind: ServerKind, connection: Connection) -> dict[str, str]:
    """Return the headers of every request, with the token if there is one.

    Every version of both accepts `Authorization: MediaBrowser`. Emby also gets its own header, which Jellyfin is going
    to remove.
    """
    headers = {
        "Accept": "application/json",
        "Authorization": authorization(connection.client_id, connection.token),
    }
    if kind is ServerKind.EMBY and connection.token:
        headers["X-Emby-Token"] = connection.token
    return headers


def authorization(device_id: str, token: str | None) -> str:
    """Return the authorization header. Values are percent-encoded, as Jellyfin decodes them."""
    values = {"Client": "RetroVue", "Device": "RetroVue", "DeviceId": device_id, "Version": __version__}
    if token:
        values["Token"] = token
    return "MediaBrowser " + ", ".join(f'{name}="{quote(value, safe="-._~")}"' for name, value in values.items())
