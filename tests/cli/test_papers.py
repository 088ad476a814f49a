"""Every command that the papers show is one of ours, with the options that it shows; what ends by itself is run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from tests.cli.conftest import Cli

from retrovue.cli.app import build_app
from retrovue.cli.argv import parse_global
from retrovue.core.system.secrets import token_variable
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.mediabrowser import JellyfinDialect

# Slow as a whole: each command imports what it needs.
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAPERS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

# What waits for a person, a network or Ctrl+C, or changes this computer: its words are checked all the same.
_NOT_RUN = (
    # On a server of its own in test_postgres.py.
    "db copy",
    "db test",
    "db use",
    "demo",
    "history import-jellystat",
    "history import-tautulli",
    "history merge-users",
    "mappings add",
    "mappings suggest",
    "monitor",
    "notify",
    "run",
    "serve",
    "servers add",
    "servers discover",
    "servers sign-in",
    "servers trust",
    "service",
    "stale exclude",
    "tautulli",
)


def commands() -> list[tuple[str, ...]]:
    """The words after the program's name, of each line of a block of code that begins with it."""
    found = []
    for paper in PAPERS:
        for block in re.findall(r"^```[a-z]*\n(.*?)^```", paper.read_text(encoding="utf-8"), re.M | re.S):
            for line in block.splitlines():
                shown = re.search(r"(?:^|\| |^[0-9*/ ]+ )(?:retrovue|python3 dev\.py run)((?: .*)?)$", line)
                if shown is not None:
                    # Behind two spaces or a # there is a remark, behind < a file.
                    words = re.split(r"\s{2,}|(?:^|\s)#|\s<\s|…", shown.group(1).strip())[0]
                    found.append(tuple(shlex.split(words)))
    return sorted(set(found))


COMMANDS = commands()


def test_the_papers_show_commands() -> None:
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("words", [each for each in COMMANDS if each], ids=" ".join)
def test_a_command_of_the_papers_is_understood(words: tuple[str, ...]) -> None:
    left = list(parse_global(list(words)).words)
    if not left:
        return
    command = typer.main.get_command(build_app(left))
    context = command.make_context("retrovue", left)
    while hasattr(command, "resolve_command"):
        rest = [*getattr(context, "_protected_args", []), *context.args]
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
    assert command.name


def test_what_ends_by_itself_does_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cli = Cli(tmp_path / "profile", {"RETROVUE_SECRETS": "file"})
    with DemoServer(make_library(LibrarySpec(shows=6, episodes=40, movies=12)), dialect=JellyfinDialect) as server:
        words = ("--kind", "jellyfin", "--name", "Cabin", "--url", server.url, "--token-stdin")
        assert cli("servers", "add", *words, stdin=server.token).code == 0
        assert cli("sync").code == 0
        cli.environ[token_variable("Cabin")] = server.token
        run = [each for each in COMMANDS if each and not " ".join(each).startswith(_NOT_RUN)]
        assert len(run) > 15
        # Nobody watches in this house, so a person of the papers may be unknown, and there is no database to go back
        # from: which is said.
        for each in run:
            done = cli(*each)
            if any("postgresql://" in word for word in each):
                # A server that does not exist here; `test_postgres.py` has one that does.
                assert (done.code, "Could not connect" in done.out + done.err) == (4, True), (each, done.out, done.err)
                continue
            assert done.code in (0, 1, 2), (each, done.err)
            is_said = any(words in done.err for words in ("There is no", "No ", "is missing"))
            assert done.code != 2 or is_said, (each, done.err)
            assert "Traceback" not in done.err
