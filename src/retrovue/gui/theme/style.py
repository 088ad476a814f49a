"""Light, dark and system theme, applied to a running application; sizes and fonts of the design."""

import logging
from enum import StrEnum

from PySide6.QtCore import QObject, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QApplication, QProxyStyle, QStyle, QStyleOption, QStyleOptionMenuItem, QWidget

from retrovue.gui.theme import tokens
from retrovue.gui.theme.tokens import Tokens

_log = logging.getLogger(__name__)


class Theme(StrEnum):
    """What the person chose in the settings."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class FontRole(StrEnum):
    """The sizes of the design, as factors on the system's font size."""

    CAPTION = "caption"
    SMALL = "small"
    HEADER = "header"
    BODY = "body"
    STRONG = "strong"
    SECTION = "section"
    CARD_TITLE = "card_title"
    FIGURE = "figure"
    PAGE_TITLE = "page_title"
    CODE = "code"


_FONTS: dict[FontRole, tuple[float, QFont.Weight]] = {
    FontRole.CAPTION: (0.88, QFont.Weight.Normal),
    FontRole.SMALL: (0.94, QFont.Weight.Normal),
    FontRole.HEADER: (0.94, QFont.Weight.DemiBold),
    FontRole.BODY: (1.0, QFont.Weight.Normal),
    FontRole.STRONG: (1.0, QFont.Weight.DemiBold),
    FontRole.SECTION: (1.08, QFont.Weight.DemiBold),
    FontRole.CARD_TITLE: (1.15, QFont.Weight.DemiBold),
    FontRole.FIGURE: (1.38, QFont.Weight.DemiBold),
    FontRole.PAGE_TITLE: (1.54, QFont.Weight.DemiBold),
    FontRole.CODE: (2.8, QFont.Weight.DemiBold),
}


def font(role: FontRole) -> QFont:
    """The application's font in the size and weight of `role`. Thread: GUI."""
    factor, weight = _FONTS[role]
    return _scaled(QApplication.font(), factor, weight)


def fixed_font(role: FontRole = FontRole.BODY) -> QFont:
    """The system's fixed-width font, for paths, ids and codes, matched to the application's size."""
    factor, weight = _FONTS[role]
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    fixed.setPointSizeF(_points(QApplication.font()))
    return _scaled(fixed, factor, weight)


def _points(base: QFont) -> float:
    # A font set in pixels has no point size (-1): take what its metrics resolved to.
    return base.pointSizeF() if base.pointSizeF() > 0 else QFontMetrics(base).height() * 0.6


def _scaled(base: QFont, factor: float, weight: QFont.Weight) -> QFont:
    made = QFont(base)
    if made.pointSizeF() > 0:
        made.setPointSizeF(made.pointSizeF() * factor)
    else:
        made.setPixelSize(round(made.pixelSize() * factor))
    made.setWeight(weight)
    return made


def at_least(value: int, metrics: QFontMetrics) -> int:
    """The height of a control: `value` of the design, or more where the system's font is larger."""
    return max(value, metrics.height() + 10)


def paint_focus_ring(painter: QPainter, rect: QRectF, color: QColor, radius: float) -> None:
    """The 2 px ring inside a shape that says where the keyboard is."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), max(0.0, radius - 1), max(0.0, radius - 1))
    painter.restore()


_SHEET = """
QToolTip {{ background: {base}; color: {text}; border: 1px solid {control}; padding: 4px 6px; }}
QLabel[tone="text2"] {{ color: {text2}; }}
QLabel[tone="text3"] {{ color: {text3}; }}
QLabel[tone="accent"] {{ color: {accent}; }}
QLabel[tone="success"] {{ color: {success}; }}
QLabel[tone="warning"] {{ color: {warning}; }}
QLabel[tone="danger"] {{ color: {danger}; }}
QFrame[surface="card"] {{ background: {base}; border: 1px solid {border}; border-radius: 8px; }}
QFrame[surface="popup"] {{ background: {base}; border: 1px solid {button_border}; border-radius: 6px; }}
QFrame[surface="rail"] {{ background: {rail}; border: none; border-right: 1px solid {border}; }}
QFrame[surface="base"] {{ background: {base}; border: none; }}
QFrame[surface="line"] {{ background: {border}; border: none; }}
QStatusBar {{ background: {rail}; border-top: 1px solid {border}; }}
QStatusBar::item {{ border: none; }}
QPushButton {{ background: {button}; color: {text}; border: 1px solid {button_border}; border-radius: 5px;
    padding: 6px 13px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {track}; }}
QPushButton:focus {{ border: 2px solid {accent}; padding: 5px 12px; }}
QPushButton:default {{ background: {accent}; color: {on_accent}; border-color: {accent}; }}
QPushButton:default:focus {{ border: 2px solid {text}; }}
QPushButton:disabled {{ color: {text3}; background: {window}; border-color: {border}; }}
QLineEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QTimeEdit, QComboBox, QPlainTextEdit {{
    background: {base}; color: {text}; border: 1px solid {control}; border-radius: 5px; padding: 4px 8px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QComboBox, QSpinBox, QDoubleSpinBox, QDateEdit, QTimeEdit {{ padding-right: 24px; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus, QTimeEdit:focus, QComboBox:focus,
QPlainTextEdit:focus {{ border: 2px solid {accent}; padding: 3px 7px; }}
QComboBox:focus, QSpinBox:focus, QDateEdit:focus, QTimeEdit:focus {{ padding-right: 23px; }}
QLineEdit[wrong="true"], QComboBox[wrong="true"] {{ border: 2px solid {danger}; padding: 3px 7px; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QPlainTextEdit:disabled {{
    color: {text3}; background: {window}; border-color: {border}; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: none; width: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; background: transparent;
    width: 22px; }}
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow {{ image: none; width: 0; height: 0; }}
QComboBox QAbstractItemView {{ background: {base}; border: 1px solid {control}; border-radius: 6px; padding: 4px;
    selection-background-color: {selection}; selection-color: {text}; outline: none; }}
QComboBox QAbstractItemView::item {{ min-height: 28px; padding: 0 8px; border-radius: 4px; color: {text}; }}
QComboBox QAbstractItemView::item:hover {{ background: {hover}; }}
QComboBox QAbstractItemView::item:selected {{ background: {selection}; color: {text}; }}
QMenu {{ background: {base}; color: {text}; border: 1px solid {control}; border-radius: 6px; padding: 4px; }}
QMenu::item {{ background: transparent; border-radius: 4px; padding: 6px 24px 6px 8px; min-width: 96px; }}
QMenu::item:selected {{ background: {selection}; color: {text}; }}
QMenu::item:disabled {{ color: {text3}; background: transparent; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::indicator {{ left: 8px; width: 16px; height: 16px; }}
QMenu::separator {{ background: {border}; height: 1px; margin: 4px 8px; }}
QProgressBar {{ background: {track}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
QProgressBar[thin="true"] {{ border-radius: 2px; max-height: 4px; min-height: 4px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 4px; }}
QProgressBar[thin="true"]::chunk {{ border-radius: 2px; }}
QHeaderView {{ background: {alt}; border: none; }}
QHeaderView::section {{ background: {alt}; color: {text2}; border: none; border-bottom: 1px solid {border};
    padding: 0 10px; }}
QHeaderView::section:hover {{ background: {hover}; }}
QAbstractItemView {{ background: {base}; alternate-background-color: {alt}; border: none; outline: none;
    selection-background-color: {selection}; selection-color: {text}; }}
QAbstractItemView[surface="window"] {{ background: {window}; }}
QSplitter::handle {{ background: {border}; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget[page="true"] {{ background: {window}; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {button_border}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {control}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


def style_sheet(tokens_: Tokens) -> str:
    """The one style sheet of the application. Sizes of text are never in it: they go through QFont."""
    return _SHEET.format(**{name: getattr(tokens_, name) for name in Tokens.__dataclass_fields__})


class RetroStyle(QProxyStyle):
    """Fusion with check boxes and radio buttons in the accent colour.

    Fusion fills a check mark with the text colour, and QSS cannot draw one without an image file; on a
    dark window Fusion's radio buttons cannot be seen. So these primitives are painted here.
    """

    def __init__(self) -> None:
        super().__init__("Fusion")

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption,
        painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:
        """Paint check boxes and radio buttons ourselves and leave the rest to Fusion."""
        if element in (
            QStyle.PrimitiveElement.PE_IndicatorCheckBox,
            QStyle.PrimitiveElement.PE_IndicatorItemViewItemCheck,
        ):
            _paint_check_box(painter, option)
            return
        if element == QStyle.PrimitiveElement.PE_IndicatorRadioButton:
            _paint_radio(painter, option)
            return
        if element == QStyle.PrimitiveElement.PE_IndicatorMenuCheckMark and _is_one_of_several(option):
            # Qt draws a tick for both; the dot says that another choice takes this one's place.
            _paint_dot(painter, option)
            return
        # A widget that is being taken apart arrives as a bare QObject, which Qt's own method refuses.
        super().drawPrimitive(element, option, painter, widget if isinstance(widget, QWidget) else None)


def _paint_check_box(painter: QPainter, option: QStyleOption) -> None:
    active = tokens.of(option.palette)
    state: QStyle.StateFlag = option.state
    enabled = bool(state & QStyle.StateFlag.State_Enabled)
    rect = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
    side = min(rect.width(), rect.height(), 15.0)
    box = QRectF(0, 0, side, side)
    box.moveCenter(rect.center())
    on = bool(state & QStyle.StateFlag.State_On)
    partly = bool(state & QStyle.StateFlag.State_NoChange)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    filled = (on or partly) and enabled
    edge = "accent" if filled else ("control" if enabled else "border")
    painter.setPen(QPen(active.color(edge), 1))
    painter.setBrush(active.color("accent" if filled else ("base" if enabled else "window")))
    painter.drawRoundedRect(box, 3, 3)
    if on or partly:
        painter.setPen(_mark_pen(active.color("on_accent" if enabled else "text3")))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_mark(box, partly=partly))
    painter.restore()
    if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
        paint_focus_ring(painter, box.adjusted(-2.5, -2.5, 2.5, 2.5), active.color("accent"), 5)


def _paint_radio(painter: QPainter, option: QStyleOption) -> None:
    active = tokens.of(option.palette)
    enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
    on = bool(option.state & QStyle.StateFlag.State_On)
    rect = QRectF(option.rect)
    side = min(rect.width(), rect.height(), 16.0) - 1
    box = QRectF(0, 0, side, side)
    box.moveCenter(rect.center())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = "border" if not enabled else ("accent" if on else "control")
    painter.setPen(QPen(active.color(edge), 1))
    painter.setBrush(active.color("accent" if on and enabled else ("base" if enabled else "window")))
    painter.drawEllipse(box)
    if on:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color("on_accent" if enabled else "text3"))
        painter.drawEllipse(box.center(), side * 0.2, side * 0.2)
    painter.restore()


def _is_one_of_several(option: QStyleOption) -> bool:
    kind = getattr(option, "checkType", None)
    return bool(kind == QStyleOptionMenuItem.CheckType.Exclusive)


def _paint_dot(painter: QPainter, option: QStyleOption) -> None:
    if not option.state & QStyle.StateFlag.State_On:
        return
    enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    # The application's palette: entries of menus are transparent, which the option's window colour takes for black.
    painter.setBrush(tokens.of(QApplication.palette()).color("accent" if enabled else "text3"))
    painter.drawEllipse(QRectF(option.rect).center(), 4.0, 4.0)
    painter.restore()


def _mark_pen(color: QColor) -> QPen:
    return QPen(color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def _mark(box: QRectF, *, partly: bool) -> QPainterPath:
    def at(x: float, y: float) -> tuple[float, float]:
        return box.x() + box.width() * x, box.y() + box.height() * y

    path = QPainterPath()
    if partly:
        path.moveTo(*at(0.27, 0.5))
        path.lineTo(*at(0.73, 0.5))
        return path
    path.moveTo(*at(0.23, 0.53))
    path.lineTo(*at(0.42, 0.71))
    path.lineTo(*at(0.77, 0.31))
    return path


class ThemeController(QObject):
    """Applies a theme to the application and follows the system's while `SYSTEM` is chosen.

    Create one, on the GUI thread, right after the QApplication, while `GuiGarbage` is at work.
    """

    changed = Signal(object)
    """The new `Tokens`, after palette and style sheet were set."""

    def __init__(self, app: QApplication, choice: Theme = Theme.SYSTEM, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._choice = choice
        self._tokens: Tokens | None = None
        self._style = RetroStyle()
        app.setStyle(self._style)
        tabular = app.font()
        tabular.setFeature(QFont.Tag("tnum"), 1)
        app.setFont(tabular)
        app.styleHints().colorSchemeChanged.connect(self._on_system_scheme)
        self._apply()

    @property
    def choice(self) -> Theme:
        """What was chosen, which may be `SYSTEM`."""
        return self._choice

    @property
    def tokens(self) -> Tokens:
        """The colours now on screen."""
        return self._tokens or tokens.LIGHT

    def set_choice(self, choice: Theme) -> None:
        """Change the theme of everything that is open."""
        self._choice = choice
        self._apply()

    @Slot()
    def _on_system_scheme(self) -> None:
        self._apply()

    def _wanted(self) -> Tokens:
        match self._choice:
            case Theme.LIGHT:
                return tokens.LIGHT
            case Theme.DARK:
                return tokens.DARK
            case _:
                # X11 and offscreen say Unknown: light, like the rest of such a desktop.
                dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
                return tokens.DARK if dark else tokens.LIGHT

    def _ask_system(self) -> None:
        """Let native parts (title bar, menu bar, file dialogs) take the chosen scheme where they can."""
        hints = self._app.styleHints()
        match self._choice:
            case Theme.LIGHT:
                hints.setColorScheme(Qt.ColorScheme.Light)
            case Theme.DARK:
                hints.setColorScheme(Qt.ColorScheme.Dark)
            case _:
                hints.unsetColorScheme()

    def _apply(self) -> None:
        self._ask_system()
        wanted = self._wanted()
        if wanted is self._tokens:
            return
        self._tokens = wanted
        # palette(...) inside a sheet does not follow setPalette, so the sheet is written from the tokens,
        # and it is cleared first, or widgets keep colours that Qt has resolved already.
        self._app.setPalette(tokens.make_palette(wanted))
        self._app.setStyleSheet("")
        self._app.setStyleSheet(style_sheet(wanted))
        _log.debug("theme %s (chosen: %s)", wanted.name, self._choice)
        self.changed.emit(wanted)
