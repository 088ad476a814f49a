"""Rows in the order of their values, however few or many different ones there are."""

import random
from typing import Any

import pytest

from retrovue.core.domain.ordering import key_of, ordered

COUNT = 200


@pytest.mark.parametrize("is_falling", [False, True])
@pytest.mark.parametrize(
    "column",
    [
        [n % 3 for n in range(COUNT)],
        random.Random(1).sample(range(COUNT * 2), COUNT),
        [None if n % 7 == 0 else n % 90 for n in range(COUNT)],
        [("", "mira", "Mira", "Ada", None)[n % 5] for n in range(COUNT)],
        [f"title {n * 37 % 199}" for n in range(COUNT)],
    ],
    ids=["few numbers", "instants", "some unknown", "names", "titles"],
)
def test_rows_stand_by_their_keys_and_equal_ones_as_they_came(column: list[Any], is_falling: bool) -> None:
    ids = [n * 10 for n in range(COUNT)]
    by_key = sorted(range(COUNT), key=lambda n: key_of(column[n]), reverse=is_falling)
    found = ordered(ids, [column], [None], [is_falling])
    assert list(found.ids) == [ids[n] for n in by_key]
    # By what stands for the values, it is the same order.
    numbers = {value: n for n, value in enumerate(dict.fromkeys(column))}
    meant = {n: value for value, n in numbers.items()}
    mapped = ordered(ids, [[numbers[value] for value in column]], [meant], [is_falling])
    assert mapped.ids == found.ids
    for value in (column[3], 57, None, "kessler"):
        key = key_of(value)
        before = sum(key_of(each) > key if is_falling else key_of(each) < key for each in column)
        assert found.place([key])[1] == mapped.place([key])[1] == before


def test_the_second_column_decides_between_equals() -> None:
    names, starts = ["b", "a", "B", "a"], [1, 2, 3, 4]
    found = ordered([10, 20, 30, 40], [names, starts], [None, None], [False, True])
    assert list(found.ids) == [40, 20, 30, 10]
    assert found.place([key_of("A"), key_of(3)])[1] == 1
