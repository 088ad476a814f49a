"""The check of one volume: its roots one after the other, each in batches of folders.

Law of this module: a file is missing only when its root was there before and after, answered, and did not lose too
much at once.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_syntax import native
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.looking.faults import FileFault, fault_of
from retrovue.core.services.looking.folder import FolderAnswer, FolderLook
from retrovue.core.services.looking.model import (
    CheckMark,
    CheckOptions,
    FileResult,
    FileToCheck,
    RootMark,
    RootSummary,
)
from retrovue.core.services.looking.plan import (
    Folder,
    RootPlan,
    VolumePlan,
    batches,
    is_below_any,
)
from retrovue.core.system.filesystem import FileSystem
from retrovue.core.system.looks import Look, Looker

_SEEN = (FileState.FOUND, FileState.SIZE_DIFFERS)
_WAITING_S = 0.002
"""A folder that takes longer was not in the system's memory."""


@dataclass(slots=True)
class Heart:
    """When a look last showed that its disk is alive; also stops a look that nobody waits for."""

    at: float
    abandoned: bool = False


@dataclass(slots=True)
class _Batch:
    folders: list[Folder]
    heart: Heart
    look: Look[list[FolderAnswer]]
    started: float


@dataclass(frozen=True, slots=True)
class _Probe:
    """What a root is: the disk it lies on, or why nothing can be said of it."""

    device: int = 0
    fault: FileFault | None = None


@dataclass(slots=True)
class CheckContext:
    """What all volumes of a check share.

    Attributes:
        mapped: all folders to which links may lead.
        finished: wakes who waits for looks.
    """

    fs: FileSystem
    options: CheckOptions
    token: CancelToken
    looker: Looker
    monotonic: Callable[[], float]
    mapped: tuple[str, ...] = ()
    finished: SimpleQueue[object] = field(default_factory=SimpleQueue)

    def folder_look(self, root: str) -> FolderLook:
        """What looks into the folders of a root."""
        others = tuple(folder for one in self.mapped if (folder := native(one)) != root)
        options = self.options
        return FolderLook(
            self.fs, root, others=others, only_changes=options.only_changes, sizes_since=options.sizes_since
        )

    def answer(self, look: FolderLook, root: RootPlan, folders: Sequence[Folder], heart: Heart) -> list[FolderAnswer]:
        """On a looker's thread: the files of some folders, until the disk stops answering."""
        answers = []
        for folder, wanted in folders:
            if heart.abandoned or self.token.cancelled:
                break
            heart.at = self.monotonic()
            if root.unmounted_below and is_below_any(folder, root.unmounted_below):
                answers.append(unreachable(wanted, FileFault.NOT_MOUNTED))
                continue
            answers.append(look.check(folder, wanted))
            if answers[-1].volume_fault is not None:
                break
        return answers

    def probe(self, root: str) -> _Probe:
        """On a looker's thread: whether the root can be listed and holds anything."""
        try:
            device = self.fs.stat(root).st_dev
            for _entry in self.fs.scan(root):
                return _Probe(device)
        except OSError as error:
            fault, _volume_gone = fault_of(error)
            return _Probe(0, FileFault.ROOT_GONE if fault is FileFault.FOLDER_GONE else fault)
        except ValueError:
            return _Probe(0, FileFault.BAD_PATH)
        return _Probe(device, FileFault.ROOT_EMPTY)


def unreachable(wanted: Iterable[tuple[str, FileToCheck]], fault: FileFault) -> FolderAnswer:
    """The answer for files of which nothing can be said now."""
    files = [file for _name, file in wanted]
    return FolderAnswer([FileResult(file.media_file_id, FileState.UNREACHABLE, None, fault) for file in files], files)


class VolumeRun:
    """The check of one volume, as steps that never block: `step` moves it as far as it goes."""

    def __init__(self, plan: VolumePlan, context: CheckContext, mark: CheckMark) -> None:
        self._context = context
        self._limit = max(1, context.options.parallel.get(plan.kind, 1))
        self._waits = False
        self._roots = deque(plan.roots)
        self._mark = mark
        self._fault: FileFault | None = None
        self._before: _Probe | None = None
        self._probe: tuple[Look[_Probe], float] | None = None
        self._pending: Iterator[list[Folder]] | None = None
        self._look: FolderLook | None = None
        self._running: deque[_Batch] = deque()
        self.results: list[FileResult] = []
        self.has_moved = False
        self.summaries: list[RootSummary] = []

    @property
    def done(self) -> bool:
        """Whether every root of the volume is answered for."""
        return not self._roots

    @property
    def root(self) -> str:
        """The one that is being checked."""
        return self._roots[0].root if self._roots else ""

    def step(self) -> None:
        """Take what is ready, start what may start."""
        while self._roots and self._advance(self._roots[0]):
            pass

    def _advance(self, root: RootPlan) -> bool:
        """One step of a root; False when it waits for a look."""
        if self._context.token.cancelled:
            # Looks end early then: what they did not see must not count as seen.
            return False
        mark = self._mark.roots[root.root]
        if mark.closed:
            self._summarise(root, mark)
            return True
        if not root.is_mounted:
            return self._give_up(root, FileFault.NOT_MOUNTED)
        if self._fault is not None:
            return self._give_up(root, self._fault)
        if self._before is None:
            probe = self._ask(root)
            if probe is None:
                return False
            if probe.fault is not None:
                # A share that does not answer is the same for its other roots; a folder that is gone is not.
                self._fault = probe.fault if probe.fault is FileFault.NO_ANSWER else None
                return self._give_up(root, probe.fault)
            self._before = probe
            self._pending = batches(root, self._context.options.folders_per_batch)
            self._look = self._context.folder_look(root.top)
        if self._collect(root):
            return True
        return self._start(root) or (not self._running and self._finish(root))

    def _ask(self, root: RootPlan) -> _Probe | None:
        """The probe of a root once it is there."""
        context = self._context
        if self._probe is None:
            look = context.looker.start(
                lambda: context.probe(root.top),
                context.finished,  # type: ignore[arg-type]  # only wakes the loop; nobody reads what is in it
            )
            self._probe = (look, context.monotonic())
        look, since = self._probe
        if look.done:
            self._probe = None
            return look.result(0)
        if context.monotonic() - since > context.options.look_timeout_s:
            self._probe = None
            return _Probe(0, FileFault.NO_ANSWER)
        return None

    def _start(self, root: RootPlan) -> bool:
        context = self._context
        # Listings that the system has in memory come fastest from one thread; more of them only get in each
        # other's way. A disk that lets us wait answers several at once.
        look = self._look
        if self._pending is None or look is None or len(self._running) >= (self._limit if self._waits else 1):
            return False
        folders = next(self._pending, None)
        if folders is None:
            return False
        heart = Heart(context.monotonic())
        pending = context.looker.start(
            lambda: context.answer(look, root, folders, heart),
            context.finished,  # type: ignore[arg-type]  # only wakes the loop; nobody reads what is in it
        )
        self._running.append(_Batch(folders, heart, pending, heart.at))
        return True

    def _collect(self, root: RootPlan) -> bool:
        """Take the oldest batch, so that a mark never stands behind a folder that is not done."""
        if not self._running:
            return False
        context, batch = self._context, self._running[0]
        if not batch.look.done:
            if context.monotonic() - batch.heart.at <= context.options.look_timeout_s:
                return False
            self._fault = FileFault.NO_ANSWER
            return self._give_up(root, self._fault)
        self._running.popleft()
        answers = batch.look.result(0)
        took_s = batch.heart.at - batch.started
        self._waits = took_s > _WAITING_S * len(batch.folders)
        # The disk works on while these answers are sorted.
        self._start(root)
        for (folder, _wanted), answer in zip(batch.folders, answers, strict=False):
            if answer.volume_fault is not None:
                self._fault = answer.volume_fault
                # What is not done yet starts with this folder; `_give_up` answers for the rest.
                return self._give_up(root, answer.volume_fault)
            self._take(root, folder, answer)
        return True

    def _take(self, root: RootPlan, folder: str, answer: FolderAnswer) -> None:
        mark = self._mark.roots[root.root]
        missing = FileState.MISSING
        if answer.same:
            mark.had += answer.same
            mark.counts[FileState.FOUND] += answer.same
        for result, file in zip(answer.results, answer.files, strict=True):
            had = (bool(file.was_found) or file.previous in _SEEN) and file.previous != missing
            mark.had += had
            if result.state is missing:
                mark.held.append((result, had))
            else:
                mark.counts[result.state] += 1
                self.results.append(result)
        mark.folder, self.has_moved = folder, True

    def _give_up(self, root: RootPlan, fault: FileFault) -> bool:
        """Nothing can be said of the files that were not seen, nor of those that were not found."""
        for batch in self._running:
            batch.heart.abandoned = True
        self._running.clear()
        mark = self._mark.roots[root.root]
        for folder, wanted in root.folders:
            if not mark.folder or folder > mark.folder:
                self._take(root, folder, unreachable(wanted, fault))
        return self._close(root, fault)

    def _finish(self, root: RootPlan) -> bool:
        mark = self._mark.roots[root.root]
        if mark.held:
            # A share that went away meanwhile shows its files as gone: look at the root once more.
            after = self._ask(root)
            if after is None:
                return False
            if after.fault is not None or (self._before and after.device != self._before.device):
                return self._close(root, after.fault or FileFault.ROOT_CHANGED)
        options = self._context.options
        lost = sum(had for _result, had in mark.held)
        too_many = lost >= options.lost_minimum and lost > options.lost_share * mark.had
        if too_many and root.root not in options.accepted_losses:
            return self._close(root, FileFault.MANY_LOST)
        return self._close(root, None)

    def _close(self, root: RootPlan, problem: FileFault | None) -> bool:
        """Decide about the files that were not found, and go on with the next root."""
        mark = self._mark.roots[root.root]
        mark.lost = sum(had for _result, had in mark.held)
        for result, had in mark.held:
            if problem is not None and (had or problem is not FileFault.MANY_LOST):
                result = FileResult(result.media_file_id, FileState.UNREACHABLE, None, problem)
            mark.counts[result.state] += 1
            self.results.append(result)
        mark.held = []
        mark.problem, mark.closed = problem, True
        self._summarise(root, mark)
        return True

    def _summarise(self, root: RootPlan, mark: RootMark) -> None:
        self.summaries.append(RootSummary(root.root, dict(mark.counts), mark.problem, mark.lost))
        self._roots.popleft()
        self._before = self._probe = self._pending = self._look = None
