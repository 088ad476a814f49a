"""The parameters of a command: everything arrives as text, and what makes no sense counts as missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

_LONGEST = 1_000_000
_NO = frozenset({"", "0", "false", "none", "no"})


class CommandError(Exception):
    """The answer is an error: status 400 with this message, which may be None."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Params:
    """What was asked for."""

    given: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        return self.given.get(name, default).strip()

    def number(self, name: str, default: int = 0) -> int:
        """A number; the default for a text that is none."""
        return _number(self.given.get(name, ""), default)

    def numbers(self, name: str) -> tuple[int, ...] | None:
        """The numbers of a list with commas; None if it is missing."""
        words = self.words(name)
        if words is None:
            return None
        return tuple(number for word in words if (number := _number(word, -1)) >= 0)

    def words(self, name: str) -> tuple[str, ...] | None:
        """The words of a list with commas; None if it is missing."""
        words = tuple(word for word in (each.strip() for each in self.text(name).split(",")) if word)
        return words or None

    def flag(self, name: str, default: bool = False) -> bool:
        """Whether something is wanted."""
        value = self.given.get(name)
        return default if value is None else value.strip().lower() not in _NO

    def day(self, name: str) -> date | None:
        """A day written YYYY-MM-DD; None if it is missing.

        Raises:
            ValueError: it is no date. Tautulli then finds no rows.
        """
        text = self.text(name)
        return date.fromisoformat(text) if text else None

    def required(self, name: str) -> str:
        """A text that the command cannot do without.

        Raises:
            CommandError: it is missing.
        """
        text = self.text(name)
        if not text:
            raise CommandError
        return text

    def page(self, total: int, *, length: int = 25) -> slice:
        """The part of a table of `total` rows that is asked for, as first and last index.

        Tautulli cuts with `rows[start:start + length]`, so that `length=-1` leaves out the last row. Clients know that.
        """
        start = max(0, self.number("start"))
        count = max(-_LONGEST, min(self.number("length", length), _LONGEST))
        first, last, _step = slice(start, start + count).indices(total)
        return slice(first, max(first, last))


def _number(text: str, default: int) -> int:
    text = text.strip()
    if len(text) > 18 or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        return default
    return int(text)
