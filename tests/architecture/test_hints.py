"""A remedy in `hint` is shown in the window, too: it names no command, flag or environment variable."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "retrovue"
COMMAND = re.compile(r"“retrovue |(?<!\w)--\w|\bRETROVUE_")


def hints(tree: ast.AST) -> Iterator[ast.expr]:
    """Values of arguments and variables called `hint`."""
    for node in ast.walk(tree):
        is_argument = isinstance(node, ast.keyword) and node.arg == "hint"
        if is_argument or (isinstance(node, ast.Assign) and "hint" in map(ast.unparse, node.targets)):
            yield node.value


def texts(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_hints_are_true_in_the_window() -> None:
    found = [
        (path.relative_to(SOURCE).as_posix(), text)
        for room in ("core", "gui")
        for path in sorted((SOURCE / room).rglob("*.py"))
        for value in hints(ast.parse(path.read_text(encoding="utf-8")))
        for text in texts(value)
    ]
    assert len(found) > 100
    assert [one for one in found if COMMAND.search(one[1])] == []
