"""A history built from the rows of a real Tautulli gives its numbers, play by play and chart by chart."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from retrovue.api.house import SharedHouse
from retrovue.api.tautulli.commands import answer
from retrovue.api.tautulli.scope import Scope
from retrovue.core.context import AppContext
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.keys import ApiKey
from retrovue.core.storage.tables import plays
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.secrets import SecretPlace

Ask = Callable[[str], tuple[dict[str, Any], Any]]
OF_PLAYS = (
    "row_id started stopped duration play_duration paused_counter percent_complete machine_id guid media_type live "
    "transcode_decision"
).split()
DECISIONS = {"direct play": "direct_play", "copy": "direct_stream", "transcode": "transcode"}


@dataclass
class Clock:
    """The moment of the recording."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def epoch(self) -> int:
        return int(self.at.timestamp())


def _row(row: dict[str, str]) -> dict[str, Any]:
    started, stopped, paused = int(row["started"]), int(row["stopped"]), int(row["paused_counter"])
    position, duration = int(row["view_offset"] or 0), int(row["duration"] or 0)
    return {
        "id": int(row["id"]),
        "uid": row["id"],
        "server_name": "Lab",
        "user_name": row["user_id"],
        "kind": row["media_type"],
        "title": row["rating_key"],
        "remote_id": row["rating_key"],
        "guid": row["guid"],
        "device_id": row["machine_id"],
        "stream_decision": DECISIONS[row["transcode_decision"]],
        "started_at": started,
        "stopped_at": stopped,
        "paused_s": paused,
        "play_s": max(0, stopped - started - paused),
        "position_ms": position,
        "duration_ms": duration,
        "percent": min(100, round(position * 100 / duration)) if duration else None,
        "is_watched": False,
        "is_live": row["live"] == "1",
        "is_inferred": False,
        "buffered": 0,
        "source": "tautulli",
        "folded": row["rating_key"],
    }


@pytest.fixture
def ask(tmp_path: Path, fixtures_dir: Path) -> Iterator[Ask]:
    """(what Tautulli answered, what we answer) of a recorded question, without who was watching."""
    recordings = fixtures_dir / "tautulli"
    live = json.loads((recordings / "get_history_grouping_0.json").read_text("utf-8"))["body"]["response"]["data"]
    at = datetime.fromtimestamp(live["data"][0]["stopped"], UTC)
    host = AppContext(
        resolve_dirs(tmp_path),
        environ={"RETROVUE_SECRETS": "memory"},
        keyring=lambda: None,
        clock=Clock(at),
        write_log=False,
    )
    with (recordings / "history_rows_and_groups.csv").open(encoding="utf-8", newline="") as file:
        rows = [_row(row) for row in csv.DictReader(file)]
    with host.database.write() as connection:
        connection.execute(insert(plays), rows)
    scope = Scope(SharedHouse(host, ApiKey("0" * 32, SecretPlace.MEMORY), SessionBoard(), UTC))

    def both(name: str) -> tuple[dict[str, Any], Any]:
        recorded = json.loads((recordings / f"{name}.json").read_text("utf-8"))
        status, document = answer(scope, {key: str(value) for key, value in recorded["request"].items()})
        assert status == recorded["status"]
        return recorded["body"]["response"]["data"], document["response"]["data"]

    yield both
    host.close()


@pytest.mark.slow
def test_every_play_of_a_page_has_its_numbers(ask: Ask) -> None:
    theirs, ours = ask("get_history_grouping_0")
    ended = [row for row in theirs["data"] if row["state"] is None]
    assert ended
    assert ours["recordsTotal"] == theirs["recordsTotal"] == 4001
    assert ours["recordsFiltered"] == theirs["recordsFiltered"] - 3
    for one, other in zip(ended, ours["data"], strict=False):
        assert {name: other[name] for name in OF_PLAYS} == {name: one[name] for name in OF_PLAYS}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["get_plays_by_date_grouping_0", "get_plays_by_stream_type_grouping_0"])
def test_charts_of_days_have_its_numbers(ask: Ask, name: str) -> None:
    """Its charts of weekdays and hours begin 30 times 24 hours ago, and so contradict these two."""
    theirs, ours = ask(name)
    assert ours["categories"] == theirs["categories"]
    by_name = {each["name"]: each["data"] for each in ours["series"]}
    counted = [series for series in theirs["series"] if any(series["data"])]
    assert counted
    for series in counted:
        assert by_name[series["name"]] == series["data"], series["name"]
