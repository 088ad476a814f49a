"""The rule of sittings on 4,001 rows of a real Tautulli, against the rule written down a second time, plainly."""

import csv
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retrovue.core.domain.history import Play, sittings

Row = dict[str, str]


@pytest.fixture
def rows(fixtures_dir: Path) -> list[Row]:
    with (fixtures_dir / "tautulli" / "history_rows_and_groups.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _play(row: Row) -> Play:
    started, stopped, paused = int(row["started"]), int(row["stopped"]), int(row["paused_counter"])
    return Play(
        id=int(row["id"]), server="Lab", user=row["user_id"], kind=row["media_type"], title=row["rating_key"],
        show=None, season=None, episode=None, aired=None, year=None, remote_id=row["rating_key"], guid=row["guid"],
        device=None, player=None, product=None, platform=None, stream_decision=None,
        started_at=datetime.fromtimestamp(started, UTC), stopped_at=datetime.fromtimestamp(stopped, UTC),
        paused_s=paused, play_s=max(0, stopped - started - paused), position_ms=None, duration_ms=None, percent=None,
        watched=False, source="tautulli", server_id=1, user_id=int(row["user_id"]),
    )  # fmt: skip


def _plainly(rows: list[Row], window_s: int) -> dict[tuple[str, str, int], tuple[int, int, int]]:
    """(user, guid, first start) → (plays, seconds played, last row), by the words of the rule."""
    chains: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        chains[row["user_id"], row["guid"]].append(row)
    found = {}
    for (user, guid), chain in chains.items():
        chain.sort(key=lambda row: (int(row["started"]), int(row["id"])))
        group: list[Row] = []
        for row in [*chain, None]:
            ends = max((int(each["stopped"]) for each in group), default=0)
            if group and (row is None or int(row["started"]) - ends > window_s):
                lengths = [int(e["stopped"]) - int(e["started"]) - int(e["paused_counter"]) for e in group]
                played = sum(max(0, each) for each in lengths)
                found[user, guid, int(group[0]["started"])] = (len(group), played, int(group[-1]["id"]))
                group = []
            if row is not None:
                group.append(row)
    return found


@pytest.mark.parametrize("hours", [1, 12, 168])
def test_sittings_are_what_the_rule_says_in_whatever_order_rows_come(rows: list[Row], hours: int) -> None:
    plays = [_play(row) for row in rows]
    random.Random(hours).shuffle(plays)
    groups = sittings(plays, window=timedelta(hours=hours))
    found = {
        (str(each.user), str(each.guid), int(each.started_at.timestamp())): (each.plays, each.play_s, each.id)
        for each in groups
    }
    assert found == _plainly(rows, hours * 3600)
    assert sum(each.plays for each in groups) == len(rows)
    assert sum(each.play_s for each in groups) == sum(each.play_s for each in plays)


def test_no_viewing_of_the_story_is_cut_and_none_spans_a_month(rows: list[Row]) -> None:
    """Tautulli's own groups span up to 370 days, because it has no window."""
    groups = sittings([_play(row) for row in rows], window=timedelta(hours=25))
    assert max(each.stopped_at - each.started_at for each in groups) < timedelta(days=30)
    spans: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for each in groups:
        span = (int(each.started_at.timestamp()), int(each.stopped_at.timestamp()))
        spans[str(each.user), str(each.guid)].append(span)
    starts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        starts[row["intended_viewing"]].append(row)
    for viewing in starts.values():
        first, last = min(int(row["started"]) for row in viewing), max(int(row["started"]) for row in viewing)
        mine = spans[viewing[0]["user_id"], viewing[0]["guid"]]
        assert any(start <= first and last <= stop for start, stop in mine), viewing
