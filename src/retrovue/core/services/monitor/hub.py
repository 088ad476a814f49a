"""What happens, passed on to everybody who listens at the moment."""

import queue
import threading

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

    def join(self) -> "queue.Queue[PlaybackEvent]":
        """A queue that gets the events from now on, until `leave`."""
        listener: queue.Queue[PlaybackEvent] = queue.Queue(_MOST_WAITING)
        with self._lock:
            self._listeners.add(listener)
        return listener

    def leave(self, listener: "queue.Queue[PlaybackEvent]") -> None:
        """Hear no more."""
        with self._lock:
            self._listeners.discard(listener)
