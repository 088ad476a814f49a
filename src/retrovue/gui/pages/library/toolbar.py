"""Search, what is listed, which server, columns, table or posters, export: the line above the chips."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from retrovue.core.domain.browse import View
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _, ngettext
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.fields import ComboBox, SearchField
from retrovue.gui.widgets.page import FOLD_WIDTH, PAGE_MARGIN
from retrovue.gui.widgets.segments import Segments

SEARCH_DELAY_MS = 150
TABLE, POSTERS = "table", "posters"
_WITH_POSTERS = (View.SHOWS, View.MOVIES)


class Toolbar(QWidget):
    """See the module. Thread: GUI."""

    searched = Signal(str)
    view_chosen = Signal(object)
    """A `View`."""
    look_chosen = Signal(bool)
    """Whether posters are wanted."""
    server_chosen = Signal(object)
    """A server id, or None for all."""
    grouping_chosen = Signal(bool)
    """Whether a title that several servers hold is wanted once."""

    def __init__(self, export_menu: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 0)
        row.setSpacing(8)
        self.search = SearchField(_("Search titles, paths and IDs"), delay_ms=SEARCH_DELAY_MS)
        self.search.setMaximumWidth(340)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.search.searched.connect(self.searched)
        row.addWidget(self.search, 3)
        self.views = Segments(
            [
                (View.SHOWS.value, _("Shows")),
                (View.MOVIES.value, _("Movies")),
                (View.EPISODES.value, _("Episodes")),
                (View.FILES.value, _("Files")),
            ],
            name=_("What to list"),
        )
        self.views.chosen.connect(lambda key: self.view_chosen.emit(View(key)))
        row.addWidget(self.views)
        row.addStretch(1)
        self.servers = ComboBox(name=_("Server"))
        self.servers.setMinimumWidth(130)
        self.servers.activated.connect(self._on_server)
        row.addWidget(self.servers)
        self.group_button = Button(icon="stack", name=_("Group the same title across servers"))
        self.group_button.setCheckable(True)
        self.group_button.toggled.connect(self.grouping_chosen)
        row.addWidget(self.group_button)
        self.columns_button = Button(icon="columns", name=_("Choose columns"))
        row.addWidget(self.columns_button)
        self.collections_button = Button(icon="bookmark", name=_("Collections"))
        row.addWidget(self.collections_button)
        self.looks = Segments(
            [(TABLE, _("Table")), (POSTERS, _("Posters"))], icons_of={TABLE: "list", POSTERS: "grid"}, name=_("View")
        )
        self.looks.chosen.connect(lambda key: self.look_chosen.emit(key == POSTERS))
        # Where there is nothing to choose its place stays free, and what is beside it where it is.
        place = self.looks.sizePolicy()
        place.setRetainSizeWhenHidden(True)
        self.looks.setSizePolicy(place)
        row.addWidget(self.looks)
        self.export_button = Button(_("Export view"), icon="export")
        self.export_button.setMenu(export_menu)
        row.addWidget(self.export_button)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_servers([], ())

    def set_servers(self, servers: Sequence[Server], chosen: tuple[int, ...]) -> None:
        """Offer these servers; with one alone there is nothing to choose."""
        self.servers.clear()
        self.servers.addItem(_("All servers"), None)
        for server in servers:
            self.servers.addItem(server.name, server.id)
        if len(chosen) > 1:
            n = len(chosen)
            self.servers.addItem(ngettext("{n} server", "{n} servers", n).format(n=n), chosen)
            self.servers.setCurrentIndex(self.servers.count() - 1)
        else:
            self.servers.setCurrentIndex(max(0, self.servers.findData(chosen[0])) if chosen else 0)
        self._server_count = len(servers)
        self._fold()

    def show_view(self, view: View, *, posters: bool) -> None:
        """Mark what is shown."""
        self.views.select(view.value)
        self.looks.select(POSTERS if posters else TABLE)
        self.looks.setVisible(view in _WITH_POSTERS)
        self.columns_button.setEnabled(not posters)

    def show_grouping(self, *, on: bool, is_possible: bool) -> None:
        """Mark whether titles are grouped; with one server alone there is nothing to group."""
        self.group_button.blockSignals(True)
        self.group_button.setChecked(on)
        self.group_button.blockSignals(False)
        self.group_button.setVisible(is_possible)

    @Slot(int)
    def _on_server(self, place: int) -> None:
        chosen = self.servers.itemData(place)
        if not isinstance(chosen, tuple):
            self.server_chosen.emit(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold with the window."""
        super().resizeEvent(event)
        self._fold()

    def event(self, event: QEvent) -> bool:
        """Fold before the layout asks for more room than there is."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.ParentChange):
            self._fold()
        return super().event(event)

    def _fold(self) -> None:
        narrow = self.window().width() < FOLD_WIDTH
        label = "" if narrow else _("Export view")
        if self.export_button.text() != label:
            self.export_button.setText(label)
            self.export_button.setToolTip(_("Export view"))
            self.export_button.setAccessibleName(_("Export view"))
            self.export_button.updateGeometry()
        self.servers.setVisible(self._server_count > 1 and not narrow)
