"""The posters of titles that were played."""

from collections.abc import Sequence

from retrovue.core.host import Host
from retrovue.core.storage.catalog.posters import posters_of_titles
from retrovue.core.storage.statistics.facts import TITLE_YEAR


def posters_of_played(host: Host, refs: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Find (server id, address) of the poster of each title that the catalog still has.

    Args:
        refs: what rows of `View.TITLES` are known by: a show's title, or a movie's title and year.
    """
    wanted = {ref: ref.partition(TITLE_YEAR) for ref in refs}
    rows = posters_of_titles(host.database, [title for title, _separator, _year in wanted.values()])
    found: dict[str, tuple[int, str]] = {}
    for ref, (title, _separator, year) in wanted.items():
        match = next((row for row in rows if row.title == title and (not year or str(row.year or "") == year)), None)
        if match is not None:
            found[ref] = match.server_id, match.artwork
    return found
