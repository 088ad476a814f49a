"""Virtual folders, accounts and identities of Emby and Jellyfin as domain objects."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retrovue.core.domain.errors import AuthError
from retrovue.core.domain.path_syntax import without_password
from retrovue.core.domain.servers import LibraryKind, LibraryRoot, RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.i18n import _
from retrovue.core.sources.documents import malformed, text_of
from retrovue.core.sources.mediabrowser.decode import Document, not_mediabrowser

log = logging.getLogger(__name__)

_KINDS = {
    None: LibraryKind.MIXED,
    "mixed": LibraryKind.MIXED,
    "movies": LibraryKind.MOVIES,
    "tvshows": LibraryKind.SHOWS,
    "music": LibraryKind.MUSIC,
    "homevideos": LibraryKind.HOME_VIDEOS,
    "photos": LibraryKind.PHOTOS,
}


@dataclass(frozen=True, slots=True)
class Account:
    """A user account on a server."""

    user_id: str
    name: str | None
    is_administrator: bool


def remote_libraries(rows: Sequence[Any]) -> list[RemoteLibrary]:
    """Return all libraries of a list of virtual folders or views.

    Raises:
        ProtocolError: rows that are not libraries, or none with an id.
    """
    libraries = []
    for row in rows:
        if not isinstance(row, dict):
            raise malformed("library that is no object")
        found = _library(row)
        if found is None:
            # A new folder has no id before its first scan.
            log.warning("a library without an id is passed over: %s", text_of(row.get("Name")))
        else:
            libraries.append(found)
    if rows and not libraries:
        raise malformed("libraries without ids")
    return libraries


def _library(row: Document) -> RemoteLibrary | None:
    key = text_of(row.get("ItemId")) or text_of(row.get("Id")) or text_of(row.get("Guid"))
    if key is None:
        return None
    word = text_of(row.get("CollectionType"))
    return RemoteLibrary(
        remote_id=key,
        name=text_of(row.get("Name")) or key,
        kind=_KINDS.get(word.lower() if word else None, LibraryKind.OTHER),
        uuid=text_of(row.get("Guid")) or key,
        # These lists contain no change marker.
        change_marker=None,
        roots=_roots(row),
    )


def _roots(row: Document) -> tuple[LibraryRoot, ...]:
    """Return the folders, each with the share alias that paths of its items can have instead."""
    options = row.get("LibraryOptions")
    infos = options.get("PathInfos") if isinstance(options, dict) else None
    aliases: dict[str, str | None] = {}
    for info in infos if isinstance(infos, list) else ():
        path = text_of(info.get("Path")) if isinstance(info, dict) else None
        if path is not None:
            aliases[path] = text_of(info.get("NetworkPath"))
    locations = row.get("Locations")
    known = {*aliases, *(alias for alias in aliases.values() if alias)}
    for location in locations if isinstance(locations, list) else ():
        if isinstance(location, str) and location and location not in known:
            aliases[location] = None
            known.add(location)
    return tuple(
        LibraryRoot(without_password(path), None, alias and without_password(alias)) for path, alias in aliases.items()
    )


def kind_of(found: Document) -> ServerKind:
    """Return the product of a public system information. Only Jellyfin sends its name."""
    return ServerKind.JELLYFIN if "jellyfin" in str(caseless(found).get("productname", "")).lower() else ServerKind.EMBY


def caseless(found: Document) -> Document:
    """Return an identity with lower-case keys: Jellyfin 10.11 and 12 send camelCase while they start."""
    return {name.lower(): value for name, value in found.items()}


def needs_set_up(found: Document) -> bool:
    """Return whether a server reports that it was never set up."""
    return caseless(found).get("startupwizardcompleted") is False


def unknown_key(kind: ServerKind, detail: str) -> AuthError:
    """Return the error for an API key that the server does not accept."""
    return AuthError(
        _("The server did not accept this API key."),
        hint=_("API keys are created in the {kind} dashboard under “API Keys”. A deleted key no longer works.").format(
            kind=kind.label
        ),
        detail=detail,
    )


def server_info(kind: ServerKind, found: Document, *, fallback_name: str, account: Account | None = None,
                is_owner: bool = True) -> ServerInfo:  # fmt: skip
    """Return the server's identity from a system information.

    Raises:
        ProtocolError: the response has no server id.
    """
    told = caseless(found)
    machine, version = text_of(told.get("id")), text_of(told.get("version"))
    if machine is None or version is None:
        raise not_mediabrowser("no Id or Version")
    return ServerInfo(
        kind=kind,
        name=text_of(told.get("servername")) or fallback_name,
        machine_identifier=machine,
        version=version,
        platform=text_of(told.get("operatingsystem")),
        account=account.name if account else None,
        user_id=account.user_id if account else None,
        is_owner=is_owner,
    )


def account_of(found: Document) -> Account | None:
    """Return the account of a user document; None without an id."""
    user_id = text_of(found.get("Id"))
    if user_id is None:
        return None
    policy = found.get("Policy")
    is_administrator = isinstance(policy, dict) and policy.get("IsAdministrator") is True
    return Account(user_id, text_of(found.get("Name")), is_administrator)
