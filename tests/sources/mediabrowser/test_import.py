"""What the source reads of a demo server equals what is true there, page by page and kind by kind."""

from collections.abc import Callable, Iterator

import pytest

from retrovue.core.domain.errors import ProtocolError
from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary
from retrovue.core.sources.base import Page, Since
from retrovue.core.sources.mediabrowser.source import MediaBrowserSource
from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.fault_kinds import IgnoreParameters
from retrovue.demo.mediabrowser import MediaBrowserDialect
from retrovue.demo.mediabrowser_truth import MediaTruth

_LABELS = {"1080": "1080p", "720": "720p", "4k": "4K", "sd": "SD"}


def pages(ask: Callable[[int], Page]) -> Iterator[Page]:
    start = 0
    while True:
        page = ask(start)
        yield page
        start += page.arrived
        if not page.arrived or start >= (page.total or 0):
            return


def read_all(source: MediaBrowserSource, library: RemoteLibrary, kind: ItemKind, size: int = 37) -> list[RemoteItem]:
    listed = pages(lambda start: source.items_page(library, kind, start=start, size=size))
    return [item for page in listed for item in page.items]


def facts(item: RemoteItem) -> dict[str, object]:
    return {
        "title": item.title,
        "sort_title": item.sort_title,
        "original_title": item.original_title,
        "year": item.year,
        "summary": item.summary or "",
        "content_rating": item.content_rating,
        "studio": item.studio,
        "genre": item.genre,
        "day": item.originally_available_at,
        "duration_ms": item.duration_ms,
        "added_at": item.added_at,
        "show": item.show_remote_id,
        "numbers": (item.season_number, item.episode_number, item.episode_number_end),
        "ids": {f"{each.provider}://{each.external_id}" for each in item.external_ids},
        "files": [
            (f.server_path, f.size_bytes, f.duration_ms, f.version_index, f.part_index, f.container, f.video_codec,
             f.audio_codec, f.resolution)
            for f in item.files
        ],
    }  # fmt: skip


def expected(truth: MediaTruth) -> dict[str, object]:
    episode = truth.kind == "episode"
    return {
        "title": truth.title,
        "sort_title": truth.sort_title,
        "original_title": truth.original_title,
        "year": truth.year,
        "summary": truth.summary,
        "content_rating": truth.content_rating,
        "studio": truth.studio,
        "genre": truth.genres[0] if truth.genres else None,
        "day": truth.originally_available_at,
        "duration_ms": truth.duration_ms,
        "added_at": truth.added_at,
        "show": truth.show_remote_id,
        "numbers": (truth.season_number if episode else None, truth.episode_number, truth.episode_number_end),
        "ids": set(truth.external_ids),
        "files": [
            (f.path, f.size_bytes, f.duration_ms, f.version_index, f.part_index, f.container, f.video_codec,
             f.audio_codec, _LABELS[f.resolution])
            for f in truth.files
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "item_kind"),
    [
        ("Movies", ItemKind.MOVIE),
        ("4K Movies", ItemKind.MOVIE),
        ("TV Shows", ItemKind.SHOW),
        ("TV Shows", ItemKind.EPISODE),
        ("Anime", ItemKind.EPISODE),
    ],
)
def test_everything_read_is_true(
    source: MediaBrowserSource,
    by_name: dict[str, RemoteLibrary],
    dialect: MediaBrowserDialect,
    name: str,
    item_kind: ItemKind,
) -> None:
    section = dialect.view.section_of(dialect.flavour.item_number(by_name[name].remote_id))
    assert section is not None
    wanted = {key: each for key, each in dialect.truth(section.key).items() if each.kind == item_kind.value}
    found = {item.remote_id: item for item in read_all(source, by_name[name], item_kind)}
    assert found.keys() == wanted.keys()
    for key, truth in wanted.items():
        assert facts(found[key]) == expected(truth), truth.title
    assert source.count(by_name[name], item_kind) == len(wanted)


def test_full_rows_slim_rows_and_details_agree(source: MediaBrowserSource, by_name: dict[str, RemoteLibrary]) -> None:
    library = by_name["TV Shows"]
    full = {item.remote_id: item for item in read_all(source, library, ItemKind.EPISODE, size=500)}
    listed = pages(lambda start: source.stubs_page(library, ItemKind.EPISODE, start=start, size=100))
    slim = {stub.remote_id: stub.change_key for page in listed for stub in page.stubs}
    assert slim == {key: item.change_key for key, item in full.items()}
    assert len(set(slim.values())) == len(slim)
    some = list(full)[::3]
    page = source.details(library, ItemKind.EPISODE, some)
    assert {item.remote_id: item for item in page.items} == {key: full[key] for key in some}


def test_a_slim_page_costs_a_fraction_of_a_full_one(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary]
) -> None:
    before = source.traffic.received_bytes
    source.stubs_page(by_name["TV Shows"], ItemKind.EPISODE, start=0, size=200)
    slim = source.traffic.received_bytes - before
    source.items_page(by_name["TV Shows"], ItemKind.EPISODE, start=0, size=200)
    assert slim * 3 < source.traffic.received_bytes - before - slim


def test_libraries_with_their_folders_and_aliases(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], dialect: MediaBrowserDialect
) -> None:
    assert by_name["TV Shows"].kind is LibraryKind.SHOWS
    assert [root.path for root in by_name["TV Shows"].roots] == ["/media/tv", "/mnt/archive/tv"]
    assert by_name["Music"].kind is LibraryKind.MUSIC
    assert by_name["Photos"].kind is LibraryKind.HOME_VIDEOS
    [root] = by_name["4K Movies"].roots
    assert (root.path, root.network_path) == (
        "/media/movies-4k",
        "\\\\nas\\movies-4k" if dialect.flavour.is_emby else None,
    )
    file = read_all(source, by_name["4K Movies"], ItemKind.MOVIE)[0].files[0]
    assert file.server_path.startswith(root.network_path or root.path)


def test_a_library_of_films_and_series_is_mixed_and_read_for_all_kinds(
    source: MediaBrowserSource, dialect: MediaBrowserDialect, library: DemoLibrary
) -> None:
    show = library.add_show("Harbour Lights", section="2")
    library.add_episode(show, "Low tide")
    dialect.view.mixed.add("2")
    [mixed] = [each for each in source.libraries() if each.name == "4K Movies"]
    assert mixed.kind is LibraryKind.MIXED
    assert [item.title for item in read_all(source, mixed, ItemKind.SHOW)] == ["Harbour Lights"]
    [episode] = read_all(source, mixed, ItemKind.EPISODE)
    assert (episode.title, episode.show_title) == ("Low tide", "Harbour Lights")
    assert source.count(mixed, ItemKind.MOVIE) == library.count("2", "movie")


def test_missing_episodes_never_become_items_even_when_the_server_sends_them(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], dialect: MediaBrowserDialect, server: DemoServer
) -> None:
    library = by_name["TV Shows"]
    identity = dialect.flavour.item_id
    missing = {identity(n) for n, item in dialect.view.virtual.items() if item.section == "3"}
    assert missing
    plain = source.items_page(library, ItemKind.EPISODE, start=0, size=500)
    assert plain.skipped == 0
    # A version that knows neither spelling of the filter.
    with server.faults.using(IgnoreParameters()):
        page = source.items_page(library, ItemKind.EPISODE, start=0, size=500)
        stubs = source.stubs_page(library, ItemKind.EPISODE, start=0, size=500)
        assert source.count(library, ItemKind.EPISODE) == stubs.total == plain.total + len(missing)
    assert set(page.skipped_ids) == missing
    assert [item.remote_id for item in page.items] == [item.remote_id for item in plain.items]
    assert len(page.items) + page.skipped == page.arrived == page.total == (plain.total or 0) + len(missing)
    assert missing <= set(stubs.skipped_ids) | {stub.remote_id for stub in stubs.stubs}


def test_only_stacked_items_cost_a_request_of_their_own(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], server: DemoServer, library: DemoLibrary
) -> None:
    server.reset_counters()
    items = {item.title: item for item in read_all(source, by_name["Movies"], ItemKind.MOVIE, size=500)}
    paths = [record.path for record in server.requests]
    assert sum(path.endswith("/AdditionalParts") for path in paths) == len(library.oddities["multi_part"]) == 2
    assert len(paths) == 3
    stacked = items[library.items[library.oddities["multi_part"][1]].title]
    assert [file.part_index for file in stacked.files] == [0, 1, 2]
    assert {file.version_index for file in stacked.files} == {0}
    two = items[library.items[library.oddities["two_versions"][0]].title]
    assert [file.version_index for file in two.files] == [0, 1]
    assert len({file.version_name for file in two.files}) == 2


def test_two_episodes_in_one_file_are_one_item(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], dialect: MediaBrowserDialect, library: DemoLibrary
) -> None:
    first, second = library.oddities["shared_file"]
    items = {item.remote_id: item for item in read_all(source, by_name["TV Shows"], ItemKind.EPISODE, size=500)}
    double = items[dialect.flavour.item_id(first)]
    assert double.episode_number == library.items[first].index
    assert double.episode_number_end == library.items[second].index
    assert dialect.flavour.item_id(second) not in items


def test_a_delta_finds_what_was_saved_since(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], dialect: MediaBrowserDialect, library: DemoLibrary
) -> None:
    # Some generated items were saved later than the clock stands; a minute on, nothing was.
    library.set_clock_back(-90 * 86_400)
    since = Since(float(library.now()) + 0.7)
    for name, item_kind in (("TV Shows", ItemKind.EPISODE), ("Movies", ItemKind.MOVIE)):
        assert source.items_page(by_name[name], item_kind, start=0, size=100, since=since).arrived == 0
    episode = library.members("3", "episode")[5]
    library.edit(episode.id, title="Renamed")
    movie = library.add_movie("Late Arrival", year=1999)
    replaced = library.members("1", "movie")[7]
    library.replace_file(replaced.id, size_bytes=123_456_789)
    page = source.items_page(by_name["TV Shows"], ItemKind.EPISODE, start=0, size=100, since=since)
    assert [item.title for item in page.items] == ["Renamed"]
    assert page.total == 1
    page = source.items_page(by_name["Movies"], ItemKind.MOVIE, start=0, size=100, since=since)
    identity = dialect.flavour.item_id
    assert {item.remote_id for item in page.items} == {identity(movie.id), identity(replaced.id)}


def test_a_change_without_a_save_date_moves_the_change_key(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], dialect: MediaBrowserDialect, library: DemoLibrary
) -> None:
    episode = library.members("3", "episode")[9]
    number = dialect.flavour.item_id(episode.id)

    def keys() -> dict[str, int]:
        page = source.stubs_page(by_name["TV Shows"], ItemKind.EPISODE, start=0, size=1000)
        return {stub.remote_id: stub.change_key for stub in page.stubs}

    before = keys()
    library.edit(episode.id, stamp=False, title="Quietly renamed")
    assert {key for key, value in keys().items() if value != before[key]} == {number}


def test_a_show_is_found_by_its_title_in_any_case_and_gives_its_episodes(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary], dialect: MediaBrowserDialect, library: DemoLibrary
) -> None:
    show = library.members("3", "show")[1]
    [found] = source.find_shows(by_name["TV Shows"], show.title.upper(), show.year)
    assert found.remote_id == dialect.flavour.item_id(show.id)
    assert source.find_shows(by_name["TV Shows"], show.title, 1812) == []
    assert source.find_shows(by_name["TV Shows"], show.title[:-2], None) == []
    listed = pages(lambda start: source.episodes_of(by_name["TV Shows"], found.remote_id, start=start, size=5))
    episodes = [item for page in listed for item in page.items]
    wanted = {key for key, each in dialect.truth("3").items() if each.show_remote_id == found.remote_id}
    assert {item.remote_id for item in episodes} == {key for key in wanted if dialect.truth("3")[key].kind == "episode"}


def test_artwork_is_a_scaled_picture_and_strangers_get_nothing(
    source: MediaBrowserSource, by_name: dict[str, RemoteLibrary]
) -> None:
    item = source.items_page(by_name["Movies"], ItemKind.MOVIE, start=0, size=1).items[0]
    assert item.artwork is not None
    assert source.artwork(item.artwork, width=60, height=90).startswith(b"\x89PNG")
    with pytest.raises(ProtocolError):
        source.artwork("http://stranger.invalid/poster.jpg", width=60, height=90)
