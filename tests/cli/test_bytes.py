"""Words whose bytes are not valid text: a path may have them, and everything else is refused in clear words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.storage.engines import PostgresServer

from retrovue.core.system.language import speak

pytestmark = pytest.mark.slow

WORD = "Zo\udcff"


@pytest.fixture
def home(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cli]:
    cli = Cli(tmp_path / "profile")
    if engine_name == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        assert cli("db", "use", server.url(server.create())).code == 0
    yield cli
    speak("en")


def test_what_is_no_text_is_refused_and_a_path_is_kept(home: Cli) -> None:
    for words in (
        ("history", "list", "--search", WORD),
        ("history", "delete", "--user", WORD),
        ("history", "restore", WORD),
        ("sync", "--show", WORD),
        ("db", "test", f"postgresql://u@127.0.0.1:1/{WORD}"),
    ):
        done = home(*words)
        assert done.code == 2, (words, done.err)
        assert "Unexpected" not in done.err
    assert "not valid text" in home("history", "restore", WORD).err

    size = ("--total", "1000", "--free", "10")
    assert home("stats", "disks", "--set", f"/mnt/{WORD}", *size).code == 0
    assert home("stats", "disks", "--set", f"/mnt/{WORD}", *size).code == 0
    (disk,) = home("--json", "stats", "disks").json["disks"]
    assert disk["path"].startswith("/mnt/Zo")
    long = home("stats", "disks", "--set", "/" + "\U00020000" * 800, *size)
    assert (long.code, "The path is too long." in long.err) == (2, True)
    key = {"stdin": "k" * 32 + "\n"}
    long = home("tautulli", "connect", "--url", "http://h/" + "a" * 2_600, "--token-stdin", **key)
    assert (long.code, "The address is too long." in long.err) == (2, True)
