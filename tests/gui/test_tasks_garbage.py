"""Qt objects are destroyed on the GUI thread, whoever allocates or holds the last reference."""

import gc
import importlib
import linecache
import logging
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from retrovue.core.domain.errors import Cancelled as CancelledError
from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.work.garbage import GuiGarbage, collect_all
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle, TaskRunner


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
def collecting() -> Iterator[None]:
    """Python collects by itself, as in a program; other tests of the window switch it off."""
    gc.collect()
    gc.enable()
    yield
    gc.disable()


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Threads take turns as often as Python can, so that each order of two of them occurs."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before_s)


def test_a_worker_destroys_no_qt_object(collecting: None, runner: TaskRunner, qtbot: QtBot) -> None:
    collected_on: list[int] = []
    handle = runner.submit(lambda _token, _report: None, lane=Lane.QUERY)
    with qtbot.waitSignal(handle.finished):
        pass
    for _ in range(20):
        tie(collected_on)
    handle = runner.submit(allocate, lane=Lane.QUERY)
    with qtbot.waitSignal(handle.finished):
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
    qtbot.waitUntil(lambda: bool(collected_on))
    garbage.stop()
    assert collected_on == [threading.get_ident()]
    assert kept


def test_a_hidden_window_looks_for_garbage_less_and_less_often(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    garbage = GuiGarbage()

    def pace(looks: int) -> int:
        for _look in range(looks):
            gc.collect()
            garbage.look()
        return garbage._timer.interval()

    window.show()
    assert pace(20) == 500
    window.hide()
    assert [pace(looks) for looks in (1, 1, 20)] == [1000, 2000, 8000]
    kept = [[n] for n in range(gc.get_threshold()[0] + 100)]
    garbage.look()
    assert kept
    assert garbage._timer.interval() == 500
    assert pace(20) == 8000
    window.show()
    assert pace(1) == 500
    garbage.stop()


def test_what_lives_to_the_end_is_gone_through_no_more(qtbot: QtBot) -> None:
    garbage = GuiGarbage()
    old = [[1]]
    before = len(gc.get_objects())
    try:
        garbage.set_aside()
        new = [[3]]
        looked_at = gc.get_objects()
    finally:
        gc.unfreeze()
        garbage.stop()
    assert len(looked_at) < before // 10
    assert any(one is new for one in looked_at)
    assert not any(one is old for one in looked_at)


def test_python_collects_again_after_the_last_has_stopped(collecting: None, qtbot: QtBot) -> None:
    one, other = GuiGarbage(), GuiGarbage()
    one.stop()
    one.stop()
    assert not gc.isenabled()
    other.stop()
    assert gc.isenabled()


def test_collecting_that_was_off_stays_off(qtbot: QtBot) -> None:
    assert not gc.isenabled()
    one, other = GuiGarbage(), GuiGarbage()
    one.stop()
    other.stop()
    assert not gc.isenabled()


def test_collecting_is_not_given_back_while_a_lane_hangs(collecting: None, qtbot: QtBot) -> None:
    runner = TaskRunner()
    started, release = threading.Event(), threading.Event()

    def hang(_token: CancelToken, _report: object) -> None:
        started.set()
        assert release.wait(30)

    runner.submit(hang, lane=Lane.IO)
    assert started.wait(30)
    assert runner.shutdown(timeout_s=0) == ("io",)
    assert not gc.isenabled()
    release.set()
    assert runner.shutdown() == ()
    assert gc.isenabled()


class Dialog(QObject):
    """Stands for a dialog that submitted a task and was closed."""


def succeed(_dialog: QObject, _token: CancelToken) -> None:
    """The task ends."""


def fail(dialog: QObject, _token: CancelToken) -> None:
    """The error keeps the frame, and so the dialog."""
    raise ValueError(dialog.objectName())


def give_up(_dialog: QObject, _token: CancelToken) -> None:
    """The task notices that it was cancelled."""
    raise CancelledError


def wait_for_cancel(_dialog: QObject, token: CancelToken) -> None:
    """Cancelling closes what the task reads from."""
    token.wait(30)
    raise OSError("closed")


@pytest.mark.parametrize("work", [succeed, fail, give_up, wait_for_cancel])
def test_a_task_that_holds_the_last_of_a_dialog_drops_it_on_the_gui_thread(
    work: Callable[[QObject, CancelToken], None],
    runner: TaskRunner,
    qtbot: QtBot,
    eager_threads: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The dialog and the handle alike, at whichever point the worker is overtaken."""
    gone_on: list[int] = []

    def submit() -> None:
        dialog = Dialog()
        handle = runner.submit(lambda token, _report: work(dialog, token), lane=Lane.IO)
        for each in (dialog, handle):
            weakref.finalize(each, lambda: gone_on.append(threading.get_ident()))
        if work is wait_for_cancel:
            handle.token.cancel()

    caplog.set_level(logging.CRITICAL, "retrovue.gui")  # or pytest keeps the errors, and frames, for its report
    for _ in range(100):
        submit()
    qtbot.waitUntil(lambda: not _handles())
    assert gone_on == [threading.get_ident()] * 200


def _handles() -> list[object]:
    gc.collect()
    return [each for each in gc.get_objects() if type(each) is TaskHandle]


@pytest.mark.parametrize("work", [succeed, fail, give_up, wait_for_cancel])
def test_a_task_ends_with_all_that_its_listeners_know(
    work: Callable[[QObject, CancelToken], None],
    runner: TaskRunner,
    qtbot: QtBot,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Closures that know their own handle are the usual way to tell the newest answer from an older one."""
    before = len(_handles())
    heard: list[str] = []

    def submit(dialog: QObject) -> None:
        handle = runner.submit(lambda token, _report: work(dialog, token), lane=Lane.IO)
        handle.succeeded.connect(lambda _result: heard.append(handle.lane))
        handle.failed.connect(lambda _error: heard.append(handle.lane))
        handle.cancelled.connect(lambda: heard.append(handle.lane))
        handle.progress.connect(lambda _value: heard.append(handle.lane))
        handle.finished.connect(lambda: heard.append(handle.lane))
        if work is wait_for_cancel:
            handle.token.cancel()

    caplog.set_level(logging.CRITICAL, "retrovue.gui")  # or pytest keeps the errors, and frames, for its report
    for _ in range(20):
        submit(QObject())
    qtbot.waitUntil(lambda: len(_handles()) <= before)
    assert len(heard) == 40


def test_no_source_is_read_and_kept_for_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PySide6 read the source of each module that was imported after it, and Python kept the text."""
    module = tmp_path / "imported_after_qt.py"
    module.write_text("told = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert importlib.import_module(module.stem).told == 1
    assert str(module) not in linecache.cache


def test_memory_is_given_back_and_cycles_are_collected() -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    del knot
    collect_all()
    assert gone() is None
