"""From the bytes of a poster to a picture of bounded size."""

import logging

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from retrovue.core.domain.images import image_format

_log = logging.getLogger(__name__)

_MAX_PIXELS = 16_000_000
_LARGEST = QSize(1200, 1800)


def decode(data: bytes) -> QImage | None:
    """Return the picture, its first one if it is animated, no larger than 1200 × 1800; None if it is refused.

    Thread: any but the GUI's. Qt decodes without the interpreter's lock, so that the window goes on meanwhile.
    """
    known = image_format(data)
    if known is None:
        return None
    content = QByteArray(data)
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    # The format is set, not looked for: Qt would try every plugin, SVG included.
    reader = QImageReader(buffer, QByteArray(known.value.encode()))
    reader.setAutoDetectImageFormat(False)
    size = reader.size()
    if not size.isValid() or size.isEmpty() or size.width() * size.height() > _MAX_PIXELS:
        _log.info("a poster of %d × %d pixels was refused", size.width(), size.height())
        return None
    if size.width() > _LARGEST.width() or size.height() > _LARGEST.height():
        reader.setScaledSize(size.scaled(_LARGEST, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
    image = reader.read()
    return None if image.isNull() else image
