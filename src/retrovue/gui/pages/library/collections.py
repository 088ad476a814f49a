"""The collections of all servers: their items, what was watched of them, and snapshots kept over time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.collections import Collection, CollectionSnapshot
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.servers.stored import active_servers
from retrovue.gui import text
from retrovue.gui.charts.card import ChartCard
from retrovue.gui.charts.data import ChartData, Mark, Series, hours
from retrovue.gui.charts.line import LineChart
from retrovue.gui.charts.saving import FileSaver
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.exporting import ask_path
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import in_card
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.fields import Field
from retrovue.gui.widgets.labels import label, set_tone
from retrovue.gui.widgets.segments import Segments
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import message_for, show_error
from retrovue.gui.work.tasks import TaskHandle

_SIZE = (880, 620)
_TITLE_WIDTH = 260
"""Of the titles, with the margins of the window."""
CHANGED = ChangeSet(frozenset({"collections"}), "collections")
PLAYS, HOURS, PEOPLE = "plays", "hours", "people"


@dataclass(frozen=True)
class CollectionRow:
    """A collection with its snapshots, oldest first."""

    collection: Collection
    snapshots: Sequence[CollectionSnapshot] = field(default=())

    @property
    def id(self) -> int:
        """That of the collection."""
        return self.collection.id

    @property
    def last(self) -> CollectionSnapshot | None:
        """The latest snapshot."""
        return self.snapshots[-1] if self.snapshots else None


def columns() -> list[Column]:
    """What the table shows."""

    def of_last(value: Callable[[CollectionSnapshot], str]) -> Callable[[CollectionRow], str]:
        return lambda row: text.DASH if row.last is None else value(row.last)

    return [
        Column("title", _("Title"), lambda row: row.collection.title, tooltip=lambda row: row.collection.title),
        Column("server", _("Server"), lambda row: row.collection.server, width=110),
        Column("library", _("Library"), lambda row: row.collection.library or text.DASH, width=110),
        Column("items", _("Items"), lambda row: text.number(row.collection.items), align=RIGHT, width=60),
        Column("home", _("Home screen"), lambda row: _("yes") if row.collection.is_promoted else "", width=96),
        Column("plays", _("Plays"), of_last(lambda one: text.number(one.total_plays)), align=RIGHT, width=64),
        Column("hours", _("Hours"), of_last(lambda one: hours(one.total_duration_s / 3600)), align=RIGHT, width=64),
        Column("people", _("People"), of_last(lambda one: text.number(one.unique_users)), align=RIGHT, width=68),
        Column(
            "at",
            _("Counted"),
            of_last(lambda one: text.ago(one.collected_at, now())),
            align=RIGHT,
            width=112,
            tooltip=lambda row: None if row.last is None else text.exact(row.last.collected_at),
        ),
    ]


def chart_data(snapshots: Sequence[CollectionSnapshot], shown: str) -> ChartData:
    """A point for each snapshot."""
    values: Mapping[str, Callable[[CollectionSnapshot], float]] = {
        PLAYS: lambda one: one.total_plays,
        HOURS: lambda one: one.total_duration_s / 3600,
        PEOPLE: lambda one: one.unique_users,
    }
    names = {PLAYS: _("Plays"), HOURS: _("Hours"), PEOPLE: _("People")}
    marks = tuple(
        Mark(None, text.day(one.collected_at, now()), (float(values[shown](one)),), _mark_name(one))
        for one in snapshots
    )
    data = ChartData(_("Snapshot"), (Series(names[shown], "accent"),), marks, whole=shown != HOURS)
    return data if shown != HOURS else ChartData(data.heading, data.series, data.marks, hours, False)


def _mark_name(one: CollectionSnapshot) -> str:
    at = text.exact(one.collected_at)
    return f"{one.label} · {at}" if one.label else at


class CollectionsDialog(BaseDialog):
    """See the module. Thread: GUI; servers and catalog are asked on lanes."""

    chosen = Signal(object)
    """The ids of collections whose items are wanted in the list."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(_("Collections"), parent)
        self._services = services
        self._handle: TaskHandle | None = None
        self._shown = PLAYS
        self._width = _SIZE[0]
        self.model = ListModel(columns(), parent=self)
        self.table = DataTable(name=_("Collections"))
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.said = label("", FontRole.SMALL, tone="text2", wrap=True)
        self.empty = EmptyState(
            _("No collections yet."),
            _("Collections that your servers have appear here with their items."),
            button=_("Read from the servers"),
            icon="arrows-clockwise",
        )
        self.refresh_button = Button(_("Read from the servers"), kind=ButtonKind.FLAT, icon="arrows-clockwise")
        self.label_field = Field(placeholder=_("Label (optional)"), name=_("Label of the snapshots"))
        self.home_button = Button(_("Count those on the home screen"))
        self.count_button = Button(_("Count selected"), icon="chart-bar")
        self.show_button = Button(_("Show items"), kind=ButtonKind.PRIMARY)
        self.looks = Segments(
            [(PLAYS, _("Plays")), (HOURS, _("Hours")), (PEOPLE, _("People"))], name=_("What the chart shows")
        )
        self.chart = ChartCard(_("Snapshots"), LineChart(_("Snapshots")), with_legend=False)
        self.saver = FileSaver(services.runner, self, ask=ask_path)
        self._build()
        self._connect()
        self.resize(self._width, _SIZE[1])
        self.refresh()

    def _build(self) -> None:
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, column in enumerate(self.model.columns[1:], start=1):
            least = header.fontMetrics().horizontalAdvance(column.title) + 24
            header.resizeSection(place, max(column.width, least))
        # Longer words of other languages take no room from the titles.
        others = sum(header.sectionSize(place) for place in range(1, header.count()))
        self._width = max(_SIZE[0], others + _TITLE_WIDTH)
        top = QHBoxLayout()
        top.addWidget(self.said, 1)
        top.addWidget(self.refresh_button)
        self.content.addLayout(top)
        full = QWidget()
        column_ = QVBoxLayout(full)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.setSpacing(12)
        column_.addWidget(in_card(self.table), 3)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.label_field, 1)
        row.addWidget(self.count_button)
        row.addWidget(self.home_button)
        column_.addLayout(row)
        head = QHBoxLayout()
        head.addStretch(1)
        head.addWidget(self.looks)
        column_.addLayout(head)
        column_.addWidget(self.chart, 2)
        self.stack = QStackedWidget()
        self.stack.addWidget(full)
        self.stack.addWidget(self.empty)
        self.content.addWidget(self.stack, 1)
        self.looks.select(PLAYS)
        close = self.add_button(Button(_("Close")))
        close.clicked.connect(self.reject)
        self.add_button(self.show_button, default=True)

    def _connect(self) -> None:
        self.table.selectionModel().selectionChanged.connect(self._show_selected)
        self.table.doubleClicked.connect(self._on_double_click)
        self.refresh_button.clicked.connect(self.read_servers)
        self.empty.triggered.connect(self.read_servers)
        self.count_button.clicked.connect(lambda: self.count([row.id for row in self.selected()]))
        self.home_button.clicked.connect(
            lambda: self.count([row.id for row in self.model.rows if row.collection.is_promoted])
        )
        self.show_button.clicked.connect(self._on_show)
        self.looks.chosen.connect(self._on_look)
        self.chart.save_requested.connect(self.saver.save)
        self.saver.saved.connect(lambda name: self._services.wrote(_("Chart saved to {name}.").format(name=name)))
        self.saver.failed.connect(self._on_failed)
        self.finished.connect(self._stop)

    # --- what is shown ------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Read what is stored."""
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> list[CollectionRow]:
            from retrovue.core.services.collections.refresh import listed
            from retrovue.core.services.collections.snapshots import kept

            return [CollectionRow(one, kept(context, one)) for one in listed(context)]

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_read)
        handle.failed.connect(lambda error: show_error(self, error))

    @Slot(object)
    def _on_read(self, rows: list[CollectionRow]) -> None:
        self.model.set_rows(rows)
        self.stack.setCurrentIndex(0 if rows else 1)
        self.refresh_button.setVisible(bool(rows))
        if not self._said_more():
            n = len(rows)
            self.said.setText(ngettext("{n} collection", "{n} collections", n).format(n=text.number(n)) if n else "")
        if rows and not self.table.selectionModel().hasSelection():
            self.table.selectRow(0)
        self._show_selected()

    def _said_more(self) -> bool:
        return bool(self.said.property("keeps"))

    def selected(self) -> list[CollectionRow]:
        """The selected collections."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedIndexes()})
        return [self.model.row_at(row) for row in rows]

    @Slot()
    def _show_selected(self) -> None:
        selected = self.selected()
        can = self._handle is None
        promoted = any(row.collection.is_promoted for row in self.model.rows)
        self.show_button.setEnabled(bool(selected))
        self.show_button.setVisible(bool(self.model.rows))
        self.count_button.setEnabled(can and bool(selected))
        self.home_button.setEnabled(can and promoted)
        self.home_button.setToolTip("" if promoted else _("No collection is on a home screen."))
        self.refresh_button.setEnabled(can)
        one = selected[0] if selected else None
        self.chart.set_title(_("Snapshots") if one is None else one.collection.title)
        self.chart.show_data(chart_data(() if one is None else one.snapshots, self._shown))

    @Slot(str)
    def _on_look(self, shown: str) -> None:
        self._shown = shown
        self._show_selected()

    # --- what is done -------------------------------------------------------------------------------------------

    @Slot()
    def read_servers(self) -> None:
        """Ask every server for its collections."""
        context = self._services.context

        def read(token: CancelToken, _report: object) -> str:
            from retrovue.core.services.collections.refresh import refresh

            failed = refresh(context, active_servers(context), token)
            return "\n".join(f"{server.name}: {error.text} {error.hint}".strip() for server, error in failed)

        self._say(_("Reading the collections…"))
        handle = self._start(read)
        handle.succeeded.connect(self._on_servers_read)

    @Slot(object)
    def _on_servers_read(self, failed: str) -> None:
        self._say(failed, tone="danger" if failed else "text2", keeps=bool(failed))
        self._services.runner.changed.emit(CHANGED)
        self.refresh()

    def count(self, ids: Sequence[int]) -> None:
        """Take a snapshot of these collections."""
        context, words = self._services.context, self.label_field.text().strip() or None

        def take(token: CancelToken, _report: object) -> tuple[int, int, str]:
            from retrovue.core.services.collections.snapshots import chosen, take_snapshots

            run = take_snapshots(context, chosen(context, ids=ids), token, label=words)
            why = "; ".join(f"{collection.title}: {reason}" for collection, reason in run.failed)
            return len(run.collected), run.total, why

        self._say(_("Counting…"))
        handle = self._start(take)
        handle.succeeded.connect(self._on_counted)

    @Slot(object)
    def _on_counted(self, done: tuple[int, int, str]) -> None:
        collected, total, why = done
        said = ngettext(
            "{collected} of {total} collection counted.", "{collected} of {total} collections counted.", total
        )
        words = said.format(collected=text.number(collected), total=text.number(total))
        self._say(f"{words} {why}".strip(), tone="danger" if why else "text2", keeps=True)
        self.refresh()

    def _start(self, work: Callable[[CancelToken, Callable[[object], None]], object]) -> TaskHandle:
        handle = self._services.runner.submit(work, lane=Lane.REPORT, of="collections")
        self._handle = handle
        handle.failed.connect(self._on_failed)
        handle.finished.connect(self._on_finished)
        self._show_selected()
        return handle

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        said = message_for(error)
        self._say(f"{said.text} {said.hint}".strip(), tone="danger", keeps=True)

    @Slot()
    def _on_finished(self) -> None:
        self._handle = None
        self._show_selected()

    def _say(self, words: str, *, tone: str = "text2", keeps: bool = False) -> None:
        self.said.setProperty("keeps", keeps)
        set_tone(self.said, tone)
        self.said.setText(words)

    @Slot()
    def _stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()

    @Slot()
    def _on_show(self) -> None:
        ids = tuple(row.id for row in self.selected())
        if ids:
            self.chosen.emit(ids)
            self.accept()

    @Slot(QModelIndex)
    def _on_double_click(self, _index: QModelIndex) -> None:
        self._on_show()
