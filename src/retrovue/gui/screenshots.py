"""Pictures of every page with demo data: `python -m retrovue.gui.screenshots FOLDER`.

One window on a temporary profile, imported from the built-in demo server; each scene is shown, waited for until nothing
runs any more, and grabbed in every size and theme asked for. Offscreen unless a display is named.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QTreeView

from retrovue.core.domain.browse import View
from retrovue.gui.notify import Notice

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.core.context import AppContext
    from retrovue.demo.server import DemoServer
    from retrovue.gui.application import Application
    from retrovue.gui.pages.library.page import LibraryPage
    from retrovue.gui.window import Shell

_SIZES = ((1280, 800), (1024, 700))
_PATIENCE_MS = 15_000
_SETTLE_MS = 250


@dataclass(frozen=True)
class Stage:
    """What a scene can use."""

    shell: "Shell"
    application: "Application"
    server: "DemoServer"

    def page(self, key: str) -> "QWidget":
        """The page with this key, built and in front."""
        self.shell.open_page(key)
        return self.application.window.page(key)


@dataclass(frozen=True)
class Scene:
    """One picture: a name for its file, and what brings the window into this state.

    `show` returns the widget to grab (a dialog, say), or None for the whole window.
    """

    name: str
    show: Callable[[Stage], "QWidget | None"]
    is_empty: bool = False
    """Taken on a profile without any server."""


def _page(key: str) -> Callable[[Stage], None]:
    def show(stage: Stage) -> None:
        stage.page(key)

    return show


def _library(stage: Stage, view: View, *, posters: bool) -> "LibraryPage":
    from retrovue.gui.pages.library.page import LibraryPage

    page = stage.page("library")
    assert isinstance(page, LibraryPage)
    page.toolbar.view_chosen.emit(view)
    page.toolbar.look_chosen.emit(posters)
    _settle(stage.application)
    return page


def _library_tree(stage: Stage) -> None:
    page = _library(stage, View.SHOWS, posters=False)
    tree = page.findChild(QTreeView)
    assert tree is not None
    show = tree.model().index(4, 0)
    tree.expand(show)
    _settle(stage.application)
    season = tree.model().index(0, 0, show)
    tree.expand(season)
    _settle(stage.application)
    tree.setCurrentIndex(tree.model().index(2, 0, season))


def _library_movies(stage: Stage) -> None:
    _library(stage, View.MOVIES, posters=True)


def _server_tested(stage: Stage) -> None:
    from retrovue.gui.pages.servers.page import ServersPage

    page = stage.page("servers")
    assert isinstance(page, ServersPage)
    page.details.test_button.click()


def _server_down(stage: Stage) -> None:
    stage.server.stop()
    _server_tested(stage)


def _wizard(stage: Stage) -> "QWidget | None":
    from retrovue.gui.pages.servers.page import ServersPage

    page = stage.page("servers")
    assert isinstance(page, ServersPage)
    wizard = page.add_server()
    wizard.next_button.click()
    wizard.address_page.url.setText(stage.server.url)
    wizard.address_page.token.setText(stage.server.token)
    wizard.address_page.test()
    return wizard


def scenes(keys: frozenset[str]) -> list[Scene]:
    """Every scene whose page exists, the empty ones first, the one that stops the server last."""
    wanted = [
        ("servers-empty", "servers", _page("servers"), True),
        ("library-empty", "library", _page("library"), True),
        ("sync-empty", "sync", _page("sync"), True),
        ("mapping-empty", "mapping", _page("mapping"), True),
        ("activity", "activity", _page("activity"), False),
        ("library-shows", "library", _library_tree, False),
        ("library-movies", "library", _library_movies, False),
        ("servers", "servers", _server_tested, False),
        ("add-server", "servers", _wizard, False),
        ("mapping", "mapping", _page("mapping"), False),
        ("sync", "sync", _page("sync"), False),
        ("settings", "settings", _page("settings"), False),
        ("log", "log", _page("log"), False),
        ("servers-error", "servers", _server_down, False),
    ]
    return [Scene(name, show, is_empty) for name, key, show, is_empty in wanted if key in keys]


def main(arguments: list[str] | None = None) -> int:
    """Render the scenes; returns the exit code."""
    parser = argparse.ArgumentParser(prog="retrovue.gui.screenshots")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/screenshots"))
    parser.add_argument("--only", nargs="*", help="names of scenes")
    parser.add_argument("--stage", choices=("empty", "full"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.stage is None:
        # A process for each profile: an application that has quit once does not wait in an event loop again.
        words = [sys.executable, "-m", "retrovue.gui.screenshots", *(arguments or sys.argv[1:])]
        return max(subprocess.run([*words, "--stage", stage], check=False).returncode for stage in ("empty", "full"))
    with tempfile.TemporaryDirectory(prefix="nas-", ignore_cleanup_errors=True) as folder:
        _render(Path(folder), options.folder, set(options.only or ()), empty=options.stage == "empty")
    return 0


def _render(profile: Path, target: Path, only: set[str], *, empty: bool) -> None:
    with _stage(profile, empty=empty) as stage:
        window = stage.application.window
        keys = frozenset(spec for spec in _KEYS if window.has_page(spec))
        for scene in scenes(keys):
            if scene.is_empty != empty or (only and scene.name not in only):
                continue
            _take(scene, stage, target)


_KEYS = ("activity", "library", "servers", "mapping", "sync", "settings", "log")


def _take(scene: Scene, stage: Stage, target: Path) -> None:
    from retrovue.gui.theme import Theme

    window = stage.application.window
    for width, height in _SIZES:
        window.resize(width, height)
        for theme in (Theme.LIGHT, Theme.DARK):
            stage.application.theme.set_choice(theme)
            grabbed = scene.show(stage)
            _settle(stage.application)
            size = "" if grabbed is not None else f"-{width}"
            (grabbed or window).grab().save(str(target / f"{scene.name}{size}-{theme.value}.png"))
            if grabbed is not None:
                grabbed.close()
                _settle(stage.application)


@contextmanager
def _stage(profile: Path, *, empty: bool) -> Iterator[Stage]:
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from retrovue.demo.generate import LibrarySpec, make_library
    from retrovue.demo.scripts import SessionScript, evening
    from retrovue.demo.server import DemoServer
    from retrovue.gui.application import Application
    from retrovue.gui.instance import SingleInstance
    from retrovue.gui.startup import Hooks, WindowOptions, name_process
    from retrovue.gui.theme import Theme
    from retrovue.gui.window import Shell

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["retrovue"])
    name_process(app)
    # New titles of today, so that relative times read as in real life.
    library = make_library(LibrarySpec(reference_time=int(time.time()) - 3_600))
    files = profile / "media"
    server = DemoServer(library)
    with server:
        SessionScript(server.playbacks, evening(library)).advance_to(10)
        shell = Shell(profile)
        hooks = Hooks(pages=shell.pages, on_ready=shell.on_ready, busy=shell.busy, notifier=lambda _tray: _Silent())
        options = WindowOptions(data_dir=profile, theme=Theme.LIGHT)
        instance = SingleInstance(profile)
        instance.claim(())
        application = Application(app, options, lambda: _profile(profile, server, files, empty=empty), hooks, instance)
        loop = QEventLoop()
        application.ready.connect(loop.quit)
        QTimer.singleShot(4 * _PATIENCE_MS, loop.quit)
        application.start()
        loop.exec()
        _settle(application)
        try:
            yield Stage(shell, application, server)
        finally:
            application.shutdown()


class _Silent(QObject):
    """Shows no notice: a picture is of the page."""

    activated = Signal(object)
    undelivered = Signal(object)

    def show(self, notice: Notice) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _profile(folder: Path, server: "DemoServer", files: Path, *, empty: bool) -> "AppContext":
    """A profile with the demo server imported, rules that find most of its files, and a file check."""
    from retrovue.core.context import AppContext
    from retrovue.core.domain.servers import ServerKind
    from retrovue.core.domain.sync import SyncRequest
    from retrovue.core.domain.tasks import CancelToken
    from retrovue.core.services import files as file_service
    from retrovue.core.services import mappings, servers
    from retrovue.core.services.sync import run_sync
    from retrovue.core.system.dirs import resolve_dirs
    from retrovue.demo import files as demo_files

    environ = {"RETROVUE_SECRETS": "memory"}
    context = AppContext(resolve_dirs(folder), environ=environ, keyring=lambda: None)
    if empty:
        return context
    added = servers.add(
        context, kind=ServerKind.PLEX, name="Attic", url=server.url, secret=server.token, token=CancelToken()
    )
    demo_files.write_files(server.library, files)
    for server_path, local_path in demo_files.mappings(server.library, files):
        mappings.add(context, added.server, None, server_path, str(local_path))
    run_sync(context, SyncRequest(), CancelToken())
    file_service.check(context, server=added.server, token=CancelToken())
    run_sync(context, SyncRequest(), CancelToken())
    return context


def _settle(application: "Application") -> None:
    """Let everything that was asked for arrive and be painted; a server that never answers is not waited for."""
    from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer

    clock = QElapsedTimer()
    clock.start()
    quiet_since = 0
    while clock.elapsed() < _PATIENCE_MS:
        loop = QEventLoop()
        QTimer.singleShot(40, loop.quit)
        loop.exec()
        if application.runner.active_count:
            quiet_since = clock.elapsed()
        elif clock.elapsed() - quiet_since >= _SETTLE_MS:
            return


if __name__ == "__main__":
    sys.exit(main())
