"""Keys for searching and sorting text: without letter case and accents, with padded numbers."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache

# Letters that have no decomposition but that people type without their stroke or ligature.
_PLAIN = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "’": "'"}
)
# What Unicode has for turning the direction of text; it outlasts the title that holds it.
_DIRECTIONS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_STEERS = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_DIRECTIONS}]")
_DIGITS = re.compile(r"\d+")
_PAD = 6
_SORTED_BY = 500


def fold(text: str) -> str:
    """Return `text` for a search: case folded, accents stripped ("Amélie" becomes "amelie").

    The order of characters is kept, so a part of the folded text is a part of the title. The character 0, which
    PostgreSQL cannot take and SQLite ends a pattern at, is a space. Thread: any.
    """
    if "\0" in text:
        text = text.replace("\0", " ")
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    stripped = "".join(c for c in decomposed if not unicodedata.combining(c))
    # Compose kana and Hangul again: only whole characters distinguish words by their voicing marks.
    return unicodedata.normalize("NFC", stripped.translate(_PLAIN))


@lru_cache(maxsize=4096)
def sort_key(title: str) -> str:
    """Return the sort key: folded, without leading punctuation, numbers padded ("Part 2" < "Part 10").

    It ends after 500 characters, which no title needs: more than 2,700 bytes fit no index of PostgreSQL.
    """
    folded = fold(title).strip()
    key = _DIGITS.sub(lambda match: match.group().zfill(_PAD), folded)
    return (key.lstrip("\"'“”‘’«»¡¿([{.…-–— ") or key)[:_SORTED_BY]


def printable(text: str, *, keep_lines: bool = True) -> str:
    """Return text from elsewhere without what steers a terminal or turns the direction of what follows.

    Escape and other control characters become a space, and direction characters go. Line breaks stay with
    `keep_lines`, as our own messages have them. Thread: any.
    """
    if text.isascii() and text.isprintable():
        return text
    kept = "\n\t" if keep_lines else ""
    return "".join(c if c in kept or not _STEERS.match(c) else "" if c in _DIRECTIONS else " " for c in text)


def json_text(document: object, *, ascii_only: bool = False, indent: int | None = None) -> str:
    """Return JSON that every parser accepts: lone surrogates (undecodable names) are escaped."""
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    if not text.isascii():
        # JSON itself escapes only what is below a space: C1 codes steer terminals as well.
        text = _STEERS.sub(lambda found: found[0] if found[0] in "\n\t" else f"\\u{ord(found[0]):04x}", text)
    elif "\x7f" in text:
        text = text.replace("\x7f", "\\u007f")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return text


def isoformat(moment: datetime | None) -> str | None:
    """ISO 8601 UTC with `Z`, whole seconds."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
