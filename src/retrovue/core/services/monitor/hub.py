"""What happens, passed on to everybody who listens at the moment."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from retrovue.core.services.monitor.events import PlaybackEvent

_MOST_WAITING = 1_000
"""Who does not read that many events has gone away."""


class EventHub:
    """Events for any number of listeners. Thread: any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[queue.Queue[PlaybackEvent]] = set()

    def tell(self, event: PlaybackEvent) -> None:
        """Pass an event on. A listener that is far behind hears no more."""
        with self._lock:
            listeners = list(self._listeners)
        for listener in listeners:
            try:
                listener.put_nowait(event)
            except queue.Full:
                with self._lock:
                    self._listeners.discard(listener)

    @contextmanager
    def listening(self) -> Iterator["queue.Queue[PlaybackEvent]"]:
        """The events from now on until the end of the block."""
        listener: queue.Queue[PlaybackEvent] = queue.Queue(_MOST_WAITING)
        with self._lock:
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)
