"""From the end of a sync to what it brought."""

from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton

from retrovue.core.domain.browse import View

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|grabbing the keyboard|does not support raise")


def link(page: Any) -> QPushButton | None:
    if page.outcome is None:
        return None
    return next((button for button in page.outcome.findChildren(QPushButton) if "new" in button.text()), None)


@pytest.mark.slow
def test_the_summary_of_a_sync_leads_to_what_it_brought(make_desk: Any) -> None:
    desk = make_desk()
    page = desk.page("sync")
    desk.services.sync.start()
    desk.wait(lambda: page.outcome is not None)
    desk.settle()
    button = link(page)
    assert button is not None
    button.click()
    desk.settle()
    library = desk.window.page("library")
    assert library.isVisible()
    assert library.area.kind is View.EPISODES
    assert library.area.count == library._totals.episodes > 0
    assert {chip.name for chip in library.filters.chips()} == {"New", "Library"}


@pytest.mark.slow
def test_a_sync_that_brought_nothing_offers_nothing(make_desk: Any) -> None:
    desk = make_desk(synced=True)
    page = desk.page("sync")
    desk.services.sync.start()
    desk.wait(lambda: page.outcome is not None)
    assert link(page) is None
