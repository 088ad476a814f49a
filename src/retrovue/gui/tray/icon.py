"""The pictures of the tray icon: a screen, and a shape for each state."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QPolygonF

from retrovue.gui.theme import icons, tokens

_SIZES = (16, 22, 24, 32, 48, 64)


class TrayState(StrEnum):
    """What the icon says; each has a shape of its own."""

    IDLE = "idle"
    STREAMS = "streams"
    SYNCING = "syncing"
    PROBLEM = "problem"


@dataclass(frozen=True)
class TrayColors:
    """The colours of the icon: the screen (and arrows), the disc, the triangle."""

    ink: QColor
    streams: QColor
    problem: QColor


def tray_colors(scheme: Qt.ColorScheme) -> TrayColors:
    """Colours for a panel of the *system's* scheme, whatever theme the window has.

    Where the system does not say, they are middle tones that can be seen on light and on dark panels.
    """
    if scheme == Qt.ColorScheme.Unknown:
        teal = tokens.LIGHT.color("direct_play_chart")
        return TrayColors(teal, teal, tokens.LIGHT.color("transcode_chart"))
    active = tokens.DARK if scheme == Qt.ColorScheme.Dark else tokens.LIGHT
    return TrayColors(active.color("text"), active.color("accent"), active.color("warning"))


def _bite(state: TrayState, side: int) -> QPolygonF | QRectF:
    """What is taken out of the screen around the badge, in pixels."""
    unit = side / 24
    if state is TrayState.PROBLEM:
        points = ((17.6, 8.4), (26, 24.6), (9, 24.6))
        return QPolygonF([QPointF(x * unit, y * unit) for x, y in points])
    return QRectF(10.7 * unit, 10.7 * unit, 14.2 * unit, 14.2 * unit)


def tray_pixmap(state: TrayState, side: int, colors: TrayColors) -> QPixmap:
    """The tray icon at `side` pixels: a screen, and for a state a disc, arrows or a triangle."""
    made = QPixmap(side, side)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.drawPixmap(0, 0, icons.pixmap("tray-screen", colors.ink, side))
    if state is not TrayState.IDLE:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.GlobalColor.black)
        bite = _bite(state, side)
        if isinstance(bite, QPolygonF):
            painter.drawPolygon(bite)
        else:
            painter.drawEllipse(bite)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        color = {TrayState.STREAMS: colors.streams, TrayState.PROBLEM: colors.problem}.get(state, colors.ink)
        painter.drawPixmap(0, 0, icons.pixmap(f"tray-{state.value}", color, side))
    painter.end()
    return made


def tray_icon(state: TrayState, scheme: Qt.ColorScheme) -> QIcon:
    """The icon of a state in every size that panels use."""
    colors = tray_colors(scheme)
    made = QIcon()
    for side in _SIZES:
        made.addPixmap(tray_pixmap(state, side, colors))
    return made
