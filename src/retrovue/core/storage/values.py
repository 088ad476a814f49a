"""Values of servers as columns can hold them."""

_LARGEST = 2**53


def storable_text(text: str) -> str:
    """A text that a column can hold: half a character (a lone surrogate) becomes a question mark.

    The character 0, which PostgreSQL cannot store, becomes U+FFFD.
    """
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def bounded(number: int | None) -> int | None:
    """A number of a server that a column can hold; an absurd one is not known."""
    return number if number is not None and abs(number) <= _LARGEST else None
