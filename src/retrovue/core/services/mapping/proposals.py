"""Suggested rules with what using them would do, without those that are stored already."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.mapping.mapper import map_file, server_mapper
from retrovue.core.services.mapping.suggest import Sample, Suggestion, SuggestLimits, suggest_mappings
from retrovue.core.services.mapping.suggest.samples import group_samples

_ALL = 1_000_000_000
_PER_ROOT = 400
_ELSEWHERE = 2_000
"""Samples of no particular root: a server may write the paths of files in another way than those of its roots."""
_EXPLAINED = 0.9


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


def propose(host: AppContext, server: Server, folders: Sequence[str], token: CancelToken) -> list[Proposal]:
    """Rules that the files on this computer prove and that would change something, best first.

    Args:
        folders: where to look first; empty looks at every volume and the usual folders.

    Raises:
        Cancelled: asked to stop.
        ConfigError: the catalog holds no file of the server.

    Thread: any but the GUI's; bounded as `proving.suggest` is.
    """
    return weigh(host, server, suggest(host, server, folders=folders, token=token))


def weigh(host: AppContext, server: Server, suggestions: Sequence[Suggestion]) -> list[Proposal]:
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


def suggest(
    host: AppContext,
    server: Server,
    *,
    folders: Sequence[str] = (),
    library: Library | None = None,
    samples: Sequence[Sample] | None = None,
    limits: SuggestLimits | None = None,
    token: CancelToken | None = None,
) -> list[Suggestion]:
    """Propose rules for a server by finding its files on this computer, the best first.

    Args:
        folders: places that the person named; they are searched first, and alone when that explains everything.
        library: only for the roots of this library.
        samples: files to look for; None takes them from the catalog.

    Raises:
        Cancelled: asked to stop.
        ConfigError: nothing of the server is known that could be looked for.

    Thread: any but the GUI's; bounded by `limits` (20,000 folders, 10 s) in all.
    """
    libraries = [one for one in host.libraries.all(server.id) if library is None or one.id == library.id]
    roots = list(dict.fromkeys(root.path for one in libraries if one.is_enabled for root in one.roots))
    if samples is None:
        samples = _samples(host, server.id, roots, library)
    if not samples:
        raise ConfigError(
            _("The catalog has no files from “{server}” yet, so there is nothing to look for.").format(
                server=server.name
            ),
            hint=_("Sync the server first, then suggest rules."),
        )
    limits = limits or SuggestLimits()
    begun = time.monotonic()
    found: list[Suggestion] = []
    if folders:
        first = replace(limits, directory_reads=limits.directory_reads * 3 // 4)
        found = suggest_mappings(roots, samples, folders, fs=host.file_system, limits=first, token=token)
        explained = {root for one in found if one.evidence.share_found >= _EXPLAINED for root in one.roots}
        # A library without files has a root, too, and nothing to be found there.
        if explained.issuperset(group.root for group in group_samples(roots, samples, 1)):
            return found
        left_s = max(0.0, limits.timeout_s - (time.monotonic() - begun))
        limits = replace(limits, directory_reads=limits.directory_reads // 4, timeout_s=left_s)
    places = [place for place in search_places(host) if place not in folders]
    others = suggest_mappings(roots, samples, places, fs=host.file_system, limits=limits, token=token)
    # What lies in the folders that the person named comes before what was found by chance.
    seen = {(one.server_path, one.local_path) for one in found}
    return [*found, *(one for one in others if (one.server_path, one.local_path) not in seen)]


def search_places(host: AppContext) -> list[str]:
    """Where a person's files can be: folders of known rules, mounted volumes, the usual folders."""
    places = [mapping.local_path for mapping in host.mappings.all()]
    places += [volume.path for volume in host.volume_provider.volumes() if volume.is_mounted]
    places += host.volume_provider.common_folders()
    return list(dict.fromkeys(places))


def _samples(host: AppContext, server_id: int, roots: Iterable[str], library: Library | None) -> list[Sample]:
    """Files of every root, however small it is beside the others."""
    library_id = None if library is None else library.id
    chosen: dict[str, Sample] = {}
    for root in roots:
        for one in host.file_paths.samples(server_id, limit=_PER_ROOT, under=root, library_id=library_id):
            chosen.setdefault(one.server_path, Sample(one.server_path, one.size_bytes))
    for one in host.file_paths.samples(server_id, limit=_ELSEWHERE, library_id=library_id):
        chosen.setdefault(one.server_path, Sample(one.server_path, one.size_bytes))
    return list(chosen.values())
