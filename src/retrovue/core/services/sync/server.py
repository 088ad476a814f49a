"""The part of a sync that asks one server: which libraries rest, the runs of the others, and what stops all."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from retrovue.core.domain.errors import (
    AuthError,
    Cancelled,
    LockedError,
    MovedError,
    OtherComputerError,
    ProxyError,
    RateLimitedError,
    RetroVueError,
    SecretError,
    SourceError,
    StartingError,
    StorageError,
    TlsError,
    UnreachableError,
    WrongServerError,
)
from retrovue.core.domain.servers import Library, LibraryKind, RemoteLibrary, ServerState
from retrovue.core.domain.sync import (
    Initiator,
    LibraryReport,
    ServerFailure,
    SyncIssue,
    SyncOutcome,
    SyncRequest,
    SyncTier,
)
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.i18n import _
from retrovue.core.services.mapping.mapper import derive
from retrovue.core.services.servers.probe import check_machine
from retrovue.core.services.sync.library import LibraryContext, LibrarySync, kinds_of
from retrovue.core.services.sync.listing import Pace
from retrovue.core.services.sync.look import Look
from retrovue.core.services.sync.outcome import deed_of
from retrovue.core.services.sync.progress import ProgressTracker
from retrovue.core.services.sync.show import sync_shows
from retrovue.core.services.sync.stamp import new_stamp
from retrovue.core.services.sync.targets import Target, expected, is_wanted
from retrovue.core.services.sync.traces import keep_failure, keep_run, libraries_name
from retrovue.core.sources.base import MediaSource
from retrovue.core.storage.catalog.identity import RelinkRepository
from retrovue.core.storage.catalog.writer import CatalogWriter
from retrovue.core.storage.libraries import LibraryCursor
from retrovue.core.storage.runs import add_server_run
from retrovue.core.storage.survey import SurveyRepository
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

_DAY_S = 86_400
_HOPELESS = (
    AuthError,
    MovedError,
    ProxyError,
    RateLimitedError,
    StartingError,
    TlsError,
    UnreachableError,
    WrongServerError,
)
"""What one library met with and every other one of the server will, too."""


class _Meter:
    """What the part of a sync since its creation has cost."""

    def __init__(self, source: MediaSource) -> None:
        self._source = source
        self._started = time.monotonic()
        self._before = (source.traffic.requests, source.traffic.received_bytes)

    def read(self, report: LibraryReport) -> LibraryReport:
        """The report with its cost."""
        return replace(
            report,
            duration_ms=int((time.monotonic() - self._started) * 1000),
            requests=self._source.traffic.requests - self._before[0],
            received_bytes=self._source.traffic.received_bytes - self._before[1],
        )


class ServerSync:
    """The part of a sync that asks one server."""

    def __init__(
        self, host: Host, request: SyncRequest, token: CancelToken, tracker: ProgressTracker, target: Target
    ) -> None:
        self._host = host
        self._database = host.database
        self._request = request
        self._token = token
        self._tracker = tracker
        self._server = target.server
        self._known = target.libraries
        self._verified = 0
        self._still: list[Library] = []
        self._stopped: SourceError | None = None
        self.reports: list[LibraryReport] = []
        self.failures: list[ServerFailure] = []
        self.requests = 0
        self.received_bytes = 0
        self.is_cut_short = False

    def run(self) -> "ServerSync":
        """Sync the server's libraries; failures of the server end up in `failures`."""
        started = self._host.clock.epoch()
        try:
            source = self._host.open_source(self._server, self._token)
        except (SecretError, SourceError) as error:
            self._not_asked(error, started)
            return self
        try:
            self._with_source(source)
        except Cancelled:
            self.is_cut_short = True
            log.info("sync of %s cancelled", self._server.name)
        except SourceError as error:
            self._not_asked(error, started)
        except RetroVueError:
            # The catalog's own trouble is every server's.
            raise
        except Exception as error:
            # What one server sends must not keep the others from being asked, whatever nobody thought of.
            log.exception("sync of %s failed unexpectedly", self._server.name)
            self._not_asked(self._unexpected(error), started)
        finally:
            self.requests = source.traffic.requests
            self.received_bytes = source.traffic.received_bytes
            source.close()
        return self

    def _unexpected(self, error: Exception) -> SourceError:
        return SourceError(
            _("Unexpected error while reading “{server}”.").format(server=self._server.name),
            hint=_("The other servers are not affected. See the log for details."),
            detail=type(error).__name__,
        )

    def _with_source(self, source: MediaSource) -> None:
        self._tracker.say(_("{server}: checking for changes").format(server=self._server.name))
        check_machine(source.identify(), self._server)
        listed = source.libraries()
        now = self._host.clock.epoch()
        self._host.libraries.store_listing(self._server.id, listed, now=now)
        with self._database.together():
            self._known = self._host.libraries.all(self._server.id)
            cursors = self._host.libraries.cursors([library.id for library in self._known])
            self._host.servers.set_state(self._server.id, ServerState.ONLINE, detail=None, now=now)
        remotes = {remote.remote_id: remote for remote in listed}
        wanted = [library for library in self._known if is_wanted(library, self._request)]
        if self._request.show_title is not None:
            shows = [(library, remotes[library.remote_id]) for library in wanted if library.remote_id in remotes]
            self._sync_shows(source, shows)
            return
        self._sync_libraries(source, wanted, remotes, cursors)

    def _sync_libraries(
        self,
        source: MediaSource,
        wanted: Sequence[Library],
        remotes: Mapping[str, RemoteLibrary],
        cursors: Mapping[int, LibraryCursor],
    ) -> None:
        self._tracker.expect(self._weights(source, wanted, remotes))
        settings = self._host.settings
        pages = 1 if self._request.gentle else settings.effective_pages
        pace = Pace(pages, min(settings.page_size, source.capabilities.page_size))
        slim = Pace(pages, source.capabilities.slim_page_size)
        listed = [library for library in wanted if library.remote_id in remotes]
        syncs = {
            library.id: self._library_sync(
                source, library, remotes[library.remote_id], cursors[library.id], pace=pace, slim=slim
            )
            for library in listed
        }
        look = Look(self._host, source, listed, remotes, syncs, self._request, self._token)
        look.ask()
        resting = [library for library in listed if look.may_rest(library)]
        # What the server lists no more comes last: its items may have moved to a library that was made anew.
        for library in sorted(wanted, key=lambda each: each.id not in syncs):
            if library not in resting:
                self._sync_library(source, library, syncs.get(library.id))
        self._finish_still()
        if resting and not look.agrees():
            for library in resting:
                self._sync_library(source, library, syncs[library.id])
            resting = []
        for library in resting:
            self._finished(library, self._unmoved(library, look.present(library)))
        order = {library.id: number for number, library in enumerate(wanted)}
        self.reports.sort(key=lambda report: order[report.library_id])
        self._keep_unmoved(self._still, None)
        self._keep_unmoved(resting, look.server_time)
        if self._stopped is None and not self._token.cancelled:
            look.keep(report for report in self.reports if report.library_id in syncs)

    def _finish_still(self) -> None:
        if not self._still:
            return
        counted = SurveyRepository(self._database).present([library.id for library in self._still])
        for library in self._still:
            self._finished(library, self._unmoved(library, counted[library.id]))

    def _weights(
        self, source: MediaSource, wanted: Sequence[Library], remotes: Mapping[str, RemoteLibrary]
    ) -> dict[int, int | None]:
        """How many items each library holds: of one that was never read whole the server is asked, a small request."""
        found: dict[int, int | None] = {}
        for library in wanted:
            found[library.id] = expected(library)
            remote = remotes.get(library.remote_id)
            if found[library.id] is None and remote is not None:
                try:
                    found[library.id] = source.count(remote, kinds_of(library.kind)[-1])
                except SourceError as error:
                    # Only the bar needs it; what is the matter shows when the library itself is read.
                    log.info("%s does not tell how much it holds: %s %s", library.name, error.text, error.detail)
        return found

    def _sync_library(self, source: MediaSource, library: Library, sync: LibrarySync | None) -> None:
        """Sync one library by itself; `sync` is None where the server does not list it any more."""
        meter = _Meter(source)
        if self._token.cancelled:
            report = self._untried(library, SyncOutcome.CANCELLED, None)
        elif self._stopped is not None:
            report = self._untried(library, SyncOutcome.FAILED, self._stopped)
        elif sync is None and self._host.libraries.get(library.id) is None:
            # Every item of it was found again elsewhere: there is nothing to say of it any more.
            self._tracker.finish_library(library.id)
            return
        elif sync is None:
            report = self._unavailable(library)
        elif sync.nothing_moved():
            # What it holds is counted with that of the others.
            self._still.append(library)
            return
        else:
            report = self._run_library(sync, library, meter)
            self._stopped = self._stops(sync.failure)
        self._finished(library, report)

    def _library_sync(
        self,
        source: MediaSource,
        library: Library,
        remote: RemoteLibrary,
        cursor: LibraryCursor,
        *,
        pace: Pace,
        slim: Pace,
    ) -> LibrarySync:
        host = self._host
        writer = CatalogWriter(
            host.database,
            server_id=self._server.id,
            library_id=library.id,
            derive=derive,
            now=host.clock.epoch(),
        )
        return LibrarySync(
            LibraryContext(
                server=self._server.name,
                library=library,
                remote=remote,
                source=source,
                writer=writer,
                libraries=host.libraries,
                relink=RelinkRepository(host.database),
                removals=host.removals,
                cursor=cursor,
                token=self._token,
                progress=self._tracker,
                pace=pace,
                slim_pace=slim,
                clock=host.clock.epoch,
                initiator=self._request.initiator,
                verification_s=host.settings.verification_days * _DAY_S,
                full=self._request.full,
                dry_run=self._request.dry_run,
                verify=self._request.verify,
            )
        )

    def _keep_unmoved(self, unmoved: Sequence[Library], server_time: int | None) -> None:
        if not unmoved:
            return
        now, name, person = self._host.clock.epoch(), libraries_name(unmoved), Initiator.PERSON

        def trace(connection: Connection) -> None:
            # One line for all of them: a person's sync leaves a trace, even when nothing had moved.
            if self._request.initiator is person:
                add_server_run(connection, self._server.id, name, SyncOutcome.OK, person, started=now, now=now)

        self._host.libraries.nothing_moved(
            [library.id for library in unmoved], now=now, delta_cursor=server_time, also=trace
        )

    def _run_library(self, sync: LibrarySync, library: Library, meter: "_Meter") -> LibraryReport:
        host = self._host
        run_id: int | None = None
        try:
            with host.library_lock(library.id, self._token):
                run_id, interrupted = self._start_run(library)
                # Another program may have synced while we waited: go by what it left behind.
                cursor = host.libraries.cursor(library.id)
                sync.begin(run_id, cursor, stamp=self._stamp(cursor), interrupted=interrupted)
                report = meter.read(sync.run())
                if self._is_worth_a_line(report):
                    host.runs.finish(run_id, report, now=host.clock.epoch())
                else:
                    host.runs.forget(run_id)
                self._verified = max(self._verified, host.clock.epoch())
                return report
        except Cancelled:
            return self._untried(library, SyncOutcome.CANCELLED, None)
        except RetroVueError as error:
            # Outside of the lock: where that was lost, nothing can be written inside it.
            if run_id is not None:
                self._close_failed(run_id, library, error)
            if isinstance(error, OtherComputerError):
                return self._untried(library, SyncOutcome.FAILED, error)
            raise

    def _start_run(self, library: Library) -> tuple[int, bool]:
        """Note that the library is synced now; return the run, and whether the one before was interrupted."""
        host = self._host
        if host.database is not self._database:
            # The ids of this run are of the catalog that was put aside.
            raise LockedError(_("A backup was restored during the sync."), hint=_("Sync again."))
        interrupted = host.runs.close_interrupted(library.id, now=host.clock.epoch())
        run_id = host.runs.start(
            server_id=self._server.id,
            library_id=library.id,
            library=library.name,
            initiator=self._request.initiator,
            now=host.clock.epoch(),
        )
        return run_id, interrupted > 0

    def _close_failed(self, run_id: int, library: Library, error: RetroVueError) -> None:
        """The catalog's own trouble ends the sync: its line among the past runs must not say that it still runs."""
        base = self._base(library, SyncTier.FULL, SyncOutcome.FAILED)
        try:
            self._host.runs.finish(run_id, replace(base, error=error.text), now=self._host.clock.epoch())
        except StorageError:
            # A full disk takes no end either: `past_runs` sees that nobody is at it.
            log.exception("the failed sync of %s could not be kept", library.name)

    def _is_worth_a_line(self, report: LibraryReport) -> bool:
        """What a server's hint led to is not, while everything is as it was: each reconnection asks once more."""
        if self._request.initiator is not Initiator.SERVER_HINT or report.outcome is not SyncOutcome.OK:
            return True
        return report.wrote or bool(report.failed or report.issues)

    def _stamp(self, cursor: LibraryCursor) -> int:
        self._verified = new_stamp(self._known, cursor, now=self._host.clock.epoch(), floor=self._verified)
        return self._verified

    def _finished(self, library: Library, report: LibraryReport) -> None:
        self.reports.append(report)
        self._tell(report)
        self._tracker.finish_library(library.id)
        if report.outcome is SyncOutcome.OK and report.mode is SyncTier.MARKER:
            self._tracker.say(_("{library}: no changes").format(library=f"{self._server.name} · {library.name}"))

    def _tell(self, report: LibraryReport) -> None:
        # What stopped the whole server has a sentence already.
        is_told = self._stopped is not None and report.outcome is SyncOutcome.FAILED
        said = None if self._request.dry_run or is_told else deed_of(report)
        if said is not None:
            (deeds.complain if said.is_failure else deeds.tell)(said.text)

    # --- reports of libraries that needed no work -----------------------------------------------------------

    def _base(self, library: Library, mode: SyncTier, outcome: SyncOutcome) -> LibraryReport:
        return LibraryReport(
            server=self._server.name,
            library=library.name,
            server_id=self._server.id,
            library_id=library.id,
            mode=mode,
            outcome=outcome,
        )

    def _unmoved(self, library: Library, items: int) -> LibraryReport:
        return replace(self._base(library, SyncTier.MARKER, SyncOutcome.OK), unchanged=items)

    def _untried(self, library: Library, outcome: SyncOutcome, error: RetroVueError | None) -> LibraryReport:
        report = self._base(library, SyncTier.MARKER, outcome)
        if error is None:
            return report
        return replace(report, error=error.text, hint=error.hint)

    def _unavailable(self, library: Library) -> LibraryReport:
        message = _("The server no longer lists this library. Everything stored is kept.")
        report = replace(
            self._base(library, SyncTier.MARKER, SyncOutcome.UNAVAILABLE),
            error=message,
            issues=(SyncIssue("warning", message),),
        )
        now = self._host.clock.epoch()
        self._host.runs.record(report, initiator=self._request.initiator, started=now, now=now)
        return report

    # --- failures -------------------------------------------------------------------------------------------

    def _stops(self, error: SourceError | None) -> SourceError | None:
        """Whether an error of one library makes the others hopeless; the server's state is kept with it."""
        if isinstance(error, _HOPELESS):
            self._failed(error)
            return error
        return None

    def _failed(self, error: RetroVueError) -> None:
        self.failures.append(keep_failure(self._host, self._server, error))
        self._tracker.say(f"{self._server.name}: {error.user_text()}", "error")

    def _not_asked(self, error: RetroVueError, started: int) -> None:
        self._failed(error)
        if not self.reports:
            # Otherwise the libraries that were tried have lines of their own.
            wanted = [library for library in self._known if is_wanted(library, self._request)]
            keep_run(self._host, self._server, wanted, error, self._request.initiator, started)

    # --- one show ---------------------------------------------------------------------------------------------

    def _sync_shows(self, source: MediaSource, libraries: Sequence[tuple[Library, RemoteLibrary]]) -> None:
        title = self._request.show_title or ""
        for library, remote in libraries:
            if remote.kind not in (LibraryKind.SHOWS, LibraryKind.MIXED):
                continue
            meter = _Meter(source)
            known = [show for library_id, show in self._request.shows if library_id == library.id]
            found = known or source.find_shows(remote, title, self._request.show_year)
            if not found:
                continue
            writer = CatalogWriter(
                self._host.database,
                server_id=self._server.id,
                library_id=library.id,
                derive=derive,
                now=self._host.clock.epoch(),
            )
            base = self._base(library, SyncTier.DELTA, SyncOutcome.OK)
            with self._host.library_lock(library.id, self._token):
                writer.begin(self._stamp(self._host.libraries.cursor(library.id)))
                report = sync_shows(
                    base,
                    source,
                    remote,
                    found,
                    writer,
                    self._token,
                    libraries=self._host.libraries,
                    now=self._host.clock.epoch(),
                    dry_run=self._request.dry_run,
                )
            report = meter.read(report)
            now = self._host.clock.epoch()
            self._host.runs.record(report, initiator=self._request.initiator, started=now, now=now)
            self._finished(library, report)
