"""The wizard's page about what RetroVue does while nobody looks: tray, notices, syncs."""

from collections.abc import Mapping

from PySide6.QtWidgets import QCheckBox, QHBoxLayout

from retrovue.core.i18n import _
from retrovue.core.system.settings import Settings, title_of
from retrovue.gui.pages.servers.wizard_parts import WizardPage
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import ComboBox, SpinBox
from retrovue.gui.widgets.labels import label


class BackgroundPage(WizardPage):
    """Starts from the settings as they are; nothing is kept before the last button."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            _("Background and notifications"),
            _("What RetroVue does while its window is closed. You can change all of it in Settings."),
        )
        self._settings = settings
        self.close_to_tray = WrappedCheckBox(title_of("close_to_tray"))
        self.close_to_tray.setChecked(settings.close_to_tray)
        self.column.addWidget(self.close_to_tray)
        self.column.addSpacing(8)
        self.column.addWidget(label(_("Notify me when"), FontRole.SECTION))
        texts = {
            "server_down": _("a server stops responding"),
            "sync_failed": _("a sync fails"),
            "started": _("someone starts watching"),
        }
        self.notices: dict[str, QCheckBox] = {}
        for event, text in texts.items():
            box = QCheckBox(text)
            box.setChecked(bool(settings.notices.get(event)))
            self.notices[event] = box
            self.column.addWidget(box)
        self.column.addSpacing(8)
        self.column.addWidget(label(title_of("sync_schedule"), FontRole.SECTION))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.schedule = ComboBox(name=title_of("sync_schedule"))
        for value, text in (
            ("off", _("Manual only")),
            ("at_start", _("At startup")),
            ("every", _("While running")),
        ):
            self.schedule.addItem(text, value)
        self.schedule.setCurrentIndex(max(0, self.schedule.findData(settings.sync_schedule)))
        self.hours = SpinBox(name=title_of("sync_every_hours"))
        self.hours.setRange(1, 168)
        self.hours.setPrefix(_("every") + " ")
        self.hours.setSuffix(" " + _("h"))
        self.hours.setValue(settings.sync_every_hours)
        self.schedule.currentIndexChanged.connect(self._show_hours)
        row.addWidget(self.schedule)
        row.addWidget(self.hours)
        row.addStretch(1)
        self.column.addLayout(row)
        self.column.addWidget(
            label(_("After the first sync, only changes are read."), FontRole.SMALL, tone="text2", wrap=True)
        )
        self.column.addStretch(1)
        self._show_hours()

    def changes(self) -> Mapping[str, object]:
        """The settings that differ from what is kept."""
        before = self._settings
        chosen: dict[str, object] = {
            "close_to_tray": self.close_to_tray.isChecked(),
            "notices": {**before.notices, **{event: box.isChecked() for event, box in self.notices.items()}},
            "sync_schedule": self.schedule.currentData(),
            "sync_every_hours": self.hours.value(),
        }
        return {name: value for name, value in chosen.items() if getattr(before, name) != value}

    def _show_hours(self) -> None:
        self.hours.setVisible(self.schedule.currentData() == "every")
