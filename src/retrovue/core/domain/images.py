"""Which bytes are a poster: recognized by how they begin, whatever the server calls them."""

from enum import StrEnum

MAX_BYTES = 8 * 1024 * 1024
"""A server scales posters to 400 px: even a PNG of that size takes less than 1 MB."""


class ImageFormat(StrEnum):
    """What is decoded at all, by the name that Qt has for it.

    Nothing that is a program: a 2 KB SVG of nested `<use>` takes for ever to draw.
    """

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"


def image_format(data: bytes) -> ImageFormat | None:
    """Return the format of a whole image; None for anything else, for one cut short, and for more than `MAX_BYTES`."""
    if len(data) > MAX_BYTES:
        return None
    if data.startswith(b"\xff\xd8\xff"):
        return ImageFormat.JPEG if b"\xff\xd9" in data[3:] else None
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ImageFormat.PNG if b"IEND" in data[8:] else None
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ImageFormat.WEBP if len(data) >= int.from_bytes(data[4:8], "little") + 8 else None
    return None
