"""Values of servers as columns can hold them."""

from collections.abc import Mapping
from typing import Any

from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _, number

_LARGEST = 2**53

# 2,700 bytes fit a row of an index on PostgreSQL, whose longest have two titles and two names of who and where, or four
# of these. What is stored is the same on every engine; a character takes 4 bytes at most.
LONGEST_NAME = 300
"""So many characters of a title or an id are stored in an index."""
LONGEST_PATH = 2_600
"""So many bytes of a path are stored in an index."""
_TITLE_BYTES = 800
_NAMES = frozenset(("server_name", "user_name", "person", "player", "library_name"))
_NAME = 120
_NAME_BYTES = 360
_WHOLE = frozenset(("raw_stream_info", "folded"))


def storable_text(text: str) -> str:
    """A text that a column can hold: half a character (a lone surrogate) becomes a question mark.

    The character 0, which PostgreSQL cannot store, becomes U+FFFD.
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def key_text(text: str) -> str:
    """An id, or a name, as a column with an index can hold it."""
    return storable_text(text[:LONGEST_NAME])


def is_known_by(text: str) -> bool:
    """Whether an index can hold the id that a server has given something: a longer one is no one's."""
    return len(text) <= LONGEST_NAME


def is_path(text: str) -> bool:
    """Whether an index can hold a path."""
    # Counted only where four bytes a character could be too many.
    return len(text) * 4 <= LONGEST_PATH or len(text.encode("utf-8", "replace")) <= LONGEST_PATH


def given_name(text: str) -> str:
    """A name that a person gives something.

    Raises:
        ConfigError: an index cannot hold it.
    """
    if len(text) > LONGEST_NAME:
        raise ConfigError(
            _("The name is too long."),
            hint=_("Choose one of at most {n} characters.").format(n=number(LONGEST_NAME)),
        )
    return storable_text(text)


def _cut(text: str, characters: int, size: int) -> str:
    text = storable_text(text[:characters])
    return text if len(text) * 4 <= size else text.encode()[:size].decode("utf-8", "ignore")


def storable_play(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a play with texts that they can hold; names that nobody could read are cut."""
    return {
        name: (
            storable_text(value)
            if name in _WHOLE
            else _cut(value, _NAME, _NAME_BYTES)
            if name in _NAMES
            else _cut(value, LONGEST_NAME, _TITLE_BYTES)
        )
        if isinstance(value, str)
        else value
        for name, value in row.items()
    }


def bounded(number: int | None) -> int | None:
    """A number of a server that a column can hold; an absurd one is not known."""
    return number if number is not None and abs(number) <= _LARGEST else None
