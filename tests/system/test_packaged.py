"""What the packaged program was started with, and what it hands on."""

import subprocess
import sys
from pathlib import Path

import pytest
from tools.package import slim

from retrovue.core.system.packaged import clean_environment, find_zones, forget_start, keep_own_plugins

STARTED = {
    "_PYI_APPLICATION_HOME_DIR": "/tmp/_MEI",
    "_PYI_ARCHIVE_FILE": "/opt/retrovue",
    "_PYI_PARENT_PROCESS_LEVEL": "1",
}


def test_programs_of_the_system_get_neither_our_libraries_nor_our_start() -> None:
    person = {"PATH": "/bin", "LD_LIBRARY_PATH": "/opt/lib", "QT_PLUGIN_PATH": "/usr/lib/qt6/plugins"}
    ours = {**person, **STARTED, "LD_LIBRARY_PATH": "/tmp/_MEI", "LD_LIBRARY_PATH_ORIG": "/opt/lib"}
    keep_own_plugins(ours)
    assert "QT_PLUGIN_PATH" not in ours
    assert clean_environment(ours) == person
    # Where PyInstaller has put our folders in place of those of the person.
    replaced = {"PATH": "/bin", "LD_LIBRARY_PATH": "/tmp/_MEI", "QT_PLUGIN_PATH": "x", "QML2_IMPORT_PATH": "y"}
    assert clean_environment(replaced) == {"PATH": "/bin"}


def test_a_program_that_is_started_again_is_a_new_one() -> None:
    ours = {"PATH": "/bin", **STARTED}
    forget_start(ours)
    assert ours == {"PATH": "/bin"}


_ZONES = """
import sys
from datetime import datetime
from zoneinfo import ZoneInfo
sys.path[:] = [each for each in sys.path if "site-packages" not in each]
from retrovue.core.system.packaged import find_zones
find_zones(sys.argv[1], sys.path)
print(datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset(), len(sys.modules["tzdata"].__file__) > 0)
"""


@pytest.mark.slow
def test_a_system_without_time_zones_has_those_that_are_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slim.zone_archive(tmp_path)
    monkeypatch.setenv("PYTHONTZPATH", "")
    done = subprocess.run(
        [sys.executable, "-c", _ZONES, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "2:00:00 True\n", done.stderr


def test_the_packed_zones_come_last(tmp_path: Path) -> None:
    # What the system has is newer than what was packed.
    path = ["/usr/lib/python"]
    find_zones(str(tmp_path), path)
    assert path == ["/usr/lib/python", str(tmp_path / "tzdata.zip")]


# What Qt takes from ICU: in which order names come, and what a zone is called.
_NAMES = """
from functools import cmp_to_key
from PySide6.QtCore import QCollator, QDateTime, QLocale
words = ["Zebra", "apfel", "Äpfel", "öde", "Öl", "ß", "ss", "Étoile", "etoile", "ñandu", "nandu", "łódź", "lodz",
         "中文", "一", "日本", "ひらがな", "한글", "ж", "Ё", "10", "9", "item 2", "item 10", "_x", "-x", "a b", "ab"]
for name in "en_US de_DE sv_SE fr_FR pl_PL zh_CN ja_JP ru_RU tr_TR C".split():
    collator = QCollator(QLocale(name))
    print(name, sorted(words, key=cmp_to_key(collator.compare)), QLocale(name).toUpper("iı ß"))
for name in ("en_US", "en_GB", "en_DE", "de_DE", "de_AT"):
    for month in (1, 7):
        moment = QDateTime.fromString(f"2026-0{month}-03T11:02:03", "yyyy-MM-ddTHH:mm:ss")
        print(QLocale(name).toString(moment, QLocale.FormatType.LongFormat))
print(any("libicudata" in line and "/smaller/" in line for line in open("/proc/self/maps")))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt asks the system")
def test_qt_sorts_and_names_the_same_with_fewer_tables(tmp_path: Path) -> None:
    pyside = pytest.importorskip("PySide6")
    libraries = [str(each) for each in Path(pyside.__file__).parent.glob("Qt/lib/libicudata.so.*")]
    if not libraries:
        pytest.skip("this Qt brings no ICU")
    entries = [(Path(each).name, each, "BINARY") for each in libraries]
    stays, instead = slim.without_unused_tables(entries, {"en", "de"}, tmp_path / "smaller")
    assert (stays, len(instead)) == ([], len(libraries))
    assert all(Path(each).stat().st_size < 8_000_000 for _name, each, _kind in instead)

    def said(folder: Path) -> list[str]:
        environment = {"PATH": "/usr/bin:/bin", "TZ": "America/New_York", "LD_LIBRARY_PATH": str(folder)}
        environment |= {"PYTHONUTF8": "1"}
        done = subprocess.run(
            [sys.executable, "-c", _NAMES], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return [*done.stdout.splitlines(), *done.stderr.splitlines()]

    *whole, is_smaller = said(tmp_path)
    assert (is_smaller, len(whole)) == ("False", 20)
    assert said(tmp_path / "smaller") == [*whole, "True"]


def test_a_library_of_another_form_stays_as_it_is() -> None:
    assert slim.smaller_icu(b"", slim.needed_of_icu({"en"})) is None
    assert slim.smaller_icu(b"\x7fELF\x02\x01" + bytes(200), slim.needed_of_icu({"en"})) is None
    assert slim.smaller_icu(b"MZ" + bytes(50) + b"CmnD" + bytes(50), slim.needed_of_icu({"en"})) is None
