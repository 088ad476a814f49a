"""JSON of media servers as plain documents: repairing it, and reading single values out of it."""

import contextlib
import re
from typing import Any

import msgspec

_ANY = msgspec.json.Decoder()
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u0000|\\."
)
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
        return _ANY.decode(repair(body))
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


def text_of(value: Any) -> str | None:
    """A text or number of a plain document as text; None for nothing and for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def number_of(value: Any) -> int | None:
    """A number or its text, as a whole number; None for anything else."""
    try:
        return int(float(value)) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None
