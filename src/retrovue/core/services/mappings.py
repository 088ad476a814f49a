"""Path mapping rules: kept, tried on samples, and applied to every stored file when they change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.paths import MappedPath, PathMapper, PathMapping, validate_mapping
from retrovue.core.domain.servers import Library, Server
from retrovue.core.i18n import _
from retrovue.core.services.filepaths import map_file, server_mapper
from retrovue.core.services.host import Host
from retrovue.core.storage.paths import FilePathRepository, RederiveReport


class MappingHost(Host, Protocol):
    """What these services need besides: the stored paths."""

    @property
    def file_paths(self) -> FilePathRepository:
        """Server paths with the local paths derived from them."""


class MappingState(StrEnum):
    """What is known of a rule. `unused`: it maps no file."""

    UNUSED = "unused"
    UNCHECKED = "unchecked"
    PARTLY_FOUND = "partly_found"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class MappingView:
    """A rule with the names of its scope and what it does. `library` None: for the whole server."""

    mapping: PathMapping
    server: str
    library: str | None
    files: int
    found: int

    @property
    def state(self) -> MappingState:
        """What is known of the rule."""
        if self.files == 0:
            return MappingState.UNUSED
        if self.found == 0:
            return MappingState.UNCHECKED
        return MappingState.FOUND if self.found == self.files else MappingState.PARTLY_FOUND


def views(host: MappingHost, server: Server | None = None) -> list[MappingView]:
    """The rules of a server, or of all, in the order they were made."""
    servers = {one.id: one.name for one in host.servers.all()}
    libraries = {library.id: library.name for library in host.libraries.all()}
    counts = host.mappings.file_counts()
    found: list[MappingView] = []
    for mapping in host.mappings.all(None if server is None else server.id):
        files, present = counts.get(mapping.id or 0, (0, 0))
        library = None if mapping.library_id is None else libraries.get(mapping.library_id)
        found.append(MappingView(mapping, servers.get(mapping.server_id or 0, ""), library, files, present))
    return found


def add(
    host: MappingHost, server: Server, library: Library | None, server_path: str, local_path: str
) -> tuple[PathMapping, RederiveReport]:
    """Store a rule and derive the local paths of the server anew.

    Raises:
        ConfigError: the rule could not work, or is there already.
    """
    if library is not None and library.server_id != server.id:
        raise ConfigError(
            _("“{library}” is not a library of “{server}”.").format(library=library.name, server=server.name)
        )
    library_id = None if library is None else library.id
    mapping = PathMapping(None, server.id, library_id, server_path.strip(), local_path.strip())
    validate_mapping(mapping, host.mappings.all(server.id))
    mapping_id = host.mappings.add(mapping, now=host.clock.epoch())
    stored = PathMapping(mapping_id, server.id, library_id, mapping.server_path, mapping.local_path)
    return stored, rederive(host, server.id)


def change(host: MappingHost, mapping: PathMapping) -> RederiveReport:
    """Replace the sides or the scope of a stored rule.

    Raises:
        ConfigError: it could not work, or is there already.
    """
    if mapping.id is None or mapping.server_id is None:
        raise ConfigError(_("This rule is not stored."))
    validate_mapping(mapping, host.mappings.all(mapping.server_id))
    host.mappings.change(
        mapping.id,
        library_id=mapping.library_id,
        server_path=mapping.server_path.strip(),
        local_path=mapping.local_path.strip(),
        tested_at=None,
        tested_found=None,
        tested_sampled=None,
    )
    return rederive(host, mapping.server_id)


def remove(host: MappingHost, mapping_id: int) -> tuple[PathMapping, RederiveReport]:
    """Delete a rule and derive the local paths of its server anew.

    Raises:
        ConfigError: there is no such rule.
    """
    for mapping in host.mappings.all():
        if mapping.id == mapping_id and mapping.server_id is not None:
            host.mappings.remove(mapping_id)
            return mapping, rederive(host, mapping.server_id)
    raise ConfigError(
        _("There is no path mapping {id}.").format(id=mapping_id), hint=_("“retrovue mappings list” shows them.")
    )


def rederive(host: MappingHost, server_id: int) -> RederiveReport:
    """Derive every stored local path of a server from its rules, without asking the server."""
    mapper = server_mapper(host, server_id)
    return host.file_paths.rederive(server_id, lambda path, libraries: map_file(mapper, path, libraries))


def resolve(
    host: MappingHost, server: Server, paths: Iterable[str], *, library: Library | None = None
) -> list[MappedPath]:
    """What the rules of a server make of paths; with a library, as if it held the files."""
    mapper = server_mapper(host, server.id)
    ids = () if library is None else (library.id,)
    return [mapper.map(path, ids) for path in paths]


def preview(host: MappingHost, mapping: PathMapping, samples: Sequence[str]) -> list[MappedPath]:
    """What a rule that is not stored yet would make of paths, all by itself."""
    mapper = PathMapper([PathMapping(mapping.id, mapping.server_id, None, mapping.server_path, mapping.local_path)])
    return [mapper.map(path) for path in samples]
