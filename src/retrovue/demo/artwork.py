"""Drawn posters: a gradient, a few shapes and a horizon, chosen by the title; PNG without any library."""

from __future__ import annotations

import colorsys
import hashlib
import struct
import zlib
from functools import lru_cache


@lru_cache(maxsize=512)
def poster(title: str, width: int = 240, height: int = 360) -> bytes:
    """Give a PNG of `width` × `height` pixels that is always the same for the same title. Thread: any."""
    seed = hashlib.sha256(title.encode("utf-8", "surrogatepass")).digest()
    return _png(width, height, _rows(seed, width, height))


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)


def _rows(seed: bytes, width: int, height: int) -> bytes:
    hue = seed[0] / 255
    top = _colour(hue, 0.55 + seed[1] / 640, 0.20 + seed[2] / 900)
    bottom = _colour(hue + 0.06 + seed[3] / 1_000, 0.60, 0.75)
    disc = bytes(_colour(hue + 0.45 + seed[4] / 1_200, 0.45, 0.98))
    ground = bytes(_colour(hue + 0.02, 0.70, 0.14))
    centre_x, centre_y = width * (64 + seed[5] // 2) // 256, height * (50 + seed[6] // 3) // 256
    radius = min(width, height) * (40 + seed[7] // 5) // 256
    horizon = height * (165 + seed[8] // 8) // 256
    slope = (seed[9] - 128) / 400
    rows = bytearray()
    for y in range(height):
        share = y / max(1, height - 1)
        line = bytearray(bytes(int(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)) * width)
        half = int(max(0, radius * radius - (y - centre_y) ** 2) ** 0.5)
        # Every third band of the lower half is left out, which makes a setting sun of the disc.
        if half and not (y > centre_y and (y - centre_y) * 12 // max(1, radius) % 3 == 2):
            left, right = max(0, centre_x - half), min(width, centre_x + half)
            line[left * 3 : right * 3] = disc * max(0, right - left)
        edge = _ground_edge(y - horizon, slope, width)
        if edge is not None:
            left, right = edge
            line[left * 3 : right * 3] = ground * (right - left)
        rows += b"\0" + line
    return bytes(rows)


def _ground_edge(depth: int, slope: float, width: int) -> tuple[int, int] | None:
    """Which stretch of a row lies in the hill, `depth` pixels below the middle of its ridge."""
    if abs(slope) < 0.02:
        return (0, width) if depth >= 0 else None
    crossing = min(width, max(0, int(width / 2 - depth / slope)))
    left, right = (crossing, width) if slope > 0 else (0, crossing)
    return (left, right) if right > left else None


def _png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
