"""Past runs as people read them: one that died with its program or its disk is not running."""

import threading
from dataclasses import replace

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.domain.sync import SyncIssue, SyncOutcome, SyncRun
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.storage.runs import INTERRUPTED

_LOOKING = threading.Lock()
"""Who looks whether a lock is free holds it for that moment: two that look at once would see a sync in each other."""
_LOOKS, _BETWEEN_LOOKS_S = 3, 0.02
"""Another process that looks holds the lock for much less than this; a sync holds it at every look."""


def past_runs(host: AppContext) -> list[SyncRun]:
    """Past runs, newest first; what has no end and is not worked on any more has failed.

    A full disk takes no end of a run either, and a killed program writes none: the lock of the library says whether
    anybody, this program or another one, is still at it. Thread: any but the GUI's.
    """
    is_alive: dict[int, bool] = {}
    runs = []
    for run in host.runs.recent():
        if run.outcome is None and run.library_id is not None:
            if run.library_id not in is_alive:
                is_alive[run.library_id] = _is_locked(host, run.library_id)
            if not is_alive[run.library_id]:
                run = replace(run, outcome=SyncOutcome.FAILED, error=INTERRUPTED)
        runs.append(replace(run, error=_words()) if run.error == INTERRUPTED else run)
    return runs


def issues_of(host: AppContext, run: SyncRun) -> list[SyncIssue]:
    """Return what a run refused or warned of, in order."""
    return host.runs.issues(run.id)


def _words() -> str:
    return _("This sync ended before it was finished. The next one continues from there.")


def _is_locked(host: AppContext, library_id: int) -> bool:
    token = CancelToken()
    lock = host.library_lock(library_id, token)
    with _LOOKING:
        try:
            for look in range(_LOOKS):
                if look:
                    token.wait(_BETWEEN_LOOKS_S)
                if lock.try_acquire():
                    lock.release()
                    return False
        except ReadOnlyError:
            # Nobody can take a lock in such a folder, so nobody syncs.
            return False
    return True
