"""The best answers of a kind to a search: a few rows of a list that may have 41,000.

The list comes in its own order, where the best answer may stand anywhere. Its first thousands are judged, and of shows
and movies also what begins with the words by the index over sort keys. Nobody ends with a word of 41,000 titles.
"""

from array import array

from sqlalchemy import case, literal, select

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.text import sort_key
from retrovue.core.storage.catalog.ordering import table_of
from retrovue.core.storage.catalog.reading import Reading

_JUDGED = 2_000
_HIGHEST = "\U0010ffff"


def best_of(reading: Reading, query: BrowseQuery, listed: "array[int]", most: int) -> list[int]:
    """Return the ids of `listed` whose titles answer the text of `query` best, `most` at most.

    First the very title, then titles that begin with the text, then those in which a word does.
    """
    table, key = table_of(query.view), sort_key(query.text)
    begins = (table.c.sort_key >= key, table.c.sort_key < key + _HIGHEST)
    judged = set(listed[:_JUDGED])
    if len(listed) > _JUDGED and query.view is not View.EPISODES:
        judged.update(set(reading.ids(select(table.c.id).where(*begins).limit(_JUDGED))).intersection(listed))
    a_word_does = reading.dialect.contains(literal(" ").concat(table.c.sort_key), f" {key}")
    rank = case((table.c.sort_key == key, 0), (begins[0] & begins[1], 1), (a_word_does, 2), else_=3)
    ranked = select(table.c.id).where(reading.among(table.c.id, judged)).order_by(rank, table.c.sort_key, table.c.id)
    return reading.ids(ranked.limit(most))
