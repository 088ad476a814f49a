"""Clients that others wrote work against the demo server: Emby's own description of its API, and Jellyfin's library."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import emby_client
import pytest
from emby_client.rest import ApiException
from jellyfin_apiclient_python import JellyfinClient

from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.mediabrowser_users import PASSWORD


@pytest.fixture
def emby_server(library: DemoLibrary) -> Iterator[DemoServer]:
    with DemoServer(library, dialect=EmbyDialect) as running:
        yield running


@pytest.fixture
def emby(emby_server: DemoServer) -> Iterator[Any]:
    configuration = emby_client.Configuration()
    configuration.host = emby_server.url + "/emby"
    configuration.api_key["api_key"] = emby_server.token
    client = emby_client.ApiClient(configuration)
    yield client
    client.rest_client.pool_manager.clear()


@pytest.fixture
def jellyfin_server(library: DemoLibrary) -> Iterator[DemoServer]:
    with DemoServer(library, dialect=JellyfinDialect) as running:
        yield running


@pytest.fixture
def jellyfin(jellyfin_server: DemoServer) -> Iterator[JellyfinClient]:
    client = JellyfinClient(allow_multiple_clients=True)
    client.config.app("RetroVue tests", "1.0", "Desk", "desk-1")
    client.config.data["auth.ssl"] = False
    client.auth.connect_to_address(jellyfin_server.url)
    client.auth.login(jellyfin_server.url, "marlow", PASSWORD)
    # Its own session is started, so that it can be closed.
    client.http.start_session()
    client.http.keep_alive = True
    yield client
    client.http.stop_session()
    client.auth.session and client.auth.session.close()


def test_emby_items_page_by_page(emby: Any, library: DemoLibrary, emby_server: DemoServer) -> None:
    api = emby_client.ItemsServiceApi(emby)
    truth = {key: each for key, each in emby_server.dialect.truth("1").items() if each.kind == "movie"}
    seen: dict[str, Any] = {}
    while True:
        page = api.get_items(
            recursive=True, include_item_types="Movie", parent_id="1", sort_by="SortName", start_index=len(seen),
            limit=40, fields="Path,ProviderIds,MediaSources,PremiereDate,DateCreated",
        )  # fmt: skip
        seen |= {item.id: item for item in page.items}
        if len(seen) >= page.total_record_count or not page.items:
            break
    # The described query has no way to leave placeholders out.
    films = {key: movie for key, movie in seen.items() if movie.media_sources}
    assert films.keys() == truth.keys()
    for key, movie in films.items():
        assert movie.name == (truth[key].title or None)
        assert [source.path for source in movie.media_sources] == [
            file.path for file in truth[key].files if file.part_index == 0
        ]
        assert int(movie.date_created.timestamp()) == truth[key].added_at


def test_emby_libraries_server_sessions_and_people(emby: Any, library: DemoLibrary, emby_server: DemoServer) -> None:
    folders = emby_client.LibraryStructureServiceApi(emby).get_library_virtualfolders_query()
    assert folders.total_record_count == len(folders.items) == 6
    [info] = next(each for each in folders.items if each.name == "4K Movies").library_options.path_infos
    assert (info.path, info.network_path) == ("/media/movies-4k", "\\\\nas\\movies-4k")
    system = emby_client.SystemServiceApi(emby)
    assert system.get_system_info_public().id == system.get_system_info().id == library.machine_identifier[:32]
    movie = library.members("1", "movie")[0]
    emby_server.playbacks.start(movie.id, offset_ms=5_000)
    playing = [each for each in emby_client.SessionsServiceApi(emby).get_sessions() if each.now_playing_item]
    assert [each.now_playing_item.id for each in playing] == [str(movie.id)]
    assert playing[0].play_state.position_ticks == 50_000_000


def test_emby_refuses_a_wrong_key(emby: Any) -> None:
    emby.configuration.api_key["api_key"] = "wrong"
    with pytest.raises(ApiException) as caught:
        emby_client.SystemServiceApi(emby).get_system_info()
    assert caught.value.status == 401


def test_jellyfin_from_sign_in_to_episode(
    jellyfin: JellyfinClient, library: DemoLibrary, jellyfin_server: DemoServer
) -> None:
    identity = jellyfin_server.dialect.flavour.item_id
    views = {view["Name"]: view for view in jellyfin.jellyfin.get_views()["Items"]}
    assert views["TV Shows"]["Id"] == identity(3)
    show = library.members("3", "show")[0]
    episodes = jellyfin.jellyfin.get_episodes(identity(show.id))["Items"]
    assert [each["Id"] for each in episodes] == [identity(leaf.id) for leaf in library.leaves(show.id)]
    movies = library.members("1", "movie")[:2]
    found = jellyfin.jellyfin.get_items([identity(movie.id) for movie in movies])["Items"]
    assert {each["Name"] for each in found} == {movie.title for movie in movies}
    one = jellyfin.jellyfin.get_item(identity(movies[0].id))
    assert one["MediaSources"][0]["Path"] == movies[0].versions[0].parts[0].file
    jellyfin_server.playbacks.start(movies[0].id)
    sessions = [each for each in jellyfin.jellyfin.get_sessions() if "NowPlayingItem" in each]
    assert [each["UserName"] for each in sessions] == ["marlow"]


def test_jellyfin_refuses_a_wrong_password(jellyfin_server: DemoServer) -> None:
    client = JellyfinClient(allow_multiple_clients=True)
    client.config.app("RetroVue tests", "1.0", "Desk", "desk-1")
    client.auth.connect_to_address(jellyfin_server.url)
    assert not client.auth.login(jellyfin_server.url, "marlow", "wrong")
