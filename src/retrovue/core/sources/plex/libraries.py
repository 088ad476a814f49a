"""Plex's library sections and identity as domain objects."""

from typing import Any

from retrovue.core.domain.errors import ProtocolError
from retrovue.core.domain.path_syntax import without_password
from retrovue.core.domain.servers import LibraryKind, LibraryRoot, RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.i18n import _
from retrovue.core.sources.documents import malformed, number_of, text_of
from retrovue.core.sources.plex.decode import children
from retrovue.core.sources.plex.xml import Document, not_plex

# "Other videos" libraries have the type movie as well. Some people use RetroVue for home movies, adverts and bumpers,
# so these count as movies.
_KINDS = {
    "movie": LibraryKind.MOVIES,
    "show": LibraryKind.SHOWS,
    "artist": LibraryKind.MUSIC,
    "photo": LibraryKind.PHOTOS,
}


def remote_libraries(found: Document) -> list[RemoteLibrary]:
    """Return all sections of `/library/sections`.

    Raises:
        ProtocolError: the list is shorter than declared, or has an entry without key. A library missing from a bad
            response must not look removed.
    """
    entries = children(found, "Directory")
    size = number_of(found.get("size"))
    if size is not None and size != len(entries):
        raise ProtocolError(
            _("The server’s list of libraries is incomplete."),
            hint=_("Try again."),
            detail=f"size {size}, found {len(entries)}",
        )
    return [_library(entry) for entry in entries]


def _library(entry: Any) -> RemoteLibrary:
    key = text_of(entry.get("key")) if isinstance(entry, dict) else None
    if key is None:
        raise malformed("library without key")
    roots = [
        LibraryRoot(without_password(root["path"]), text_of(root.get("id")))
        for root in children(entry, "Location")
        if isinstance(root, dict) and isinstance(root.get("path"), str) and root["path"]
    ]
    return RemoteLibrary(
        remote_id=key,
        name=text_of(entry.get("title")) or key,
        kind=_KINDS.get(text_of(entry.get("type")) or "", LibraryKind.OTHER),
        uuid=text_of(entry.get("uuid")),
        # Despite its name this is not a time (recorded: 116893155 with a scan of 2020), so treat it as opaque.
        change_marker=text_of(entry.get("contentChangedAt")),
        roots=tuple(roots),
    )


def server_info(found: Document, *, fallback_name: str, is_owner: bool = True) -> ServerInfo:
    """Return the server's identity from `/identity` or `/`.

    Raises:
        ProtocolError: the response has no machine identifier.
    """
    told = {name.lower(): value for name, value in found.items()}
    machine, version = text_of(told.get("machineidentifier")), text_of(told.get("version"))
    if machine is None or version is None:
        raise not_plex("no machineIdentifier")
    return ServerInfo(
        kind=ServerKind.PLEX,
        name=text_of(found.get("friendlyName")) or fallback_name,
        machine_identifier=machine,
        version=version,
        platform=text_of(found.get("platform")),
        account=text_of(found.get("myPlexUsername")),
        is_owner=is_owner,
    )
