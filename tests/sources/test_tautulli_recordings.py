"""Every answer that was recorded of a Tautulli is understood by the client that asks for it."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from retrovue.core.domain.errors import AuthError, ProtocolError, SourceError, UnsupportedVersionError
from retrovue.core.sources.tautulli import TautulliClient
from retrovue.core.sources.tautulli.shapes import (
    info_of,
    item_users_of,
    page_of,
    server_of,
    users_of,
    watch_times_of,
)
from retrovue.core.sources.tautulli.statistics import chart_of, libraries_of

CHARTS = ("get_plays_by_", "get_plays_per_", "get_stream_type_by_", "get_concurrent_streams_by_")
# What was refused, and as what.
REFUSED: dict[str, type[SourceError]] = {
    "error_bad_key": AuthError,
    "error_no_key": AuthError,
    "error_unknown_command": UnsupportedVersionError,
}


@pytest.fixture
def recordings(fixtures_dir: Path) -> dict[str, dict[str, Any]]:
    folder = fixtures_dir / "tautulli"
    if not folder.is_dir():
        pytest.skip("no recordings here")
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    # Columns of its tables, which nobody asks a server for.
    return {name: one for name, one in found.items() if name != "db_columns"}


@pytest.fixture
def address(recordings: dict[str, dict[str, Any]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            recorded = recordings[urlsplit(self.path).path.split("/")[1]]
            body = json.dumps(recorded["body"]).encode()
            self.send_response(recorded["status"])
            self.send_header("Content-Type", "application/json;charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_every_recorded_answer_is_understood(recordings: dict[str, dict[str, Any]], address: str) -> None:
    assert len(recordings) > 100
    understood = 0
    for name, recorded in recordings.items():
        command, status = recorded["request"].get("cmd", ""), recorded["status"]
        client = TautulliClient(f"{address}/{name}", "k" * 32)
        try:
            if status == 200:
                check(name, command, client.ask(command))
            else:
                with pytest.raises(SourceError) as refusal:
                    client.ask(command)
                assert type(refusal.value) is REFUSED.get(name, ProtocolError), name
                assert refusal.value.text, name
                assert refusal.value.hint, name
        finally:
            client.close()
        understood += 1
    assert understood == len(recordings)


def check(name: str, command: str, data: Any) -> None:
    """Read an answer as the part of the program does that asks for it, and leave nothing of it out."""
    readers: dict[str, Callable[[str, Any], None]] = {
        "get_history": history,
        "get_users": lambda _name, rows: same(name, len(users_of(rows)), len(rows)),
        "get_libraries": lambda _name, rows: same(name, len(libraries_of(rows)), len(rows)),
        "get_item_watch_time_stats": times,
        "get_user_watch_time_stats": times,
        "get_item_user_stats": lambda _name, rows: same(name, len(item_users_of(rows)), len(rows)),
        "get_tautulli_info": lambda _name, found: same(name, info_of(found).version, "2.17.2"),
        "get_server_info": lambda _name, found: same(name, server_of(found).name, found["pms_name"]),
    }
    if command.startswith(CHARTS):
        chart(name, data)
    elif command in readers:
        readers[command](name, data)


def same(name: str, found: object, recorded: object) -> None:
    assert found == recorded, name


def times(name: str, rows: Any) -> None:
    found = watch_times_of(rows)
    assert [(one.days, one.plays, one.time_s) for one in found] == [
        (int(row["query_days"]), int(row["total_plays"] or 0), int(row["total_time"] or 0)) for row in rows
    ], name


def history(name: str, data: Any) -> None:
    page = page_of(data)
    rows = data["data"]
    assert (page.bad, page.arrived, page.total) == (0, len(rows), data["recordsFiltered"]), name
    ended = [row for row in rows if not row.get("state")]
    assert [row.row_id for row in page.rows] == [row["row_id"] for row in ended], name
    assert [row.title for row in page.rows] == [row["title"] for row in ended], name
    assert all(row.play_s <= row.stopped_at - row.started_at for row in page.rows), name


def chart(name: str, data: Any) -> None:
    found = chart_of(data)
    assert list(found.categories) == [str(one) for one in data["categories"]], name
    for series in data["series"]:
        assert found.total(series["name"]) == sum(int(one) for one in series["data"]), (name, series["name"])
