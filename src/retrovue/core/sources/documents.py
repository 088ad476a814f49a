"""JSON of media servers as plain documents: repairing it, and reading single values out of it."""

import contextlib
import math
import re
from typing import Any

import msgspec

# What is beyond these is no fact but a fault, and must not make sums over a library overflow: two million files of
# the largest size fit 63 bits, and every time has a date.
LARGEST_FILE = 2**42
LONGEST_MS = 1_000 * 3_600 * 24 * 60
LATEST_AT = 253_402_300_799
LAST_YEAR = 9_999
LARGEST_NUMBER = 2**31 - 1

_ANY = msgspec.json.Decoder()
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u0000|\\."
)
# A text, or what stands where a number may stand: NaN and the infinities are no JSON, but some writers use them.
_NUMBERS = re.compile(rb'"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)|-?[0-9][0-9.eE+\-]*', re.DOTALL)
_LONGEST_NUMBER = 40
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Raw line breaks may stand between values, but not in them: as spaces they are right in both places.
_BREAKS = bytes.maketrans(b"\t\n\r", b"   ")


def any_json(body: bytes) -> Any:
    """Decode JSON, repaired where no decoder would take it.

    Raises:
        msgspec.DecodeError: it cannot be read even so (cut off, nested without end, or no JSON).
    """
    try:
        if b"\\u0000" not in body:
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                return _ANY.decode(body)
        repaired = repair(body)
        try:
            return _ANY.decode(repaired)
        except msgspec.MsgspecError:
            return _ANY.decode(_NUMBERS.sub(_possible, repaired))
    except RecursionError as error:
        raise msgspec.DecodeError("nested too deeply") from error


def repair(body: bytes) -> bytes:
    """JSON with what no decoder accepts taken out: invalid UTF-8, lone surrogates, NUL and control characters."""
    text = body.decode("utf-8", "replace").encode()
    text = _CONTROL.sub(b"", text).translate(_BREAKS)
    return _ESCAPES.sub(_mended, text)


def _mended(match: "re.Match[bytes]") -> bytes:
    escape = match[0]
    if escape == b"\\u0000":
        return b""
    # A pair of surrogates is 12 bytes and fine; an escape of 2 bytes is any other; the rest is half a pair.
    return b"\\ufffd" if len(escape) == 6 else escape


def _possible(match: "re.Match[bytes]") -> bytes:
    """A number that a decoder takes, else null: what is absurd costs its own value, not the answer."""
    token = match[0]
    if token.startswith(b'"'):
        return token
    try:
        return token if len(token) <= _LONGEST_NUMBER and math.isfinite(float(token)) else b"null"
    except ValueError:
        # Not a number at all: the decoder shall say so.
        return token


def between(number: int | None, lowest: int, highest: int) -> int | None:
    """A number inside of its bounds, None for any other."""
    return number if number is not None and lowest <= number <= highest else None


def text_of(value: Any) -> str | None:
    """A text or number of a plain document as text; None for nothing and for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def title_of(entry: Any, show: str, title: str) -> str | None:
    """What people know an entry by that may be anything: the title, behind that of its show where it has one."""
    if not isinstance(entry, dict):
        return None
    found = [text for name in (show, title) if (text := text_of(entry.get(name))) is not None]
    return " ".join(found)[:200] or None


def number_of(value: Any) -> int | None:
    """A number or its text, as a whole number; None for anything else."""
    try:
        return int(float(value)) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
