"""Folders of libraries whose files the catalog does not know: nothing in them is called extra."""

from typing import NamedTuple

from retrovue.core.domain.path_syntax import native
from retrovue.core.domain.servers import Library, LibraryKind
from retrovue.core.host import Host
from retrovue.core.services.mapping.mapper import server_mapper


class LibraryFolders(NamedTuple):
    """Folders on this computer, as its system writes them.

    Attributes:
        known: of libraries that servers list, but whose files are not (all) in the catalog.
        untold: of the rules of servers that do not tell the folders of their libraries.
    """

    known: list[str]
    untold: list[str]


def library_folders(host: Host) -> LibraryFolders:
    """The folders in which a file that the catalog lacks may still be in a library."""
    known: list[str] = []
    untold: list[str] = []
    for server in host.servers.all():
        libraries = host.libraries.all(server.id)
        if any(_hides_folders(library) for library in libraries):
            untold += [native(mapping.local_path) for mapping in host.mappings.all(server.id)]
        mapper = server_mapper(host, server.id)
        for library in libraries:
            if _is_in_catalog(library):
                continue
            for root in library.roots:
                for path in (root.path, root.network_path):
                    mapped = None if path is None else mapper.map(path, (library.id,)).local_path
                    if mapped is not None:
                        known.append(native(mapped))
    return LibraryFolders(known, untold)


def _hides_folders(library: Library) -> bool:
    """Servers tell folders to administrators only. Collections, playlists and television have none."""
    return not library.roots and library.kind is not LibraryKind.OTHER and library.unavailable_since is None


def _is_in_catalog(library: Library) -> bool:
    """Whether a file of the library that the catalog lacks is one that its server does not list."""
    is_read = library.kind.is_imported and library.is_enabled and library.last_full_sync_at is not None
    return is_read and library.unavailable_since is None
