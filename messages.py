"""Gathers every text of the program for translation, and brings the `.po` files up to date: `dev.py messages`.

Texts are the arguments of `_` and `ngettext`, and the docstrings of commands, which Typer shows as their help.
"""

import ast
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from hatch_build import compile_catalogs

ROOT = Path(__file__).resolve().parent
SOURCE = ROOT / "src" / "retrovue"
TRANSLATIONS = ROOT / "resources" / "translations"
KEYWORDS = {"_": None, "ngettext": (1, 2)}
WIDTH = 118


def extract(source: Path = SOURCE) -> Catalog:
    """A catalog without translations of every text below `source`, in the order of the files."""
    catalog = Catalog(project="RetroVue", charset="utf-8")
    found = extract_from_dir(source, [("**.py", "python")], keywords=KEYWORDS)
    for name, _line, message, _comments, _context in found:
        catalog.add(message, None, [(Path(name).as_posix(), None)])
    for name, message in command_texts(source):
        catalog.add(message, None, [(name, None)])
    return catalog


def command_texts(source: Path = SOURCE) -> Iterator[tuple[str, str]]:
    """(file, text) of every command: a public function whose first parameter is Typer's context."""
    for path in sorted((source / "cli").glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or not node.args.args:
                continue
            kind = node.args.args[0].annotation
            # Whatever else takes a context hands something back; a command its exit code.
            is_command = node.returns is not None and ast.unparse(node.returns) == "int"
            text = ast.get_docstring(node, clean=False)
            if text and kind is not None and ast.unparse(kind) == "typer.Context" and is_command:
                yield path.relative_to(source).as_posix(), inspect.cleandoc(text)


def update(path: Path, texts: Catalog) -> Catalog:
    """Bring one `.po` file to `texts`: what is gone goes, what is new waits for its translation."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parents[1].name, abort_invalid=True)
    # A guess from a similar text would reach people as if it were meant.
    catalog.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    catalog.fuzzy = False
    with path.open("wb") as file:
        write_po(file, catalog, width=WIDTH, ignore_obsolete=True, include_lineno=False)
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """The texts of a catalog that have no translation, or lack one of their plural forms."""
    waiting = []
    for message in catalog:
        forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
        if message.id and not all(forms):
            waiting.append(message.id if isinstance(message.id, str) else message.id[0])
    return waiting


def main() -> int:
    """Update and compile every translation; say what is missing. 1 if anything is."""
    texts, missing = extract(), 0
    for path in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po")):
        waiting = untranslated(update(path, texts))
        missing += len(waiting)
        sys.stdout.write(f"{path.relative_to(ROOT)}: {len(waiting)} of {len(texts)} texts wait for a translation\n")
        for text in waiting:
            sys.stdout.write(f"  {text!r}\n")
    compile_catalogs(TRANSLATIONS)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
