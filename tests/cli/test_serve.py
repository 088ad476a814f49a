"""`retrovue serve` as a program: the line it begins with, its answers, its end, a port that is taken."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.cli.conftest import Cli

from retrovue.demo import DemoServer

KEY = "abcdef0123456789abcdef0123456789"
pytestmark = pytest.mark.slow


def command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "retrovue", "--data-dir", str(folder), "serve", *words]


def test_it_answers_until_it_is_told_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETROVUE_API_KEY", KEY)
    with subprocess.Popen(command(tmp_path, "--port", "0", "--json"), stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        said = json.loads(program.stdout.readline())
        assert said["api_key_in_keyring"] is False
        with urllib.request.urlopen(f"{said['url']}/api/v2?apikey={KEY}&cmd=status", timeout=20) as answer:
            assert json.load(answer)["response"]["message"] == "Ok"
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 0
        assert program.stdout.read() == ""


def test_a_port_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETROVUE_API_KEY", KEY)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = subprocess.run(command(tmp_path, "--port", port), capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert f"Port {port} is in use" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_key_is_made_kept_shown_and_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETROVUE_SECRETS", "file")
    keys = []
    for words in ("--show-key", "--show-key", "--new-key", "--show-key"):
        ended = subprocess.run(command(tmp_path, words, "--json"), capture_output=True, text=True, timeout=60)
        assert ended.returncode == 0
        keys.append(json.loads(ended.stdout)["api_key"])
    assert keys[0] == keys[1] != keys[2] == keys[3]
    monkeypatch.setenv("RETROVUE_SECRETS", "memory")
    ended = subprocess.run(command(tmp_path / "other", "--show-key"), capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "no keyring" in ended.stderr
    assert all(len(key) == 32 and key.isalnum() for key in keys)


def test_each_server_has_an_address_for_webhooks(cli: Cli, server: DemoServer) -> None:
    cli.environ["RETROVUE_API_KEY"] = KEY
    cli.add(server, "Home")
    (hook,) = cli("serve", "--hooks", "--json").json
    assert hook["server"] == "Home"
    assert re.fullmatch(r"http://127\.0\.0\.1:8181/hooks/[0-9a-f]{32}", hook["url"])
    cli.environ["RETROVUE_API_KEY"] = KEY[::-1]
    assert cli("serve", "--hooks", "--json").json[0]["url"] != hook["url"]


def test_the_home_network_is_warned_of_and_a_new_key_counts_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETROVUE_SECRETS", "file")

    def status(url: str, key: str) -> int:
        try:
            with urllib.request.urlopen(f"{url}/api/v2?apikey={key}&cmd=status", timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def key(*words: str) -> str:
        ended = subprocess.run(command(tmp_path, *words, "--json"), capture_output=True, text=True, timeout=60)
        return str(json.loads(ended.stdout)["api_key"])

    old = key("--show-key")
    words = command(tmp_path, "--port", "0", "--listen", "0.0.0.0", "--json", "--quiet")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        url = json.loads(program.stdout.readline())["url"]
        assert status(url, old) == 200
        new = key("--new-key")
        assert [status(url, old), status(url, new)] == [400, 200]
        program.send_signal(signal.SIGINT)
        assert program.wait(30) == 0
        assert "Never open the port to the internet." in program.stderr.read()
