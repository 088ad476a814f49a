"""How patient to be with hints, and how gentle with the server and this computer."""

from dataclasses import dataclass
from enum import StrEnum

from retrovue.core.system.power import PowerState
from retrovue.core.system.settings import Settings

_LONGEST = 1.3
"""So many times the quiet time a change waits at most while others keep coming: 13 of the 15 s that are promised."""
_CHECK = 0.5
"""A removal is said once and needs a listing to be proven: that takes the other half of the time."""
_STORM = 6.0
_FOLDED_S = 0.25
"""The quiet time of a server that gathers changes itself: one frame is heard item by item."""
_GENTLE = 3.0


class Gentle(StrEnum):
    """Why to go gently."""

    ALWAYS = "always"
    STREAMING = "streaming"
    BATTERY = "battery"
    METERED = "metered"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long hints are gathered, in seconds.

    Attributes:
        quiet_s: without a further hint for a library. `check_s`: without a further removal.
        longest_s: at most, while hints for it keep coming.
        storm_s: at most, once there were more than `many`: then the library is gone through as a whole.
        many: so many items are asked for one by one.
    """

    quiet_s: float = 10.0
    longest_s: float = 13.0
    storm_s: float = 60.0
    many: int = 200
    check_s: float = 5.0


def gentle_because(settings: Settings, power: PowerState, *, streaming: bool) -> Gentle | None:
    """Why to go gently now; what is not known is no reason."""
    if settings.follow_gently == "off":
        return None
    if settings.follow_gently == "on":
        return Gentle.ALWAYS
    if streaming:
        return Gentle.STREAMING
    if power.on_battery:
        return Gentle.BATTERY
    return Gentle.METERED if power.metered else None


def patience_of(quiet_s: float, gentle: Gentle | None, *, folded: bool = False) -> Patience:
    """The patience for a quiet time; longer when going gently, hardly any where the server has waited already."""
    quiet_s = min(quiet_s, _FOLDED_S) if folded else quiet_s
    quiet_s *= _GENTLE if gentle is not None else 1.0
    return Patience(quiet_s, quiet_s * _LONGEST, quiet_s * _STORM, check_s=quiet_s * _CHECK)
