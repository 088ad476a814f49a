"""`retrovue notify`: the shapes that scripts rely on."""

import pytest
from tests.cli.conftest import Cli

from retrovue.demo import DemoServer


@pytest.mark.slow
def test_add_list_and_remove(cli: Cli) -> None:
    cli.environ["RETROVUE_SECRETS"] = "file"
    address = "json://u:hidden-word@127.0.0.1:9/\n"
    options = ["--event", "started", "--user", "mira", "--library", "TV", "--type", "episode", "--text", "{user}"]
    added = cli("notify", "add", "--url-stdin", *options, "--json", stdin=address)
    assert added.json == {"id": 1, "service": "JSON"}, added.err
    assert cli("notify", "list", "--json").json == [
        {
            "id": 1,
            "service": "JSON",
            "events": ["started"],
            "servers": [],
            "users": ["mira"],
            "libraries": ["TV"],
            "types": ["episode"],
            "text": "{user}",
            "waiting": 0,
        }
    ]
    tried = cli("notify", "test", "1", "--json")
    assert tried.code == 3
    assert (tried.json[0]["id"], tried.json[0]["ok"]) == (1, False)
    assert "hidden-word" not in "".join(cli.said)
    assert cli("notify", "remove", "1", "--json").json == {"removed": 1}
    assert cli("notify", "list", "--json").json == []


def test_no_address_and_a_wrong_one_are_wrong_usage(cli: Cli) -> None:
    assert cli("notify", "add").code == 2
    assert cli("notify", "add", "--url-stdin", stdin="nonsense\n").code == 2
    assert cli("notify", "add", "--url-stdin", "--text", "{nonsense}", stdin="json://127.0.0.1\n").code == 2
    assert cli("notify", "remove", "7").code == 2


def test_a_text_is_previewed_without_a_service(cli: Cli) -> None:
    (shown,) = cli("notify", "preview", "--text", "{user}\\n{server}", "--event", "started", "--json").json
    assert (shown["event"], shown["title"], shown["body"]) == ("started", "Anna", "Attic")
    assert "library" in shown["fields"]
    assert cli("notify", "preview", "--text", "{nonsense}").code == 2


@pytest.mark.slow
def test_a_sync_is_told_to_the_services_that_want_to_know(cli: Cli, server: DemoServer) -> None:
    cli.environ["RETROVUE_SECRETS"] = "file"
    cli.add(server)
    for event in ("sync_finished", "started"):
        # Nobody listens there: what could not be sent waits.
        assert cli("notify", "add", "--url-stdin", "--event", event, stdin="json://127.0.0.1:9/\n").code == 0
    assert cli("sync", "--dry-run").code == 0
    assert [each["waiting"] for each in cli("notify", "list", "--json").json] == [0, 0]
    done = cli("sync", "--json")
    assert (done.code, list(done.json)) == (0, ["libraries", "requests", "bytes", "duration_s"])
    assert [each["waiting"] for each in cli("notify", "list", "--json").json] == [1, 0]
