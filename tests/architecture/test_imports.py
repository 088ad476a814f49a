"""The two questions that decide where code may go: who imports whom, and does the core live without Qt."""

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.cli import lint_imports_command  # noqa: F401 - configures the library as its command does

ROOT = Path(__file__).resolve().parents[2]

WITHOUT_QT = """
import importlib, pkgutil, sys

class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"PySide6", "shiboken6"}:
            raise ImportError(f"{name} was imported")
        return None

sys.meta_path.insert(0, NoQt())
import retrovue.core, retrovue.cli

count = 0
for package in (retrovue.core, retrovue.cli):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".migrations." not in module.name:
            importlib.import_module(module.name)
            count += 1
assert not [name for name in sys.modules if name.startswith(("PySide6", "retrovue.gui", "retrovue.demo"))]
print(count)
"""


def test_every_import_contract_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"), cache_dir=None, no_logo=True)
    said = capsys.readouterr().out
    assert kept, said
    assert " kept, 0 broken" in said


def test_core_and_command_line_import_where_qt_cannot() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_QT], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


def test_no_qt_check_would_notice_qt() -> None:
    broken = WITHOUT_QT.replace("count = 0", "import retrovue.gui.theme.style")
    done = subprocess.run([sys.executable, "-c", broken], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "PySide6" in done.stderr
