"""`dev.py`: what it says when something is missing, and that it notices a change."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from retrovue import __version__

ROOT = Path(__file__).resolve().parents[2]
NOT_THERE = {"libretrovue-nowhere.so.9": "libretrovue-nowhere9"}


@pytest.fixture
def dev() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_unknown_verb_is_wrong_usage_and_names_the_verbs() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "dev.py", "dance"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "test-slow" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bring what Qt needs")
def test_without_rights_the_missing_packages_are_named(dev: ModuleType) -> None:
    with pytest.raises(dev.SetupError) as caught:
        dev.need("Qt", NOT_THERE, {"retrovue-no-such-program": "retrovue-tools"}, as_root=False)
    assert "libretrovue-nowhere9 retrovue-tools" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems bring what Qt needs")
def test_libraries_that_are_there_ask_for_nothing(dev: ModuleType) -> None:
    assert dev.missing_packages({"libc.so.6": "libc6"}, {"sh": "dash"}) == []


def test_a_server_out_of_the_path_is_there(dev: ModuleType, tmp_path: Path) -> None:
    name = "retrovue-no-such-program"
    assert not dev.has_program(name, tmp_path)
    (tmp_path / "15" / "bin").mkdir(parents=True)
    (tmp_path / "15" / "bin" / name).touch()
    assert dev.has_program(name, tmp_path)


def test_the_key_changes_with_what_is_installed(dev: ModuleType, tmp_path: Path) -> None:
    for name in ("pyproject.toml", "hatch_build.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    before = dev.key(tmp_path)
    assert dev.key(tmp_path) == before
    catalog = tmp_path / "resources" / "translations" / "de" / "LC_MESSAGES" / "retrovue.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text('msgid "a"\nmsgstr "b"\n', encoding="utf-8")
    assert dev.key(tmp_path) != before


@pytest.mark.parametrize(
    ("command", "needed"),
    [
        ("dev.py test\n", ("QT_LIBRARIES",)),
        (
            "dev.py test-slow",
            ("QT_LIBRARIES", "XCB_LIBRARIES", "DESKTOP_PROGRAMS", "BUILD_PROGRAMS", "POSTGRES_PROGRAMS"),
        ),
        ("dev.py build", ("QT_LIBRARIES", "XCB_LIBRARIES", "BUILD_PROGRAMS")),
    ],
)
def test_the_workflows_install_what_a_command_needs(dev: ModuleType, command: str, needed: tuple[str, ...]) -> None:
    # The runner's user is not root: there dev.py would name the packages and end.
    packages = {package for name in needed for package in getattr(dev, name).values()}
    jobs = [
        job
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
        for job in path.read_text(encoding="utf-8").split("runs-on:")
        if f"python {command}" in job
    ]
    assert jobs
    assert [packages - set(job.split()) for job in jobs] == [set()] * len(jobs)


@pytest.mark.skipif(sys.platform == "win32", reason="sed")
def test_the_release_reads_the_version_that_the_tag_names() -> None:
    workflow = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    (line,) = [line.strip() for line in workflow.splitlines() if '$GITHUB_REF_NAME"' in line and "run: test" in line]
    environment = {**os.environ, "GITHUB_REF_NAME": f"v{__version__}"}
    words = ["bash", "-c", line.removeprefix("run: ")]
    assert subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode == 0
    environment["GITHUB_REF_NAME"] = "v0.0.9"
    assert subprocess.run(words, cwd=ROOT, env=environment, check=False).returncode == 1


def test_the_readme_starts_with_the_two_commands() -> None:
    top = (ROOT / "README.md").read_text(encoding="utf-8").split("---")[0]
    assert "python3 dev.py demo" in top
    assert "python3 dev.py test" in top
    assert "py dev.py demo" in top.split("Windows")[1]
    assert "python3 dev.py test\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace(" || failed=1", "")
