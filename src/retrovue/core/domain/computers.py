"""The computers that work on a catalog."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Computer:
    """A computer as it introduces itself to a catalog.

    Attributes:
        uuid: its ID in this profile, see `system.computer`.
        name: what the system calls it.
        platform: "Windows", "macOS" or "Linux".
    """

    uuid: str
    name: str
    platform: str


@dataclass(frozen=True, slots=True)
class KnownComputer:
    """A computer as the catalog has it. `is_this`: the program runs on it."""

    id: int
    name: str
    platform: str
    last_seen_at: datetime
    is_this: bool
