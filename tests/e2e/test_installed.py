"""The program outside of its checkout: installed from a wheel."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import PoFileError

ROOT = Path(__file__).resolve().parents[2]
PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Library"\nmsgstr "Médiathèque"\n'

REPORT = """
import retrovue
from retrovue.core.system.resources import resource_path
print(retrovue.__file__)
print(resource_path("icons", "plus.svg").is_file(), len(list(resource_path("icons").glob("*.svg"))))
"""


def run(*command: str | Path, timeout_s: float = 300, cwd: Path | None = None) -> str:
    """The standard output of a command that must succeed."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=timeout_s, check=False, cwd=cwd,
        env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install_wheel(tmp_path: Path) -> Path:
    """The folder of programs of a fresh environment with our wheel; the libraries are borrowed from this one."""
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path, ROOT)
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv")
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    wheel = next(tmp_path.glob("retrovue-*.whl"))
    run(sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-deps", wheel)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    # A folder named in a .pth file is searched, but its own .pth files are not read: the editable install stays out.
    Path(site, "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_installed_wheel_finds_its_resources_and_passes_the_self_test(tmp_path: Path) -> None:
    programs = install_wheel(tmp_path)
    suffix = ".exe" if os.name == "nt" else ""
    place, found = run(programs / f"python{suffix}", "-c", REPORT, cwd=tmp_path).splitlines()
    assert Path(place).is_relative_to(tmp_path)
    assert found == f"True {len(list((ROOT / 'resources' / 'icons').glob('*.svg')))}"
    assert "FAIL" not in run(programs / f"retrovue{suffix}", "--self-test", cwd=tmp_path)


def test_the_build_compiles_translations_and_refuses_broken_ones(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    source = tmp_path / "fr" / "LC_MESSAGES" / "retrovue.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, encoding="utf-8")
    (compiled,) = hook.compile_catalogs(tmp_path)
    with compiled.open("rb") as file:
        assert read_mo(file)["Library"].string == "Médiathèque"
    source.write_text('msgid "Library"\nmsgid "Movies"\n', encoding="utf-8")
    with pytest.raises(PoFileError):
        hook.compile_catalogs(tmp_path)
