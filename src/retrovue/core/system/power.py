"""Whether this computer runs on battery, and whether its network is paid for by volume.

What cannot be found out is None, never a guess: the metered flag is known only where NetworkManager tells it (Linux).
"""

import ctypes
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

_log = logging.getLogger(__name__)

_SUPPLIES = Path("/sys/class/power_supply")
_DBUS_TIMEOUT_S = 1.0
_METERED = {1: True, 2: False, 3: True, 4: False}
"""NetworkManager's NMMetered: yes, no, guessed yes, guessed no; 0 is unknown."""


@dataclass(frozen=True, slots=True)
class PowerState:
    """What is known; None where the system does not tell."""

    on_battery: bool | None = None
    metered: bool | None = None


class PowerProvider(Protocol):
    """Where power and network are looked at. Thread: any."""

    def look(self) -> PowerState:
        """How it is now. May take up to a second."""


def linux_on_battery(supplies: Path = _SUPPLIES) -> bool | None:
    """Whether a Linux computer runs on battery, by what the kernel lists; without any battery it does not.

    Batteries of mice and headsets (scope "Device") are none of the computer's.
    """
    try:
        folders = [each for each in sorted(supplies.iterdir()) if _read(each / "scope") != "device"]
    except OSError:
        return None
    if any(_read(each / "online") == "1" for each in folders if _read(each / "type") != "battery"):
        return False
    states = [_read(each / "status") for each in folders if _read(each / "type") == "battery"]
    if not states:
        return False
    if "discharging" in states:
        return True
    # "Full" and "charging" need current; "unknown" and "not charging" say nothing by themselves.
    return False if {"full", "charging"} & set(states) else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip().lower()
    except OSError:
        return ""


def macos_on_battery(pmset_output: str) -> bool | None:
    """Whether a Mac runs on battery, from the answer of `pmset -g batt`."""
    match = re.search(r"drawing from '([^']+)'", pmset_output)
    return None if match is None else match[1] == "Battery Power"


def windows_on_battery(ac_line_status: int) -> bool | None:
    """Whether a Windows computer runs on battery, from ACLineStatus: 0 no mains, 1 mains, 255 unknown."""
    return {0: True, 1: False}.get(ac_line_status)


def network_manager_metered() -> bool | None:
    """What NetworkManager says of the connection in use; None without it."""
    from jeepney import DBusAddress, Properties
    from jeepney.io.blocking import open_dbus_connection
    from jeepney.wrappers import DBusErrorResponse, unwrap_msg

    manager = DBusAddress(
        "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager", "org.freedesktop.NetworkManager"
    )
    try:
        with open_dbus_connection(bus="SYSTEM") as bus:
            answer = bus.send_and_get_reply(Properties(manager).get("Metered"), timeout=_DBUS_TIMEOUT_S)
            ((_signature, value),) = unwrap_msg(answer)
    except (OSError, TimeoutError, ValueError, KeyError, DBusErrorResponse) as error:
        _log.debug("NetworkManager says nothing of metered links: %s", error)
        return None
    return _METERED.get(value)


class LinuxPower:
    """Linux: the kernel's list of supplies, and NetworkManager."""

    def look(self) -> PowerState:
        """How it is now."""
        return PowerState(linux_on_battery(), network_manager_metered())


class MacPower:
    """macOS: `pmset`. Whether a link is metered is told to apps of Apple's frameworks only."""

    def look(self) -> PowerState:
        """How it is now."""
        try:
            answer = subprocess.run(
                ["/usr/bin/pmset", "-g", "batt"], capture_output=True, timeout=2, check=True, stdin=subprocess.DEVNULL
            ).stdout.decode("utf-8", "replace")
        except (OSError, subprocess.SubprocessError) as error:
            _log.debug("pmset did not answer: %s", error)
            return PowerState()
        return PowerState(macos_on_battery(answer))


if sys.platform == "win32":

    class _SystemPowerStatus(ctypes.Structure):
        _fields_ = (
            ("ACLineStatus", ctypes.c_ubyte),
            ("BatteryFlag", ctypes.c_ubyte),
            ("BatteryLifePercent", ctypes.c_ubyte),
            ("SystemStatusFlag", ctypes.c_ubyte),
            ("BatteryLifeTime", ctypes.c_ulong),
            ("BatteryFullLifeTime", ctypes.c_ulong),
        )

    def _ac_line_status() -> int:
        status = _SystemPowerStatus()
        return int(status.ACLineStatus) if ctypes.windll.kernel32.GetSystemPowerStatus(ctypes.byref(status)) else 255

else:

    def _ac_line_status() -> int:
        """Only Windows tells it so."""
        return 255


class WindowsPower:
    """Windows: GetSystemPowerStatus. Whether a link is metered is told by WinRT only."""

    def look(self) -> PowerState:
        """How it is now."""
        return PowerState(windows_on_battery(_ac_line_status()))


class RememberedPower:
    """Looks through another provider at most every `every_s` seconds. Thread: any."""

    def __init__(
        self, provider: PowerProvider, *, every_s: float = 30.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._provider = provider
        self._every_s = every_s
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[float, PowerState] | None = None

    def look(self) -> PowerState:
        """How it was at most `every_s` seconds ago."""
        with self._lock:
            now = self._clock()
            if self._seen is None or now - self._seen[0] >= self._every_s:
                self._seen = (now, self._provider.look())
            return self._seen[1]


def computer_power() -> PowerProvider:
    """The provider for this computer."""
    match sys.platform:
        case "win32":
            return RememberedPower(WindowsPower())
        case "darwin":
            return RememberedPower(MacPower())
        case _:
            return RememberedPower(LinuxPower())
