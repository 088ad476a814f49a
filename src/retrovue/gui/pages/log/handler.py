"""Log records on their way to the page: written by any thread, read on the GUI thread."""

import logging
import threading
from collections import deque
from dataclasses import dataclass

from retrovue.core.system.logging import redact

MAX_LINES = 5_000
_TRACES = logging.Formatter()


@dataclass(frozen=True)
class LogEntry:
    """One record, already redacted. `at` is epoch seconds; `detail` its traceback or further lines, or empty."""

    number: int
    at: float
    level: int
    source: str
    text: str
    detail: str = ""


class LiveLog(logging.Handler):
    """Keeps the newest entries and what has not been shown yet. Thread: any."""

    def __init__(self) -> None:
        super().__init__()
        self._guard = threading.Lock()
        self._next = 0
        self._fresh: deque[LogEntry] = deque(maxlen=MAX_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; its text is redacted by the formatter, or here where there is none."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError, KeyError) as error:
            text = f"unreadable log line ({type(error).__name__})"
        source = record.name.removeprefix("retrovue.")
        first, _line, rest = text.partition("\n")
        trace = _TRACES.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""
        detail = "\n".join(part for part in (rest, trace) if part)
        self.add(record.created, record.levelno, source, redact(first), redact(detail))

    def add(self, at: float, level: int, source: str, text: str, detail: str = "") -> None:
        """Add an entry that is redacted already."""
        with self._guard:
            self._fresh.append(LogEntry(self._next, at, level, source, text, detail))
            self._next += 1

    def take(self) -> list[LogEntry]:
        """What came since the last call, oldest first."""
        with self._guard:
            fresh = list(self._fresh)
            self._fresh.clear()
        return fresh

    def pending(self) -> list[LogEntry]:
        """What the next `take` will bring, left where it is."""
        with self._guard:
            return list(self._fresh)


def parse_line(line: str) -> tuple[str, str, str] | None:
    """(level, source, text) of a line of the log file; None for a continued line (a traceback)."""
    parts = line.split(maxsplit=4)
    if len(parts) < 5 or parts[2] not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        return None
    return parts[2], parts[3].rstrip(":").removeprefix("retrovue."), parts[4]
