"""The demo Tautulli answers like the recorded one, and agrees with the server that it watched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import requests

from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.playback import PHONE, USERS, PastPlay
from retrovue.demo.tautulli import KEY, TautulliDialect, watching

HOUR_S = 3_600


class Asking:
    """Asks one Tautulli with its key."""

    def __init__(self, server: DemoServer) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False

    def raw(self, **parameters: object) -> requests.Response:
        return self.session.get(f"{self.server.url}/api/v2", params={"apikey": KEY, **parameters}, timeout=30)

    def __call__(self, cmd: str, **parameters: object) -> Any:
        return self.raw(cmd=cmd, **parameters).json()["response"]["data"]


@pytest.fixture
def past(server: DemoServer, library: DemoLibrary) -> list[PastPlay]:
    """A movie seen in two goes, another that was too short, and three episodes of another person on one evening."""
    movie, other = library.members("1", "movie")[:2]
    whole_ms = movie.duration_ms or 0
    evening = int(library.now()) - 40 * HOUR_S
    plays = [
        PastPlay(movie.id, USERS[0], PHONE, evening, evening + 2_000, 1_900_000, paused_s=100),
        PastPlay(other.id, USERS[0], PHONE, evening + 2_100, evening + 2_180, 80_000),
        PastPlay(movie.id, USERS[0], PHONE, evening + 5_000, evening + 9_000, whole_ms - 1_000, "transcode"),
    ]
    for number, episode in enumerate(library.members("3", "episode")[:3]):
        begin = evening + HOUR_S * (number + 1)
        plays.append(PastPlay(episode.id, USERS[1], PHONE, begin, begin + 1_000, 990_000, "direct stream"))
    for play in plays:
        server.playbacks.add_past(play)
    return plays


@pytest.fixture
def ask(server: DemoServer, past: list[PastPlay]) -> Iterator[Asking]:
    with watching(server) as running:
        assert isinstance(running.dialect, TautulliDialect)
        running.dialect.history.zone = UTC
        asking = Asking(running)
        yield asking
        asking.session.close()


def test_rows_and_groups(ask: Asking) -> None:
    ungrouped = ask("get_history", grouping=0, order_dir="asc")
    assert [row["row_id"] for row in ungrouped["data"]] == [1, 2, 4, 3, 5]
    assert ungrouped["recordsTotal"] == ungrouped["recordsFiltered"] == 5
    first = ungrouped["data"][0]
    assert (first["duration"], first["paused_counter"], first["user_id"]) == (1_900, 100, 1_000_001)
    grouped = ask("get_history", media_type="movie")
    [movie] = grouped["data"]
    assert (movie["group_count"], movie["duration"], movie["watched_status"]) == (2, 5_900, 1)


def test_pages_and_filters(ask: Asking, past: list[PastPlay]) -> None:
    assert [len(ask("get_history", grouping=0, start=start, length=2)["data"]) for start in (0, 4, 9)] == [2, 1, 0]
    assert len(ask("get_history", grouping=0, length=-1)["data"]) == 4
    assert ask("get_history", after="not-a-date")["data"] == []
    assert ask("get_history", grouping=0, user="edda")["recordsFiltered"] == 3
    assert ask("get_history", grouping=0, transcode_decision="copy,transcode")["recordsFiltered"] == 4
    assert ask("get_history", grouping=0, rating_key=past[0].item_id)["recordsFiltered"] == 2


def test_live_sessions_come_first_unless_they_are_left_out(
    ask: Asking, server: DemoServer, library: DemoLibrary
) -> None:
    server.playbacks.start(library.members("1", "movie")[5].id)
    row = ask("get_history")["data"][0]
    assert (row["row_id"], row["state"], row["session_key"]) == (None, "playing", 1)
    assert ask("get_history", include_activity=0)["data"][0]["row_id"] is not None


def test_sums(ask: Asking, past: list[PastPlay], library: DemoLibrary) -> None:
    movie, episode = past[0].item_id, library.items[past[3].item_id]
    assert ask("get_item_watch_time_stats", rating_key=movie, query_days="1,0", grouping=0) == [
        {"query_days": 1, "total_time": 0, "total_plays": 0},
        {"query_days": 0, "total_time": 5_900, "total_plays": 2},
    ]
    [edda] = ask("get_item_user_stats", rating_key=episode.show_id)
    assert (edda["username"], edda["total_plays"], edda["total_time"]) == ("edda", 3, 3_000)
    days = ask("get_plays_by_date", time_range=7, grouping=0)
    assert (len(days["categories"]), days["series"][-1]["name"], sum(days["series"][-1]["data"])) == (7, "Total", 5)
    streams = {one["name"]: sum(one["data"]) for one in ask("get_plays_by_stream_type", grouping=0)["series"]}
    assert streams == {"Direct Play": 1, "Direct Stream": 3, "Transcode": 1}
    assert len(ask("get_plays_by_hourofday")["categories"]) == 24


def test_every_error_is_a_400(ask: Asking) -> None:
    wrong = ask.raw(cmd="status", apikey="wrong")
    assert (wrong.status_code, wrong.json()["response"]["message"]) == (400, "Invalid apikey")
    assert ask.raw(cmd="nonsense").status_code == 400
    assert ask.raw(cmd="get_user_watch_time_stats").json()["response"]["message"] is None
    assert ask.raw(cmd="status").json()["response"] == {"result": "success", "message": "Ok", "data": {}}


@pytest.mark.parametrize(
    "cmd", ["get_history", "get_server_info", "get_server_identity", "get_item_watch_time_stats", "get_item_user_stats"]
)
def test_it_has_the_fields_of_the_recorded_one(ask: Asking, past: list[PastPlay], fixtures_dir: Path, cmd: str) -> None:
    folder = fixtures_dir / "tautulli"
    recorded = next(iter(sorted(folder.glob(f"{cmd}*grouping_0.json")) or sorted(folder.glob(f"{cmd}*.json"))))
    theirs = json.loads(recorded.read_text(encoding="utf-8"))["body"]["response"]["data"]
    ours = ask(cmd, rating_key=past[0].item_id)
    if cmd == "get_history":
        assert theirs.keys() == ours.keys()
        theirs, ours = theirs["data"], ours["data"]
    if isinstance(theirs, list):
        theirs, ours = theirs[-1], ours[-1]
    assert theirs.keys() == ours.keys()
