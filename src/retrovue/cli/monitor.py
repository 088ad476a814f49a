"""`retrovue monitor`: record plays without a window, and show who is watching."""

import queue
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from retrovue.cli.failures import DONE
from retrovue.cli.output import cell_text, cells
from retrovue.cli.session import Session, session_of
from retrovue.core.context import AppContext
from retrovue.core.domain.playback import session_title
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.forwarding.forwarder import Forwarder
from retrovue.core.services.monitor import ActiveSession, Heard, MonitorState, PlaybackEvent
from retrovue.core.services.monitor.events import RecorderName, event_json
from retrovue.core.services.monitor.notices import notice_of
from retrovue.core.services.monitor.recorder import Recorder, recorder_of
from retrovue.core.services.monitor.watching import ServerWatches, watchable
from retrovue.core.services.tautulli import schedule as tautulli
from retrovue.core.services.upkeep import schedule as upkeep

_REFRESH_S = 1.0
_LAST_SENDING_S = 10.0


@dataclass(frozen=True, slots=True)
class _Ended:
    """The end of a watch. Its future has the reason."""

    future: "Future[MonitorState]"


@dataclass(frozen=True, slots=True)
class _Count:
    """How many servers are watched from now on: one was added, enabled, disabled or removed."""

    servers: int


@dataclass(frozen=True, slots=True)
class _Presence:
    """Whether the catalog's server can be reached from now on."""

    is_present: bool


_Said = tuple[MonitorState, tuple[PlaybackEvent, ...]] | _Ended | _Count | _Presence | None


def monitor(
    ctx: typer.Context,
    poll: Annotated[
        float | None,
        typer.Option("--poll", min=0.1, metavar="S", help=_("Seconds between checks while something is playing.")),
    ] = None,
    idle_poll: Annotated[
        float | None,
        typer.Option("--idle-poll", min=0.1, metavar="S", help=_("Seconds between checks when nothing is playing.")),
    ] = None,
    min_length: Annotated[
        float | None,
        typer.Option("--min-length", min=0, metavar="S", help=_("Ignore plays shorter than this many seconds.")),
    ] = None,
) -> int:
    """Watch who is playing on every server and record the plays, until Ctrl+C."""
    session = session_of(ctx)
    session.override({"poll_s": poll, "idle_poll_s": idle_poll, "min_length_s": min_length})
    if not session.wait_for_catalog():
        return DONE
    count = _count_servers(session)
    recorder = Recorder("monitor")
    recorded_by = _say_who_records(session, recorder)
    if session.context.clocks_apart:
        session.out.warn(session.context.clocks_apart)
    text = ngettext("Watching {n} server. Ctrl+C ends it.", "Watching {n} servers. Ctrl+C ends it.", count)
    session.out.note(text.format(n=count))
    said: queue.Queue[_Said] = queue.Queue()
    helpers = _Helpers(session.context)

    def told(state: MonitorState, heard: tuple[Heard, ...]) -> None:
        said.put((state, tuple(each.event for each in heard)))
        if state.recorded_by is None and state.is_asked:
            helpers.take(heard)

    watches = ServerWatches(
        session.context,
        told,
        recorder=recorder,
        ended=lambda future: said.put(_Ended(future)),
        counted=lambda count: said.put(_Count(count)),
        present=lambda is_present: said.put(_Presence(is_present)),
    )
    forget = session.token.on_cancel(lambda: said.put(None))
    try:
        watches.start()
        with _shown(session, recorded_by) as show:
            _listen(said, session.token, show)
    finally:
        watches.stop()
        helpers.stop()
        forget()
    return DONE


def _count_servers(session: Session) -> int:
    """Return how many servers can be watched now. One without a token is reported, and watched once it has one.

    Raises:
        ConfigError: there is none.
        SecretError: none of them has a token.
    """
    usable, refused = watchable(session.context)
    if not usable:
        raise refused[0]
    for problem in refused:
        session.out.warn(problem.text)
    return len(usable)


class _Helpers:
    """What only the process that records does besides: send notices, read Tautulli, back up. Thread: any.

    It begins once this process records: of two, each would send everything.
    """

    def __init__(self, context: AppContext) -> None:
        self._forwarder = Forwarder(context)
        self._token = CancelToken()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._forwarder.run, args=(self._token,), name="forwarding", daemon=True),
            threading.Thread(target=tautulli.run, args=(context, self._token), name="tautulli", daemon=True),
            threading.Thread(target=upkeep.run, args=(context, self._token), name="backups", daemon=True),
        ]
        self._has_begun = False

    def take(self, heard: tuple[Heard, ...]) -> None:
        """Send what happened."""
        with self._lock:
            if not self._has_begun and not self._token.cancelled:
                self._has_begun = True
                for thread in self._threads:
                    thread.start()
        self._forwarder.take(heard)

    def stop(self) -> None:
        """End after what is being sent now."""
        with self._lock:
            self._token.cancel()
        for thread in self._threads if self._has_begun else ():
            thread.join(_LAST_SENDING_S)


def _say_who_records(session: Session, recorder: Recorder) -> RecorderName | None:
    """Say it where it is another program, and return which."""
    if recorder.claim(session.context):
        return None
    other = recorder_of(session.context) or RecorderName("", 0)
    session.out.note(_recorded_words(other))
    session.out.note(_("This monitor only watches. It records once the other program ends."))
    return other


def _recorded_words(other: RecorderName) -> str:
    if other.computer:
        who = _("the computer “{computer}”").format(computer=other.computer)
    else:
        who = _("the RetroVue window") if other.role == "window" else _("another monitor")
    if not other.pid:
        return _("Plays are already being recorded by {who}.").format(who=who)
    return _("Plays are already being recorded by {who} (process {pid}).").format(who=who, pid=other.pid)


def _listen(said: "queue.Queue[_Said]", token: CancelToken, show: "_Show") -> None:
    """Show events until the token is canceled. An unexpected error of a watch is raised here."""
    while not token.cancelled:
        try:
            told = said.get(timeout=_REFRESH_S)
        except queue.Empty:
            show.refresh()
            continue
        _take(told, show)
    # Show events that arrived before the end as well.
    while not said.empty():
        _take(said.get_nowait(), show)


def _take(told: _Said, show: "_Show") -> None:
    match told:
        case _Ended(future):
            future.result()
        case _Count(servers):
            show.count(servers)
        case _Presence(is_present):
            show.presence(is_present)
        case (state, events):
            show.take(state, events)
        case _:
            pass


class _Show:
    """The output: lines of JSON, lines of text without a terminal, or a live table."""

    def __init__(self, session: Session, live: Live | None, recorded_by: RecorderName | None) -> None:
        self._session = session
        self._live = live
        self._recorded_by = recorded_by
        self._states: dict[int, MonitorState] = {}

    def take(self, state: MonitorState, events: Iterable[PlaybackEvent]) -> None:
        """Show an event of a server."""
        self._say_recorder(state)
        self._states[state.server_id] = state
        out = self._session.out
        for event in events:
            if out.as_json:
                out.json_line(event_json(event))
            elif self._live is None:
                out.line(_line(event))
        if self._live is None:
            out.stdout.flush()
        self.refresh()

    def _say_recorder(self, state: MonitorState) -> None:
        """Say once that this monitor records from now on, or another program does again.

        Each server finds that out with its own next poll, so only a change of what one of them says counts.
        """
        before = self._states.get(state.server_id)
        said = before.recorded_by if before is not None and before.is_asked else self._recorded_by
        if not state.is_asked or state.recorded_by in (said, self._recorded_by):
            return
        self._recorded_by = state.recorded_by
        self._note(
            _("This monitor records plays from now on.")
            if state.recorded_by is None
            else _recorded_words(state.recorded_by)
        )

    def count(self, servers: int) -> None:
        """Say how many servers are watched from now on."""
        self._note(ngettext("Watching {n} server now.", "Watching {n} servers now.", servers).format(n=servers))

    def presence(self, is_present: bool) -> None:
        """Say that the catalog's server went away or is back."""
        self._note(
            _("The catalog’s server is back online.")
            if is_present
            else _("The catalog’s server is not responding. Plays are saved when it is back.")
        )

    def _note(self, text: str) -> None:
        if self._live is None:
            self._session.out.note(text)
        elif not self._session.out.quiet:
            # Above the table, which a line on the other stream would tear.
            self._live.console.print(text)

    def refresh(self) -> None:
        """Redraw the table, because positions advance."""
        if self._live is not None:
            self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        now = datetime.now(UTC)
        table = Table(box=None, pad_edge=False, header_style="bold")
        for heading in (_("Server"), _("User"), _("Title"), _("Player"), _("Status"), _("Position"), _("Stream")):
            table.add_column(heading)
        for state in self._states.values():
            if state.is_down or not state.is_available:
                text = _("is not responding") if state.is_down else _("not signed in")
                table.add_row(cell_text(state.server), Text(text, style="red"))
            for active in state.sessions:
                table.add_row(*[cell_text(cell) for cell in _row(active, now)])
        if not table.row_count:
            table.add_row(Text(_("Nobody is watching."), style="dim"))
        return table


def _row(active: ActiveSession, now: datetime) -> list[Any]:
    session = active.session
    return cells(
        active.server,
        session.user,
        session_title(session),
        session.player,
        session.state,
        f"{_clock(active.position_ms_at(now))} / {_clock(session.duration_ms)}",
        session.decision.replace("_", " "),
    )


def _clock(length_ms: int | None) -> str:
    if length_ms is None:
        return "–"
    minutes, seconds = divmod(max(0, length_ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}"


def _line(event: PlaybackEvent) -> str:
    notice = notice_of(event)
    at = event.at.astimezone().strftime("%H:%M:%S")
    return " · ".join(part for part in (f"{at} {notice.title}", *notice.body.splitlines()) if part)


@contextmanager
def _shown(session: Session, recorded_by: RecorderName | None) -> Iterator[_Show]:
    out = session.out
    if out.as_json or not out.stdout.isatty():
        yield _Show(session, None, recorded_by)
        return
    with Live(console=Console(file=out.stdout), auto_refresh=False) as live:
        yield _Show(session, live, recorded_by)
