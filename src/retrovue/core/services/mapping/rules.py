"""Path mapping rules: kept, tried on samples, and applied to every stored file when they change."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.path_rules import ConflictKind, MappingConflict, explain_unmapped, find_conflicts
from retrovue.core.domain.path_syntax import native, storable, without_password
from retrovue.core.domain.paths import MappedPath, PathMapper, PathMapping, validate_mapping
from retrovue.core.domain.servers import Library, Server
from retrovue.core.i18n import _
from retrovue.core.services.mapping.mapper import derive, server_mapper
from retrovue.core.services.mapping.proposals import suggest
from retrovue.core.services.mapping.proving import MappingTest, TriedFile
from retrovue.core.services.mapping.proving import try_rules as test
from retrovue.core.storage.files import RederiveReport
from retrovue.core.storage.mappings import MappingProof, Rules
from retrovue.core.system import deeds
from retrovue.core.system.looks import Look, Looker
from retrovue.core.system.memory import rare_collections
from retrovue.core.system.volumes import volume_of

__all__ = [
    "MappingState",
    "MappingTest",
    "RuleView",
    "TriedFile",
    "add",
    "as_stored",
    "change",
    "explain",
    "find",
    "preview",
    "rederive",
    "remove",
    "resolve",
    "suggest",
    "test",
    "views",
]

_LOOK_TIMEOUT_S = 1.5


class MappingState(StrEnum):
    """What is known of a rule: what is wrong with it, else what became of its files."""

    INVALID = "invalid"
    FOLDER_MISSING = "folder_missing"
    SHADOWED = "shadowed"
    TWO_TO_ONE = "two_to_one"
    REDUNDANT = "redundant"
    UNUSED = "unused"
    UNCHECKED = "unchecked"
    PARTLY_FOUND = "partly_found"
    FOUND = "found"


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with the names of its scope and what it does.

    Attributes:
        library: None for the whole server.
        conflicts: what is odd about the rule beside other rules and the disk, the gravest first.
        proof: the last time it was tried on files, None when it never was.
    """

    mapping: PathMapping
    server: str
    library: str | None
    files: int
    found: int
    conflicts: tuple[MappingConflict, ...] = ()
    proof: MappingProof | None = None

    @property
    def state(self) -> MappingState:
        """What is known of the rule."""
        if self.conflicts:
            return _CONFLICT_STATES[self.conflicts[0].kind]
        if self.files == 0:
            return MappingState.UNUSED
        if self.found == 0:
            return MappingState.UNCHECKED
        return MappingState.FOUND if self.found == self.files else MappingState.PARTLY_FOUND


_CONFLICT_STATES = {
    ConflictKind.INVALID: MappingState.INVALID,
    ConflictKind.NO_FOLDER: MappingState.FOLDER_MISSING,
    ConflictKind.SHADOWED: MappingState.SHADOWED,
    ConflictKind.SAME_LOCAL_PATH: MappingState.TWO_TO_ONE,
    ConflictKind.REDUNDANT: MappingState.REDUNDANT,
    ConflictKind.NEVER_USED: MappingState.UNUSED,
}
"""In the order of their gravity."""
_GRAVITY = list(_CONFLICT_STATES)


def views(host: AppContext, server: Server | None = None) -> list[RuleView]:
    """The rules of a server, or of all, in the order they were made, with what is odd about them.

    Looks at the local folders, all at once, for 1.5 s at most. Thread: any but the GUI's.
    """
    servers = {one.id: one.name for one in host.servers.all()}
    libraries = {library.id: library for library in host.libraries.all()}
    counts = host.mappings.file_counts()
    proofs = host.mappings.proofs()
    mappings = host.mappings.all(None if server is None else server.id)
    exists = _existing(host, [mapping.local_path for mapping in mappings])
    conflicts: dict[int | None, list[MappingConflict]] = {}
    for server_id in dict.fromkeys(mapping.server_id for mapping in mappings):
        roots = [(one.id, root.path) for one in libraries.values() if one.server_id == server_id for root in one.roots]
        # Before the first sync no rule is used, which says nothing about the rules.
        has_files = bool(server_id is not None and host.file_paths.samples(server_id, limit=1))
        for conflict in find_conflicts(
            [mapping for mapping in mappings if mapping.server_id == server_id],
            library_roots=roots,
            file_counts={key: files for key, (files, _found) in counts.items()} if has_files else None,
            folder_exists=exists.get,
        ):
            conflicts.setdefault(conflict.mapping.id, []).append(conflict)
    found: list[RuleView] = []
    for mapping in mappings:
        files, present = counts.get(mapping.id or 0, (0, 0))
        library = None if mapping.library_id is None else libraries.get(mapping.library_id)
        own = sorted(conflicts.get(mapping.id, ()), key=lambda conflict: _GRAVITY.index(conflict.kind))
        found.append(
            RuleView(
                mapping,
                servers.get(mapping.server_id or 0, ""),
                None if library is None else library.name,
                files,
                present,
                tuple(own),
                proofs.get(mapping.id or 0),
            )
        )
    return found


def stored(host: AppContext, server: Server | None = None) -> list[PathMapping]:
    """Return the rules of a server, or of every one, without looking at the disk."""
    return host.mappings.all(None if server is None else server.id)


def _existing(host: AppContext, folders: Sequence[str]) -> dict[str, bool | None]:
    """Whether folders are there; None where their disk is not mounted or does not answer."""
    if not folders:
        return {}
    volumes = host.volume_provider.volumes()
    found: dict[str, bool | None] = {}
    looks: dict[str, Look[object]] = {}
    with Looker() as looker:
        for folder in dict.fromkeys(folders):
            volume = volume_of(native(folder), volumes)
            if volume is not None and not volume.is_mounted:
                found[folder] = None
            else:
                looks[folder] = looker.start(partial(host.file_system.stat, native(folder)))
        until = time.monotonic() + _LOOK_TIMEOUT_S
        for folder, look in looks.items():
            try:
                look.result(max(0.0, until - time.monotonic()))
                found[folder] = True
            except (FileNotFoundError, NotADirectoryError, ValueError):
                found[folder] = False
            except OSError:
                # No permission, no answer: that the folder is not there was not said.
                found[folder] = None
    return found


def add(
    host: AppContext, server: Server, library: Library | None, server_path: str, local_path: str
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
    mapping = PathMapping(None, server.id, library_id, as_stored(server_path), as_stored(local_path))
    with rare_collections():
        mapping_id, report = host.mappings.add(
            mapping, now=host.clock.epoch(), check=partial(_check, mapping), derive=derive
        )
    deeds.tell(_saved(mapping))
    return replace(mapping, id=mapping_id), report


def _saved(mapping: PathMapping) -> str:
    return _("Saved the rule {server_path} → {local_path}.").format(
        server_path=mapping.server_path, local_path=mapping.local_path
    )


def change(host: AppContext, mapping: PathMapping) -> RederiveReport:
    """Replace the sides or the scope of a stored rule.

    Raises:
        ConfigError: it could not work, or is there already.
    """
    if mapping.id is None or mapping.server_id is None:
        raise ConfigError(_("This rule has not been saved."))
    stored = replace(mapping, server_path=as_stored(mapping.server_path), local_path=as_stored(mapping.local_path))
    with rare_collections():
        report = host.mappings.change(stored, check=partial(_check, stored), derive=derive)
    deeds.tell(_saved(stored))
    return report


def _check(mapping: PathMapping, rules: Rules) -> None:
    validate_mapping(mapping, rules.mappings)


def as_stored(path: str) -> str:
    """A side of a rule as it is stored: without a password, and without what copying put around it.

    A blank at the end belongs to the name of a folder.
    """
    return without_password(storable(path.lstrip().rstrip("\r\n")))


def remove(host: AppContext, mapping_id: int) -> tuple[PathMapping, RederiveReport]:
    """Delete a rule and derive the local paths of its server anew.

    Raises:
        ConfigError: there is no such rule.
    """
    mapping = find(host, mapping_id)
    with rare_collections():
        report = host.mappings.remove(mapping, derive=derive)
    deeds.tell(
        _("Removed the rule {server_path} → {local_path}.").format(
            server_path=mapping.server_path, local_path=mapping.local_path
        )
    )
    return mapping, report


def find(host: AppContext, mapping_id: int, *, server: Server | None = None) -> PathMapping:
    """The rule with this id, of one server or of any.

    Raises:
        ConfigError: there is no such rule.
    """
    for mapping in host.mappings.all(None if server is None else server.id):
        if mapping.id == mapping_id:
            return mapping
    raise ConfigError(
        _("There is no path mapping rule {id}.").format(id=mapping_id),
        hint=_("It may have been removed in the meantime."),
        command_hint=_("List them with “retrovue mappings list”."),
    )


def rederive(host: AppContext, server_id: int) -> RederiveReport:
    """Derive every stored local path of a server from its rules, without asking the server."""
    with rare_collections():
        return host.mappings.rederive(server_id, derive)


def resolve(
    host: AppContext, server: Server, paths: Iterable[str], *, library: Library | None = None
) -> list[MappedPath]:
    """What the rules of a server make of paths; with a library, as if it held the files."""
    mapper = server_mapper(host, server.id)
    ids = () if library is None else (library.id,)
    return [mapper.map(without_password(path), ids) for path in paths]


def explain(host: AppContext, server: Server, mapped: MappedPath, *, library: Library | None = None) -> str:
    """Why a path is unmapped, with the rule that nearly matched it; empty for one that is mapped."""
    if mapped.reason is None:
        return ""
    ids = () if library is None else (library.id,)
    return explain_unmapped(mapped.server_path, mapped.reason, host.mappings.all(server.id), library_ids=ids)


def preview(host: AppContext, mapping: PathMapping, samples: Sequence[str]) -> list[MappedPath]:
    """What a rule that is not stored yet would make of paths, all by itself."""
    mapper = PathMapper([PathMapping(mapping.id, mapping.server_id, None, mapping.server_path, mapping.local_path)])
    return [mapper.map(path) for path in samples]
