"""Pictures of the Library page: grouped over two servers, new by a sync, somebody watching, filters with a name."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu
from tools.screenshots.stage import Scene, Stage

from retrovue.core.domain.browse import View
from retrovue.core.domain.media import FileState
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.work.lanes import Lane

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.demo.server import DemoServer
    from retrovue.gui.pages.library.page import LibraryPage

Settle = Callable[..., None]
_OTHER_NAME = "Cabin"


def library_scenes(settle: Settle) -> list[Scene]:
    """The scenes in the order in which they are taken; the last ones add a second server and take it away again."""
    takes = _Takes(settle)
    return [
        Scene("library-hits", takes.hits, takes.no_hits),
        Scene("library-new", takes.new, takes.clear),
        Scene("library-saved-filters", takes.saved, takes.forget),
        Scene("library-watching", takes.watching),
        Scene("library-grouped", takes.grouped),
        Scene("library-grouped-movies", takes.grouped_movies, takes.one_server),
    ]


class _Takes:
    def __init__(self, settle: Settle) -> None:
        self._settle = settle
        self._other: DemoServer | None = None
        self._has_grown = False

    def _page(self, stage: "Stage", view: View) -> "LibraryPage":
        from retrovue.gui.pages.library.page import LibraryPage

        page = stage.page("library")
        assert isinstance(page, LibraryPage)
        page.toolbar.view_chosen.emit(view)
        page.toolbar.look_chosen.emit(False)
        self._settle(stage.application)
        return page

    def hits(self, stage: "Stage") -> None:
        """Somebody types a word that all kinds have."""
        from PySide6.QtTest import QTest

        page = self._page(stage, View.SHOWS)
        page.toolbar.search.clear()
        page.toolbar.search.setFocus()
        QTest.keyClicks(page.toolbar.search, "night")
        self._settle(stage.application, least_ms=1_500)
        page.hits.open()

    def no_hits(self, stage: "Stage") -> None:
        """The whole list again."""
        page = self._page(stage, View.SHOWS)
        page.hits.close_panel()
        page.toolbar.search.clear()

    def new(self, stage: "Stage") -> None:
        """What the last sync brought."""
        from retrovue.core.domain.sync import SyncRequest
        from retrovue.gui.pages.library.criteria import Filters, NewIn

        page = self._page(stage, View.MOVIES)
        if not self._has_grown:
            self._has_grown = True
            with page._services.context.database.write() as connection:
                connection.exec_driver_sql("UPDATE movies SET first_seen_at = first_seen_at - 3600")
            for title in ("Night Ferry to Ystad", "The Copper Weathervane", "Ōsaka Crossing"):
                stage.server.library.add_movie(title, year=2025)
            stage.shell.services().sync.start(SyncRequest())
            self._settle(stage.application, least_ms=1_500)
        page.filters.set_filters_to(Filters(new=NewIn()))
        self._settle(stage.application)

    def clear(self, stage: "Stage") -> None:
        """Without filters again."""
        self._page(stage, View.SHOWS).clear()
        self._settle(stage.application)

    def saved(self, stage: "Stage") -> "QWidget":
        """The menu of filters, with three that have a name."""
        from retrovue.core.domain.browse import SavedFilter
        from retrovue.gui.pages.library.criteria import Criteria, Filters

        page = self._page(stage, View.MOVIES)
        for name, filters in (
            ("4K, not watched", Filters(resolutions=("4K",), watched=False)),
            ("Missing on the NAS", Filters(states=(FileState.MISSING,))),
            ("New this month", Filters(added_since=30)),
        ):
            kept = SavedFilter("library", name, Criteria(View.MOVIES, "", filters).to_json())
            page._services.context.saved_filters.put(kept, now=0)
        page.saved.read()
        self._settle(stage.application)
        menu = QMenu(page)
        page.filters.fill_add_menu(menu)
        menu.popup(page.mapToGlobal(page.rect().center()))
        return menu

    def forget(self, stage: "Stage") -> None:
        """No filter has a name again."""
        page = self._page(stage, View.SHOWS)
        for saved in page.saved.all:
            page._services.context.saved_filters.remove(saved)
        page.saved.read()
        self._settle(stage.application)

    def watching(self, stage: "Stage") -> None:
        """The details of what somebody watches."""
        page = self._page(stage, View.MOVIES)
        monitor = stage.shell.services().monitor
        monitor.poll_now()
        self._settle(stage.application, least_ms=500)
        playing = {active.session.title for active in monitor.sessions if not active.session.show_title}
        self._choose(stage, page, lambda row: row.title in playing)

    def _choose(self, stage: "Stage", page: "LibraryPage", wanted: Callable[..., bool]) -> None:
        pane = page.area.current
        for n in range(pane.model.rowCount()):
            index = pane.model.index(n, 0)
            if index.data(ROW_ROLE) is None:
                self._settle(stage.application)
            if wanted(index.data(ROW_ROLE)):
                pane.view.setCurrentIndex(index)
                break
        self._settle(stage.application)

    def grouped(self, stage: "Stage") -> None:
        """Shows of two servers, one of them opened."""
        self._two_servers(stage)
        page = self._page(stage, View.SHOWS)
        pane = page.area.current
        show = pane.model.index(4, 0)
        pane.view.expand(show)  # type: ignore[union-attr]
        self._settle(stage.application)
        season = pane.model.index(0, 0, show)  # type: ignore[call-arg]
        pane.view.expand(season)  # type: ignore[union-attr]
        self._settle(stage.application)
        pane.view.setCurrentIndex(pane.model.index(2, 0, season))  # type: ignore[call-arg]

    def grouped_movies(self, stage: "Stage") -> None:
        """A movie of two servers, one of them somebody else's."""
        self._two_servers(stage)
        page = self._page(stage, View.MOVIES)
        self._choose(stage, page, lambda row: len(row.copies) > 1)

    def _two_servers(self, stage: "Stage") -> None:
        if self._other is not None:
            return
        from retrovue.core.domain.servers import ServerKind
        from retrovue.core.domain.sync import SyncRequest
        from retrovue.core.domain.tasks import CancelToken
        from retrovue.core.services.mapping import rules as mappings
        from retrovue.core.services.servers import registration as servers
        from retrovue.core.services.sync import run_sync
        from retrovue.demo.generate import LibrarySpec, make_library
        from retrovue.demo.mediabrowser import JellyfinDialect
        from retrovue.demo.server import DemoServer

        library = make_library(LibrarySpec(reference_time=int(time.time()) - 3_600))
        for item in library.members("1", "movie")[::3]:
            library.remove(item.id)
        self._other = DemoServer(library, dialect=JellyfinDialect).start()
        context, url, secret = stage.shell.services().context, self._other.url, self._other.token

        def add(token: CancelToken, _report: object) -> None:
            servers.add(context, kind=ServerKind.JELLYFIN, name=_OTHER_NAME, url=url, secret=secret)
            stored = next(one for one in context.servers.all() if one.name == _OTHER_NAME)
            for rule in context.mappings.all():
                if rule.library_id is None:
                    mappings.add(context, stored, None, rule.server_path, rule.local_path)
            run_sync(context, SyncRequest(), token)
            with context.database.write() as connection:
                connection.exec_driver_sql("UPDATE servers SET is_owner = 0 WHERE name = ?", (_OTHER_NAME,))

        stage.application.runner.submit(add, lane=Lane.WRITE)
        self._settle(stage.application)
        self._page(stage, View.SHOWS).refresh()
        self._settle(stage.application)

    def one_server(self, stage: "Stage") -> None:
        """The second server is gone again."""
        from retrovue.core.services.servers import registration as servers

        context = stage.shell.services().context
        other = next(one for one in context.servers.all() if one.name == _OTHER_NAME)
        stage.application.runner.submit(lambda _token, _report: servers.remove(context, other), lane=Lane.WRITE)
        self._settle(stage.application)
        if self._other is not None:
            self._other.stop()
        self._other = None
        self._page(stage, View.SHOWS).refresh()
        self._settle(stage.application)
