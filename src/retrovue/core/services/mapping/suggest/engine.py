"""From candidates to proposals: test them on the sampled files, join what one rule can say, rank."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import ParsedPath, PathKind, nfc, parse_path
from retrovue.core.domain.paths import PathMapper, PathMapping, validate_mapping
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.looking.folder import check_folder
from retrovue.core.services.looking.model import FileToCheck
from retrovue.core.services.mapping.suggest.model import Evidence, Sample, Suggestion, SuggestLimits
from retrovue.core.services.mapping.suggest.samples import NameIndex, RootSamples, group_samples, spread
from retrovue.core.services.mapping.suggest.search import Budget, Candidate, PlaceSearch
from retrovue.core.system.filesystem import FileSystem, split
from retrovue.core.system.looks import Looker

_TESTED_PER_ROOT = 16
_FIRST_SAMPLES = 12
_LEAST_SHARE = 0.1
"""Fewer found files than this share are chance, not a mapping."""
_PROVEN_SHARE = 0.9
_LIKELY_SHARE = 0.5
"""Of the sampled files, those that are there in the right size."""


class _Proposal(NamedTuple):
    group: RootSamples
    server: ParsedPath
    local: ParsedPath
    evidence: Evidence

    @property
    def rank(self) -> tuple[float, ...]:
        """Smaller is better: as good as proven by sizes, then by the files found."""
        evidence = self.evidence
        return (-round(evidence.share_equal * evidence.share_found, 3), -evidence.share_found, -evidence.found)


class _Tester:
    """Looks for the sampled files where a rule would put them; one listing a folder, each only once."""

    def __init__(self, fs: FileSystem, budget: Budget, looker: Looker) -> None:
        self._fs = fs
        self._budget = budget
        self._looker = looker

    def test(self, server: ParsedPath, local: ParsedPath, samples: Sequence[Sample]) -> Evidence | None:
        """The evidence for a rule; None when the first samples show that there is none."""
        mapping = PathMapping(None, None, None, server.text, local.text)
        mapper = PathMapper([mapping])
        first = spread(samples, _FIRST_SAMPLES)
        evidence = self._look(mapper, local.text, first)
        if not evidence.found:
            return None
        rest = [sample for sample in samples if sample not in set(first)]
        return evidence.plus(self._look(mapper, local.text, rest))

    def _look(self, mapper: PathMapper, root: str, samples: Iterable[Sample]) -> Evidence:
        folders: dict[str, list[tuple[str, FileToCheck]]] = defaultdict(list)
        evidence = Evidence()
        for sample in samples:
            local_path = mapper.map(sample.server_path).local_path
            if local_path is None:
                evidence = evidence.plus(Evidence(1))
                continue
            folder, name = split(local_path)
            folders[folder].append((name, FileToCheck(0, local_path, sample.size_bytes, root)))
        for folder, wanted in folders.items():
            if not self._budget.allows():
                break
            self._budget.reads += 1
            evidence = evidence.plus(self._folder(root, folder, wanted))
        return evidence

    def _folder(self, root: str, folder: str, wanted: list[tuple[str, FileToCheck]]) -> Evidence:
        try:
            answer = self._looker.look(
                partial(check_folder, self._fs, root, folder, wanted),
                self._budget.look_timeout_s(),
                self._budget.token,
            )
        except TimeoutError:
            # What could not be looked at says nothing for a rule and nothing against it.
            return Evidence()
        evidence = Evidence(len(wanted))
        for result, (_name, file) in zip(answer.results, wanted, strict=True):
            if result.state not in (FileState.FOUND, FileState.SIZE_DIFFERS):
                continue
            compared = file.size_bytes is not None and result.disk_size_bytes is not None
            equal = compared and result.state is FileState.FOUND
            evidence = evidence.plus(Evidence(0, 1, int(compared), int(equal)))
        return evidence


def suggest_mappings(
    roots: Sequence[str],
    samples: Iterable[Sample],
    places: Sequence[str],
    *,
    fs: FileSystem,
    limits: SuggestLimits | None = None,
    token: CancelToken | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Suggestion]:
    """Propose rules by finding the server's files on this computer, the best first.

    Folders are found by the names in sampled paths and proven by looking for the sampled files and their
    sizes; nothing is proposed because of how a folder is called.

    Args:
        roots: library roots of one server, as the server writes them.
        samples: files of the server with their sizes; a few hundred a root are enough.
        places: folders to search: volumes, mounted shares, folders that the person named.

    Returns:
        Rules that join as many roots as one rule can; other folders that hold the same names come behind,
        with evidence that says how they differ. Empty when nothing was found within the limits.

    Raises:
        Cancelled: asked to stop.
    """
    limits = limits or SuggestLimits()
    groups = group_samples(roots, samples, limits.samples_per_root)
    if not groups or not places:
        return []
    budget = Budget(limits, token or CancelToken(), monotonic)
    with Looker() as looker:
        candidates = PlaceSearch(fs, NameIndex(groups), budget, looker).run(places)
        tester = _Tester(fs, budget, looker)
        proposals = _test_candidates(groups, candidates, tester, budget)
    return _rank(groups, proposals)


def _test_candidates(
    groups: Sequence[RootSamples], candidates: Iterable[Candidate], tester: _Tester, budget: Budget
) -> list[_Proposal]:
    by_root = {group.root: group for group in groups}
    tested: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    count: dict[str, int] = defaultdict(int)
    proposals = []
    for candidate in candidates:
        group = by_root[candidate.node.root]
        if count[group.root] >= _TESTED_PER_ROOT or not budget.allows():
            continue
        local = parse_path(candidate.folder)
        if local is None:
            continue
        server, local = _lift(candidate.node.path, local, len(group.path.names))
        key = (server.exact_key(), local.exact_key())
        if key in tested or not _is_usable(server, local):
            continue
        tested.add(key)
        count[group.root] += 1
        below = [sample for sample in group.samples if _holds(server, sample.server_path)]
        evidence = tester.test(server, local, below)
        if evidence is not None and evidence.share_found >= _LEAST_SHARE:
            proposals.append(_Proposal(group, server, local, evidence))
    return proposals


def _holds(folder: ParsedPath, path: str) -> bool:
    parsed = parse_path(path)
    if parsed is None:
        return False
    key = folder.key()
    return parsed.key()[: len(key)] == key


def _same_name(server: ParsedPath, local: ParsedPath) -> bool:
    """Whether the last names are one name, so that the rule may start above them."""
    one, other = server.names[-1], local.names[-1]
    if one == other:
        return True
    # The remainder of a path is passed on unchanged: another letter case opens on Windows only.
    return local.kind.is_windows and nfc(one).casefold() == nfc(other).casefold()


def _up(path: ParsedPath) -> ParsedPath:
    return ParsedPath(path.kind, path.root, path.names[:-1])


def _lift(server: ParsedPath, local: ParsedPath, least: int) -> tuple[ParsedPath, ParsedPath]:
    """The same rule, started as far up as the names agree, but not above the library root."""
    while len(server.names) > least and local.names and _same_name(server, local):
        higher = _up(server), _up(local)
        if not _is_usable(*higher):
            break
        server, local = higher
    return server, local


def _is_usable(server: ParsedPath, local: ParsedPath) -> bool:
    # A rule to "/" would make the whole computer a mapped folder, and the shares of a server are no folder.
    least = {PathKind.POSIX: 1, PathKind.UNC: 2}.get(local.kind, 0)
    if len(local.names) < least:
        return False
    try:
        validate_mapping(PathMapping(None, None, None, server.text, local.text))
    except ConfigError:
        return False
    return True


def _rank(groups: Sequence[RootSamples], proposals: Sequence[_Proposal]) -> list[Suggestion]:
    best: dict[str, _Proposal] = {}
    for proposal in sorted(proposals, key=lambda one: (one.rank, len(one.server.names), one.local.text)):
        if proposal.server.key() == proposal.group.path.key():
            best.setdefault(proposal.group.root, proposal)
    joined, covered = _join(groups, best)
    ranked: list[tuple[tuple[float, ...], Suggestion]] = list(joined)
    for proposal in proposals:
        root = proposal.group.root
        leader = best.get(root)
        if leader is proposal and root in covered:
            continue
        if leader is not None and leader is not proposal and _is_beside_the_point(proposal, leader):
            continue
        ranked.append((proposal.rank, _suggestion(proposal)))
    ranked.sort(key=lambda entry: (_weight(entry[1]), -len(entry[1].roots), entry[0], entry[1].local_path))
    return [suggestion for _rank, suggestion in ranked]


def _weight(suggestion: Suggestion) -> tuple[int, int]:
    """Smaller is better: first how sure the rule is, then how many files speak for it.

    By the share alone, a folder with all of 6 files went before one with 263 of 265.
    """
    evidence = suggestion.evidence
    share = evidence.share_equal * evidence.share_found
    doubt = 0 if share >= _PROVEN_SHARE else 1 if share >= _LIKELY_SHARE else 2
    return doubt, -round(evidence.share_equal * evidence.found)


def _is_beside_the_point(proposal: _Proposal, leader: _Proposal) -> bool:
    """Whether a proven rule leaves nothing to say for this one."""
    if proposal.server.key() != leader.server.key():
        # A part of the root: only of interest while the whole of it is not found in one place.
        return leader.evidence.share_found >= 0.9
    return leader.evidence.share_found >= 0.9 and proposal.evidence.share_found < 0.5


def _suggestion(proposal: _Proposal) -> Suggestion:
    return Suggestion(proposal.server.text, proposal.local.text, proposal.evidence, (proposal.group.root,))


_Ranked = list[tuple[tuple[float, ...], Suggestion]]


def _join(groups: Sequence[RootSamples], best: dict[str, _Proposal]) -> tuple[_Ranked, set[str]]:
    """One rule for several roots, where their best rules say the same from further up."""
    above: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[ParsedPath, ParsedPath, _Proposal]]]
    above = defaultdict(list)
    for proposal in best.values():
        server, local = proposal.server, proposal.local
        while True:
            if _is_usable(server, local):
                above[server.exact_key(), local.exact_key()].append((server, local, proposal))
            if not server.names or not local.names or not _same_name(server, local):
                break
            server, local = _up(server), _up(local)
    found: _Ranked = []
    covered: set[str] = set()
    order = sorted(above.items(), key=lambda entry: (-len(entry[1]), -len(entry[0][0])))
    for (server_key, _local_key), members in order:
        proposals = [proposal for _s, _l, proposal in members if proposal.group.root not in covered]
        if len(proposals) < 2 or _is_contradicted(server_key, proposals, groups, best):
            continue
        server, local, _proposal = members[0]
        evidence = Evidence()
        for proposal in proposals:
            evidence = evidence.plus(proposal.evidence)
        roots = tuple(sorted(proposal.group.root for proposal in proposals))
        covered.update(roots)
        whole = _Proposal(proposals[0].group, server, local, evidence)
        found.append((whole.rank, Suggestion(server.text, local.text, evidence, roots)))
    return found, covered


def _is_contradicted(
    server_key: tuple[str, ...],
    proposals: Sequence[_Proposal],
    groups: Sequence[RootSamples],
    best: dict[str, _Proposal],
) -> bool:
    """Whether the joint rule would also map a root whose files are not where it leads.

    A root that has a longer rule of its own is not touched by it.
    """
    members = {proposal.group.root for proposal in proposals}
    for group in groups:
        key = group.path.key()
        if group.root in members or key[: len(server_key)] != server_key:
            continue
        if group.root not in best:
            return True
    return False
