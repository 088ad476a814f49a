"""The file check: which media files are on this computer, told by listing their folders.

Every volume is checked on daemon threads of its own with a limit each; one that stops answering makes its
files unreachable and holds up nothing else.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from queue import Empty

from retrovue.core.domain.media import FileState
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.looking.model import (
    CheckMark,
    CheckOptions,
    CheckProgress,
    CheckSummary,
    FileResult,
    FileToCheck,
)
from retrovue.core.services.looking.plan import make_plan
from retrovue.core.services.looking.volume import CheckContext, VolumeRun
from retrovue.core.system.filesystem import FileSystem
from retrovue.core.system.looks import Looker
from retrovue.core.system.volumes import Volume

_WAKE_S = 0.05

OnBatch = Callable[[list[FileResult], CheckMark], None]
OnProgress = Callable[[CheckProgress], None]


def check_files(
    files: Iterable[FileToCheck],
    *,
    fs: FileSystem,
    volumes: Sequence[Volume] = (),
    options: CheckOptions | None = None,
    token: CancelToken | None = None,
    resume: CheckMark | None = None,
    on_batch: OnBatch = lambda results, mark: None,
    on_progress: OnProgress = lambda progress: None,
    monotonic: Callable[[], float] = time.monotonic,
) -> CheckSummary:
    """Tell the state of every file; each comes exactly once through `on_batch`, unless cancelled.

    Args:
        files: all files of the check, in any order (also when resuming; what is done is skipped).
        volumes: the disks of this computer; those that are known but not mounted make their files
            unreachable without a look. Roots outside of all of them count as a volume each.
        resume: the mark of a check that was cancelled or died.
        on_batch: receives results with the mark that follows them, on the calling thread; store both together. No
            results with a mark that moved: of what was looked at, nothing needs to be told.
        on_progress: after each batch, on the calling thread.

    Raises:
        Cancelled: asked to stop; what `on_batch` received stays true and its last mark resumes there.
    """
    options, token, mark = options or CheckOptions(), token or CancelToken(), resume or CheckMark()
    plan = make_plan(files, volumes, mark.roots)
    for root in (root for volume in plan.volumes for root in volume.roots):
        mark.roots[root.root] = root.mark
    mapped = tuple(sorted({*mark.roots, *options.mapped_folders}))
    with Looker() as looker:
        context = CheckContext(fs, options, token, looker, monotonic, mapped)
        forget = token.on_cancel(lambda: context.finished.put(None))
        runs = [VolumeRun(volume, context, mark) for volume in plan.volumes]
        try:
            _run(runs, plan.answered, plan.total, context, mark, on_batch, on_progress)
        finally:
            forget()
    summaries = sorted(summary for run in runs for summary in run.summaries)
    counts: Counter[FileState] = Counter({FileState.UNMAPPED: len(plan.answered)} if plan.answered else {})
    for summary in summaries:
        counts.update(summary.counts)
    return CheckSummary(summaries, dict(counts))


def _run(
    runs: Sequence[VolumeRun],
    answered: list[FileResult],
    total: int,
    context: CheckContext,
    mark: CheckMark,
    on_batch: OnBatch,
    on_progress: OnProgress,
) -> None:
    if answered:
        on_batch(answered, mark)
    while True:
        context.token.raise_if_cancelled()
        for run in runs:
            run.step()
            if run.results or run.has_moved:
                results, run.results, run.has_moved = run.results, [], False
                on_batch(results, mark)
                seen = sum(sum(one.counts.values()) + len(one.held) for one in mark.roots.values())
                on_progress(CheckProgress(min(total, seen + len(answered)), total, run.root))
        if all(run.done for run in runs):
            return
        try:
            context.finished.get(timeout=_WAKE_S)
        except Empty:
            continue  # time to see whether a disk has stopped answering
