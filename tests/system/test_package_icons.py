"""The icons of the packaged program: every size that a system asks for, in one file."""

from __future__ import annotations

import struct

import pytest
from PySide6.QtGui import QImage
from tools.package import icons

pytestmark = pytest.mark.slow


def test_an_icon_of_windows_has_every_size() -> None:
    content = icons.ico()
    _reserved, kind, count = struct.unpack_from("<HHH", content)
    assert kind == 1
    sizes = []
    for number in range(count):
        width, _height, *_rest, length, offset = struct.unpack_from("<BBBBHHII", content, 6 + 16 * number)
        image = QImage.fromData(content[offset : offset + length], "PNG")
        assert image.width() == image.height() == (width or 256)
        sizes.append(image.width())
    assert sizes == [16, 24, 32, 48, 64, 128, 256]


def test_an_icon_of_macos_is_as_long_as_it_says_and_not_empty() -> None:
    content = icons.icns()
    assert content[:4] == b"icns"
    assert struct.unpack_from(">I", content, 4)[0] == len(content)
    place, widths = 8, []
    while place < len(content):
        length = struct.unpack_from(">I", content, place + 4)[0]
        image = QImage.fromData(content[place + 8 : place + length], "PNG")
        widths.append(image.width())
        assert image.pixelColor(image.width() // 2, image.height() // 2).alpha() == 255
        place += length
    assert widths == [16, 32, 64, 128, 256, 512, 1024]
