"""Tray and alerts: which events raise a notice, when it is quiet, how often at most, and about whom."""

from collections.abc import Mapping
from datetime import UTC, datetime

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSystemTrayIcon, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.core.system.settings import NOTICE_DEFAULTS, Settings, title_of
from retrovue.gui.alerts.events import FILTERED, event_texts
from retrovue.gui.pages.settings.eventfilter import EventFilterDialog, KindChecks, filter_words
from retrovue.gui.pages.settings.forwarding import ForwardingList
from retrovue.gui.pages.settings.quiet import QuietHours
from retrovue.gui.pages.settings.rows import SettingRow, SettingsSection
from retrovue.gui.theme import icons
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind, flush
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.tips import plain_tip

_SIDE_WIDTH = 312
_TWO_COLUMNS = 760


class AlertsSection(SettingsSection):
    """Events on the left; quiet hours, limits and the tray on the right, or below in a narrow window."""

    test_wanted = Signal()

    def __init__(self, forwarding: ForwardingList | None = None, parent: QWidget | None = None) -> None:
        super().__init__(_("Tray and notifications"), "bell", parent)
        self.boxes: dict[str, WrappedCheckBox] = {}
        self.filter_buttons: dict[str, Button] = {}
        self._filters: Mapping[str, Mapping[str, str]] = {}
        self._is_searched = False
        main = self.column
        main.addWidget(label(_("Every notification is also kept under Alerts."), tone="text2", wrap=True))
        main.addSpacing(6)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(24)
        left, self._right = QVBoxLayout(), QWidget()
        right = QVBoxLayout(self._right)
        for side in (left, right):
            side.setContentsMargins(0, 0, 0, 0)
            side.setSpacing(10)
        self._sides.addLayout(left, 1)
        self._sides.addWidget(self._right)
        main.addLayout(self._sides)
        self.column = left
        self._add_events()
        self._add_conditions()
        self.forwarding = forwarding
        if forwarding is not None:
            self.add_card(_("Also send to…"))
            words = (_("Also send to…"), _("Services"), "Apprise", "ntfy", "Discord", "Telegram")
            self.add_row(SettingRow((), words, forwarding))
        left.addStretch(1)
        self.column = right
        self._add_quiet_hours()
        self._add_limits()
        self._add_tray()
        right.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the right column goes below."""
        super().resizeEvent(event)
        self._arrange()

    def filter(self, needle: str) -> bool:
        """What a search finds stands in one column."""
        self._is_searched = bool(needle)
        self.defaults.setVisible(not needle)
        self._arrange()
        return super().filter(needle)

    def _arrange(self) -> None:
        wide = self.width() >= _TWO_COLUMNS and not self._is_searched
        self._sides.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._right.setMinimumWidth(_SIDE_WIDTH if wide else 0)
        self._right.setMaximumWidth(_SIDE_WIDTH if wide else 10_000)

    def refresh(self) -> None:
        """Look again whether there is a tray, and which services there are."""
        if self.forwarding is not None:
            self.forwarding.refresh()
        there = QSystemTrayIcon.isSystemTrayAvailable()
        self.tray_remark.setText(_("This desktop has a tray.") if there else _("This desktop has no tray right now."))

    def _add_events(self) -> None:
        for number, (group, events) in enumerate(event_texts().items()):
            card = self.add_card(group, is_first=not number)
            card.body.setSpacing(9)
            for event, (text, icon) in events.items():
                self._add_event(event, text, icon)
        self.defaults = Button(_("Restore defaults"), kind=ButtonKind.LINK)
        self.defaults.clicked.connect(lambda: self.changed.emit("notices", dict(NOTICE_DEFAULTS)))
        self.column.addLayout(flush(self.defaults))

    def _add_event(self, event: str, text: str, icon: str) -> None:
        box = WrappedCheckBox(text)
        box.setIcon(icons.icon(icon))
        self.boxes[event] = box
        box.toggled.connect(lambda on: self.changed.emit("notices", {event: on}))

        def show(settings: Settings) -> None:
            with QSignalBlocker(box):
                box.setChecked(bool(settings.notices.get(event)))

        if event not in FILTERED:
            self.add_row(SettingRow(("notices",), (text,), box), show)
            return
        line = QWidget()
        across = QHBoxLayout(line)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(box, 1)
        across.addWidget(self._filter_button(event, text))
        row = SettingRow(("notices", "notice_filters"), (text,), line)

        def show_both(settings: Settings) -> None:
            show(settings)
            self._filters = settings.notice_filters
            row.set_remark(filter_words(settings.notice_filters.get(event, {})))

        self.add_row(row, show_both)

    def _filter_button(self, event: str, text: str) -> Button:
        button = self.filter_buttons[event] = Button(_("Filter…"), kind=ButtonKind.LINK)
        button.setAccessibleName(_("Filter “{notification}”…").format(notification=text))
        button.setToolTip(plain_tip(_("Choose which streams this notification is about.")))
        button.clicked.connect(lambda: self._ask_filter(event, text))
        return button

    def _ask_filter(self, event: str, text: str) -> None:
        dialog = EventFilterDialog(text, self._filters.get(event, {}), self)
        dialog.wanted.connect(lambda fields: self.changed.emit("notice_filters", {**self._filters, event: fields}))
        dialog.open()

    def _add_conditions(self) -> None:
        self.add_card(_("Filters"))
        places = {"all": _("All"), "local": _("Local"), "remote": _("Remote")}
        self.add_choice("notice_place", places, text=_("Streams"))
        kinds = KindChecks()
        kinds.changed.connect(lambda chosen: self.changed.emit("notice_kinds", chosen))
        line = QWidget()
        across = QHBoxLayout(line)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(label(_("Types")), 1)
        across.addWidget(kinds)
        words = (title_of("notice_kinds"), *(box.text() for box in kinds.boxes.values()))
        self.add_row(
            SettingRow(("notice_kinds",), words, line), lambda settings: kinds.show_kinds(settings.notice_kinds)
        )
        self.add_switch("notice_not_me", remark=_("Covers the accounts signed in here, and these names:"))
        hint = _("Names, separated by |")
        self.add_names("notice_my_names", placeholder=hint, text=_("My usernames"))
        self.add_names("notice_muted_users", placeholder=hint, text=_("Ignore users"))
        self.add_names("notice_muted_libraries", placeholder=hint, text=_("Ignore libraries"))
        self.add_names("notice_muted_servers", placeholder=hint, text=_("Ignore servers"))

    def _add_quiet_hours(self) -> None:
        self.add_card(title_of("quiet_hours"), is_first=True)
        self.quiet = QuietHours(lambda: datetime.now(UTC).astimezone())
        self.quiet.edited.connect(lambda text: self.changed.emit("quiet_hours", text))
        remark = _("Alerts are still recorded.")
        words = (title_of("quiet_hours"), self.quiet.box.text())
        self.add_row(SettingRow(("quiet_hours",), words, self.quiet, remark), self._show_quiet)
        self.add_switch("quiet_lets_problems", text=_("Still notify about problems"))

    def _show_quiet(self, settings: Settings) -> None:
        self.quiet.show_hours(settings.quiet_hours)

    def _add_limits(self) -> None:
        self.add_card(_("Limits"))
        remark = _(
            "Short pauses are ignored, each stream notifies at most once a minute, and several events at "
            "once become one notification."
        )
        self.add_number("notice_delay_s", 0, 600, unit=_("s"), remark=remark, text=_("Notify about a stream after"))

        self.add_number("notice_buffering", 1, 50, unit=_("times"), text=_("Notify about buffering after"))
        self.add_number("notice_streams", 2, 50, unit=_("streams"), text=_("Notify about one user from"))

    def _add_tray(self) -> None:
        card = self.add_card(_("Tray"))
        self.add_switch("close_to_tray")
        self.add_switch("minimise_to_tray")
        choices = {"ask": _("Ask"), "quit": _("Quit"), "minimise": _("Minimize")}
        self.add_choice("close_without_tray", choices, text=_("Closing without a tray"), width=120)
        self.tray_remark = label("", FontRole.SMALL, tone="text2", wrap=True)
        card.body.addWidget(self.tray_remark)
        self.test_button = Button(_("Send test notification"), icon="bell-ringing")
        self.test_button.clicked.connect(self.test_wanted)
        card.body.addWidget(self.test_button)
