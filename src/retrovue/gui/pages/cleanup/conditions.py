"""Editing the conditions of a rule: a field, an operator and a value in each line."""

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.cleanup.rules import Condition, Field, Join, Kind, Operator, RuleError, Section, check
from retrovue.core.domain.sizes import format_size, parse_size
from retrovue.core.i18n import _
from retrovue.core.services.cleanup import words
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.fields import ComboBox, set_wrong
from retrovue.gui.widgets.fields import Field as TextField
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.segments import Segments


class ConditionLine(QWidget):
    """One condition. Thread: GUI."""

    edited = Signal()
    removed = Signal()

    def __init__(self, condition: Condition, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.field = ComboBox(name=_("Field"))
        for one in Field:
            self.field.addItem(words.field_name(one), one)
        self.operator = ComboBox(name=_("Comparison"))
        self.value = TextField(name=_("Value"))
        self.flag = ComboBox(name=_("Value"))
        self.flag.addItem(_("yes"), True)
        self.flag.addItem(_("no"), False)
        self.remove = Button(icon="x", name=_("Remove condition"))
        first, second = QHBoxLayout(), QHBoxLayout()
        for row in (first, second):
            row.setSpacing(4)
            column.addLayout(row)
        first.addWidget(self.field, 1)
        first.addWidget(self.remove)
        second.addWidget(self.operator, 1)
        second.addWidget(self.value, 1)
        second.addWidget(self.flag, 1)
        self._show(condition)
        self.field.currentIndexChanged.connect(self._on_field)
        self.operator.currentIndexChanged.connect(self.edited)
        self.flag.currentIndexChanged.connect(self.edited)
        self.value.textEdited.connect(self.edited)
        self.remove.clicked.connect(self.removed)

    @property
    def condition(self) -> Condition | None:
        """The condition as it is typed; None while its value means nothing."""
        field, operator = Field(self.field.currentData()), Operator(self.operator.currentData())
        value = self._value(field)
        condition = None if value is None else Condition(field, operator, value)
        try:
            if condition is not None:
                check(condition)
        except RuleError:
            condition = None
        set_wrong(self.value, wrong=condition is None)
        return condition

    def _value(self, field: Field) -> int | float | str | bool | None:
        typed = self.value.text().strip()
        if field.kind is Kind.FLAG:
            return bool(self.flag.currentData())
        if field.kind is Kind.TEXT:
            return typed or None
        if field.kind is Kind.BYTES:
            return parse_size(typed)
        try:
            number = float(typed.replace(",", "."))
        except ValueError:
            return None
        return int(number) if number.is_integer() else number

    def _show(self, condition: Condition) -> None:
        field = condition.field
        self.field.setCurrentIndex(self.field.findData(field))
        self._fill_operators(field)
        self.operator.setCurrentIndex(self.operator.findData(condition.operator))
        self.flag.setCurrentIndex(self.flag.findData(condition.value is True))
        if field.kind is Kind.BYTES:
            self.value.setText(format_size(int(float(condition.value))))
        elif field.kind is not Kind.FLAG:
            self.value.setText(words.value_text(condition))

    def _fill_operators(self, field: Field) -> None:
        with QSignalBlocker(self.operator):
            self.operator.clear()
            for one in field.operators:
                self.operator.addItem(words.operator_name(one), one)
        is_flag = field.kind is Kind.FLAG
        self.value.setVisible(not is_flag)
        self.flag.setVisible(is_flag)

    @Slot()
    def _on_field(self) -> None:
        field = Field(self.field.currentData())
        before = self.operator.currentData()
        self._fill_operators(field)
        self.operator.setCurrentIndex(max(0, self.operator.findData(before)))
        self.edited.emit()


class ConditionsEditor(QWidget):
    """The conditions of a rule and what joins them; sections of a rule are shown as text and kept. Thread: GUI."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._section = Section(Join.AND, ())
        self.lines: list[ConditionLine] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.join = Segments([(Join.AND, _("All of these")), (Join.OR, _("Any of these"))], name=_("Joined by"))
        self.join.chosen.connect(self.edited)
        column.addWidget(self.join)
        self._column = QVBoxLayout()
        self._column.setSpacing(8)
        column.addLayout(self._column)
        self.nested = label("", tone="text2")
        self.nested.setWordWrap(True)
        column.addWidget(self.nested)
        self.add = Button(_("Add condition"), icon="plus")
        self.add.clicked.connect(self._add)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addStretch(1)
        column.addLayout(row)

    def set_section(self, section: Section) -> None:
        """Edit another rule."""
        self._section = section
        self.join.select(section.join)
        for line in self.lines:
            self._drop(line)
        self.lines = []
        for part in section.parts:
            if isinstance(part, Condition):
                self._append(part)
        self._show_nested()

    def section(self) -> Section | None:
        """The conditions as typed, with the sections that came with the rule; None while one means nothing."""
        conditions = [line.condition for line in self.lines]
        nested = [part for part in self._section.parts if isinstance(part, Section)]
        typed = [one for one in conditions if one is not None]
        if len(typed) < len(conditions) or not (typed or nested):
            return None
        return Section(Join(self.join.current), (*typed, *nested))

    def _show_nested(self) -> None:
        nested = [words.section_text(part) for part in self._section.parts if isinstance(part, Section)]
        self.nested.setText("\n".join(nested))
        self.nested.setVisible(bool(nested))

    def _append(self, condition: Condition) -> ConditionLine:
        line = ConditionLine(condition)
        line.edited.connect(self.edited)
        line.removed.connect(lambda: self._remove(line))
        self._column.addWidget(line)
        self.lines.append(line)
        return line

    def _drop(self, line: ConditionLine) -> None:
        self._column.removeWidget(line)
        line.hide()
        line.deleteLater()

    def _remove(self, line: ConditionLine) -> None:
        self.lines.remove(line)
        self._drop(line)
        self.edited.emit()

    @Slot()
    def _add(self) -> None:
        self._append(Condition(Field.IDLE_DAYS, Operator.AT_LEAST, 90)).field.setFocus()
        self.edited.emit()
