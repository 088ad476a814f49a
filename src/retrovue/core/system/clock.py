"""The clock, injected so that tests can set the time."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The source of the time. Thread: any."""

    def now(self) -> datetime:
        """Return the time as an aware UTC datetime."""

    def epoch(self) -> int:
        """Return the time as whole epoch seconds."""

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences are meaningful."""


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        """Return the time as an aware UTC datetime."""
        return datetime.now(UTC)

    def epoch(self) -> int:
        """Return the time as whole epoch seconds."""
        return int(time.time())

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences are meaningful."""
        return time.monotonic()
