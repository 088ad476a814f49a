"""Files of other programs that a person gives: odd dates and numbers cost their row, and none is read for ever."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from retrovue.core.domain.errors import ConfigError
from retrovue.core.sources.given import read_given
from retrovue.core.sources.jellystat import read_jellystat
from retrovue.core.sources.mediabrowser.reporting import read_backup
from retrovue.core.sources.tautulli.file import TautulliFile

EAST, WEST = timezone(timedelta(hours=9)), timezone(timedelta(hours=-8))
_GOOD = "2024-01-01 20:00:00.1234567\tu\ti\tMovie\tA good one\tDirectPlay\tWeb\tPhone\t600"


@pytest.mark.parametrize("zone", [EAST, WEST], ids=["east", "west"])
@pytest.mark.parametrize(
    "line",
    [
        _GOOD.replace("2024-01-01 20", "0001-01-01 00"),
        _GOOD.replace("2024-01-01 20", "9999-12-31 23"),
        _GOOD.replace("Movie\tA good one", f"Episode\tShow - s{'9' * 5_000}e1 - Title"),
        _GOOD.replace("A good one", "Two\u2028lines\x85of\x1ca title"),
        _GOOD.replace("600", "1e400"),
        _GOOD.replace("600", "9" * 5_000),
    ],
    ids=["first day", "last day", "number", "line separators", "infinity", "digits"],
)
def test_an_odd_row_of_playback_reporting_costs_itself(tmp_path: Path, line: str, zone: timezone) -> None:
    path = tmp_path / "backup.tsv"
    path.write_text(f"{_GOOD}\r\n{line}\r\n{_GOOD.replace('20:00', '22:00')}\r\n", encoding="utf-8", newline="")
    [page] = read_backup(path, zone)
    assert len(page.rows) + page.bad == 3
    assert [row.length_s for row in page.rows if row.title == "A good one"][:2] == [600, 600]
    assert {row.player for row in page.rows} == {"Phone"}


def test_an_odd_row_of_jellystat_costs_itself(tmp_path: Path) -> None:
    good = {
        "Id": "1", "PlaybackDuration": 600, "NowPlayingItemId": "x", "NowPlayingItemName": "Good", "UserId": "u",
        "ActivityDateInserted": "2024-01-01T20:00:00Z",
    }  # fmt: skip
    odd = [
        good | {"ActivityDateInserted": "0001-01-01T00:00:00Z", "imported": True},
        good | {"ActivityDateInserted": "0001-01-01T00:00:00+14:00"},
        good | {"PlaybackDuration": float("nan")},
        good | {"PlaybackDuration": 10**30},
        "no row",
    ]
    path = tmp_path / "backup.json"
    path.write_text(json.dumps([{"jf_playback_activity": [good, *odd]}]), encoding="utf-8")
    for zone in (EAST, WEST):
        backup = read_jellystat(path, zone)
        assert ([play.title for play in backup.plays], backup.bad) == (["Good"], len(odd))
    path.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(ConfigError):
        read_jellystat(path, EAST)


def _tables(path: Path, history: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(history)
        connection.execute("CREATE TABLE session_history_metadata (id INTEGER PRIMARY KEY, title TEXT)")
        connection.execute("CREATE TABLE session_history_media_info (id INTEGER PRIMARY KEY)")
        connection.commit()


def test_a_view_without_end_is_no_history_of_tautulli(tmp_path: Path) -> None:
    path = tmp_path / "tautulli.db"
    _tables(
        path,
        "CREATE VIEW session_history AS WITH RECURSIVE more(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM more) "
        "SELECT id, 1790000000 AS started, 'movie' AS media_type FROM more",
    )
    with pytest.raises(ConfigError, match="not a database of Tautulli"):
        TautulliFile(path)


def test_broken_text_and_odd_ids_cost_their_row(tmp_path: Path) -> None:
    path = tmp_path / "tautulli.db"
    _tables(path, "CREATE TABLE session_history (id, started, media_type)")
    with closing(sqlite3.connect(path)) as connection:
        rows = [(1, 1_790_000_000, "movie"), ("two", 1_790_000_000, "movie"), (3, 1_790_000_000, "movie")]
        connection.executemany("INSERT INTO session_history VALUES (?, ?, ?)", rows)
        connection.execute("INSERT INTO session_history_metadata VALUES (1, 'Good')")
        connection.execute("INSERT INTO session_history_metadata VALUES (3, CAST(x'42ff64' AS TEXT))")
        # A list of libraries that is a query without end is not asked either.
        connection.execute(
            "CREATE VIEW library_sections AS WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more) "
            "SELECT n AS server_id FROM more"
        )
        connection.commit()
    with closing(TautulliFile(path)) as file:
        assert file.machine_identifier() is None
        assert [row.title for page in file.pages() for row in page.rows] == ["Good", "B\ufffdd"]


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as out:
        out.truncate(4 * 1024**3)
    with pytest.raises(ConfigError, match="too large"):
        read_given(large)
    others = [tmp_path, tmp_path / "missing", Path("nul\0byte")]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        others.append(tmp_path / "pipe")
    if Path("/dev/zero").exists():
        others.append(Path("/dev/zero"))
    for path in others:
        for read in (lambda path: read_jellystat(path, EAST), lambda path: list(read_backup(path, EAST)), TautulliFile):
            with pytest.raises(ConfigError):
                read(path)
