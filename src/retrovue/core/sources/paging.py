"""Lists that come in pages, and servers that send the same page whatever is asked for."""

from collections.abc import Hashable, Iterable

_PATIENCE = 3


class PageWatch:
    """Notices a list that goes round and round. One thread.

    A page can bring nothing new by chance: entries moved on meanwhile, or none of it can be read. Several in a row do
    so only where the list has no end.
    """

    def __init__(self) -> None:
        self._seen: set[Hashable] = set()
        self._barren = 0

    def is_endless(self, keys: Iterable[Hashable]) -> bool:
        """Remember the keys of a page, and return whether this and the pages before it brought nothing new."""
        before = len(self._seen)
        self._seen.update(keys)
        self._barren = 0 if len(self._seen) > before else self._barren + 1
        return self._barren > _PATIENCE
