"""The window while the server of its catalog is away."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from tests.storage.engines import PostgresServer

from retrovue.core.domain.browse import SavedFilter
from retrovue.gui.dialogs.message import MessageDialog
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.widgets.notices import Banner, Tone

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.slow]
MakeDesk = Callable[..., Any]


def test_the_window_keeps_what_it_shows_and_comes_back(make_desk: MakeDesk, postgres: PostgresServer) -> None:
    name = postgres.new_catalog()
    desk = make_desk(synced=True, catalog_address=postgres.url(name))
    page = desk.page("library")

    def banners() -> list[Banner]:
        return [one for one in desk.window.findChildren(Banner) if one.isVisible()]

    def titles() -> list[str]:
        model = page.area.current.model
        rows = [model.index(row, 0).data(ROW_ROLE) for row in range(model.rowCount())]
        return [row.title for row in rows if row is not None]

    desk.wait(lambda: len(titles()) > 1)
    before = titles()
    with postgres.stopped():
        # Nothing is read: it notices by itself.
        desk.wait(banners)
        for key in ("statistics", "sync", "servers", "library"):
            desk.page(key).refresh()
            desk.wait(lambda: desk.app.runner.active_count == 0)
        assert [banner.title for banner in banners()] == ["The catalog’s server is not responding."]
        assert banners()[0].tone is Tone.WARNING
        boxes = [one for one in QApplication.topLevelWidgets() if isinstance(one, MessageDialog) and one.isVisible()]
        assert [box.windowTitle() for box in boxes] == []
        assert titles() == before
    # Another computer writes while this one does not listen yet.
    with postgres.connect(name) as connection:
        connection.execute("UPDATE shows SET title = 'Aaa', sort_title = 'aaa' WHERE id = (SELECT min(id) FROM shows)")
    desk.wait(lambda: not banners())
    desk.wait(lambda: "Aaa" in titles())
    assert desk.window.toasts.toast.text == "The catalog’s server is back online."
    desk.context.saved_filters.put(SavedFilter("history", "Mine", "{}"), now=1)
    with postgres.stopped():
        desk.wait(banners)
        history = desk.page("history")
        desk.wait(lambda: desk.app.runner.active_count == 0)
        assert not history.saved.all
    # What the page reads only when it comes to the front is read, too.
    desk.wait(lambda: [saved.name for saved in history.saved.all] == ["Mine"])
