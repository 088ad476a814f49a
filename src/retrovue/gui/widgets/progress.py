"""Progress: the bar, and the block of name, phase, count, per cent and bar."""

from PySide6.QtCore import QEasingCurve, QRectF, QSize, Qt, QTimer, QVariantAnimation, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPainterPath, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.motion import EASE_MS, motion_allowed
from retrovue.gui.widgets.states import ServerKindTile

_SCALE = 1000
_SWEEP_MS = 40


class ProgressBar(QProgressBar):
    """A thin bar that eases to a new value; with an unknown total a third of it travels."""

    def __init__(self, *, height: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._height = height
        self._shown = 0.0
        self._phase = 0.0
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._ease = QVariantAnimation(self)
        self._ease.setDuration(EASE_MS)
        self._ease.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._ease.valueChanged.connect(self._on_eased)
        self._sweep = QTimer(self)
        self._sweep.setInterval(_SWEEP_MS)
        self._sweep.timeout.connect(self._on_sweep)
        self.set_progress(0, 1)

    @property
    def unknown(self) -> bool:
        """Whether the total is not known."""
        return self.maximum() == 0

    def set_progress(self, done: int, total: int | None) -> None:
        """Show `done` of `total`; None or 0 is an unknown total.

        The counts may be of any size: the bar itself counts thousandths, since its values are 32-bit.
        """
        if not total:
            self.setRange(0, 0)
            if self.isVisible() and motion_allowed():
                self._sweep.start()
            self.update()
            return
        self._sweep.stop()
        self.setRange(0, _SCALE)
        share = min(max(done / total, 0.0), 1.0)
        self.setValue(int(share * _SCALE))
        if self.isVisible() and motion_allowed() and abs(share - self._shown) > 0.002:
            self._ease.stop()
            self._ease.setStartValue(self._shown)
            self._ease.setEndValue(share)
            self._ease.start()
        else:
            self._shown = share
            self.update()

    @Slot(object)
    def _on_eased(self, value: float) -> None:
        self._shown = value
        self.update()

    @Slot()
    def _on_sweep(self) -> None:
        self._phase = (self._phase + 0.02) % 1.0
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Travel only while somebody can see it."""
        super().showEvent(event)
        if self.unknown and motion_allowed():
            self._sweep.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden bar costs nothing."""
        self._sweep.stop()
        super().hideEvent(event)

    def sizeHint(self) -> QSize:
        """As high as the design says."""
        return QSize(140, self._height)

    def minimumSizeHint(self) -> QSize:
        """Narrow if it must be."""
        return QSize(40, self._height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the track and what is done of it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        active = tokens.of(self.palette())
        track = QRectF(0, (self.height() - self._height) / 2, self.width(), self._height)
        radius = self._height / 2
        outline = QPainterPath()
        outline.addRoundedRect(track, radius, radius)
        painter.fillPath(outline, active.color("track"))
        painter.setClipPath(outline)
        painter.setBrush(active.color("accent"))
        if self.unknown:
            third = track.width() / 3
            left = -third + self._phase * (track.width() + third) if self._phase else third
            painter.drawRoundedRect(QRectF(left, track.y(), third, track.height()), radius, radius)
        elif self._shown > 0:
            done = QRectF(track.x(), track.y(), max(track.width() * self._shown, 2), track.height())
            painter.drawRect(done)


class ProgressBlock(QWidget):
    """Name and phase on the left, "n of m" and per cent on the right, the bar below.

    `set_texts` names the work; `set_count` moves it.
    """

    def __init__(self, name: str = "", *, kind: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(8)
        if kind is not None:
            row.addWidget(ServerKindTile(kind, size=14))
        self._name = label(name, FontRole.STRONG)
        self._phase = ElidedLabel(tone="text2")
        self._count = label()
        self._of = label(tone="text2")
        self._percent = label(role=FontRole.STRONG)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._name)
        row.addWidget(self._phase, 1)
        numbers = QHBoxLayout()
        numbers.setSpacing(4)
        numbers.addWidget(self._count)
        numbers.addWidget(self._of)
        row.addLayout(numbers)
        row.addSpacing(8)
        row.addWidget(self._percent)
        self._percent.setMinimumWidth(self._percent.fontMetrics().horizontalAdvance("100 %") + 2)
        self.bar = ProgressBar()
        self.bar.setAccessibleName(name)
        column.addLayout(row)
        column.addWidget(self.bar)

    @property
    def count_text(self) -> str:
        """ "12,300 of 41,880 episodes", or only the count while the total is unknown."""
        return f"{self._count.text()} {self._of.text()}".strip()

    @property
    def percent_text(self) -> str:
        """ "29 %", or empty."""
        return self._percent.text()

    def set_texts(self, name: str, phase: str = "") -> None:
        """Name the work and what is being done of it now."""
        self._name.setText(name)
        self._phase.set_text(phase)
        self.bar.setAccessibleName(f"{name} {phase}".strip())

    def set_count(self, done: int, total: int | None, unit: str = "") -> None:
        """Show `done` of `total` (None: unknown) in `unit`, such as "episodes"."""
        locale = self.locale()
        self._count.setText(locale.toString(done))
        self.bar.set_progress(done, total)
        if not total:
            self._of.setText(unit)
            self._percent.setText("")
        else:
            self._of.setText(_("of {total} {unit}").format(total=locale.toString(total), unit=unit).strip())
            # 100 only at the end: a bar that says 100 % and goes on is not believed again.
            whole = 100 if done >= total else min(99, done * 100 // total)
            self._percent.setText(_("{percent} %").format(percent=whole))
        self._name_all()

    def _name_all(self) -> None:
        self.setAccessibleName(f"{self._name.text()}: {self.count_text} {self.percent_text}".strip())
