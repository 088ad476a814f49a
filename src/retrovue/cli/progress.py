"""Progress bars on stderr, only on a terminal: two for a sync (all, current library), one for a check."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from retrovue.cli.output import Output
from retrovue.core.domain.catalog_copies import CopyProgress
from retrovue.core.domain.imports import ImportProgress
from retrovue.core.domain.sync import SyncProgress
from retrovue.core.domain.text import printable
from retrovue.core.i18n import _
from retrovue.core.services.looking import CheckProgress


@contextmanager
def sync_bars(out: Output) -> Iterator[Callable[[SyncProgress], None] | None]:
    """Yield the progress callback of a sync; None without a terminal."""
    if out.quiet or not out.stderr.isatty():
        yield None
        return
    with _bars(out) as progress:
        overall = progress.add_task(_("All libraries"), total=None)
        current = progress.add_task(_("Connecting…"), total=None)

        def show(state: SyncProgress) -> None:
            progress.update(overall, completed=state.items_done, total=state.items_total)
            if state.current is not None:
                name = f"{state.current.server} · {state.current.library}"
                progress.update(
                    current,
                    description=printable(name, keep_lines=False),
                    completed=state.current.done,
                    total=state.current.total,
                )

        yield show


@contextmanager
def check_bar(out: Output) -> Iterator[Callable[[CheckProgress], None] | None]:
    """Yield the progress callback of a file check; None without a terminal."""
    if out.quiet or not out.stderr.isatty():
        yield None
        return
    with _bars(out) as progress:
        bar = progress.add_task(_("Files"), total=None)

        def show(state: CheckProgress) -> None:
            progress.update(
                bar,
                description=printable(state.root or _("Files"), keep_lines=False),
                completed=state.done,
                total=state.total,
            )

        yield show


@contextmanager
def import_bar(out: Output) -> Iterator[Callable[[ImportProgress], None] | None]:
    """Yield the progress callback of an import; None without a terminal."""
    if out.quiet or not out.stderr.isatty():
        yield None
        return
    with _bars(out) as progress:
        bar = progress.add_task(_("Plays"), total=None)
        yield lambda state: progress.update(bar, completed=state.done, total=state.total)


@contextmanager
def copy_bar(out: Output) -> Iterator[Callable[[CopyProgress], None] | None]:
    """Yield the progress callback of a copy of the catalog; None without a terminal."""
    if out.quiet or not out.stderr.isatty():
        yield None
        return
    with _bars(out) as progress:
        bar = progress.add_task(_("Connecting…"), total=None)
        yield lambda state: progress.update(bar, description=state.table, completed=state.done, total=state.total)


def _bars(out: Output) -> Progress:
    return Progress(
        # Names of libraries and folders are no markup.
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=out.error_console,
        transient=True,
    )
