"""Labels of a Plex server. Plex has no favorites: a rating or the watchlist of an account says something else.

`/library/sections/{id}/label` lists the labels of a library, `/library/sections/{id}/all?label={key}` what has one.
"""

from collections.abc import Sequence
from urllib.parse import quote

from retrovue.core.domain.errors import NotFoundError
from retrovue.core.domain.marks import MarkKind, RemoteMark
from retrovue.core.domain.servers import RemoteLibrary
from retrovue.core.sources.documents import text_of
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.plex.collections import listed_entries
from retrovue.core.sources.plex.decode import children, container


def plex_marks(http: HttpClient, libraries: Sequence[RemoteLibrary]) -> list[RemoteMark]:
    """Return the labels of all movies and shows.

    Raises:
        ProtocolError: a list is incomplete.
        SourceError: the server cannot be asked.
    """
    found: list[RemoteMark] = []
    for library in libraries:
        path = f"/library/sections/{quote(library.remote_id, safe='')}"
        try:
            answer = http.get(f"{path}/label", [])
        except NotFoundError:
            # A library without labels on some versions. One that is gone says the same, and then nobody knows.
            if not _is_listed(http, library):
                raise
            continue
        for entry in children(container(answer.body), "Directory"):
            key = text_of(entry.get("key")) if isinstance(entry, dict) else None
            name = text_of(entry.get("title")) if isinstance(entry, dict) else None
            if key is None or name is None:
                continue
            # The key is a number, or a whole address on some versions.
            label = key.rpartition("label=")[2] or key
            for item in listed_entries(http, f"{path}/all", more=[("label", label)], is_slim=True):
                remote_id = text_of(item.get("ratingKey"))
                if remote_id is not None:
                    found.append(RemoteMark(MarkKind.TAG, name, remote_id))
    return found


def _is_listed(http: HttpClient, library: RemoteLibrary) -> bool:
    entries = children(container(http.get("/library/sections", []).body), "Directory")
    return any(isinstance(entry, dict) and text_of(entry.get("key")) == library.remote_id for entry in entries)
