"""Every command that the papers show is one of ours, with the options that it shows; what ends by itself is run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from babel.messages.pofile import read_po
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


# Words of others, and of the table above them.
_NOT_OURS = {"Webhook"}


def test_what_the_guide_names_in_the_window_is_there() -> None:
    with (ROOT / "resources" / "translations" / "de" / "LC_MESSAGES" / "retrovue.po").open("rb") as file:
        found = [each.id if isinstance(each.id, str) else each.id[0] for each in read_po(file)]
    # "Port {port} is in use" is any port.
    texts = [text.strip("….& ") for text in found if text.strip("….& ")]
    telling = [text for text in texts if "{" in text and len(re.sub(r"{\w+}", "", text)) > 8]
    patterns = [re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(text)), re.I) for text in telling]
    places = (ROOT / "src" / "retrovue" / "gui" / "pages" / "settings").glob("*.py")
    said = "".join(path.read_text(encoding="utf-8") for path in places)
    sections = tuple(re.findall(r'(?:SettingsSection|super\(\)\.__init__)\(_\("([^"]+)"\), "', said))
    assert len(sections) > 6
    missing = []
    for paper in (ROOT / "README.md", *(ROOT / "docs" / "guide").glob("*.md"), ROOT / "docs" / "sharing.md"):
        prose = re.sub(r"^```.*?^```", "", paper.read_text(encoding="utf-8"), flags=re.M | re.S)
        for shown in re.findall(r"(?<![*\w])\*([^*\n][^*]*?)\*(?![*\w])", prose):
            # Behind a word "…" is of the text, else it is what the text puts there.
            words = re.sub(r"(?<=\w)…$", "", " ".join(shown.split()))
            part = re.compile(re.escape(words).replace("…", ".*"), re.I)
            is_said = any(part.fullmatch(text) for text in texts) or any(each.fullmatch(words) for each in patterns)
            missing += [] if is_said or words in _NOT_OURS else [(paper.name, words)]
        ours = prose if paper.name != "sharing.md" else prose.split("## Webhooks")[0]
        named = [" ".join(each.split()) for each in re.findall(r"Settings →\s([A-Z][^,.:*)]*)", ours)]
        missing += [(paper.name, f"Settings → {each}") for each in named if not each.startswith(sections)]
    assert missing == []


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
