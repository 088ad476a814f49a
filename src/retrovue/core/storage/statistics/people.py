"""Who watched a title, as bits: many accounts stand in one sum, and persons are counted without their names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any

_BLOCK = 4096
"""The ids in one text, hexadecimal: 1,024 characters at most, as a database server has no key of more than 2,700."""


def together(rows: Iterable[Any]) -> Iterator[tuple[int, str, list[Any]]]:
    """The sums of one title by account as few: the account and the name of each, and what it sums.

    Who has no account stands alone. The account of the others is a number below zero, for a block of ids.
    """
    blocks: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if row.user_id:
            blocks[row.user_id // _BLOCK].append(row)
        else:
            yield 0, row.user_name, [row]
    for block, some in blocks.items():
        yield -1 - block, f"{reduce(or_, (1 << row.user_id % _BLOCK for row in some)):x}", some


class People:
    """Counts the persons of titles, whose accounts and names come in any order."""

    def __init__(self, users: Mapping[int, str]) -> None:
        self._bits: dict[str, int] = {}
        shared: dict[str, int] = {}
        for id_, name in users.items():
            bit = 1 << id_
            if name in self._bits:
                shared[name] = shared.get(name, self._bits[name]) | bit
            self._bits.setdefault(name, bit)
        self._known = reduce(or_, (1 << id_ for id_, name in users.items() if name), 0)
        self._free = max(users, default=0) + 1
        self._shared = [accounts for name, accounts in shared.items() if name]
        self._bits[""] = 0

    def of(self, user_id: int, user_name: str) -> int:
        """The bits of an account, of a name, or of what stands for many accounts."""
        if user_id > 0:
            return 1 << user_id
        if user_id < 0:
            return int(user_name, 16) << _BLOCK * (-1 - user_id)
        if user_name not in self._bits:
            self._bits[user_name] = 1 << self._free
            self._known |= 1 << self._free
            self._free += 1
        return self._bits[user_name]

    def count(self, bits: int) -> int:
        """How many persons bits are of: accounts of one are one, and nobody is none."""
        bits &= self._known
        found = bits.bit_count()
        if found > 1:
            for accounts in self._shared:
                if several := bits & accounts:
                    found -= several.bit_count() - 1
        return found
