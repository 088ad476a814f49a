"""Notices on their way: events go through the rules, every notice into the record, and the loud ones to the desktop."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.domain.playback import EventKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.services.monitor import Heard
from retrovue.core.services.monitor.notices import NoticeFlow, NoticeRules, NoticeText, Told, record, rules_of
from retrovue.core.services.monitor.notices.devices import is_new_device
from retrovue.core.services.monitor.notices.words import NEW_DEVICE, device_notice
from retrovue.gui.alerts.events import PROBLEMS
from retrovue.gui.alerts.pause import AlertPause
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.system.settings import Settings


log = logging.getLogger(__name__)

_LOOK_MS = 30_000
"""How often the flow is called though nothing happens: a far longer gap is a sleep of the computer."""
_LEAST_WAIT_MS = 50


class NoticeDelivery(QObject):
    """Owns the flow of notices. Thread: GUI.

    Args:
        context: gives the profile (`AppContext`).
        alerts: whether anything may pop up now.
        now: the time, in UTC.
    """

    loud = Signal(object)
    """A `Told` to show now."""
    recorded = Signal()
    """There are more notices in the record than before, shown or not."""

    def __init__(
        self,
        runner: TaskRunner,
        context: Callable[[], "AppContext"],
        alerts: AlertPause,
        now: Callable[[], datetime],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._context = context
        self._alerts = alerts
        self._now = now
        self._own_ids: dict[int, str] = {}
        self._flow = NoticeFlow(self._rules)
        self._devices_told: set[tuple[int, str | None, str | None]] = set()
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.timeout.connect(self._on_due)
        self._look = QTimer(self)
        self._look.timeout.connect(self._on_due)
        self._look.start(_LOOK_MS)

    def set_own_accounts(self, ids: Mapping[int, str]) -> None:
        """By server id: the account that is signed in there, as the server calls it."""
        self._own_ids = dict(ids)

    def hear(self, events: Sequence[Heard]) -> None:
        """Take what a poll found."""
        if self._runner.is_closed:
            return
        self._tell(self._flow.hear(events, self._now()))
        for heard in events:
            self._look_at_device(heard)
        wake = self._flow.next_at()
        if wake is not None:
            self._due.start(max(_LEAST_WAIT_MS, int((wake - self._now()).total_seconds() * 1000)))

    def _look_at_device(self, heard: Heard) -> None:
        """Tell of a start on a device that the history does not know; once for each device."""
        event, rules = heard.event, self._rules()
        session = event.session
        if session is None or event.kind is not EventKind.STARTED:
            return
        if not rules.wants(NEW_DEVICE, event, heard.library):
            return
        device = (event.server_id, session.user, session.device_id)
        if device in self._devices_told or not rules.admits(event, heard.library):
            return
        self._devices_told.add(device)
        context = self._context

        def look(_token: object, _report: object) -> Told | None:
            if not is_new_device(context(), event.server_id, session):
                return None
            key = f"device:{event.server_id}:{session.device_id}"
            return Told(device_notice(event), key, event.at, (event.server_id, session.session_key), session.user)

        handle = self._runner.submit(look, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_device)

    @Slot(object)
    def _on_device(self, told: Told | None) -> None:
        if told is not None:
            self._tell([told])

    def tell(self, notice: NoticeText, key: str) -> None:
        """Tell of something else than a play, if its switch is on."""
        if self._runner.is_closed:
            return
        if notice.event in self._rules().wanted:
            self._tell([Told(notice, key, self._now())])
        context = self._context

        def send_on(_token: object, _report: object) -> None:
            # Imported here: the first paint does not wait for it.
            from retrovue.core.services.forwarding.forwarder import announce

            announce(context(), notice)

        self._runner.submit(send_on, lane=Lane.WRITE)

    def stop(self) -> None:
        """Nothing more is told by itself."""
        self._due.stop()
        self._look.stop()

    @Slot()
    def _on_due(self) -> None:
        self.hear(())

    def _rules(self) -> NoticeRules:
        return rules_of(self._settings(), self._own_ids)

    def _settings(self) -> "Settings":
        return self._context().settings

    def _tell(self, told: Sequence[Told]) -> None:
        if not told:
            return
        context = self._context

        def store(_token: object, _report: object) -> ChangeSet:
            record.add(context(), told)
            return ChangeSet(frozenset({"notices"}), "notices")

        handle = self._runner.submit(store, lane=Lane.WRITE)
        handle.succeeded.connect(self._on_recorded)
        for one in told:
            if self._alerts.is_muted(one.user):
                continue
            if not self._alerts.is_silent or (one.notice.event in PROBLEMS and self._problems_get_through()):
                self.loud.emit(one)

    def _problems_get_through(self) -> bool:
        """In quiet hours a problem may be loud, where that is wanted; a pause by hand means everything."""
        return self._settings().quiet_lets_problems and not self._alerts.is_paused

    @Slot(object)
    def _on_recorded(self, _change: ChangeSet) -> None:
        self.recorded.emit()
