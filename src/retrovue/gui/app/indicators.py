"""What goes on at a glance: the tray's icon, tooltip and streams, and the badges of the rail."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.domain.playback import session_title
from retrovue.core.domain.servers import Server, ServerState
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.mapping.problems import count_problems
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.services.monitor.notices import record
from retrovue.core.services.servers.stored import all_libraries
from retrovue.core.services.sync.past import past_runs
from retrovue.core.services.sync.review import held_back
from retrovue.gui import text
from retrovue.gui.alerts.pause_menu import pause_words
from retrovue.gui.app.rail import Rail
from retrovue.gui.controllers.sync import SyncState
from retrovue.gui.pages.activity.words import rate as bandwidth
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.sync.outcome import failed_runs
from retrovue.gui.tray.icon import TrayState
from retrovue.gui.tray.system_tray import StreamLine, Tray
from retrovue.gui.widgets.states import server_look
from retrovue.gui.work.lanes import Lane

if TYPE_CHECKING:
    from retrovue.core.context import AppContext


PROBLEMS = (
    ServerState.SIGN_IN_AGAIN,
    ServerState.KEYRING_LOCKED,
    ServerState.CERTIFICATE,
    ServerState.NOT_REACHABLE,
)
_COUNTED = frozenset({"files", "items", "mappings", "runs", "removals", "notices", "servers"})
_PAUSE_MS = 400
_MOST = 99


@dataclass(frozen=True)
class ProblemCounts:
    """What the badges and the menu say: problems, not files."""

    mapping_problems: int = 0
    held_back: int = 0
    failed_runs: int = 0
    unread: int = 0
    last_sync_at: datetime | None = None


class Indicators(QObject):
    """Follows sessions, syncs and changes of the catalog. Thread: GUI.

    Args:
        has_page: whether the window has a page; badges of others are left out.
    """

    counted = Signal(object)
    """The `ProblemCounts` as they are read."""

    def __init__(
        self,
        services: PageServices,
        tray: Tray,
        rail: Rail,
        has_page: Callable[[str], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._tray = tray
        self._rail = rail
        self._has_page = has_page
        self._servers: Sequence[Server] = ()
        self.counts = ProblemCounts()
        self._failure = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._count)
        services.monitor.changed.connect(self._on_sessions)
        services.monitor.alerts.changed.connect(self._on_paused)
        services.sync.state_changed.connect(self._on_sync)
        services.runner.changed.connect(self._on_changed)
        self._count()

    def set_servers(self, servers: Sequence[Server]) -> None:
        """The servers and their states as of now."""
        self._servers = servers
        self._show_tray()

    def set_last_sync(self, failure: str) -> None:
        """How the last sync failed, or empty: a full disk leaves no failed run that could be counted."""
        self._failure = failure
        self._show_badges()
        self._show_tray()

    # --- the tray -----------------------------------------------------------------------------------------------

    @Slot()
    def _on_sessions(self) -> None:
        sessions = self._services.monitor.sessions
        meaning = ngettext("{n} stream", "{n} streams", len(sessions)).format(n=len(sessions))
        self._badge("activity", str(len(sessions)) if sessions else "", meaning=meaning)
        self._show_tray()

    @Slot()
    def _on_paused(self) -> None:
        self._tray.set_alerts_paused(pause_words(self._services.monitor.alerts))

    @Slot(object)
    def _on_sync(self, state: SyncState) -> None:
        percent = state.progress.percent
        self._tray.set_sync(running=state.is_running, percent=percent)
        if state.is_running:
            said = "…" if percent is None else _("{percent} %").format(percent=percent)
            self._badge("sync", said, tone="accent", meaning=_("a sync is running"))
        else:
            self._show_badges()
        self._show_tray()

    def _show_tray(self) -> None:
        sessions = self._services.monitor.sessions
        lines = tuple(
            StreamLine(
                f"{active.server_id}:{active.session.session_key}",
                " · ".join(part for part in (active.session.user, session_title(active.session)) if part),
                icon_of(active),
                active.session.user or "",
            )
            for active in sessions
        )
        self._tray.set_streams(lines)
        broken = [server for server in self._servers if server.state in PROBLEMS]
        if self._services.sync.is_running:
            self._tray.set_state(TrayState.SYNCING)
        elif broken or self._failure or self.counts.failed_runs:
            self._tray.set_state(TrayState.PROBLEM)
        else:
            self._tray.set_state(TrayState.STREAMS if sessions else TrayState.IDLE)
        details = [line.text for line in lines]
        details += [f"{server.name}: {server_look(server.state.value).word}" for server in broken]
        if self._failure:
            details.append(self._failure)
        elif self.counts.failed_runs and not broken:
            details.append(_failed_words(self.counts.failed_runs))
        self._tray.set_status(_status(sessions), tuple(details))

    # --- the badges ---------------------------------------------------------------------------------------------

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if change.kinds & _COUNTED:
            self._pause.start()

    @Slot()
    def _count(self) -> None:
        if self._services.runner.is_closed:
            return
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: _read(context), lane=Lane.QUERY)
        handle.succeeded.connect(self._on_counted)

    @Slot(object)
    def _on_counted(self, counts: ProblemCounts) -> None:
        self.counts = counts
        self._tray.set_unread(counts.unread)
        self._show_badges()
        self._show_tray()
        self.counted.emit(counts)

    def _show_badges(self) -> None:
        counts = self.counts
        n = counts.mapping_problems
        meaning = ngettext("{n} problem with path mapping", "{n} problems with path mapping", n).format(
            n=text.number(n)
        )
        self._badge("mapping", _short(n), tone="warning", meaning=meaning)
        if self._services.sync.is_running:
            return
        if counts.held_back:
            n = counts.held_back
            meaning = ngettext("{n} removal is held back", "{n} removals are held back", n).format(n=text.number(n))
            self._badge("sync", _short(n), tone="warning", meaning=meaning)
        elif counts.failed_runs or self._failure:
            meaning = self._failure or _failed_words(counts.failed_runs)
            self._badge("sync", "!", tone="danger", meaning=meaning)
        else:
            self._badge("sync", "")

    def _badge(self, key: str, said: str, *, tone: str = "plain", meaning: str = "") -> None:
        if self._has_page(key):
            self._rail.item(key).set_badge(said, tone=tone, meaning=meaning if said else "")


def icon_of(active: ActiveSession) -> str:
    """The icon of a stream: paused, or how it is streamed."""
    if active.session.state == "paused":
        return "pause"
    return {"transcode": "arrows-clockwise", "direct_stream": "package"}.get(active.session.decision, "play-circle")


def _failed_words(n: int) -> str:
    said = ngettext("the last sync of {n} library failed", "the last sync of {n} libraries failed", n)
    return said.format(n=text.number(n))


def _short(n: int) -> str:
    return "" if not n else str(n) if n <= _MOST else f"{_MOST}+"


def _status(sessions: Sequence[ActiveSession]) -> str:
    if not sessions:
        return _("Nobody is watching")
    status = ngettext("{n} stream", "{n} streams", len(sessions)).format(n=len(sessions))
    decisions = Counter(active.session.decision for active in sessions)
    if decisions["transcode"]:
        n = decisions["transcode"]
        status += " · " + ngettext("{n} transcode", "{n} transcodes", n).format(n=n)
    rate = bandwidth(sum(active.session.bandwidth_kbps or 0 for active in sessions))
    if rate:
        status += f" · {rate}"
    return status


def _read(context: "AppContext") -> ProblemCounts:
    return ProblemCounts(
        mapping_problems=count_problems(context),
        held_back=held_back(context),
        failed_runs=len(failed_runs(past_runs(context))),
        unread=record.unread(context),
        last_sync_at=max((lib.last_sync_at for lib in all_libraries(context) if lib.last_sync_at), default=None),
    )
