"""Taking plays out of the history: what is asked, and the message that brings them back."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QRadioButton, QWidget

from retrovue.core.context import AppContext
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.history.plays import delete, restore
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.history.selecting import SelectedPlays
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import ComboBox, SpinBox
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.work.lanes import Lane

_DAYS_FIRST = 365
_DAYS_MAX = 36_500
_CHANGED = ChangeSet(frozenset({"plays"}), "history")


Choice = Callable[[AppContext], dict[str, object]]
"""Arguments of `services.history.plays.delete`, found out on the write lane."""


class DeleteDialog(BaseDialog):
    """Chooses which plays: those that are selected, those of a user, or all that are old. Thread: GUI."""

    wanted = Signal(object)
    """A `Choice`: what is selected, a user, or an age in days."""

    def __init__(self, chosen: SelectedPlays, count: int, users: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(_("Delete plays"), parent)
        self._selected = chosen
        self.content.addWidget(label(_("Which plays should be deleted?"), FontRole.CARD_TITLE))
        self.content.addWidget(
            label(_("Nothing is deleted on the servers. The next message has an Undo."), tone="text2", wrap=True)
        )
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(8)
        self._group = QButtonGroup(self)
        # While many are counted, the button says only that there are some.
        n = count or int(chosen.is_any)
        selected = ngettext("{n} selected play", "{n} selected plays", n).format(n=text.number(n))
        if chosen.is_any and not count:
            selected = _("Selected plays")
        self.selected = QRadioButton(selected if n else _("Selected plays (none)"))
        self.of_user = QRadioButton(_("All plays of"))
        self.old = QRadioButton(_("Plays older than"))
        self.user = ComboBox(name=_("User"))
        self.user.addItems(list(users))
        self.days = SpinBox(name=_("Days"))
        self.days.setRange(1, _DAYS_MAX)
        self.days.setValue(_DAYS_FIRST)
        self.days.setSuffix(" " + _("days"))
        for row, (button, field) in enumerate(
            ((self.selected, None), (self.of_user, self.user), (self.old, self.days))
        ):
            self._group.addButton(button)
            grid.addWidget(button, row, 0)
            if field is not None:
                grid.addWidget(field, row, 1)
                field.setEnabled(False)
                button.toggled.connect(field.setEnabled)
        grid.setColumnStretch(2, 1)
        self.content.addLayout(grid)
        self.selected.setEnabled(bool(n))
        self.of_user.setEnabled(bool(users))
        (self.selected if n else self.old).setChecked(True)
        cancel = self.add_button(Button(_("Cancel")), default=True)
        cancel.clicked.connect(self.reject)
        self.act_button = self.add_button(Button(_("Delete plays"), kind=ButtonKind.DANGER))
        self.act_button.clicked.connect(self.accept)
        self.accepted.connect(lambda: self.wanted.emit(self.choice()))

    def choice(self) -> Choice:
        """What is chosen now."""
        if self.selected.isChecked():
            return self._selected.choice
        said: dict[str, object] = {"older_than_days": self.days.value()}
        if self.of_user.isChecked():
            said = {"user": self.user.currentText()}
        return lambda _host: said


class PlayRemover(QObject):
    """Deletes and restores on the write lane. Thread: GUI."""

    failed = Signal(object)

    def __init__(self, services: PageServices, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services

    def delete(self, choice: Choice) -> None:
        """Delete what was chosen; the message that says so takes it back."""
        context = self._services.context

        def work(_token: object, _report: object) -> tuple[int, str]:
            return delete(context, **choice(context))  # type: ignore[arg-type]

        handle = self._services.runner.submit(work, lane=Lane.WRITE)
        handle.succeeded.connect(self._on_deleted)
        handle.failed.connect(self.failed)

    def _on_deleted(self, result: tuple[int, str]) -> None:
        count, deletion = result
        self._services.runner.changed.emit(_CHANGED)
        if not count:
            self._services.say(_("No plays were deleted: there are none like that."), Tone.INFO, None)
            return
        said = ngettext("{n} play deleted.", "{n} plays deleted.", count).format(n=text.number(count))
        self._services.toast(said, self._undo(deletion))

    def _undo(self, deletion: str) -> Callable[[], None]:
        def undo() -> None:
            context = self._services.context
            handle = self._services.runner.submit(lambda _token, _report: restore(context, deletion), lane=Lane.WRITE)
            handle.succeeded.connect(self._on_restored)
            handle.failed.connect(self.failed)

        return undo

    def _on_restored(self, count: int) -> None:
        self._services.runner.changed.emit(_CHANGED)
        said = ngettext("{n} play is back.", "{n} plays are back.", count).format(n=text.number(count))
        self._services.toast(said, None)
