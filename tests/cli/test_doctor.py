"""`retrovue doctor`: every finding with its remedy."""

from pathlib import Path
from typing import Any

import pytest

from retrovue.demo.files import mappings, write_files
from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer


def states(document: Any) -> dict[str, str]:
    return {finding["check"]: finding["state"] for finding in document["findings"]}


def test_an_empty_profile(cli: Any) -> None:
    done = cli("doctor", "--json")
    assert done.code == 0
    found = states(done.json)
    assert (found["data_dir"], found["network"], found["catalog"]) == ("ok", "ok", "ok")
    assert (found["keyring"], found["servers"]) == ("warning", "warning")
    assert all(finding["remedy"] for finding in done.json["findings"] if finding["state"] != "ok")


@pytest.mark.slow
def test_a_healthy_profile(cli: Any, server: DemoServer, library: DemoLibrary, tmp_path: Path) -> None:
    write_files(library, tmp_path / "media", missing=0, differing=0)
    cli.add(server)
    for server_path, folder in mappings(library, tmp_path / "media"):
        cli("mappings", "add", "--server", "Home", server_path, str(folder))
    cli("sync")
    cli("files", "check")
    done = cli("doctor", "--json")
    assert done.code == 0
    assert (states(done.json)["server"], states(done.json)["clock"]) == ("ok", "ok")
    assert "Responds in" in cli("doctor").out


def test_what_is_wrong_is_named_with_its_remedy(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    cli("sync")
    cli("mappings", "add", "--server", "Home", "/media/tv", "/no/such/folder")
    cli("mappings", "add", "--server", "Home", "/never/used", str(cli.data_dir))
    server.stop()
    done = cli("doctor", environ={"RETROVUE_PAGE_SIZE": "lots"})
    assert done.code == 1
    for text in (
        "refused the connection",
        "have no local path",
        "/no/such/folder",
        "/never/used",
        "RETROVUE_PAGE_SIZE",
    ):
        assert text in done.out
    assert done.out.count("→") >= 5


def test_a_damaged_catalog_exits_4(cli: Any) -> None:
    cli("servers", "list")
    (cli.data_dir / "retrovue.db").write_bytes(b"rubbish" * 1000)
    for name in ("retrovue.db-wal", "retrovue.db-shm"):
        (cli.data_dir / name).unlink(missing_ok=True)
    done = cli("doctor", "--json")
    assert done.code == 4
    assert states(done.json)["catalog"] == "failed"


def test_tokens_in_a_file_are_not_said_to_last_for_one_run(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    said = cli("doctor")
    assert "Tokens are in a file" in said.out
    assert "last for one run" not in said.out
