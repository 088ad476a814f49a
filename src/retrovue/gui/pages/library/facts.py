"""What the details panel says of one row, read on the query lane."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from retrovue.core.domain.browse import ItemRow
from retrovue.core.domain.guids import ExternalId
from retrovue.core.domain.media import CatalogItem, FileState, ItemKind, StoredFile
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.titles import episode_code, episode_title
from retrovue.core.domain.watch_stats import WatchStats
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog import browsing
from retrovue.core.services.catalog.picked import Picked
from retrovue.core.services.files.local_files import same_file_key
from retrovue.gui import text
from retrovue.gui.pages.library.columns import season_title
from retrovue.gui.pages.library.played import PlayedFacts, read_played
from retrovue.gui.pages.library.watched import read_watched

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

_CODECS = {"h264": "H.264", "hevc": "HEVC", "av1": "AV1", "mpeg2video": "MPEG-2", "vc1": "VC-1", "mpeg4": "MPEG-4"}
_SOUNDS = {"aac": "AAC", "ac3": "AC-3", "eac3": "E-AC-3", "dca": "DTS", "dts": "DTS", "truehd": "TrueHD"}
_CHANNELS = {1: "1.0", 2: "2.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_LINKS = {
    ("tvdb", ItemKind.SHOW): "https://thetvdb.com/dereferrer/series/{id}",
    ("tvdb", ItemKind.EPISODE): "https://thetvdb.com/dereferrer/episode/{id}",
    ("tvdb", ItemKind.MOVIE): "https://thetvdb.com/dereferrer/movie/{id}",
    ("tmdb", ItemKind.SHOW): "https://www.themoviedb.org/tv/{id}",
    ("tmdb", ItemKind.MOVIE): "https://www.themoviedb.org/movie/{id}",
}
_SHOWN_PROVIDERS = ("tvdb", "tmdb", "imdb", "anidb", "mbid", "plex")

_RANK = (
    FileState.FOUND,
    FileState.UNCHECKED,
    FileState.UNMAPPED,
    FileState.UNREACHABLE,
    FileState.SIZE_DIFFERS,
    FileState.MISSING,
)


@dataclass(frozen=True)
class VersionFacts:
    """One version of an item: its parts and how it is made."""

    title: str
    parts: tuple[StoredFile, ...]
    size_bytes: int
    note: str

    @property
    def state(self) -> FileState:
        """The state of the part that needs attention most."""
        return max((part.state for part in self.parts), key=_RANK.index)


@dataclass(frozen=True)
class CopyFacts:
    """One of the items that a grouped row stands for: where it is, and its versions or, of a show, its extent."""

    place: str
    server_kind: str
    is_shared: bool = False
    versions: tuple[VersionFacts, ...] = ()
    extent: str = ""


@dataclass(frozen=True)
class ItemFacts:
    """Everything on the panel.

    Attributes:
        copies: of a row that several servers hold; `versions` are then those of all copies, each file once.
        items: (server id, the server's own id) of each copy, which tells a live session of it.
        lines: below the title, at most three.
        played: its latest plays in the history; None for a season.
        by_anybody: what all records say of it, of its copies together.
        poster: (title of the placeholder, server id, address).
        states: of shows and seasons, whose files are not listed one by one.
    """

    picked: Picked
    title: str
    lines: tuple[str, ...] = ()
    badges: tuple[str, ...] = ()
    watch_icon: str = "eye-slash"
    watch_text: str = ""
    summary: str = ""
    kind: ItemKind = ItemKind.MOVIE
    ids: tuple[ExternalId, ...] = ()
    versions: tuple[VersionFacts, ...] = ()
    size_bytes: int = 0
    states: dict[FileState, int] = field(default_factory=dict, hash=False)
    poster: tuple[str, int, str | None] = ("", 0, None)
    is_trashed: bool = False
    copies: tuple[CopyFacts, ...] = ()
    items: tuple[tuple[int, str], ...] = ()
    played: PlayedFacts | None = None
    by_anybody: WatchStats = field(default_factory=WatchStats)

    @property
    def files(self) -> list[StoredFile]:
        """Every part of every version."""
        return [part for version in self.versions for part in version.parts]


def link_of(guid: ExternalId, kind: ItemKind) -> str | None:
    """The web page of an external id, where there is one."""
    if guid.provider == "imdb":
        return f"https://www.imdb.com/title/{guid.external_id}/"
    pattern = _LINKS.get((guid.provider, kind))
    return pattern.format(id=guid.external_id) if pattern and guid.external_id.isdigit() else None


def distinct_ids(ids: tuple[ExternalId, ...]) -> list[ExternalId]:
    """Every id once, known providers first; ids that name nothing outside are left out."""
    seen: dict[tuple[str, str], ExternalId] = {}
    for guid in ids:
        if guid.provider not in ("none", "local"):
            seen.setdefault((guid.provider, guid.external_id), guid)
    order = {name: n for n, name in enumerate(_SHOWN_PROVIDERS)}
    return sorted(seen.values(), key=lambda guid: (order.get(guid.provider, 99), guid.provider))


def read_details(context: "AppContext", picked: Picked, token: CancelToken) -> ItemFacts | None:
    """The details of the one row in `picked`; None when it is gone. Thread: a lane."""
    token.raise_if_cancelled()
    if picked.shows:
        return _show(context, picked, picked.shows[0])
    if picked.seasons:
        return _season(context, picked, *picked.seasons[0])
    kind, item_id = ItemKind.MOVIE, 0
    if picked.files:
        for kind in (ItemKind.MOVIE, ItemKind.EPISODE):
            owners = browsing.owners_of_files(context, kind, picked.files)
            if owners:
                item_id = owners[0]
                break
    else:
        kind = ItemKind.EPISODE if picked.episodes else ItemKind.MOVIE
        item_id = (picked.episodes or picked.movies)[0]
    item = browsing.item(context, kind, item_id)
    return None if item is None else _item(context, picked, item)


def _show(context: "AppContext", picked: Picked, show_id: int) -> ItemFacts | None:
    rows = browsing.item_rows(context, ItemKind.SHOW, [show_id], grouped=picked.grouped)
    item = browsing.item(context, ItemKind.SHOW, show_id)
    if not rows or item is None:
        return None
    row = rows[0]
    origin = " · ".join(part for part in (_year(row), item.content_rating or "", item.genre or "") if part)
    each = browsing.item_rows(context, ItemKind.SHOW, [copy.item_id for copy in row.copies])
    copies = [CopyFacts(_place(one), one.server_kind, one.is_shared, extent=_extent(one)) for one in each]
    every = browsing.items(context, ItemKind.SHOW, [copy.item_id for copy in row.copies]) or [item]
    items = tuple((one.server_id, one.remote_id) for one in every)
    return ItemFacts(
        picked=picked,
        title=row.title,
        lines=tuple(part for part in (origin, _extent(row), _where(row)) if part),
        watch_icon=_watch_icon(row.watched, row.episodes),
        watch_text=_("{watched} of {total} watched").format(
            watched=text.number(row.watched), total=text.number(row.episodes)
        ),
        summary=item.summary or "",
        kind=ItemKind.SHOW,
        ids=tuple(guid for one in every for guid in one.ids),
        size_bytes=row.size_bytes,
        states=row.states,
        poster=(row.title, row.server_id, row.artwork),
        is_trashed=row.trashed,
        copies=tuple(copies),
        items=items,
        played=read_played(context, item.title, ItemKind.SHOW, items, ()),
        by_anybody=read_watched(context, ItemKind.SHOW, [one.id for one in every]),
    )


def _season(context: "AppContext", picked: Picked, show_id: int, number: int | None) -> ItemFacts | None:
    shows = browsing.item_rows(context, ItemKind.SHOW, [show_id], grouped=picked.grouped)
    seasons = browsing.season_rows(context, show_id, grouped=picked.grouped)
    season = next((season for season in seasons if season.number == number), None)
    if not shows or season is None:
        return None
    show = shows[0]
    count = ngettext("{n} episode", "{n} episodes", season.episodes).format(n=text.number(season.episodes))
    return ItemFacts(
        picked=picked,
        title=season_title(season),
        lines=(show.title, count, _where(show)),
        watch_icon=_watch_icon(season.watched, season.episodes),
        watch_text=_("{watched} of {total} watched").format(
            watched=text.number(season.watched), total=text.number(season.episodes)
        ),
        kind=ItemKind.SHOW,
        size_bytes=season.size_bytes or 0,
        states=season.states,
        poster=(show.title, show.server_id, show.artwork),
        by_anybody=read_watched(
            context,
            ItemKind.SHOW,
            [copy.item_id for copy in show.copies] or [show_id],
            season=number,
            one_season=True,
        ),
    )


def _place(row: ItemRow) -> str:
    return f"{row.server} · {row.library}"


def _where(row: ItemRow) -> str:
    if not row.copies:
        return " · ".join((_place(row), _("shared with you"))) if row.is_shared else _place(row)
    servers = dict.fromkeys(copy.server for copy in row.copies if copy.server_id != row.server_id)
    if servers:
        return _("{server} · also on {others}").format(server=row.server, others=", ".join(servers))
    libraries = dict.fromkeys(copy.library for copy in row.copies[1:])
    return _("{server} · {library}, also in {others}").format(
        server=row.server, library=row.library, others=", ".join(libraries)
    )


def _item(context: "AppContext", picked: Picked, item: CatalogItem) -> ItemFacts:
    rows = browsing.item_rows(context, item.kind, [item.id], grouped=picked.grouped)
    row = rows[0] if rows else None
    of_copy = {copy.item_id: copy for copy in row.copies} if row is not None else {}
    every = browsing.items(context, item.kind, list(of_copy)) or [item]
    copies = [
        CopyFacts(
            f"{one.server} · {one.library}",
            of_copy[one.id].server_kind,
            of_copy[one.id].is_shared,
            tuple(_versions(one.files)),
        )
        for one in every
        if of_copy
    ]
    versions = tuple(version for one in every for version in _versions(one.files))
    best = row.resolution if row is not None else None
    badges = [best] if best else []
    of_one = max((len(copy.versions) for copy in copies), default=len(versions))
    if of_one > 1:
        badges.append(ngettext("{n} version", "{n} versions", of_one).format(n=of_one))
    views = max(one.view_count for one in every)
    watched = _("Watched") if views else _("Unwatched")
    if views > 1:
        watched = ngettext("Watched {n} time", "Watched {n} times", views).format(n=views)
    ids = tuple(guid for one in every for guid in one.ids)
    items = tuple((one.server_id, one.remote_id) for one in every)
    code = episode_code(item.season, item.episode) if item.kind is ItemKind.EPISODE else ""
    name = episode_title(item.show_title, code, item.title)
    return ItemFacts(
        picked=picked,
        title=item.title,
        lines=_lines(item, _where(row) if row is not None else f"{item.server} · {item.library}"),
        badges=tuple(badges),
        watch_icon="check-circle" if views else "eye-slash",
        watch_text=watched,
        summary=item.summary or "",
        kind=item.kind,
        ids=ids,
        versions=versions,
        size_bytes=_once_bytes(versions),
        poster=(_show_poster(context, item) if item.kind is ItemKind.EPISODE else None)
        or (item.title, item.server_id, item.artwork),
        is_trashed=all(one.trashed_at is not None for one in every),
        copies=tuple(copies),
        items=items,
        played=read_played(context, name, item.kind, items, ids),
        by_anybody=read_watched(context, item.kind, [one.id for one in every]),
    )


def _lines(item: CatalogItem, where: str) -> tuple[str, ...]:
    first = str(item.year) if item.year else ""
    facts = [text.minutes(item.duration_ms) if item.duration_ms else "", item.content_rating or ""]
    if item.kind is ItemKind.EPISODE:
        code = episode_code(item.season, item.episode, item.episode_end)
        first = " · ".join(part for part in (item.show_title or "", code) if part)
        facts.insert(0, _aired(item.originally_available_at))
    genre = (item.genre or "") if item.kind is ItemKind.MOVIE else ""
    return tuple(line for line in (first, " · ".join(part for part in facts if part), genre, where) if line)


def _once_bytes(versions: Iterable[VersionFacts]) -> int:
    """A local file that two servers reach counts once."""
    sizes = {
        same_file_key(part.local_path) if part.local_path is not None else part.id: part.size_bytes or 0
        for version in versions
        for part in version.parts
    }
    return sum(sizes.values())


def _show_poster(context: "AppContext", item: CatalogItem) -> tuple[str, int, str | None] | None:
    rows = browsing.item_rows(context, ItemKind.SHOW, [item.show_id]) if item.show_id is not None else []
    return (rows[0].title, rows[0].server_id, rows[0].artwork) if rows else None


def _versions(files: tuple[StoredFile, ...]) -> list[VersionFacts]:
    found = []
    for _index, group in groupby(files, key=lambda file: file.version):
        parts = tuple(group)
        first = parts[0]
        picture = " ".join(part for part in (first.resolution or "", _codec(first.video_codec, _CODECS)) if part)
        channels = _CHANNELS.get(first.audio_channels or 0, str(first.audio_channels or ""))
        sound = " ".join(part for part in (_codec(first.audio_codec, _SOUNDS), channels) if part)
        title = " · ".join(part for part in (first.version_name or "", picture, sound) if part) or _("Version")
        size = sum(part.size_bytes or 0 for part in parts)
        notes = [text.size(size or None), (first.container or "").upper()]
        if len(parts) > 1:
            notes.append(ngettext("{n} part", "{n} parts", len(parts)).format(n=len(parts)))
        if any(part.is_remote for part in parts):
            # A .strm file: what plays is somewhere else.
            notes.append(_("link to a remote source"))
        if any(part.state is FileState.SIZE_DIFFERS for part in parts):
            disk = sum(part.disk_size_bytes or 0 for part in parts)
            notes[0] = _("Server {server} · disk {disk}").format(server=text.size(size), disk=text.size(disk))
        found.append(VersionFacts(title, parts, size, " · ".join(note for note in notes if note)))
    return found


def _codec(name: str | None, known: dict[str, str]) -> str:
    return known.get((name or "").lower(), (name or "").upper())


def _aired(day: str | None) -> str:
    try:
        parsed = date.fromisoformat((day or "")[:10])
    except ValueError:
        return ""
    return text.short_date(parsed, year=True)


def _year(row: ItemRow) -> str:
    return str(row.year) if row.year else ""


def _extent(row: ItemRow) -> str:
    seasons = ngettext("{n} season", "{n} seasons", row.seasons).format(n=text.number(row.seasons))
    episodes = ngettext("{n} episode", "{n} episodes", row.episodes).format(n=text.number(row.episodes))
    return f"{seasons} · {episodes}"


def _watch_icon(watched: int, total: int) -> str:
    if total and watched >= total:
        return "check-circle"
    return "eye" if watched else "eye-slash"
