"""Runners that are shut down after each test."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from retrovue.gui.tasks import InlineRunner, TaskRunner


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[TaskRunner]:
    """The real runner; a lane that does not stop fails the test."""
    runner = TaskRunner()
    yield runner
    assert runner.shutdown() == ()


@pytest.fixture
def inline_runner(qtbot: QtBot) -> InlineRunner:
    """Runs at once, hands over on `drain`."""
    return InlineRunner()
