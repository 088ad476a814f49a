"""The Path mapping page on a real catalog and a real tree of files, for its tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.volumes import Volume
from retrovue.demo import files as demo_files
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer
from retrovue.gui.controllers.follow import FollowController
from retrovue.gui.controllers.monitor import MonitorController
from retrovue.gui.controllers.sync import SyncController
from retrovue.gui.pages.cleanup.page import CleanupPage
from retrovue.gui.pages.mapping.page import MappingPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.work.tasks import TaskRunner

TOKEN = "a-demo-token"


@dataclass
class Volumes:
    """What is mounted, by a test's word."""

    found: list[Volume] = field(default_factory=list)

    def volumes(self) -> list[Volume]:
        return self.found

    def common_folders(self) -> list[str]:
        return []


@dataclass
class Desk:
    """A page on a profile, with what its doors were asked for."""

    context: AppContext
    library: DemoLibrary
    media: Path
    server: DemoServer
    volumes: Volumes
    page: MappingPage = field(init=False)
    cleanup: CleanupPage = field(init=False)
    opened: list[tuple[str, object]] = field(default_factory=list)
    toasts: list[tuple[str, Callable[[], None] | None]] = field(default_factory=list)

    def add_server(self, name: str = "Attic") -> Server:
        source = self.context.connect(ServerKind.PLEX, self.context.connection(url=self.server.url, secret=TOKEN))
        info = source.probe()
        source.close()
        return self.context.servers.add(name=name, url=self.server.url, info=info, now=self.context.clock.epoch())

    def sync(self) -> None:
        run_sync(self.context, SyncRequest(), CancelToken(), None)

    def rules(self) -> list[tuple[str, str]]:
        return [(path, str(folder)) for path, folder in demo_files.mappings(self.library, self.media)]

    @property
    def stored(self) -> list[tuple[str, str]]:
        return [(rule.server_path, rule.local_path) for rule in self.context.mappings.all()]


@contextmanager
def open_desk(qapp: QApplication, qtbot: QtBot, runner: TaskRunner, folder: Path) -> Iterator[Desk]:
    """A page with nothing in its catalog; `RETROVUE_TOKEN` has to be `TOKEN`."""
    library = make_library(LibrarySpec(shows=12, episodes=120, movies=40))
    media = folder / "media"
    demo_files.write_files(library, media)
    server = DemoServer(library, token=TOKEN)
    server.start()
    volumes = Volumes()
    context = AppContext(resolve_dirs(folder / "data"), volume_provider=volumes, write_log=False)
    made = Desk(context, library, media, server, volumes)
    theme = ThemeController(qapp, Theme.LIGHT)
    monitor = MonitorController(runner, lambda: context, theme)
    services = PageServices(
        runner=runner,
        context=context,
        theme=theme,
        settings=QSettings(str(folder / "page.ini"), QSettings.Format.IniFormat),
        sync=SyncController(runner, lambda: context, lambda: datetime.now(UTC)),
        monitor=monitor,
        follow=FollowController(runner, lambda: context, monitor, theme),
        open_page=lambda key, argument: made.opened.append((key, argument)),
        toast=lambda text, undo: made.toasts.append((text, undo)),
    )
    made.page = MappingPage(services)
    made.cleanup = CleanupPage(services)
    for page in (made.page, made.cleanup):
        qtbot.addWidget(page)
        page.resize(1280, 800)
    yield made
    runner.shutdown()
    context.close()
    server.stop()
    theme.deleteLater()


def show(desk: Desk, qtbot: QtBot) -> MappingPage:
    desk.page.show()
    desk.page.activate()
    qtbot.waitUntil(lambda: desk.page.stack.currentWidget() is not desk.page.loading)
    return desk.page


def show_with_rules(desk: Desk, qtbot: QtBot) -> MappingPage:
    server = desk.add_server()
    desk.sync()
    for server_path, local_path in desk.rules():
        mappings.add(desk.context, server, None, server_path, local_path)
    page = show(desk, qtbot)
    qtbot.waitUntil(lambda: page.preview.table.samples.rowCount() > 0)
    return page
