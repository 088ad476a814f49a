"""Whether this computer runs on battery, and whether its network is paid for by volume.

What cannot be found out is None, never a guess: the metered flag is known only where NetworkManager tells it (Linux).
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


class Battery(Protocol):
    """What `psutil.sensors_battery` returns, as far as it is read."""

    @property
    def power_plugged(self) -> bool | None:
        """Whether it gets current; None when the system does not say."""


def _psutil_battery() -> Battery | None:
    import psutil  # an extension module that Linux does not need

    return cast(Battery | None, psutil.sensors_battery())


class BatteryPower:
    """Windows and macOS. Whether a link is metered is told there to programs of the vendor's own frameworks only.

    Args:
        battery: None from it means that there is none.
    """

    def __init__(self, battery: Callable[[], Battery | None] = _psutil_battery) -> None:
        self._battery = battery

    def look(self) -> PowerState:
        """Return the present state."""
        battery = self._battery()
        plugged = True if battery is None else battery.power_plugged
        return PowerState(None if plugged is None else not plugged)


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
    # psutil takes the battery of a mouse for the computer's own on Linux, so the kernel's list is read there.
    return RememberedPower(LinuxPower() if sys.platform.startswith("linux") else BatteryPower())
