"""Item queries: what is asked of each row, in which order, and what stays out."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary
from retrovue.core.sources.base import Since
from retrovue.core.sources.mediabrowser.values import iso_of

Params = list[tuple[str, object]]

MAX_ID_LIST = 1_480
"""Characters of an id list as it is sent; longer addresses are refused with 414."""
_FIELDS = (
    "Path,ProviderIds,DateCreated,PremiereDate,ProductionYear,SortName,OriginalTitle,Overview,OfficialRating,Genres,"
    "Studios,Etag,LocationType"
)
_FILE_FIELDS = "MediaSources,AlternateMediaSources,Container,Size,PartCount,IndexNumberEnd"
_SLIM_FIELDS = "Etag,LocationType"
# Oldest addition first, so that what a scan adds while pages are read comes last; the rest orders what was added in
# the same second. Without a complete order pages drift, and rows are lost. Unknown keys are passed over.
_ORDER: Params = [("SortBy", "DateCreated,SortName,ParentIndexNumber,IndexNumber,Id"), ("SortOrder", "Ascending")]
# Two spellings of "no missing episodes": which of them a version knows differs, and neither is in its description.
_FILES_ONLY: Params = [("IsMissing", "false"), ("ExcludeLocationTypes", "Virtual")]
_NO_COLLECTIONS: Params = [("CollapseBoxSetItems", "false"), ("GroupItemsIntoCollections", "false")]


def fields_of(kind: ItemKind) -> str:
    """The fields of a full row: lists are thin, only what is named is told."""
    return _FIELDS if kind is ItemKind.SHOW else f"{_FIELDS},{_FILE_FIELDS}"


def types_of(library: RemoteLibrary, kind: ItemKind, also: ItemKind | None = None) -> str:
    """The item types that make up a kind, and those of a second one."""
    if also is not None:
        return f"{types_of(library, kind)},{types_of(library, also)}"
    if kind is ItemKind.MOVIE:
        return "Movie,Video" if library.kind is LibraryKind.MIXED else "Movie"
    return "Series" if kind is ItemKind.SHOW else "Episode"


def scope(library: RemoteLibrary, kind: ItemKind, also: ItemKind | None = None) -> Params:
    """Everything of a kind (or of two) in a library, placeholders left out."""
    return [
        ("ParentId", library.remote_id),
        ("Recursive", "true"),
        ("IncludeItemTypes", types_of(library, kind, also)),
        *_FILES_ONLY,
        *_NO_COLLECTIONS,
    ]


def scope_of_all(types: Sequence[str]) -> Params:
    """Everything of some item types in whatever library, placeholders left out."""
    return [("Recursive", "true"), ("IncludeItemTypes", ",".join(types)), *_FILES_ONLY, *_NO_COLLECTIONS]


def newest(count: int) -> Params:
    """The newest items, as many as these."""
    return [("SortBy", "DateCreated,SortName,Id"), ("SortOrder", "Descending"), ("StartIndex", 0), ("Limit", count)]


def watched_last(start: int, size: int) -> Params:
    """What the account watched, latest first."""
    # Seen on Jellyfin: marking changes neither save date nor Etag, but it is found so at once.
    order = [("IsPlayed", "true"), ("SortBy", "DatePlayed,DateCreated,Id"), ("SortOrder", "Descending")]
    return [*order, ("EnableImages", "false"), ("EnableUserData", "true"), ("StartIndex", start), ("Limit", size)]


def full_rows(kind: ItemKind, *, account: bool) -> Params:
    """All that is stored of a row; of pictures only the poster, and what the account (if any) has watched."""
    return [
        ("Fields", fields_of(kind)),
        ("EnableImageTypes", "Primary"),
        ("ImageTypeLimit", 1),
        _user_data(account),
    ]


def slim_rows(*, account: bool, path: bool = False) -> Params:
    """What a change key is made of, and where the item is."""
    fields = f"{_SLIM_FIELDS},Path" if path else _SLIM_FIELDS
    return [("Fields", fields), ("EnableImages", "false"), _user_data(account)]


def _user_data(account: bool) -> tuple[str, object]:
    return ("EnableUserData", "true" if account else "false")


def window(start: int, size: int) -> Params:
    """A page in a stable order."""
    return [*_ORDER, ("StartIndex", start), ("Limit", size)]


def saved_since(since: Since | None, name: str = "MinDateLastSaved") -> Params:
    """Only what the server saved at that instant or later. An item is saved when it is added, too."""
    return [] if since is None else [(name, iso_of(since.changed_after))]


def id_lists(ids: Sequence[str], most: int) -> Iterator[list[str]]:
    """Split ids so that each list is short enough for an address."""
    chunk: list[str] = []
    length = 0
    for each in ids:
        added = len(quote(each, safe="")) + len("%2C")
        if chunk and (len(chunk) >= most or length + added > MAX_ID_LIST):
            yield chunk
            chunk, length = [], 0
        chunk.append(each)
        length += added
    if chunk:
        yield chunk
