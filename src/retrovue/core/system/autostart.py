"""Start at login: one startup entry per profile.

Linux: a desktop file in `$XDG_CONFIG_HOME/autostart`. Windows: a value under `HKCU\\…\\Run`. macOS: a LaunchAgent.
"""

import hashlib
import logging
import os
import plistlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.i18n import _
from retrovue.core.system import deeds
from retrovue.core.system.dirs import AppDirs, resolve_dirs

log = logging.getLogger(__name__)

HIDDEN = "--minimized"
_NAME = "RetroVue"
_NEEDS_QUOTES = frozenset(" \t\n\"'\\><~|&;$*?#()`")


class Autostart(Protocol):
    """The startup entry of a profile on one kind of system. Thread: any."""

    def command(self) -> tuple[str, ...] | None:
        """Return the command that is started at login, or None without an entry."""

    def enable(self, command: Sequence[str]) -> None:
        """Write the entry, so that this command is started at login.

        Raises:
            ReadOnlyError: the entry cannot be written.
        """

    def disable(self) -> None:
        """Remove the entry, if there is one.

        Raises:
            ReadOnlyError: the entry cannot be removed.
        """


class Registry(Protocol):
    """The text values of one key of the Windows registry. Tests use a dictionary."""

    def read(self, name: str) -> str | None:
        """Return a value, or None."""

    def write(self, name: str, value: str) -> None:
        """Set a value."""

    def delete(self, name: str) -> None:
        """Remove a value, if it exists."""


def startup_command(dirs: AppDirs, *, hidden: bool, environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the command that starts this program on this profile.

    The executable of a one-file build is `sys.executable`. An AppImage is mounted elsewhere at each start, so its file
    is read from the variable APPIMAGE.

    Args:
        hidden: start hidden in the tray.
    """
    environment = os.environ if environ is None else environ
    if getattr(sys, "frozen", False):
        command = [environment.get("APPIMAGE") or sys.executable]
    else:
        command = [sys.executable, "-m", "retrovue"]
    if not _is_default(dirs):
        command += ["--data-dir", str(dirs.data_dir)]
    return (*command, HIDDEN) if hidden else tuple(command)


def computer_autostart(dirs: AppDirs, environ: Mapping[str, str] | None = None) -> Autostart:
    """Return the implementation for this system."""
    environment = os.environ if environ is None else environ
    entry = entry_name(dirs)
    if sys.platform == "win32":
        from retrovue.core.system.registry_windows import RunKey

        return WindowsAutostart(entry, RunKey())
    home = Path(environment.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return MacAutostart(entry, home / "Library" / "LaunchAgents")
    config = environment.get("XDG_CONFIG_HOME", "").strip()
    return LinuxAutostart(entry, (Path(config) if config else home / ".config") / "autostart")


def entry_name(dirs: AppDirs) -> str:
    """Return the name of the entry. Each profile has its own."""
    if _is_default(dirs):
        return "retrovue"
    return "retrovue-" + hashlib.sha256(str(dirs.data_dir).encode("utf-8", "surrogateescape")).hexdigest()[:8]


def apply(place: Autostart, command: Sequence[str], *, wanted: bool) -> bool:
    """Make the entry match the setting. Return whether it had to be changed.

    Raises:
        ReadOnlyError: it cannot be changed.
    """
    current = place.command()
    if wanted and current != tuple(command):
        place.enable(command)
        deeds.tell(_("RetroVue starts with the system from now on."))
        return True
    if not wanted and current is not None:
        place.disable()
        deeds.tell(_("RetroVue no longer starts with the system."))
        return True
    return False


class LinuxAutostart:
    """Linux: a desktop file in the autostart folder."""

    def __init__(self, entry: str, folder: Path) -> None:
        self.path = folder / f"{entry}.desktop"

    def command(self) -> tuple[str, ...] | None:
        """See `Autostart`. An entry that is turned off in the desktop's settings counts as none."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            log.warning("%s cannot be read: %s", self.path, error)
            return None
        values = dict(line.split("=", 1) for line in lines if "=" in line)
        if values.get("Hidden") == "true" or values.get("X-GNOME-Autostart-enabled") == "false":
            return None
        return tuple(_split_exec(values.get("Exec", "")))

    def enable(self, command: Sequence[str]) -> None:
        """See `Autostart`."""
        lines = (
            "[Desktop Entry]",
            "Type=Application",
            f"Name={_NAME}",
            f"Exec={_join_exec(command)}",
            "Icon=retrovue",
            "Terminal=false",
            "X-GNOME-Autostart-enabled=true",
        )
        _write(self.path, ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))

    def disable(self) -> None:
        """See `Autostart`."""
        _remove(self.path)


class MacAutostart:
    """macOS: a LaunchAgent of this user."""

    def __init__(self, entry: str, folder: Path) -> None:
        self._label = f"org.retrovue.{entry}"
        self.path = folder / f"{self._label}.plist"

    def command(self) -> tuple[str, ...] | None:
        """See `Autostart`."""
        try:
            with self.path.open("rb") as file:
                content = plistlib.load(file)
        except FileNotFoundError:
            return None
        except (OSError, plistlib.InvalidFileException, ValueError) as error:
            log.warning("%s cannot be read: %s", self.path, error)
            return None
        return tuple(content.get("ProgramArguments", ())) if content.get("RunAtLoad") else None

    def enable(self, command: Sequence[str]) -> None:
        """See `Autostart`."""
        content = {"Label": self._label, "ProgramArguments": list(command), "RunAtLoad": True}
        _write(self.path, plistlib.dumps({**content, "ProcessType": "Interactive"}))

    def disable(self) -> None:
        """See `Autostart`."""
        _remove(self.path)


class WindowsAutostart:
    """Windows: a value of the Run key of this user."""

    def __init__(self, entry: str, registry: Registry) -> None:
        self._entry = _NAME if entry == "retrovue" else f"{_NAME} ({entry.rpartition('-')[2]})"
        self._registry = registry
        self._known: tuple[str, ...] | None = None

    def command(self) -> tuple[str, ...] | None:
        """See `Autostart`. A line that another program wrote is returned as one word."""
        line = self._registry.read(self._entry)
        if line is None:
            return None
        if self._known is not None and line == subprocess.list2cmdline(self._known):
            return self._known
        return _split_windows(line)

    def enable(self, command: Sequence[str]) -> None:
        """See `Autostart`."""
        try:
            self._registry.write(self._entry, subprocess.list2cmdline(command))
        except OSError as error:
            raise _refused(self._entry, error) from error
        self._known = tuple(command)

    def disable(self) -> None:
        """See `Autostart`."""
        try:
            self._registry.delete(self._entry)
        except OSError as error:
            raise _refused(self._entry, error) from error


def _is_default(dirs: AppDirs) -> bool:
    return dirs.data_dir == resolve_dirs(environ={}).data_dir


def _join_exec(command: Sequence[str]) -> str:
    """Return a command as desktop files need it: quoted, `%` doubled, then backslashes doubled again."""
    words = []
    for word in command:
        quoted = word
        if not word or _NEEDS_QUOTES & set(word):
            for sign in '\\"`$':
                quoted = quoted.replace(sign, f"\\{sign}")
            quoted = f'"{quoted}"'
        words.append(quoted.replace("%", "%%"))
    return " ".join(words).replace("\\", "\\\\")


def _split_exec(line: str) -> list[str]:
    """Return the words of an `Exec` line; the reverse of `_join_exec`."""
    return _words(line.replace("\\\\", "\\").replace("%%", "%"))


def _split_windows(line: str) -> tuple[str, ...]:
    """Return the words of a command line as `list2cmdline` writes paths: quotes around words with spaces."""
    words: list[str] = []
    for place, part in enumerate(line.split('"')):
        # A backslash is special only before a quote, and no Windows path contains a quote.
        words += [part] if place % 2 else part.split()
    return tuple(words)


def _words(line: str) -> list[str]:
    words: list[str] = []
    word: list[str] | None = None
    quoted = escaped = False
    for sign in line:
        if escaped:
            escaped = False
            word = [*(word or []), sign]
        elif quoted and sign == "\\":
            escaped = True
        elif sign == '"':
            quoted = not quoted
            word = word or []
        elif sign == " " and not quoted:
            if word is not None:
                words.append("".join(word))
            word = None
        else:
            word = [*(word or []), sign]
    return words if word is None else [*words, "".join(word)]


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".new")
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise _refused(path, error) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(path, error) from error


def _refused(place: object, error: OSError) -> ReadOnlyError:
    """Return the error for an entry that the system does not let us change."""
    return ReadOnlyError(
        _("Could not change the startup entry: {place}").format(place=place),
        hint=_("Check the permissions of this location, or change it in the system settings."),
        detail=f"{type(error).__name__}: {error.strerror}",
    )
