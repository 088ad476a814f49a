"""Collections of a Plex server.

`/library/sections/{id}/collections` lists them (recorded: `metadata_161.json` of plex-api.rs), the `key` of each names
its items. Which are on the home screen is in `/hubs/sections/{id}/manage`, for owners only; a collection's hub is
`custom.collection.{section}.{ratingKey}` (python-plexapi, `ManagedHub`).
"""

import logging
from collections.abc import Sequence
from urllib.parse import quote

from retrovue.core.domain.collections import RemoteCollection
from retrovue.core.domain.errors import AuthError, ForbiddenError, NotFoundError, ProtocolError
from retrovue.core.domain.servers import RemoteLibrary
from retrovue.core.i18n import _
from retrovue.core.sources.documents import number_of, text_of
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.paging import PageWatch
from retrovue.core.sources.plex.decode import children, container

_PAGE = 500
_HOME = ("promotedToOwnHome", "promotedToSharedHome")


def plex_collections(http: HttpClient, libraries: Sequence[RemoteLibrary]) -> list[RemoteCollection]:
    """Return the collections of libraries with all their members.

    Raises:
        ProtocolError: a list is incomplete.
        SourceError: the server cannot be asked.
    """
    found: list[RemoteCollection] = []
    for library in libraries:
        section = quote(library.remote_id, safe="")
        listed = listed_entries(http, f"/library/sections/{section}/collections")
        promoted = _promoted(http, section) if listed else frozenset()
        for entry in listed:
            remote_id = text_of(entry.get("ratingKey"))
            if remote_id is None:
                continue
            try:
                members = listed_entries(
                    http, f"/library/collections/{quote(remote_id, safe='')}/children", is_slim=True
                )
            except NotFoundError:
                # It was deleted a moment ago.
                continue
            ids = [key for member in members if (key := text_of(member.get("ratingKey"))) is not None]
            title = text_of(entry.get("title")) or remote_id
            found.append(
                RemoteCollection(remote_id, title, library.remote_id, remote_id in promoted, tuple(dict.fromkeys(ids)))
            )
    return found


def listed_entries(
    http: HttpClient, path: str, *, more: Sequence[tuple[str, object]] = (), is_slim: bool = False
) -> list[dict[str, object]]:
    """Return every entry of a list, page by page."""
    entries: list[dict[str, object]] = []
    watch = PageWatch()
    while True:
        params: list[tuple[str, object]] = [
            ("X-Plex-Container-Start", len(entries)),
            ("X-Plex-Container-Size", _PAGE),
            *more,
        ]
        if is_slim:
            params += [("excludeElements", "Media,Genre,Guid,Role,Director,Writer,Country,Image,UltraBlurColors")]
        answer = http.get(path, params, page_size=_PAGE)
        found = container(answer.body)
        page = [entry for entry in children(found, "Metadata") if isinstance(entry, dict)]
        entries += page
        total = number_of(found.get("totalSize"))
        if total is None:
            total = number_of(answer.headers.get("X-Plex-Container-Total-Size"))
        # Without a total only a page that is not full is the last one.
        if len(page) < _PAGE if total is None else len(entries) >= total:
            return entries
        if not page or watch.is_endless(text_of(entry.get("ratingKey")) for entry in page):
            raise ProtocolError(
                _("The server’s list of collections is incomplete."),
                hint=_("Try again."),
                detail=f"{path}: {len(entries)} of {total}",
            )


def _promoted(http: HttpClient, section: str) -> frozenset[str]:
    """Return the collections of a section that are on somebody's home screen."""
    try:
        hubs = children(container(http.get(f"/hubs/sections/{section}/manage").body), "Hub")
    except (NotFoundError, AuthError, ForbiddenError, ProtocolError) as error:
        # Servers before 2022 have no such list, and only owners may see it.
        logging.getLogger(__name__).info("promoted collections of section %s: %s", section, error.text)
        return frozenset()
    prefix = f"custom.collection.{section}."
    return frozenset(
        (text_of(hub.get("identifier")) or "").removeprefix(prefix)
        for hub in hubs
        if isinstance(hub, dict)
        and (text_of(hub.get("identifier")) or "").startswith(prefix)
        and any(hub.get(name) in (True, 1, "1") for name in _HOME)
    )
