"""The two small boxes: something to read, something to confirm."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme.style import FontRole, fixed_font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.notices import ToneIcon

_WIDTH = 440


def _words(title: str, text: str, hint: str) -> QVBoxLayout:
    words = QVBoxLayout()
    words.setSpacing(8)
    for sentence, role, tone in (
        (title, FontRole.CARD_TITLE, "text"),
        (text, FontRole.BODY, "text"),
        (hint, FontRole.BODY, "text2"),
    ):
        if sentence:
            line = label(sentence, role, tone=tone, wrap=True, selectable=True)
            # A selectable label takes part in the tab order; here only the buttons should.
            line.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            # A wrapped label asks for the height of a width that it never gets, unless it has one.
            line.setMinimumWidth(_WIDTH - 80)
            words.addWidget(line)
    words.addStretch(1)
    return words


class MessageDialog(BaseDialog):
    """A title, what happened, what to do; details folded, with a button that copies everything."""

    def __init__(
        self,
        title: str,
        text: str,
        hint: str = "",
        *,
        detail: str = "",
        icon: str = "x-circle-fill",
        tone: str = "danger",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self._plain = "\n\n".join(part for part in (title, text, hint, detail) if part)
        self.setAccessibleDescription(f"{text} {hint}".strip())
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(ToneIcon(icon, tone), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(_words(title, text, hint), 1)
        self.content.addLayout(row)
        self.details: QPlainTextEdit | None = None
        self.fold: Button | None = None
        if detail:
            self._add_details(detail)
        self.close_button = self.add_button(Button(_("Close")), default=True)
        self.close_button.clicked.connect(self.accept)
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def plain_text(self) -> str:
        """Everything that the dialog says, as it is copied."""
        return self._plain

    def _add_details(self, detail: str) -> None:
        self.details = QPlainTextEdit(detail)
        self.details.setReadOnly(True)
        self.details.setFont(fixed_font(FontRole.SMALL))
        self.details.setMinimumSize(_WIDTH, 160)
        self.details.setAccessibleName(_("Details"))
        self.details.setTabChangesFocus(True)
        self.details.hide()
        self.content.addWidget(self.details)
        self.fold = self.add_button(Button(_("Show details"), kind=ButtonKind.LINK), leading=True)
        self.fold.clicked.connect(self._toggle_details)
        copy = self.add_button(Button(_("Copy"), icon="copy"))
        copy.clicked.connect(self._copy)

    @Slot()
    def _toggle_details(self) -> None:
        if self.details is None or self.fold is None:
            return
        shown = self.details.isHidden()
        self.details.setVisible(shown)
        self.fold.set_label(_("Hide details") if shown else _("Show details"))
        self.adjustSize()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._plain)


class ConfirmDialog(BaseDialog):
    """Asks before an act. The act's button says the act; Cancel and Esc do nothing.

    The safe button has the focus when the act destroys something.
    """

    confirmed = Signal()

    def __init__(
        self,
        title: str,
        text: str,
        act: str,
        *,
        destructive: bool = False,
        remember: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, parent)
        self.setAccessibleDescription(text)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(ToneIcon("warning-fill", "warning"), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(_words(title, text, ""), 1)
        self.content.addLayout(row)
        self.remember_box: QCheckBox | None = None
        if remember:
            self.remember_box = QCheckBox(remember)
            self.content.addWidget(self.remember_box)
        self.cancel_button = self.add_button(Button(_("Cancel")), default=destructive)
        kind = ButtonKind.DANGER if destructive else ButtonKind.PRIMARY
        self.act_button = self.add_button(Button(act, kind=kind), default=not destructive)
        self.cancel_button.clicked.connect(self.reject)
        self.act_button.clicked.connect(self.accept)
        self.accepted.connect(self.confirmed)
        first = self.cancel_button if destructive else self.act_button
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def remembered(self) -> bool:
        """Whether the box below the text is ticked."""
        return self.remember_box is not None and self.remember_box.isChecked()
