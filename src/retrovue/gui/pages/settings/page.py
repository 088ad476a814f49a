"""The Settings page: one section at a time, chosen on the left; a search shows the rows that fit, of all of them."""

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QPersistentModelIndex, QRect, QSize, Qt, Slot
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.monitor.notices import NoticeText, Told
from retrovue.core.services.upkeep.updates import release_address
from retrovue.core.system.settings import Settings
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.settings import sections
from retrovue.gui.pages.settings.alerts import AlertsSection
from retrovue.gui.pages.settings.data import DataSection
from retrovue.gui.pages.settings.forwarding import ForwardingList
from retrovue.gui.pages.settings.rows import SettingsSection
from retrovue.gui.pages.settings.sharing import SharingSection
from retrovue.gui.pages.settings.signins import SignInsSection
from retrovue.gui.pages.settings.updates import UpdateRow
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, Theme, at_least, font
from retrovue.gui.widgets.card import hairline
from retrovue.gui.widgets.empty import EmptyState
from retrovue.gui.widgets.fields import SearchField
from retrovue.gui.widgets.page import Page, PageHead
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

_LIST_WIDTH, _MOST_LIST_WIDTH = 208, 300
_NAME_HEIGHT = 34
_PLATE, _ICON_INSET, _TITLE_INSET, _END_INSET = 8, 10, 38, 6
"""Around a section's plate, and from its edges to icon and title."""
_MARGIN = 24
_MAX_WIDTH = 640
_MAX_WIDE = 912
_ICON_ROLE = Qt.ItemDataRole.UserRole + 1
_AUTOSTART = ("autostart", "start_minimised")


def _width_of(title: str) -> int:
    """What a section's title needs while it is chosen, in px."""
    # Two more: what is elided is measured with fractions.
    return 2 * _PLATE + _TITLE_INSET + QFontMetrics(font(FontRole.STRONG)).horizontalAdvance(title) + _END_INSET + 2


class _Names(QStyledItemDelegate):
    """Icon and title of a section, on a plate while it is chosen."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QPersistentModelIndex) -> None:  # type: ignore[override]
        active = tokens.of(self._view.palette())
        rect: QRect = option.rect.adjusted(_PLATE, 1, -_PLATE, -1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(active.color("selection" if chosen else "hover"))
            painter.drawRoundedRect(rect, 6, 6)
        name = index.data(_ICON_ROLE)
        filled = f"{name}-fill"
        icon = QRect(rect.left() + _ICON_INSET, rect.center().y() - 8, 18, 18)
        ink = active.color("accent" if chosen else "text2")
        icons.paint(painter, icon, filled if chosen and filled in icons.icon_names() else name, ink)
        painter.setFont(font(FontRole.STRONG if chosen else FontRole.BODY))
        painter.setPen(active.color("text" if chosen else "text2"))
        room = rect.adjusted(_TITLE_INSET, 0, -_END_INSET, 0)
        words = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words)
        painter.restore()


class SettingsPage(Page):
    """See the module. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._saving = 0
        self.head = PageHead(_("Settings"))
        self.head.set_subtitle(_("Changes are saved automatically"))
        self.search = SearchField(placeholder=_("Search settings"))
        self.search.setFixedWidth(300)
        self.search.textChanged.connect(self._show_sections)
        self.data = DataSection(services)
        self.alerts = AlertsSection(ForwardingList(services))
        self.alerts.test_wanted.connect(self._send_test)
        general = sections.general()
        self.updates = UpdateRow(general, services, release_address())
        self.sections: list[SettingsSection] = [
            general,
            sections.appearance(),
            self.alerts,
            sections.sync(),
            sections.files(),
            sections.cleanup(),
            self.data,
            SignInsSection(services),
            SharingSection(services),
            sections.advanced(),
        ]
        self.names = self._make_names()
        self.nothing = EmptyState(_("No settings match."), button=_("Clear search"))
        self.nothing.triggered.connect(self.search.clear)
        self._build()
        for section in self.sections:
            section.changed.connect(self._change)
        self.names.setCurrentRow(0)
        self._show(services.context.settings)

    def _make_names(self) -> QListWidget:
        names = QListWidget()
        names.setAccessibleName(_("Sections"))
        names.setFrameShape(QListWidget.Shape.NoFrame)
        names.setProperty("surface", "window")
        names.setMouseTracking(True)
        names.setItemDelegate(_Names(names))
        for section in self.sections:
            item = QListWidgetItem(section.title)
            item.setData(_ICON_ROLE, section.icon)
            item.setSizeHint(QSize(_width_of(section.title), at_least(_NAME_HEIGHT, names.fontMetrics())))
            names.addItem(item)
        widest = max(_width_of(section.title) for section in self.sections)
        names.setFixedWidth(max(_LIST_WIDTH, min(_MOST_LIST_WIDTH, widest)))
        names.setViewportMargins(0, 10, 0, 8)
        names.currentRowChanged.connect(self._on_chosen)
        return names

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 24, 0)
        head.addWidget(self.head, 1)
        head.addWidget(self.search)
        column.addLayout(head)
        column.addWidget(hairline())
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.names)
        row.addWidget(hairline(vertical=True))
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._inside = QWidget()
        body = self._body = QVBoxLayout(self._inside)
        body.setContentsMargins(_MARGIN, 16, _MARGIN, _MARGIN)
        body.setSpacing(24)
        for section in self.sections:
            section.setMaximumWidth(_MAX_WIDE if section is self.alerts else _MAX_WIDTH)
            body.addWidget(section)
        body.addWidget(self.nothing)
        body.addStretch(1)
        self._area.setWidget(self._inside)
        self._area.verticalScrollBar().rangeChanged.connect(self._keep_edge)
        row.addWidget(self._area, 1)
        column.addLayout(row, 1)

    @Slot(int, int)
    def _keep_edge(self, _low: int, high: int) -> None:
        """Let cards end under the search field, with a scroll bar beside them and without one."""
        bar = self._area.verticalScrollBar().sizeHint().width() if high > 0 else 0
        self._body.setContentsMargins(_MARGIN, 16, _MARGIN - bar, _MARGIN)

    # --- what the frame asks for --------------------------------------------------------------------------------

    def activate(self) -> None:
        """Show the settings as they are now."""
        self.refresh()

    def refresh(self) -> None:
        """Read what other programs may have changed."""
        self._show(self._services.context.settings)
        for section in self.sections:
            section.refresh()

    def start_search(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()

    def escape(self) -> bool:
        """Esc clears the search."""
        if not self.search.text():
            return False
        self.search.clear()
        return True

    def show_argument(self, argument: object) -> None:
        """The title or the icon of a section opens it; "restore", or the path of a backup, the list of backups."""
        if argument == "restore" or isinstance(argument, Path):
            self.names.setCurrentRow(self.sections.index(self.data))
            self.data.restorer.open(argument if isinstance(argument, Path) else None)
            return
        for row, section in enumerate(self.sections):
            if argument in (section.title, section.icon):
                self.names.setCurrentRow(row)

    # --- what is done -------------------------------------------------------------------------------------------

    def _show(self, settings: Settings) -> None:
        for section in self.sections:
            section.show_settings(settings)
            section.lock(self._services.context.settings_store.overridden_by)

    @Slot(str, object)
    def _change(self, name: str, value: object) -> None:
        context = self._services.context
        store = context.settings_store
        if getattr(store.current, name) == value:
            return

        def save(_token: CancelToken, _report: object) -> Settings:
            if name == "notices" and isinstance(value, dict):
                # Merged here: of two quick clicks the second must not be based on what was before the first.
                return store.update(notices={**store.current.notices, **value})
            before = getattr(store.current, name)
            settings = store.update(**{name: value})
            if name in _AUTOSTART:
                try:
                    context.apply_autostart()
                except Exception:
                    # The setting says what is so: an entry that cannot be written is none.
                    store.update(**{name: before})
                    raise
            return settings

        self._saving += 1
        handle = self._services.runner.submit(save, lane=Lane.SETTINGS)
        handle.succeeded.connect(self._on_saved)
        handle.failed.connect(self._on_refused)
        handle.finished.connect(self._on_save_ended)

    @Slot()
    def _on_save_ended(self) -> None:
        """Show what is kept once nothing is on its way any more: an older answer would undo a newer change."""
        self._saving -= 1
        if not self._saving:
            self._show(self._services.context.settings)

    @Slot(object)
    def _on_saved(self, settings: Settings) -> None:
        self._services.theme.set_choice(Theme(settings.appearance))
        if self._services.sharing is not None:
            self._services.sharing.apply()
        session = self._services.context.log_session
        if session is not None:
            session.set_level(settings.log_level.upper())

    @Slot(object)
    def _on_refused(self, error: BaseException) -> None:
        show_error(self, error)

    @Slot()
    def _send_test(self) -> None:
        said = NoticeText(_("Test notification"), _("RetroVue notifications look like this."), "test", None)
        self._services.monitor.teller.loud.emit(Told(said, "test", datetime.now(UTC)))

    @Slot(int)
    def _on_chosen(self, row: int) -> None:
        if row < 0:
            return
        if self.search.text():
            self._area.ensureWidgetVisible(self.sections[row], 0, 40)
            return
        self._show_sections()
        self._area.verticalScrollBar().setValue(0)

    @Slot()
    def _show_sections(self) -> None:
        needle = self.search.text().strip().casefold()
        found = False
        for row, section in enumerate(self.sections):
            fits = section.filter(needle)
            found = found or fits
            section.setVisible(fits if needle else row == self.names.currentRow())
            self.names.item(row).setHidden(not fits)
        self.nothing.setVisible(not found)
