"""The program's icon, drawn from its SVG in the format of each system: nothing generated is kept in the repository."""

from __future__ import annotations

import struct
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SVG = Path(__file__).parents[2] / "resources" / "icons" / "app-icon.svg"

_ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
# The four letters that macOS knows a size by: https://en.wikipedia.org/wiki/Apple_Icon_Image_format
_ICNS_TYPES = {16: b"icp4", 32: b"icp5", 64: b"icp6", 128: b"ic07", 256: b"ic08", 512: b"ic09", 1024: b"ic10"}
LINUX_SIZES = (16, 24, 32, 48, 64, 128, 256)


def png(size: int) -> bytes:
    """The icon as a PNG of this many pixels a side."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(SVG)).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise OSError("Qt could not draw the icon")
    return bytes(content.data())


def ico() -> bytes:
    """The icon for Windows, every size that Explorer and the taskbar ask for. Qt itself writes one size a file."""
    images = [(size, png(size)) for size in _ICO_SIZES]
    offset = 6 + 16 * len(images)
    entries = b""
    for size, image in images:
        # A side of 256 is written as 0.
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(image), offset)
        offset += len(image)
    return struct.pack("<HHH", 0, 1, len(images)) + entries + b"".join(image for _size, image in images)


def icns() -> bytes:
    """The icon for macOS."""
    parts = b""
    for size, kind in _ICNS_TYPES.items():
        image = png(size)
        parts += kind + struct.pack(">I", len(image) + 8) + image
    return b"icns" + struct.pack(">I", len(parts) + 8) + parts
