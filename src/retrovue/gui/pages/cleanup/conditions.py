"""Editing the conditions of a rule: a field, an operator and a value in each line."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, QStringListModel, Qt, Signal, Slot
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.cleanup.rules import Condition, Field, Join, Kind, Operator, RuleError, Section, check
from retrovue.core.domain.sizes import format_size, parse_size
from retrovue.core.i18n import _
from retrovue.core.services.cleanup import words
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.fields import ComboBox, set_wrong
from retrovue.gui.widgets.fields import Field as TextField
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.segments import Segments

Values = Mapping[Field, Sequence[str]]
"""What there is of a field: names of collections, of tags, of libraries."""

_NOTHING: Values = {}


class ConditionLine(QWidget):
    """One condition. Thread: GUI."""

    edited = Signal()
    removed = Signal()

    def __init__(self, condition: Condition, values: Values = _NOTHING, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = values
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.field = ComboBox(name=_("Field"))
        for one in Field:
            self.field.addItem(words.field_name(one), one)
        # A box may be narrower than its longest text, which would be cut.
        self.field.setMinimumWidth(self.field.sizeHint().width())
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
        self._known = QStringListModel(self)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.value.setCompleter(completer)
        completer.activated.connect(self.edited)
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

    def offer(self, values: Values) -> None:
        """Complete what is typed to what there is: the names of collections, tags, libraries and so on."""
        self._values = values
        self._known.setStringList(list(values.get(Field(self.field.currentData()), ())))

    def _fill_operators(self, field: Field) -> None:
        with QSignalBlocker(self.operator):
            self.operator.clear()
            for one in field.operators:
                self.operator.addItem(words.operator_name(one), one)
        self.offer(self._values)
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
    """The conditions of a rule and what joins them, with groups that have a join of their own. Thread: GUI.

    Args:
        is_group: it is such a group itself: groups are nested once.
    """

    edited = Signal()
    removed = Signal()

    def __init__(self, parent: QWidget | None = None, *, is_group: bool = False) -> None:
        super().__init__(parent)
        self._is_group = is_group
        self.lines: list[ConditionLine] = []
        self.groups: list[ConditionsEditor] = []
        self._values: Values = _NOTHING
        column = QVBoxLayout(self)
        # A group is set off from the conditions around it.
        column.setContentsMargins(_GROUP_INDENT if is_group else 0, 0, 0, 0)
        column.setSpacing(8)
        self.join = Segments([(Join.AND, _("All of these")), (Join.OR, _("Any of these"))], name=_("Joined by"))
        self.join.chosen.connect(self.edited)
        head = QHBoxLayout()
        head.addWidget(self.join)
        head.addStretch(1)
        column.addLayout(head)
        self._column, self._below = QVBoxLayout(), QVBoxLayout()
        for part in (self._column, self._below):
            part.setSpacing(8)
            column.addLayout(part)
        self.add = Button(_("Add condition"), icon="plus")
        self.add.clicked.connect(self._add)
        self.add_group = Button(_("Add group"), icon="plus")
        self.add_group.clicked.connect(self._on_add_group)
        self.add_group.setVisible(not is_group)
        # In German they are too wide for one line.
        row = FlowLayout(gap=8)
        row.addWidget(self.add)
        row.addWidget(self.add_group)
        column.addLayout(row)
        if is_group:
            self.remove = Button(icon="x", name=_("Remove group"))
            self.remove.clicked.connect(self.removed)
            head.addWidget(self.remove)

    @property
    def fields(self) -> set[Field]:
        """What its conditions are about, those of groups too, whether or not they have a value yet."""
        own = {Field(line.field.currentData()) for line in self.lines}
        return own.union(*(group.fields for group in self.groups))

    def offer(self, values: Values) -> None:
        """What conditions on names complete to, those of groups too."""
        self._values = values
        for line in self.lines:
            line.offer(values)
        for group in self.groups:
            group.offer(values)

    def set_section(self, section: Section) -> None:
        """Edit another rule."""
        self.join.select(section.join)
        for line in self.lines:
            _drop(self._column, line)
        for group in self.groups:
            _drop(self._below, group)
        self.lines, self.groups = [], []
        for part in section.parts:
            if isinstance(part, Condition):
                self._append(part)
            else:
                self._append_group(part)

    def section(self) -> Section | None:
        """The conditions as typed; None while one of them, or all of them together, means nothing."""
        conditions = [line.condition for line in self.lines]
        groups = [group.section() for group in self.groups]
        typed = [one for one in (*conditions, *groups) if one is not None]
        if len(typed) < len(conditions) + len(groups) or not typed:
            return None
        return Section(Join(self.join.current), tuple(typed))

    def _append(self, condition: Condition) -> ConditionLine:
        line = ConditionLine(condition, self._values)
        line.edited.connect(self.edited)
        line.removed.connect(lambda: self._remove(line))
        self._column.addWidget(line)
        self.lines.append(line)
        return line

    def _append_group(self, section: Section) -> "ConditionsEditor":
        group = ConditionsEditor(is_group=True)
        group.offer(self._values)
        group.set_section(section)
        group.edited.connect(self.edited)
        group.removed.connect(lambda: self._remove_group(group))
        self._below.addWidget(group)
        self.groups.append(group)
        return group

    def _remove(self, line: ConditionLine) -> None:
        self.lines.remove(line)
        _drop(self._column, line)
        if self._is_group and not self.lines:
            # A group without a condition means nothing.
            self.removed.emit()
        else:
            self.edited.emit()

    def _remove_group(self, group: "ConditionsEditor") -> None:
        self.groups.remove(group)
        _drop(self._below, group)
        self.edited.emit()

    @Slot()
    def _add(self) -> None:
        self._append(_NEW).field.setFocus()
        self.edited.emit()

    @Slot()
    def _on_add_group(self) -> None:
        # The other join: a group that is joined like what is around it changes nothing.
        join = Join.AND if self.join.current == Join.OR else Join.OR
        self._append_group(Section(join, (_NEW,))).lines[0].field.setFocus()
        self.edited.emit()


_NEW = Condition(Field.IDLE_DAYS, Operator.AT_LEAST, 90)
_GROUP_INDENT = 16


def _drop(column: QVBoxLayout, widget: QWidget) -> None:
    column.removeWidget(widget)
    widget.hide()
    widget.deleteLater()
