"""The Activity page: who watches what on which server, now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from retrovue.core.domain.history import Play, PlayFilter
from retrovue.core.domain.notices import StoredNotice
from retrovue.core.domain.playback import EventKind
from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.history.lists import plays_of
from retrovue.core.services.monitor import ActiveSession, MonitorState
from retrovue.core.services.monitor.notices import record
from retrovue.core.services.monitor.stopping import why_not
from retrovue.core.services.servers.stored import all_servers
from retrovue.gui import text
from retrovue.gui.alerts.events import page_about
from retrovue.gui.alerts.pause_menu import PauseMenu
from retrovue.gui.pages.activity import words
from retrovue.gui.pages.activity.alerts import AlertsDialog
from retrovue.gui.pages.activity.card import POSTER_WIDTH
from retrovue.gui.pages.activity.cards import SessionCards
from retrovue.gui.pages.activity.details import SessionDialog
from retrovue.gui.pages.activity.down import DownServer
from retrovue.gui.pages.activity.recent import RecentCard
from retrovue.gui.pages.activity.stopping import StreamStopper
from retrovue.gui.pages.history.criteria import plays_of_title
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import icons
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import StatStrip, remark
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.page import Page, PageAction, PageHead, page_layout
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

_TICK_MS = 1000
_RECENT_FROM_HEIGHT = 700
_LATELY = timedelta(hours=1)
_LATELY_MOST = 50
_POSTER = QSize(POSTER_WIDTH, POSTER_WIDTH * 3 // 2)
ALERTS = "alerts"
"""The argument of `open_page` that shows the record of alerts."""


@dataclass(frozen=True)
class _Overview:
    servers: list[Server]
    unread: int
    ended: list[Play]


class ActivityPage(Page):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._servers: list[Server] = []
        self._has_overview = False
        self.alerts_dialog: AlertsDialog | None = None
        self.head = PageHead(_("Activity"))
        self.alerts_button = self.head.add_action(PageAction(_("Alerts"), "bell", self.show_alerts))
        self.pause_menu = PauseMenu(services.monitor.alerts, self)
        self.pause_button = self.head.add_action(
            PageAction(_("Pause notifications"), "bell-slash", menu=self.pause_menu)
        )
        self.pictures = Pictures(services.runner, self._open_artwork, self)
        self.totals = StatStrip()
        self.cards = SessionCards()
        self.dialog: SessionDialog | None = None
        self.stopper = StreamStopper(services, self)
        self.recent = RecentCard()
        self.note = remark("")
        self.sign_in_button = Button(_("Sign in again…"), icon="key")
        self.sign_in_button.clicked.connect(self._sign_in)
        self.sign_in_button.hide()
        self.empty = EmptyState(_("Nobody is watching right now."))
        self.first = EmptyState(
            _("No servers yet."),
            _("Add a server of your own to see who is watching."),
            button=_("Add server…"),
            icon="plus",
            link=_("Restore backup…"),
        )
        self._build()
        self._ticker = QTimer(self)
        self._ticker.setInterval(_TICK_MS)
        self._ticker.timeout.connect(self._tick)
        self._connect()
        self._show_sessions()

    def _build(self) -> None:
        content = page_layout(self, self.head)
        for key, title in (
            ("streams", _("Streams")),
            ("direct_play", _("Direct play")),
            ("direct_stream", _("Direct stream")),
            ("transcode", _("Transcode")),
            ("lan", _("LAN bandwidth")),
            ("wan", _("WAN bandwidth")),
        ):
            self.totals.add(key, title)
        content.addWidget(self.totals)
        content.addWidget(self.cards, 1)
        content.addWidget(self.empty, 1)
        content.addWidget(self.first, 1)
        below = QVBoxLayout()
        below.setSpacing(8)
        noted = QHBoxLayout()
        noted.addWidget(self.note, 1)
        noted.addWidget(self.sign_in_button)
        below.addLayout(noted)
        below.addWidget(self.recent)
        content.addLayout(below)

    def _connect(self) -> None:
        services = self._services
        services.monitor.changed.connect(self._on_changed_sessions)
        services.monitor.alerts.changed.connect(self._show_pause)
        services.runner.changed.connect(self._on_changed)
        self.pictures.arrived.connect(self._show_pictures)
        self.first.triggered.connect(self._on_add)
        self.first.link_triggered.connect(lambda: services.open_page("settings", "restore"))
        self.cards.opened.connect(self.show_details)
        self.cards.menu_requested.connect(self._open_card_menu)
        self.cards.servers_requested.connect(lambda server_id: services.open_page("servers", server_id))
        self.stopper.failed.connect(lambda error: show_error(self, error))
        self.recent.history_requested.connect(lambda: services.open_page("history", None))
        self.recent.play_chosen.connect(lambda play: services.open_page("history", plays_of_title(play)))
        self._show_pause()

    # --- the frame's questions ----------------------------------------------------------------------------------

    def activate(self) -> None:
        """Read what is shown, and move positions while the page is in front."""
        self._read()
        self._show_sessions()

    def refresh(self) -> None:
        """Ask the servers now."""
        self._services.monitor.poll_now()
        self.pictures.ask_again()
        self._read()

    def show_argument(self, argument: object) -> None:
        """`ALERTS` shows the record of alerts; a session’s key (server id, session key) shows its card."""
        if argument == ALERTS:
            self.show_alerts()
        elif isinstance(argument, tuple):
            self.cards.reveal(argument)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing moves where nobody looks."""
        super().hideEvent(event)
        self._ticker.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window the cards come first."""
        super().resizeEvent(event)
        self._show_recent()

    # --- what is shown ------------------------------------------------------------------------------------------

    @Slot()
    def _read(self) -> None:
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> _Overview:
            lately = PlayFilter(stopped_from=context.clock.now() - _LATELY, limit=_LATELY_MOST)
            _count, ended = plays_of(context, lately)
            return _Overview(all_servers(context), record.unread(context), ended)

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_overview)

    @Slot(object)
    def _on_overview(self, overview: _Overview) -> None:
        self._servers = overview.servers
        self._has_overview = True
        self.recent.ended.show_plays(overview.ended)
        said = _("Alerts ({n})").format(n=text.number(overview.unread)) if overview.unread else _("Alerts")
        self.alerts_button.set_label(said)
        self.alerts_button.set_icon_name("bell-ringing" if overview.unread else "bell")
        self._show_sessions()

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if change.kinds & {"servers", "notices", "plays"}:
            self._read()
        if "notices" in change.kinds and self.alerts_dialog is not None:
            self.show_alerts()

    @Slot()
    def _on_changed_sessions(self) -> None:
        if self.isVisible():
            self._show_sessions()

    def _show_sessions(self) -> None:
        sessions, now = self._services.monitor.sessions, self._now()
        has_servers = bool(self._servers) or bool(sessions) or not self._has_overview
        self.cards.show_sessions(sessions, now)
        down = self._down()
        self.cards.show_down(down)
        self._follow_dialog(sessions, now)
        self.totals.setVisible(has_servers)
        self.cards.setVisible(bool(sessions or down))
        self.empty.setVisible(has_servers and not sessions and not down)
        self.first.setVisible(not has_servers)
        self._show_totals(sessions)
        self._show_subtitle(sessions, has_servers=has_servers)
        self._show_note(self._services.monitor.states)
        self._show_empty_text()
        self._show_pictures()
        self._show_recent()
        if sessions and self.isVisible():
            self._ticker.start()
        else:
            self._ticker.stop()

    def _show_totals(self, sessions: Sequence[ActiveSession]) -> None:
        playing = [active.session for active in sessions]
        paused = sum(session.state == "paused" for session in playing)
        remark_text = ngettext("{n} paused", "{n} paused", paused).format(n=paused) if paused else ""
        self.totals.tile("streams").set_value(str(len(playing)), remark_text)
        for decision in ("direct_play", "direct_stream", "transcode"):
            self.totals.tile(decision).set_value(str(sum(session.decision == decision for session in playing)))
        for key, local in (("lan", True), ("wan", False)):
            kbps = sum(session.bandwidth_kbps or 0 for session in playing if words.is_local(session) is local)
            self.totals.tile(key).set_value(words.megabits(kbps), _("Mbit/s"))

    def _show_subtitle(self, sessions: Sequence[ActiveSession], *, has_servers: bool) -> None:
        if not has_servers:
            self.head.set_subtitle("")
            return
        if not sessions:
            self.head.set_subtitle(_("No streams"))
            return
        count, servers = len(sessions), len({active.server_id for active in sessions})
        streams = ngettext("{n} stream", "{n} streams", count).format(n=count)
        where = ngettext("on {n} server", "on {n} servers", servers).format(n=servers)
        self.head.set_subtitle(f"{streams} {where}")

    def _show_note(self, states: Sequence[MonitorState]) -> None:
        """Say of which servers nothing can be seen, and why."""
        hidden = [state.server for state in states if not state.is_available and not state.needs_sign_in]
        signed_out = [state.server for state in states if state.needs_sign_in]
        lines = []
        if hidden:
            lines.append(_("{servers}: only the owner can see who is watching.").format(servers=", ".join(hidden)))
        if signed_out:
            lines.append(_("{servers}: sign in again to see who is watching.").format(servers=", ".join(signed_out)))
        recorder = next((state.recorded_by for state in states if state.recorded_by is not None), None)
        if recorder is not None:
            if recorder.computer:
                text = _("“{computer}” records the plays. This window only shows them.")
            else:
                text = _("“retrovue monitor” (process {pid}) records the plays. This window only shows them.")
            lines.append(text.format(pid=recorder.pid, computer=recorder.computer))
        self.note.setText("\n".join(lines))
        self.note.setVisible(bool(lines))
        self.sign_in_button.setVisible(bool(signed_out))

    @Slot()
    def _sign_in(self) -> None:
        """Of several servers the first; the note names the others as long as they wait."""
        first = next((state.server_id for state in self._services.monitor.states if state.needs_sign_in), None)
        if first is not None:
            self._services.open_page("servers", ("sign_in", first))

    def _down(self) -> list[DownServer]:
        """The servers that did not answer the last time."""
        kinds = {server.id: server.kind.value for server in self._servers}
        monitor = self._services.monitor
        since = {event.server_id: event.at for event in monitor.events if event.kind is EventKind.SERVER_DOWN}
        return [
            DownServer(s.server_id, s.server, kinds[s.server_id], since.get(s.server_id), len(s.sessions))
            for s in monitor.states
            if s.is_down and s.server_id in kinds
        ]

    def _show_empty_text(self) -> None:
        followed = [server for server in self._servers if server.is_active and server.follow_live]
        hidden = {state.server_id for state in self._services.monitor.states if not state.is_available}
        names = [server.name for server in followed if server.id not in hidden]
        if followed and not names:
            self.empty.set_texts(_("Nothing to show yet."))
            return
        if names:
            text = _("A card appears here as soon as something plays on {servers}.").format(servers=", ".join(names))
        else:
            text = _("Live updates are off for every server. Turn them on, or enable a server, on the Servers page.")
        self.empty.set_texts(_("Nobody is watching right now."), text)

    def _show_recent(self) -> None:
        kinds = {server.id: server.kind.value for server in self._servers}
        events = tuple(self._services.monitor.events)
        self.recent.show_events(events, kinds)
        has_rows = bool(events) or bool(self.recent.ended.rows.rows)
        self.recent.setVisible(has_rows and self.height() >= _RECENT_FROM_HEIGHT)

    @Slot()
    def _show_pictures(self) -> None:
        for card in self.cards.cards:
            active = card.active
            card.show_picture(
                self.pictures.poster(
                    words.heading(active.session),
                    active.server_id,
                    active.session.artwork,
                    _POSTER,
                    self.devicePixelRatioF(),
                    radius=5,
                )
            )

    @Slot()
    def _tick(self) -> None:
        self.cards.tick(self._now())

    @Slot()
    def _show_pause(self) -> None:
        alerts = self._services.monitor.alerts
        said = _("Pause notifications")
        if alerts.until is not None:
            said = _("Paused until {time}").format(time=alerts.until.strftime("%H:%M"))
        elif alerts.is_paused:
            said = _("Notifications paused")
        self.pause_button.set_label(said)

    # --- one session --------------------------------------------------------------------------------------------

    @Slot(object)
    def show_details(self, active: ActiveSession) -> None:
        """Open the details of a session."""
        if self.dialog is not None:
            self.dialog.close()
        dialog = SessionDialog(active, self._now(), self)
        dialog.stop_requested.connect(self.stopper.ask)
        dialog.plays_requested.connect(self._show_plays_of)
        dialog.finished.connect(self._forget_details)
        self.dialog = dialog
        dialog.open()

    @Slot()
    def _forget_details(self) -> None:
        self.dialog = None

    def _follow_dialog(self, sessions: Sequence[ActiveSession], now: datetime) -> None:
        if self.dialog is None:
            return
        active = next((each for each in sessions if each.key == self.dialog.active.key), None)
        if active is None:
            self.dialog.show_ended()
        elif active != self.dialog.active:
            self.dialog.show_session(active, now)

    @Slot(object)
    def _show_plays_of(self, active: ActiveSession) -> None:
        if self.dialog is not None:
            self.dialog.close()
        user = active.session.user
        self._services.open_page("history", user)

    @Slot(object, QPoint)
    def _open_card_menu(self, active: ActiveSession, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("Details"), lambda: self.show_details(active))
        menu.addAction(_("Show history"), lambda: self._show_plays_of(active))
        menu.addSeparator()
        stop = menu.addAction(icons.icon("square"), _("Stop stream…"), lambda: self.stopper.ask(active))
        stop.setEnabled(not why_not(active))
        menu.popup(place)

    # --- what is done -------------------------------------------------------------------------------------------

    @Slot()
    def _on_add(self) -> None:
        self._services.open_page("servers", "add")

    @Slot()
    def show_alerts(self) -> None:
        """Show the record of alerts."""
        handle = self._services.runner.submit(self._recent_notices, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_notices)

    def _recent_notices(self, _token: CancelToken, _report: object) -> list[StoredNotice]:
        return record.recent(self._services.context)

    @Slot(object)
    def _on_notices(self, notices: list[StoredNotice]) -> None:
        if self.alerts_dialog is not None:
            self.alerts_dialog.show_notices(notices)
            return
        dialog = AlertsDialog(notices, self._now(), self)
        dialog.mark_read.connect(self._mark_read)
        dialog.chosen.connect(self._open_alert)
        dialog.settings_wanted.connect(lambda: self._services.open_page("settings", "bell"))
        dialog.finished.connect(self._forget_dialog)
        self.alerts_dialog = dialog
        dialog.open()

    @Slot()
    def _forget_dialog(self) -> None:
        self.alerts_dialog = None

    @Slot(object)
    def _open_alert(self, notice: StoredNotice) -> None:
        """Show what an alert is about."""
        self._mark(notice.id)
        key = page_about(notice.event)
        self._services.open_page(key, notice.server_id if key == "servers" else None)

    @Slot()
    def _mark_read(self) -> None:
        self._mark(None)

    def _mark(self, notice_id: int | None) -> None:
        context = self._services.context

        def mark(_token: CancelToken, _report: object) -> ChangeSet:
            record.mark_read(context, notice_id)
            return ChangeSet(frozenset({"notices"}), "alerts")

        self._services.runner.submit(mark, lane=Lane.WRITE)

    def _open_artwork(self) -> object:
        from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkService

        context = self._services.context
        return ArtworkService(context, ArtworkCache(context.dirs.cache_dir / "artwork"))

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)
