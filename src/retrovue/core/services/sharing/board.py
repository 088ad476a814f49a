"""Who is watching now, as the watches of all servers report it, for those who ask at any time."""

import threading
from collections.abc import Iterable

from retrovue.core.services.monitor import ActiveSession, MonitorState


class SessionBoard:
    """The last state of each server. Thread: any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[int, MonitorState] = {}
        self.revision = 0
        """Grows with everything that is taken: what was made of an older one is no longer what is so."""

    def take(self, state: MonitorState) -> None:
        """Keep what a watch reports."""
        with self._lock:
            self._states[state.server_id] = state
            self.revision += 1

    def show(self, states: Iterable[MonitorState]) -> None:
        """Keep these states and no others: of servers that are no longer watched nothing is known."""
        with self._lock:
            self._states = {state.server_id: state for state in states}
            self.revision += 1

    def state(self, server_id: int) -> MonitorState | None:
        """What is known of a server; None before its first answer."""
        with self._lock:
            return self._states.get(server_id)

    def sessions(self, server_id: int | None = None) -> list[ActiveSession]:
        """The sessions of one server or of all, oldest first. A server that is down has none."""
        with self._lock:
            states = [each for each in self._states.values() if server_id in (None, each.server_id)]
        found = [session for state in states if not state.is_down for session in state.sessions]
        return sorted(found, key=lambda active: (active.started_at, active.key))
