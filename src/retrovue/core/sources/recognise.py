"""Detection of the product at an address, to report "this server runs Emby" when the user chose Plex."""

from typing import Any

import msgspec

from retrovue.core.domain.errors import SourceError, WrongServerError
from retrovue.core.domain.servers import ServerKind
from retrovue.core.i18n import _
from retrovue.core.sources.http import HttpClient

_MAX_ANSWER_BYTES = 1024 * 1024


def found_kind(client: HttpClient) -> ServerKind | None:
    """Return the kind of media server at the client's address, or None. Sends no token."""
    anonymous = {"X-Plex-Token": None, "X-Emby-Token": None, "Authorization": None, "Accept": "application/json"}
    # Do not rely on the case of names: Jellyfin sends camelCase while it starts.
    system = {name.lower(): value for name, value in _ask(client, "/System/Info/Public", anonymous).items()}
    if isinstance(system.get("id"), str) and "version" in system:
        # Emby does not send a product name; Jellyfin has sent it since its first release.
        is_jellyfin = "jellyfin" in str(system.get("productname", "")).lower()
        return ServerKind.JELLYFIN if is_jellyfin else ServerKind.EMBY
    identity = _ask(client, "/identity", anonymous).get("MediaContainer")
    if isinstance(identity, dict) and "machineIdentifier" in identity:
        return ServerKind.PLEX
    return None


def wrong_server(wanted: ServerKind, found: ServerKind) -> WrongServerError:
    """Return the error for another product than the chosen one."""
    return WrongServerError(
        _("This server runs {found}, not {wanted}.").format(found=found.label, wanted=wanted.label),
        hint=_("Choose {found} as the server type, or check the address.").format(found=found.label),
        found_kind=found.value,
    )


def _ask(client: HttpClient, path: str, headers: dict[str, str | None]) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(client.get(path, headers=headers, max_bytes=_MAX_ANSWER_BYTES).body)
    except (SourceError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # A refusal or an unexpected response means "not recognized". The caller raises its own error.
        return {}
    return document if isinstance(document, dict) else {}
