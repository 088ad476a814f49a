"""The picture that stands in for a poster: drawn from the title, always the same for the same title."""

import hashlib
import unicodedata

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

_GRADIENTS = (
    ("#1B2450", "#5567B4"),
    ("#123047", "#2F8AA0"),
    ("#0F3D37", "#67BFA9"),
    ("#33204A", "#8C4F84"),
    ("#52141E", "#D06A5C"),
    ("#57270F", "#E0A054"),
    ("#2B2540", "#9A8BC0"),
    ("#17324A", "#82B2D6"),
    ("#24351F", "#7FA565"),
    ("#4A1430", "#C98391"),
)

_ARTICLES = frozenset("a an the der die das ein eine le la les un une el los las il lo gli de het en et den".split())


def initials(title: str) -> str:
    """One or two letters for a title; articles do not count, and one sign is enough for CJK titles."""
    words = ["".join(c for c in word if c.isalnum()) for word in title.split()]
    words = [word for word in words if word]
    if not words:
        return "?"
    counted = [word for word in words if word.casefold() not in _ARTICLES] or words
    first = counted[0][0]
    if unicodedata.east_asian_width(first) in "WF" or len(counted) == 1:
        return first.upper()
    return (first + counted[1][0]).upper()


def _numbers(title: str) -> bytes:
    return hashlib.sha256(unicodedata.normalize("NFC", title).encode("utf-8", "replace")).digest()


def _shade(alpha: int, *, light: bool) -> QColor:
    return QColor(255, 255, 255, alpha) if light else QColor(10, 10, 30, alpha)


def _mountains(painter: QPainter, w: float, h: float) -> None:
    painter.setBrush(_shade(60, light=True))
    painter.drawEllipse(QPointF(w * 0.3, h * 0.25), w * 0.14, w * 0.14)
    painter.setBrush(_shade(60, light=False))
    points = [(0, 0.66), (0.38, 0.44), (0.62, 0.62), (0.78, 0.52), (1, 0.68), (1, 1), (0, 1)]
    painter.drawPolygon(QPolygonF([QPointF(w * x, h * y) for x, y in points]))


def _projector(painter: QPainter, w: float, h: float) -> None:
    painter.setBrush(_shade(38, light=True))
    points = [(0.5, 0.2), (0.96, 0.8), (0.04, 0.8)]
    painter.drawPolygon(QPolygonF([QPointF(w * x, h * y) for x, y in points]))
    painter.setBrush(_shade(110, light=True))
    painter.drawEllipse(QPointF(w * 0.5, h * 0.2), w * 0.07, w * 0.07)


def _blinds(painter: QPainter, w: float, h: float) -> None:
    painter.setBrush(_shade(50, light=True))
    painter.drawEllipse(QPointF(w * 0.5, h * 0.42), w * 0.28, w * 0.28)
    painter.setBrush(_shade(50, light=False))
    for number in range(7):
        painter.drawRect(QRectF(0, h * (0.4 + number * 0.09), w, h * (0.012 + number * 0.005)))


def _horizon(painter: QPainter, w: float, h: float) -> None:
    painter.setBrush(_shade(55, light=True))
    painter.drawEllipse(QPointF(w * 0.68, h * 0.42), w * 0.34, w * 0.34)
    painter.setBrush(_shade(45, light=False))
    painter.drawRect(QRectF(0, h * 0.7, w, h * 0.3))


def _quarters(painter: QPainter, w: float, h: float) -> None:
    for centre, radius, light in ((0.6, 0.6, True), (1.0, 0.6, False)):
        path = QPainterPath()
        path.moveTo(w * centre, h)
        path.arcTo(QRectF(w * (centre - radius), h - w * radius, 2 * w * radius, 2 * w * radius), 90, 90)
        path.closeSubpath()
        painter.setBrush(_shade(70 if light else 55, light=light))
        painter.drawPath(path)


_SHAPES = (_mountains, _projector, _blinds, _horizon, _quarters)


def paint_placeholder(painter: QPainter, rect: QRect, title: str, *, radius: float = 4) -> None:
    """Paint a poster for `title` into `rect`: a gradient, one shape, the initials. Thread: GUI."""
    numbers = _numbers(title)
    top, bottom = _GRADIENTS[numbers[0] % len(_GRADIENTS)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    clip = QPainterPath()
    clip.addRoundedRect(QRectF(rect), radius, radius)
    gradient = QLinearGradient(QPointF(rect.topLeft()), QPointF(rect.bottomLeft()))
    gradient.setColorAt(0, QColor(top))
    gradient.setColorAt(1, QColor(bottom))
    painter.fillPath(clip, gradient)
    painter.setClipPath(clip, Qt.ClipOperation.IntersectClip)
    painter.translate(rect.topLeft())
    painter.setPen(Qt.PenStyle.NoPen)
    _SHAPES[numbers[1] % len(_SHAPES)](painter, rect.width(), rect.height())
    letters = QFont(painter.font())
    letters.setPixelSize(max(7, round(rect.width() * 0.25)))
    letters.setWeight(QFont.Weight.Bold)
    painter.setFont(letters)
    painter.setPen(QColor(255, 255, 255, 240))
    margin = rect.width() * 0.09
    room = QRectF(margin, 0, rect.width() - margin, rect.height() - margin * 0.7)
    painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), initials(title))
    painter.restore()


class Poster(QWidget):
    """A poster of 2:3: the picture once it is there, the placeholder until then."""

    def __init__(self, title: str = "", *, width: int = 80, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._width = width
        self._picture: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(title)

    def sizeHint(self) -> QSize:
        """Two to three."""
        return QSize(self._width, self._width * 3 // 2)

    def set_title(self, title: str) -> None:
        """Show the placeholder of another title."""
        self._title = title
        self._picture = None
        self.setAccessibleName(title)
        self.update()

    def set_picture(self, picture: QPixmap | None) -> None:
        """Show a picture, or the placeholder again."""
        self._picture = picture
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint whichever there is."""
        painter = QPainter(self)
        if self._picture is None or self._picture.isNull():
            paint_placeholder(painter, self.rect(), self._title, radius=5)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        clip = QPainterPath()
        clip.addRoundedRect(QRectF(self.rect()), 5, 5)
        painter.setClipPath(clip)
        painter.drawPixmap(self.rect(), self._picture)
