"""Signing in, finding servers and trusting a certificate on the command line."""

import io
import json
import os
import queue
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import TOKEN
from tests.tls_front import TlsFront

from retrovue.cli.argv import parse_global
from retrovue.cli.main import run
from retrovue.core.domain.servers import ServerKind
from retrovue.core.sources.discovery import FoundServer
from retrovue.core.sources.http.certificate import fetch_peer
from retrovue.demo.account import DemoAccount
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.mediabrowser_users import PASSWORD
from retrovue.demo.server import DemoServer

FILE = "--store-token-in-file"
DIALECTS = {"emby": EmbyDialect, "jellyfin": JellyfinDialect}


@pytest.fixture
def account(cli: Any) -> Iterator[DemoAccount]:
    """An account whose owner confirms every code at once."""
    with DemoAccount(confirms_after=0) as running:
        cli.environ["RETROVUE_ACCOUNT_URL"] = running.url
        yield running


@pytest.fixture
def media(request: pytest.FixtureRequest) -> Iterator[Callable[..., DemoServer]]:
    """Starts an Emby or Jellyfin server: `media("emby")`."""
    running = []

    def start(kind: str, seed: int = 3) -> DemoServer:
        library = make_library(LibrarySpec(shows=3, episodes=9, movies=4, seed=seed))
        running.append(DemoServer(library, token=TOKEN, dialect=DIALECTS[kind]).start())
        return running[-1]

    yield start
    for server in running:
        server.stop()


def test_found_servers_have_a_fixed_shape(cli: Any, server: DemoServer) -> None:
    added = cli.add(server)

    def ask(_duration_s: float, _cancel: object) -> list[FoundServer]:
        return [
            FoundServer(ServerKind.PLEX, server.url, "Attic", added["machine_identifier"]),
            FoundServer(ServerKind.EMBY, "http://192.168.1.5:8096", "Cellar", "ab" * 16),
        ]

    def discover(*words: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        argv = ["--data-dir", str(cli.data_dir), "servers", "discover", *words]
        code = run(
            parse_global(argv), environ={}, stdin=io.StringIO(), stdout=out, stderr=err, keyring=lambda: None,
            ask_network=ask,
        )  # fmt: skip
        return code, out.getvalue(), err.getvalue()

    code, out, _err = discover("--json")
    assert code == 0
    assert json.loads(out) == [
        {
            "kind": "plex", "name": "Attic", "url": server.url, "machine_identifier": added["machine_identifier"],
            "known": "Home",
        },
        {
            "kind": "emby", "name": "Cellar", "url": "http://192.168.1.5:8096", "machine_identifier": "ab" * 16,
            "known": None,
        },
    ]  # fmt: skip
    code, out, _err = discover()
    assert code == 0
    assert "Cellar" in out
    assert "http://192.168.1.5:8096" in out


def test_nobody_on_the_network_is_no_failure(cli: Any) -> None:
    done = cli("servers", "discover", "--timeout", "0.1", "--json")
    assert done.code == 0
    assert isinstance(done.json, list)
    assert cli("servers", "discover", "--timeout", "0").code == 2


def test_a_plex_account_adds_its_one_server(cli: Any, account: DemoAccount, server: DemoServer) -> None:
    account.add_server("Attic", server.library.machine_identifier, server.url, token=TOKEN)
    done = cli("servers", "sign-in", "--kind", "plex", "--name", "Upstairs", FILE, "--json")
    assert done.code == 0, done.err
    assert done.json == {
        "id": 1, "name": "Upstairs", "kind": "plex", "machine_identifier": server.library.machine_identifier,
        "version": done.json["version"],
    }  # fmt: skip
    assert account.url + "/auth#?" in done.err
    assert "Code: " in done.err
    assert TOKEN not in done.out + done.err
    assert account.token not in done.out + done.err
    assert cli("sync").code == 0


def test_which_server_of_an_account(
    cli: Any, account: DemoAccount, server: DemoServer, start: Callable[..., DemoServer]
) -> None:
    other = start(seed=9)
    account.add_server("Attic", server.library.machine_identifier, server.url, token=TOKEN)
    account.add_server(
        "Cousin", other.library.machine_identifier, other.url, token=TOKEN, owned=False, sourceTitle="cousin"
    )
    account.add_server("Gone", "f" * 40, "http://127.0.0.1:9", token=TOKEN)
    offered = cli("servers", "sign-in", "--kind", "plex", "--json")
    assert offered.code == 0
    assert [(one["name"], one["owned"], one["owner"], one["known"]) for one in offered.json] == [
        ("Attic", True, None, None), ("Gone", True, None, None), ("Cousin", False, "cousin", None),
    ]  # fmt: skip
    assert "--server" in offered.err
    assert cli("servers", "list", "--json").json == []
    assert cli("servers", "sign-in", "--kind", "plex", "--server", "Cellar").code == 2
    one = cli("servers", "sign-in", "--kind", "plex", "--server", "cousin", FILE, "--json")
    assert (one.code, one.json["name"]) == (0, "Cousin")
    assert "shared by cousin" in one.err
    alone = cli("servers", "sign-in", "--kind", "plex", "--server", "Gone")
    assert alone.code == 3
    everything = cli("servers", "sign-in", "--kind", "plex", "--all", FILE, "--json")
    assert everything.code == 1
    assert [each["name"] for each in everything.json] == ["Attic", "Cousin"]
    assert "Gone" in everything.err
    assert "signed in again" in everything.err
    assert [each["name"] for each in cli("servers", "list", "--json").json] == ["Attic", "Cousin"]


def test_servers_of_one_name_are_told_apart(
    cli: Any, account: DemoAccount, server: DemoServer, start: Callable[..., DemoServer]
) -> None:
    other = start(seed=9)
    account.add_server("Plex", server.library.machine_identifier, server.url, token=TOKEN)
    account.add_server("Plex", other.library.machine_identifier, other.url, token=TOKEN, owned=False, sourceTitle="jo")
    assert cli("servers", "sign-in", "--kind", "plex", "--server", "Plex").code == 2
    assert cli("servers", "sign-in", "--kind", "plex", "--all", FILE).code == 0
    assert [each["name"] for each in cli("servers", "list", "--json").json] == ["Plex", "Plex (jo)"]


def test_signing_in_again_with_a_plex_account(
    cli: Any, account: DemoAccount, server: DemoServer, start: Callable[..., DemoServer]
) -> None:
    cli.add(server)
    cli("sync")
    before = cli("libraries", "list", "--json").json
    other = start(seed=9)
    account.add_server("Elsewhere", other.library.machine_identifier, other.url, token=TOKEN)
    refused = cli("servers", "sign-in", "Home", FILE)
    assert refused.code == 3
    assert "Elsewhere" in refused.err
    account.add_server("Attic", server.library.machine_identifier, server.url, token=TOKEN)
    assert cli("servers", "test", "Home", environ={"RETROVUE_TOKEN": "revoked"}).code == 3
    assert cli("servers", "list", "--json").json[0]["state"] == "sign_in_again"
    done = cli("servers", "sign-in", "Home", FILE, "--json")
    assert (done.code, done.json) == (0, {"id": 1, "name": "Home", "token": "file"})
    assert cli("servers", "list", "--json").json[0]["state"] == "online"
    assert [one["items"] for one in cli("libraries", "list", "--json").json] == [one["items"] for one in before]


def test_an_account_service_that_is_away_or_has_nothing(cli: Any, account: DemoAccount) -> None:
    assert cli("servers", "sign-in", "--kind", "plex").code == 2
    account.spoiled["/api/v2/pins"] = b'{"id": 1, "code": "<script>"}'
    assert cli("servers", "sign-in", "--kind", "plex").code == 3
    cli.environ["RETROVUE_ACCOUNT_URL"] = "http://127.0.0.1:9"
    assert cli("servers", "sign-in", "--kind", "plex").code == 3


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["emby", "jellyfin"])
def test_a_name_and_a_password(cli: Any, media: Callable[..., DemoServer], kind: str) -> None:
    server = media(kind)
    words = ("servers", "add", "--kind", kind, "--name", "Home", "--url", server.url, "--user")
    wrong = cli(*words, "marlow", "--password-stdin", stdin="no\n")
    assert wrong.code == 3
    assert cli("servers", "list", "--json").json == []
    done = cli(*words, "edda", "--password-stdin", FILE, "--json", stdin=PASSWORD + "\n")
    assert done.code == 0, done.err
    assert set(done.json) == {"id", "name", "kind", "machine_identifier", "version"}
    assert "administrator" in done.err
    listed = cli("servers", "list", "--json").json[0]
    assert (listed["account"], listed["is_owner"]) == ("edda", False)
    assert {limit["feature"] for limit in listed["limits"]} >= {"sessions", "history_of_others"}
    assert "not available to this account" in cli("servers", "list").out
    tested = cli("servers", "test", "Home")
    assert tested.code == 0
    assert "administrators" in tested.out
    assert cli("sync").code == 0
    server.dialect.users.tokens.clear()
    assert cli("sync").code == 3
    again = cli("servers", "sign-in", "Home", "--user", "edda", "--password-stdin", FILE, stdin=PASSWORD + "\n")
    assert again.code == 0, again.err
    assert cli("sync").code == 0
    for text in cli.said:
        assert PASSWORD not in text
    holders = [
        path for path in Path(cli.data_dir).rglob("*") if path.is_file() and PASSWORD in path.read_text("latin-1")
    ]
    # The word is part of titles, too: only where secrets and messages are kept it must not be.
    assert not [path for path in holders if path.suffix in (".json", ".log")]


def test_quick_connect(cli: Any, media: Callable[..., DemoServer]) -> None:
    server = media("jellyfin")
    users = server.dialect.users
    confirming = threading.Thread(target=_approve_first, args=(server, users))
    confirming.start()
    words = ("--kind", "jellyfin", "--name", "Home", "--url", server.url, "--quick-connect", FILE)
    done = cli("servers", "add", *words)
    confirming.join(30)
    assert done.code == 0, done.err
    assert "Code: " in done.err
    assert cli("servers", "list", "--json").json[0]["account"] == "marlow"
    assert all(secret not in done.err for secret in users._codes)
    users.quick_connect = False
    refused = cli("servers", "sign-in", "Home", "--quick-connect")
    assert refused.code == 3
    assert "turned off" in refused.err


def test_what_signing_in_brings_is_in_no_log_and_no_message(
    cli: Any, account: DemoAccount, server: DemoServer, media: Callable[..., DemoServer]
) -> None:
    cli.environ["RETROVUE_LOG_LEVEL"] = "debug"
    account.token = "account-t0ken-never-to-be-seen"
    account.add_server("Attic", server.library.machine_identifier, server.url, token=TOKEN)
    cli("servers", "sign-in", "--kind", "plex", FILE, "--verbose")
    account.resources.clear()
    cli("servers", "sign-in", "Attic", "--verbose")
    jellyfin = media("jellyfin")
    confirming = threading.Thread(target=_approve_first, args=(jellyfin, jellyfin.dialect.users))
    confirming.start()
    where = ("servers", "add", "--kind", "jellyfin", "--url", jellyfin.url, FILE, "--verbose")
    assert cli(*where, "--name", "By code", "--quick-connect").code == 0
    confirming.join(30)
    cli("servers", "remove", "By code")
    assert cli(*where, "--name", "By name", "--user", "marlow", "--password-stdin", stdin=PASSWORD).code == 0
    users = jellyfin.dialect.users
    hidden = {account.token, TOKEN, *users.tokens, *users._codes}
    assert len(hidden) >= 5
    said = [*cli.said, *(path.read_text("latin-1") for path in Path(cli.data_dir).rglob("*.log"))]
    assert any("(Jellyfin " in text for text in said)
    assert [secret for secret in hidden if any(secret in text for text in said)] == []


def _approve_first(server: DemoServer, users: Any) -> None:
    while not any(record.path == "/QuickConnect/Initiate" for record in server.requests):
        server.wait_for_requests(len(server.requests) + 1, 5)
    code = next(iter(users._codes.values()))[0]
    users.approve(code, users.accounts[0])


@pytest.mark.parametrize(
    "words",
    [
        ["sign-in"],
        ["sign-in", "--kind", "emby"],
        ["sign-in", "--kind", "plex", "--user", "x"],
        ["sign-in", "Home", "--all"],
        ["sign-in", "Home", "--user", "x", "--token-stdin"],
        ["sign-in", "Home", "--password-stdin"],
        ["sign-in", "Home", "--user", "x", "--password-stdin"],
        ["sign-in", "Home", "--quick-connect"],
        ["sign-in", "Nowhere"],
        ["add", "--url", "http://127.0.0.1:9", "--kind", "emby", "--quick-connect"],
        ["add", "--url", "http://127.0.0.1:9", "--kind", "emby", "--user", "x"],
        ["add", "--url", "http://127.0.0.1:9", "--user", "x", "--password-stdin"],
        ["add", "--url", "http://127.0.0.1:9", "--token-stdin", "--trust", "abc"],
        ["trust", "Home", "--forget", "ab" * 32],
        ["trust", "Home"],
        ["trust", "Home", "abc"],
    ],
)
def test_what_cannot_be_asked_for(cli: Any, server: DemoServer, words: list[str]) -> None:
    cli.add(server)
    done = cli("servers", *words, stdin="secret\n")
    assert done.code == 2, done.err
    assert done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("kind", ["emby", "jellyfin"])
def test_another_product_is_named_with_the_command_that_adds_it(
    cli: Any, media: Callable[..., DemoServer], kind: str
) -> None:
    url = media(kind).url
    done = cli("servers", "add", "--name", "My Home", "--url", url, "--token-stdin", "--json", stdin=TOKEN)
    assert done.code == 3
    command = done.json["hint"].partition("retrovue servers ")[2]
    assert shlex.split(command) == ["add", "--kind", kind, "--url", url, "--name", "My Home", "--token-stdin"]
    assert cli("servers", *shlex.split(command), stdin=TOKEN).code == 0


def test_a_moved_server_gets_its_new_address(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    server.stop()
    with DemoServer(server.library, token=TOKEN) as moved:
        again = cli("servers", "add", "--name", "New", "--url", moved.url, "--token-stdin", stdin=TOKEN)
        assert again.code == 2
        assert f"sign-in Home --url {moved.url}" in again.err
        done = cli("servers", "sign-in", "Home", "--url", moved.url, "--token-stdin", FILE, stdin=TOKEN)
        assert done.code == 0, done.err
        assert cli("servers", "list", "--json").json[0]["url"] == moved.url


@pytest.mark.slow
def test_a_certificate_is_shown_then_trusted(cli: Any, server: DemoServer) -> None:
    with TlsFront(server.port, "self-signed") as front:
        shown = fetch_peer("127.0.0.1", front.port)
        words = ("servers", "add", "--kind", "plex", "--url", front.url, "--name", "Home", "--token-stdin")
        refused = cli(*words, "--json", stdin=TOKEN)
        assert refused.code == 3
        assert refused.json["certificate"]["fingerprint"] == shown.fingerprint
        command = next(line for line in refused.err.splitlines() if "--trust" in line).partition("retrovue ")[2]
        assert cli("servers", "list", "--json").json == []
        done = cli(*shlex.split(command), FILE, stdin=TOKEN)
        assert done.code == 0, done.err
        assert cli("sync").code == 0
        trusted = cli("servers", "trust", "Home", "--json")
        assert (trusted.code, trusted.json["trusted"]) == (0, True)

        front.show("other-name")
        changed = fetch_peer("127.0.0.1", front.port)
        assert cli("sync").code == 3
        listed = cli("servers", "list", "--json").json[0]
        assert listed["state"] == "certificate"
        assert shown.readable in listed["state_detail"]
        assert changed.readable in listed["state_detail"]
        assert "servers trust Home" in cli("servers", "test", "Home").err
        asked = cli("servers", "trust", "Home")
        assert asked.code == 3
        assert changed.readable in asked.err
        command = asked.err.strip().splitlines()[-1].partition("retrovue ")[2]
        assert shlex.split(command) == ["servers", "trust", "Home", changed.readable]
        assert cli("servers", "trust", "Home", shown.readable).code == 3
        done = cli(*shlex.split(command), "--json")
        assert (done.code, done.json["ok"]) == (0, True)
        assert cli("sync").code == 0
        assert cli("servers", "trust", "Home", "--forget").code == 0
        assert cli("servers", "sign-in", "Home", "--token-stdin", stdin=TOKEN).code == 3


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl+C cannot be sent to one process there")
def test_signing_in_is_given_up_with_control_c(tmp_path: Path) -> None:
    with DemoAccount() as account:
        environ = {**os.environ, "RETROVUE_ACCOUNT_URL": account.url}
        process = subprocess.Popen(
            [sys.executable, "-m", "retrovue", "--data-dir", str(tmp_path), "servers", "sign-in", "--kind", "plex"],
            env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        lines: queue.Queue[str] = queue.Queue()
        reading = threading.Thread(target=lambda: [lines.put(line) for line in process.stderr])
        reading.start()
        try:
            assert account.url in lines.get(timeout=30)
            assert "Code: " in lines.get(timeout=30)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        finally:
            process.kill()
            reading.join(30)
            process.stdout.close()
            process.stderr.close()
