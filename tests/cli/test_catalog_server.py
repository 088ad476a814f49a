"""The server of a catalog: away when a program starts, and which of several passwords it is given."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from tests.cli.conftest import Cli
from tests.storage.engines import PostgresServer

from retrovue.demo import DemoServer

pytestmark = pytest.mark.slow

WAITING = "Waiting for the catalog’s server. Ctrl+C ends it.\n"


@contextmanager
def program(folder: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "retrovue", "--data-dir", str(folder), "--json", *words]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def read(stream: IO[str] | None) -> Any:
    assert stream is not None
    return stream


def test_a_program_that_starts_before_the_server_waits_for_it(
    cli: Cli, server: DemoServer, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETROVUE_API_KEY", "abcdef0123456789abcdef0123456789")
    assert cli("db", "use", postgres.url(postgres.create())).code == 0
    cli.add(server)
    folder = cli.data_dir
    with ExitStack() as programs:
        with postgres.stopped():
            monitor = programs.enter_context(program(folder, "monitor", "--poll", "0.2"))
            serve = programs.enter_context(program(folder, "serve", "--port", "0"))
            for each in (monitor, serve):
                assert read(each.stderr).readline().startswith("Could not connect to postgresql://")
                assert read(each.stderr).readline() == WAITING
            serve.send_signal(signal.SIGINT)
            assert serve.wait(60) == 0
            assert read(serve.stdout).read() == ""
            # Commands that do one thing say that they cannot.
            assert cli("history", "list").code == 4
        assert read(monitor.stderr).readline() == "Watching 1 server. Ctrl+C ends it.\n"
        server.playbacks.start(server.library.members("1", "movie")[0].id)
        assert json.loads(read(monitor.stdout).readline())["event"] == "started"
        monitor.send_signal(signal.SIGINT)
        assert monitor.wait(60) == 0


def test_what_a_person_set_for_libpq_comes_before_the_keyring(
    cli: Cli, postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passfile = tmp_path / "pgpass"
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    cli.environ["RETROVUE_SECRETS"] = "file"
    name = postgres.create()
    locked = postgres.url(name, postgres.with_password("old"))
    with postgres.connect() as connection:
        connection.execute(f"ALTER DATABASE {name} OWNER TO locked")
        connection.execute(f"GRANT ALL ON DATABASE {name} TO locked")

    def set_passfile(password: str) -> None:
        passfile.write_text(f"*:*:*:*:{password}\n")
        passfile.chmod(0o600)

    def codes(environ: dict[str, str]) -> list[int]:
        for variable, value in environ.items():
            monkeypatch.setenv(variable, value)
        words = (("db", "test", locked), ("db", "upgrade"), ("db", "copy", "--to", "sqlite"))
        done = [cli(*each) for each in words]
        cli.data_dir.joinpath("retrovue.db").unlink(missing_ok=True)
        for variable in environ:
            monkeypatch.delenv(variable)
        return [each.code for each in done]

    assert cli("db", "use", locked, "--password-stdin", stdin="old\n").code == 0
    assert codes({}) == [0, 0, 0], "by the one that was kept"
    set_passfile("a guess")
    assert codes({}) == [0, 0, 0], "the one that was kept is right all the same"
    postgres.with_password("new")
    set_passfile("new")
    assert codes({}) == [0, 0, 0]
    set_passfile("a guess")
    assert codes({"PGPASSWORD": "new"}) == [0, 0, 0]
