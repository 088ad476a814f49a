"""How long a websocket may be silent before somebody on the way cuts it."""

_ALIKE = 0.25
_SHARE = 0.45
_SHORTEST_S = 1.0


class Silence:
    """After how many seconds without a frame one is asked for; learns from being cut. One thread.

    Proxies close what was silent for a while (nginx: 60 s unless it says otherwise, some 5 s). Coming back costs a
    whole look at what changed meanwhile, so whoever is cut twice after the same silence asks in less than half of it.
    """

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._cut_s: float | None = None

    def cut_after(self, silent_s: float) -> None:
        """The connection was cut after so long without a frame, s."""
        before, self._cut_s = self._cut_s, silent_s
        if before is None or silent_s < _SHORTEST_S or abs(silent_s - before) > _ALIKE * max(silent_s, before):
            return
        self.limit_s = min(self.limit_s, max(_SHORTEST_S / 2, _SHARE * min(silent_s, before)))
