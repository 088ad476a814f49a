"""Battery power and metered connections.

Unknown values are None, never a guess. Only NetworkManager (Linux) reports a metered connection.
"""

import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol, cast

_log = logging.getLogger(__name__)

_SUPPLIES = Path("/sys/class/power_supply")
_DBUS_TIMEOUT_S = 1.0
_METERED = {1: True, 2: False, 3: True, 4: False}
"""NetworkManager's NMMetered: yes, no, guessed yes, guessed no; 0 is unknown."""


@dataclass(frozen=True, slots=True)
class PowerState:
    """The state of power and network. None where the system does not report it."""

    on_battery: bool | None = None
    metered: bool | None = None


class PowerProvider(Protocol):
    """A source of the power state. Thread: any."""

    def look(self) -> PowerState:
        """Return the current state. Can take up to a second."""


def linux_on_battery(supplies: Path = _SUPPLIES) -> bool | None:
    """Return whether a Linux computer runs on battery, from the kernel's list of supplies.

    Batteries of mice and headsets (scope "Device") do not count. Without a battery this is False.
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
    # "Full" and "charging" imply mains power; "unknown" and "not charging" do not.
    return False if {"full", "charging"} & set(states) else None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii", errors="replace").strip().lower()
    except OSError:
        return ""


def network_manager_metered() -> bool | None:
    """Return whether NetworkManager reports the current connection as metered; None without NetworkManager."""
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
    """Linux: the power supplies of the kernel, and NetworkManager."""

    def look(self) -> PowerState:
        """Return the current state."""
        return PowerState(linux_on_battery(), network_manager_metered())


class Battery(Protocol):
    """The field of `psutil.sensors_battery` that is used."""

    @property
    def power_plugged(self) -> bool | None:
        """Return whether it is plugged in; None where that is unknown."""


def _psutil_battery() -> Battery | None:
    import psutil  # an extension module that Linux does not need

    return cast(Battery | None, psutil.sensors_battery())


class BatteryPower:
    """Windows and macOS. Their metered flag is available only through frameworks of the vendors.

    Args:
        battery: returns None without a battery.
    """

    def __init__(self, battery: Callable[[], Battery | None] = _psutil_battery) -> None:
        self._battery = battery

    def look(self) -> PowerState:
        """Return the present state."""
        battery = self._battery()
        plugged = True if battery is None else battery.power_plugged
        return PowerState(None if plugged is None else not plugged)


class RememberedPower:
    """Caches another provider for `every_s` seconds. Thread: any."""

    def __init__(
        self, provider: PowerProvider, *, every_s: float = 30.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._provider = provider
        self._every_s = every_s
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: tuple[float, PowerState] | None = None

    def look(self) -> PowerState:
        """Return the state, at most `every_s` seconds old."""
        with self._lock:
            now = self._clock()
            if self._seen is None or now - self._seen[0] >= self._every_s:
                self._seen = (now, self._provider.look())
            return self._seen[1]


def computer_power() -> PowerProvider:
    """Return the provider for this computer."""
    # On Linux psutil counts the battery of a mouse as the computer's, so read the kernel's list there.
    return RememberedPower(LinuxPower() if sys.platform.startswith("linux") else BatteryPower())
