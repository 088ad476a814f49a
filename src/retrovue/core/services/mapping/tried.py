"""Files tried under rules: what a rule makes of each path, whether that file is there, and why not.

The one way to try a rule, whoever asks: the command line on stored rules (`proving.py`), the window on a rule that is
being typed (`trial.py`), and the wizard on a server that is not stored yet (`servers/setup.py`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_rules import explain_unmapped
from retrovue.core.domain.paths import MappedPath, PathMapping
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, number
from retrovue.core.services.looking import CheckOptions, CheckSummary, FileResult, FileToCheck, check_files
from retrovue.core.services.mapping.mapper import mapped_folders
from retrovue.core.storage.files import FileSample

MappedSample = tuple[FileSample, MappedPath]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one file. `result` is None where it has no local path that could be looked at."""

    sample: FileSample
    mapped: MappedPath
    result: FileResult | None

    @property
    def state(self) -> FileState:
        """The state of the file under the rules that were tried."""
        return FileState.UNMAPPED if self.result is None else self.result.state

    def why_unmapped(self, rules: Iterable[PathMapping]) -> str:
        """Return why none of `rules` maps the path; empty when one does."""
        if self.mapped.reason is None:
            return ""
        return explain_unmapped(self.sample.server_path, self.mapped.reason, rules, library_ids=self.sample.library_ids)

    def reason(self, rules: Iterable[PathMapping]) -> str:
        """Return why the file was not simply found; empty when its state says it all."""
        if self.mapped.reason is not None or self.result is None:
            return self.why_unmapped(rules)
        if self.result.state is FileState.SIZE_DIFFERS and self.sample.size_bytes is not None:
            return _("The server reports {expected} bytes, the disk has {found}.").format(
                expected=number(self.sample.size_bytes), found=number(self.result.disk_size_bytes or 0)
            )
        if self.result.fault is not None:
            return self.result.fault.user_text
        return _("The folder does not contain this name.") if self.result.state is FileState.MISSING else ""


def try_samples(
    host: AppContext,
    samples: Sequence[MappedSample],
    rules: Iterable[PathMapping],
    token: CancelToken,
    *,
    look_timeout_s: float,
    report: Callable[[object], None] = lambda _progress: None,
) -> tuple[list[Tried], CheckSummary]:
    """Look for every file that a rule gives a local path; returns them in the order of `samples`.

    Args:
        samples: files with what a mapper made of their paths.
        rules: those that were tried; a look stays below their local folders.
        look_timeout_s: how long one folder may take to respond.
        report: gets a `CheckProgress` now and then.

    Raises:
        Cancelled: asked to stop.

    Thread: any but the GUI's.
    """
    folders = {rule.id: rule.local_path for rule in rules}
    files = [
        FileToCheck(sample.media_file_id, mapped.local_path, sample.size_bytes, folders.get(mapped.mapping_id))
        for sample, mapped in samples
        if mapped.local_path is not None
    ]
    results: dict[int, FileResult] = {}
    summary = check_files(
        files,
        fs=host.file_system,
        volumes=host.volume_provider.volumes() if files else (),
        options=CheckOptions(look_timeout_s=look_timeout_s, mapped_folders=mapped_folders(host)),
        token=token,
        on_batch=lambda batch, _mark: results.update((one.media_file_id, one) for one in batch),
        on_progress=report,
    )
    return [Tried(sample, mapped, results.get(sample.media_file_id)) for sample, mapped in samples], summary
