"""The documents speak of the tree as it is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md", "docs/extending.md"]
DOCUMENTS += sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "guide").glob("*.md"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_module_that_a_document_names_exists(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"[\w/]*\w\.(?:py|spec|toml)\b", text))
    there = [
        path.relative_to(ROOT).as_posix()
        for folder in ("src", "tests", "tools", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    ]
    there += [path.name for path in ROOT.iterdir()]
    missing = [wanted for wanted in named if not any(f"/{path}".endswith(f"/{wanted}") for path in there)]
    assert missing == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_documents_lead_somewhere(name: str) -> None:
    document = ROOT / name
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_installed_is_this_folder_and_nothing_by_a_name(name: str) -> None:
    installed = re.findall(r"pip install ([^`\n]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert [what for what in installed if what.split()[-1].lstrip('"')[:1] != "."] == []


def test_every_room_is_on_the_map() -> None:
    on_the_map = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[1]
    rooms = [path.name for path in (ROOT / "src" / "retrovue").iterdir() if (path / "__init__.py").exists()]
    rooms += [path.name for path in (ROOT / "src" / "retrovue" / "core").iterdir() if (path / "__init__.py").exists()]
    assert len(rooms) >= 9
    assert [room for room in rooms if f"  {room}/" not in on_the_map] == []
