"""The panel beside the list: poster, facts, ids as links, versions and parts with both paths."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, QUrl, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from retrovue.core.domain.guids import ExternalId
from retrovue.core.domain.media import FileState, ItemKind, StoredFile
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.library.cards import Badge, CopyHead, PosterView, SmallIcon, SummaryText, VersionCard, Watchers
from retrovue.gui.pages.library.columns import reason_text, states_look
from retrovue.gui.pages.library.facts import ItemFacts, distinct_ids, link_of
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.pages.library.playedlist import PlayedBlock
from retrovue.gui.pages.library.watched import WatchedBlock
from retrovue.gui.theme.style import FontRole, fixed_font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.focus import precede
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.states import StatePill, file_look
from retrovue.gui.widgets.tips import plain_tip
from retrovue.gui.work.opening import open_with_system

WIDTH = 320


class DetailsPanel(QFrame):
    """See the module. Thread: GUI."""

    copy_requested = Signal(str)
    open_requested = Signal(str)
    folder_requested = Signal(str)
    closed = Signal()
    plays_requested = Signal(object)
    """The `PlayedItem` whose plays are wanted."""

    def __init__(self, pictures: Pictures, more: QMenu, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Details"))
        self.setAutoFillBackground(True)
        self.setMinimumWidth(280)
        self.setMaximumWidth(480)
        self._pictures = pictures
        self.details: ItemFacts | None = None
        self.watchers: Watchers | None = None
        self.poster = PosterView(pictures)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._make_foot(more))
        self._hint = ""
        self.show_hint(_("Select a title to see its files and IDs."))

    def sizeHint(self) -> QSize:
        """320 wide; the height is the window's."""
        return QSize(WIDTH, 400)

    def _make_foot(self, more: QMenu) -> QWidget:
        self._foot = QWidget()
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(16, 8, 16, 14)
        row.setSpacing(6)
        self.open_button = Button(_("Open file"), kind=ButtonKind.PRIMARY, icon="play")
        self.folder_button = Button(_("Show in folder"), icon="folder-open")
        self.more_button = Button(icon="dots-three", name=_("More actions"))
        self.more_button.setMenu(more)
        buttons = (self.open_button, self.folder_button, self.more_button)
        if sum(button.sizeHint().width() for button in buttons) + 2 * 6 + 2 * 16 > WIDTH:
            # In a longer language the words of the second would be cut on both sides.
            self.folder_button = Button(icon="folder-open", name=_("Show in folder"))
        self.open_button.clicked.connect(self._open)
        self.folder_button.clicked.connect(self._show_folder)
        for button in (self.open_button, self.folder_button, self.more_button):
            row.addWidget(button)
        row.addStretch(1)
        return self._foot

    @property
    def hint(self) -> str:
        """The sentence shown instead of details; empty while there are details."""
        return self._hint

    def show_hint(self, sentence: str) -> None:
        """Show one sentence instead of details."""
        self.details = None
        self._hint = sentence
        body = QWidget()
        body.setProperty("page", "true")
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 16, 24, 16)
        words = label(sentence, tone="text3", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(words)
        self._put(body)
        self._foot.hide()

    def show_details(self, details: ItemFacts) -> None:
        """Show a row."""
        same = self.details is not None and self.details.picked == details.picked
        place = self._scroll.verticalScrollBar().value() if same else 0
        self.details = details
        self._hint = ""
        body = QWidget()
        body.setProperty("page", "true")
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 8)
        column.setSpacing(0)
        column.addLayout(self._head(details))
        if details.summary:
            column.addSpacing(12)
            column.addWidget(SummaryText(details.summary))
        column.addWidget(WatchedBlock(details.by_anybody))
        if details.played is not None and details.played.count:
            block = PlayedBlock(details.played)
            block.requested.connect(self.plays_requested)
            column.addWidget(block)
        self._add_ids(column, details)
        self._add_files(column, details)
        column.addStretch(1)
        self._put(body)
        self._scroll.verticalScrollBar().setValue(place)
        self._foot.show()
        self._refresh_buttons()

    def show_watchers(self, sentences: Sequence[str]) -> None:
        """Say who is watching it now."""
        if self.details is not None and self.watchers is not None:
            self.watchers.show_sentences(sentences)

    def _put(self, body: QWidget) -> None:
        self.poster.setParent(self)
        self.poster.setVisible(False)
        if self.details is not None:
            head = body.findChild(QVBoxLayout, "poster")
            if head is not None:
                head.insertWidget(0, self.poster)
                self.poster.setVisible(True)
        self._scroll.setWidget(body)
        precede(body, self.open_button)

    def _head(self, details: ItemFacts) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(14)
        place = QVBoxLayout()
        place.setObjectName("poster")
        place.addStretch(1)
        self.poster.show_poster(details.poster)
        row.addLayout(place)
        words = QVBoxLayout()
        words.setSpacing(3)
        title = label(details.title, FontRole.CARD_TITLE, wrap=True, selectable=True)
        words.addWidget(title)
        for line in details.lines:
            words.addWidget(ElidedLabel(line, tone="text2"))
        if details.badges:
            badges = QHBoxLayout()
            badges.setContentsMargins(0, 3, 0, 3)
            badges.setSpacing(6)
            for badge in details.badges:
                badges.addWidget(Badge(badge))
            badges.addStretch(1)
            words.addLayout(badges)
        watch = QHBoxLayout()
        watch.setSpacing(6)
        watch.addWidget(SmallIcon(details.watch_icon, "text2"))
        watch.addWidget(ElidedLabel(details.watch_text, tone="text2"), 1)
        words.addLayout(watch)
        self.watchers = Watchers()
        words.addWidget(self.watchers)
        words.addStretch(1)
        row.addLayout(words, 1)
        return row

    def _add_ids(self, column: QVBoxLayout, details: ItemFacts) -> None:
        ids = distinct_ids(details.ids)
        if not ids:
            return
        column.addSpacing(16)
        head = QHBoxLayout()
        head.addWidget(label(_("External IDs"), FontRole.HEADER, tone="text2"), 1)
        copy_all = Button(_("Copy all"), kind=ButtonKind.LINK)
        copy_all.clicked.connect(lambda: self.copy_requested.emit("\n".join(str(guid) for guid in ids)))
        head.addWidget(copy_all)
        column.addLayout(head)
        grid = QGridLayout()
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        for n, guid in enumerate(ids):
            grid.addWidget(_id_line(guid, details.kind), n // 2, n % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)

    def _add_files(self, column: QVBoxLayout, details: ItemFacts) -> None:
        column.addSpacing(16)
        head = QHBoxLayout()
        title = _("Versions and parts") if details.versions else _("Files")
        if details.copies:
            n = len(details.copies)
            title = ngettext("{n} copy", "{n} copies", n).format(n=n)
        head.addWidget(label(title, FontRole.HEADER, tone="text2"), 1)
        head.addWidget(label(text.size(details.size_bytes or None), tone="text2"))
        column.addLayout(head)
        column.addSpacing(6)
        if details.is_trashed:
            column.addWidget(StatePill(file_look("in_trash")))
            column.addSpacing(6)
        for copy in details.copies:
            column.addWidget(CopyHead(copy))
            column.addSpacing(4)
            for version in copy.versions:
                column.addWidget(VersionCard(version, self.copy_requested.emit))
                column.addSpacing(8)
        for version in () if details.copies else details.versions:
            column.addWidget(VersionCard(version, self.copy_requested.emit))
            column.addSpacing(8)
        for state in FileState:
            if details.states.get(state):
                look = states_look({state: details.states[state], FileState.FOUND: details.states.get(state, 0)})
                if state is FileState.FOUND or details.states[state] == 1:
                    look = states_look({state: details.states[state]})
                if look is not None:
                    column.addWidget(StatePill(look))
                    column.addSpacing(2)
        if not details.versions and not details.states:
            column.addWidget(label(_("The server lists no files."), tone="text3"))

    # --- buttons ------------------------------------------------------------------------------------------------

    def _first_file(self) -> StoredFile | None:
        files = self.details.files if self.details is not None else []
        chosen = self.details.picked.files if self.details is not None else ()
        files = [file for file in files if not chosen or file.id in chosen]
        usable = [file for file in files if why_not(file) == ""]
        return next(iter(usable or files), None)

    def _refresh_buttons(self) -> None:
        file = self._first_file()
        if self.details is not None and not self.details.versions and not self.details.files:
            why = _("Select an episode to open its file.") if self.details.states else _("There is no file.")
        else:
            why = why_not(file)
        for button in (self.open_button, self.folder_button):
            button.setEnabled(not why)
            button.setToolTip(plain_tip(why or ("" if button.text() else button.accessibleName())))
            button.setAccessibleDescription(why)

    @Slot()
    def _open(self) -> None:
        file = self._first_file()
        if file is not None and file.local_path is not None:
            self.open_requested.emit(file.local_path)

    @Slot()
    def _show_folder(self) -> None:
        file = self._first_file()
        if file is not None and file.local_path is not None:
            self.folder_requested.emit(file.local_path)


def why_not(file: StoredFile | None) -> str:
    """Why a file cannot be opened; empty when it can be tried."""
    if file is None:
        return _("There is no file.")
    if file.local_path is None:
        return f"{file.server_path}: {reason_text(file.map_reason)}"
    if file.state is FileState.MISSING:
        return _("{path} was not found on this computer.").format(path=file.local_path)
    return ""


def _id_line(guid: ExternalId, kind: ItemKind) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    row.addWidget(label(guid.provider, tone="text2"))
    address = link_of(guid, kind)
    if address is None:
        value = ElidedLabel(guid.external_id, mode=Qt.TextElideMode.ElideMiddle, text_font=fixed_font(FontRole.SMALL))
        value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row.addWidget(value, 1)
        return line
    link = Button(guid.external_id, kind=ButtonKind.LINK)
    link.setFont(fixed_font(FontRole.SMALL))
    link.setToolTip(plain_tip(_("Open {address}").format(address=address)))
    link.clicked.connect(lambda: open_with_system(QUrl(address)))
    row.addWidget(link)
    row.addStretch(1)
    return line
