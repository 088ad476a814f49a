"""Every text can be translated, and every translation fits its text."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "retrovue"
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


def texts_of(path: Path) -> Iterator[tuple[ast.Call, ast.expr]]:
    """(call, argument) of every text that is given to `_` or `ngettext`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            for argument in node.args[: FUNCTIONS[node.func.id]]:
                yield node, argument


def test_there_is_a_german_translation() -> None:
    assert [path.parents[1].name for path in CATALOGS] == ["de"]
    assert sum(1 for path in SOURCES for _text in texts_of(path)) > 1000


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

    def test_every_text_of_the_program_is_translated(self, path: Path) -> None:
        script = "import messages, json, sys; json.dump([m.id for m in messages.extract() if m.id], sys.stdout)"
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        catalog, missing = read(path), []
        for text in json.loads(done.stdout):
            message = catalog.get(text if isinstance(text, str) else tuple(text))
            forms = () if message is None else message.string
            if not forms or not all([forms] if isinstance(forms, str) else forms):
                missing.append(text)
        assert missing == [], "run `python3 dev.py messages`, then translate what it lists"

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
        for call, argument in texts_of(path):
            if isinstance(argument, ast.Constant) and argument is call.args[0]:
                used[ast.unparse(call.func)].add(str(argument.value))
    assert used["_"] & used["ngettext"] == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_text_is_one_literal(path: Path) -> None:
    """An f-string, a sum or a variable is never found by the extraction, and so never translated."""
    allowed = LOOKED_UP_LATER.get(path.relative_to(SOURCE).as_posix())
    wrong = [
        (argument.lineno, ast.unparse(argument))
        for _call, argument in texts_of(path)
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value)
    ]
    assert [found for found in wrong if found[1] != allowed] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_text_hides_in_an_f_string(path: Path) -> None:
    """Up to Python 3.11 an f-string is one token, into which the extraction does not look."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hidden = [
        (inner.lineno, ast.unparse(inner))
        for outer in ast.walk(tree)
        if isinstance(outer, ast.JoinedStr)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id in FUNCTIONS
    ]
    assert hidden == []


WITHOUT_COMMANDS = [path for path in SOURCES if path.parent.name != "cli" and path.name != "i18n.py"]


@pytest.mark.parametrize("path", WITHOUT_COMMANDS, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_no_text_is_looked_up_while_a_module_is_imported(path: Path) -> None:
    """The language is not known then, and a later one would not be followed."""

    def calls(node: ast.AST) -> Iterator[ast.Call]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                # Only decorators and defaults are run by the import.
                for part in (*child.decorator_list, *child.args.defaults, *filter(None, child.args.kw_defaults)):
                    yield from calls(part)
            elif not isinstance(child, ast.Lambda):
                if isinstance(child, ast.Call) and isinstance(child.func, ast.Name) and child.func.id in FUNCTIONS:
                    yield child
                yield from calls(child)

    found = calls(ast.parse(path.read_text(encoding="utf-8")))
    assert [(call.lineno, ast.unparse(call)) for call in found] == []
