"""The idle time after which a websocket needs a ping, because a proxy would cut it."""

_ALIKE = 0.25
_SHARE = 0.45
_SHORTEST_S = 1.0


class Silence:
    """The seconds without a frame before a ping, adapted to cut connections. Thread: one.

    Proxies close idle connections (nginx: 60 s by default, some after 5 s). Each reconnection needs a full check for
    changes. So after two cuts at the same idle time, the interval becomes less than half of it.
    """

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._cut_s: float | None = None

    def cut_after(self, silent_s: float) -> None:
        """Record that the connection was cut after this many seconds without a frame."""
        before, self._cut_s = self._cut_s, silent_s
        if before is None or silent_s < _SHORTEST_S or abs(silent_s - before) > _ALIKE * max(silent_s, before):
            return
        self.limit_s = min(self.limit_s, max(_SHORTEST_S / 2, _SHARE * min(silent_s, before)))
