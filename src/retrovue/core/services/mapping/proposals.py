"""Suggested rules with what using them would do, without those that are stored already."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.host import MappingHost
from retrovue.core.services.mapping.mapper import map_file, server_mapper
from retrovue.core.services.mapping.proving import suggest
from retrovue.core.services.mapping.suggest import Suggestion

_ALL = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A suggestion, with what using it would do.

    Attributes:
        unmapped: files without a local path that it would map.
        replaces: the rule for the same server path that leads elsewhere, which it would change.
    """

    suggestion: Suggestion
    unmapped: int
    replaces: PathMapping | None = None


def propose(host: MappingHost, server: Server, folders: Sequence[str], token: CancelToken) -> list[Proposal]:
    """Rules that the files on this computer prove and that would change something, best first.

    Args:
        folders: where to look first; empty looks at every volume and the usual folders.

    Raises:
        Cancelled: asked to stop.
        ConfigError: the catalog holds no file of the server.

    Thread: any but the GUI's; bounded as `proving.suggest` is.
    """
    return weigh(host, server, suggest(host, server, folders=folders, token=token))


def weigh(host: MappingHost, server: Server, suggestions: Sequence[Suggestion]) -> list[Proposal]:
    """What using these suggestions would do under the rules of now, without those that would change nothing.

    Reads the catalog only, so that suggestions can be weighed again when a rule came from elsewhere.
    Thread: any but the GUI's.
    """
    mapper = server_mapper(host, server.id)
    unmapped = [
        key
        for one in host.file_paths.samples(server.id, limit=_ALL)
        if map_file(mapper, one.server_path, one.library_ids).local_path is None
        and (key := _key(one.server_path)) is not None
    ]
    rules = {_key(rule.server_path): rule for rule in host.mappings.all(server.id) if rule.library_id is None}
    found = []
    for suggestion in suggestions:
        key = _key(suggestion.server_path) or ()
        rule = rules.get(key)
        if rule is not None and _key(rule.local_path) == _key(suggestion.local_path):
            continue
        count = sum(1 for path in unmapped if path[: len(key)] == key)
        if count or rule is not None:
            found.append(Proposal(suggestion, count, rule))
    return found


def _key(path: str) -> tuple[str, ...] | None:
    parsed = parse_path(path)
    return None if parsed is None else parsed.key()
