"""The mapping rules of a server, ready to be applied to its files."""

from functools import partial

from retrovue.core.domain.paths import PathMapper, UnmappedReason
from retrovue.core.host import Host
from retrovue.core.storage.mappings import Rules
from retrovue.core.storage.places import MapFile, MappedFile


def server_mapper(host: Host, server_id: int) -> PathMapper:
    """The rules of a server as of now, with the roots of its libraries."""
    # A rule of a library that was made anew under another id still says where the files of its folders are.
    libraries = host.libraries.all(server_id, include_gone=True)
    roots = [(library.id, root.path) for library in libraries for root in library.roots]
    return PathMapper(host.mappings.all(server_id), library_roots=roots)


def mapped_folders(host: Host) -> frozenset[str]:
    """The local folders of all rules: where a check may look, and where links may lead."""
    return frozenset(mapping.local_path for mapping in host.mappings.all())


def map_file(mapper: PathMapper, server_path: str, library_ids: tuple[int, ...]) -> MappedFile:
    """What the rules make of a file.

    The library whose root holds a file decides, so that the result is the same whichever of two libraries that
    share it is synced last; only a file outside every root goes by the libraries that list it.
    """
    mapped = mapper.map(server_path)
    if mapped.reason is UnmappedReason.NO_RULE and library_ids:
        mapped = mapper.map(server_path, library_ids)
    reason = None if mapped.reason is None else mapped.reason.value
    return MappedFile(mapped.local_path, mapped.mapping_id, reason)


def derive(rules: Rules) -> MapFile:
    """What the rules of a server make of its files (see `map_file`)."""
    if not rules.mappings:
        return _no_rule
    mapper = PathMapper(rules.mappings, library_roots=rules.roots)
    # Without rules of libraries there is no second opinion: a first import maps 100,000 files through here.
    if all(mapping.library_id is None for mapping in rules.mappings):
        return lambda server_path, _library_ids: map_file(mapper, server_path, ())
    return partial(map_file, mapper)


_NO_RULE = MappedFile(None, None, UnmappedReason.NO_RULE.value)


def _no_rule(_server_path: str, _library_ids: tuple[int, ...]) -> MappedFile:
    """A first import usually comes before the first rule; what else may be wrong with a path is told with a rule."""
    return _NO_RULE
