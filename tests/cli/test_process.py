"""The program as a process: quick answers, Ctrl+C, pipes that close, and the demo."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from retrovue import __version__
from retrovue.demo.fault_kinds import Hang
from retrovue.demo.faults import path
from retrovue.demo.server import DemoServer


def retrovue(*words: str, stdin: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "retrovue", *words],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
        env={**os.environ, **environ},
    )


def test_the_version_costs_nothing() -> None:
    code = (
        "import sys; from retrovue.__main__ import main; code = main(['--version']);"
        "heavy = [name for name in ('sqlalchemy', 'PySide6', 'requests', 'keyring', 'typer') if name in sys.modules];"
        "sys.exit(code if not heavy else str(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"RetroVue {__version__}\n"


@pytest.mark.slow
def test_listing_servers_loads_what_it_needs_and_no_more(tmp_path: Path) -> None:
    """It asks no server and validates no parameter, and a catalog that is ready is read without SQLAlchemy."""
    assert retrovue("--data-dir", str(tmp_path), "servers", "list").returncode == 0
    unwanted = (
        "sqlalchemy alembic pydantic rich keyring truststore urllib3 requests "
        "plexapi websocket psutil PySide6 retrovue.demo retrovue.core.sources retrovue.core.services.sync "
        "retrovue.core.services.servers.probe retrovue.core.storage.catalog.lists"
    ).split()
    code = (
        "import json, sys; from retrovue.__main__ import main; code = main(sys.argv[2:]);"
        "heavy = [name for name in json.loads(sys.argv[1]) if name in sys.modules];"
        "sys.exit(code if not heavy else str(heavy))"
    )
    # Options of a command are validated by pydantic.
    with_options = [name for name in unwanted if name != "pydantic"]
    cases = (
        (["servers", "list"], unwanted),
        (["servers", "list", "--json"], unwanted),
        (["libraries", "list", "--json"], with_options),
    )
    for words, names in cases:
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(names), "--data-dir", str(tmp_path), *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_listing_servers_hardly_looks_for_garbage(tmp_path: Path) -> None:
    code = (
        "import gc, sys; from retrovue.__main__ import main; made = [];"
        "gc.callbacks.append(lambda phase, facts: made.append(facts['generation']) if phase == 'start' else None);"
        "code = main(['--data-dir', sys.argv[1], 'servers', 'list']); gc.callbacks.clear();"
        "sys.exit(code if len(made) < 10 and not any(made) else str(made))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_one_command_alone_is_helped_and_refused_as_among_all() -> None:
    assert "--json" not in retrovue("servers", "list", "--help").stderr
    assert "List servers" in retrovue("servers", "list", "--help").stdout
    for words in (("servers", "lst"), ("servers", "list", "--wrong"), ("sync", "--wrong"), ("nothing",)):
        refused = retrovue(*words)
        assert refused.returncode == 2
        assert "--help" in refused.stderr


@pytest.mark.slow
def test_help_names_every_command() -> None:
    done = retrovue("--help")
    assert done.returncode == 0
    for command in ("servers", "libraries", "mappings", "sync", "search", "show", "export", "db", "doctor", "demo"):
        assert f"  {command} " in done.stdout


@pytest.mark.slow
def test_a_whole_life_with_the_token_on_stdin(tmp_path: Path, server: DemoServer) -> None:
    profile = ("--data-dir", str(tmp_path / "data"))
    words = ("servers", "add", "--name", "Home", "--url", server.url, "--token-stdin", "--store-token-in-file")
    added = retrovue(*profile, *words, stdin=server.token + "\n")
    assert added.returncode == 0, added.stderr
    synced = retrovue("sync", "--json", *profile)
    assert synced.returncode == 0, synced.stderr
    assert synced.stderr == ""
    assert sum(one["added"] for one in json.loads(synced.stdout)["libraries"]) > 150
    assert server.token not in added.stdout + added.stderr + synced.stdout


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are of POSIX")
def test_ctrl_c_ends_a_hanging_sync_with_130(tmp_path: Path, server: DemoServer) -> None:
    profile = ["--data-dir", str(tmp_path / "data")]
    words = ["servers", "add", "--name", "Home", "--url", server.url, "--token-stdin", "--store-token-in-file"]
    assert retrovue(*profile, *words, stdin=server.token).returncode == 0
    server.reset_counters()
    with (
        server.faults.using(Hang(match=path("/library/sections/[0-9]+/all"))),
        subprocess.Popen(
            [sys.executable, "-m", "retrovue", "sync", *profile],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert server.wait_for_requests(2, 30)
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "Interrupted" in err
    assert retrovue("sync", *profile).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    command = f"{sys.executable} -m retrovue --data-dir {tmp_path / 'data'} libraries list | true"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""


@pytest.mark.slow
def test_the_demo_without_a_window(tmp_path: Path) -> None:
    done = retrovue("demo", "--no-window", "--json", "--data-dir", str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert sum(one["added"] for one in document["first"]["libraries"]) == 3860
    assert document["second"]["requests"] <= 2
    assert sum(one["added"] + one["updated"] for one in document["second"]["libraries"]) == 0
    assert document["files"]["missing"] == 4
    assert document["files"]["found"] > 3700
    for other, movies_and_episodes in zip(document["others"], (350, 130), strict=True):
        assert sum(one["added"] for one in other["sync"]["libraries"]) >= movies_and_episodes
        assert other["files"]["found"] > movies_and_episodes * 0.95
    assert not (tmp_path / "data" / "secrets.json").exists()
    assert sum(one["added"] for one in document["plays"]) > 5_000
    assert {one["server"] for one in document["plays"]} == {"Demo", "Demo Jellyfin", "Demo Emby"}


@pytest.mark.slow
def test_the_demo_on_a_profile_that_stays(tmp_path: Path) -> None:
    profile = ("--data-dir", str(tmp_path / "data"))
    assert retrovue("demo", "--no-window", *profile).returncode == 0
    again = retrovue("demo", "--no-window", *profile)
    assert again.returncode == 0, again.stderr
    assert "nothing was written" in again.stdout
    assert "Demo Jellyfin" in again.stdout
    assert "Großeltern" in again.stdout.partition("Watching now")[2]
