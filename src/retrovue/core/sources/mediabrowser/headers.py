"""How a request to Emby or Jellyfin says who asks."""

from collections.abc import Mapping
from urllib.parse import quote

from retrovue import __version__
from retrovue.core.domain.servers import ServerKind
from retrovue.core.sources.base import Connection

ANONYMOUS: Mapping[str, str | None] = {"Authorization": None, "X-Emby-Token": None}
"""For `HttpClient`: take the token away from one request."""


def mediabrowser_headers(kind: ServerKind, connection: Connection) -> dict[str, str]:
    """The headers of every request; the token among them when there is one.

    `Authorization: MediaBrowser` is the one form that every version of both takes. Emby also gets its own header;
    Jellyfin is switching that one off.
    """
    headers = {
        "Accept": "application/json",
        "Authorization": authorization(connection.client_id, connection.token),
    }
    if kind is ServerKind.EMBY and connection.token:
        headers["X-Emby-Token"] = connection.token
    return headers


def authorization(device_id: str, token: str | None) -> str:
    """The value of the authorization header; values are percent-encoded, as Jellyfin decodes them."""
    values = {"Client": "RetroVue", "Device": "RetroVue", "DeviceId": device_id, "Version": __version__}
    if token:
        values["Token"] = token
    return "MediaBrowser " + ", ".join(f'{name}="{quote(value, safe="-._~")}"' for name, value in values.items())
