"""A time budget for retries, shared by all requests to a failing server."""

import threading

_MOST_S = 20.0
_BACK_FOR_AN_ANSWER_S = 0.1


class Patience:
    """The seconds left to wait for one server. Thread: any.

    Requests that wait in parallel use the time once. A successful response returns a little, so that a long import
    survives occasional failures, while a server that only fails is given up after about twenty seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left_s = _MOST_S
        self._waiting = 0
        self._shared_s = 0.0

    def grant(self, pause_s: float) -> bool:
        """Return whether the budget allows a pause, and use it up. Call `over` after the pause."""
        with self._lock:
            cost_s = max(0.0, pause_s - self._shared_s)
            if cost_s > self._left_s:
                return False
            self._left_s -= cost_s
            self._waiting += 1
            self._shared_s = max(self._shared_s, pause_s)
            return True

    def over(self) -> None:
        """Record the end of a granted pause."""
        with self._lock:
            self._waiting -= 1
            if not self._waiting:
                self._shared_s = 0.0

    def answered(self) -> None:
        """Record a successful response."""
        with self._lock:
            self._left_s = min(_MOST_S, self._left_s + _BACK_FOR_AN_ANSWER_S)
