"""A whole sync: one server after the other, and what came of it."""

import time
from collections.abc import Callable
from contextlib import nullcontext

from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.sync import (
    LibraryReport,
    ServerFailure,
    SyncProgress,
    SyncReport,
    SyncRequest,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.services.sync.progress import ProgressTracker
from retrovue.core.services.sync.rehearsal import rehearse
from retrovue.core.services.sync.server import ServerSync
from retrovue.core.services.sync.targets import expected, is_wanted, targets
from retrovue.core.system.memory import rare_collections

Report = Callable[[SyncProgress], None]


def run_sync(host: Host, request: SyncRequest, token: CancelToken, report: Report | None = None) -> SyncReport:
    """Sync what was asked for, server after server.

    A server that cannot be asked is a `ServerFailure` in the report and stops no other one. Cancelling keeps
    everything stored so far.

    A dry run does the same to a copy of the catalog, so that it says exactly what a real run would do.

    Raises:
        ConfigError: nothing matches the request.
        StorageError: the catalog could not be read or written.
    """
    started = time.monotonic()
    try:
        # A sync makes millions of short-lived objects without cycles: looking for them cost 7 % of a first import.
        with rare_collections(), rehearse(host, token) if request.dry_run else nullcontext(host) as stage:
            return _run(stage, request, token, report)
    except Cancelled:
        return SyncReport(duration_s=time.monotonic() - started, is_cut_short=True)


def _run(host: Host, request: SyncRequest, token: CancelToken, report: Report | None) -> SyncReport:
    started = time.monotonic()
    chosen = targets(host, request)
    weights: dict[int, int | None] = {
        library.id: expected(library)
        for target in chosen
        for library in target.libraries
        if is_wanted(library, request) and request.show_title is None
    }
    tracker = ProgressTracker(report, weights=weights)
    libraries: list[LibraryReport] = []
    failures: list[ServerFailure] = []
    requests = received = 0
    is_cut_short = False
    for target in chosen:
        try:
            outcome = ServerSync(host, request, token, tracker, target).run()
        except Cancelled:
            # What other servers sent is stored, and said.
            is_cut_short = True
            break
        libraries += outcome.reports
        failures += outcome.failures
        requests += outcome.requests
        received += outcome.received_bytes
        tracker.traffic(requests, received)
        if token.cancelled:
            is_cut_short = outcome.is_cut_short or target is not chosen[-1]
            break
    return SyncReport(
        libraries=tuple(libraries),
        failures=tuple(failures),
        requests=requests,
        received_bytes=received,
        duration_s=time.monotonic() - started,
        is_cut_short=is_cut_short,
    )
