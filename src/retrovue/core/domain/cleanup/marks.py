"""Collections, tags and favorites of a title: its own, those of what it belongs to, and of what belongs to it."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from retrovue.core.domain.cleanup.facts import Address, Facts, Level, Unit

Mark = TypeVar("Mark", str, int)


def addresses(facts: Facts, unit: Unit) -> Iterator[Address]:
    """The title itself, its season and its show."""
    server = unit.origin.server_id
    if unit.remote_id is not None:
        yield server, unit.remote_id
    if unit.show_id is None:
        return
    if unit.level is Level.EPISODE and unit.season_number is not None:
        season = facts.seasons.get((unit.show_id, unit.season_number))
        if season is not None and season.remote_id is not None:
            yield server, season.remote_id
    if unit.level is not Level.SHOW:
        show = facts.shows.get(unit.show_id)
        if show is not None and show.remote_id is not None:
            yield server, show.remote_id


def marked(
    facts: Facts, unit: Unit, marks: Mapping[Address, frozenset[Mark]], *, below: bool = False
) -> frozenset[Mark]:
    """What a title is marked with; `below`: its episodes count, too."""
    if not marks:
        return frozenset()
    none: frozenset[Mark] = frozenset()
    found = none.union(*(marks.get(one, none) for one in addresses(facts, unit)))
    if below:
        server = unit.origin.server_id
        for member in unit.members:
            found = found.union(*(marks.get(one, none) for one in addresses(facts, member)))
        if unit.level is Level.SHOW:
            numbers = {member.season_number for member in unit.members if member.season_number is not None}
            seasons = (facts.seasons.get((unit.id, number)) for number in numbers)
            ids = (one.remote_id for one in seasons if one is not None and one.remote_id is not None)
            found = found.union(*(marks.get((server, remote_id), none) for remote_id in ids))
    return found
