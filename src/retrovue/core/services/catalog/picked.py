"""What is selected, and what the catalog says about it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.media import CatalogItem, ItemKind, StoredFile
from retrovue.core.domain.played_titles import Within, title_ref
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.services.catalog import browsing

_CHUNK = 400
MAX_FILES = 500


@dataclass(frozen=True)
class Picked:
    """Selected rows by kind. `seasons` are (show id, season number); `grouped`: each stands for all its copies."""

    shows: tuple[int, ...] = ()
    seasons: tuple[tuple[int, int | None], ...] = ()
    episodes: tuple[int, ...] = ()
    movies: tuple[int, ...] = ()
    files: tuple[int, ...] = ()
    grouped: bool = False

    @property
    def count(self) -> int:
        """How many rows are selected."""
        return len(self.shows) + len(self.seasons) + len(self.episodes) + len(self.movies) + len(self.files)

    @staticmethod
    def of_view(view: View, ids: Iterable[int], *, grouped: bool = False) -> "Picked":
        """Rows of a flat list."""
        chosen = tuple(ids)
        match view:
            case View.SHOWS:
                return Picked(shows=chosen, grouped=grouped)
            case View.MOVIES:
                return Picked(movies=chosen, grouped=grouped)
            case View.EPISODES:
                return Picked(episodes=chosen, grouped=grouped)
            case View.FILES:
                return Picked(files=chosen)


def season_episodes(context: Host, show_id: int, number: int | None, *, grouped: bool = False) -> list[int]:
    """The present episodes of a season in order."""
    ids = list(browsing.list_ids(context, BrowseQuery(View.EPISODES, show_id=show_id, season=number, grouped=grouped)))
    if number is not None:
        return ids
    return [row.id for row in browsing.item_rows(context, ItemKind.EPISODE, ids) if row.season is None]


def every_copy(context: Host, picked: Picked) -> Picked:
    """The same rows with every item that a grouped one stands for."""
    if not picked.grouped:
        return picked
    members = partial(browsing.same_on_servers, context)
    seasons = [(show_id, number) for chosen, number in picked.seasons for show_id in members(ItemKind.SHOW, [chosen])]
    return Picked(
        tuple(members(ItemKind.SHOW, picked.shows)),
        tuple(seasons),
        tuple(members(ItemKind.EPISODE, picked.episodes)),
        tuple(members(ItemKind.MOVIE, picked.movies)),
        picked.files,
    )


def iterate(context: Host, picked: Picked, token: CancelToken) -> Iterator[CatalogItem]:
    """Every movie and episode that `picked` means, in order; of chosen files only those files.

    Raises:
        Cancelled: between two items. Thread: a lane.
    """
    for show_id in picked.shows:
        if picked.grouped:
            every = BrowseQuery(View.EPISODES, show_id=show_id, grouped=True)
            yield from _many(context, ItemKind.EPISODE, browsing.list_ids(context, every), token)
        else:
            yield from _checked(browsing.episodes_of(context, show_id), token)
    for show_id, number in picked.seasons:
        ids = season_episodes(context, show_id, number, grouped=picked.grouped)
        yield from _many(context, ItemKind.EPISODE, ids, token)
    yield from _many(context, ItemKind.EPISODE, picked.episodes, token)
    yield from _many(context, ItemKind.MOVIE, picked.movies, token)
    yield from _with_files(context, picked.files, token)


def own_items(context: Host, picked: Picked, token: CancelToken) -> Iterator[CatalogItem]:
    """The chosen rows themselves: shows as shows, not as their episodes."""
    yield from _many(context, ItemKind.SHOW, picked.shows, token)
    yield from iterate(context, replace(picked, shows=()), token)


def parts_of(context: Host, picked: Picked) -> list[Within]:
    """What the chosen rows are in the history, which knows titles and numbers. Thread: a lane."""
    items = partial(browsing.item_rows, context)
    found = [Within(title_ref(row.title)) for row in items(ItemKind.SHOW, picked.shows)]
    for show_id, number in picked.seasons:
        found += [Within(row.title, season=number) for row in items(ItemKind.SHOW, [show_id])]
    for row in items(ItemKind.EPISODE, picked.episodes):
        show = row.show_title or row.title
        if row.season is not None and row.episode is not None:
            found.append(Within(show, row.season, row.episode))
        else:
            found.append(Within(show, name=row.title))
    found += [Within(title_ref(row.title, row.year)) for row in items(ItemKind.MOVIE, picked.movies)]
    return found


def files_of(items: Iterable[CatalogItem]) -> list[StoredFile]:
    """Every file once, in order."""
    found: dict[int, StoredFile] = {}
    for item in items:
        for file in item.files:
            found.setdefault(file.id, file)
    return list(found.values())


def _many(context: Host, kind: ItemKind, ids: Iterable[int], token: CancelToken) -> Iterator[CatalogItem]:
    chosen = list(ids)
    for start in range(0, len(chosen), _CHUNK):
        yield from _checked(browsing.items(context, kind, chosen[start : start + _CHUNK]), token)


def _with_files(context: Host, file_ids: tuple[int, ...], token: CancelToken) -> Iterator[CatalogItem]:
    for start in range(0, len(file_ids), _CHUNK):
        chunk = file_ids[start : start + _CHUNK]
        chosen = set(chunk)
        for kind in (ItemKind.MOVIE, ItemKind.EPISODE):
            owners = browsing.owners_of_files(context, kind, chunk)
            for item in _checked(browsing.items(context, kind, owners), token):
                yield replace(item, files=tuple(file for file in item.files if file.id in chosen))


def _checked(items: Iterable[CatalogItem], token: CancelToken) -> Iterator[CatalogItem]:
    for item in items:
        token.raise_if_cancelled()
        yield item


@dataclass(frozen=True)
class SelectionSummary:
    """What is known of a selection: its size, and its files as far as they are listed (500 at most)."""

    size_bytes: int = 0
    files: tuple[StoredFile, ...] = ()

    @property
    def local_paths(self) -> list[str]:
        """The local paths of these files; one that two servers reach once."""
        return list(dict.fromkeys(file.local_path for file in self.files if file.local_path is not None))


def summarise(context: Host, picked: Picked, token: CancelToken) -> SelectionSummary:
    """The summary of a selection of any size. Thread: a lane."""
    size = sum(
        browsing.size_bytes(context, view, ids, grouped=picked.grouped)
        for view, ids in (
            (View.SHOWS, picked.shows),
            (View.EPISODES, picked.episodes),
            (View.MOVIES, picked.movies),
            (View.FILES, picked.files),
        )
        if ids
    )
    for show_id, number in picked.seasons:
        seasons = browsing.season_rows(context, show_id, grouped=picked.grouped)
        size += sum(season.size_bytes or 0 for season in seasons if season.number == number)
    files: dict[int, StoredFile] = {}
    for item in iterate(context, every_copy(context, picked), token):
        files.update((file.id, file) for file in item.files)
        if len(files) >= MAX_FILES:
            break
    return SelectionSummary(size, tuple(files.values())[:MAX_FILES])


def first_show(context: Host, picked: Picked) -> list[int]:
    """The show that the first selected row is or belongs to; of a grouped one every copy of it."""
    ids = _show_ids(context, picked)[:1]
    return browsing.same_on_servers(context, ItemKind.SHOW, ids) if picked.grouped else ids


def _show_ids(context: Host, picked: Picked) -> list[int]:
    ids = dict.fromkeys(picked.shows)
    ids.update(dict.fromkeys(show_id for show_id, _number in picked.seasons))
    rows = browsing.item_rows(context, ItemKind.EPISODE, picked.episodes[:_CHUNK])
    ids.update(dict.fromkeys(row.show_id for row in rows if row.show_id is not None))
    return list(ids)
