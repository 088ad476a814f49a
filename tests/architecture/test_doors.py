"""Windows, commands and the shared interface ask services: none of them reaches a repository through the context."""

import ast
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from retrovue.core.host import Host

ROOT = Path(__file__).resolve().parents[2] / "src" / "retrovue"
REPOSITORIES = {name for name, kept in vars(Host).items() if isinstance(kept, cached_property)} | {"database"}
HOSTS = {"context", "host", "profile"}


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.lstrip("_")
        case ast.Call(func=function):
            return _last_name(function)
    return ""


def _reached(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and name of every repository that is taken from a context."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in REPOSITORIES and _last_name(node.value) in HOSTS:
            yield node.lineno, node.attr


def test_no_room_above_the_services_reaches_a_repository() -> None:
    files = [path for room in ("gui", "cli", "api") for path in sorted((ROOT / room).rglob("*.py"))]
    assert len(files) > 300
    reached = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in files
        for line, name in _reached(path.read_text(encoding="utf-8"))
    ]
    assert reached == []


def test_every_way_to_a_repository_is_seen() -> None:
    assert len(REPOSITORIES) > 25
    seen = "context.servers.all()", "self._context.plays", "session.context.browse.totals()", "context().notices"
    assert [name for source in seen for _line, name in _reached(source)] == ["servers", "plays", "browse", "notices"]
    assert list(_reached("page.servers, context.settings, context.clock")) == []


def test_programs_of_the_system_are_opened_in_one_place() -> None:
    """A packaged program would hand its own libraries on to a browser or a file manager."""
    direct = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "gui").rglob("*.py"))
        if "QDesktopServices" in path.read_text(encoding="utf-8")
    ]
    assert direct == ["gui/work/opening.py"]
