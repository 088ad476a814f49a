"""Cycles with Qt objects in them are destroyed on the GUI thread, whoever allocates meanwhile."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.work.garbage import GuiGarbage
from retrovue.gui.work.tasks import TaskRunner


class Knot:
    """A cycle around a Qt object."""

    def __init__(self) -> None:
        self.held = QObject()
        self.itself = self


def tie(collected_on: list[int]) -> None:
    knot = Knot()
    weakref.finalize(knot, lambda: collected_on.append(threading.get_ident()))


def allocate(_token: CancelToken, _report: object) -> int:
    """Enough for Python to collect every generation many times over."""
    return len([[n] for n in range(400_000)])


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    assert runner.shutdown() == ()


def test_a_worker_destroys_no_qt_object(runner: TaskRunner, qtbot: QtBot) -> None:
    collected_on: list[int] = []
    handle = runner.submit(lambda _token, _report: None, lane="query")
    with qtbot.waitSignal(handle.finished):
        pass
    for _ in range(20):
        tie(collected_on)
    handle = runner.submit(allocate, lane="query")
    with qtbot.waitSignal(handle.finished, timeout=30_000):
        pass
    gc.collect()
    assert set(collected_on) == {threading.get_ident()}
    assert len(collected_on) == 20


def test_the_gui_thread_collects_what_is_due(qtbot: QtBot) -> None:
    garbage = GuiGarbage()
    collected_on: list[int] = []
    gc.collect()
    tie(collected_on)
    kept = [[n] for n in range(gc.get_threshold()[0] + 100)]
    assert collected_on == []
    qtbot.waitUntil(lambda: bool(collected_on), timeout=5_000)
    garbage.stop()
    assert collected_on == [threading.get_ident()]
    assert kept


def test_python_collects_again_after_the_last_has_stopped(qtbot: QtBot) -> None:
    one, other = GuiGarbage(), GuiGarbage()
    one.stop()
    one.stop()
    assert not gc.isenabled()
    other.stop()
    assert gc.isenabled()
