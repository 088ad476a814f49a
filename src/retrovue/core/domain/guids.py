"""External ids: the identity of an item that a server's guid contains.

A guid names an item of some catalog outside the server (`tvdb`, `tmdb`, `imdb`, …) or inside it (`plex`,
`local`, `none`). All of them are kept, each with its source. `primary_id` only picks the one shown first.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple


class ExternalId(NamedTuple):
    """An id of an item in some catalog. (A tuple, because a first import creates about three for each item.)

    Attributes:
        provider: lower case: "tvdb", "tmdb", "imdb", "plex", "anidb", "mbid", "local", "none", …
        external_id: the provider's own text; legacy episodes carry "show/season/episode".
        source: the field of the server's response: "guid", "guids" or "provider_ids".
    """

    provider: str
    external_id: str
    source: str = "guid"

    def __str__(self) -> str:
        return f"{self.provider}:{self.external_id}"


_PROVIDERS = {
    "tvdb": "tvdb",
    "thetvdb": "tvdb",
    "thetvdbdvdorder": "tvdb",
    "tmdb": "tmdb",
    "themoviedb": "tmdb",
    "moviedb": "tmdb",
    "imdb": "imdb",
    "plex": "plex",
    "anidb": "anidb",
    "anilist": "anilist",
    "mal": "mal",
    "myanimelist": "mal",
    "mbid": "mbid",
    "musicbrainz": "mbid",
    "lastfm": "lastfm",
    "trakt": "trakt",
    "tvmaze": "tvmaze",
    "tvrage": "tvrage",
    "youtube": "youtube",
    "local": "local",
    "localmedia": "local",
    "none": "none",
}
_LEGACY_PREFIX = "com.plexapp.agents."
_PROVIDER_PREFIX = "tv.plex.agents."
# Agents that relay ids of other catalogs write them as `movie/tmdb_383498`.
_NAMED = re.compile(r"(?:.*/)?([a-z]+)\d?[_:-]([^/].*)", re.IGNORECASE)
_GUID = re.compile(r"([a-z][a-z0-9+.\-]*)://([^?]*)", re.IGNORECASE)
# HAMA writes the catalog in front of the id; tvdb2 … tvdb6 are its season-numbering variants of tvdb,
# tsdb its name for the television half of tmdb.
_HAMA = re.compile(r"(anidb|tvdb|tmdb|tsdb|imdb|youtube)\d?-(.+)", re.IGNORECASE)
_IMDB_ID = re.compile(r"tt\d+(?=/|$)", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


def parse_guid(guid: object) -> tuple[str, str] | None:
    """Return the `(provider, external_id)` in a guid, or None when nothing in it is recognized.

    `?lang=…` is dropped, season and episode suffixes are kept (`121361/6/1` names an episode, `121361` its
    show). Legacy Plex agents, HAMA and the newer `plex://`, `tvdb://` forms are understood; names of schemes
    compare in any letter case. Never raises, not even for values that are not text. Thread: any.
    """
    if not isinstance(guid, str):
        return None
    match = _GUID.fullmatch(guid.strip().partition("?")[0])
    if match is None:
        return None
    scheme, rest = match[1].lower(), match[2].strip().strip("/")
    if not rest or _UNPRINTABLE.search(rest):
        return None
    if scheme.startswith(_PROVIDER_PREFIX):
        return _parse_passed_on(scheme.removeprefix(_PROVIDER_PREFIX), rest)
    agent = scheme.removeprefix(_LEGACY_PREFIX)
    if agent == "hama":
        return _parse_hama(rest)
    if agent in ("xbmcnfo", "xbmcnfotv"):
        # These agents relay the id of the .nfo file: IMDb's for most movies, TVDB's number for shows.
        agent = "imdb" if _IMDB_ID.match(rest) else "thetvdb" if agent == "xbmcnfotv" else "themoviedb"
    provider = _PROVIDERS.get(agent)
    if provider is None:
        return None
    return _settle(provider, rest)


def _parse_hama(rest: str) -> tuple[str, str] | None:
    match = _HAMA.fullmatch(rest)
    if match is None:
        return None
    provider = match[1].lower()
    return _settle("tmdb" if provider == "tsdb" else provider, match[2])


def _parse_passed_on(agent: str, rest: str) -> tuple[str, str] | None:
    """Return the id in a guid of a new-style agent, such as `tv.plex.agents.nfo.movie://movie/tmdb_383498`."""
    if agent == "none":
        return "none", rest
    if (match := _NAMED.fullmatch(rest)) and (provider := _PROVIDERS.get(match[1].lower())):
        return _settle(provider, match[2])
    kind, slash, last = rest.partition("/")
    found = _IMDB_ID.match(last if slash and kind in ("movie", "show", "season", "episode") else rest)
    return None if found is None else ("imdb", found[0].lower())


def _settle(provider: str, external_id: str) -> tuple[str, str]:
    # The legacy themoviedb agent also stores IMDb's id when it matched by one.
    if provider in ("tmdb", "imdb") and (found := _IMDB_ID.match(external_id)):
        return "imdb", found[0].lower() + external_id[found.end() :]
    return provider, external_id


def show_external_id(provider: str, external_id: str) -> str | None:
    """Return the show's part of a legacy season or episode id: `121361` for `121361/6/1`.

    Returns:
        None when the id has no season or episode. Of Plex's own ids only `show/…` names a show; it is returned
        as it is.
    """
    if provider == "plex":
        return external_id if external_id.startswith("show/") else None
    show, slash, _rest = external_id.partition("/")
    return show if slash and show else None


_NOTHING = frozenset(("", "-1", "null", "none", "nil", "nan", "undefined", "unknown", "n/a"))


def names_nothing(provider: str, external_id: str) -> bool:
    """Return whether an id exists only on one server, or means "none" (`0`, `tt0000000`, `-1`, `null`, …).

    Such ids are stored and shown, but never make two items the same. Storage has the same condition in SQL.
    """
    if provider in ("local", "none"):
        return True
    rest = external_id.strip().lower().lstrip("t0")
    return rest in _NOTHING or rest.startswith(("/", "-0"))


IdKind = Literal["movie", "show", "episode"]
_OTHER_RANK = 4
_LAST = {"local": _OTHER_RANK + 1, "none": _OTHER_RANK + 1}
_TV_RANKS = {"tvdb": 0, "tmdb": 1, "imdb": 2, "plex": 3, **_LAST}
_MOVIE_RANKS = {"tmdb": 0, "imdb": 1, "tvdb": 2, "plex": 3, **_LAST}


def primary_id(ids: Iterable[ExternalId], kind: IdKind | str) -> ExternalId | None:
    """Return the id that is shown first, or None without any id.

    The order is tvdb, tmdb, imdb, plex for shows and episodes, and tmdb, imdb, tvdb, plex for movies. Other catalogs
    follow, then ids that exist only on this server. Values that mean "none" do not count.
    """
    ranks = _MOVIE_RANKS if kind == "movie" else _TV_RANKS
    best, best_rank = None, len(ranks) + 1
    for candidate in ids:
        rank = ranks.get(candidate.provider, _OTHER_RANK)
        if rank < best_rank and (rank > _OTHER_RANK or not names_nothing(candidate.provider, candidate.external_id)):
            best, best_rank = candidate, rank
    return best


_PROVIDER_ALIASES = {**_PROVIDERS, "imdbid": "imdb"}
"""One provider name for each spelling of the three server types."""


def parse_provider_ids(provider_ids: Mapping[str, object] | None) -> tuple[ExternalId, ...]:
    """Return the ids in `ProviderIds` of Emby and Jellyfin, in their order.

    Keys come in any letter case (recorded: `Imdb` and `IMDB` on one server) and are lowered; values are
    trimmed. Empty values, and values that are neither text nor number, are dropped. A repeated id counts once.
    Never raises for any content. Thread: any.
    """
    found: dict[tuple[str, str], ExternalId] = {}
    for key, value in (provider_ids or {}).items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            continue
        provider, external_id = str(key).strip().lower(), str(value).strip()
        if not provider or not external_id:
            continue
        provider = _PROVIDER_ALIASES.get(provider, provider)
        if provider == "imdb":
            external_id = _settle(provider, external_id)[1]
        found.setdefault((provider, external_id), ExternalId(provider, external_id, "provider_ids"))
    return tuple(found.values())
