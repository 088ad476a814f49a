"""Tautulli's API: its envelope, its texts for numbers, and what is no Tautulli."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.servers.tautulli import KEY, MACHINE, TautulliStandIn, row

from retrovue.core.domain.errors import AuthError, ProtocolError, SourceError, UnsupportedVersionError
from retrovue.core.sources.tautulli import HistoryPage, TautulliClient, WatchTime
from retrovue.core.sources.tautulli.shapes import (
    info_of,
    item_users_of,
    page_of,
    server_of,
    users_of,
    watch_times_of,
)


def test_it_is_asked_for_single_plays_in_the_order_of_their_ends() -> None:
    live = row(0, 50, row_id=None, id=None, state="playing", stopped=99)
    with TautulliStandIn([row(2, 9_000), live, row(1, 1_000)]) as server:
        client = TautulliClient(server.url + "/", KEY)
        client.ping()
        assert (client.info().version, client.server().machine_identifier) == ("2.17.2", MACHINE)
        page = client.history(newest_first=False, length=10)
        assert ([each.row_id for each in page.rows], page.live, page.total) == ([1, 2], 1, 3)
        assert KEY not in json.dumps(server.asked)
        client.close()


def _html(_body: bytes) -> bytes:
    return b"<!DOCTYPE html><html><body>Sign in</body></html>"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_html, "web page"),
        (lambda body: b"{}", "not from Tautulli"),
        (lambda body: b"[1, 2", "not from Tautulli"),
        (lambda body: body.replace(b'"Ok"', b'"Broken"').replace(b"success", b"error"), "Broken"),
    ],
    ids=["html", "no envelope", "no json", "error"],
)
def test_what_is_no_tautulli_is_said_so(spoil: Callable[[bytes], bytes], said: str) -> None:
    with TautulliStandIn([]) as server:
        server.spoil = spoil
        client = TautulliClient(server.url, KEY)
        with pytest.raises(ProtocolError) as caught:
            client.ping()
        assert said in caught.value.text
        assert KEY not in caught.value.user_text() + caught.value.detail
        client.close()


def test_a_refused_key_and_an_old_version_are_told_from_each_other() -> None:
    with TautulliStandIn([]) as server:
        stranger, client = TautulliClient(server.url, "x" * 32), TautulliClient(server.url, KEY)
        with pytest.raises(AuthError):
            stranger.ping()
        with pytest.raises(UnsupportedVersionError):
            client.users()
        server.fail_at = 1
        with pytest.raises(SourceError):
            client.history()
        client.close()
        stranger.close()


def test_rows_of_other_versions_and_absurd_rows() -> None:
    old = {name: value and str(value) for name, value in row(7, 1_000).items() if name not in ("row_id", "guid")}
    rows = [
        old | {"paused_counter": "-5", "media_index": "", "watched_status": "0.75"},
        row(8, 5_000, stopped=4_000, paused_counter=10**12),
        row(9, 5_000, media_type="movie", parent_media_index="", media_index="", percent_complete="101"),
        {"row_id": 10},
        "no row",
    ]
    page = page_of({"data": rows, "recordsFiltered": "5"})
    assert (page.arrived, page.bad, page.total) == (5, 2, 5)
    first, second, film = page.rows
    assert (first.row_id, first.play_s, first.paused_s, first.episode, first.season) == (7, 1_800, 0, None, 1)
    assert (first.watched, first.guid, first.decision) == (False, None, "transcode")
    assert (second.stopped_at, second.play_s, second.paused_s) == (5_000, 0, 0)
    assert (film.show, film.season, film.percent) == (None, None, None)
    assert page_of(None) == HistoryPage([])


def test_recorded_answers(fixtures_dir: Path) -> None:
    def data(name: str) -> object:
        return json.loads((fixtures_dir / "tautulli" / f"{name}.json").read_bytes())["body"]["response"]["data"]

    assert info_of(data("get_tautulli_info")).version == "2.17.2"
    assert server_of(data("get_server_info")).machine_identifier == "00000000000000000000000000000000retrolab"
    users = {each.user_id: each for each in users_of(data("get_users"))}
    assert (users["1000001"].name, users["1000001"].friendly_name) == ("owner_ada", "Ada")
    assert watch_times_of(data("get_item_watch_time_stats_show"))[-1] == WatchTime(0, 360, 491_796)
    assert [each.name for each in item_users_of(data("get_item_user_stats_movie"))] == [
        "bruno",
        "chiara.m",
        "owner_ada",
    ]
    page = page_of(data("get_history"))
    assert (page.live, page.bad, page.total) == (3, 0, 3109)
    assert page_of(data("get_history_past_end")).arrived == 0
    for name in ("get_history_page_2", "get_history_media_type_track", "get_history_media_type_live"):
        found = page_of(data(name))
        assert found.rows
        assert found.bad == 0
