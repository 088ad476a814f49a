"""Drawn posters: a sky, something in it and a land below, chosen by the title; PNG without any library."""

from __future__ import annotations

import colorsys
import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache

Run = tuple[int, int]
Shape = Callable[[int], Iterator[Run]]


@lru_cache(maxsize=512)
def poster(title: str, width: int = 240, height: int = 360) -> bytes:
    """Give a PNG of `width` × `height` pixels that is always the same for the same title. Thread: any."""
    seed = hashlib.sha256(title.encode("utf-8", "surrogatepass")).digest()
    return _png(width, height, _rows(seed, width, height))


def _colour(hue: float, saturation: float, value: float) -> bytes:
    return bytes(int(part * 255) for part in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))


def _rows(seed: bytes, width: int, height: int) -> bytes:
    hue = seed[0] / 255
    top = _colour(hue, 0.55 + seed[1] / 640, 0.20 + seed[2] / 900)
    bottom = _colour(hue + 0.06 + seed[3] / 1_000, 0.60, 0.75)
    layers = (
        (_light(seed, width, height), _colour(hue + 0.45 + seed[4] / 1_200, 0.45, 0.98)),
        (_far_hills(seed, width, height), _colour(hue + 0.03, 0.65, 0.30)),
        (_land(seed, width, height), _colour(hue + 0.02, 0.70, 0.14)),
    )
    rows = bytearray()
    for y in range(height):
        share = y / max(1, height - 1)
        line = bytearray(bytes(int(a + (b - a) * share) for a, b in zip(top, bottom, strict=True)) * width)
        for shape, colour in layers:
            for start, end in shape(y):
                left, right = max(0, start), min(width, end)
                if right > left:
                    line[left * 3 : right * 3] = colour * (right - left)
        rows += b"\0" + line
    return bytes(rows)


def _light(seed: bytes, width: int, height: int) -> Shape:
    """A striped sun, a plain moon, a ring or a comet's trail of discs."""
    kind = seed[10] % 4
    x, y0 = width * (64 + seed[5] // 2) // 256, height * (50 + seed[6] // 3) // 256
    radius = max(1, min(width, height) * (40 + seed[7] // 5) // 256)

    def disc(y: int, x: int, y0: int, radius: int) -> Run:
        half = int(max(0, radius * radius - (y - y0) ** 2) ** 0.5)
        return x - half, x + half

    def runs(y: int) -> Iterator[Run]:
        whole = disc(y, x, y0, radius)
        if kind == 0:
            # Bands of the lower half are left out, which makes a setting sun of the disc.
            if y <= y0 or (y - y0) * 12 // radius % 3 != 2:
                yield whole
        elif kind == 2:
            hole = disc(y, x, y0, radius * 7 // 10)
            yield whole[0], hole[0]
            yield hole[1], whole[1]
        elif kind == 3:
            for number in range(4):
                yield disc(y, x + number * radius * 3 // 4, y0 + number * radius // 2, radius // (number + 1))
        else:
            yield whole

    return runs


def _far_hills(seed: bytes, width: int, height: int) -> Shape:
    """Two or three peaks behind the land."""
    peaks = [
        (
            width * seed[11 + number] // 255,
            height * (120 + seed[14 + number] // 4) // 256,
            0.5 + seed[17 + number] / 256,
        )
        for number in range(2 + seed[20] % 2)
    ]

    def runs(y: int) -> Iterator[Run]:
        for x, top, steepness in peaks:
            if y > top:
                half = int((y - top) / steepness)
                yield x - half, x + half

    return runs


def _land(seed: bytes, width: int, height: int) -> Shape:
    """A town's skyline, or a plain slope."""
    horizon = height * (175 + seed[8] // 8) // 256
    slope = (seed[9] - 128) / 400
    houses = [
        (width * number // 9, width * (number + 1) // 9, horizon - height * (seed[21 + number] % 64) // 512)
        for number in range(9)
    ]

    def runs(y: int) -> Iterator[Run]:
        if seed[30] % 3 == 0:
            yield from ((left, right) for left, right, top in houses if y >= top)
        elif abs(slope) < 0.02:
            if y >= horizon:
                yield 0, width
        else:
            crossing = int(width / 2 - (y - horizon) / slope)
            yield (crossing, width) if slope > 0 else (0, crossing)

    return runs


def _png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
