"""Starting with the system: what is written, read back, changed and removed on each of the three systems."""

import plistlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.system import autostart
from retrovue.core.system.autostart import Autostart, LinuxAutostart, MacAutostart, WindowsAutostart
from retrovue.core.system.dirs import resolve_dirs

ODD = ("/opt/Retro Vue/bin/retro\"vue'$HOME`x`100%\\", "--data-dir", "/home/mira/50% off", "--minimized")
PLAIN = ("/usr/bin/retrovue", "--minimized")


class FakeRegistry:
    def __init__(self) -> None:
        self.values: dict[str, str] = {"Other": "C:\\other.exe"}

    def read(self, name: str) -> str | None:
        return self.values.get(name)

    def write(self, name: str, value: str) -> None:
        self.values[name] = value

    def delete(self, name: str) -> None:
        self.values.pop(name, None)


PLACES: dict[str, Callable[[Path], Autostart]] = {
    "linux": lambda folder: LinuxAutostart("retrovue", folder / "autostart"),
    "macos": lambda folder: MacAutostart("retrovue", folder / "LaunchAgents"),
    "windows": lambda _folder: WindowsAutostart("retrovue", FakeRegistry()),
}


@pytest.mark.parametrize("name", PLACES)
def test_an_entry_is_written_read_changed_and_removed(name: str, tmp_path: Path) -> None:
    place = PLACES[name](tmp_path)
    assert place.command() is None
    assert not autostart.apply(place, PLAIN, wanted=False)
    assert autostart.apply(place, PLAIN, wanted=True)
    assert place.command() == PLAIN
    assert not autostart.apply(place, PLAIN, wanted=True)
    moved = ("/opt/retrovue", "--minimized")
    assert autostart.apply(place, moved, wanted=True)
    assert place.command() == moved
    assert autostart.apply(place, moved, wanted=False)
    assert place.command() is None


@pytest.mark.parametrize("name", ["linux", "macos"])
def test_odd_paths_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    PLACES[name](tmp_path).enable(ODD)
    assert PLACES[name](tmp_path).command() == ODD


def test_windows_paths_come_back_as_they_were() -> None:
    registry = FakeRegistry()
    command = ("C:\\Program Files\\RetroVue\\RetroVue.exe", "--data-dir", "D:\\Me & you\\", "--minimized")
    command = (*command[:2], "D:\\Me & you", command[3])
    WindowsAutostart("retrovue", registry).enable(command)
    assert registry.values["RetroVue"] == subprocess.list2cmdline(command)
    assert WindowsAutostart("retrovue", registry).command() == command
    WindowsAutostart("retrovue", registry).disable()
    assert registry.values == {"Other": "C:\\other.exe"}


def test_the_desktop_file_says_what_desktops_look_for(tmp_path: Path) -> None:
    place = LinuxAutostart("retrovue", tmp_path / "autostart")
    place.enable(PLAIN)
    lines = place.path.read_text("utf-8").splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert "Exec=/usr/bin/retrovue --minimized" in lines
    assert {"Type=Application", "Terminal=false", "Name=RetroVue"} <= set(lines)
    assert [path.name for path in place.path.parent.iterdir()] == ["retrovue.desktop"]


@pytest.mark.skipif(sys.platform == "win32", reason="the desktop's own parser is of Linux")
def test_the_desktop_reads_the_command_as_it_was_meant(tmp_path: Path) -> None:
    """Desktops unescape the value, then take it apart like a shell, then read the field codes."""
    place = LinuxAutostart("retrovue", tmp_path)
    place.enable(ODD)
    (line,) = [line[5:] for line in place.path.read_text("utf-8").splitlines() if line.startswith("Exec=")]
    script = "printf '%s\\n' " + line.replace("\\\\", "\\")
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.replace("%%", "%").splitlines() == list(ODD)


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_what_was_switched_off_in_the_desktop_counts_as_off(line: str, tmp_path: Path) -> None:
    place = LinuxAutostart("retrovue", tmp_path)
    place.enable(PLAIN)
    place.path.write_text(place.path.read_text("utf-8") + line + "\n", "utf-8")
    assert place.command() is None


def test_the_launch_agent_starts_once_at_login(tmp_path: Path) -> None:
    place = MacAutostart("retrovue", tmp_path)
    place.enable(PLAIN)
    content = plistlib.loads(place.path.read_bytes())
    assert content["RunAtLoad"] is True
    assert "KeepAlive" not in content
    assert place.path.stem == content["Label"]


def test_the_command_is_absolute_and_names_its_own_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    default, own = resolve_dirs(environ={}), resolve_dirs(tmp_path / "mine")
    assert autostart.startup_command(default, hidden=True) == (sys.executable, "-m", "retrovue", "--minimized")
    assert Path(sys.executable).is_absolute()
    words = autostart.startup_command(own, hidden=False)
    assert words[3:] == ("--data-dir", str(tmp_path / "mine"))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert autostart.startup_command(default, hidden=True, environ={}) == (sys.executable, "--minimized")
    appimage = {"APPIMAGE": "/home/mira/RetroVue.AppImage"}
    assert autostart.startup_command(default, hidden=False, environ=appimage) == ("/home/mira/RetroVue.AppImage",)


def test_each_profile_has_an_entry_of_its_own(tmp_path: Path) -> None:
    names = {autostart.entry_name(resolve_dirs(tmp_path / name)) for name in ("a", "b")}
    names.add(autostart.entry_name(resolve_dirs(environ={})))
    assert len(names) == 3
    assert "retrovue" in names


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folders of Linux")
def test_linux_looks_in_the_configuration_of_this_person(tmp_path: Path) -> None:
    dirs = resolve_dirs(environ={})
    named = autostart.computer_autostart(dirs, {"XDG_CONFIG_HOME": str(tmp_path / "config")})
    home = autostart.computer_autostart(dirs, {"HOME": str(tmp_path)})
    assert isinstance(named, LinuxAutostart)
    assert isinstance(home, LinuxAutostart)
    assert named.path == tmp_path / "config" / "autostart" / "retrovue.desktop"
    assert home.path == tmp_path / ".config" / "autostart" / "retrovue.desktop"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "autostart").write_text("a file where a folder should be")
    with pytest.raises(ReadOnlyError, match="Could not change the startup entry"):
        LinuxAutostart("retrovue", tmp_path / "autostart").enable(PLAIN)
