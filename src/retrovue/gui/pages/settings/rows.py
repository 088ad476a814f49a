"""Rows of settings: a switch, a choice, a number, a text; each says its change by name and value."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.core.system.settings import Settings, title_of
from retrovue.gui.theme import FontRole
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.fields import ComboBox, Field, SpinBox
from retrovue.gui.widgets.labels import label

_FIELD_WIDTH = 180


class SettingsSection(QWidget):
    """A titled group of rows. `changed(name, value)` is emitted for every change a person makes."""

    changed = Signal(str, object)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(title, FontRole.SECTION))
        self.card = Card()
        self.card.body.setSpacing(10)
        column.addWidget(self.card)
        self._showers: list[Callable[[Settings], None]] = []
        self.words: list[str] = [title]

    def show_settings(self, settings: Settings) -> None:
        """Show these values without saying that they changed."""
        for show in self._showers:
            show(settings)

    def add_switch(self, name: str, *, remark: str = "", text: str = "") -> QCheckBox:
        """A check box for a setting that is on or off."""
        box = QCheckBox(text or title_of(name))
        self.words.append(box.text())
        self.card.body.addWidget(box)
        self._add_remark(remark)
        box.toggled.connect(lambda on: self.changed.emit(name, on))

        def show(settings: Settings) -> None:
            with QSignalBlocker(box):
                box.setChecked(bool(getattr(settings, name)))

        self._showers.append(show)
        return box

    def add_choice(self, name: str, choices: Mapping[str, str], *, remark: str = "") -> ComboBox:
        """A box of a few values."""
        combo = ComboBox()
        for value, text in choices.items():
            combo.addItem(text, value)
        self._add_field(name, combo, remark)
        combo.currentIndexChanged.connect(lambda _index: self.changed.emit(name, combo.currentData()))

        def show(settings: Settings) -> None:
            with QSignalBlocker(combo):
                combo.setCurrentIndex(max(0, combo.findData(getattr(settings, name))))

        self._showers.append(show)
        return combo

    def add_number(self, name: str, low: int, high: int, *, unit: str = "", remark: str = "") -> SpinBox:
        """A whole number with its unit; kept when the field is left."""
        spin = SpinBox()
        spin.setRange(low, high)
        spin.setKeyboardTracking(False)
        if unit:
            spin.setSuffix(f" {unit}")
        self._add_field(name, spin, remark)
        spin.valueChanged.connect(lambda value: self.changed.emit(name, value))

        def show(settings: Settings) -> None:
            with QSignalBlocker(spin):
                spin.setValue(int(getattr(settings, name)))

        self._showers.append(show)
        return spin

    def add_text(self, name: str, *, placeholder: str = "", remark: str = "") -> Field:
        """A line of text; kept when the field is left."""
        field = Field(placeholder=placeholder, name=title_of(name))
        self._add_field(name, field, remark)
        field.editingFinished.connect(lambda: self.changed.emit(name, field.text().strip()))

        def show(settings: Settings) -> None:
            field.setText(str(getattr(settings, name)))

        self._showers.append(show)
        return field

    def add_events(self, events: Mapping[str, str]) -> dict[str, QCheckBox]:
        """One check box for each event that can raise a notice."""
        boxes: dict[str, QCheckBox] = {}
        for event, text in events.items():
            box = QCheckBox(text)
            self.words.append(text)
            self.card.body.addWidget(box)
            boxes[event] = box
            box.toggled.connect(lambda on, event=event: self.changed.emit("notices", {event: on}))

        def show(settings: Settings) -> None:
            for event, box in boxes.items():
                with QSignalBlocker(box):
                    box.setChecked(bool(settings.notices.get(event)))

        self._showers.append(show)
        return boxes

    def _add_field(self, name: str, field: Any, remark: str) -> None:
        title = title_of(name)
        self.words.append(title)
        caption = label(title)
        caption.setBuddy(field)
        field.setAccessibleName(title)
        # A translated choice may be longer than the design's.
        field.setFixedWidth(
            max(_FIELD_WIDTH, field.sizeHint().width()) if isinstance(field, ComboBox) else _FIELD_WIDTH
        )
        row = QHBoxLayout()
        row.addWidget(caption, 1)
        row.addWidget(field)
        self.card.body.addLayout(row)
        self._add_remark(remark)

    def _add_remark(self, remark: str) -> None:
        if remark:
            self.words.append(remark)
            self.card.body.addWidget(label(remark, FontRole.SMALL, tone="text2", wrap=True))


def event_texts() -> dict[str, str]:
    """The events that can raise a notice, the problems first."""
    return {
        "server_down": _("A server does not answer"),
        "server_up": _("A server answers again"),
        "sync_failed": _("A sync did not reach every server"),
        "started": _("Playback started"),
        "stopped": _("Playback stopped"),
        "paused": _("Playback paused"),
        "resumed": _("Playback resumed"),
    }
