"""Values of servers as columns can hold them."""

from collections.abc import Mapping
from typing import Any

_LARGEST = 2**53

# 2,700 bytes fit a row of an index on PostgreSQL, whose longest have two titles, or four names of who and where. What
# is stored is the same on every engine; a character takes 4 bytes at most.
LONGEST_NAME = 300
"""So many characters of a title or an id are stored in an index."""
LONGEST_PATH = 2_600
"""So many bytes of a path are stored in an index."""
_LONGEST = dict.fromkeys(("server_name", "user_name", "person", "player"), 120)
_WHOLE = frozenset(("raw_stream_info", "folded"))


def storable_text(text: str) -> str:
    """A text that a column can hold: half a character (a lone surrogate) becomes a question mark.

    The character 0, which PostgreSQL cannot store, becomes U+FFFD.
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def key_text(text: str) -> str:
    """An id, or a name, as a column with an index can hold it."""
    return storable_text(text[:LONGEST_NAME])


def storable_play(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a play with texts that they can hold; names that nobody could read are cut."""
    return {
        name: storable_text(value if name in _WHOLE else value[: _LONGEST.get(name, LONGEST_NAME)])
        if isinstance(value, str)
        else value
        for name, value in row.items()
    }


def bounded(number: int | None) -> int | None:
    """A number of a server that a column can hold; an absurd one is not known."""
    return number if number is not None and abs(number) <= _LARGEST else None
