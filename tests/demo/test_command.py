"""The demo server as a program of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

_SMALL = ["--shows", "4", "--episodes", "20", "--movies", "10"]


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "retrovue.demo", *_SMALL, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_says_where_it_listens_writes_files_and_ends_with_its_stdin(tmp_path: Path) -> None:
    with _start("--token-stdin", "--warm", "type=4", "--files", str(tmp_path / "tree")) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("sesame\n")
        process.stdin.flush()
        greeting = json.loads(process.stdout.readline())
        assert greeting.keys() == {"url", "token", "machine_identifier", "files_root"}
        assert greeting["token"] == "sesame"
        assert greeting["files_root"] == str((tmp_path / "tree").resolve())
        assert len(list((tmp_path / "tree").rglob("*.m*"))) > 10
        headers = {"X-Plex-Token": "sesame", "Accept": "application/json"}
        answer = requests.get(f"{greeting['url']}/library/sections/1/all?type=1", headers=headers, timeout=30)
        assert answer.json()["MediaContainer"]["size"] == 10
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.mark.parametrize("kind", ["emby", "jellyfin"])
def test_it_speaks_as_other_products(kind: str) -> None:
    with _start("--kind", kind) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        greeting = json.loads(process.stdout.readline())
        answer = requests.get(f"{greeting['url']}/System/Info/Public", timeout=30).json()
        assert answer["Id"] == greeting["machine_identifier"]
        assert ("ProductName" in answer) is (kind == "jellyfin")
        process.stdin.close()
        assert process.wait(60) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to handle")
def test_it_ends_on_sigterm() -> None:
    with _start() as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["files_root"] is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
