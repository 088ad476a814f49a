"""The posters of titles that were played."""

from collections.abc import Sequence

from retrovue.core.domain.played_titles import within
from retrovue.core.host import Host
from retrovue.core.storage.catalog.posters import posters_of_titles


def posters_of_played(host: Host, refs: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Find (server id, address) of the poster of each title that the catalog still has.

    Args:
        refs: what rows of titles, seasons and items are known by; the latter two have the poster of their show.
    """
    wanted = {ref: within(ref) for ref in refs}
    rows = posters_of_titles(host.database, [each.plain_title for each in wanted.values()])
    found: dict[str, tuple[int, str]] = {}
    for ref, each in wanted.items():
        mine = (row for row in rows if row.title == each.plain_title and each.year in (None, row.year))
        match = next(mine, None)
        if match is not None:
            found[ref] = match.server_id, match.artwork
    return found
