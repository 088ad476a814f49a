"""Collection of cyclic garbage, on the GUI thread and between two events only.

Python collects on whatever thread happens to allocate, in the middle of whatever that thread does. Both end badly
where a cycle holds a Qt object (PySide6 6.11):

- A worker destroys it. Qt then holds one of its signal locks while it waits for Python's, and the GUI thread, which
  has Python's, waits for Qt's. Seen as a window that froze after a dialog was closed before a sync.
- The GUI thread destroys it inside a call of Qt. `QApplication.setStyle` and `setStyleSheet` list all widgets and
  send an event to each pointer; an event handler in Python allocates, and a widget that is still on the list is gone.
  Seen as a segmentation fault in every second run of two test files.
"""

import gc
from time import monotonic
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QGuiApplication

from retrovue.core.system.memory import give_back

_LOOK_EVERY_MS = 500
_LOOK_HIDDEN_MS = 8_000
"""At most, while no window is shown and nothing is due: each look wakes the program."""
_WHOLE_AFTER_S = 60.0
"""The whole heap takes some 50 ms to go through: no sooner than this after the last time."""


class GuiGarbage(QObject):
    """Collects in place of Python until `stop`. Several may be at work. Thread: GUI.

    Nothing else may switch Python's collector meanwhile, on any thread.
    """

    _at_work: ClassVar[int] = 0
    _was_collecting: ClassVar[bool] = False
    """Whether Python collected by itself when the first of those at work began."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_stopped = False
        self._whole_at_s = monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        if not GuiGarbage._at_work:
            GuiGarbage._was_collecting = gc.isenabled()
        GuiGarbage._at_work += 1
        gc.disable()

    def stop(self) -> None:
        """Leave Python's collector as the first one found it, once the last one stops. A second call does nothing."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._timer.stop()
        GuiGarbage._at_work -= 1
        if not GuiGarbage._at_work and GuiGarbage._was_collecting:
            gc.enable()

    @Slot()
    def set_aside(self) -> None:
        """Leave what there is now out of every later collection: for a process that ends with its window.

        Modules, classes and the window itself are 109,000 objects that live to the end. Going through them took 70 to
        150 ms, once a minute and in the middle of an import.
        """
        gc.freeze()

    @Slot()
    def look(self) -> None:
        """Collect what is due, by Python's own thresholds; the young first, the whole heap seldom."""
        is_busy = self._collect() or any(window.isVisible() for window in QGuiApplication.topLevelWindows())
        pause_ms = _LOOK_EVERY_MS if is_busy else min(2 * self._timer.interval(), _LOOK_HIDDEN_MS)
        if pause_ms != self._timer.interval():
            self._timer.setInterval(pause_ms)

    def _collect(self) -> bool:
        """Whether anything was due."""
        for generation, threshold in enumerate(gc.get_threshold()):
            if gc.get_count()[generation] <= threshold:
                return generation > 0
            if generation == 2:
                if monotonic() - self._whole_at_s < _WHOLE_AFTER_S:
                    break
                self._whole_at_s = monotonic()
            gc.collect(generation)
        return True


def collect_all() -> None:
    """Collect everything now and give the memory back, after much was let go. Thread: GUI, between two events.

    In a window that nobody uses the whole heap is never due: 39 MB of the clean-up facts stayed in cycles.
    """
    gc.collect()
    give_back()
