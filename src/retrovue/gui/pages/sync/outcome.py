"""What the last sync did, in one banner: counts, what was kept after a cancel, and the remedy."""

from collections.abc import Sequence

from retrovue.core.domain.servers import Server, ServerState
from retrovue.core.domain.sync import LibraryReport, SyncOutcome, SyncReport, SyncRequest, SyncRun
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.sync.outcome import FAILED, could_not_begin, failed_places, failure_title, reasons_of
from retrovue.gui import text
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone

_OF_A_SERVER = ("sign_in", "keyring", "unreachable")


def counts_of(libraries: Sequence[LibraryReport]) -> str:
    """ "3 added · 11 updated · 41,869 unchanged · 1 removed · 2 held back · 1 failed", without the zeros at the end."""

    def count(name: str) -> int:
        return sum(getattr(library, name) for library in libraries)

    parts = [
        _("{n} added").format(n=text.number(count("added"))),
        _("{n} updated").format(n=text.number(count("updated"))),
        _("{n} unchanged").format(n=text.number(count("unchanged"))),
    ]
    for name, said in (
        ("removed", _("{n} removed")),
        ("held_back", _("{n} held back")),
        ("failed", _("{n} failed")),
    ):
        if count(name):
            parts.append(said.format(n=text.number(count(name))))
    return " · ".join(parts)


def retry_request(report: SyncReport) -> SyncRequest | None:
    """What syncs exactly that again; None where nothing failed."""
    libraries = {lib.library_id for lib in report.libraries if lib.outcome in FAILED}
    servers = {failure.server_id for failure in report.failures if failure.server_id}
    if could_not_begin(report):
        return SyncRequest()
    if not libraries and not servers:
        return None
    of_libraries = {lib.server_id for lib in report.libraries if lib.outcome in FAILED}
    if servers:
        # A server that did not answer has no list of libraries in the report: all of it is asked again.
        return SyncRequest(server_ids=tuple(sorted(servers | of_libraries)))
    return SyncRequest(server_ids=tuple(sorted(of_libraries)), library_ids=tuple(sorted(libraries)))


def has_failed(report: SyncReport) -> bool:
    """Whether any of it could not be synced."""
    return bool(failed_places(report)) or could_not_begin(report)


def refused_server(report: SyncReport) -> int | None:
    """The server that refused the sign-in, where nothing else failed; the first of several."""
    failed = {library.server_id for library in report.libraries if library.outcome in FAILED}
    refused = [failure.server_id for failure in report.failures if failure.reason == "sign_in"]
    is_all = len(refused) == len(report.failures) and failed <= set(refused)
    return refused[0] if refused and is_all else None


def is_mended(report: SyncReport, servers: Sequence[Server]) -> bool:
    """Whether all that failed was servers that were not to be had, and each of them is online again."""
    if not report.failures or any(failure.reason not in _OF_A_SERVER for failure in report.failures):
        return False
    online = {server.id for server in servers if server.state is ServerState.ONLINE}
    return all(failure.server_id in online for failure in report.failures)


def new_libraries(report: SyncReport) -> list[int]:
    """The libraries that the sync brought anything new to."""
    return [library.library_id for library in report.libraries if library.added]


def outcome_banner(
    report: SyncReport, stored: int, retry: NoticeAction | None, new: NoticeAction | None = None
) -> Banner | None:
    """The banner for a sync that has just ended; None where there is nothing to tell.

    Args:
        stored: items in the catalog now, for what was kept after a cancel.
        retry: offered where something failed.
        new: offered where all went well.
    """
    if report.is_canceled:
        kept = ngettext("{n} item is stored", "{n} items are stored", stored).format(n=text.number(stored))
        body = _("{kept}; the next sync continues from there.").format(kept=kept)
        return Banner(Tone.INFO, _("Canceled."), body, closable=True)
    counts = counts_of(report.libraries)
    if has_failed(report):
        title = failure_title(report, text.number)
        reasons = reasons_of(report)
        body = " ".join((reasons[0] if reasons else "", counts if report.libraries else "")).strip()
        return Banner(Tone.DANGER, title, body, actions=(retry,) if retry is not None else (), closable=True)
    if not report.libraries:
        return None
    took = _("in {time}").format(time=text.seconds(report.duration_s))
    actions = (new,) if new is not None else ()
    return Banner(Tone.SUCCESS, _("Sync completed {took}").format(took=took), counts, actions=actions, closable=True)


def failed_runs(runs: Sequence[SyncRun]) -> list[SyncRun]:
    """The newest run of each library where that one failed. Args: `runs` newest first.

    A line for a whole server is none of a library: its state tells of it, and of its return, which leaves no line.
    """
    newest: dict[tuple[int, int | None, str], SyncRun] = {}
    for run in runs:
        if run.library_id is not None and run.outcome not in (None, SyncOutcome.CANCELLED):
            newest.setdefault((run.server_id, run.library_id, run.library), run)
    return [run for run in newest.values() if run.outcome in (SyncOutcome.FAILED, SyncOutcome.UNAVAILABLE)]
