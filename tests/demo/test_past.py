"""What the demo servers remember of plays by themselves."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect, MediaBrowserDialect
from retrovue.demo.playback import BROWSER, LIVING_ROOM, PHONE, USERS, PastPlay
from retrovue.demo.store import ManualClock

from .conftest import Client


def _ask(server: DemoServer, method: str, path: str, **kwargs: Any) -> Any:
    headers = {
        "Authorization": f'MediaBrowser Client="t", Device="t", DeviceId="d", Version="1", Token="{server.token}"'
    }
    answer = requests.request(method, server.url + path, headers=headers, timeout=30, **kwargs)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("dialect", [EmbyDialect, JellyfinDialect], ids=["emby", "jellyfin"])
def test_the_log_and_the_plugin_tell_the_same_past(
    library: DemoLibrary, clock: ManualClock, dialect: type[MediaBrowserDialect]
) -> None:
    now = library.now()
    film, other = library.members("1", "movie")[:2]
    with DemoServer(library, dialect=dialect) as server:
        board = server.playbacks
        board.add_past(PastPlay(film.id, USERS[1], PHONE, now - 9_000, now - 6_000, 2_900_000, paused_s=100))
        board.add_past(PastPlay(other.id, USERS[0], LIVING_ROOM, now - 4_000, now - 3_990, 10_000, logged="start"))
        board.add_past(PastPlay(other.id, USERS[0], BROWSER, now - 40 * 86_400, now - 40 * 86_400 + 60, 60_000))
        stream = board.start(film.id)
        clock.advance(30)
        board.stop(stream.session_key)
        found = _ask(server, "GET", "/System/ActivityLog/Entries?limit=50")
        rows = [(row["Type"], row["ItemId"]) for row in found["Items"] if "ItemId" in row]
        identity = server.dialect.flavour.item_id
        assert rows == [
            ("VideoPlaybackStopped", identity(film.id)),
            ("VideoPlayback", identity(film.id)),
            ("VideoPlayback", identity(other.id)),
            ("VideoPlaybackStopped", identity(film.id)),
            ("VideoPlayback", identity(film.id)),
        ]
        server.dialect.has_playback_reporting = True
        query = "SELECT rowid, strftime('%s', DateCreated, 'utc') - 20, PlayDuration FROM PlaybackActivity"
        report = _ask(server, "POST", "/user_usage_stats/submit_custom_query", json={"CustomQueryString": query})
        assert [row[1:] for row in report["results"]] == [
            [str(now - 40 * 86_400), "60"],
            [str(now - 9_000), "2900"],
            [str(now), "30"],
        ]
        broken = _ask(server, "POST", "/user_usage_stats/submit_custom_query", json={"CustomQueryString": "SELEC"})
        assert (broken["results"], "Error" in broken["message"]) == ([], True)


def test_a_plex_server_lists_what_went_past_90_percent(
    client: Client, server: DemoServer, library: DemoLibrary
) -> None:
    film = library.members("1", "movie")[0]
    length_ms = film.duration_ms or 0
    server.playbacks.add_past(PastPlay(film.id, USERS[1], PHONE, 1_000, 5_000, length_ms))
    server.playbacks.add_past(PastPlay(film.id, USERS[1], PHONE, 9_000, 9_500, length_ms // 2))
    [entry] = client.container("/status/sessions/history/all")["Metadata"]
    assert (entry["ratingKey"], entry["viewedAt"], entry["accountID"]) == (str(film.id), 5_000, 2)
