"""The preview: a rule in two fields, and what it would do, live, before it is saved."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCompleter, QFileDialog, QHBoxLayout, QHeaderView, QStackedWidget, QVBoxLayout, QWidget

from retrovue.core.domain.media import FileState
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.servers import Library
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.mapping.words import count_look, pair_of, sample_look, sample_reason, sample_tooltip
from retrovue.gui.tables.cells import LOOK_ROLE, PAIR_ROLE, REASON_ROLE, PathPairDelegate, StateDelegate
from retrovue.gui.tables.columns import RIGHT, Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import ROW_PAIR, DataTable, room_for
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card, hairline
from retrovue.gui.widgets.fields import ComboBox, Field, set_wrong
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.notices import ToneIcon
from retrovue.gui.widgets.states import StateLook, StatePill
from retrovue.gui.widgets.tips import plain_tip
from retrovue.gui.work.messages import message_for

if TYPE_CHECKING:
    from retrovue.core.services.mapping.trial import SampleRow, Trial

TYPING_PAUSE_MS = 250
_STATES = ("found", "missing", "size_differs", "unreachable", "unmapped", "unchecked")


class CountsLine(QWidget):
    """ "60 sample paths", a pill for each state that there is, and the time it took."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(16)
        self._total = ElidedLabel(text_font=font(FontRole.SMALL), tone="text2")
        row.addWidget(self._total)
        self.pills: dict[str, StatePill] = {}
        for state in _STATES:
            pill = StatePill(count_look(state, 0))
            pill.hide()
            self.pills[state] = pill
            row.addWidget(pill)
        row.addStretch(1)
        self._busy = BusyIcon(size=14)
        self._busy.hide()
        row.addWidget(self._busy)
        self._took = label(role=FontRole.SMALL, tone="text2")
        row.addWidget(self._took)

    @property
    def words(self) -> str:
        """Everything that it says."""
        shown = [pill.look.word for pill in self.pills.values() if not pill.isHidden()]
        return " · ".join([self._total.text, *shown])

    def show_trial(self, trial: "Trial") -> None:
        """Show the counts of a trial."""
        n = text.number(trial.tried)
        if trial.is_all:
            self._total.set_text(ngettext("All files ({n})", "All files ({n})", trial.tried).format(n=n))
        else:
            self._total.set_text(ngettext("{n} sample path", "{n} sample paths", trial.tried).format(n=n))
        for state, pill in self.pills.items():
            count = trial.counts.get(FileState(state), 0)
            pill.set_look(count_look(state, count))
            pill.setHidden(count == 0)
        self._took.setText(text.seconds(trial.took_s))
        self.setAccessibleName(self.words)

    def show_busy(self, words: str = "") -> None:
        """Something is being looked at; the counts before it stay."""
        self._busy.show()
        self._took.setText(words)

    def stop_busy(self) -> None:
        """Nothing is being looked at."""
        self._busy.hide()


class SampleTable(DataTable):
    """Tried files: both paths, size, state with its reason."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(row_height=ROW_PAIR, name=_("Sample files"), parent=parent)
        columns = [
            Column(
                "paths",
                _("Paths"),
                lambda row: f"{row.server_path} → {row.local_path or row.why}",
                tooltip=sample_tooltip,
                roles={PAIR_ROLE: pair_of},
            ),
            Column("size", _("Size"), lambda row: text.size(row.size_bytes), align=RIGHT, width=80),
            Column(
                "state",
                _("Status"),
                lambda row: sample_look(row).word,
                width=144,
                tooltip=sample_tooltip,
                roles={LOOK_ROLE: sample_look, REASON_ROLE: sample_reason},
            ),
        ]
        self.samples = ListModel(columns, parent=self)
        self.setModel(self.samples)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in (1, 2):
            self.setColumnWidth(place, room_for(columns[place]))
        self.setItemDelegateForColumn(0, PathPairDelegate(self))
        self.setItemDelegateForColumn(2, StateDelegate(self, row_height=ROW_PAIR))

    def set_rows(self, rows: Sequence["SampleRow"]) -> None:
        """Show other files; the scroll position stays."""
        self.samples.set_rows(rows)


class PreviewCard(Card):
    """Edits one rule. It knows nothing of lanes: the page tries and saves what `rule` says.

    Signals:
        edited: typing has paused, or the rule was replaced; try it.
        test_all, save_requested, remove_requested, discarded: buttons.
    """

    edited = Signal()
    test_all = Signal()
    save_requested = Signal()
    remove_requested = Signal()
    discarded = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Preview"), _("nothing changes until you save"), parent=parent)
        self._stored = PathMapping(None, None, None, "", "")
        self._error = ""
        self._libraries: tuple[Library, ...] = ()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.edited)
        self._build_head()
        self._build_fields()
        # The table reaches the border; no line below the head, for head and fields are one.
        self.body.setContentsMargins(0, 0, 0, 5)
        self.body.setSpacing(0)
        self.body.addWidget(hairline())
        self.counts = CountsLine()
        self.body.addWidget(self.counts)
        self.body.addWidget(hairline())
        self.table = SampleTable()
        self.nothing = label(tone="text2", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setContentsMargins(40, 12, 40, 24)
        self._below = QStackedWidget()
        self._below.addWidget(self.table)
        self._below.addWidget(self.nothing)
        self.body.addWidget(self._below, 1)

    def _build_head(self) -> None:
        self.scope = ComboBox(name=_("Applies to"))
        self.scope.currentIndexChanged.connect(self._on_scope)
        self.pill = StatePill(StateLook("pencil", "warning", _("Unsaved")), filled=True)
        self.discard = Button(_("Discard"), kind=ButtonKind.LINK)
        self.discard.clicked.connect(self._on_discard)
        self.remove = Button(icon="trash", kind=ButtonKind.FLAT, name=_("Remove rule"), height=26)
        self.remove.clicked.connect(self.remove_requested)
        if self.head is not None:
            # Where height is short a head shrinks to its minimum, and the choice with it.
            self.head.setContentsMargins(14, 7, 14, 5)
            self.head.setMinimumHeight(self.scope.sizeHint().height() + 12)
            for widget in (self.discard, self.pill, self.scope, self.remove):
                self.head.add_widget(widget)

    def _build_fields(self) -> None:
        self.server_path = Field(icon="hard-drives", placeholder=_("Server path"), name=_("Server path"), fixed=True)
        self.local_path = Field(icon="desktop", placeholder=_("Local path"), name=_("Local path"), fixed=True)
        self._known_paths = QStringListModel(self)
        completer = QCompleter(self._known_paths, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.server_path.setCompleter(completer)
        self.folder = Button(icon="folder-open", name=_("Choose folder…"))
        self.folder.clicked.connect(self._choose_folder)
        self.test = Button(_("Test all"))
        self.test.clicked.connect(self.test_all)
        self.save = Button(_("Save rule"), kind=ButtonKind.PRIMARY)
        self.save.clicked.connect(self.save_requested)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Save), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self.save.click)
        self.save.setToolTip(plain_tip(keys.key().toString(QKeySequence.SequenceFormat.NativeText)))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.server_path, 1)
        row.addWidget(_Arrow())
        row.addWidget(self.local_path, 1)
        for button in (self.folder, self.test, self.save):
            row.addWidget(button)
        fields = QVBoxLayout()
        fields.setContentsMargins(14, 2, 14, 10)
        fields.setSpacing(6)
        fields.addLayout(row)
        below = QHBoxLayout()
        below.setSpacing(6)
        self._remedy_icon = ToneIcon("x-circle-fill", "danger")
        self._remedy_icon.setFixedSize(14, 14)
        self._remedy = label(role=FontRole.SMALL, tone="danger", wrap=True)
        below.addWidget(self._remedy_icon, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self._remedy, 1)
        fields.addLayout(below)
        self.body.addLayout(fields)
        for field in (self.server_path, self.local_path):
            field.textEdited.connect(self._on_typed)
            field.returnPressed.connect(self._on_return)
        self._show_remedy("", server_side=False)

    # --- what the page says ---------------------------------------------------------------------------------------

    @property
    def rule(self) -> PathMapping:
        """The rule as it is typed."""
        return replace(
            self._stored,
            library_id=self.scope.currentData(),
            # A blank at the end belongs to the name of a folder.
            server_path=self.server_path.text().lstrip(),
            local_path=self.local_path.text().lstrip(),
        )

    @property
    def stored(self) -> PathMapping:
        """The rule as it is stored; empty sides for a new one."""
        return self._stored

    @property
    def is_changed(self) -> bool:
        """Whether something is typed that is not saved."""
        return self.rule != self._stored

    @property
    def remedy(self) -> str:
        """What stands below the fields."""
        return self._remedy.text() if not self._remedy.isHidden() else ""

    def set_server(self, libraries: Sequence[Library], paths: Sequence[str]) -> None:
        """What a rule can apply to, and the paths to complete with."""
        if self._known_paths.stringList() != list(paths):
            self._known_paths.setStringList(list(paths))
        imported = tuple(library for library in libraries if library.kind.is_imported)
        is_same = [(one.id, one.name) for one in imported] == [(one.id, one.name) for one in self._libraries]
        if is_same and self.scope.count():
            return
        self._libraries = imported
        chosen = self.scope.currentData()
        with QSignalBlocker(self.scope):
            self.scope.clear()
            self.scope.addItem(_("Whole server"), None)
            for library in imported:
                self.scope.addItem(_("Library {name}").format(name=library.name), library.id)
            self.scope.setCurrentIndex(max(0, self.scope.findData(chosen)))

    def set_rule(self, stored: PathMapping, draft: PathMapping | None = None) -> None:
        """Edit a rule, as it is stored or as `draft` says."""
        self._stored = stored
        shown = draft or stored
        with QSignalBlocker(self.scope):
            self.scope.setCurrentIndex(max(0, self.scope.findData(shown.library_id)))
        self.server_path.setText(shown.server_path)
        self.local_path.setText(shown.local_path)
        for field in (self.server_path, self.local_path):
            field.setCursorPosition(0)
        if self.head is not None:
            self.head.set_title(_("Preview") if stored.id is not None else _("New rule"))
        self.remove.setVisible(stored.id is not None)
        self._show_remedy("", server_side=False)
        self._error = ""
        self._show_state()
        self._pause.stop()
        self.edited.emit()

    def show_trial(self, trial: "Trial") -> None:
        """Show what the rule does, or why it cannot be saved."""
        self.counts.stop_busy()
        self.counts.show_trial(trial)
        self.table.set_rows(trial.rows)
        # An empty field is where somebody is about to type, not a mistake.
        is_begun = bool(self.server_path.text().strip() and self.local_path.text().strip())
        self._error = trial.error
        words = trial.error if is_begun else ""
        side = trial.is_server_side
        if not words and is_begun and trial.folder_note:
            words, side = trial.folder_note, False
        if not words and is_begun and not trial.covered:
            words, side = self._unused_text(trial), True
        self._show_remedy(words, server_side=side)
        unused = self._unused_text(trial) if is_begun and not trial.rows and not trial.error else ""
        self.nothing.setText(unused if words != unused else _("There are no files to test this rule on."))
        self._below.setCurrentWidget(self.table if trial.rows else self.nothing)
        self._show_state()

    def _unused_text(self, trial: "Trial") -> str:
        rule = self.rule
        if rule.library_id is not None:
            words = _("No file in this library is under {path}: the rule would never be used.")
        else:
            words = _("No file in the catalog is under {path}. Check how the server writes this path.")
        return f"{words.format(path=rule.server_path)} {trial.near_miss}".strip()

    @Slot(object)
    def show_refusal(self, error: BaseException) -> None:
        """The rule was not saved."""
        self.counts.stop_busy()
        message = message_for(error)
        self._show_remedy(f"{message.text} {message.hint}".strip(), server_side=False)

    def forget(self) -> None:
        """What is typed is saved or gone: the next rule that is set is shown as it is stored."""
        self._stored = PathMapping(None, None, None, "", "")

    def show_busy(self, words: str = "") -> None:
        """Files are being looked at."""
        self.counts.show_busy(words)

    def set_narrow(self, *, narrow: bool) -> None:
        """With little room the remark beside the title goes."""
        if self.head is not None:
            self.head.set_remark("" if narrow else _("nothing changes until you save"))

    # --- what is typed --------------------------------------------------------------------------------------------

    @Slot()
    def _on_typed(self) -> None:
        self._show_state()
        self._pause.start()

    @Slot()
    def _on_scope(self) -> None:
        self._show_state()
        self.edited.emit()

    @Slot()
    def _on_return(self) -> None:
        self._pause.stop()
        self.edited.emit()

    @Slot()
    def _on_discard(self) -> None:
        self.set_rule(self._stored)
        self.discarded.emit()

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, _("Folder on this computer"), self.local_path.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.set_local_path)
        dialog.open()

    @Slot(str)
    def set_local_path(self, path: str) -> None:
        """Take a folder that was chosen."""
        self.local_path.setText(path)
        self._show_state()
        self.edited.emit()

    def _show_state(self) -> None:
        changed = self.is_changed
        self.pill.setVisible(changed)
        self.discard.setVisible(changed)
        rule = self.rule
        self.save.setEnabled(changed and bool(rule.server_path and rule.local_path) and not self._error)
        self.test.setEnabled(bool(rule.server_path and rule.local_path) and not self._error)

    def _show_remedy(self, words: str, *, server_side: bool) -> None:
        set_wrong(self.server_path, wrong=bool(words) and server_side)
        set_wrong(self.local_path, wrong=bool(words) and not server_side)
        for field, is_wrong in ((self.server_path, server_side), (self.local_path, not server_side)):
            field.setAccessibleDescription(words if is_wrong else "")
        self._remedy.setText(words)
        self._remedy.setVisible(bool(words))
        self._remedy_icon.setVisible(bool(words))


class _Arrow(ToneIcon):
    """From the server to this computer."""

    def __init__(self) -> None:
        super().__init__("arrow-right", "text2")
        self.setFixedSize(16, 16)
