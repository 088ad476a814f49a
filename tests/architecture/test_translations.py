"""Every text can be translated, and every translation fits its text."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "retrovue"
Text = str | tuple[str, ...]
CATALOGS = sorted((ROOT / "resources" / "translations").glob("*/LC_MESSAGES/*.po"))
SOURCES = sorted(SOURCE.rglob("*.py"))
FUNCTIONS = {"_": 1, "ngettext": 2}
# Help of commands, put together while modules are imported, is looked up again once the language is known.
LOOKED_UP_LATER = {"cli/main.py": "described.help"}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name, abort_invalid=True)


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{[^}]*\}", text))


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """(source, translation) of each form; every plural form but the first stands for the plural."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
        return
    for index, form in enumerate(message.string):
        yield message.id[min(index, 1)], form


def missing_in(catalog: Catalog, texts: Iterable[Text]) -> list[Text]:
    """The texts without a translation, or without one of their plural forms."""
    missing = []
    for text in texts:
        message = catalog.get(text)
        forms = () if message is None else message.string
        if not forms or not all([forms] if isinstance(forms, str) else forms):
            missing.append(text)
    return missing


@dataclass(frozen=True)
class Module:
    """What the tests ask of a module: its calls of `_` and `ngettext`."""

    texts: tuple[tuple[ast.Call, ast.expr], ...]
    """(call, argument) of every text that is given to one of them."""
    in_f_strings: tuple[ast.Call, ...]
    while_imported: tuple[ast.Call, ...]


@cache
def look_at(path: Path) -> Module:
    """Each file is parsed once, whatever the number of tests; only the calls are kept."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    inner = (node for outer in nodes if isinstance(outer, ast.JoinedStr) for node in ast.walk(outer))
    return Module(
        tuple(
            (call, argument)
            for call in nodes
            if is_lookup(call)
            for argument in call.args[: FUNCTIONS[ast.unparse(call.func)]]
        ),
        tuple(node for node in inner if is_lookup(node)),
        tuple(run_by_import(tree)),
    )


def is_lookup(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS


def run_by_import(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            # Only decorators and defaults are run by the import.
            for part in (*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)):
                yield from run_by_import(part)
        elif not isinstance(child, ast.Lambda):
            if is_lookup(child):
                yield child
            yield from run_by_import(child)


def test_there_is_a_german_translation() -> None:
    assert [path.parents[1].name for path in CATALOGS] == ["de"]
    assert sum(len(look_at(path).texts) for path in SOURCES) > 1000


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parents[1].name)
class TestCatalog:
    def test_every_placeholder_is_kept(self, path: Path) -> None:
        wrong = []
        for message in read(path):
            # The plural alone decides: a singular may say "one" where the plural counts.
            allowed = placeholders(message.id if isinstance(message.id, str) else message.id[1])
            for source, translation in pairs(message):
                kept = placeholders(translation)
                if message.id and translation and kept != placeholders(source) and kept != allowed:
                    wrong.append((source, translation))
        assert wrong == []

    def test_nothing_is_guessed(self, path: Path) -> None:
        assert [message.id for message in read(path) if message.id and message.fuzzy] == []

    def test_every_text_of_the_program_is_translated(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.syspath_prepend(ROOT)
        from messages import command_texts

        texts = [*literals(), *(text for _name, text in command_texts())]
        assert missing_in(read(path), texts) == [], "run `python3 dev.py messages`, then translate what it lists"

    def test_keys_of_menus_survive(self, path: Path) -> None:
        marked = [pair for message in read(path) for pair in pairs(message) if re.search(r"&\w", pair[0])]
        assert len(marked) > 10
        assert [text for source, text in marked if len(re.findall(r"&\w", text)) != 1] == []

    def test_blanks_and_dots_at_the_end_are_those_of_the_source(self, path: Path) -> None:
        def tail(text: str) -> str:
            return re.search(r"[ .…:]*$", text)[0]  # type: ignore[index]

        found = [pair for message in read(path) if message.id for pair in pairs(message)]
        # A single word may be an abbreviation in one language only.
        wrong = [(source, text) for source, text in found if " " in source and text and tail(source) != tail(text)]
        assert wrong == []


def test_a_text_has_a_plural_everywhere_or_nowhere() -> None:
    """Looked up without its number such a text is the singular, whatever the number is: "4 fehlt"."""
    used: dict[str, set[str]] = {name: set() for name in FUNCTIONS}
    for path in SOURCES:
        for call, argument in look_at(path).texts:
            if isinstance(argument, ast.Constant) and argument is call.args[0]:
                used[ast.unparse(call.func)].add(str(argument.value))
    assert used["_"] & used["ngettext"] == set()


@pytest.mark.slow
def test_the_extraction_finds_every_text() -> None:
    """What `dev.py messages` gathers is what the tests here read from the syntax tree, and the help of commands."""
    script = "import messages, json, sys; json.dump([m.id for m in messages.extract() if m.id], sys.stdout)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    gathered = {text if isinstance(text, str) else tuple(text) for text in json.loads(done.stdout)}
    # Babel gives a text its plural wherever it stands once with one.
    assert set(literals()) <= gathered
    assert all(missing_in(read(path), gathered) == [] for path in CATALOGS)


def literals() -> Iterator[Text]:
    """Every text that the program gives to `_`, and every pair that it gives to `ngettext`."""
    for path in SOURCES:
        calls: dict[int, list[str]] = {}
        for call, argument in look_at(path).texts:
            if isinstance(argument, ast.Constant):
                calls.setdefault(id(call), []).append(argument.value)
        yield from (texts[0] if len(texts) == 1 else tuple(texts) for texts in calls.values())


def test_a_text_is_one_literal() -> None:
    """An f-string, a sum or a variable is never found by the extraction, and so never translated."""
    wrong = [
        f"{name(path)}:{argument.lineno}: {ast.unparse(argument)}"
        for path in SOURCES
        for _call, argument in look_at(path).texts
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value)
        and ast.unparse(argument) != LOOKED_UP_LATER.get(name(path))
    ]
    assert wrong == []


def test_no_text_hides_in_an_f_string() -> None:
    """Up to Python 3.11 an f-string is one token, into which the extraction does not look."""
    assert [place(path, call) for path in SOURCES for call in look_at(path).in_f_strings] == []


def test_no_text_is_looked_up_while_a_module_is_imported() -> None:
    """The language is not known then, and a later one would not be followed."""
    without_commands = [path for path in SOURCES if path.parent.name != "cli" and path.name != "i18n.py"]
    assert [place(path, call) for path in without_commands for call in look_at(path).while_imported] == []


def name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def place(path: Path, call: ast.Call) -> str:
    return f"{name(path)}:{call.lineno}: {ast.unparse(call)}"
