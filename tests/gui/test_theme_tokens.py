"""The colours keep the contrasts that the design promises."""

import pytest
from PySide6.QtGui import QColor, QPalette

from retrovue.gui.theme import tokens
from retrovue.gui.theme.tokens import DARK, LIGHT, Tokens

_SURFACES = ("window", "base", "alt", "hover", "rail", "selection")


def _luminance(color: QColor) -> float:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    r, g, b = (linear(v) for v in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: QColor, b: QColor) -> float:
    lighter, darker = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def lowest(theme: Tokens, name: str, surfaces: tuple[str, ...] = _SURFACES) -> float:
    return min(contrast(theme.color(name), theme.color(surface)) for surface in surfaces)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize(
    ("name", "light", "dark"),
    [
        ("text", 12.7, 9.5),
        ("text2", 6.1, 5.6),
        ("text3", 4.5, 4.7),
        ("accent", 5.2, 5.3),
        ("success", 5.1, 5.7),
        ("warning", 5.4, 6.1),
        ("danger", 5.4, 5.4),
        ("info", 5.6, 5.8),
        ("direct_play", 5.1, 5.3),
        ("direct_stream", 5.2, 5.4),
        ("transcode", 4.9, 5.4),
    ],
)
def test_texts_are_readable_on_every_surface(theme: Tokens, name: str, light: float, dark: float) -> None:
    # The design rounds to one place, and at least 4.5 is what readers with weak sight need.
    assert lowest(theme, name) >= max(4.5, (dark if theme.dark else light) - 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", ["success", "warning", "danger", "info", "direct_play", "direct_stream", "transcode"])
def test_states_are_readable_on_their_own_soft_colour(theme: Tokens, name: str) -> None:
    assert contrast(theme.color(name), theme.color(f"{name}_soft")) >= 5.25


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_edges_letters_and_charts_can_be_told_apart(theme: Tokens) -> None:
    assert lowest(theme, "control", ("window", "base")) >= 3.15
    assert contrast(theme.color("on_accent"), theme.color("accent")) >= (7.65 if theme.dark else 6.65)
    for kind in ("plex", "emby", "jellyfin"):
        assert contrast(theme.color(kind), theme.color(f"{kind}_letter")) >= 4.95
    for chart in ("direct_play_chart", "direct_stream_chart", "transcode_chart"):
        assert contrast(theme.color(chart), theme.color("base")) >= 3.25
    for soft in ("info_soft", "success_soft", "warning_soft", "danger_soft"):
        assert contrast(theme.color("accent"), theme.color(soft)) >= 5.0


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_palette_says_which_theme_it_belongs_to(theme: Tokens) -> None:
    palette = tokens.make_palette(theme)
    assert tokens.of(palette) is theme
    assert palette.color(QPalette.ColorRole.Highlight) == theme.color("selection")
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    assert disabled == theme.color("text3")


def test_an_unknown_colour_is_an_error() -> None:
    with pytest.raises(KeyError):
        LIGHT.color("mauve")


def test_blending_is_opaque_and_in_between() -> None:
    assert tokens.blend(QColor("#000000"), QColor("#ffffff"), 0.4) == QColor(153, 153, 153)
