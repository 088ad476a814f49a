"""JSON of media servers as plain documents: repair, what is said of what is beyond it, and access to single values."""

import contextlib
import math
import re
from typing import Any, TypeVar

import msgspec

from retrovue.core.domain.errors import ProtocolError
from retrovue.core.i18n import _

# Values beyond these are faults and would make sums over a library overflow: two million files of the largest size
# fit 63 bits, and every time has a date.
LARGEST_FILE = 2**42
LONGEST_MS = 1_000 * 3_600 * 24 * 60
LATEST_AT = 253_402_300_799
LAST_YEAR = 9_999
LARGEST_NUMBER = 2**31 - 1

AnswerT = TypeVar("AnswerT")

_ANY = msgspec.json.Decoder()
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u0000|\\."
)
# A text, or a token in place of a number: NaN and the infinities are not JSON, but some servers write them.
_NUMBERS = re.compile(rb'"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)|-?[0-9][0-9.eE+\-]*', re.DOTALL)
_LONGEST_NUMBER = 40
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Raw line breaks are allowed between values, but not inside them. Spaces are valid in both places.
_BREAKS = bytes.maketrans(b"\t\n\r", b"   ")


def malformed(detail: str) -> ProtocolError:
    """Return the error for a truncated or damaged response."""
    return ProtocolError(
        _("The server’s response is damaged or incomplete."),
        hint=_("Try again. If it keeps happening, check any proxy in front of the server."),
        detail=detail,
    )


def any_json(body: bytes) -> Any:
    """Decode JSON, and repair what no decoder accepts.

    Raises:
        msgspec.DecodeError: it is beyond repair (cut off, nested too deeply, or not JSON).
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
    """Return JSON without invalid UTF-8, lone surrogates, NUL and control characters."""
    text = body.decode("utf-8", "replace").encode()
    text = _CONTROL.sub(b"", text).translate(_BREAKS)
    return _ESCAPES.sub(_mended, text)


def _mended(match: "re.Match[bytes]") -> bytes:
    escape = match[0]
    if escape == b"\\u0000":
        return b""
    # A surrogate pair has 12 bytes and is valid, any other escape has 2. The rest is half a pair.
    return b"\\ufffd" if len(escape) == 6 else escape


def _possible(match: "re.Match[bytes]") -> bytes:
    """Return a number that a decoder accepts, else null, so that one absurd value does not fail the response."""
    token = match[0]
    if token.startswith(b'"'):
        return token
    try:
        return token if len(token) <= _LONGEST_NUMBER and math.isfinite(float(token)) else b"null"
    except ValueError:
        # Not a number at all: let the decoder report it.
        return token


def between(number: int | None, lowest: int, highest: int) -> int | None:
    """Return a number within its bounds, else None."""
    return number if number is not None and lowest <= number <= highest else None


def text_of(value: Any) -> str | None:
    """Return a text or number of a plain document as text, else None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value) or None


def title_of(entry: Any, show: str, title: str) -> str | None:
    """Return the title of an entry of any shape, after the title of its show if it has one."""
    if not isinstance(entry, dict):
        return None
    found = [text for name in (show, title) if (text := text_of(entry.get(name))) is not None]
    return " ".join(found)[:200] or None


def number_of(value: Any) -> int | None:
    """Return a number, or the number in a text, as an integer; else None."""
    try:
        return int(float(value)) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None


def year_of(value: Any) -> int | None:
    """Return a year; servers write 0 where they know none."""
    return between(number_of(value), 1, LAST_YEAR)


def ordinal_of(value: Any) -> int | None:
    """Return the number of a season or episode; servers write -1 where they know none."""
    return between(number_of(value), 0, LARGEST_NUMBER)


def decoded_at_once(decoder: "msgspec.json.Decoder[AnswerT]", body: bytes) -> AnswerT | None:
    """Return a page that is valid as a whole; None where it has to be read row by row.

    A NUL in a text is valid JSON, and none of our columns takes it.
    """
    if b"\\u0000" in body:
        return None
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
