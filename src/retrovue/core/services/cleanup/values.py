"""The collections, tags, libraries, servers, genres and ratings that conditions on names can be about."""

from collections.abc import Iterable

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.facts import Facts
from retrovue.core.domain.cleanup.rules import Field
from retrovue.core.domain.text import fold


def known_values(host: AppContext, facts: Facts) -> dict[Field, tuple[str, ...]]:
    """Field → its names, in alphabetical order. Thread: any but the GUI's: the catalog looks at every title."""
    genres, ratings = host.cleanup_facts.genres_and_ratings()
    named = {
        Field.COLLECTION: (name for names in facts.marks.collections.values() for name in names),
        Field.TAG: (name for names in facts.marks.tags.values() for name in names),
        Field.LIBRARY: (origin.library for origin in facts.origins),
        Field.SERVER: (origin.server for origin in facts.origins),
        Field.GENRE: (part.strip() for genre in genres for part in genre.split(",")),
        Field.RATING: ratings,
    }
    return {field: _sorted(names) for field, names in named.items()}


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}, key=lambda name: (fold(name), name)))
