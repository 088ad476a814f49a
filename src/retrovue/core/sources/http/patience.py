"""How long a server that fails is waited for: one budget for all questions, however many it fails."""

import threading

_MOST_S = 20.0
_BACK_FOR_AN_ANSWER_S = 0.1


class Patience:
    """Seconds that may still be waited for one server. Thread: any.

    Questions that wait side by side use up their time once. A good answer gives a little back, so that a long import
    survives a server that stumbles now and then, while one that only fails is given up within some twenty seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left_s = _MOST_S
        self._waiting = 0
        self._shared_s = 0.0

    def grant(self, pause_s: float) -> bool:
        """Whether there is patience for a pause; then it is used up, and `over` must be called after it."""
        with self._lock:
            cost_s = max(0.0, pause_s - self._shared_s)
            if cost_s > self._left_s:
                return False
            self._left_s -= cost_s
            self._waiting += 1
            self._shared_s = max(self._shared_s, pause_s)
            return True

    def over(self) -> None:
        """A pause that was granted has ended."""
        with self._lock:
            self._waiting -= 1
            if not self._waiting:
                self._shared_s = 0.0

    def answered(self) -> None:
        """The server gave a good answer."""
        with self._lock:
            self._left_s = min(_MOST_S, self._left_s + _BACK_FOR_AN_ANSWER_S)
