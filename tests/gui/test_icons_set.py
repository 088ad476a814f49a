"""Every icon loads, is tinted, and follows the theme."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from retrovue.core.system.resources import find_resources, resource_path
from retrovue.gui.theme import icons, tokens

_SOURCES = Path(icons.__file__).parent.parent


@pytest.fixture
def palette(qapp: QApplication) -> Iterator[None]:
    before = qapp.palette()
    yield
    qapp.setPalette(before)


def colors(image: QImage) -> set[str]:
    """The colours of the opaque pixels."""
    return {
        image.pixelColor(x, y).name()
        for y in range(image.height())
        for x in range(image.width())
        if image.pixelColor(x, y).alpha() == 255
    }


def ink(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() > 40 for y in range(image.height()) for x in range(image.width()))


@pytest.mark.parametrize("name", sorted(icons.icon_names()))
def test_every_icon_has_ink_of_one_colour(qtbot: QtBot, name: str) -> None:
    image = icons.pixmap(name, QColor("#ff0000"), 32).toImage()
    assert image.size() == QSize(32, 32)
    assert ink(image) > 8
    assert colors(image) == {"#ff0000"}


def test_every_icon_named_in_the_code_exists() -> None:
    pattern = re.compile(
        r'(?:icon|icons\.icon|icons\.paint|StateLook|set_icon_name|PageAction)\(?=?\(?"([a-z]+(?:-[a-z]+)*)"'
    )
    used = {name for path in _SOURCES.rglob("*.py") for name in pattern.findall(path.read_text(encoding="utf-8"))}
    assert {"plus", "x", "check-circle-fill"} & used
    assert used <= icons.icon_names()


def test_a_cut_shows_what_lies_behind(qtbot: QtBot) -> None:
    filled = icons.pixmap("x-circle-fill", QColor("#00ff00"), 48).toImage()
    assert filled.pixelColor(24, 24).alpha() == 0
    assert filled.pixelColor(24, 12).alpha() == 255


def test_an_icon_follows_the_palette(qtbot: QtBot, qapp: QApplication, palette: None) -> None:
    icon = icons.icon("square-fill", "text2")
    for theme in (tokens.LIGHT, tokens.DARK):
        qapp.setPalette(tokens.make_palette(theme))
        painted = icon.pixmap(QSize(16, 16), 1.0).toImage()
        assert colors(painted) == {theme.text2.lower()}


def test_disabled_and_checked_look_different(qtbot: QtBot, qapp: QApplication, palette: None) -> None:
    qapp.setPalette(tokens.make_palette(tokens.LIGHT))
    icon = icons.icon("film-strip", "text2", on="film-strip-fill", on_role="accent")
    size = QSize(24, 24)
    normal = icon.pixmap(size, 1.0, QIcon.Mode.Normal, QIcon.State.Off).toImage()
    disabled = icon.pixmap(size, 1.0, QIcon.Mode.Disabled, QIcon.State.Off).toImage()
    checked = icon.pixmap(size, 1.0, QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert colors(normal) != colors(disabled)
    assert tokens.LIGHT.accent.lower() in colors(checked)
    assert ink(checked) > ink(normal)


def test_an_icon_survives_copies_and_the_death_of_its_first_owner(qtbot: QtBot) -> None:
    copies = [QIcon(icons.icon("bell")) for _ in range(50)]
    copies[0].setIsMask(True)  # detaches: Qt clones the engine
    del copies[1:]
    assert not copies[0].pixmap(QSize(16, 16)).isNull()


def test_icons_are_sharp_on_dense_screens(qtbot: QtBot) -> None:
    dense = icons.pixmap("bell", QColor("#000000"), 16, device_pixel_ratio=2.0)
    assert dense.size() == QSize(32, 32)
    assert dense.deviceIndependentSize().width() == 16


def test_a_painted_icon_stays_inside_its_place(qtbot: QtBot) -> None:
    canvas = QImage(60, 40, QImage.Format.Format_ARGB32)
    canvas.fill(0)
    painter = QPainter(canvas)
    icons.paint(painter, QRect(10, 10, 40, 20), "square-fill", QColor("#0000ff"))
    painter.end()
    assert canvas.pixelColor(30, 20) == QColor("#0000ff")
    assert canvas.pixelColor(12, 20).alpha() == 0


def test_an_unknown_icon_is_an_error(qtbot: QtBot) -> None:
    with pytest.raises(FileNotFoundError, match="no icon called"):
        icons.icon("unicorn")


def test_the_application_icon_has_its_own_colours(qtbot: QtBot, qapp: QApplication) -> None:
    image = icons.app_icon().pixmap(QSize(64, 64), 1.0).toImage()
    assert tokens.LIGHT.accent.lower() in colors(image)
    assert len(colors(image)) > 2
    assert qapp.palette().color(QPalette.ColorRole.Window).isValid()


# -- where resources are


def test_a_checkout_has_its_resources_at_the_top() -> None:
    assert resource_path("icons", "plus.svg").is_file()


def test_a_wheel_carries_resources_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "retrovue"
    (package / "resources").mkdir(parents=True)
    (tmp_path / "resources").mkdir()  # somebody else's, beside site-packages
    assert find_resources(package, frozen=False) == package / "resources"


def test_a_frozen_program_never_looks_above_its_own_files(tmp_path: Path) -> None:
    package = tmp_path / "bundle" / "retrovue"
    package.mkdir(parents=True)
    (tmp_path / "resources").mkdir()
    with pytest.raises(FileNotFoundError):
        find_resources(package, frozen=True)
    (package / "resources").mkdir()
    assert find_resources(package, frozen=True) == package / "resources"
