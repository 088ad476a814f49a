"""What nothing tells of is looked at seldom while the window is hidden, and at once when it is shown again."""

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from retrovue.gui.work.cadence import Cadence


def test_the_pace_follows_the_window(qtbot: QtBot) -> None:
    window, looks = QWidget(), []
    qtbot.addWidget(window)
    cadence = Cadence(window, shown_ms=3_000, hidden_ms=20_000)
    cadence.due.connect(lambda: looks.append(cadence.timer.interval()))
    assert cadence.timer.interval() == 20_000
    window.show()
    assert looks == [3_000]
    window.hide()
    assert (cadence.timer.interval(), looks) == (20_000, [3_000])
    # Whoever opens the window sees nothing old for 20 seconds.
    window.show()
    assert looks == [3_000, 3_000]
    assert cadence.timer.isActive()
    cadence.timer.setInterval(1)
    qtbot.waitUntil(lambda: len(looks) > 2)
