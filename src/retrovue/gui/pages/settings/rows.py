"""Rows of settings: a switch, a choice, a number, a text; each says its change by name and value."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.core.system.settings import Settings, title_of
from retrovue.gui.theme import icons
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import ComboBox, Field, SpinBox
from retrovue.gui.widgets.labels import label

_FIELD_WIDTH = 200
_NAMES_WIDTH = 280


class SettingRow(QWidget):
    """One row with its remark; `names` are the settings that it changes, `words` what a search finds it by."""

    def __init__(self, names: Sequence[str], words: Sequence[str], content: QWidget, remark: str = "") -> None:
        super().__init__()
        self.names = tuple(names)
        self.words = [*words, *([remark] if remark else [])]
        self._content = content
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(content)
        self._remark = label(remark, FontRole.SMALL, tone="text2", wrap=True)
        self._remark.setVisible(bool(remark))
        column.addWidget(self._remark)
        self._why = label("", FontRole.SMALL, tone="warning", wrap=True)
        self._why.hide()
        column.addWidget(self._why)

    @property
    def why_locked(self) -> str:
        """What stands below a row that cannot be changed; empty: it can."""
        return self._why.text()

    def set_remark(self, text: str) -> None:
        """Explain something else below the row."""
        self._remark.setText(text)
        self._remark.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A section that is higher than the window is squeezed: Qt asks for one line of a text that wraps."""
        super().resizeEvent(event)
        for words in (self._remark, self._why):
            words.setMinimumHeight(max(0, words.heightForWidth(self.width())))

    def lock(self, overridden_by: Callable[[str], str]) -> None:
        """Settings that the environment decides cannot be changed here, and the row says why."""
        variables = [variable for name in self.names if (variable := overridden_by(name))]
        self._content.setEnabled(not variables)
        self._why.setVisible(bool(variables))
        if variables:
            self._why.setText(_("Set by the environment: {name}").format(name=", ".join(dict.fromkeys(variables))))

    def fits(self, needle: str) -> bool:
        """Whether a search finds it."""
        return any(needle in word.casefold() for word in self.words)


class SettingsSection(QWidget):
    """A titled group of rows on cards. `changed(name, value)` is emitted for every change a person makes."""

    changed = Signal(str, object)

    def __init__(self, title: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = title
        self.icon = icon
        self.rows: list[SettingRow] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)
        self.column.addWidget(label(title, FontRole.SECTION))
        self._cards: list[tuple[QWidget | None, Card]] = []
        self._showers: list[Callable[[Settings], None]] = []

    def add_card(self, title: str = "", *, is_first: bool = False) -> Card:
        """Begin another card; rows that are added from now on stand on it. `is_first`: of a column of its own."""
        head: QWidget | None = None
        if title:
            head = label(title, FontRole.HEADER, tone="text2")
            head.setContentsMargins(0, 0 if is_first else 10, 0, 0)
            self.column.addWidget(head)
        card = Card()
        card.body.setSpacing(12)
        self.column.addWidget(card)
        self._cards.append((head, card))
        return card

    def add_row(self, row: SettingRow, show: Callable[[Settings], None] | None = None) -> SettingRow:
        """Add a row to the last card; `show` shows the settings without saying that they changed."""
        if not self._cards:
            self.add_card()
        self._cards[-1][1].body.addWidget(row)
        self.rows.append(row)
        if show is not None:
            self._showers.append(show)
        return row

    def show_settings(self, settings: Settings) -> None:
        """Show these values."""
        for show in self._showers:
            show(settings)

    def refresh(self) -> None:
        """Read what is not a setting."""

    def lock(self, overridden_by: Callable[[str], str]) -> None:
        """Lock the rows that the environment decides; `overridden_by` names the variable of a setting, if any."""
        for row in self.rows:
            row.lock(overridden_by)

    def filter(self, needle: str) -> bool:
        """Show the rows that a search finds, or all of them where only the title fits; whether there is any."""
        fitting = [row for row in self.rows if row.fits(needle)]
        whole = not needle or (not fitting and needle in self.title.casefold())
        for row in self.rows:
            row.setVisible(whole or row in fitting)
        for head, card in self._cards:
            is_shown = any(not row.isHidden() for row in self.rows if card.isAncestorOf(row))
            card.setVisible(is_shown)
            if head is not None:
                head.setVisible(is_shown)
        return whole or bool(fitting)

    # --- kinds of rows ------------------------------------------------------------------------------------------

    def add_switch(self, name: str, *, remark: str = "", text: str = "", icon: str = "") -> WrappedCheckBox:
        """A check box for a setting that is on or off."""
        box = WrappedCheckBox(text or title_of(name))
        box.toggled.connect(lambda on: self.changed.emit(name, on))

        def show(settings: Settings) -> None:
            with QSignalBlocker(box):
                box.setChecked(bool(getattr(settings, name)))

        self.add_row(SettingRow((name,), (box.text(), title_of(name)), box, remark), show)
        if icon:
            box.setIcon(icons.icon(icon))
        return box

    def add_choice(
        self, name: str, choices: Mapping[str, str], *, remark: str = "", text: str = "", width: int = _FIELD_WIDTH
    ) -> ComboBox:
        """A box of a few values, at least so wide."""
        combo = ComboBox()
        for value, said in choices.items():
            combo.addItem(said, value)
        combo.currentIndexChanged.connect(lambda _index: self.changed.emit(name, combo.currentData()))

        def show(settings: Settings) -> None:
            with QSignalBlocker(combo):
                combo.setCurrentIndex(max(0, combo.findData(getattr(settings, name))))

        # A translated choice may be longer than the design's.
        self._add_field(name, combo, remark, show, width=max(width, combo.sizeHint().width()), text=text)
        return combo

    def add_number(
        self, name: str, low: int, high: int, *, unit: str = "", remark: str = "", text: str = ""
    ) -> SpinBox:
        """A whole number with its unit; kept when the field is left."""
        spin = SpinBox()
        spin.setRange(low, high)
        spin.setKeyboardTracking(False)
        if unit:
            spin.setSuffix(f" {unit}")
        spin.valueChanged.connect(lambda value: self.changed.emit(name, value))

        def show(settings: Settings) -> None:
            with QSignalBlocker(spin):
                spin.setValue(round(getattr(settings, name)))

        self._add_field(name, spin, remark, show, width=120, text=text)
        return spin

    def add_text(
        self, name: str, *, placeholder: str = "", remark: str = "", width: int = _FIELD_WIDTH, text: str = ""
    ) -> Field:
        """A line of text; kept when the field is left."""
        field = Field(placeholder=placeholder, name=text or title_of(name))
        field.editingFinished.connect(lambda: self.changed.emit(name, field.text().strip()))

        def show(settings: Settings) -> None:
            field.setText(str(getattr(settings, name)))

        self._add_field(name, field, remark, show, width=width, text=text)
        return field

    def add_names(self, name: str, *, placeholder: str, text: str) -> Field:
        """A line of names."""
        return self.add_text(name, placeholder=placeholder, width=_NAMES_WIDTH, text=text)

    def _add_field(
        self, name: str, field: Any, remark: str, show: Callable[[Settings], None], *, width: int, text: str
    ) -> None:
        title = text or title_of(name)
        caption = label(title, wrap=True)
        caption.setBuddy(field)
        field.setAccessibleName(title)
        field.setFixedWidth(width)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(caption, 1)
        row.addWidget(field)
        self.add_row(SettingRow((name,), (title, title_of(name)), line, remark), show)
