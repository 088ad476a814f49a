"""Parameters of item queries: fields, order and exclusions."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary
from retrovue.core.sources.base import Since
from retrovue.core.sources.mediabrowser.values import iso_of

Params = list[tuple[str, object]]

MAX_ID_LIST = 1_480
"""The maximum length of an id list in characters. Servers refuse longer addresses with 414."""
_FIELDS = (
    "Path,ProviderIds,DateCreated,PremiereDate,ProductionYear,SortName,OriginalTitle,Overview,OfficialRating,Genres,"
    "Studios,Etag,LocationType"
)
_FILE_FIELDS = "MediaSources,AlternateMediaSources,Container,Size,PartCount,IndexNumberEnd"
_SLIM_FIELDS = "Etag,LocationType"
# Oldest addition first, so that items which a scan adds during a listing come last. The other keys order items of the
# same second. Without a total order pages shift, and rows are lost. Servers ignore unknown keys.
_ORDER: Params = [("SortBy", "DateCreated,SortName,ParentIndexNumber,IndexNumber,Id"), ("SortOrder", "Ascending")]
# Two spellings of "no missing episodes". Versions support different ones, and neither is documented.
_FILES_ONLY: Params = [("IsMissing", "false"), ("ExcludeLocationTypes", "Virtual")]
_NO_COLLECTIONS: Params = [("CollapseBoxSetItems", "false"), ("GroupItemsIntoCollections", "false")]


def fields_of(kind: ItemKind) -> str:
    """Return the fields of a full row. Lists contain only the fields that are requested."""
    return _FIELDS if kind is ItemKind.SHOW else f"{_FIELDS},{_FILE_FIELDS}"


def types_of(library: RemoteLibrary, kind: ItemKind, also: ItemKind | None = None) -> str:
    """Return the item types of a kind, and those of a second one."""
    if also is not None:
        return f"{types_of(library, kind)},{types_of(library, also)}"
    if kind is ItemKind.MOVIE:
        return "Movie,Video" if library.kind is LibraryKind.MIXED else "Movie"
    return "Series" if kind is ItemKind.SHOW else "Episode"


def scope(library: RemoteLibrary, kind: ItemKind, also: ItemKind | None = None) -> Params:
    """Return the parameters for all items of one or two kinds in a library, without placeholders."""
    return [
        ("ParentId", library.remote_id),
        ("Recursive", "true"),
        ("IncludeItemTypes", types_of(library, kind, also)),
        *_FILES_ONLY,
        *_NO_COLLECTIONS,
    ]


def scope_of_all(types: Sequence[str]) -> Params:
    """Return the parameters for all items of some types in any library, without placeholders."""
    return [("Recursive", "true"), ("IncludeItemTypes", ",".join(types)), *_FILES_ONLY, *_NO_COLLECTIONS]


def newest(count: int) -> Params:
    """Return the parameters for this many of the newest items."""
    return [("SortBy", "DateCreated,SortName,Id"), ("SortOrder", "Descending"), ("StartIndex", 0), ("Limit", count)]


def watched_last(start: int, size: int) -> Params:
    """Return the parameters for items that the account watched, latest first."""
    # Jellyfin: marking an item changes neither save date nor Etag, but this filter finds it immediately.
    order = [("IsPlayed", "true"), ("SortBy", "DatePlayed,DateCreated,Id"), ("SortOrder", "Descending")]
    return [*order, ("EnableImages", "false"), ("EnableUserData", "true"), ("StartIndex", start), ("Limit", size)]


def full_rows(kind: ItemKind, *, account: bool) -> Params:
    """Return the parameters for all stored fields: of images only the poster, and the account's watch state."""
    return [
        ("Fields", fields_of(kind)),
        ("EnableImageTypes", "Primary"),
        ("ImageTypeLimit", 1),
        _user_data(account),
    ]


def slim_rows(*, account: bool, path: bool = False) -> Params:
    """Return the parameters for the fields of a change key and the path."""
    fields = f"{_SLIM_FIELDS},Path" if path else _SLIM_FIELDS
    return [("Fields", fields), ("EnableImages", "false"), _user_data(account)]


def _user_data(account: bool) -> tuple[str, object]:
    return ("EnableUserData", "true" if account else "false")


def window(start: int, size: int) -> Params:
    """Return the parameters of a page in a stable order."""
    return [*_ORDER, ("StartIndex", start), ("Limit", size)]


def saved_since(since: Since | None, name: str = "MinDateLastSaved") -> Params:
    """Return the parameter for items saved at that instant or later. Adding an item saves it as well."""
    return [] if since is None else [(name, iso_of(since.changed_after))]


def id_lists(ids: Sequence[str], most: int) -> Iterator[list[str]]:
    """Split ids into lists that are short enough for an address."""
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
