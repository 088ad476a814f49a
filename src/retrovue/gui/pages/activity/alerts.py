"""The record of alerts: what a desktop that does not disturb has swallowed stands here."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QModelIndex, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.notices import StoredNotice
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.alerts.events import PROBLEMS, icon_of
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.tables.cells import LOOK_ROLE, StateDelegate
from retrovue.gui.tables.columns import ROW_ROLE, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, Index, room_for
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.segments import Segments
from retrovue.gui.widgets.states import StateLook

_DOT = 7


def look_of(notice: StoredNotice) -> StateLook:
    """The shape of its event, in the color of a warning where something failed."""
    icon = icon_of(notice.event)
    if notice.read_at is not None:
        return StateLook(icon, "text2", notice.title)
    return StateLook(icon, "warning" if notice.event in PROBLEMS else "accent", notice.title)


class AlertDelegate(StateDelegate):
    """Unread alerts are bold and begin with a dot; read ones step back."""

    def paint_content(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint dot, then the cell."""
        notice: StoredNotice = index.data(ROW_ROLE)
        is_unread = notice.read_at is None
        active = tokens.of(self._view.palette())
        painter.setFont(font(FontRole.STRONG if is_unread else FontRole.BODY))
        if index.data(LOOK_ROLE) is not None:
            super().paint_content(painter, rect, index)
            return
        if index.column() == 0:
            if is_unread:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(active.color("accent"))
                painter.drawEllipse(QRectF(rect.x(), rect.center().y() - _DOT / 2 + 1, _DOT, _DOT))
            rect = rect.adjusted(_DOT + 8, 0, 0, 0)
        else:
            painter.setFont(font(FontRole.BODY))
        painter.setPen(active.color("text" if is_unread else "text2"))
        words = index.data(Qt.ItemDataRole.DisplayRole) or ""
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)


def _when_tip(notice: StoredNotice) -> str:
    exact = text.exact(notice.at)
    return exact if notice.read_at is not None else _("{when} · unread").format(when=exact)


class AlertsDialog(BaseDialog):
    """The alerts, newest first. Show it with `open()`. Thread: GUI."""

    mark_read = Signal()
    """A person has seen them all."""
    chosen = Signal(object)
    """A `StoredNotice` whose matter is to be shown; it counts as read."""
    settings_wanted = Signal()

    def __init__(self, notices: Sequence[StoredNotice], now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(_("Alerts"), parent)
        self.resize(880, 500)
        self._notices: Sequence[StoredNotice] = ()
        self.content.addWidget(label(_("Alerts"), FontRole.PAGE_TITLE))
        choices = [("all", _("All")), ("unread", _("Unread")), ("problems", _("Problems"))]
        self.shown = Segments(choices, name=_("Show alerts"))
        self.shown.chosen.connect(self._show)
        self.summary = label(tone="text2")
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.shown)
        row.addWidget(self.summary, 1)
        self.content.addLayout(row)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._make_table(now))
        self.empty = EmptyState(_("No alerts yet."), link=_("Choose which events raise alerts"))
        self.empty.link_triggered.connect(self._open_settings)
        self.stack.addWidget(self.empty)
        self.content.addWidget(self.stack, 1)
        self.read_button = self.add_button(Button(_("Mark all as read")), leading=True)
        self.read_button.clicked.connect(self.mark_read)
        self.open_button = self.add_button(Button(_("Open"), icon="arrow-right"))
        self.open_button.clicked.connect(self._open_current)
        close = self.add_button(Button(_("Close"), kind=ButtonKind.PRIMARY), default=True)
        close.clicked.connect(self.accept)
        self.show_notices(notices)

    def _make_table(self, now: datetime) -> QWidget:
        card = Card(padded=False)
        self.table = DataTable(name=_("Alerts"))
        columns = [
            Column(
                "when",
                _("When"),
                lambda notice: text.when_cell(notice.at, now),
                width=160,
                tooltip=_when_tip,
            ),
            Column("title", _("Alert"), lambda notice: notice.title, width=260, roles={LOOK_ROLE: look_of}),
            Column(
                "body",
                _("Details"),
                lambda notice: notice.body.replace("\n", " · "),
                tooltip=lambda notice: notice.body or None,
            ),
        ]
        self.model = ListModel(columns, parent=self)
        self.table.setModel(self.model)
        for place in (0, 1):
            self.table.setColumnWidth(place, room_for(columns[place]))
        self.table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegate(AlertDelegate(self.table))
        self.table.activated.connect(self._on_activated)
        self.table.selectionModel().currentRowChanged.connect(self._show_buttons)
        card.body.addWidget(self.table)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)
        return holder

    def show_notices(self, notices: Sequence[StoredNotice]) -> None:
        """Show these, newest first."""
        self._notices = notices
        self._show()

    @Slot()
    def _show(self) -> None:
        unread = sum(notice.read_at is None for notice in self._notices)
        total = len(self._notices)
        if unread:
            said = _("{unread} of {total} unread").format(unread=text.number(unread), total=text.number(total))
        else:
            said = _("All read") if total else ""
        self.summary.setText(said)
        self.read_button.setEnabled(bool(unread))
        wanted = self.shown.current
        shown = [
            notice
            for notice in self._notices
            if wanted == "all"
            or (wanted == "unread" and notice.read_at is None)
            or (wanted == "problems" and notice.event in PROBLEMS)
        ]
        self.model.set_rows(shown)
        self.stack.setCurrentIndex(0 if shown else 1)
        if not total:
            self.empty.set_texts(_("No alerts yet."), _("Alerts are kept here, even while notifications are paused."))
        elif not shown:
            self.empty.set_texts(_("No unread alerts.") if wanted == "unread" else _("No problems."))
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        self.open_button.setEnabled(self.stack.currentIndex() == 0 and self.table.currentIndex().isValid())

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.chosen.emit(self.model.row_at(index.row()))
        self.accept()

    @Slot()
    def _open_current(self) -> None:
        if self.table.currentIndex().isValid():
            self._on_activated(self.table.currentIndex())

    @Slot()
    def _open_settings(self) -> None:
        self.settings_wanted.emit()
        self.accept()
