"""The menu that pauses alerts: on the Activity page and in the menu bar."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from retrovue.core.i18n import _
from retrovue.gui.alerts.pause import AlertPause
from retrovue.gui.widgets.menus import Menu


def pause_words(alerts: AlertPause) -> str:
    """Until when alerts are paused ("18:30", "switched on"); empty: they are not."""
    if not alerts.is_paused:
        return ""
    return alerts.until.strftime("%H:%M") if alerts.until is not None else _("resumed")


class PauseMenu(Menu):
    """An hour, until tomorrow, until switched on; and back, while alerts are paused. Thread: GUI."""

    def __init__(self, alerts: AlertPause, parent: QWidget | None = None) -> None:
        super().__init__(_("Pause notifications"), parent)
        self._alerts = alerts
        for key, text in (
            ("hour", _("For 1 hour")),
            ("tomorrow", _("Until tomorrow")),
            ("on", _("Until resumed")),
        ):
            self.addAction(text, partial(alerts.pause, key))
        self.resume = self.addAction(_("Resume notifications"), partial(alerts.pause, "off"))
        alerts.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        until = pause_words(self._alerts)
        self.resume.setVisible(bool(until))
        self.setTitle(
            _("Notifications paused until {until}").format(until=until) if until else _("Pause notifications")
        )
