"""The real command line in this process, and a demo server to ask."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from retrovue.cli.argv import parse_global
from retrovue.cli.main import run
from retrovue.core.system.language import speak
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer

TOKEN = "demo-Tok3n-never-to-be-seen"


@dataclass
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass
class Cli:
    """Runs commands on one profile."""

    data_dir: Path
    environ: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """Everything that any command printed."""

    def __call__(self, *words: str, stdin: str = "", environ: dict[str, str] | None = None) -> Done:
        out, err = io.StringIO(), io.StringIO()
        argv = ["--data-dir", str(self.data_dir), *words]
        code = run(
            parse_global(argv),
            environ={**self.environ, **(environ or {})},
            stdin=io.StringIO(stdin),
            stdout=out,
            stderr=err,
            keyring=lambda: None,
        )
        self.said += [out.getvalue(), err.getvalue()]
        return Done(code, out.getvalue(), err.getvalue())

    def add(self, server: DemoServer, name: str = "Home") -> Any:
        """Add a demo server, its token in a file."""
        words = ("--kind", "plex", "--name", name, "--url", server.url, "--token-stdin", "--store-token-in-file")
        done = self("servers", "add", *words, stdin=server.token + "\n")
        assert done.code == 0, done.err
        return done.json


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    yield Cli(tmp_path / "cli-profile")
    # A command speaks the language of its environment, in this process: the next test expects English.
    speak("en")


@pytest.fixture
def library() -> DemoLibrary:
    return make_library(LibrarySpec(shows=12, episodes=120, movies=40))


@pytest.fixture
def server(library: DemoLibrary) -> Iterator[DemoServer]:
    with DemoServer(library, token=TOKEN) as server:
        yield server


@pytest.fixture
def start() -> Iterator[Callable[..., DemoServer]]:
    """Starts more demo servers."""
    running: list[DemoServer] = []

    def make(seed: int, token: str = TOKEN) -> DemoServer:
        server = DemoServer(make_library(LibrarySpec(shows=10, episodes=40, movies=5, seed=seed)), token=token).start()
        running.append(server)
        return server

    yield make
    for server in running:
        server.stop()
