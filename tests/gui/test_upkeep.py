"""Upkeep of the catalog begins when it has been quiet for a while, and gives way to whoever comes."""

from collections.abc import Callable
from typing import Any

import pytest

from retrovue.gui.app.upkeep import CatalogUpkeep

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.slow]


def test_it_waits_for_quiet_and_runs_once_a_day(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(with_server=False)
    seen = [True]
    upkeep = CatalogUpkeep(desk.services, lambda: seen[0], desk.window)
    for _minute in range(20):
        upkeep.look()
    assert upkeep.task is None, "somebody looks at the window"
    seen[0] = False
    for _minute in range(9):
        upkeep.look()
    assert upkeep.task is None, "quiet for nine minutes only"
    upkeep.look()
    first = upkeep.task
    assert first is not None
    desk.wait(lambda: first.is_finished)
    for _minute in range(20):
        upkeep.look()
    assert upkeep.task is first, "once a day"


def test_it_ends_when_somebody_comes_back_and_begins_anew_later(make_desk: Callable[..., Any]) -> None:
    desk = make_desk(with_server=False)
    seen = [False]
    upkeep = CatalogUpkeep(desk.services, lambda: seen[0], desk.window)
    with desk.context.without_database():
        # The catalog is kept closed, so that the work waits.
        for _minute in range(10):
            upkeep.look()
        first = upkeep.task
        assert first is not None
        seen[0] = True
        upkeep.look()
    desk.wait(lambda: first.is_finished)
    seen[0] = False
    for _minute in range(10):
        upkeep.look()
    assert upkeep.task is not first
    desk.wait(lambda: upkeep.task.is_finished)
