"""Nothing grows without anybody noticing. The aims are 400 lines and 40 lines; these are the walls behind them."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE_WALL = 600
FUNCTION_WALL = 60
# A revision is a frozen copy of the tables of its day, and is never split.
SOURCES = [path for path in sorted((ROOT / "src").rglob("*.py")) if "versions" not in path.parts]


def test_the_sources_are_found() -> None:
    assert len(SOURCES) > 50


def test_modules_and_functions_stay_short() -> None:
    long = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        nodes = ast.walk(ast.parse(text))
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        names = [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= FUNCTION_WALL]
        module = path.relative_to(ROOT / "src").as_posix()
        if text.count("\n") > MODULE_WALL or names:
            long.append((module, names))
    assert long == []
