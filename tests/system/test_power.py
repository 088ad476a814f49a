"""Battery and metered links: what each system tells, and silence where it tells nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from retrovue.core.system.power import (
    BatteryPower,
    LinuxPower,
    PowerState,
    RememberedPower,
    computer_power,
    linux_on_battery,
)

Supply = dict[str, str]
MAINS_ON = {"type": "Mains", "online": "1"}
MAINS_OFF = {"type": "Mains", "online": "0"}
MOUSE = {"type": "Battery", "status": "Discharging", "scope": "Device"}


def battery(status: str) -> Supply:
    return {"type": "Battery", "status": status}


@pytest.fixture
def supplies(tmp_path: Path) -> Callable[..., Path]:
    """A folder as the kernel shows it, with these supplies."""

    def make(*found: Supply) -> Path:
        for number, facts in enumerate(found):
            folder = tmp_path / f"S{number}"
            folder.mkdir()
            for name, value in facts.items():
                (folder / name).write_text(value + "\n")
        return tmp_path

    return make


@pytest.mark.parametrize(
    ("found", "on_battery"),
    [
        ((), False),
        ((MAINS_ON,), False),
        ((MOUSE,), False),
        ((MAINS_OFF, battery("Discharging")), True),
        ((MAINS_ON, battery("Discharging")), False),
        ((MAINS_ON, battery("Charging")), False),
        ((battery("Full"),), False),
        ((battery("Discharging"), MOUSE), True),
        ((battery("Not charging"),), None),
        (({"type": "USB", "online": "1"}, battery("Not charging")), False),
    ],
)
def test_linux(supplies: Callable[..., Path], found: tuple[Supply, ...], on_battery: bool | None) -> None:
    assert linux_on_battery(supplies(*found)) is on_battery


def test_a_system_without_that_list(tmp_path: Path) -> None:
    assert linux_on_battery(tmp_path / "none") is None


class Plugged(NamedTuple):
    power_plugged: bool | None


@pytest.mark.parametrize(
    ("battery", "on_battery"), [(None, False), (Plugged(True), False), (Plugged(False), True), (Plugged(None), None)]
)
def test_windows_and_macos(battery: Plugged | None, on_battery: bool | None) -> None:
    assert BatteryPower(lambda: battery).look() == PowerState(on_battery)


def test_this_computer_answers_and_does_not_fail() -> None:
    state = computer_power().look()
    assert state.on_battery in (True, False, None)
    assert state.metered in (True, False, None)


def test_without_a_bus_nothing_is_known_of_the_link(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    assert LinuxPower().look().metered is None


def test_it_is_not_looked_at_more_often_than_needed() -> None:
    class Provider:
        looks = 0

        def look(self) -> PowerState:
            self.looks += 1
            return PowerState(on_battery=self.looks > 1)

    now = [0.0]
    provider = Provider()
    power = RememberedPower(provider, every_s=30.0, clock=lambda: now[0])
    assert [power.look().on_battery, power.look().on_battery] == [False, False]
    now[0] = 30.0
    assert power.look().on_battery is True
    assert provider.looks == 2
