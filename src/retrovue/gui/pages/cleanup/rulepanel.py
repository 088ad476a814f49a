"""The rules of the clean-up list: choosing one, editing it, saving it, and how far the history reaches."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from PySide6.QtCore import QEvent, QItemSelection, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QHeaderView, QScrollArea, QStyle, QVBoxLayout, QWidget

from retrovue.core.domain.cleanup.facts import Facts
from retrovue.core.domain.cleanup.rules import Field as ConditionField
from retrovue.core.domain.cleanup.rules import Rule
from retrovue.core.i18n import _
from retrovue.core.services.cleanup import words
from retrovue.gui import text
from retrovue.gui.pages.cleanup.conditions import ConditionsEditor, Values
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, room_for
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card, SectionHead, hairline
from retrovue.gui.widgets.fields import Field
from retrovue.gui.widgets.labels import label

_RULES_HEIGHT = 236
_LEAST_WIDTH, _MOST_WIDTH = 316, 460
"""In px: the design's, and as much as the names of the fields may ask for in a language of longer words."""


@dataclass(frozen=True)
class RuleRow:
    """A rule with what it means. `count` None: not counted yet."""

    id: str
    rule: Rule
    count: int | None = None
    size_bytes: int = 0


class RulePanel(Card):
    """The left side of the tab. Thread: GUI."""

    chosen = Signal(object)
    """Another `Rule` is in front."""
    edited = Signal(object)
    """The rule in front with other conditions."""
    marks_wanted = Signal()
    """A condition is about collections or tags."""
    save_wanted = Signal(object)
    remove_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padded=False, parent=parent)
        self._rule: Rule | None = None
        self.setFixedWidth(_LEAST_WIDTH)
        self.model = ListModel(
            [
                Column("name", _("Rule"), lambda row: words.rule_name(row.rule), tooltip=_conditions),
                Column("count", _("Titles"), _count, align=RIGHT, width=56),
                Column("size", _("Size"), _size, align=RIGHT, width=76),
            ],
            parent=self,
        )
        self.table = DataTable(name=_("Rules"))
        self.table.setModel(self.model)
        self.table.setSelectionMode(DataTable.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, column in enumerate(self.model.columns[1:], start=1):
            self.table.setColumnWidth(place, room_for(column))
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.body.addWidget(self.table)
        self.body.addWidget(hairline())
        self.body.addWidget(self._editing(), 1)
        self.body.addWidget(hairline())
        self.body.addWidget(self._reaching())

    def _editing(self) -> QWidget:
        # A frame, so that it has the color of the card instead of the window's.
        content = QFrame()
        content.setProperty("surface", "base")
        column = QVBoxLayout(content)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        self.name = Field(placeholder=_("Name of the rule"))
        self.editor = ConditionsEditor()
        self.editor.edited.connect(self._on_edited)
        self.save = Button(_("Save rule"), kind=ButtonKind.SECONDARY)
        self.save.clicked.connect(self._on_save)
        self.remove = Button(_("Remove"), kind=ButtonKind.SECONDARY)
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self._rule))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.save)
        row.addWidget(self.remove)
        row.addStretch(1)
        column.addWidget(self.editor)
        column.addWidget(self.name)
        column.addLayout(row)
        column.addStretch(1)
        content.installEventFilter(self)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        return area

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The conditions are others: none may reach over the edge, since there is no scrolling sideways."""
        if event.type() == QEvent.Type.LayoutRequest and isinstance(watched, QWidget):
            bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
            wanted = watched.minimumSizeHint().width() + bar + 2
            self.setFixedWidth(max(_LEAST_WIDTH, min(_MOST_WIDTH, wanted)))
        return False

    def _reaching(self) -> QWidget:
        widget = QWidget()
        column = QVBoxLayout(widget)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(4)
        column.addWidget(SectionHead(_("How far history reaches")))
        self.reach = label("", tone="text2")
        self.reach.setWordWrap(True)
        column.addWidget(self.reach)
        return widget

    # --- what is shown ----------------------------------------------------------------------------------------------

    def set_rules(self, rows: Sequence[RuleRow], current: str) -> None:
        """Show the rules with what they mean, and choose one."""
        self.model.set_rows(rows)
        # No higher than its rows, so that the conditions have the room; presets and one saved rule without scrolling.
        row, header = self.table.verticalHeader().defaultSectionSize(), self.table.horizontalHeader()
        high = header.minimumHeight() + len(rows) * row + 2 * self.table.frameWidth() + 2
        self.table.setFixedHeight(min(high, max(_RULES_HEIGHT, high // 2)))
        place = self.model.row_of(current)
        if place >= 0 and self.table.currentIndex().row() != place:
            self.table.selectRow(place)

    def set_reach(self, facts: Facts, now: datetime) -> None:
        """Say since when plays are known, server by server, and where statistics are too old."""
        lines: dict[int, str] = {}
        for one in facts.origins:
            if not one.is_enabled:
                continue
            begins = None if one.history_from is None else datetime.fromtimestamp(one.history_from, UTC)
            known = _("{server} since {day}").format(server=one.server, day=text.day(begins, now)) if begins else ""
            lines[one.server_id] = known or _("{server}: no history").format(server=one.server)
        doubts = words.doubts(facts, lambda at: text.day(datetime.fromtimestamp(at, UTC), now))
        self.reach.setText("\n".join({**lines, **doubts}.values()))

    def offer(self, values: Values) -> None:
        """What conditions on names complete to."""
        self.editor.offer(values)

    def show_rule(self, rule: Rule) -> None:
        """Edit a rule; a preset is edited as a new one."""
        self._rule = rule
        self.editor.set_section(rule.where)
        self.name.setText("" if rule.id is None else rule.name)
        self.remove.setVisible(rule.id is not None)

    @Slot(QItemSelection, QItemSelection)
    def _on_selection(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            row = self.model.row_at(index.row())
            self.show_rule(row.rule)
            self.chosen.emit(row.rule)

    @property
    def typed(self) -> Rule | None:
        """The rule as it is typed; None while it means nothing."""
        where = self.editor.section()
        if self._rule is None or where is None:
            return None
        return self._rule if where == self._rule.where else replace(self._rule, where=where)

    @Slot()
    def _on_edited(self) -> None:
        typed = self.typed
        self.save.setEnabled(typed is not None)
        if self.editor.fields & {ConditionField.COLLECTION, ConditionField.TAG}:
            self.marks_wanted.emit()
        if typed is not None:
            self.edited.emit(typed)

    @Slot()
    def _on_save(self) -> None:
        typed, name = self.typed, self.name.text().strip()
        if not name:
            self.name.setFocus()
        elif typed is not None:
            self.save_wanted.emit(replace(typed, name=name, id=None))


def _conditions(row: RuleRow) -> str:
    return words.section_text(row.rule.where)


def _count(row: RuleRow) -> str:
    return "…" if row.count is None else text.number(row.count)


def _size(row: RuleRow) -> str:
    return "" if row.count is None else text.size(row.size_bytes)
