"""The details of a live session, and the question before it is stopped."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.services.monitor.stopping import why_not
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.activity import words
from retrovue.gui.pages.activity.streams import stream_facts
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import Field, FieldBlock
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import ServerKindTile, StatePill
from retrovue.gui.widgets.tips import plain_tip

_WIDTH = 460


class SessionDialog(BaseDialog):
    """Everything that is known of a session; follows it while it is open. Thread: GUI."""

    stop_requested = Signal(object)
    """The `ActiveSession` that is to be stopped."""
    plays_requested = Signal(object)
    """The `ActiveSession` of whose person the plays are wanted."""

    def __init__(self, active: ActiveSession, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(words.heading(active.session), parent)
        # The page stays usable: sessions come and go behind the dialog.
        self.setModal(False)
        self.active = active
        self._body: QWidget | None = None
        self._place = QVBoxLayout()
        self.content.addLayout(self._place)
        self.plays_button = self.add_button(Button(_("Show history"), icon="clock-counter-clockwise"), leading=True)
        self.plays_button.clicked.connect(lambda: self.plays_requested.emit(self.active))
        self.stop_button = self.add_button(Button(_("Stop stream…"), icon="square"))
        self.stop_button.clicked.connect(lambda: self.stop_requested.emit(self.active))
        close = self.add_button(Button(_("Close")), default=True)
        close.clicked.connect(self.accept)
        self.setMinimumWidth(_WIDTH)
        self.show_session(active, now)

    def show_session(self, active: ActiveSession, now: datetime) -> None:
        """Show a new report."""
        self.active = active
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        session = active.session
        column.addWidget(label(words.heading(session), FontRole.CARD_TITLE, wrap=True))
        column.addWidget(label(words.item_line(session), tone="text2", wrap=True))
        place = QHBoxLayout()
        place.setSpacing(7)
        place.addWidget(ServerKindTile(active.server_kind, size=16))
        place.addWidget(label(active.server, tone="text2"), 1)
        place.addWidget(StatePill(words.look_of(session), filled=True))
        column.addLayout(place)
        column.addSpacing(10)
        self._add(column, _("Stream"), stream_facts(session))
        self._add(column, _("Device"), self._device_facts(active))
        self._add(column, _("Session"), self._session_facts(active, now))
        if self._body is not None:
            self._place.replaceWidget(self._body, body)
            self._body.deleteLater()
        else:
            self._place.addWidget(body)
        self._body = body
        reason = why_not(active)
        self.stop_button.setEnabled(not reason)
        self.stop_button.setToolTip(plain_tip(reason))

    def show_ended(self) -> None:
        """The session is over: there is nothing left to stop."""
        self.stop_button.setEnabled(False)
        self.stop_button.setToolTip(plain_tip(_("This stream has ended.")))

    @staticmethod
    def _device_facts(active: ActiveSession) -> list[tuple[str, str]]:
        session = active.session
        facts = (
            (_("User"), session.user or _("Unknown")),
            (_("Player"), session.player),
            (_("App"), session.product),
            (_("Platform"), session.platform),
            (_("Address"), session.address),
            (_("Network"), words.network(session)[1]),
        )
        return [(name, value) for name, value in facts if value]

    @staticmethod
    def _session_facts(active: ActiveSession, now: datetime) -> list[tuple[str, str]]:
        position_ms = active.position_ms_at(now)
        at = _("{position} of {length}").format(
            position=words.clock(position_ms), length=words.clock(active.session.duration_ms)
        )
        remark = words.progress_remark(active, position_ms, now)
        facts = (
            (_("Started"), text.when_cell(active.started_at, now)),
            (_("Position"), at),
            (_("Status"), remark[:1].upper() + remark[1:]),
        )
        return [(name, value) for name, value in facts if value]

    @staticmethod
    def _add(column: QVBoxLayout, title: str, facts: list[tuple[str, str]]) -> None:
        if not facts:
            return
        column.addSpacing(8)
        column.addWidget(label(title, FontRole.HEADER, tone="text2"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, 96)
        grid.setColumnStretch(1, 1)
        for row, (name, value) in enumerate(facts):
            grid.addWidget(label(name, tone="text2"), row, 0, Qt.AlignmentFlag.AlignTop)
            shown = label(value, wrap=True, selectable=True)
            shown.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            grid.addWidget(shown, row, 1)
        column.addLayout(grid)


class StopDialog(BaseDialog):
    """Asks before a stream is stopped, and for what its viewer is told. Thread: GUI."""

    confirmed = Signal(str)
    """The message."""

    def __init__(self, active: ActiveSession, parent: QWidget | None = None) -> None:
        super().__init__(_("Stop stream"), parent)
        session = active.session
        user = session.user or _("someone")
        question = _("Stop “{title}” for {user}?").format(title=words.heading(session), user=user)
        self.content.addWidget(label(question, FontRole.CARD_TITLE, wrap=True))
        said = _("Playback ends on {player}. It can be started again there.")
        self.content.addWidget(label(said.format(player=session.player or active.server), tone="text2", wrap=True))
        self.message = Field(placeholder=_("Such as: the server restarts at 22:00"))
        self.content.addWidget(FieldBlock(_("Message on the player"), self.message))
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.act_button = self.add_button(Button(_("Stop stream"), kind=ButtonKind.DANGER))
        self.act_button.clicked.connect(self.accept)
        self.accepted.connect(lambda: self.confirmed.emit(self.message.text().strip()))
        self.setMinimumWidth(_WIDTH)
