"""The mapping rules of a server, ready to be applied to its files."""

from collections.abc import Callable

from retrovue.core.domain.paths import PathMapper, UnmappedReason
from retrovue.core.services.host import Host
from retrovue.core.storage.files import MappedFile


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


def file_mapper(host: Host, server_id: int, library_id: int) -> Callable[[str], MappedFile]:
    """The rules of a server for files that one of its libraries lists."""
    mapper = server_mapper(host, server_id)
    mappings = host.mappings.all(server_id)
    if not mappings:
        return _no_rule
    # Without rules of libraries there is no second opinion: a first import maps 100,000 files through here.
    own = any(mapping.library_id is not None for mapping in mappings)
    library_ids = (library_id,) if own else ()
    return lambda server_path: map_file(mapper, server_path, library_ids)


_NO_RULE = MappedFile(None, None, UnmappedReason.NO_RULE.value)


def _no_rule(_server_path: str) -> MappedFile:
    """A first import usually comes before the first rule; what else may be wrong with a path is told with a rule."""
    return _NO_RULE
