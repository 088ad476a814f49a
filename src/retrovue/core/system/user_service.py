"""The recorder as a service of the user's own systemd: `retrovue monitor` without a window."""

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from retrovue.core.domain.errors import ConfigError, ReadOnlyError, RetroVueError
from retrovue.core.i18n import _
from retrovue.core.system.packaged import child_environment

log = logging.getLogger(__name__)

_SYSTEMCTL_LIMIT_S = 30

Run = Callable[[Sequence[str]], tuple[int, str]]
"""Runs a command and gives its exit code and what it printed."""


class ServiceError(RetroVueError):
    """The service manager refused; the file is written and the text says what is left to do."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What there is of the service.

    Attributes:
        command: what is started, None where there is no service.
        is_enabled: it starts at login.
        is_active: it runs now.
    """

    path: Path
    command: tuple[str, ...] | None
    is_enabled: bool
    is_active: bool


def systemctl(words: Sequence[str]) -> tuple[int, str]:
    """Ask the user's systemd. Thread: any.

    Raises:
        ConfigError: this system has no systemd.
    """
    program = shutil.which("systemctl") if sys.platform.startswith("linux") else None
    if program is None:
        raise ConfigError(
            _("This system has no systemd, which runs the recorder as a service."),
            hint=_("Turn on “Start at login” in Settings instead."),
            command_hint=_("Turn on “Start at login” in Settings, or start “retrovue monitor” another way."),
        )
    try:
        done = subprocess.run(
            [program, "--user", "--no-pager", *words],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_SYSTEMCTL_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, f"{type(error).__name__}: {error}"
    return done.returncode, done.stdout.strip()


class UserService:
    """One unit file for a profile, and what systemd makes of it. Thread: any.

    Args:
        entry: the profile's name among startup entries, see `autostart.entry_name`.
        environ: where the user's configuration is.
    """

    def __init__(self, entry: str, environ: Mapping[str, str], run: Run = systemctl) -> None:
        config = environ.get("XDG_CONFIG_HOME", "").strip()
        folder = Path(config) if config else Path(environ.get("HOME") or Path.home()) / ".config"
        self.name = f"{entry}-recorder.service"
        self.path = folder / "systemd" / "user" / self.name
        self._run = run

    def install(self, command: Sequence[str]) -> None:
        """Write the unit, start it now and at each login.

        Raises:
            ConfigError: this system has no systemd.
            ReadOnlyError: the unit cannot be written.
            ServiceError: systemd could not start it; the unit stays.
        """
        self._run(["--version"])
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            partial = self.path.with_suffix(".new")
            partial.write_bytes(unit(command).encode("utf-8", "surrogateescape"))
            partial.replace(self.path)
        except OSError as error:
            raise _refused(self.path, error) from error
        self._ask("daemon-reload")
        self._ask("enable", self.name)
        # `start` would leave a recorder that runs already with the command of the old unit.
        self._ask("restart", self.name)
        log.info("the recorder is a service from now on")

    def remove(self) -> bool:
        """Stop the service and remove its unit. Return whether there was one.

        Raises:
            ConfigError: this system has no systemd.
            ReadOnlyError: the unit cannot be removed.
        """
        if not self.path.exists():
            return False
        # Whatever systemd says: without its unit the service does not start again.
        code, said = self._run(["disable", "--now", self.name])
        if code:
            log.warning("systemctl disable: %s", said)
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise _refused(self.path, error) from error
        self._run(["daemon-reload"])
        return True

    def state(self) -> ServiceState:
        """What there is now.

        Raises:
            ConfigError: this system has no systemd.
        """
        try:
            lines = self.path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        except OSError:
            return ServiceState(self.path, None, is_enabled=False, is_active=False)
        line = next((line for line in lines if line.startswith("ExecStart=")), "")
        return ServiceState(
            self.path,
            tuple(_split(line.removeprefix("ExecStart="))),
            is_enabled=self._run(["is-enabled", "--quiet", self.name])[0] == 0,
            is_active=self._run(["is-active", "--quiet", self.name])[0] == 0,
        )

    def _ask(self, *words: str) -> None:
        code, said = self._run(words)
        if code:
            raise ServiceError(
                _("The service was written, but systemd could not start it."),
                hint=_("Sign in to this computer, then try again."),
                command_hint=_("Sign in to a desktop or by SSH and run: systemctl --user enable --now {name}").format(
                    name=self.name
                ),
                detail=said,
            )


def unit(command: Sequence[str]) -> str:
    """Give the text of the unit that runs a command.

    A recorder ends with an error while another one has the data folder, so it is tried again each minute, without an
    end: it takes over when the window was closed (systemd.unit(5), StartLimitIntervalSec).
    """
    return "\n".join(
        (
            "[Unit]",
            "Description=RetroVue recorder",
            "StartLimitIntervalSec=0",
            "",
            "[Service]",
            "Type=exec",
            f"ExecStart={_join(command)}",
            "Restart=on-failure",
            "RestartSec=60",
            "StandardOutput=null",
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        )
    )


def _join(command: Sequence[str]) -> str:
    """Return a command line as units need it: quoted, `%` and `$` doubled (systemd.service(5), “Command lines”)."""
    words = []
    for word in command:
        quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        words.append(f'"{quoted}"'.replace("%", "%%").replace("$", "$$"))
    return " ".join(words)


def _split(line: str) -> list[str]:
    """Return the words of a command line that `_join` wrote."""
    words: list[str] = []
    word = ""
    inside = escaped = False
    for sign in line.replace("%%", "%").replace("$$", "$"):
        if escaped:
            word += "\n" if sign == "n" else sign
            escaped = False
        elif inside and sign == "\\":
            escaped = True
        elif sign == '"':
            inside = not inside
            if not inside:
                words.append(word)
            word = ""
        elif inside:
            word += sign
    return words


def _refused(path: Path, error: OSError) -> ReadOnlyError:
    return ReadOnlyError(
        _("Could not change this file: {path}").format(path=path),
        hint=_("Check the permissions of its folder."),
        detail=f"{type(error).__name__}: {error.strerror}",
    )
