"""`retrovue monitor` as a process beside a Plex, an Emby and a Jellyfin server, and what `history` says afterwards."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.cli.conftest import Cli

from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.plex import PlexDialect

DIALECTS: dict[str, Any] = {"plex": PlexDialect, "emby": EmbyDialect, "jellyfin": JellyfinDialect}


class Monitor:
    """The running command; its lines can be waited for."""

    running: ClassVar[list[subprocess.Popen[str]]] = []

    def __init__(self, data_dir: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "retrovue",
                "--data-dir",
                str(data_dir),
                "--json",
                "monitor",
                "--poll",
                "0.2",
                *words,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        Monitor.running.append(self.process)
        self.events: list[dict[str, Any]] = []
        self._heard = threading.Condition()
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._heard:
                self.events.append(json.loads(line))
                self._heard.notify_all()

    def of(self, server: str) -> list[str]:
        return [event["event"] for event in self.events if event["server"] == server]

    def wait(self, condition: Callable[[], object]) -> None:
        with self._heard:
            assert self._heard.wait_for(lambda: bool(condition()), 30), self.events

    def stop(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(how)
        assert self.process.stderr is not None
        code = self.process.wait(20)
        self._reading.join(30)
        with self.process.stderr as stream, self.process.stdout or contextlib.nullcontext():
            return code, stream.read()


@pytest.fixture(autouse=True)
def _nothing_goes_on() -> Iterator[None]:
    """A monitor of a test that failed would watch for ever."""
    yield
    while Monitor.running:
        process = Monitor.running.pop()
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def house(cli: Cli) -> Iterator[dict[str, DemoServer]]:
    """A server of each kind, all known to the profile."""
    servers = {}
    for kind, dialect in DIALECTS.items():
        servers[kind] = DemoServer(make_library(LibrarySpec(shows=1, episodes=3, movies=4)), dialect=dialect).start()
        words = ("--kind", kind, "--name", kind, "--url", servers[kind].url, "--token-stdin", "--store-token-in-file")
        done = cli("servers", "add", *words, stdin=servers[kind].token + "\n")
        assert done.code == 0, done.err
    yield servers
    for server in servers.values():
        server.stop()


def play(server: DemoServer, number: int = 0, kind: str = "movie") -> str:
    section = "1" if kind == "movie" else "3"
    return server.playbacks.start(server.library.members(section, kind)[number].id).session_key


@pytest.mark.slow
def test_plays_on_three_kinds_of_server_are_told_and_recorded(
    cli: Cli, house: dict[str, DemoServer], tmp_path: Path
) -> None:
    already = play(house["plex"], 1)
    monitor = Monitor(cli.data_dir, "--min-length", "0")
    monitor.wait(lambda: monitor.of("plex") == ["started"])
    keys = {kind: play(server, kind="episode") for kind, server in house.items() if kind != "plex"}
    monitor.wait(lambda: all(monitor.of(kind) == ["started"] for kind in keys))
    for kind, key in keys.items():
        house[kind].playbacks.pause(key)
    monitor.wait(lambda: all(monitor.of(kind)[-1] == "paused" for kind in keys))

    for kind, key in keys.items():
        house[kind].playbacks.resume(key)
        monitor.wait(lambda kind=kind: monitor.of(kind)[-1] == "resumed")
        house[kind].playbacks.stop(key)
    house["plex"].playbacks.stop(already)
    monitor.wait(lambda: all(monitor.of(kind)[-1] == "stopped" for kind in house))
    code, err = monitor.stop()
    assert code == 0, err
    started = next(event for event in monitor.events if event["server"] == "emby")
    assert started["at"].endswith("Z")
    assert {"user", "title", "remote_id", "state", "position_ms"} <= set(started)

    listed = cli("history", "list", "--json").json
    assert sorted(entry["server"] for entry in listed) == ["emby", "jellyfin", "plex"]
    assert [entry["started_at"] for entry in listed] == sorted((e["started_at"] for e in listed), reverse=True)
    assert {entry["source"] for entry in listed} == {"live"}
    (shown,) = cli("history", "list", "--server", "emby", "--json").json
    assert (shown["kind"], shown["season"]) == ("episode", 1)
    assert cli("history", "list", "--sittings", "--limit", "1", "--json").json == listed[:1]
    assert cli("history", "list", "--to", "2020-01-01", "--json").json == []
    assert cli("history", "list", "--from", "yesterday", "--json").code == 2
    assert "emby" in cli("history", "list").out

    gone = cli("history", "delete", "--server", "emby", "--json").json
    assert gone["deleted"] == 1
    assert len(cli("history", "list", "--json").json) == 2
    assert cli("history", "restore", gone["undo"]).code == 0
    assert len(cli("history", "list", "--json").json) == 3
    assert cli("history", "delete").code == 2
    assert cli("history", "restore", "nonsense").code == 2
    rows = cli("history", "export", "--format", "csv").out.splitlines()
    assert len(rows) == 4
    written = tmp_path / "plays.csv"
    assert cli("history", "export", "--output", str(written)).code == 0
    assert written.read_text(encoding="utf-8").splitlines() == rows
    refused = cli("history", "export", "--output", str(tmp_path / "missing" / "plays.csv"))
    assert (refused.code, "plays.csv" in refused.err) == (2, True)


@pytest.mark.slow
def test_a_second_monitor_only_watches_and_records_once_the_first_ended(cli: Cli, house: dict[str, DemoServer]) -> None:
    first = Monitor(cli.data_dir, "--min-length", "0")
    key = play(house["plex"])
    first.wait(lambda: first.of("plex") == ["started"])
    second = Monitor(cli.data_dir, "--min-length", "0")
    second.wait(lambda: second.of("plex") == ["started"])
    house["plex"].playbacks.stop(key)
    for each in (first, second):
        each.wait(lambda each=each: each.of("plex") == ["started", "stopped"])
    assert first.stop(signal.SIGTERM)[0] == 0
    assert len(cli("history", "list", "--json").json) == 1
    again = play(house["emby"])
    second.wait(lambda: second.of("emby") == ["started"])
    house["emby"].playbacks.stop(again)
    second.wait(lambda: second.of("emby") == ["started", "stopped"])
    code, said = second.stop(signal.SIGTERM)
    assert code == 0
    assert f"recorded by another monitor (process {first.process.pid})" in said
    assert said.count("This monitor records plays from now on.") == 1
    assert sorted(entry["server"] for entry in cli("history", "list", "--json").json) == ["emby", "plex"]


@pytest.mark.slow
def test_a_kill_loses_no_play_and_doubles_none(cli: Cli, house: dict[str, DemoServer]) -> None:
    keys = {kind: play(server) for kind, server in house.items()}
    monitor = Monitor(cli.data_dir, "--min-length", "0")
    monitor.wait(lambda: all(monitor.of(kind) == ["started"] for kind in keys))
    monitor.process.kill()
    monitor.stop()
    house["plex"].playbacks.stop(keys["plex"])
    again = Monitor(cli.data_dir, "--min-length", "0")
    again.wait(lambda: again.of("plex") == ["stopped"])
    for kind in ("emby", "jellyfin"):
        house[kind].playbacks.stop(keys[kind])
    again.wait(lambda: all(again.of(kind) == ["stopped"] for kind in keys))
    assert again.stop(signal.SIGTERM)[0] == 0
    assert sorted(entry["server"] for entry in cli("history", "list", "--json").json) == ["emby", "jellyfin", "plex"]


def test_nothing_to_watch_says_what_to_do(cli: Cli) -> None:
    done = cli("monitor")
    assert done.code == 2
    assert "servers add" in done.err


def test_an_empty_history_says_so(cli: Cli) -> None:
    assert "No plays yet" in cli("history", "list").err
    assert "No plays match" in cli("history", "list", "--search", "amelie").err
    assert cli("history", "list", "--json").json == []
