"""What rows of one column or several are compared by. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

Key = tuple[int, float, str]
"""What a value is compared by: what is not known comes before numbers, and numbers before texts."""


def key_of(value: object) -> Key:
    """Return the key of a value; texts compare without letter case."""
    if value is None or value == "":
        return 0, 0.0, ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return 2, 0.0, str(value).casefold()


@dataclass(frozen=True, slots=True)
class _Falling:
    """A key from the greatest to the least."""

    key: Key

    def __lt__(self, other: "_Falling") -> bool:
        return other.key < self.key

    def __le__(self, other: "_Falling") -> bool:
        return other.key <= self.key


def compared(keys: Sequence[Key], falling: Sequence[bool]) -> tuple[Key | _Falling, ...]:
    """Return what a row compares by, the first column first.

    Args:
        falling: which columns go from the greatest to the least.
    """
    return tuple(_Falling(key) if falls else key for key, falls in zip(keys, falling, strict=True))
