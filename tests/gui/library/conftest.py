"""The Library page over a catalog that was imported from the demo server, with its files on this disk."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from retrovue.core.context import AppContext
from retrovue.core.domain.browse import View
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.files import check as file_service
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import files as demo_files
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.library import DemoLibrary
from retrovue.demo.mediabrowser import JellyfinDialect
from retrovue.demo.server import DemoServer
from retrovue.gui.controllers.follow import FollowController
from retrovue.gui.controllers.monitor import MonitorController
from retrovue.gui.controllers.sync import SyncController
from retrovue.gui.pages.library.page import LibraryPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.tables.pages import PAGE_ROWS
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.widgets.notices import NoticeAction, Tone
from retrovue.gui.work.tasks import TaskRunner

_TOKEN = "a-demo-token"


@dataclass
class World:
    """A demo server, its files, and a data directory that was synced and checked once."""

    library: DemoLibrary
    server: DemoServer
    media: Path
    data: Path


@dataclass
class Desk:
    """A page on a profile, and what its doors were asked for."""

    context: AppContext
    world: World
    qtbot: QtBot
    runner: TaskRunner
    settings: QSettings
    page: LibraryPage = field(init=False)
    opened: list[tuple[str, object]] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    said: list[tuple[Tone, NoticeAction | None]] = field(default_factory=list)
    undos: list[Callable[[], None] | None] = field(default_factory=list)

    def toast(self, words: str, undo: Callable[[], None] | None) -> None:
        """A short message, and what takes back what it tells of."""
        self.toasts.append(words)
        self.undos.append(undo)

    def say(self, words: str, tone: Tone, action: NoticeAction | None) -> None:
        """A message that is no success."""
        self.toasts.append(words)
        self.said.append((tone, action))

    def settle(self) -> None:
        """Wait until every task has handed over what it found and every timer of the page has run."""
        page = self.page

        def is_still() -> bool:
            timers = (page.selection.timer, page._refresh_timer, page.pictures._repaint)
            return self.runner.active_count == 0 and not any(timer.isActive() for timer in timers)

        self.qtbot.waitUntil(is_still)

    def show(self, view: View = View.SHOWS, *, posters: bool = False) -> LibraryPage:
        self.page.show()
        self.page.activate()
        self.page._show_view(view, posters=posters)
        self.settle()
        return self.page

    def titles(self, column: int = 0) -> list[str]:
        """The first column of the list in front, top level."""
        self.settle()
        model = self.page.area.current.model
        for row in range(0, model.rowCount(), PAGE_ROWS):
            model.index(row, 0).data()
            self.settle()
        return [str(model.index(row, column).data()) for row in range(model.rowCount())]

    def select(self, row: int) -> None:
        """Choose one top-level row and wait for its details."""
        current = self.page.area.current
        current.view.setCurrentIndex(current.model.index(row, 0))
        self.settle()


@pytest.fixture(scope="session")
def library_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("library")
    library = make_library(LibrarySpec(shows=12, episodes=120, movies=40))
    demo_files.write_files(library, folder / "media")
    with pytest.MonkeyPatch.context() as patch, DemoServer(library, token=_TOKEN) as server:
        patch.setenv("RETROVUE_TOKEN", _TOKEN)
        context = AppContext(resolve_dirs(folder / "data"), write_log=False)
        source = context.connect(ServerKind.PLEX, context.connection(url=server.url, secret=_TOKEN))
        stored = context.servers.add(name="Attic", url=server.url, info=source.probe(), now=context.clock.epoch())
        source.close()
        run_sync(context, SyncRequest(), CancelToken(), None)
        for server_path, local_path in demo_files.mappings(library, folder / "media"):
            if "movies-4k" not in server_path:
                mappings.add(context, stored, None, server_path, str(local_path))
        file_service.check(context)
        context.close()
        yield World(library, server, folder / "media", folder / "data")


@pytest.fixture(scope="session")
def two_worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A Plex and a Jellyfin that hold the same titles; the second lacks some, and reaches the same files."""
    folder = tmp_path_factory.mktemp("two")
    spec = LibrarySpec(shows=6, episodes=60, movies=20)
    library, other = make_library(spec), make_library(spec)
    movies = [item.id for item in other.items.values() if item.kind == "movie"]
    for movie in movies[:3]:
        other.remove(movie)
    demo_files.write_files(library, folder / "media")
    with (
        pytest.MonkeyPatch.context() as patch,
        DemoServer(library, token=_TOKEN) as plex,
        DemoServer(other, token=_TOKEN, dialect=JellyfinDialect) as jellyfin,
    ):
        patch.setenv("RETROVUE_TOKEN", _TOKEN)
        context = AppContext(resolve_dirs(folder / "data"), write_log=False)
        for kind, name, url in ((ServerKind.PLEX, "Attic", plex.url), (ServerKind.JELLYFIN, "Cabin", jellyfin.url)):
            servers.add(context, kind=kind, name=name, url=url, secret=_TOKEN)
        run_sync(context, SyncRequest(), CancelToken(), None)
        for stored in context.servers.all():
            for server_path, local_path in demo_files.mappings(library, folder / "media"):
                mappings.add(context, stored, None, server_path, str(local_path))
        file_service.check(context)
        context.close()
        yield World(library, plex, folder / "media", folder / "data")


@pytest.fixture
def make_desk(
    qapp: QApplication,
    qtbot: QtBot,
    runner: TaskRunner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    library_world: World,
) -> Iterator[Callable[..., Desk]]:
    monkeypatch.setenv("RETROVUE_TOKEN", _TOKEN)
    theme = ThemeController(qapp, Theme.LIGHT)
    contexts: list[AppContext] = []

    def make(*, empty: bool = False, world: World = library_world) -> Desk:
        data = tmp_path / f"data{len(contexts)}"
        if not empty:
            shutil.copytree(world.data, data)
        context = AppContext(resolve_dirs(data), write_log=False)
        contexts.append(context)
        settings = QSettings(str(tmp_path / "page.ini"), QSettings.Format.IniFormat)
        desk = Desk(context, world, qtbot, runner, settings)
        monitor = MonitorController(runner, lambda: context, theme)
        services = PageServices(
            runner=runner,
            context=context,
            theme=theme,
            settings=settings,
            sync=SyncController(runner, lambda: context, lambda: datetime.now(UTC)),
            monitor=monitor,
            follow=FollowController(runner, lambda: context, monitor, theme),
            open_page=lambda key, argument: desk.opened.append((key, argument)),
            toast=desk.toast,
            say=desk.say,
        )
        desk.page = LibraryPage(services)
        qtbot.addWidget(desk.page)
        desk.page.resize(1280, 760)
        return desk

    yield make
    runner.shutdown()
    for context in contexts:
        context.close()
    theme.deleteLater()


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()
