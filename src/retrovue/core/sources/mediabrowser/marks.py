"""Tags and favorites of Emby and Jellyfin.

`Fields=Tags` adds the tags of an item. `Filters=IsFavorite` lists what an account has among its favorites; a server
that ignores the filter lists everything, so each row has to say so itself (`UserData.IsFavorite`).
"""

from collections.abc import Iterator

from retrovue.core.domain.marks import MarkKind, RemoteMark
from retrovue.core.sources.documents import text_of
from retrovue.core.sources.mediabrowser.collections import Ask, listed_rows


def tags(ask: Ask) -> Iterator[RemoteMark]:
    """Return the tags of all movies and shows.

    Raises:
        ProtocolError: the list is incomplete.
        SourceError: the server cannot be asked.
    """
    rows = listed_rows(ask, [("IncludeItemTypes", "Movie,Series"), ("Recursive", "true"), ("Fields", "Tags")])
    for row in rows:
        remote_id, names = text_of(row.get("Id")), row.get("Tags")
        if remote_id is None or not isinstance(names, list):
            continue
        for name in names:
            # Emby has objects here in some versions (`TagItems` in all), Jellyfin texts.
            found = text_of(name.get("Name") if isinstance(name, dict) else name)
            if found:
                yield RemoteMark(MarkKind.TAG, found, remote_id)


def favorites(ask: Ask, account: str) -> Iterator[RemoteMark]:
    """Return what an account has among its favorites.

    Args:
        ask: requests items as this account sees them.

    Raises:
        ProtocolError: the list is incomplete.
        SourceError: the server cannot be asked.
    """
    kinds = "Movie,Series,Season,Episode"
    params = [("IncludeItemTypes", kinds), ("Recursive", "true"), ("Filters", "IsFavorite")]
    for row in listed_rows(ask, [*params], user_data=True):
        remote_id, data = text_of(row.get("Id")), row.get("UserData")
        if remote_id is not None and isinstance(data, dict) and data.get("IsFavorite") is True:
            yield RemoteMark(MarkKind.FAVORITE, account, remote_id)
