"""Many tasks, many lanes, random cancels: nothing is lost, nothing comes twice, nothing aborts."""

import random
import subprocess
import sys
import threading
from collections import Counter

import pytest
from pytestqt.qtbot import QtBot

from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle, TaskRunner

TASKS = 2000
LANES = 8

EMIT_5000 = """
import sys
from PySide6.QtCore import QCoreApplication
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskRunner

app = QCoreApplication([])
runner = TaskRunner()
heard = []

def emit_often(token, report):
    return None

def next_one(*_):
    heard.append(1)
    if len(heard) == 5000:
        app.quit()

for number in range(5000):
    runner.submit(emit_often, lane=Lane.SYNC, of=number % 4).finished.connect(next_one)
before = sys.getrefcount(True)
app.exec()
assert runner.shutdown() == ()
assert len(heard) == 5000, len(heard)
assert sys.getrefcount(True) > before - 100, (before, sys.getrefcount(True))
print("alive", len(heard))
"""


def _storm_function(number: int) -> object:
    def function(token: CancelToken, report: Report) -> int:
        for step in range(number % 5):
            report((number, step))
            token.raise_if_cancelled()
        if number % 7 == 0:
            raise ValueError(number)
        if number % 11 == 0:
            token.wait(0.002)
            token.raise_if_cancelled()
        return number

    return function


@pytest.mark.slow
def test_a_storm_loses_nothing(qtbot: QtBot, runner: TaskRunner) -> None:
    dice = random.Random(20240607)
    outcomes: Counter[int] = Counter()
    finished: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    wrong_thread: list[int] = []
    gui_thread = threading.get_ident()

    def note(number: int, kind: str) -> None:
        if threading.get_ident() != gui_thread:
            wrong_thread.append(number)
        assert finished[number] == 0, "an outcome after finished"
        outcomes[number] += 1
        kinds[kind] += 1

    def connect(number: int, handle: TaskHandle) -> None:
        handle.succeeded.connect(lambda result: note(number, "succeeded" if result == number else "wrong"))
        handle.failed.connect(lambda error: note(number, "failed" if error.args == (number,) else "wrong"))
        handle.cancelled.connect(lambda: note(number, "cancelled"))
        handle.finished.connect(lambda: finished.update([number]))

    handles: list[TaskHandle] = []
    for number in range(TASKS):
        handle = runner.submit(_storm_function(number), lane=Lane.SYNC, of=number % LANES)
        connect(number, handle)
        handles.append(handle)
        if dice.random() < 0.3:
            # An early one may have ended, the newest has hardly started: both ends of the race.
            handles.pop(dice.choice([-1, dice.randrange(len(handles))])).cancel()
    handles.clear()
    qtbot.waitUntil(lambda: runner.active_count == 0, timeout=60_000)
    assert outcomes == Counter(range(TASKS))
    assert finished == Counter(range(TASKS))
    assert wrong_thread == []
    assert kinds["wrong"] == 0
    assert min(kinds["succeeded"], kinds["failed"], kinds["cancelled"]) > 10


def test_shutdown_in_the_middle_of_a_storm_leaves_no_task_without_an_outcome(qtbot: QtBot) -> None:
    runner = TaskRunner()
    ends: Counter[int] = Counter()
    for number in range(400):
        handle = runner.submit(_storm_function(number), lane=Lane.SYNC, of=number % LANES)
        handle.finished.connect(lambda number=number: ends.update([number]))
    qtbot.waitUntil(lambda: sum(ends.values()) > 20)
    assert runner.shutdown() == ()
    assert ends == Counter(range(400))
    assert runner.active_count == 0


@pytest.mark.slow
def test_thousands_of_emits_do_not_abort_the_process() -> None:
    # PySide6 6.12.0 drops a reference to True with every emit and aborts CPython 3.11 after some 600.
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", EMIT_5000], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "alive 5000", "")
