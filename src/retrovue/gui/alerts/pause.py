"""Whether alerts pop up now: a person may pause them, and the settings name quiet hours. The record goes on."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from retrovue.core.services.monitor.notices import in_quiet_hours

_MORNING = time(7, 0)
_CHECK_MS = 30_000


class AlertPause(QObject):
    """A pause of the pop-ups. Thread: GUI.

    Args:
        now: local time with its zone.
        quiet_hours: the setting as of now.
    """

    changed = Signal()

    def __init__(
        self, now: Callable[[], datetime], quiet_hours: Callable[[], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._quiet_hours = quiet_hours
        self._until: datetime | None = None
        self._is_open = False
        self._muted: dict[str, datetime] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_CHECK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def is_paused(self) -> bool:
        """Whether a person has paused alerts and the pause lasts."""
        return self._is_open or (self._until is not None and self._now() < self._until)

    @property
    def is_silent(self) -> bool:
        """Whether nothing may pop up now, be it a pause or quiet hours."""
        return self.is_paused or in_quiet_hours(self._quiet_hours(), self._now().timetz().replace(tzinfo=None))

    @property
    def until(self) -> datetime | None:
        """When the pause ends; None without one or with an open end."""
        return self._until if self.is_paused and not self._is_open else None

    @Slot(str)
    def pause(self, length: str) -> None:
        """Pause for "hour", until "tomorrow" at seven, until switched "on" again, or end the pause with "off"."""
        now = self._now()
        self._is_open = length == "on"
        self._until = None
        if length == "hour":
            self._until = now + timedelta(hours=1)
        elif length == "tomorrow":
            self._until = datetime.combine(now.date() + timedelta(days=1), _MORNING, now.tzinfo)
        if self._until is None:
            self._timer.stop()
        else:
            self._timer.start()
        self.changed.emit()

    @Slot(str)
    def mute(self, user: str) -> None:
        """Show nothing of this person's streams for an hour."""
        self._muted[user.casefold()] = self._now() + timedelta(hours=1)
        self.changed.emit()

    def is_muted(self, user: str | None) -> bool:
        """Whether somebody's streams are not shown now."""
        until = self._muted.get((user or "").casefold())
        return until is not None and self._now() < until

    @Slot()
    def _look(self) -> None:
        if self.is_paused:
            return
        self._timer.stop()
        self._until = None
        self.changed.emit()
