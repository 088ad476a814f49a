"""Pictures of every page with demo data: `python -m tools.screenshots.scenes FOLDER`.

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
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QTreeView
from tools.screenshots.activity import activity_scenes
from tools.screenshots.history import history_scenes
from tools.screenshots.library import library_scenes
from tools.screenshots.mapping import mapping_scenes
from tools.screenshots.menus import menu_scenes
from tools.screenshots.servers import down_scene, servers_scenes
from tools.screenshots.stage import Scene, Stage
from tools.screenshots.statistics import statistics_scenes

from retrovue.core.domain.browse import View
from retrovue.core.domain.history import PlayFilter
from retrovue.gui.alerts.desktop import DesktopNotice

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.core.context import AppContext
    from retrovue.demo.server import DemoServer
    from retrovue.gui.app.application import Application
    from retrovue.gui.pages.library.page import LibraryPage

_SIZES = ((1280, 800), (1024, 700), (1920, 1080))
"""The first one alone unless all are asked for."""
_GONE_MOVIES = 200
_SLOW_PAGE_S = 1.5
_PATIENCE_MS = 15_000
_SETTLE_MS = 250


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


def _library_filtered(stage: Stage) -> None:
    page = _library(stage, View.SHOWS, posters=False)
    page.toolbar.search.setText("lantrn")
    _settle(stage.application, least_ms=600)


def _library_unfiltered(stage: Stage) -> None:
    page = _library(stage, View.SHOWS, posters=False)
    page.toolbar.search.clear()


def _sync_running(stage: Stage) -> None:
    """A full sync against pages that take their time; it runs on while the pictures are taken."""
    from retrovue.core.domain.sync import SyncRequest
    from retrovue.demo.fault_kinds import Delay
    from retrovue.demo.faults import path

    stage.page("sync")
    if not stage.shell.services().sync.is_running:
        stage.server.faults.add(Delay(delay_s=_SLOW_PAGE_S, match=path("/library/sections/[0-9]+/all")))
        stage.shell.services().sync.start(SyncRequest(full=True))
    _wait_ms(2 * int(_SLOW_PAGE_S * 1000))


def _sync_ended(stage: Stage) -> None:
    stage.server.faults.clear()
    stage.shell.services().sync.cancel()
    _settle(stage.application)


def _held_back(stage: Stage) -> None:
    """So many films are absent that the sync asks before it removes them."""
    library = stage.server.library
    first = next(key for key, section in library.sections.items() if section.kind == "movie")
    movies = [item.id for item in library.items.values() if item.section == first and item.kind == "movie"]
    stage.page("sync")
    if stage.shell.services().context.removals.all():
        return
    for movie in movies[:_GONE_MOVIES]:
        library.remove(movie)
    stage.shell.services().sync.start()
    _settle(stage.application)


def _schedule(stage: Stage) -> "QWidget | None":
    from retrovue.gui.pages.sync.dialogs import ScheduleDialog
    from retrovue.gui.pages.sync.page import SyncPage

    page = stage.page("sync")
    assert isinstance(page, SyncPage)
    page.schedule_button.click()
    return _open_dialog(page, ScheduleDialog)


def _removals(stage: Stage) -> "QWidget | None":
    from retrovue.gui.pages.sync.dialogs import RemovalsDialog
    from retrovue.gui.pages.sync.page import SyncPage

    page = stage.page("sync")
    assert isinstance(page, SyncPage)
    _settle(stage.application)
    page._review()
    return _open_dialog(page, RemovalsDialog)


def _alerts(stage: Stage) -> "QWidget | None":
    from retrovue.gui.pages.activity.alerts import AlertsDialog
    from retrovue.gui.pages.activity.page import ActivityPage

    page = stage.page("activity")
    assert isinstance(page, ActivityPage)
    notices = stage.shell.services().context.notices
    if not notices.recent():
        now = int(time.time())
        told = (
            ("started", "mira started watching", "The Lantern District · S02E07 · The Tide Table\nAttic · Living Room"),
            ("held_back", "214 removals are held back", "Nothing is removed until you decide."),
            ("started", "3 streams started", "edda · Static Hour (1987)\njo · Kessler & Daughter\nfinn · The Weir"),
            ("server_up", "Cabin answers again", "2 streams started"),
            ("server_down", "Cabin does not answer", "Everything stored is still here. RetroVue keeps trying."),
        )
        for age, (event, title, body) in enumerate(told):
            if age == len(told) - 2:
                notices.mark_read(now=now)
            notices.add(at=now - 7_000 * (len(told) - age), event=event, server_id=None, title=title, body=body)
        notices.mark_read(now=now, notice_id=notices.recent()[-1].id)
    page.show_alerts()
    _settle(stage.application)
    return _open_dialog(page, AlertsDialog)


def _diagnostics(stage: Stage) -> "QWidget | None":
    from retrovue.gui.pages.log.diagnostics import DiagnosticsDialog
    from retrovue.gui.pages.log.page import LogPage

    page = stage.page("log")
    assert isinstance(page, LogPage)
    page.diagnostics_button.click()
    _settle(stage.application)
    dialog = _open_dialog(page, DiagnosticsDialog)
    assert isinstance(dialog, DiagnosticsDialog)
    dialog.anonymous.setChecked(True)
    return dialog


def _settings(section: str, search: str = "") -> Callable[[Stage], None]:
    def show(stage: Stage) -> None:
        from retrovue.gui.pages.settings.page import SettingsPage

        page = stage.page("settings")
        assert isinstance(page, SettingsPage)
        page.show_argument(section)
        page.search.setText(search)

    return show


def _settings_data(stage: Stage) -> None:
    """Data and backups, without the name and the folders of the computer that takes the picture."""
    from retrovue.core.services.upkeep import computers, database
    from retrovue.gui.pages.settings.data import DataSection

    context = stage.shell.services().context
    (this,) = computers.known(context)
    computers.rename(context, this, "Study")
    if not database.list_backups(context):
        database.backup(context)
    _settings("database")(stage)
    section = stage.page("settings").findChild(DataSection)
    assert section is not None
    section.place.set_text("/home/ada/.local/share/RetroVue/retrovue.db")
    section.refresh()


_FEW_PLAYS = 100
"""Fewer are what the stage itself plays: the past is still to be filled in."""


def _cleanup(level: str, show_list: str = "listed") -> Callable[["Stage"], None]:
    def show(stage: Stage) -> None:
        from tools.past import fill_history

        from retrovue.gui.pages.cleanup.candidates import CandidatesSection

        context = stage.shell.services().context
        if len(context.plays.list(PlayFilter(limit=_FEW_PLAYS))) < _FEW_PLAYS:
            fill_history(context, stage.server.library)
        page: Any = stage.page("cleanup")
        page.parts.choose("candidates")
        page.refresh()
        _settle(stage.application)
        section = page.parts.section
        assert isinstance(section, CandidatesSection)
        section.level.segment(level).click()
        section.show_switch.segment(show_list).click()
        _settle(stage.application)

    return show


def _cleanup_groups(stage: "Stage") -> None:
    _cleanup("movie")(stage)
    page: Any = stage.page("cleanup")
    panel = page.parts.section.panel
    panel.table.selectRow(5)
    _settle(stage.application)


def _cleanup_leaving(stage: "Stage") -> "QWidget | None":
    from retrovue.gui.pages.cleanup.leaving import LeavingDialog

    _cleanup("movie")(stage)
    page: Any = stage.page("cleanup")
    section = page.parts.section
    section.panel.table.selectRow(0)
    _settle(stage.application)
    section.acts._track(section.rule, section.chosen_level, is_on=True)
    _settle(stage.application)
    section.leaving_button.click()
    _settle(stage.application)
    return _open_dialog(page, LeavingDialog)


def _open_dialog(page: "QWidget", kind: type["QWidget"]) -> "QWidget | None":
    # One that was closed before is deleted a moment later.
    return next((dialog for dialog in page.findChildren(kind) if dialog.isVisible()), None)


def scenes(keys: frozenset[str]) -> list[Scene]:
    """Every scene whose page exists, the empty ones first, the one that stops the server last."""
    empty = ("activity", "library", "servers", "mapping", "sync", "history", "cleanup")
    empty_scenes = [(key, Scene(f"{key}-empty", _page(key), is_empty=True)) for key in empty]
    mapping = mapping_scenes(_settle)
    empty_scenes += [("mapping", scene) for scene in mapping if scene.is_empty]
    counted = statistics_scenes(_settle)
    empty_scenes += [("statistics", scene) for scene in counted if scene.is_empty]
    full = [
        ("activity", Scene("activity", _page("activity"))),
        ("activity", Scene("alerts", _alerts)),
        ("library", Scene("library-shows", _library_tree)),
        ("library", Scene("library-movies", _library_movies)),
        ("library", Scene("library-filtered", _library_filtered, after=_library_unfiltered)),
        *(("servers", one) for one in servers_scenes(_settle)),
        ("mapping", Scene("mapping", _page("mapping"))),
        *(("mapping", scene) for scene in mapping if not scene.is_empty),
        ("sync", Scene("sync", _page("sync"))),
        ("sync", Scene("sync-schedule", _schedule)),
        ("sync", Scene("sync-held-back", _held_back)),
        ("sync", Scene("sync-review", _removals)),
        ("sync", Scene("sync-running", _sync_running, after=_sync_ended)),
        *(("history", one) for one in history_scenes(_settle)),
        *(("statistics", scene) for scene in counted if not scene.is_empty),
        ("cleanup", Scene("cleanup", _cleanup("movie"))),
        ("cleanup", Scene("cleanup-shows", _cleanup("show"))),
        ("cleanup", Scene("cleanup-apart", _cleanup("movie", "apart"))),
        ("cleanup", Scene("cleanup-groups", _cleanup_groups)),
        ("cleanup", Scene("cleanup-leaving", _cleanup_leaving)),
        ("settings", Scene("settings", _settings("sliders"))),
        ("settings", Scene("settings-alerts", _settings("bell"))),
        ("settings", Scene("settings-appearance", _settings("palette"))),
        ("settings", Scene("settings-sync", _settings("arrows-clockwise"))),
        ("settings", Scene("settings-files", _settings("signpost"))),
        ("settings", Scene("settings-clean-up", _settings("broom"))),
        ("settings", Scene("settings-data", _settings_data)),
        ("settings", Scene("settings-advanced", _settings("wrench"))),
        ("settings", Scene("settings-sign-ins", _settings("key"))),
        ("settings", Scene("settings-sharing", _settings("broadcast"))),
        ("settings", Scene("settings-search", _settings("sliders", "tray"), after=_settings("sliders"))),
        ("log", Scene("log", _page("log"))),
        ("log", Scene("log-diagnostics", _diagnostics)),
        *(("library", one) for one in library_scenes(_settle)),
        *(("activity", one) for one in activity_scenes(_settle)),
        *(("sync", one) for one in menu_scenes(_settle)),
        ("servers", down_scene(_settle)),
    ]
    return [scene for key, scene in [*empty_scenes, *full] if key in keys]


def main(arguments: list[str] | None = None) -> int:
    """Render the scenes; returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools.screenshots")
    parser.add_argument("folder", type=Path, nargs="?", default=Path("docs/screenshots"))
    parser.add_argument("--only", nargs="*", help="names of scenes")
    parser.add_argument("--widths", nargs="*", type=int, default=[], choices=[width for width, _height in _SIZES])
    parser.add_argument("--scale", default="", help="one scale, such as 1.5, instead of 1")
    parser.add_argument("--language", default="en", help="such as de")
    parser.add_argument("--all", action="store_true", help="large and narrow windows and scale 2 besides")
    parser.add_argument("--stage", choices=("empty", "full"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.stage is None:
        # A process for each profile: an application that has quit once does not wait in an event loop again.
        words = [sys.executable, "-m", "tools.screenshots", *(arguments or sys.argv[1:])]
        return max(
            subprocess.run(
                [*words, "--stage", stage], env={**os.environ, "QT_SCALE_FACTOR": scale}, check=False
            ).returncode
            for scale in ((options.scale,) if options.scale else ("1", "2") if options.all else ("1",))
            for stage in ("empty", "full")
        )
    sizes: tuple[tuple[int, int], ...] = _SIZES[:1]
    if options.all and os.environ.get("QT_SCALE_FACTOR") != "2":
        sizes = _SIZES
    if options.widths:
        sizes = tuple(size for size in _SIZES if size[0] in options.widths)
    os.environ["RETROVUE_LANGUAGE"] = options.language
    with tempfile.TemporaryDirectory(prefix="nas-", ignore_cleanup_errors=True) as folder:
        request = _Request(options.folder, frozenset(options.only or ()), options.stage == "empty", sizes)
        _render(Path(folder), request)
    return 0


@dataclass(frozen=True)
class _Request:
    target: Path
    only: frozenset[str]
    is_empty: bool
    sizes: tuple[tuple[int, int], ...]


def _render(profile: Path, request: _Request) -> None:
    with _stage(profile, empty=request.is_empty) as stage:
        window = stage.application.window
        keys = frozenset(spec for spec in _KEYS if window.has_page(spec))
        for scene in scenes(keys):
            if scene.is_empty != request.is_empty or (request.only and scene.name not in request.only):
                continue
            _take(scene, stage, request)


_KEYS = ("activity", "library", "servers", "mapping", "sync", "history", "statistics", "cleanup", "settings", "log")


def _take(scene: Scene, stage: Stage, request: _Request) -> None:
    from retrovue.gui.theme.style import Theme

    window = stage.application.window
    ratio = window.devicePixelRatioF()
    scale = f"@{ratio:g}x" if ratio > 1 else ""
    for width, height in request.sizes:
        window.resize(width, height)
        is_dialog = False
        for theme in (Theme.LIGHT, Theme.DARK):
            stage.application.theme.set_choice(theme)
            grabbed = scene.show(stage)
            # What runs on purpose is not waited for.
            if scene.runs_on or stage.shell.services().sync.is_running:
                _wait_ms(_SETTLE_MS)
            else:
                _settle(stage.application)
            is_dialog = grabbed is not None
            size = "" if is_dialog else f"-{width}"
            _save(grabbed or window, request.target / f"{scene.name}{size}-{theme.value}{scale}.png")
            if grabbed is not None:
                grabbed.close()
                _settle(stage.application)
        if is_dialog:
            break
    if scene.after is not None:
        scene.after(stage)


def _save(widget: "QWidget", path: Path) -> None:
    # Without the alpha channel, which says nothing here, and compressed as well as PNG can.
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    image.save(str(path), quality=0)


@contextmanager
def _stage(profile: Path, *, empty: bool) -> Iterator[Stage]:
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from retrovue.core.system.language import speak
    from retrovue.demo.generate import LibrarySpec, make_library
    from retrovue.demo.scripts import SessionScript, evening
    from retrovue.demo.server import DemoServer
    from retrovue.gui.app.application import Application, Hooks
    from retrovue.gui.app.instance import SingleInstance
    from retrovue.gui.app.shell import Shell
    from retrovue.gui.app.startup import WindowOptions, name_process
    from retrovue.gui.theme.style import Theme

    # As the program does: the shell takes its texts when it is made, and Qt's numbers and months follow them.
    speak(os.environ["RETROVUE_LANGUAGE"])
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

    def show(self, notice: DesktopNotice) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def _profile(folder: Path, server: "DemoServer", files: Path, *, empty: bool) -> "AppContext":
    """A profile with the demo server imported, rules that find most of its files, and a file check."""
    from retrovue.core.context import AppContext
    from retrovue.core.domain.servers import ServerKind
    from retrovue.core.domain.sync import SyncRequest
    from retrovue.core.domain.tasks import CancelToken
    from retrovue.core.services.files import check as file_service
    from retrovue.core.services.mapping import rules as mappings
    from retrovue.core.services.servers import registration as servers
    from retrovue.core.services.sync import run_sync
    from retrovue.core.system.dirs import resolve_dirs
    from retrovue.core.system.language import FOLDER_VARIABLE
    from retrovue.demo import files as demo_files

    environ = {"RETROVUE_SECRETS": "memory", "RETROVUE_LANGUAGE": os.environ["RETROVUE_LANGUAGE"]}
    if FOLDER_VARIABLE in os.environ:
        # A language that only tests speak.
        environ[FOLDER_VARIABLE] = os.environ[FOLDER_VARIABLE]
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


def _wait_ms(duration_ms: int) -> None:
    """Let the window work for so long."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(duration_ms, loop.quit)
    loop.exec()


def _settle(application: "Application", *, least_ms: int = 0) -> None:
    """Let everything that was asked for arrive and be painted; a server that never answers is not waited for."""
    from PySide6.QtCore import QElapsedTimer

    clock = QElapsedTimer()
    clock.start()
    quiet_since = 0
    while clock.elapsed() < _PATIENCE_MS:
        _wait_ms(40)
        if application.runner.active_count or clock.elapsed() < least_ms:
            quiet_since = clock.elapsed()
        elif clock.elapsed() - quiet_since >= _SETTLE_MS:
            return
