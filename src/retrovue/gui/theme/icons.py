"""Line icons from `resources/icons`, tinted when they are painted.

An icon knows the *name* of its colour, not the colour, so it follows a change of theme by itself. In an
SVG a group with the id "cut" is punched out of what was drawn before it: whatever lies behind shows
through the tick of a filled disc, on every background.
"""

import re
from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from retrovue.core.system.resources import resource_path
from retrovue.gui.theme import tokens

_CUT = re.compile(rb'^(.*?)(<g id="cut".*?</g>)(.*)$', re.DOTALL)
_OPEN = re.compile(rb"^\s*<svg[^>]*>", re.DOTALL)
_MAX_CACHED = 1024
_SMALL_PX = 16

_pixmaps: dict[tuple[str, int, int, int], QPixmap] = {}


@cache
def icon_names() -> frozenset[str]:
    """Every icon there is."""
    return frozenset(path.stem for path in resource_path("icons").glob("*.svg"))


@cache
def _layers(name: str, *, small: bool) -> tuple[QSvgRenderer, ...]:
    """One renderer, or three for an icon with a cut: what is below, what is punched out, what is above."""
    data = resource_path("icons", f"{name}.svg").read_bytes()
    if small:
        # At 16 px a stroke of the grid is 1 px and mostly falls between two: a little more keeps its ink.
        data = data.replace(b'stroke-width="1.5"', b'stroke-width="1.8"', 1)
    match = _CUT.match(data)
    opening = _OPEN.match(data)
    if match is None or opening is None:
        return (QSvgRenderer(QByteArray(data)),)
    head, end = opening.group(0), b"</svg>"
    below, cut, above = match.groups()
    return tuple(QSvgRenderer(QByteArray(part)) for part in (below + end, head + cut + end, head + above))


def _render(renderer: QSvgRenderer, side_px: int) -> QImage:
    image = QImage(side_px, side_px, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, side_px, side_px))
    painter.end()
    return image


def _shape(name: str, side_px: int) -> QImage:
    layers = _layers(name, small=side_px <= _SMALL_PX)
    image = _render(layers[0], side_px)
    if len(layers) == 3:
        painter = QPainter(image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
        painter.drawImage(0, 0, _render(layers[1], side_px))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.drawImage(0, 0, _render(layers[2], side_px))
        painter.end()
    return image


def pixmap(name: str, color: QColor, size: int, *, device_pixel_ratio: float = 1.0) -> QPixmap:
    """The icon `name` in one colour, `size` logical pixels square, from a cache.

    Raises:
        FileNotFoundError: there is no such icon. Thread: GUI.
    """
    key = (name, color.rgba(), size, round(device_pixel_ratio * 100))
    found = _pixmaps.get(key)
    if found is not None:
        return found
    image = _shape(name, max(1, round(size * device_pixel_ratio)))
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(image.rect(), color)
    painter.end()
    made = QPixmap.fromImage(image)
    made.setDevicePixelRatio(device_pixel_ratio)
    if len(_pixmaps) >= _MAX_CACHED:
        _pixmaps.clear()
    _pixmaps[key] = made
    return made


def paint(painter: QPainter, rect: QRect, name: str, color: QColor) -> None:
    """Paint an icon into the middle of `rect`, as large as its shorter side."""
    side = min(rect.width(), rect.height())
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    made = pixmap(name, color, side, device_pixel_ratio=ratio)
    painter.drawPixmap(QPoint(rect.x() + (rect.width() - side) // 2, rect.y() + (rect.height() - side) // 2), made)


class TintedIconEngine(QIconEngine):
    """Paints one icon in a token's colour; the On state may have another shape and colour."""

    def __init__(self, name: str, role: str, on_name: str, on_role: str) -> None:
        super().__init__()
        self._off = (name, role)
        self._on = (on_name, on_role)

    def _look(self, mode: QIcon.Mode, state: QIcon.State) -> tuple[str, QColor]:
        name, role = self._on if state == QIcon.State.On else self._off
        active = tokens.of(QGuiApplication.palette())
        if mode == QIcon.Mode.Disabled:
            faded = tokens.blend(active.color("text3"), active.color("window"), 0.7)
            return name, faded
        return name, active.color(role)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint on whatever the painter paints on, sharp at its pixel ratio."""
        name, color = self._look(mode, state)
        paint(painter, rect, name, color)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """A pixmap of `size` device pixels."""
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        """A pixmap of `size` device pixels for a screen of that scale."""
        name, color = self._look(mode, state)
        side = min(size.width(), size.height())
        return pixmap(name, color, side).copy() if scale == 1.0 else self._scaled(name, color, side, scale)

    def _scaled(self, name: str, color: QColor, side_px: int, scale: float) -> QPixmap:
        made = pixmap(name, color, side_px).copy()
        made.setDevicePixelRatio(scale)
        return made

    def clone(self) -> QIconEngine:
        """A copy, which Qt asks for when an icon that is shared is changed."""
        twin = TintedIconEngine(*self._off, *self._on)
        _clones.append(twin)
        return twin


# Qt owns a clone, but Python would free it as soon as clone() returns.
_clones: list[TintedIconEngine] = []


@cache
def icon(name: str, role: str = "text2", *, on: str | None = None, on_role: str | None = None) -> QIcon:
    """A QIcon that follows the theme.

    Args:
        name: a file of `resources/icons` without its suffix.
        role: the token of its colour.
        on: another shape for the checked state, such as "gear-six-fill".
        on_role: the token of its colour when checked.

    Raises:
        FileNotFoundError: there is no such icon. Thread: GUI.
    """
    for wanted in (name, on or name):
        if wanted not in icon_names():
            raise FileNotFoundError(f"no icon called {wanted!r}")
    return QIcon(TintedIconEngine(name, role, on or name, on_role or role))


def app_icon() -> QIcon:
    """The mark of the program in its own colours, for windows and task bars."""
    renderer = QSvgRenderer(str(resource_path("icons", "app-icon.svg")))
    made = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(QPixmap.fromImage(_render(renderer, side)))
    return made
