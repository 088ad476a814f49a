"""The colours of both themes, by name. Every colour on screen comes from here.

`of(palette)` finds the set that a palette was made from, so painters need no reference to the theme: they
follow the palette of the widget that they paint.
"""

from dataclasses import dataclass, fields
from functools import cache

from PySide6.QtGui import QColor, QPalette


@dataclass(frozen=True)
class Tokens:
    """One theme. Colours are "#RRGGBB"; `*_soft` lies behind text of the same name, `*_chart` fills bars."""

    name: str
    dark: bool
    window: str
    rail: str
    base: str
    alt: str
    button: str
    hover: str
    track: str
    border: str
    button_border: str
    control: str
    text: str
    text2: str
    text3: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    success: str
    success_soft: str
    warning: str
    warning_soft: str
    danger: str
    danger_soft: str
    info: str
    info_soft: str
    direct_play: str
    direct_play_soft: str
    direct_play_chart: str
    direct_stream: str
    direct_stream_soft: str
    direct_stream_chart: str
    transcode: str
    transcode_soft: str
    transcode_chart: str
    plex: str
    plex_letter: str
    emby: str
    emby_letter: str
    jellyfin: str
    jellyfin_letter: str

    def color(self, name: str) -> QColor:
        """The colour called `name` ("text2", "success_soft", …).

        Raises:
            KeyError: there is no such token.
        """
        return QColor(_hex(self, name))


LIGHT = Tokens(
    name="light",
    dark=False,
    window="#F3F1EC",
    rail="#E9E6DF",
    base="#FFFFFF",
    alt="#FAF8F5",
    button="#FCFBF9",
    hover="#EFECE6",
    track="#DFDAD1",
    border="#DCD7CD",
    button_border="#ABA599",
    control="#8D8679",
    text="#22201C",
    text2="#575249",
    text3="#6B655A",
    accent="#0B666B",
    accent_hover="#095559",
    on_accent="#FFFFFF",
    selection="#D5E7E6",
    success="#2C6A2E",
    success_soft="#E2EFDF",
    warning="#864C00",
    warning_soft="#FBEED6",
    danger="#AB281F",
    danger_soft="#FBE6E2",
    info="#2A5898",
    info_soft="#E3ECF8",
    direct_play="#0A6963",
    direct_play_soft="#DCEEEC",
    direct_play_chart="#2A8F89",
    direct_stream="#4556AA",
    direct_stream_soft="#E6E9F7",
    direct_stream_chart="#6577C4",
    transcode="#9A4907",
    transcode_soft="#FAE9D8",
    transcode_chart="#D0771F",
    plex="#E0A21A",
    plex_letter="#241700",
    emby="#3B7D37",
    emby_letter="#FFFFFF",
    jellyfin="#7A4BA8",
    jellyfin_letter="#FFFFFF",
)

DARK = Tokens(
    name="dark",
    dark=True,
    window="#1C1B19",
    rail="#151412",
    base="#242321",
    alt="#282725",
    button="#302E2B",
    hover="#32302C",
    track="#3B3834",
    border="#393632",
    button_border="#625E55",
    control="#7C766B",
    text="#ECE8E0",
    text2="#BAB4A9",
    text3="#ABA599",
    accent="#5BBFB9",
    accent_hover="#76CFCA",
    on_accent="#06211F",
    selection="#1C3E3D",
    success="#87C575",
    success_soft="#263524",
    warning="#E7B25E",
    warning_soft="#3B2F1A",
    danger="#F3988F",
    danger_soft="#452623",
    info="#96B8F3",
    info_soft="#222F45",
    direct_play="#5BBFB9",
    direct_play_soft="#213837",
    direct_play_chart="#46A39D",
    direct_stream="#9DADF3",
    direct_stream_soft="#2A2F49",
    direct_stream_chart="#7C8DDD",
    transcode="#EF9F61",
    transcode_soft="#402C1B",
    transcode_chart="#D8833F",
    plex="#E0A21A",
    plex_letter="#241700",
    emby="#62B45C",
    emby_letter="#0A1F08",
    jellyfin="#B08BDC",
    jellyfin_letter="#1F0E33",
)


@cache
def _table(tokens: Tokens) -> dict[str, str]:
    return {f.name: getattr(tokens, f.name) for f in fields(tokens) if f.type is str and f.name != "name"}


def _hex(tokens: Tokens, name: str) -> str:
    return _table(tokens)[name]


def of(palette: QPalette) -> Tokens:
    """The set that `palette` belongs to, judged by its window colour."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def blend(over: QColor, under: QColor, share: float) -> QColor:
    """`share` (0 to 1) of `over` mixed into `under`, opaque."""

    def mix(a: int, b: int) -> int:
        return round(a * share + b * (1 - share))

    return QColor(mix(over.red(), under.red()), mix(over.green(), under.green()), mix(over.blue(), under.blue()))


_ROLES = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.Base: "base",
    QPalette.ColorRole.ToolTipBase: "base",
    QPalette.ColorRole.AlternateBase: "alt",
    QPalette.ColorRole.Button: "button",
    QPalette.ColorRole.Light: "button",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Shadow: "border",
    QPalette.ColorRole.Dark: "button_border",
    QPalette.ColorRole.Mid: "control",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "text3",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.BrightText: "on_accent",
    QPalette.ColorRole.Highlight: "selection",
}

_DIMMED = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.HighlightedText,
    QPalette.ColorRole.PlaceholderText,
)


def make_palette(tokens: Tokens) -> QPalette:
    """The QPalette of a theme; every role is set, so nothing of the system's palette shines through."""
    palette = QPalette()
    for role, name in _ROLES.items():
        palette.setColor(role, tokens.color(name))
    for role in _DIMMED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, tokens.color("text3"))
    return palette
