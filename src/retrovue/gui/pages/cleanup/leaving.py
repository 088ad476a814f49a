"""What is leaving soon by a rule: what is due when, what a play has saved, and the lists so far."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHeaderView, QStackedWidget, QWidget

from retrovue.core.i18n import _, ngettext
from retrovue.core.services.cleanup.leaving import Kept
from retrovue.core.services.cleanup.words import level_name, rule_name
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, room_for_dates
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import in_card
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.segments import Segments

LEAVING, LEFT, LISTS = "leaving", "left", "lists"


class LeavingDialog(BaseDialog):
    """Three tables of one kept list, and whether it is made day by day. Thread: GUI."""

    tracked = Signal(bool)
    """The person wants the list of the rule day by day, or no longer."""

    def __init__(self, kept: Kept, parent: QWidget, *, is_tracked: bool, days: int) -> None:
        super().__init__(_("Leaving soon"), parent)
        now = datetime.now(UTC)
        self.content.addWidget(label(f"{rule_name(kept.rule)} · {level_name(kept.level)}", FontRole.SECTION))
        words = ngettext(
            "A tracked rule makes its list once a day. What enters it is due after {n} day, unless someone plays it.",
            "A tracked rule makes its list once a day. What enters it is due after {n} days, unless someone plays it.",
            days,
        )
        remark = label(words.format(n=days), tone="text2")
        remark.setWordWrap(True)
        self.content.addWidget(remark)
        self.track = QCheckBox(_("Track this rule"))
        self.track.setChecked(is_tracked)
        self.track.toggled.connect(self.tracked)
        self.content.addWidget(self.track)
        counts = ((LEAVING, _("Leaving soon"), kept.leaving), (LEFT, _("Left the list"), kept.left))
        choices = [(key, f"{name} {text.number(len(rows))}") for key, name, rows in counts]
        self.switch = Segments([*choices, (LISTS, _("Lists so far"))], name=_("Leaving soon"))
        self.switch.chosen.connect(self._on_chosen)
        self.content.addWidget(self.switch)
        self.stack = QStackedWidget()
        self.stack.setMinimumSize(680, 300)
        self.tables: dict[str, DataTable] = {}
        self._add(LEAVING, _leaving_columns(now), kept.leaving, _("Nothing is leaving soon."))
        self._add(LEFT, _left_columns(now), kept.left, _("Nothing has left the list."))
        self._add(LISTS, _list_columns(now), kept.runs, _("No list was made yet."))
        self.content.addWidget(in_card(self.stack), 1)
        close = self.add_button(Button(_("Close")), default=True)
        close.clicked.connect(self.accept)

    def _add(self, key: str, columns: list[Column], rows: Sequence[Any], empty: str) -> None:
        if not rows:
            self.stack.addWidget(EmptyState(empty, _("Track the rule to make its list day by day.")))
            return
        model = ListModel(columns, parent=self)
        # Rows of a list need an id of their own.
        model.set_rows([_Row(str(number), row) for number, row in enumerate(rows)])
        table = DataTable(name=self.switch.segment(key).text())
        table.setModel(model)
        for place, column in enumerate(columns):
            table.setColumnWidth(place, column.width)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tables[key] = table
        self.stack.addWidget(table)

    @Slot(str)
    def _on_chosen(self, key: str) -> None:
        self.stack.setCurrentIndex((LEAVING, LEFT, LISTS).index(key))


class _Row:
    """A row with its place as its id."""

    def __init__(self, number: str, of: Any) -> None:
        self.id = number
        self.of = of


def _of(read: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda row: read(row.of)


def _day(at: int | None, now: datetime) -> str:
    return "" if at is None else text.day(datetime.fromtimestamp(at, UTC), now)


def _leaving_columns(now: datetime) -> list[Column]:
    title = _of(lambda one: one.listed.title)
    return [
        Column("title", _("Title"), title, width=320, tooltip=title),
        Column(
            "entered", _("Entered"), _of(lambda one: _day(one.listed.entered_at, now)), width=room_for_dates(least=110)
        ),
        Column("due", _("Due"), _of(lambda one: _day(one.due_at, now)), width=room_for_dates(least=110)),
        Column("size", _("Size"), _of(lambda one: text.size(one.listed.size_bytes)), align=RIGHT, width=90),
    ]


def _left_columns(now: datetime) -> list[Column]:
    why = {"played": _("Played"), "gone": _("Its files are gone"), "changed": _("No longer matches the rule")}
    title = _of(lambda one: one.title)
    return [
        Column("title", _("Title"), title, width=290, tooltip=title),
        Column("left", _("Left"), _of(lambda one: _day(one.left_at, now)), width=room_for_dates(least=110)),
        Column("why", _("Why"), _of(lambda one: why.get(one.left_why, "")), width=160),
        Column("size", _("Size"), _of(lambda one: text.size(one.size_bytes)), align=RIGHT, width=90),
    ]


def _list_columns(now: datetime) -> list[Column]:
    def number(read: Callable[[Any], int]) -> Callable[[Any], str]:
        return lambda row: text.number(read(row.of))

    return [
        Column("made", _("Made"), _of(lambda one: _day(one.at, now)), width=room_for_dates(least=130)),
        Column("items", _("Titles"), number(lambda one: one.items), align=RIGHT, width=80),
        Column("size", _("Size"), _of(lambda one: text.size(one.total_bytes)), align=RIGHT, width=90),
        Column("entered", _("Entered"), number(lambda one: one.entered), align=RIGHT, width=90),
        Column("gone", _("Left"), number(lambda one: one.left), align=RIGHT, width=80),
        Column("saved", _("Saved by a play"), number(lambda one: one.saved), align=RIGHT, width=120),
        Column("freed", _("Freed"), _of(lambda one: text.size(one.freed_bytes)), align=RIGHT, width=80),
    ]
