"""Copies of frozen dataclasses with slots, for what is copied hundreds of times a second."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

_Facts = TypeVar("_Facts")


def with_facts(one: _Facts, **facts: object) -> _Facts:
    """Return a copy with other facts, in a third of the time of `replace`, which goes through an `__init__`."""
    kind: Any = type(one)
    take, slots = _slots_of(kind)
    other: _Facts = object.__new__(kind)
    for put, value in zip(slots.values(), take(one), strict=True):
        put(other, value)
    for name, value in facts.items():
        slots[name](other, value)
    return other


@cache
def _slots_of(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, Callable[[Any, Any], None]]]:
    names = [each.name for each in fields(kind)]
    return attrgetter(*names), {name: getattr(kind, name).__set__ for name in names}
