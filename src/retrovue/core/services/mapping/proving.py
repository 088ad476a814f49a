"""Stored rules tried on real files, and what comes of it kept as their proof."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.paths import PathMapper, PathMapping
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.mapping.tried import MappedSample, Tried, try_samples

SAMPLE_SIZE = 200
_EXAMPLES_PER_STATE = 5
_UNSAVED_ID = -1
_ALL = 1_000_000_000
_LOOK_TIMEOUT_S = 5.0


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
    samples: list[MappedSample] = field(default_factory=list)


def try_rules(
    host: AppContext,
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
    tried = [
        # A person waits for this one: a disk that is slower than that is not proven.
        (trial.rules, try_samples(host, trial.samples, trial.rules, token, look_timeout_s=_LOOK_TIMEOUT_S)[0])
        for trial in trials
    ]
    outcome = _outcome(host, tried)
    if mapping is not None and outcome.sampled and mapping in host.mappings.all(mapping.server_id):
        host.mappings.keep_proof(mapping, found=outcome.found, sampled=outcome.sampled, now=host.clock.epoch())
    elif mapping is None:
        _keep_proofs(host, tried)
    return outcome


def _library_roots(host: AppContext, server_id: int) -> list[tuple[int, str]]:
    return [(library.id, root.path) for library in host.libraries.all(server_id) for root in library.roots]


def _trial_of_server(host: AppContext, server_id: int, limit: int) -> _Trial:
    rules = host.mappings.all(server_id)
    mapper = PathMapper(rules, library_roots=_library_roots(host, server_id))
    samples = host.file_paths.samples(server_id, limit=limit)
    return _Trial(rules, [(one, mapper.map(one.server_path, one.library_ids)) for one in samples])


def _trial_of_rule(host: AppContext, mapping: PathMapping, limit: int) -> _Trial:
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
            trial.samples.append((sample, result))
            if len(trial.samples) >= limit:
                return trial
    if not trial.samples:
        alone = PathMapper([own])
        trial.samples = [(sample, alone.map(sample.server_path, ids)) for sample in candidates[:limit]]
    return trial


_Tried = tuple[Sequence[PathMapping], list[Tried]]
"""The rules of one server that were tried, and what became of its files."""


def _outcome(host: AppContext, tried: Sequence[_Tried]) -> MappingTest:
    counts: Counter[FileState] = Counter()
    examples: dict[FileState, list[TriedFile]] = {}
    for rules, files in tried:
        for one in files:
            counts[one.state] += 1
            shown = examples.setdefault(one.state, [])
            if len(shown) < _EXAMPLES_PER_STATE:
                path = one.sample.server_path
                shown.append(TriedFile(path, one.mapped.local_path, one.state, one.reason(rules)))
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


def _keep_proofs(host: AppContext, tried: Sequence[_Tried]) -> None:
    sampled: Counter[int] = Counter()
    found: Counter[int] = Counter()
    for _rules, files in tried:
        for one in files:
            if one.mapped.mapping_id is not None:
                sampled[one.mapped.mapping_id] += 1
                found[one.mapped.mapping_id] += one.state is FileState.FOUND
    by_id = {rule.id: rule for rules, _files in tried for rule in rules}
    for mapping_id, count in sampled.items():
        host.mappings.keep_proof(by_id[mapping_id], found=found[mapping_id], sampled=count, now=host.clock.epoch())
