"""Whether the chosen server is followed live, and how that stands."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.follow.pace import Gentle
from retrovue.core.services.follow.states import FollowPhase, FollowState
from retrovue.gui import text
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import StateLook, StatePill
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error


def follow_look(phase: FollowPhase) -> StateLook:
    """The look of where following a server stands."""
    return {
        FollowPhase.OFF: StateLook("pause-circle-fill", "text2", _("Off")),
        FollowPhase.CONNECTING: StateLook("circle-notch-fill", "info", _("Connecting")),
        FollowPhase.CONNECTED: StateLook("check-circle-fill", "success", _("Connected")),
        FollowPhase.WAITING: StateLook("clock", "warning", _("Waiting")),
        FollowPhase.LOCKED: StateLook("lock", "warning", _("Keyring locked")),
        FollowPhase.SIGNED_OUT: StateLook("key-fill", "warning", _("Sign in again")),
        FollowPhase.NOT_OFFERED: StateLook("minus-circle-fill", "text2", _("Not available")),
        FollowPhase.STOPPED: StateLook("x-circle-fill", "danger", _("Stopped")),
    }[phase]


def follow_words(state: FollowState, server: Server, now: datetime) -> str:
    """What there is to say of it, in a sentence or two."""
    match state.phase:
        case FollowPhase.OFF if not server.is_active:
            return _("The server is disabled.")
        case FollowPhase.OFF:
            return _("Changes arrive with the next sync, and its streams are not shown.")
        case FollowPhase.CONNECTED:
            return _connected(state, now)
        case FollowPhase.WAITING | FollowPhase.LOCKED if state.retry_at is not None:
            at = state.retry_at.astimezone().strftime("%H:%M:%S")
            return " ".join((state.reason, _("Next attempt at {time}.").format(time=at)))
    return state.reason


def _connected(state: FollowState, now: datetime) -> str:
    said = [state.reason] if state.reason else []
    if state.gentle is not None:
        said.append(
            {
                Gentle.ALWAYS: _("Slowed down, as set in Settings."),
                Gentle.STREAMING: _("Slowed down while someone is streaming."),
                Gentle.BATTERY: _("Slowed down on battery."),
                Gentle.METERED: _("Slowed down on a metered connection."),
            }[state.gentle]
        )
    if state.caught_up_at is None:
        said.append(_("Catching up on changes."))
    elif state.waiting:
        n = state.waiting
        said.append(ngettext("{n} change waiting.", "{n} changes waiting.", n).format(n=text.number(n)))
    elif state.changed_at is not None:
        said.append(_("Last change: {when}.").format(when=text.when(state.changed_at, now)))
    return " ".join(said) or _("Changes on the server appear here within seconds.")


class LiveCard(Card):
    """The switch of one server, and its state beside it. Thread: GUI."""

    def __init__(self, services: PageServices, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._services = services
        self._now = now
        self._server: Server | None = None
        self.setAccessibleName(_("Live updates"))
        self.switch = WrappedCheckBox(_("Live updates: library changes and who is watching"))
        self.pill = StatePill(follow_look(FollowPhase.OFF))
        self.words = label("", FontRole.SMALL, tone="text2", wrap=True)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.switch, 1)
        row.addWidget(self.pill)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.words)
        self.body.addLayout(column)
        self.switch.toggled.connect(self._on_toggled)
        services.follow.changed.connect(self._show_state)

    def show_server(self, server: Server) -> None:
        """Show another server, or this one as it is now."""
        self._server = server
        with QSignalBlocker(self.switch):
            self.switch.setChecked(server.follow_live)
        self.switch.setEnabled(server.is_active)
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        if self._server is None:
            return
        state = self._services.follow.state(self._server.id)
        self.pill.set_look(follow_look(state.phase))
        self.words.setText(follow_words(state, self._server, self._now()))

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        server, context = self._server, self._services.context
        if server is None:
            return

        def change(_token: CancelToken, _report: object) -> ChangeSet:
            from retrovue.core.services.servers import registration as servers

            servers.edit(context, server, servers.ServerChange(follow_live=on))
            return ChangeSet(frozenset({"servers"}), "servers")

        handle = self._services.runner.submit(change, lane=Lane.WRITE)
        handle.failed.connect(lambda error: show_error(self, error))
