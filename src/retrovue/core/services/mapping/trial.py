"""Trying a rule on real files while it is typed, beside the stored rules, before it is saved."""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_rules import NearMiss, nearest_rule
from retrovue.core.domain.path_syntax import PathKind, parse_path
from retrovue.core.domain.paths import MappedPath, PathMapper, PathMapping, UnmappedReason, validate_mapping
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.looking import CheckSummary, FileFault
from retrovue.core.services.mapping.tried import MappedSample, Tried, try_samples
from retrovue.core.storage.files import FileSample
from retrovue.core.system.looks import look

DRAFT_ID = -1
"""The id of a new rule while it is tried."""
SAMPLES = 60
_OTHERS = 10
_POOL = 400
_SHOWN_OF_ALL = 500
_LOOK_TIMEOUT_S = 2.0
_PATIENT_S = 10.0
_ALL = 1_000_000_000
_FIRST = {
    FileState.MISSING: 0,
    FileState.SIZE_DIFFERS: 1,
    FileState.UNREACHABLE: 2,
    FileState.FOUND: 3,
    FileState.UNCHECKED: 4,
    FileState.UNMAPPED: 5,
}
"""Problems come first."""
_NEARNESS = (
    NearMiss.CASE,
    NearMiss.SEPARATOR,
    NearMiss.OTHER_LIBRARY,
    NearMiss.EXTRA_COMPONENT,
    NearMiss.MISSING_COMPONENT,
    NearMiss.OTHER_COMPONENT,
)


@dataclass(frozen=True)
class SampleRow:
    """A file under the rule set that is tried.

    Attributes:
        local_path: None when unmapped.
        server_prefix, local_prefix: what the deciding rule replaced; empty without one.
        fault: where the state alone does not say it.
        why: for an unmapped file, why no rule maps it.
    """

    id: int
    server_path: str
    local_path: str | None
    server_prefix: str = ""
    local_prefix: str = ""
    size_bytes: int | None = None
    disk_size_bytes: int | None = None
    state: FileState = FileState.UNCHECKED
    fault: FileFault | None = None
    why: str = ""


@dataclass(frozen=True)
class Trial:
    """What a rule would do.

    Attributes:
        rows: files to show, problems first; all of them unless every file was tried.
        counts: tried files by state.
        error: why the rule is refused, with the remedy; empty when it could be saved.
        is_server_side: the error is about the server path, not about the local one.
        folder_note: what is wrong with the local folder now; the rule could be saved all the same.
        covered: tried files that this rule decides about.
        near_miss: where it decides about none: why it does not match the paths that are nearest to it.
    """

    rows: tuple[SampleRow, ...] = ()
    counts: dict[FileState, int] = field(default_factory=dict, hash=False)
    tried: int = 0
    covered: int = 0
    took_s: float = 0.0
    is_all: bool = False
    error: str = ""
    is_server_side: bool = False
    folder_note: str = ""
    near_miss: str = ""


def try_rule(
    host: AppContext,
    rule: PathMapping,
    token: CancelToken,
    report: Callable[[object], None] = lambda _progress: None,
    *,
    everything: bool = False,
) -> Trial:
    """Try a rule beside the stored rules of its server, on samples or on every file under it.

    When every file of a stored rule was tried, the rule keeps the outcome as its proof. A rule that decides about no
    file is tried on files that it should have matched, so that each says why it did not.

    Args:
        rule: `id` None for a new one; one with an id stands in the place of the stored rule.
        report: gets a `CheckProgress` now and then.

    Raises:
        Cancelled: asked to stop.

    Thread: any but the GUI's.
    """
    started = time.perf_counter()
    server_id = rule.server_id or 0
    stored = host.mappings.all(server_id)
    error, is_server_side = _refusal(rule, stored)
    draft = PathMapping(rule.id or DRAFT_ID, server_id, rule.library_id, rule.server_path, rule.local_path)
    others = [one for one in stored if one.id != rule.id]
    rules = others if error else [*others, draft]
    roots = [(library.id, root.path) for library in host.libraries.all(server_id) for root in library.roots]
    mapper = PathMapper(rules, library_roots=roots)
    files = _choose(host, draft, mapper, everything=everything)
    token.raise_if_cancelled()
    by_id = {one.id: one for one in rules}
    patience_s = _PATIENT_S if everything else _LOOK_TIMEOUT_S
    tried, summary = try_samples(host, files, rules, token, look_timeout_s=patience_s, report=report)
    rows = [_row(one, by_id) for one in tried]
    covered = sum(1 for _file, mapped in files if mapped.mapping_id == draft.id)
    is_all = everything and covered > 0
    if is_all and rule in stored:
        found = sum(1 for row in rows if row.state is FileState.FOUND)
        host.mappings.keep_proof(rule, found=found, sampled=len(rows), now=host.clock.epoch())
    rows.sort(key=lambda row: _FIRST[row.state])
    return Trial(
        tuple(rows[:_SHOWN_OF_ALL]),
        dict(Counter(row.state for row in rows)),
        len(rows),
        covered,
        time.perf_counter() - started,
        is_all,
        error,
        is_server_side,
        "" if error else _folder_note(host, draft.local_path, summary),
        "" if error or covered else _near_miss(host, draft),
    )


def _refusal(rule: PathMapping, stored: Sequence[PathMapping]) -> tuple[str, bool]:
    """Why a rule cannot be saved, and whether its server path is the reason; empty when it can."""
    try:
        validate_mapping(rule, stored)
    except ConfigError as error:
        parsed = parse_path(rule.server_path)
        wrong = parsed is None or ".." in parsed.names or (parsed.kind is PathKind.UNC and not parsed.names)
        is_double = any(
            other.id != rule.id
            and other.library_id == rule.library_id
            and parsed is not None
            and (key := parse_path(other.server_path)) is not None
            and key.exact_key() == parsed.exact_key()
            for other in stored
        )
        return error.user_text(), wrong or is_double
    return "", False


def _choose(host: AppContext, draft: PathMapping, mapper: PathMapper, *, everything: bool) -> list[MappedSample]:
    """The files to try: those that the rule decides about, and a few that no rule maps."""
    server_id = draft.server_id or 0
    parsed = parse_path(draft.server_path)
    samples = host.file_paths.samples
    under = None
    if parsed is not None and parsed.names:
        under = draft.server_path.rstrip("/\\") + parsed.separator
    if everything:
        files = [(one, _map(mapper, one)) for one in samples(server_id, limit=_ALL)]
        if decided := [entry for entry in files if entry[1].mapping_id == draft.id]:
            return decided
        # It decides about none: the samples below say why.
    near = samples(server_id, limit=_POOL, under=under) if under else []
    pool = {one.media_file_id: one for one in (*near, *samples(server_id, limit=_POOL))}
    mapped = [(one, _map(mapper, one)) for one in pool.values()]
    mine = [entry for entry in mapped if entry[1].mapping_id == draft.id]
    ids = {one.media_file_id for one in near}
    if not mine:
        # The rule cannot be used yet, or matches nothing: what lies under its server path is still the best to show.
        mine = [entry for entry in mapped if entry[0].media_file_id in ids]
    chosen = {one.media_file_id for one, _m in mine}
    left = [entry for entry in mapped if entry[1].local_path is None and entry[0].media_file_id not in chosen]
    # What other rules do says nothing about this one; without a server path it is a way to begin.
    rest = [] if mine or left or draft.server_path else mapped
    room = SAMPLES - min(len(left), _OTHERS)
    return [*mine[:room], *left[: SAMPLES - min(len(mine), room)], *rest[:SAMPLES]]


def _near_miss(host: AppContext, draft: PathMapping) -> str:
    """Why a rule matches nothing, by the paths that are nearest to it; empty when none is near."""
    if not draft.server_path:
        return ""
    found: Counter[tuple[int, int, str]] = Counter()
    names = re.split(r"[\\/]+", draft.server_path)
    for sample in host.file_paths.samples(draft.server_id or 0, limit=_POOL):
        near = nearest_rule(sample.server_path, [draft], library_ids=sample.library_ids)
        if near is not None:
            # The further down a path agrees, the nearer it is.
            depth = names.index(near.expected) if near.expected in names else 0
            found[_NEARNESS.index(near.problem), -depth, near.text] += 1
    best = min(found, key=lambda entry: (entry[:2], -found[entry]), default=None)
    return "" if best is None else best[2]


def _map(mapper: PathMapper, file: FileSample) -> MappedPath:
    mapped = mapper.map(file.server_path)
    if mapped.reason is UnmappedReason.NO_RULE and file.library_ids:
        mapped = mapper.map(file.server_path, file.library_ids)
    return mapped


def _row(tried: Tried, rules: dict[int | None, PathMapping]) -> SampleRow:
    sample, result = tried.sample, tried.result
    rule = rules.get(tried.mapped.mapping_id)
    local = parse_path(rule.local_path) if rule is not None else None
    return SampleRow(
        sample.media_file_id,
        sample.server_path,
        tried.mapped.local_path,
        rule.server_path.rstrip("/\\") if rule is not None else "",
        local.text.rstrip("/\\") if local is not None else "",
        sample.size_bytes,
        None if result is None else result.disk_size_bytes,
        tried.state,
        None if result is None else result.fault,
        tried.why_unmapped(rules.values()),
    )


def _folder_note(host: AppContext, local_path: str, summary: CheckSummary) -> str:
    """What is wrong with the local folder of a rule; empty when it is there."""
    problem = next((one.problem for one in summary.roots if one.root == local_path), None)
    is_known = any(one.root == local_path for one in summary.roots)
    if problem is None and (is_known or _is_there(host, local_path)):
        return ""
    parsed = parse_path(local_path)
    if parsed is not None and parsed.kind is PathKind.DRIVE:
        drives = [parse_path(volume.path) for volume in host.volume_provider.volumes()]
        if parsed.root.upper() not in {drive.root.upper() for drive in drives if drive is not None}:
            return _("There is no drive {drive} on this computer. Connect it or choose another folder.").format(
                drive=parsed.root
            )
    if problem is not None and problem not in (FileFault.ROOT_GONE, FileFault.NO_ANSWER, FileFault.NOT_MOUNTED):
        return problem.user_text
    return _("{folder} was not found. Connect its disk or share, or choose another folder.").format(folder=local_path)


def _is_there(host: AppContext, folder: str) -> bool:
    try:
        look(partial(host.file_system.stat, folder), _LOOK_TIMEOUT_S)
    except (OSError, ValueError):
        # A path with NUL is refused by Python itself; what does not answer is not there for whoever saves the rule.
        return False
    return True
