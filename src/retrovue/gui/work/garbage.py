"""Cyclic garbage is collected on the GUI thread only, for as long as there are worker threads.

Python collects on whatever thread happens to allocate. A worker that comes upon a Qt object in a cycle destroys it
there: Qt then holds one of its signal locks while it waits for Python's, and the GUI thread, which has Python's, waits
for Qt's. Seen as a window that stood still for good (PySide6 6.11, a dialog that was closed before a sync began).
"""

import gc
from time import monotonic
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Slot

_LOOK_EVERY_MS = 500
_WHOLE_AFTER_S = 60.0
"""The whole heap takes some 50 ms to go through: no sooner than this after the last time."""


class GuiGarbage(QObject):
    """Takes the collection of cycles over from Python until `stop`. Several may be at work. Thread: GUI."""

    _at_work: ClassVar[int] = 0

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_stopped = False
        self._whole_at_s = monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        GuiGarbage._at_work += 1
        gc.disable()

    def stop(self) -> None:
        """Hand collecting back to Python, when the last one stops. A second call does nothing."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._timer.stop()
        GuiGarbage._at_work -= 1
        if not GuiGarbage._at_work:
            gc.enable()

    @Slot()
    def look(self) -> None:
        """Collect what is due, by Python's own thresholds; the young first, the whole heap seldom."""
        for generation, threshold in enumerate(gc.get_threshold()):
            if gc.get_count()[generation] <= threshold:
                return
            if generation == 2:
                if monotonic() - self._whole_at_s < _WHOLE_AFTER_S:
                    return
                self._whole_at_s = monotonic()
            gc.collect(generation)
