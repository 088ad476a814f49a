"""Checking the media files on this computer, keeping what was found, and reporting files that no server knows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import native, parse_path, storable
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.files.extra import ExtraReport, find_extra_files
from retrovue.core.services.files.library_folders import library_folders
from retrovue.core.services.looking import (
    CheckMark,
    CheckOptions,
    CheckProgress,
    CheckSummary,
    FileFault,
    FileResult,
    FileToCheck,
    RootSummary,
    check_files,
)
from retrovue.core.services.mapping.mapper import mapped_folders
from retrovue.core.storage.files import NO_MARK, CheckedFile
from retrovue.core.system import deeds
from retrovue.core.system.memory import rare_collections
from retrovue.core.system.volumes import Volume, volume_of

_BATCH = 2_000
_BATCH_S = 0.5
_RESUME_S = 6 * 3600
"""A mark that is older tells of another day's disks."""
_SIZES_S = 7 * 86_400
"""As old as the verification of a sync may be."""
_CLOCKS_S = 86_400
"""A disk's clock may be this far off ours, and a change before the last comparison still counts as one after it."""
_STATELESS = (FileState.UNCHECKED, FileState.UNMAPPED)
_EVERY_S = {"daily": 86_400, "weekly": 7 * 86_400}


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The last check that was finished, of a server or of all."""

    finished_at: datetime
    summary: CheckSummary


def check(
    host: AppContext,
    *,
    server: Server | None = None,
    accept: Collection[str] = (),
    resume: bool = True,
    all_sizes: bool = True,
    token: CancelToken | None = None,
    report: Callable[[CheckProgress], None] | None = None,
) -> CheckSummary:
    """Look for every stored file of a server (or of all) and keep its state, batch by batch.

    A state of before that changed is kept as an event with its time. A check that was interrupted within the last
    six hours goes on where it was.

    Args:
        accept: local folders of rules of which a person says that their lost files are really gone; without it, a
            root that lost over 20 % of its files at once has one problem, and its files are not missing.
        resume: False begins anew.
        all_sizes: False leaves out sizes that were right at the last check that compared all of them, where the folder
            did not change since; such a check is at most seven days back. Names are compared in either case. (On most
            systems each size is a question of its own to the disk or share.)

    Raises:
        Cancelled: what was checked so far is kept.
        ConfigError: a folder in `accept` is of no rule.

    Thread: any but the GUI's.
    """
    with rare_collections():
        return _check(host, server, accept, token, report, resume=resume, all_sizes=all_sizes)


def _check(
    host: AppContext,
    server: Server | None,
    accept: Collection[str],
    token: CancelToken | None,
    report: Callable[[CheckProgress], None] | None,
    *,
    resume: bool,
    all_sizes: bool,
) -> CheckSummary:
    scope = "all" if server is None else f"server:{server.id}"
    kept = _begin(host, scope, resume=resume)
    mark = CheckMark.load(kept) if kept else None
    # After the mark: rules that change from here on make the mark of this check void.
    files = host.file_paths.to_check(None if server is None else server.id)
    began_at, sizes_at = host.clock.epoch(), _sizes_at(host, scope)
    options = CheckOptions(
        accepted_losses=_accepted(files, accept),
        mapped_folders=mapped_folders(host),
        only_changes=True,
        sizes_since=None if all_sizes or began_at - sizes_at > _SIZES_S else sizes_at - _CLOCKS_S,
    )
    keeper = _Keeper(host, scope, files, after=kept)
    volumes = host.volume_provider.volumes()
    try:
        summary = check_files(
            files,
            fs=host.file_system,
            volumes=volumes,
            options=options,
            token=token,
            resume=mark,
            on_batch=keeper.take,
            on_progress=report or (lambda _progress: None),
        )
    finally:
        # Also after a cancel: what was seen stays true, and the next check goes on there.
        keeper.flush()
    if options.sizes_since is None and mark is None:
        # What an interrupted check saw may have been without sizes.
        sizes_at = began_at
    host.checks.finish(scope, {**_dump(summary), "sizes_at": sizes_at}, now=host.clock.epoch())
    _store_capacities(host, volumes, [root.root for root in summary.roots])
    deeds.tell(_deed(summary))
    return summary


def _deed(summary: CheckSummary) -> str:
    """What a check found, for the log's reader."""
    n, found = summary.checked, summary.counts.get(FileState.FOUND, 0)
    said = ngettext("Checked {n} file: {found} found, {rest} not.", "Checked {n} files: {found} found, {rest} not.", n)
    return said.format(n=number(n), found=number(found), rest=number(n - found))


def _begin(host: AppContext, scope: str, *, resume: bool) -> str:
    """Where an interrupted check goes on, as it was kept; `NO_MARK` for a new one."""
    stored, now = host.checks.get(scope), host.clock.epoch()
    if stored is not None and stored.mark and resume and now - (stored.marked_at or 0) < _RESUME_S:
        return stored.mark
    host.checks.begin(scope, now=now)
    return NO_MARK


def _sizes_at(host: AppContext, scope: str) -> int:
    """When the last check began that compared the size of every file; 0 when none did."""
    stored = host.checks.get(scope)
    return 0 if stored is None or stored.summary is None else int(stored.summary.get("sizes_at", 0))


def changed_file(
    file: FileToCheck, state: FileState, size_bytes: int | None, actual_path: str | None
) -> CheckedFile | None:
    """What is to be kept of a look at a file; None where it is as it was."""
    is_other = state != file.previous
    if not is_other and actual_path is None and size_bytes in (None, file.disk_size_bytes):
        return None
    is_event = is_other and file.previous not in _STATELESS
    path = None if actual_path is None else storable(actual_path)
    return CheckedFile(file.media_file_id, file.local_path, file.size_bytes, state, size_bytes, path, is_event)


class _Keeper:
    """Stores results with the mark that follows them, some thousands at a time: a commit each would cost more than
    the looks. Thread: the check's.

    A file that is as it was is not written: the time of the whole check says when it was looked at.
    """

    def __init__(self, host: AppContext, scope: str, files: Sequence[FileToCheck], *, after: str) -> None:
        self._host = host
        self._scope = scope
        self._before = {file.media_file_id: file for file in files}
        self._changed: list[CheckedFile] = []
        self._mark: CheckMark | None = None
        self._after = after
        self._since = host.clock.monotonic()

    def take(self, results: list[FileResult], mark: CheckMark) -> None:
        """What a check found, with the mark that follows it."""
        self._mark = mark
        before = self._before
        for file_id, state, size_bytes, _fault, actual_path in results:
            found = changed_file(before[file_id], state, size_bytes, actual_path)
            if found is not None:
                self._changed.append(found)
        if len(self._changed) >= _BATCH or self._host.clock.monotonic() - self._since > _BATCH_S:
            self.flush()

    def flush(self) -> None:
        """Write everything that waits."""
        if self._mark is not None:
            mark, now = self._mark.dump(), self._host.clock.epoch()
            if self._host.checks.keep(self._scope, self._changed, after=self._after, mark=mark, now=now):
                self._after = mark
        self._changed, self._since = [], self._host.clock.monotonic()


def _accepted(files: Sequence[FileToCheck], folders: Collection[str]) -> frozenset[str]:
    """The roots that a person named, as the rules write them."""
    if not folders:
        return frozenset()
    known = {file.root for file in files if file.root is not None}
    by_key = {parsed.exact_key(): root for root in known if (parsed := parse_path(root)) is not None}
    found = set()
    for folder in map(storable, folders):
        parsed = parse_path(folder)
        root = folder if folder in known else by_key.get(parsed.exact_key()) if parsed is not None else None
        if root is None:
            raise ConfigError(
                _("{folder} is not the local folder of a rule.").format(folder=folder),
                hint=_("Known folders: {folders}.").format(folders=", ".join(sorted(known))) if known else "",
            )
        found.add(root)
    return frozenset(found)


def _store_capacities(host: AppContext, volumes: Sequence[Volume], roots: Sequence[str]) -> None:
    """Remember how full the disks of these roots are, for the day they cannot be reached."""
    held = {volume.path: volume for root in roots if (volume := volume_of(native(root), volumes)) is not None}
    host.disks.store_read(
        [(one.path, one.label, one.total_bytes, one.free_bytes) for one in held.values() if one.is_mounted],
        now=host.clock.epoch(),
    )


def _dump(summary: CheckSummary) -> dict[str, Any]:
    return {
        "counts": _dump_counts(summary.counts),
        "roots": [
            {
                "root": root.root,
                "counts": _dump_counts(root.counts),
                "problem": None if root.problem is None else root.problem.value,
                "lost": root.lost,
            }
            for root in summary.roots
        ],
    }


def _dump_counts(counts: Mapping[FileState, int]) -> dict[str, int]:
    return {state.value: count for state, count in counts.items()}


def _load_counts(stored: Mapping[str, int]) -> dict[FileState, int]:
    return {FileState(state): count for state, count in stored.items()}


def last_check(host: AppContext, server: Server | None = None) -> LastCheck | None:
    """The last finished check of a server, or of all servers together; None before the first one."""
    stored = host.checks.get("all" if server is None else f"server:{server.id}")
    if stored is None or stored.finished_at is None or stored.summary is None:
        return None
    roots = [
        RootSummary(
            root["root"],
            _load_counts(root["counts"]),
            None if root["problem"] is None else FileFault(root["problem"]),
            root["lost"],
        )
        for root in stored.summary["roots"]
    ]
    when = datetime.fromtimestamp(stored.finished_at, UTC)
    return LastCheck(when, CheckSummary(roots, _load_counts(stored.summary["counts"])))


def is_due(host: AppContext) -> bool:
    """Whether the schedule of the settings asks for a check of all files now."""
    every_s = _EVERY_S.get(host.settings.file_check_schedule)
    if every_s is None or not host.mappings.all():
        return False
    stored = host.checks.get("all")
    return stored is None or stored.finished_at is None or host.clock.epoch() - stored.finished_at >= every_s


def extra(
    host: AppContext,
    *,
    server: Server | None = None,
    ignore: Sequence[str] = (),
    token: CancelToken | None = None,
    report: Callable[[int, str], None] | None = None,
) -> ExtraReport:
    """Video files under the mapped folders (of a server, or of all) that no server knows.

    What lies in a folder of a library that is listed, but not imported, is known to its server.

    Args:
        ignore: patterns besides those of the settings.
        report: folders read so far, and the one being read.

    Raises:
        Cancelled: asked to stop.

    Thread: any but the GUI's.
    """
    roots = [native(mapping.local_path) for mapping in host.mappings.all(None if server is None else server.id)]
    kept = [pattern.strip() for pattern in host.settings.extra_files_ignore.split("|") if pattern.strip()]
    with rare_collections():
        # Whatever any server knows is known, whoever's rule leads there.
        known = [native(file.local_path) for file in host.file_paths.to_check() if file.local_path is not None]
        folders = library_folders(host)
        return find_extra_files(
            roots,
            known,
            fs=host.file_system,
            known_folders=folders.known,
            untold_folders=folders.untold,
            ignore=[*kept, *ignore],
            token=token,
            on_progress=report or (lambda _folders, _folder: None),
        )
