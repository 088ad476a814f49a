"""Persons as bits, against sets of names."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

from retrovue.core.storage.statistics.people import People, together


@dataclass(frozen=True)
class Row:
    """A sum of one title, as the catalog has it."""

    user_id: int
    user_name: str = ""


def test_persons_are_counted_whatever_stands_for_them() -> None:
    """Two accounts of one person are one, a name without an account can be that of an account, "" is nobody."""
    users = {1: "mira", 4096: "mira", 4097: "Yui", 9000: "", 9001: "Søren"}
    rows = [Row(id_) for id_ in users] + [Row(0, "mira"), Row(0, "guest"), Row(0, "")]
    for some in (rows, rows[:1], rows[:2], rows[3:4], rows[5:], rows[-1:]):
        counted = People(users)
        sums = list(together(some))
        assert [row for _id, _name, summed in sums for row in summed if row not in some] == []
        assert sum(len(summed) for _id, _name, summed in sums) == len(some)
        assert max(len(name) for _id, name, _rows in sums) <= 1024
        bits = reduce(or_, (counted.of(user_id, name) for user_id, name, _rows in sums))
        assert counted.count(bits) == len({users.get(row.user_id, row.user_name) for row in some} - {""})
