"""The client library that most Plex scripts use works against the demo server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import plexapi.exceptions
import pytest
import requests
from plexapi.server import PlexServer

from retrovue.demo import DemoLibrary, DemoServer


@pytest.fixture
def plex(server: DemoServer) -> Iterator[PlexServer]:
    with requests.Session() as session:
        session.trust_env = False
        yield PlexServer(server.url, server.token, session=session)


def test_sections_and_their_items(plex: PlexServer, library: DemoLibrary) -> None:
    assert plex.machineIdentifier == library.machine_identifier
    sections = {section.title: section for section in plex.library.sections()}
    assert sections["TV Shows"].locations == ["/media/tv", "/mnt/archive/tv"]
    assert len(sections["Movies"].all()) == library.count("1", "movie") == sections["Movies"].totalSize
    assert len(sections["TV Shows"].all()) == library.count("3", "show")
    assert len(sections["TV Shows"].searchEpisodes()) == library.count("3", "episode")
    assert len(sections["Music"].all()) == library.count("5", "artist")


def test_movies_come_with_their_files_and_ids(plex: PlexServer, library: DemoLibrary) -> None:
    truth = library.truth("1")
    for movie in plex.library.section("Movies").all():
        expected = truth[str(movie.ratingKey)]
        assert (movie.title, movie.year, movie.guid) == (expected.title, expected.year, expected.guid)
        assert tuple(guid.id for guid in movie.guids) == expected.external_ids
        files = [(p.file, p.size) for m in movie.media if m.proxyType != 42 for p in m.parts]
        assert files == [(file.path, file.size_bytes) for file in expected.files]


def test_from_show_to_season_to_episode(plex: PlexServer, library: DemoLibrary) -> None:
    for show in plex.library.section("Anime").all():
        seasons = show.seasons()
        assert [season.index for season in seasons] == [s.index for s in library.children(show.ratingKey)]
        below = [episode.ratingKey for season in seasons for episode in season.episodes()]
        assert below == [episode.ratingKey for episode in show.episodes()]
        assert len(below) == show.leafCount


def test_hidden_seasons_leave_the_season_out_of_the_episodes(plex: PlexServer, library: DemoLibrary) -> None:
    [show_id] = library.oddities["hidden_seasons"]
    episodes = plex.fetchItem(show_id).episodes()
    assert len(episodes) == library.leaf_count(show_id)
    assert all(episode.skipParent for episode in episodes)


def test_searching_by_title_by_filter_and_by_sort(plex: PlexServer, library: DemoLibrary) -> None:
    section = plex.library.section("Movies")
    wanted = library.members("1", "movie")[30]
    assert wanted.id in [movie.ratingKey for movie in section.search(wanted.title)]
    assert [m.ratingKey for m in section.search(guid=wanted.guid)] == [wanted.id]
    newer = section.search(filters={"year>>": 2000})
    assert len(newer) == sum((movie.year or 0) > 2000 for movie in library.members("1", "movie"))
    dates = [movie.addedAt for movie in section.search(sort="addedAt:desc", maxresults=10)]
    assert dates == sorted(dates, reverse=True)
    assert wanted.id in [found.ratingKey for found in plex.search(wanted.title, mediatype="movie")]


def test_sessions_history_and_terminate(plex: PlexServer, server: DemoServer, library: DemoLibrary) -> None:
    episode = library.members("3", "episode")[0]
    assert plex.sessions() == []
    playback = server.playbacks.start(episode.id, decision="transcode", offset_ms=5_000)
    [session] = plex.sessions()
    assert session.ratingKey == episode.id
    assert session.usernames == ["marlow"]
    assert session.player.state == "playing"
    assert session.transcodeSession.videoDecision == "transcode"
    session.stop(reason="closing time")
    assert plex.sessions() == []
    assert server.playbacks.terminated == [(playback.session_id, "closing time")]
    server.playbacks.add_viewed(episode.id, library.now())
    [entry] = plex.history()
    assert (entry.ratingKey, entry.accountID) == (episode.id, 1)


def test_the_alert_listener_hears_what_is_played(plex: PlexServer, server: DemoServer, library: DemoLibrary) -> None:
    heard: list[dict[str, Any]] = []
    got_two = threading.Event()

    def on_alert(data: dict[str, Any]) -> None:
        heard.append(data)
        if len(heard) == 2:
            got_two.set()

    listener = plex.startAlertListener(on_alert)
    assert server.sockets.wait_for_clients()
    playback = server.playbacks.start(library.members("1", "movie")[0].id)
    server.playbacks.pause(playback.session_key)
    assert got_two.wait(30)
    states = [data["PlaySessionStateNotification"][0]["state"] for data in heard]
    assert states == ["playing", "paused"]
    # Ended from the server's side: the client's own stop() can miss its wake-up and wait 10 s in select().
    server.sockets.drop()
    listener.join(30)
    assert not listener.is_alive()


def test_a_wrong_token_is_refused(server: DemoServer) -> None:
    with requests.Session() as session, pytest.raises(plexapi.exceptions.Unauthorized):
        PlexServer(server.url, "wrong", session=session)
