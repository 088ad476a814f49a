"""The plain pages of the wizard: kind of server, libraries, and the last one."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from retrovue.core.domain.servers import RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.i18n import _
from retrovue.core.services.words import library_kind
from retrovue.core.system.secrets import SecretPlace
from retrovue.gui.pages.servers.dialogs import consent_text
from retrovue.gui.pages.servers.wizard_parts import WizardPage
from retrovue.gui.tables.views import Index
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, at_least, font, paint_focus_ring
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import Field, FieldBlock
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import ServerKindTile

_REMARK_ROLE = Qt.ItemDataRole.UserRole + 1


class _KindCard(QFrame):
    """A kind of server; a click anywhere on the card chooses it."""

    def __init__(self, kind: ServerKind, text: str) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 12, 14, 12)
        row.setSpacing(14)
        row.addWidget(ServerKindTile(kind.value, size=32))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(kind.label, FontRole.STRONG))
        words.addWidget(label(text, FontRole.SMALL, tone="text2", wrap=True))
        row.addLayout(words, 1)
        self.button = QRadioButton()
        self.button.setAccessibleName(kind.label)
        self.button.setAccessibleDescription(text)
        row.addWidget(self.button)
        self.button.toggled.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring of the chosen one: arrow keys move the choice and the keyboard together."""
        super().paintEvent(event)
        if self.button.isChecked():
            painter = QPainter(self)
            paint_focus_ring(painter, QRectF(self.rect()), tokens.of(self.palette()).color("accent"), 8)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose it."""
        self.button.setChecked(True)
        self.button.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mousePressEvent(event)


class KindPage(WizardPage):
    """Which product the server runs."""

    def __init__(self, kinds: tuple[ServerKind, ...]) -> None:
        super().__init__(_("Server type"), _("RetroVue only reads. Nothing on your server is changed."))
        self._group = QButtonGroup(self)
        self._kinds = kinds
        texts = {
            ServerKind.PLEX: _("Plex Media Server, your own or one shared with you"),
            ServerKind.EMBY: _("Emby Server 4.8 or newer"),
            ServerKind.JELLYFIN: _("Jellyfin 10.8 or newer"),
        }
        for number, kind in enumerate(kinds):
            card = _KindCard(kind, texts[kind])
            card.button.setChecked(number == 0)
            self._group.addButton(card.button, number)
            self.column.addWidget(card)
        self.column.addStretch(1)

    @property
    def kind(self) -> ServerKind:
        """The chosen kind."""
        return self._kinds[self._group.checkedId()]

    def choose(self, kind: ServerKind) -> None:
        """Choose another kind: the server turned out to be of that one."""
        self._group.button(self._kinds.index(kind)).setChecked(True)

    def enter(self) -> None:
        """Arrow keys choose at once."""
        button = self._group.checkedButton()
        if button is not None:
            button.setFocus()


def _choose_text() -> str:
    return _("Choose what to import. You can change this at any time.")


def _answered(info: ServerInfo) -> str:
    """Who was met, as whom."""
    server = f"{info.kind.label} {info.version}"
    if not info.account:
        return _("Connected to {name} ({server}).").format(name=info.name, server=server)
    text = _("Connected to {name} ({server}). You are signed in as {account}.")
    return text.format(name=info.name, server=server, account=info.account)


class _LibraryDelegate(QStyledItemDelegate):
    """Check box and name, and at the right what the library holds."""

    def __init__(self, view: QListWidget) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        active = tokens.of(self._view.palette())
        place: QRect = option.rect.adjusted(8, 0, -12, 0)
        painter.save()
        painter.setFont(font(FontRole.SMALL))
        painter.setPen(active.color("text2" if index.flags() & Qt.ItemFlag.ItemIsEnabled else "text3"))
        remark = str(index.data(_REMARK_ROLE))
        width = painter.fontMetrics().horizontalAdvance(remark) + 4
        painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), remark)
        painter.restore()
        option.rect = place.adjusted(0, 0, -width - 8, 0)
        super().paint(painter, option, index)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, at_least(32, self._view.fontMetrics()))


class LibrariesPage(WizardPage):
    """Which libraries are imported."""

    def __init__(self) -> None:
        super().__init__(_("Libraries"), _choose_text())
        self._shown: tuple[RemoteLibrary, ...] = ()
        self.list = QListWidget()
        self.list.setAccessibleName(_("Libraries"))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setProperty("surface", "card")
        self.list.setViewportMargins(4, 4, 4, 4)
        self.list.setItemDelegate(_LibraryDelegate(self.list))
        self.column.addWidget(self.list, 1)

    def enter(self) -> None:
        """Arrow keys and Space choose at once."""
        self.list.setFocus()
        if self.list.currentRow() < 0:
            self.list.setCurrentRow(0)

    def set_libraries(self, libraries: tuple[RemoteLibrary, ...], info: ServerInfo | None = None) -> None:
        """Show what the account can see, and who answered; ticks stay while it is the same."""
        if info is not None:
            self.set_heading(_("Libraries"), f"{_answered(info)} {_choose_text()}", info.kind.value)
        if libraries == self._shown:
            return
        self._shown = libraries
        self.list.clear()
        for library in libraries:
            remark = library_kind(library.kind)
            if not library.kind.is_imported:
                remark += " · " + _("not supported yet")
            item = QListWidgetItem(library.name)
            item.setData(Qt.ItemDataRole.UserRole, library.remote_id)
            item.setData(_REMARK_ROLE, remark)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{library.name}, {remark}")
            if library.kind.is_imported:
                item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked)
            else:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)

    def chosen(self, libraries: tuple[RemoteLibrary, ...]) -> list[RemoteLibrary]:
        """Those that are imported."""
        off = self.unticked()
        return [library for library in libraries if library.kind.is_imported and library.remote_id not in off]

    def unticked(self) -> set[str]:
        """Remote ids of libraries that are not wanted."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return {
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.flags() & Qt.ItemFlag.ItemIsUserCheckable and item.checkState() is Qt.CheckState.Unchecked
        }


class DonePage(WizardPage):
    """The last page: what will happen."""

    def __init__(self) -> None:
        super().__init__(_("Ready"), _("Nothing has been saved yet."))
        self.name = Field(name=_("Name in RetroVue"))
        self.name_block = FieldBlock(_("Name in RetroVue"), self.name)
        self.name.textEdited.connect(lambda: self.name_block.set_error(""))
        self.name.textChanged.connect(self.completed)
        self.column.addWidget(self.name_block)
        self.summary = label("", wrap=True)
        self.column.addWidget(self.summary)
        self.sync_now = QCheckBox(_("Sync now"))
        self.sync_now.setChecked(True)
        self.column.addWidget(self.sync_now)
        self.mapping = WrappedCheckBox(_("Then open Path mapping to find its files on this computer"))
        self.mapping.setChecked(True)
        self.column.addWidget(self.mapping)
        self.consent = WrappedCheckBox(_("Keep the token in a file: this computer has no keyring"))
        self.consent.setToolTip(consent_text())
        self.column.addWidget(self.consent)
        self._consent_words = label(consent_text(), FontRole.SMALL, tone="text2", wrap=True)
        self.column.addWidget(self._consent_words)
        self.column.addStretch(1)
        self.show_place(SecretPlace.KEYRING)

    @Slot(object)
    def show_place(self, place: SecretPlace) -> None:
        """The file is offered only where there is no keyring."""
        for widget in (self.consent, self._consent_words):
            widget.setVisible(place is SecretPlace.MEMORY)

    def is_complete(self) -> bool:
        """A server needs a name."""
        return bool(self.name.text().strip())

    def next_text(self) -> str:
        """The act."""
        return _("Add server")
