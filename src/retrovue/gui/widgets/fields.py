"""Fields: text with an icon, search, choice, and a block of label, field and remedy."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from retrovue.core.i18n import _
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, at_least, fixed_font, font
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.menus import cut_corners, prepare_corners
from retrovue.gui.widgets.notices import ToneIcon
from retrovue.gui.widgets.tips import plain_tip

_ICON = 16
SEARCH_DELAY_MS = 180


def set_wrong(widget: QWidget, *, wrong: bool) -> None:
    """Give a field the ring that says its content cannot be used, or take it away."""
    value = "true" if wrong else "false"
    if widget.property("wrong") == value:
        return
    widget.setProperty("wrong", value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class Field(QLineEdit):
    """A line of text with an icon at its start; `fixed` shows it in the fixed font, as paths are."""

    def __init__(
        self,
        *,
        icon: str | None = None,
        placeholder: str = "",
        name: str = "",
        fixed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self.setFont(fixed_font() if fixed else font(FontRole.BODY))
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name or placeholder)
        if icon is not None:
            self.setTextMargins(_ICON + 6, 0, 0, 0)

    def sizeHint(self) -> QSize:
        """30 px high."""
        return QSize(super().sizeHint().width(), at_least(30, self.fontMetrics()))

    def minimumSizeHint(self) -> QSize:
        """30 px high, and narrow if it must be."""
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the icon over the styled field."""
        super().paintEvent(event)
        if self._icon_name is None:
            return
        painter = QPainter(self)
        active = tokens.of(self.palette())
        rect = QRect(10, (self.height() - _ICON) // 2, _ICON, _ICON)
        icons.paint(painter, rect, self._icon_name, active.color("text2" if self.isEnabled() else "text3"))


class SecretField(Field):
    """A password or token: hidden, until its eye is pressed."""

    def __init__(self, *, icon: str | None = None, name: str = "") -> None:
        super().__init__(icon=icon, name=name)
        self.eye = self.addAction(icons.icon("eye"), QLineEdit.ActionPosition.TrailingPosition)
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._reveal)
        self._reveal()

    @Slot()
    def _reveal(self) -> None:
        shown = self.eye.isChecked()
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self.eye.setIcon(icons.icon("eye-slash" if shown else "eye"))
        said = _("Hide what is typed") if shown else _("Show what is typed")
        self.eye.setText(said)
        self.eye.setToolTip(plain_tip(said))


class SearchField(Field):
    """Finds as you type: `searched` comes when typing has paused; Enter sends at once, Esc clears."""

    searched = Signal(str)

    def __init__(self, placeholder: str, *, delay_ms: int = SEARCH_DELAY_MS, parent: QWidget | None = None) -> None:
        super().__init__(icon="magnifying-glass", placeholder=placeholder, parent=parent)
        self._sent = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(delay_ms)
        self._pause.timeout.connect(self._send)
        self.textChanged.connect(self._pause.start)
        self.returnPressed.connect(self._send)
        self.setMinimumWidth(180)

    @property
    def hint(self) -> str:
        """The key that leads here, as shown at the end of the empty field."""
        keys = QKeySequence(QKeySequence.StandardKey.Find)
        return keys.toString(QKeySequence.SequenceFormat.NativeText).replace("+", " ")

    @property
    def shows_hint(self) -> bool:
        """Whether the hint has room: what the field is for comes first, and is longer in some languages."""
        if self.text() or self.hasFocus() or self.width() < 240:
            return False
        words = self.fontMetrics().horizontalAdvance(self.placeholderText())
        return _ICON + 22 + words + self._hint_width() + 18 <= self.width()

    def _hint_width(self) -> int:
        return QFontMetrics(font(FontRole.CAPTION)).horizontalAdvance(self.hint) + 10

    @Slot()
    def _send(self) -> None:
        self._pause.stop()
        text = self.text().strip()
        if text != self._sent:
            self._sent = text
            self.searched.emit(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc clears; in an empty field it goes on to the page."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._send()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the key hint while there is room and nothing is typed."""
        super().paintEvent(event)
        if not self.shows_hint:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        painter.setFont(font(FontRole.CAPTION))
        width = self._hint_width()
        height = painter.fontMetrics().height() + 4
        rect = QRectF(self.width() - width - 9.5, (self.height() - height) / 2, width, height)
        painter.setPen(QPen(active.color("border"), 1))
        painter.setBrush(active.color("base"))
        painter.drawRoundedRect(rect, 3, 3)
        painter.setPen(active.color("text3"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), self.hint)


class ComboBox(QComboBox):
    """A choice with our caret: a styled combo box loses Fusion's."""

    def __init__(self, *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._is_prepared = False

    def showPopup(self) -> None:
        """Open the list of choices, with round corners as every menu has them."""
        popup = self.view().window()
        if not self._is_prepared:
            prepare_corners(popup)
            self._is_prepared = True
        super().showPopup()
        if isinstance(popup, QFrame):
            # The list has the frame; this one is square.
            popup.setFrameShape(QFrame.Shape.NoFrame)
        cut_corners(popup)

    def sizeHint(self) -> QSize:
        """30 px high."""
        return QSize(super().sizeHint().width() + 8, at_least(30, self.fontMetrics()))

    def minimumSizeHint(self) -> QSize:
        """Room for a word and the caret."""
        return QSize(90, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the caret over the styled box."""
        super().paintEvent(event)
        painter = QPainter(self)
        active = tokens.of(self.palette())
        rect = QRect(self.width() - 22, (self.height() - 12) // 2, 12, 12)
        icons.paint(painter, rect, "caret-down", active.color("text2" if self.isEnabled() else "text3"))


class _SpinCarets:
    """Mix-in that paints carets over the buttons of a styled spin box, which loses Fusion's."""

    def __init__(self, *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)  # type: ignore[call-arg]
        self.setAccessibleName(name)  # type: ignore[attr-defined]
        # The style sheet does not reach the text inside a spin box.
        self.lineEdit().setTextMargins(6, 0, 0, 0)  # type: ignore[attr-defined]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the carets."""
        super().paintEvent(event)  # type: ignore[misc]
        painter = QPainter(self)  # type: ignore[call-overload]
        active = tokens.of(self.palette())  # type: ignore[attr-defined]
        ink = active.color("text2" if self.isEnabled() else "text3")  # type: ignore[attr-defined]
        width, middle = self.width(), self.height() // 2  # type: ignore[attr-defined]
        icons.paint(painter, QRect(width - 20, middle - 11, 10, 10), "caret-up", ink)
        icons.paint(painter, QRect(width - 20, middle + 1, 10, 10), "caret-down", ink)

    def sizeHint(self) -> QSize:
        """30 px high."""
        hint: QSize = super().sizeHint()  # type: ignore[misc]
        return QSize(hint.width(), at_least(30, self.fontMetrics()))  # type: ignore[attr-defined]


class SpinBox(_SpinCarets, QSpinBox):
    """A whole number."""


class DateEdit(_SpinCarets, QDateEdit):
    """A day."""


class TimeEdit(_SpinCarets, QTimeEdit):
    """A time of day."""


class FieldBlock(QWidget):
    """Label above, field, and below it either a hint or what is wrong and how to mend it."""

    def __init__(self, title: str, field: QWidget, *, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._hint = hint
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        caption = label(title, FontRole.HEADER, tone="text2")
        self._caption = caption
        caption.setBuddy(field)
        if not field.accessibleName():
            field.setAccessibleName(title.replace("&", ""))
        below = QHBoxLayout()
        below.setSpacing(6)
        self._icon = ToneIcon("x-circle-fill", "danger")
        self._icon.setFixedSize(14, 14)
        self._below = label(role=FontRole.SMALL, tone="text2", wrap=True)
        self._below.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        below.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self._below, 1)
        column.addWidget(caption)
        column.addWidget(field)
        column.addLayout(below)
        self.set_error("")

    @property
    def field(self) -> QWidget:
        """The field itself."""
        return self._field

    def set_title(self, title: str) -> None:
        """Call the field something else."""
        self._caption.setText(title)
        self._field.setAccessibleName(title.replace("&", ""))

    @property
    def message(self) -> str:
        """What stands below the field."""
        return self._below.text()

    def set_hint(self, hint: str) -> None:
        """Say something else below while nothing is wrong."""
        was_hint = self._below.text() == self._hint
        self._hint = hint
        if was_hint:
            self.set_error("")

    def set_error(self, text: str) -> None:
        """Say what is wrong and how to mend it; empty: nothing is wrong."""
        set_wrong(self._field, wrong=bool(text))
        self._field.setAccessibleDescription(text or self._hint)
        self._icon.setVisible(bool(text))
        self._below.setText(text or self._hint)
        self._below.setVisible(bool(text or self._hint))
        self._below.setProperty("tone", "danger" if text else "text2")
        self._below.style().unpolish(self._below)
        self._below.style().polish(self._below)
