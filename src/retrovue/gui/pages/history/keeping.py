"""The dialog of users and libraries: whose plays are kept, and which users are one person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QWidget

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.history import people
from retrovue.core.services.history.people import Account, KeptLibrary
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.saved_filters import AskName, ask_name
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import in_card
from retrovue.gui.widgets.labels import label, set_tone
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import message_for

_CHANGED = ChangeSet(frozenset({"plays"}), "history")
_SIZE = (620, 640)
_NAME_WIDTH = 190
Undo = Callable[[], object]


@dataclass(frozen=True)
class _Found:
    accounts: Sequence[Account]
    libraries: Sequence[KeptLibrary]


class _TickedModel(ListModel):
    """Rows with a check box before the first column: whether its plays are kept."""

    toggled = Signal(object, bool)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # type: ignore[override]
        """The check state besides what every list answers."""
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            row = self.row_at(index.row())
            if not _can_switch(row):
                return None
            return Qt.CheckState.Checked if row.keeps_history else Qt.CheckState.Unchecked
        return super().data(index, role)

    def setData(self, index: QModelIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # type: ignore[override]
        """A click on the box, or Space; the box moves when the catalog has it."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        self.toggled.emit(self.row_at(index.row()), Qt.CheckState(value) is Qt.CheckState.Checked)
        return True

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # type: ignore[override]
        """What can be switched has a box. (A few dozen rows: Python may answer here.)"""
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        is_box = index.column() == 0 and _can_switch(self.row_at(index.row()))
        return flags | Qt.ItemFlag.ItemIsUserCheckable if is_box else flags


class KeepingDialog(BaseDialog):
    """Users and libraries of the history. Every change is stored at once, and can be undone. Thread: GUI.

    Args:
        ask: asks for the name of a person; replaced in tests.
    """

    def __init__(self, services: PageServices, parent: QWidget | None = None, *, ask: AskName = ask_name) -> None:
        super().__init__(_("Users and libraries"), parent)
        self._services = services
        self._ask = ask
        self._undo: Undo | None = None
        remark = _("Plays of users and libraries without a check mark are not added to the history from now on.")
        self.content.addWidget(label(remark, tone="text2", wrap=True))
        self.users, self.users_table = self._table(
            _("Users"),
            [
                Column("name", _("User"), lambda account: account.name, width=_NAME_WIDTH),
                Column("server", _("Server"), lambda account: account.server, width=150),
                Column("person", _("Shown as"), lambda account: account.person or text.DASH),
            ],
            row_id=_account_key,
        )
        self.nobody = label(_("No user has played anything yet."), tone="text2")
        self.content.addWidget(self.nobody)
        self._add_merging()
        self.libraries, self.libraries_table = self._table(
            _("Libraries"),
            [
                Column("name", _("Library"), lambda library: library.name, width=_NAME_WIDTH),
                Column("server", _("Server"), lambda library: library.server),
            ],
        )
        self.users.toggled.connect(self._keep_user)
        self.libraries.toggled.connect(self._keep_library)
        self._add_outcome()
        self.close_button = self.add_button(Button(_("Close")))
        self.close_button.clicked.connect(self.reject)
        self.resize(*_SIZE)
        self.read()

    def _table(
        self, title: str, columns: Sequence[Column], row_id: Callable[[Any], Any] | None = None
    ) -> tuple[_TickedModel, DataTable]:
        self.content.addWidget(label(title, FontRole.CARD_TITLE))
        model = _TickedModel(columns, parent=self) if row_id is None else _TickedModel(columns, row_id=row_id)
        model.setParent(self)
        table = DataTable(name=title)
        table.setModel(model)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for place, column in enumerate(columns):
            table.setColumnWidth(place, column.width)
        table.horizontalHeader().setSectionResizeMode(len(columns) - 1, QHeaderView.ResizeMode.Stretch)
        self.content.addWidget(in_card(table), 1)
        return model, table

    def _add_merging(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.merge_button = Button(_("Show as one person…"))
        self.split_button = Button(_("Show under own name"))
        self.merge_button.clicked.connect(self._merge)
        self.split_button.clicked.connect(self._split)
        row.addWidget(self.merge_button)
        row.addWidget(self.split_button)
        row.addStretch(1)
        self.content.addLayout(row)
        self.users_table.selectionModel().selectionChanged.connect(self._show_buttons)
        self._show_buttons()

    def _add_outcome(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.said = label(wrap=True)
        self.undo_button = Button(_("Undo"), kind=ButtonKind.LINK)
        self.undo_button.hide()
        self.undo_button.clicked.connect(self._take_back)
        row.addWidget(self.said, 1)
        row.addWidget(self.undo_button)
        self.content.addLayout(row)

    # --- what is shown ------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Read users and libraries."""
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: _Found(people.accounts(context), people.libraries(context)), lane=Lane.QUERY
        )
        handle.succeeded.connect(self._on_found)
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_found(self, found: _Found) -> None:
        self.users.set_rows(found.accounts)
        self.libraries.set_rows(found.libraries)
        self.nobody.setVisible(not found.accounts)
        for widget in (self.users_table, self.merge_button, self.split_button):
            widget.setVisible(bool(found.accounts))
        self._show_buttons()

    def selected_users(self) -> list[Account]:
        """The accounts that are selected."""
        rows = sorted(index.row() for index in self.users_table.selectionModel().selectedRows())
        return [self.users.row_at(row) for row in rows]

    @Slot()
    def _show_buttons(self) -> None:
        chosen = self.selected_users()
        self.merge_button.setEnabled(bool(chosen))
        self.merge_button.setToolTip("" if chosen else _("Select one or more users."))
        is_merged = any(account.person is not None for account in chosen)
        self.split_button.setEnabled(is_merged)
        self.split_button.setToolTip("" if is_merged else _("Select a user that is shown under another name."))

    # --- what is done -------------------------------------------------------------------------------------------

    def _store(self, work: Callable[[], object], said: str, undo: Undo | None) -> None:
        """Do it on the write lane, then say so and offer to take it back."""
        handle = self._services.runner.submit(lambda _token, _report: work(), lane=Lane.WRITE)
        handle.succeeded.connect(lambda _result: self._on_stored(said, undo))
        handle.failed.connect(self._on_failed)

    def _on_stored(self, said: str, undo: Undo | None) -> None:
        set_tone(self.said, "text")
        self.said.setText(said)
        self._undo = undo
        self.undo_button.setVisible(undo is not None)
        self._services.runner.changed.emit(_CHANGED)
        self.read()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        message = message_for(error)
        set_tone(self.said, "danger")
        self.said.setText(f"{message.text} {message.hint}".strip())
        self.undo_button.hide()

    @Slot()
    def _take_back(self) -> None:
        undo, self._undo = self._undo, None
        if undo is not None:
            self._store(undo, _("Undone."), None)

    @Slot(object, bool)
    def _keep_user(self, account: Account, keeps: bool) -> None:
        context = self._services.context
        said = kept_words(account.name, account.server, keeps=keeps)
        self._store(
            lambda: people.set_kept(context, [account], keeps=keeps),
            said,
            lambda: people.set_kept(context, [account], keeps=not keeps),
        )

    @Slot(object, bool)
    def _keep_library(self, library: KeptLibrary, keeps: bool) -> None:
        context = self._services.context
        said = kept_words(library.name, library.server, keeps=keeps)
        self._store(
            lambda: people.keep_library(context, library.id, keeps=keeps),
            said,
            lambda: people.keep_library(context, library.id, keeps=not keeps),
        )

    @Slot()
    def _merge(self) -> None:
        chosen = self.selected_users()
        if not chosen:
            return
        suggestion = next((account.person for account in chosen if account.person), None) or chosen[0].name
        name = self._ask(self, _("Show as one person"), _("Show as one person"), suggestion)
        if not name:
            return
        n = len(chosen)
        said = ngettext("{n} account is shown as “{name}”.", "{n} accounts are shown as “{name}”.", n)
        self._name(chosen, name, said.format(n=text.number(n), name=name))

    @Slot()
    def _split(self) -> None:
        chosen = [account for account in self.selected_users() if account.person is not None]
        n = len(chosen)
        said = ngettext("{n} user is shown under its own name.", "{n} users are shown under their own names.", n)
        self._name(chosen, None, said.format(n=text.number(n)))

    def _name(self, chosen: Sequence[Account], person: str | None, said: str) -> None:
        context = self._services.context
        self._store(
            lambda: people.show_as(context, chosen, person), said, lambda: people.restore_persons(context, chosen)
        )


class UserKeeper(QObject):
    """Stops keeping the plays of a user, on every server; the message that says so takes it back. Thread: GUI."""

    failed = Signal(object)

    def __init__(self, services: PageServices, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services

    def stop_keeping(self, name: str) -> None:
        """Add no more plays of a user, or of all accounts of a person."""
        context = self._services.context

        def work(_token: object, _report: object) -> tuple[str, Sequence[Account]]:
            changed = people.keep_user(context, name, keeps=False)
            return name, [account for account in changed if account.keeps_history]

        handle = self._services.runner.submit(work, lane=Lane.WRITE)
        handle.succeeded.connect(self._on_stopped)
        handle.failed.connect(self.failed)

    @Slot(object)
    def _on_stopped(self, result: tuple[str, Sequence[Account]]) -> None:
        name, changed = result
        if not changed:
            said = _("Plays of “{user}” were not kept before either.").format(user=name)
            self._services.say(said, Tone.INFO, None)
            return
        said = _("Plays of “{user}” are not kept from now on.").format(user=name)
        self._services.toast(said, lambda: self._keep_again(name, changed))

    def _keep_again(self, name: str, changed: Sequence[Account]) -> None:
        context = self._services.context
        handle = self._services.runner.submit(
            lambda _token, _report: people.set_kept(context, changed, keeps=True), lane=Lane.WRITE
        )
        said = _("Plays of “{user}” are kept again.").format(user=name)
        handle.succeeded.connect(lambda _result: self._services.toast(said, None))
        handle.failed.connect(self.failed)


def kept_words(name: str, server: str, *, keeps: bool) -> str:
    """Whether plays of a user or a library are kept from now on."""
    said = _("Plays of “{name}” ({server}) are kept.") if keeps else _("Plays of “{name}” ({server}) are not kept.")
    return said.format(name=name, server=server)


def _can_switch(row: Account | KeptLibrary) -> bool:
    """An account of a server that is not in the catalog gets no new plays."""
    return row.id is not None


def _account_key(account: Account) -> tuple[int | None, str, str]:
    return (account.id, account.server, account.name)
