"""The time, injected: services never ask the system themselves."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from. Thread: any."""

    def now(self) -> datetime:
        """The instant as an aware UTC datetime."""

    def epoch(self) -> int:
        """The instant as whole epoch seconds."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""


class SystemClock:
    """The computer's own clock."""

    def now(self) -> datetime:
        """The instant as an aware UTC datetime."""
        return datetime.now(UTC)

    def epoch(self) -> int:
        """The instant as whole epoch seconds."""
        return int(time.time())

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""
        return time.monotonic()
