"""Servers on the command line: shapes, exit codes, and where the token goes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retrovue.cli.argv import parse_global
from retrovue.core.domain.errors import ConfigError
from retrovue.demo.server import DemoServer


def test_add_prints_the_fixed_shape(cli: Any, server: DemoServer) -> None:
    added = cli.add(server)
    assert set(added) == {"id", "name", "kind", "machine_identifier", "version"}
    assert added["name"] == "Home"
    assert added["kind"] == "plex"
    assert added["machine_identifier"] == server.library.machine_identifier
    listed = cli("servers", "list", "--json").json
    assert [one["name"] for one in listed] == ["Home"]
    assert listed[0]["state"] == "online"


def test_without_keyring_and_consent_the_remedy_is_named(cli: Any, server: DemoServer) -> None:
    done = cli("servers", "add", "--name", "Home NAS", "--url", server.url, "--token-stdin", stdin=server.token)
    assert done.code == 0
    assert "RETROVUE_TOKEN_HOME_NAS" in done.err
    assert "--store-token-in-file" in done.err
    later = cli("sync")
    assert later.code == 3
    assert "RETROVUE_TOKEN_HOME_NAS" in later.err
    assert cli("sync", environ={"RETROVUE_TOKEN": server.token}).code == 0
    assert cli("sync", environ={"RETROVUE_TOKEN_HOME_NAS": server.token, "RETROVUE_TOKEN": "wrong"}).code == 0
    assert not (cli.data_dir / "secrets.json").exists()


def test_consent_by_the_environment(cli: Any, server: DemoServer) -> None:
    done = cli(
        "servers", "add", "--name", "Home", "--url", server.url, "--token-stdin",
        stdin=server.token, environ={"RETROVUE_SECRETS": "file"},
    )  # fmt: skip
    assert done.code == 0
    assert (cli.data_dir / "secrets.json").stat().st_mode & 0o077 == 0
    assert cli("sync").code == 0


def test_a_token_of_the_environment_is_for_this_run(cli: Any, server: DemoServer) -> None:
    done = cli("servers", "add", "--name", "Home", "--url", server.url, environ={"RETROVUE_TOKEN": server.token})
    assert done.code == 0
    assert "not stored" in done.err
    assert cli("sync").code == 3


@pytest.mark.parametrize(
    ("words", "stdin", "code"),
    [
        (["--url", "http://127.0.0.1:9", "--token-stdin"], "x\n", 3),
        (["--url", "http://no-such-host.invalid", "--token-stdin"], "x\n", 3),
        (["--url", "http://127.0.0.1:9"], "", 2),
        (["--url", "http://127.0.0.1:9", "--token-stdin"], "", 2),
        (["--url", "http://me:secret@127.0.0.1:9", "--token-stdin"], "x\n", 2),
        (["--token-stdin"], "x\n", 2),
        (["--url", "http://127.0.0.1:9", "--token-stdin", "--kind", "napster"], "x\n", 2),
    ],
)
def test_what_cannot_be_added(cli: Any, words: list[str], stdin: str, code: int) -> None:
    done = cli("servers", "add", "--name", "Home", *words, stdin=stdin)
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err
    assert "Traceback" not in done.err
    assert cli("servers", "list", "--json").json == []


def test_a_refused_token_is_not_stored(cli: Any, server: DemoServer) -> None:
    done = cli("servers", "add", "--url", server.url, "--token-stdin", "--store-token-in-file", stdin="wrong-token")
    assert done.code == 3
    assert "sign-in" in done.err
    assert not (cli.data_dir / "secrets.json").exists()


def test_names_and_machines_are_there_once(cli: Any, server: DemoServer, start: Callable[..., DemoServer]) -> None:
    cli.add(server)
    again = cli("servers", "add", "--name", "Other", "--url", server.url, "--token-stdin", stdin=server.token)
    assert again.code == 2
    assert "Home" in again.err
    other = start(seed=9)
    taken = cli("servers", "add", "--name", "home", "--url", other.url, "--token-stdin", stdin=server.token)
    assert taken.code == 2


def test_test_names_the_step_that_failed(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    fine = cli("servers", "test", "Home", "--json")
    assert fine.code == 0
    assert [(step["step"], step["state"]) for step in fine.json[0]["steps"]] == [
        ("address", "ok"),
        ("port", "ok"),
        ("certificate", "not_needed"),
        ("version", "ok"),
        ("sign_in", "ok"),
        ("libraries", "ok"),
    ]
    refused = cli("servers", "test", "Home", "--json", environ={"RETROVUE_TOKEN": "revoked"})
    assert refused.code == 3
    states = {step["step"]: step["state"] for step in refused.json[0]["steps"]}
    assert states["sign_in"] == "failed"
    assert states["version"] == "ok"
    assert states["libraries"] == "not_tried"
    assert cli("servers", "list", "--json").json[0]["state"] == "sign_in_again"
    server.stop()
    away = cli("servers", "test", "--json")
    assert away.code == 3
    states = {step["step"]: step["state"] for step in away.json[0]["steps"]}
    assert (states["address"], states["port"], states["version"]) == ("ok", "failed", "not_tried")
    assert cli("servers", "list", "--json").json[0]["state"] == "not_reachable"


def test_some_servers_failing_is_not_all(cli: Any, server: DemoServer, start: Callable[..., DemoServer]) -> None:
    cli.add(server)
    other = start(seed=9)
    cli.add(other, "Attic")
    other.stop()
    done = cli("servers", "test")
    assert done.code == 1
    assert "Attic" in done.err
    assert "Sign-in" in done.out


def test_another_machine_at_the_address_is_told_apart(
    cli: Any, server: DemoServer, start: Callable[..., DemoServer]
) -> None:
    cli.add(server)
    port = server.port
    server.stop()
    other = start(seed=9)
    impostor = DemoServer(other.library, token=server.token, port=port).start()
    try:
        done = cli("servers", "test", "--json")
    finally:
        impostor.stop()
    assert done.code == 3
    assert "A different server" in done.json[0]["error"]


def test_sign_in_again_with_a_new_token(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    done = cli("servers", "sign-in", "Home", "--token-stdin", "--store-token-in-file", stdin="wrong\n")
    assert done.code == 3
    assert cli("sync").code == 0
    done = cli("servers", "sign-in", "Home", "--token-stdin", "--store-token-in-file", "--json", stdin=server.token)
    assert done.code == 0
    assert done.json["token"] == "file"


def test_remove_says_what_goes_and_a_return_goes_on(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    cli("sync")
    before = cli("libraries", "list", "--json").json
    done = cli("servers", "remove", "Home", "--json")
    assert done.code == 0
    assert done.json["items"] > 100
    assert not (cli.data_dir / "secrets.json").exists()
    assert cli("servers", "list", "--json").json == []
    assert cli("search", "the", "--json").json == []
    cli.add(server, "Home again")
    after = cli("libraries", "list", "--json").json
    assert [(one["id"], one["items"]) for one in after] == [(one["id"], one["items"]) for one in before]


def test_servers_are_found_by_name_in_any_case_or_id(cli: Any, server: DemoServer) -> None:
    added = cli.add(server, "Living Room")
    for name in ("Living Room", "living room", str(added["id"])):
        assert cli("servers", "test", name).code == 0
    unknown = cli("servers", "test", "Kitchen", "--json")
    assert unknown.code == 2
    assert "Living Room" in unknown.err
    assert json.loads(unknown.out)["exit_code"] == 2


def test_the_token_is_nowhere_but_in_its_file(cli: Any, server: DemoServer) -> None:
    environ = {"RETROVUE_LOG_LEVEL": "debug"}
    cli.environ = environ
    cli.add(server)
    cli("servers", "test", "--verbose")
    cli("mappings", "add", "--server", "Home", "/media/tv", "/srv/tv")
    cli("sync", "--verbose")
    cli("servers", "test", "--verbose", environ={"RETROVUE_TOKEN": "other-token-that-is-refused"})
    cli("sync", "--json", "--verbose", environ={"RETROVUE_TOKEN": "other-token-that-is-refused"})
    cli("export", "episodes", "--format", "json")
    cli("export", "files", "--format", "csv", "--out", str(cli.data_dir / "files.csv"))
    cli("show", "show:1", "--json")
    cli("db", "backup")
    cli("db", "info", "--json")
    server.faults.clear()
    server.stop()
    cli("sync", "--verbose")
    secrets = (server.token, "other-token-that-is-refused")
    assert "WARNING" in (cli.data_dir / "logs" / "retrovue.log").read_text(encoding="utf-8")
    assert any("WARNING" in text for text in cli.said)
    for text in cli.said:
        assert not any(secret in text for secret in secrets)
    holders = [
        path.name
        for path in sorted(Path(cli.data_dir).rglob("*"))
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in secrets)
    ]
    assert holders == ["secrets.json"]


def test_global_options_stand_anywhere_but_after_two_dashes() -> None:
    options = parse_global(["sync", "--json", "--data-dir", "/d", "--server", "A", "-q", "--", "--json"])
    assert options.json
    assert options.quiet
    assert options.data_dir == Path("/d")
    assert options.words == ("sync", "--server", "A", "--", "--json")
    assert parse_global(["--data-dir=/x", "--version"]).version
    assert parse_global(["search", "--version"]).words == ("search", "--version")
    with pytest.raises(ConfigError):
        parse_global(["sync", "--data-dir"])
