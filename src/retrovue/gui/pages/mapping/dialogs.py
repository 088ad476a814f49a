"""What a check of files found, folder by folder, with what is missing and what changed when."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QStackedWidget, QWidget

from retrovue.core.domain.media import FileState
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.words import file_state
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.mapping.words import count_look
from retrovue.gui.tables.cells import LOOK_ROLE, StateDelegate
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.path_cells import PathDelegate
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import ROW, DataTable, room_for
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.segments import Segments
from retrovue.gui.widgets.states import StateLook, file_look

if TYPE_CHECKING:
    from retrovue.core.services.files.folders import RootDetail, StateChange
    from retrovue.core.services.looking import CheckSummary, RootSummary

_STATES = (FileState.FOUND, FileState.MISSING, FileState.SIZE_DIFFERS, FileState.UNREACHABLE)
_MOST_ROOTS = 6
MISSING, CHANGES = "missing", "changes"


def summary_text(summary: "CheckSummary") -> str:
    """ "1,190 found · 4 missing", only with the states that there are."""
    states = (*_STATES, FileState.UNMAPPED, FileState.UNCHECKED)
    return " · ".join(
        count_look(state.value, summary.counts[state]).word for state in states if summary.counts.get(state)
    )


def problem_text(summary: "CheckSummary") -> str:
    """What is wrong with whole folders, a sentence each; empty when nothing is."""
    return " ".join(root.user_text for root in summary.roots if root.problem is not None)


def root_sentence(root: "RootSummary") -> str:
    """ "1,198 of 1,202 files found, 4 are missing.", or what is wrong with the folder as a whole."""
    if root.problem is not None:
        return root.problem.user_text
    total = root.checked
    found = root.counts.get(FileState.FOUND, 0)
    parts = [
        ngettext("{found} of {total} file found", "{found} of {total} files found", total).format(
            found=text.number(found), total=text.number(total)
        )
    ]
    counted: tuple[tuple[FileState, Callable[[int], str]], ...] = (
        (FileState.MISSING, lambda n: ngettext("{n} is missing", "{n} are missing", n)),
        (FileState.SIZE_DIFFERS, lambda n: ngettext("{n} has a different size", "{n} have a different size", n)),
        (FileState.UNREACHABLE, lambda n: ngettext("{n} could not be reached", "{n} could not be reached", n)),
    )
    for state, words in counted:
        if n := root.counts.get(state, 0):
            parts.append(words(n).format(n=text.number(n)))
    return _("{sentence}.").format(sentence=", ".join(parts))


def _look(root: "RootSummary") -> StateLook:
    if root.problem is not None:
        return StateLook("warning-fill", "warning", _("Problem"))
    return StateLook("check-circle-fill", "success", _("Checked"))


class RootsDialog(BaseDialog):
    """One line for each folder that rules lead to; below them what is missing in the chosen one, and its changes.

    Signals:
        detail_wanted: the folder that was chosen; answer with `show_detail`.
        library_wanted: show the missing files of this folder in the Library.
        accept_wanted: the lost files of this folder are really gone.
    """

    detail_wanted = Signal(str)
    library_wanted = Signal(str)
    accept_wanted = Signal(str)

    def __init__(
        self,
        server: str,
        summary: "CheckSummary",
        finished_at: datetime | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(_("Files from {server}").format(server=server), parent)
        self.resize(940, 600)
        self.setMinimumSize(840, 520)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(label(_("Files from {server}").format(server=server), FontRole.CARD_TITLE))
        head.addWidget(ElidedLabel(_subtitle(summary, finished_at), tone="text2"), 1)
        self.content.addLayout(head)
        self._build_roots(summary)
        self._build_detail()
        self.close_button = self.add_button(Button(_("Close")), default=True)
        self.close_button.clicked.connect(self.accept)
        # The folder with most to say is the one to begin with.
        roots = summary.roots
        first = max(range(len(roots)), key=lambda n: (roots[n].problem is not None, _bad(roots[n])), default=-1)
        if first >= 0:
            self.table.selectRow(first)

    def _build_roots(self, summary: "CheckSummary") -> None:
        self.table = DataTable(name=_("Folders"))
        self.model = ListModel(_columns(), row_id=lambda root: root.root, parent=self)
        self.table.setModel(self.model)
        self.table.setSelectionMode(DataTable.SelectionMode.SingleSelection)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        for place, column in enumerate(self.model.columns):
            self.table.setColumnWidth(place, room_for(column))
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setItemDelegateForColumn(0, PathDelegate(self.table, row_height=ROW))
        self.table.setItemDelegateForColumn(len(_STATES) + 1, StateDelegate(self.table))
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.model.set_rows(summary.roots)
        rows = min(max(len(summary.roots), 1), _MOST_ROOTS)
        height = self.table.horizontalHeader().height() + rows * self.table.verticalHeader().defaultSectionSize()
        self.table.setFixedHeight(height + 2)
        card = Card(padded=False)
        card.body.addWidget(self.table)
        self.content.addWidget(card)

    def _build_detail(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(12)
        self.parts = Segments([(MISSING, _("Missing")), (CHANGES, _("Changes"))], name=_("What to show"))
        self.parts.chosen.connect(self._show_part)
        row.addWidget(self.parts)
        self.sentence = label(wrap=True, selectable=True)
        row.addWidget(self.sentence, 1)
        self.accept_loss = Button(_("Mark as missing…"), kind=ButtonKind.LINK)
        self.accept_loss.clicked.connect(lambda: self.accept_wanted.emit(self.root))
        self.accept_loss.hide()
        row.addWidget(self.accept_loss)
        self.show_button = Button(_("Show in Library"), icon="film-strip")
        self.show_button.clicked.connect(self._on_show)
        row.addWidget(self.show_button)
        self.content.addLayout(row)
        self.missing = ListModel(
            [Column("path", _("Local path"), lambda path: path, tooltip=lambda path: path)],
            row_id=lambda path: path,
            parent=self,
        )
        self.changes = ListModel(_change_columns(), row_id=lambda entry: entry[0], parent=self)
        self.stack = QStackedWidget()
        for model, name in ((self.missing, _("Missing files")), (self.changes, _("Changes"))):
            table = DataTable(name=name)
            table.setModel(model)
            for place, column in enumerate(model.columns):
                table.setColumnWidth(place, room_for(column))
            last = len(model.columns) - 1
            table.horizontalHeader().setSectionResizeMode(last, QHeaderView.ResizeMode.Stretch)
            table.setItemDelegateForColumn(last, PathDelegate(table, row_height=ROW))
            if model is self.changes:
                for place in (1, 2):
                    table.setItemDelegateForColumn(place, StateDelegate(table))
            self.stack.addWidget(table)
        self.nothing = label("", tone="text2")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack.addWidget(self.nothing)
        card = Card(padded=False)
        card.body.addWidget(self.stack)
        self.content.addWidget(card, 1)

    @property
    def root(self) -> str:
        """The chosen folder; empty when there is none."""
        index = self.table.currentIndex()
        return str(self.model.row_at(index.row()).root) if index.isValid() else ""

    @Slot(object)
    def show_detail(self, detail: "RootDetail") -> None:
        """What is missing in a folder, and its changes; ignored when another folder was chosen meanwhile."""
        if detail.root != self.root:
            return
        self.missing.set_rows(detail.missing)
        self.changes.set_rows(list(enumerate(detail.changes)))
        self.show_button.setEnabled(detail.missing_count > 0)
        self.show_button.setToolTip("" if detail.missing_count else _("Nothing is missing in this folder."))
        if not detail.missing and detail.changes:
            self.parts.select(CHANGES)
        self._show_part()

    @Slot()
    def _show_part(self) -> None:
        is_missing = self.parts.current == MISSING
        model = self.missing if is_missing else self.changes
        if model.rowCount():
            self.stack.setCurrentIndex(0 if is_missing else 1)
            return
        self.nothing.setText(
            _("Nothing is missing in this folder.")
            if is_missing
            else _("No file in this folder has changed its status yet.")
        )
        self.stack.setCurrentWidget(self.nothing)

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not current.isValid():
            return
        root = self.model.row_at(current.row())
        self.sentence.setText(root_sentence(root))
        self.accept_loss.setVisible(root.problem is not None and root.problem.value == "many_lost")
        self.missing.set_rows([])
        self.changes.set_rows([])
        self.parts.select(MISSING)
        self.show_button.setEnabled(False)
        self.nothing.setText("")
        self.stack.setCurrentWidget(self.nothing)
        self.detail_wanted.emit(root.root)

    @Slot()
    def _on_show(self) -> None:
        self.library_wanted.emit(self.root)
        self.accept()


def _bad(root: "RootSummary") -> int:
    return root.checked - root.counts.get(FileState.FOUND, 0)


def _subtitle(summary: "CheckSummary", finished_at: datetime | None) -> str:
    words = summary_text(summary)
    if finished_at is None:
        return words
    when = _("checked {when}").format(when=text.when(finished_at, datetime.now(UTC)))
    return f"{words} · {when}" if words else when


def _columns() -> list[Column]:
    def count(state: FileState) -> Column:
        return Column(
            state.value, file_state(state), lambda root: text.number(root.counts.get(state, 0)), align=RIGHT, width=96
        )

    return [
        Column("root", _("Folder"), lambda root: str(root.root), width=240, tooltip=lambda root: str(root.root)),
        *(count(state) for state in _STATES),
        Column(
            "state",
            _("Status"),
            lambda root: _look(root).word,
            width=112,
            tooltip=lambda root: root.user_text or None,
            roles={LOOK_ROLE: _look},
        ),
    ]


def _change_columns() -> list[Column]:
    def change(entry: "tuple[int, StateChange]") -> "StateChange":
        return entry[1]

    return [
        Column(
            "at",
            _("When"),
            lambda entry: text.when_cell(change(entry).at, datetime.now(UTC)),
            width=130,
            tooltip=lambda entry: text.exact(change(entry).at),
        ),
        Column(
            "old",
            _("Before"),
            lambda entry: file_look(change(entry).old).word,
            width=124,
            roles={LOOK_ROLE: lambda entry: file_look(change(entry).old)},
        ),
        Column(
            "new",
            _("After"),
            lambda entry: file_look(change(entry).new).word,
            width=124,
            roles={LOOK_ROLE: lambda entry: file_look(change(entry).new)},
        ),
        Column(
            "path",
            _("File"),
            lambda entry: change(entry).local_path or change(entry).server_path,
            tooltip=lambda entry: change(entry).local_path or change(entry).server_path,
        ),
    ]
