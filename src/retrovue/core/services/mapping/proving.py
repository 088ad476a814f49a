"""Rules tried on real files before they are trusted, and proposals for new ones."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_rules import explain_unmapped
from retrovue.core.domain.paths import MappedPath, PathMapper, PathMapping
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.host import MappingHost
from retrovue.core.services.looking import CheckOptions, FileResult, FileToCheck, check_files
from retrovue.core.services.mapping.mapper import mapped_folders
from retrovue.core.services.mapping.suggest import Sample, Suggestion, SuggestLimits, suggest_mappings
from retrovue.core.services.mapping.suggest.samples import group_samples
from retrovue.core.storage.files import FileSample

SAMPLE_SIZE = 200
_EXAMPLES_PER_STATE = 5
_UNSAVED_ID = -1
_ALL = 1_000_000_000
_PER_ROOT = 400
_ELSEWHERE = 2_000
"""Samples of no particular root: a server may write the paths of files in another way than those of its roots."""
_EXPLAINED = 0.9


@dataclass(frozen=True, slots=True)
class TriedFile:
    """What became of a file. `reason` says why it was not simply found; empty when the state says it all."""

    server_path: str
    local_path: str | None
    state: FileState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MappingTest:
    """The outcome of trying rules on files of a server.

    Attributes:
        counts: files by state; states that none has are absent.
        examples: some files of each state, those with a problem first.
        tried_at: when, by the program's clock.
    """

    sampled: int
    counts: Mapping[FileState, int]
    examples: tuple[TriedFile, ...]
    tried_at: datetime

    @property
    def found(self) -> int:
        """Files that are there with the size that the server tells."""
        return self.counts.get(FileState.FOUND, 0)

    @property
    def missing(self) -> int:
        """Files whose folder answered without them."""
        return self.counts.get(FileState.MISSING, 0)

    @property
    def size_differs(self) -> int:
        """Files that are there with another size."""
        return self.counts.get(FileState.SIZE_DIFFERS, 0)

    @property
    def unmapped(self) -> int:
        """Files that no rule maps, or whose name this computer cannot hold."""
        return self.counts.get(FileState.UNMAPPED, 0)

    @property
    def unreachable(self) -> int:
        """Files on disks or in folders that did not answer."""
        return self.counts.get(FileState.UNREACHABLE, 0)

    @property
    def is_proven(self) -> bool:
        """Whether the rules lead to files: something was found and nothing contradicts."""
        return self.found > 0 and not self.missing and not self.unreachable and not self.size_differs


@dataclass(slots=True)
class _Trial:
    """The files of one server that are tried, with what the rules make of them."""

    rules: Sequence[PathMapping]
    samples: list[FileSample] = field(default_factory=list)
    mapped: list[MappedPath] = field(default_factory=list)


def try_rules(
    host: MappingHost,
    *,
    server: Server | None = None,
    mapping: PathMapping | None = None,
    everything: bool = False,
    sample_size: int = SAMPLE_SIZE,
    token: CancelToken | None = None,
) -> MappingTest:
    """Look for files where rules lead. Keeps the outcome of a stored rule, so that it can be called proven.

    Args:
        server: all rules of this server; None (and no `mapping`): of all servers.
        mapping: only this rule, stored or typed (`id` None), on the files that it would decide. When it decides
            none, on files that it should have matched, so that the examples say why it did not.
        everything: every file instead of a sample of `sample_size` for each server.

    Raises:
        Cancelled: asked to stop.
        ConfigError: the rule is of no server.

    Thread: any but the GUI's; blocks as long as disks do, within the limits of a file check.
    """
    token = token or CancelToken()
    limit = _ALL if everything else sample_size
    if mapping is not None:
        trials = [_trial_of_rule(host, mapping, limit)]
    else:
        servers = [server] if server is not None else host.servers.all()
        trials = [_trial_of_server(host, one.id, limit) for one in servers]
    results = _look(host, trials, token)
    outcome = _outcome(host, trials, results)
    if mapping is not None and outcome.sampled and mapping in host.mappings.all(mapping.server_id):
        host.mappings.keep_proof(mapping, found=outcome.found, sampled=outcome.sampled, now=host.clock.epoch())
    elif mapping is None:
        _keep_proofs(host, trials, results)
    return outcome


def _library_roots(host: MappingHost, server_id: int) -> list[tuple[int, str]]:
    return [(library.id, root.path) for library in host.libraries.all(server_id) for root in library.roots]


def _trial_of_server(host: MappingHost, server_id: int, limit: int) -> _Trial:
    rules = host.mappings.all(server_id)
    mapper = PathMapper(rules, library_roots=_library_roots(host, server_id))
    samples = host.file_paths.samples(server_id, limit=limit)
    return _Trial(rules, samples, [mapper.map(one.server_path, one.library_ids) for one in samples])


def _trial_of_rule(host: MappingHost, mapping: PathMapping, limit: int) -> _Trial:
    if mapping.server_id is None:
        raise ConfigError(_("This rule does not belong to a server."))
    known = mapping.id if mapping.id is not None else _UNSAVED_ID
    own = PathMapping(known, mapping.server_id, mapping.library_id, mapping.server_path, mapping.local_path)
    rules = [own, *(rule for rule in host.mappings.all(mapping.server_id) if rule.id != mapping.id)]
    mapper = PathMapper(rules, library_roots=_library_roots(host, mapping.server_id))
    candidates = host.file_paths.samples(mapping.server_id, limit=_ALL, library_id=mapping.library_id)
    trial = _Trial([own])
    ids = () if mapping.library_id is None else (mapping.library_id,)
    for sample in candidates:
        result = mapper.map(sample.server_path, ids or sample.library_ids)
        if result.mapping_id == known:
            trial.samples.append(sample)
            trial.mapped.append(result)
            if len(trial.samples) >= limit:
                return trial
    if not trial.samples:
        alone = PathMapper([own])
        trial.samples = candidates[:limit]
        trial.mapped = [alone.map(sample.server_path, ids) for sample in trial.samples]
    return trial


def _look(host: MappingHost, trials: Iterable[_Trial], token: CancelToken) -> dict[int, FileResult]:
    """The state of every mapped sample, by file id."""
    files = []
    for trial in trials:
        folders = {rule.id: rule.local_path for rule in trial.rules}
        for sample, mapped in zip(trial.samples, trial.mapped, strict=True):
            if mapped.local_path is not None:
                root = folders.get(mapped.mapping_id)
                files.append(FileToCheck(sample.media_file_id, mapped.local_path, sample.size_bytes, root))
    found: dict[int, FileResult] = {}
    check_files(
        files,
        fs=host.file_system,
        volumes=host.volume_provider.volumes() if files else (),
        # A person waits for this one: a disk that is slower than that is not proven.
        options=CheckOptions(look_timeout_s=5.0, mapped_folders=mapped_folders(host)),
        token=token,
        on_batch=lambda results, _mark: found.update((result.media_file_id, result) for result in results),
    )
    return found


def _outcome(host: MappingHost, trials: Sequence[_Trial], results: Mapping[int, FileResult]) -> MappingTest:
    counts: Counter[FileState] = Counter()
    examples: dict[FileState, list[TriedFile]] = {}
    for trial in trials:
        for sample, mapped in zip(trial.samples, trial.mapped, strict=True):
            result = results.get(sample.media_file_id)
            state = FileState.UNMAPPED if result is None else result.state
            counts[state] += 1
            shown = examples.setdefault(state, [])
            if len(shown) < _EXAMPLES_PER_STATE:
                reason = _reason(trial, sample, mapped, result)
                shown.append(TriedFile(sample.server_path, mapped.local_path, state, reason))
    order = (
        FileState.MISSING,
        FileState.UNREACHABLE,
        FileState.UNMAPPED,
        FileState.SIZE_DIFFERS,
        FileState.FOUND,
    )
    return MappingTest(
        sampled=sum(counts.values()),
        counts=dict(counts),
        examples=tuple(example for state in order for example in examples.get(state, ())),
        tried_at=host.clock.now(),
    )


def _reason(trial: _Trial, sample: FileSample, mapped: MappedPath, result: FileResult | None) -> str:
    if mapped.reason is not None:
        return explain_unmapped(sample.server_path, mapped.reason, trial.rules, library_ids=sample.library_ids)
    if result is None:
        return ""
    if result.state is FileState.SIZE_DIFFERS and sample.size_bytes is not None:
        return _("The server reports {expected} bytes, the disk has {found}.").format(
            expected=f"{sample.size_bytes:,}", found=f"{result.disk_size_bytes or 0:,}"
        )
    if result.fault is not None:
        return result.fault.user_text
    return _("The folder does not contain this name.") if result.state is FileState.MISSING else ""


def _keep_proofs(host: MappingHost, trials: Sequence[_Trial], results: Mapping[int, FileResult]) -> None:
    sampled: Counter[int] = Counter()
    found: Counter[int] = Counter()
    for trial in trials:
        for sample, mapped in zip(trial.samples, trial.mapped, strict=True):
            if mapped.mapping_id is None:
                continue
            sampled[mapped.mapping_id] += 1
            result = results.get(sample.media_file_id)
            found[mapped.mapping_id] += result is not None and result.state is FileState.FOUND
    tried = {rule.id: rule for trial in trials for rule in trial.rules}
    for mapping_id, count in sampled.items():
        host.mappings.keep_proof(tried[mapping_id], found=found[mapping_id], sampled=count, now=host.clock.epoch())


def suggest(
    host: MappingHost,
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


def search_places(host: MappingHost) -> list[str]:
    """Where a person's files can be: folders of known rules, mounted volumes, the usual folders."""
    places = [mapping.local_path for mapping in host.mappings.all()]
    places += [volume.path for volume in host.volume_provider.volumes() if volume.is_mounted]
    places += host.volume_provider.common_folders()
    return list(dict.fromkeys(places))


def _samples(host: MappingHost, server_id: int, roots: Iterable[str], library: Library | None) -> list[Sample]:
    """Files of every root, however small it is beside the others."""
    library_id = None if library is None else library.id
    chosen: dict[str, Sample] = {}
    for root in roots:
        for one in host.file_paths.samples(server_id, limit=_PER_ROOT, under=root, library_id=library_id):
            chosen.setdefault(one.server_path, Sample(one.server_path, one.size_bytes))
    for one in host.file_paths.samples(server_id, limit=_ELSEWHERE, library_id=library_id):
        chosen.setdefault(one.server_path, Sample(one.server_path, one.size_bytes))
    return list(chosen.values())
