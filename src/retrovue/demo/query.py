"""The media query language of Plex listings: filters, sorts, slimming."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from retrovue.demo.model import Item, Kind
from retrovue.demo.store import LibraryStore

Predicate = Callable[[Item], bool]

_FIELDS: dict[str, Callable[[Item], Any]] = {
    "id": lambda item: item.id,
    "ratingKey": lambda item: item.id,
    "title": lambda item: item.title,
    "titleSort": lambda item: item.sort_title or item.title,
    "year": lambda item: item.year,
    "guid": lambda item: item.guid,
    "addedAt": lambda item: item.added_at,
    "updatedAt": lambda item: item.updated_at,
    "lastViewedAt": lambda item: item.last_viewed_at,
    "originallyAvailableAt": lambda item: item.originally_available_at,
    "studio": lambda item: item.studio,
    "contentRating": lambda item: item.content_rating,
    "genre": lambda item: item.genres,
    "viewCount": lambda item: item.view_count,
    "duration": lambda item: item.duration_ms,
    "index": lambda item: item.index,
    "parentIndex": lambda item: item.season_number,
    "audienceRating": lambda item: item.rating,
    "unwatched": lambda item: item.view_count == 0,
    "trash": lambda item: item.deleted_at is not None,
}
_TEXTS = {"title", "titleSort", "studio"}
_DATES = {"addedAt", "updatedAt", "lastViewedAt"}
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "mon": 2_592_000, "y": 31_536_000}
_NAME = re.compile(r"(?:(movie|show|season|episode)\.)?([A-Za-z]+)(!=|>>|<<|>|<|=|!)?")
_RELATIVE = re.compile(r"-(\d+)(mon|[smhdwy])")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a client asks to leave out of, or to add to, each listed item."""

    guids: bool = False
    details: bool = False
    markers: bool = False
    include_elements: frozenset[str] = frozenset()
    exclude_elements: frozenset[str] = frozenset()
    exclude_fields: frozenset[str] = frozenset()

    @classmethod
    def of(cls, param: Callable[[str], str | None]) -> Selection:
        """Read it from the query."""

        def words(name: str) -> frozenset[str]:
            return frozenset(word for word in (param(name) or "").split(",") if word)

        return cls(
            guids=param("includeGuids") == "1",
            markers=param("includeMarkers") == "1",
            include_elements=words("includeElements"),
            exclude_elements=words("excludeElements"),
            exclude_fields=words("excludeFields"),
        )


def _date(text: str, now: int) -> float:
    relative = _RELATIVE.fullmatch(text)
    if relative:
        return now - int(relative[1]) * _UNITS[relative[2]]
    return float(text)


def _compare(field: str, operator: str, text: str, now: int) -> Callable[[Any], bool]:
    """Give the test of one value; a missing value never passes a comparison, as SQL null does not."""
    if field in _TEXTS:
        wanted = text.casefold()
        tests: dict[str, Callable[[Any], bool]] = {
            "": lambda value: wanted in str(value).casefold(),
            "=": lambda value: str(value).casefold() == wanted,
            "!": lambda value: wanted not in str(value).casefold(),
            "!=": lambda value: str(value).casefold() != wanted,
            "<": lambda value: str(value).casefold().startswith(wanted),
            ">": lambda value: str(value).casefold().endswith(wanted),
        }
        return lambda value: value is not None and tests[operator](value)
    if operator in (">>", "<<", ">", "<"):
        bound: Any = text if field == "originallyAvailableAt" else _date(text, now) if field in _DATES else float(text)
        comparisons: dict[str, Callable[[Any], bool]] = {
            ">>": lambda value: value > bound,
            "<<": lambda value: value < bound,
            ">": lambda value: value >= bound,
            "<": lambda value: value <= bound,
        }
        return lambda value: value is not None and comparisons[operator](value)
    if operator in ("!", "!="):
        return lambda value: not _equal(value, text)
    return lambda value: _equal(value, text)


def _equal(value: Any, text: str) -> bool:
    if isinstance(value, tuple):
        return text in value
    if isinstance(value, bool):
        return value == (text == "1")
    return value is not None and str(value) == text


def filters(params: Iterable[tuple[str, str]], kind: Kind, library: LibraryStore) -> list[Predicate]:
    """Turn query pairs into predicates; names that are no filter (`sort`, `includeGuids`, …) are passed over.

    Raises:
        ValueError: a filter's value cannot be compared (the server answers 400).
    """
    found = []
    for name, text in params:
        match = _NAME.fullmatch(name)
        if match is None or match[2] not in _FIELDS:
            continue
        scope, field, operator = match[1], match[2], match[3] or ""
        tests = [_compare(field, operator, choice, library.now()) for choice in text.split(",")]
        found.append(_scoped(scope or kind, kind, _FIELDS[field], tests, library))
    return found


def _scoped(
    scope: str,
    kind: Kind,
    value_of: Callable[[Item], Any],
    tests: list[Callable[[Any], bool]],
    library: LibraryStore,
) -> Predicate:
    def passes(item: Item) -> bool:
        value = value_of(item)
        return any(test(value) for test in tests)

    if scope == kind:
        return passes

    def relatives_pass(item: Item) -> bool:
        above = [each for each in library.ancestors(item) if each.kind == scope]
        below = [each for each in library.with_descendants(item) if each.kind == scope] if not above else []
        return any(passes(each) for each in (*above, *below))

    return relatives_pass


def sort_items(items: list[Item], sort: str | None) -> list[Item]:
    """Sort by `field[:desc][,…]`; without one by sort title, as a server lists. Missing values come first."""
    for part in reversed((sort or "titleSort").split(",")):
        name, _, direction = part.strip().partition(":")
        value_of = _FIELDS.get(name.rpartition(".")[2])
        if value_of is None:
            continue
        items = sorted(items, key=_sort_key(value_of), reverse=direction.startswith("desc"))
    return items


def _sort_key(value_of: Callable[[Item], Any]) -> Callable[[Item], Any]:
    def key(item: Item) -> Any:
        value = value_of(item)
        value = value.casefold() if isinstance(value, str) else value
        return (value is not None, value if value is not None else 0, item.id)

    return key
