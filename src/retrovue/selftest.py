"""`retrovue --self-test`: check that everything the program needs is packed and works on this computer.

It is for the one-file executable, where a library loaded by name is easily left out, and for users whose program does
not start. It changes no user data: the catalog is in a temporary folder.
"""

import importlib
import io
import os
import pkgutil
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import retrovue

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QApplication

    from retrovue.gui.app.application import Application

# Alembic runs these files itself, outside any package. `__main__` would start the program.
_NOT_IMPORTED = ("retrovue.core.storage.migrations.", "retrovue.__main__", "retrovue.demo.__main__")
_IMAGE_FORMATS = ("png", "jpeg", "webp", "svg", "ico")
_PLATFORMS = {"win32": ("windows", "offscreen"), "darwin": ("cocoa", "offscreen")}.get(
    sys.platform, ("xcb", "wayland", "offscreen")
)
"""What Qt opens windows with."""
_WINDOW_DEADLINE_MS = 20_000


class SelfTestError(Exception):
    """A check found a missing or broken part. The text has the details."""


def run(stream: TextIO) -> int:
    """Run every check, write one line for each to `stream`, and return 0, or 1 when any failed. Thread: GUI."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        # An error's text can contain characters that the console's encoding lacks.
        reconfigure(errors="backslashreplace")
    stream.write(f"RetroVue {retrovue.__version__}, Python {platform.python_version()}, {platform.platform()}\n")
    failed = 0
    for name, check in CHECKS:
        try:
            line = f"ok    {name}: {check()}"
        except Exception as error:  # noqa: BLE001 - a missing library can fail in any way; run the next check
            failed += 1
            line = f"FAIL  {name}: {type(error).__name__}: {error}"
        stream.write(line + "\n")
        stream.flush()
    return 1 if failed else 0


def _rooms() -> str:
    names = [
        module.name
        for module in pkgutil.walk_packages(retrovue.__path__, "retrovue.")
        if not module.name.startswith(_NOT_IMPORTED)
    ]
    for name in names:
        importlib.import_module(name)
    missing = {"retrovue.core", "retrovue.cli", "retrovue.gui", "retrovue.demo"} - set(names)
    if missing:
        raise SelfTestError(f"not packed: {', '.join(sorted(missing))}")
    return f"{len(names)} modules"


def _catalog() -> str:
    import sqlite3

    from retrovue.core.storage.revisions import HEAD
    from retrovue.core.storage.schema import open_catalog, revision_of

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "retrovue.db")
        open_catalog(path, now=lambda: int(time.time())).close()
        revision = revision_of(path)
        with closing(sqlite3.connect(path)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if revision != HEAD or verdict != "ok":
        raise SelfTestError(f"schema {revision} instead of {HEAD}, integrity {verdict}")
    return f"schema {revision}, SQLite {sqlite3.sqlite_version}"


def _migrations() -> str:
    """Upgrade a catalog of every older schema, each as it would be found on a disk."""
    from retrovue.core.storage.revisions import HEAD, REVISIONS
    from retrovue.core.storage.schema import revision_of
    from retrovue.core.storage.upgrade import upgrade

    with tempfile.TemporaryDirectory() as folder:
        growing = Path(folder, "growing.db")
        for older in REVISIONS:
            upgrade(growing, target=older)
            path = Path(shutil.copy(growing, Path(folder, f"{older}.db")))
            upgrade(path)
            if revision_of(path) != HEAD:
                raise SelfTestError(f"the upgrade from {older} ends at {revision_of(path)} instead of {HEAD}")
    return f"from each of {len(REVISIONS)} schemas to {HEAD}"


def _search() -> str:
    """Find a part of a word, which needs a SQLite with this kind of index."""
    from retrovue.core.storage.catalog import search
    from retrovue.core.storage.schema import open_catalog

    with tempfile.TemporaryDirectory() as folder:
        database = open_catalog(Path(folder, "retrovue.db"), now=lambda: int(time.time()))
        try:
            with database.write() as connection:
                connection.exec_driver_sql("INSERT INTO search_text (id, folded) VALUES (4, 'le fabuleux destin')")
                connection.exec_driver_sql("INSERT INTO search_fts (rowid, folded) VALUES (4, 'le fabuleux destin')")
            with database.read() as connection:
                found = search.find(connection, "abuleu")
        finally:
            database.close()
    if found != [4]:
        raise SelfTestError(f"“abuleu” was found in {found} instead of [4]")
    return "full-text index with trigrams"


def _demo() -> str:
    """Import a library from the built-in server, by the way of every import."""
    from retrovue.core.context import AppContext
    from retrovue.core.domain.servers import ServerKind
    from retrovue.core.domain.sync import SyncRequest
    from retrovue.core.domain.tasks import CancelToken
    from retrovue.core.services.servers.registration import add
    from retrovue.core.services.sync.run import run_sync
    from retrovue.core.services.upkeep.database import info
    from retrovue.core.system.dirs import resolve_dirs
    from retrovue.demo import DemoServer, LibrarySpec, make_library

    wanted = {"shows": 12, "episodes": 60, "movies": 30}
    with tempfile.TemporaryDirectory() as folder, DemoServer(make_library(LibrarySpec(**wanted))) as server:
        dirs = resolve_dirs(Path(folder), environ={}).create()
        context = AppContext(dirs, environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False)
        try:
            add(context, kind=ServerKind.PLEX, name="Demo", url=server.url, secret=server.token)
            run_sync(context, SyncRequest(), CancelToken())
            counts = info(context).counts
        finally:
            context.close()
    imported = {kind: counts[kind] for kind in wanted}
    if imported != wanted:
        raise SelfTestError(f"imported {imported} instead of {wanted}")
    return ", ".join(f"{count} {kind}" for kind, count in imported.items())


def _translations() -> str:
    """Load every language, ours and Qt's for it."""
    from PySide6.QtCore import QLibraryInfo, QTranslator

    from retrovue.core import i18n
    from retrovue.core.system.language import translations
    from retrovue.core.system.resources import resource_path

    before, folder = i18n.language(), resource_path("translations")
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    languages = list(translations())
    try:
        for language in languages:
            if not i18n.set_language(language, folder) or i18n._("Settings") == "Settings":
                raise SelfTestError(f"{language}: no texts")
            if not QTranslator().load(f"qtbase_{language.partition('_')[0]}", qt_folder):
                raise SelfTestError(f"{language}: no texts for Qt's own dialogs")
    finally:
        i18n.set_language(None if before == "en" else before, folder)
    return ", ".join(["en", *languages])


def _command_line() -> str:
    """Run a command: Typer imports many modules only then."""
    from retrovue.cli.argv import parse_global
    from retrovue.cli.main import run as run_command

    said, complained = io.StringIO(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        options = parse_global(["--data-dir", folder, "servers", "list", "--json"])
        code = run_command(options, environ={}, stdout=said, stderr=complained, keyring=lambda: None)
    if code != 0 or said.getvalue().strip() != "[]":
        raise SelfTestError(f"exit code {code}: {said.getvalue().strip()} {complained.getvalue().strip()}")
    return "servers list"


def _time_zones() -> str:
    """Read a zone as on a system that has none of its own, from what is packed."""
    from importlib.resources import files
    from zoneinfo import ZoneInfo

    from tzlocal import get_localzone_name

    with files("tzdata.zoneinfo.Europe").joinpath("Berlin").open("rb") as file:
        ZoneInfo.from_file(file)
    ZoneInfo("Europe/Berlin")
    return f"this computer is in {get_localzone_name()}"


def _tls() -> str:
    """Start a TLS handshake in memory, without a network. It loads the system's certificates."""
    import ssl

    import truststore

    outgoing = ssl.MemoryBIO()
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    connection = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with suppress(ssl.SSLWantReadError):
        connection.do_handshake()
    if outgoing.pending == 0:
        raise SelfTestError("no greeting was written")
    return f"{ssl.OPENSSL_VERSION}, certificates of the system"


def _keyring() -> str:
    """Check that the keyring backend of this system is packed. It need not be running."""
    import keyring

    name = {"win32": "Windows", "darwin": "macOS"}.get(sys.platform, "SecretService")
    importlib.import_module(f"keyring.backends.{name}")
    backend = keyring.get_keyring()
    return f"{name} is packed, {type(backend).__module__} is in use"


def _display() -> str:
    """Load what Qt opens windows with: a library that it needs may be missing where the program was built."""
    for name in _PLATFORMS:
        _load_platform(name)
    return ", ".join(_PLATFORMS)


def _load_platform(name: str) -> None:
    import ctypes

    # First what all of them need, and where they are.
    from PySide6 import QtGui
    from PySide6.QtCore import QLibraryInfo

    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath), "platforms")
    # Wayland's was in two files once.
    found = sorted(folder.glob(f"*q{name}*"))
    if not found:
        raise SelfTestError(f"{QtGui.__name__} has no {name} in {folder}")
    for plugin in found:
        ctypes.CDLL(str(plugin))


def _application() -> "QApplication":
    from PySide6.QtWidgets import QApplication

    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if sys.platform.startswith("linux") and not has_display:
        # Without a display Qt would abort the process instead of raising an error.
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    # The same where it cannot load what it wants to open windows with.
    default = "wayland" if has_display and os.environ.get("WAYLAND_DISPLAY") else _PLATFORMS[0]
    _load_platform(os.environ.get("QT_QPA_PLATFORM", default).partition(":")[0].partition(";")[0])
    return QApplication(["retrovue"])


def _images() -> str:
    from PySide6.QtCore import QBuffer, QIODevice
    from PySide6.QtGui import QImage, QImageReader, QImageWriter

    _application()
    readable = {bytes(name.data()).decode() for name in QImageReader.supportedImageFormats()}
    missing = [name for name in _IMAGE_FORMATS if name not in readable]
    if missing:
        raise SelfTestError(f"no reader for {', '.join(missing)}")
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(0xFF336699)
    for name in ("jpeg", "webp", "png"):
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.ReadWrite)
        if not QImageWriter(buffer, name.encode()).write(image):
            raise SelfTestError(f"{name} cannot be written")
        if QImage.fromData(buffer.data()).size() != image.size():
            raise SelfTestError(f"{name} cannot be read")
    return ", ".join(_IMAGE_FORMATS)


def _icons() -> str:
    from PySide6.QtGui import QColor

    from retrovue.gui.theme import icons

    _application()
    drawn = icons.pixmap("gear-six", QColor("black"), 32).toImage()
    if not any(drawn.pixelColor(x, 16).alpha() for x in range(32)):
        raise SelfTestError("the icon came out empty")
    return f"{len(icons.icon_names())} icons"


def _charts() -> str:
    """Paint a chart as a picture and as a drawing, which needs a part of Qt that nothing else does."""
    from retrovue.gui.charts.bars import BarChart
    from retrovue.gui.charts.card import ChartCard
    from retrovue.gui.charts.data import ChartData, Mark, Series
    from retrovue.gui.charts.saving import Form

    _application()
    card = ChartCard("Plays", BarChart("Plays"))
    marks = tuple(Mark(number, str(number), (float(number),)) for number in range(5))
    card.show_data(ChartData("Day", (Series("Plays", "accent"),), marks))
    sizes = {form.value: len(card.content(form)) for form in Form}
    if not all(sizes.values()) or b"<svg" not in card.content(Form.SVG):
        raise SelfTestError(f"a chart came out empty: {sizes}")
    return ", ".join(sizes)


def _window() -> str:
    """Open the window on an empty profile, and build and paint every page."""
    from retrovue.core.context import AppContext
    from retrovue.core.system.dirs import resolve_dirs
    from retrovue.gui.app.application import Application, Hooks
    from retrovue.gui.app.instance import SingleInstance
    from retrovue.gui.app.shell import Shell
    from retrovue.gui.app.startup import WindowOptions, name_process
    from retrovue.gui.pages.registry import page_specs

    qt = _application()
    name_process(qt)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        dirs = resolve_dirs(data_dir, environ={}).create()
        shell = Shell(data_dir)
        hooks = Hooks(pages=shell.pages, on_ready=shell.on_ready, busy=shell.busy)
        application = Application(
            qt,
            WindowOptions(data_dir),
            lambda: AppContext(dirs, environ={}, keyring=lambda: None, write_log=False),
            hooks,
            SingleInstance(data_dir),
        )
        pages: list[str] = []
        try:
            _wait_for_ready(application)
            for key in (spec.key for spec in page_specs(shell.services)):
                application.window.open_page(key)
                _require_painted(key, application.window.grab().toImage())
                pages.append(key)
        finally:
            application.window.hide()
            application.shutdown()
    return f"{', '.join(pages)} on {qt.platformName()}"


def _wait_for_ready(application: "Application") -> None:
    """Start the window and run Qt until its profile is open."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    application.ready.connect(loop.quit)
    deadline = QTimer()
    deadline.setSingleShot(True)
    deadline.timeout.connect(loop.quit)
    deadline.start(_WINDOW_DEADLINE_MS)
    application.start()
    loop.exec()
    if not deadline.isActive():
        raise SelfTestError(f"the window was not ready after {_WINDOW_DEADLINE_MS / 1000:.0f} s")


def _require_painted(name: str, image: "QImage") -> None:
    """Raise if the window was not painted: it then has one or two colors."""
    points = [(x, y) for x in range(0, image.width(), 8) for y in range(0, image.height(), 8)]
    colours = {image.pixel(x, y) for x, y in points}
    if len(colours) < 3:
        raise SelfTestError(f"the page {name} was painted in {len(colours)} colours")


CHECKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("modules", _rooms),
    ("catalog", _catalog),
    ("migrations", _migrations),
    ("search", _search),
    ("demo", _demo),
    ("command line", _command_line),
    ("time zones", _time_zones),
    ("TLS", _tls),
    ("keyring", _keyring),
    ("translations", _translations),
    ("display", _display),
    ("images", _images),
    ("icons", _icons),
    ("charts", _charts),
    ("window", _window),
)
"""The checks by name. Each returns its finding, or raises."""
