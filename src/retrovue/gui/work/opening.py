"""Opening media files and showing them in the file manager, as each system does it.

Paths may lie on a share that is gone: looking at them happens on a lane and is given up after three seconds.
"""

import logging
import ntpath
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from retrovue.core.domain.suffixes import is_openable
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system.packaged import child_environment, is_packaged
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskRunner

log = logging.getLogger(__name__)

LOOK_TIMEOUT_S = 3.0
OPEN_TIMEOUT_S = 3.0
_FILE_MANAGER = ("/org/freedesktop/FileManager1", "org.freedesktop.FileManager1", "org.freedesktop.FileManager1")


def look_at(path: str, timeout_s: float = LOOK_TIMEOUT_S) -> bool | None:
    """Whether there is something at `path`; None when its disk did not answer in time. Thread: any."""
    answers: list[bool] = []

    def look() -> None:
        answers.append(os.path.lexists(path))

    # A dead share blocks for minutes: the thread that waits for it is left behind.
    thread = threading.Thread(target=look, name="look", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return answers[0] if answers else None


def opens_safely(path: str, platform: str = sys.platform) -> bool:
    """Return whether a path, and what it links to, is a media file; false for folders, which may be programs (.app).

    Thread: a lane; the disk answered just before.
    """
    if platform == "win32" and ":" in ntpath.splitdrive(path)[1]:
        # A stream of another file: `run.exe:film.mkv`.
        return False
    return is_openable(path) and is_openable(os.path.realpath(path)) and not os.path.isdir(path)  # noqa: PTH112 - the text stays as it is written


def start_program(program: str, arguments: Sequence[str]) -> bool:
    """Start a program of the system and let it live on its own. Thread: GUI."""
    process = QProcess()
    process.setProgram(program)
    if sys.platform == "win32":
        # explorer reads its command line itself: quoting the whole argument hides /select from it.
        process.setNativeArguments(" ".join(arguments))
    else:
        process.setArguments(list(arguments))
    environment = QProcessEnvironment()
    for name, value in child_environment().items():
        environment.insert(name, value)
    process.setProcessEnvironment(environment)
    started, _pid = process.startDetached()
    return bool(started)


def open_with_system(url: QUrl) -> bool:
    """Open with the program that the system has for it. Thread: GUI."""
    if sys.platform == "linux" and is_packaged:
        return start_program("xdg-open", [url.toString()])
    return QDesktopServices.openUrl(url)


def ask_xdg_open(path: str, program: str = "xdg-open", timeout_s: float = OPEN_TIMEOUT_S) -> bool | None:
    """Let the desktop open a file or folder, and hear whether it could. Thread: a lane.

    Qt starts the same program and does not wait for it: a file that nothing can play would open nothing, silently.

    Returns:
        Whether it could (still running after `timeout_s` counts: some desktops stay with the player); None where
        there is no such program.
    """
    found = shutil.which(program)
    if found is None:
        return None
    codes: list[int] = []

    def run() -> None:
        codes.append(
            subprocess.call(
                [found, path],
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )

    thread = threading.Thread(target=run, name="xdg-open", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return codes[0] == 0 if codes else True


def select_over_dbus(path: str) -> bool:
    """Ask the desktop's file manager to show and select a file; False where there is none. Thread: a lane."""
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection
    from jeepney.wrappers import DBusErrorResponse, unwrap_msg

    try:
        with open_dbus_connection("SESSION") as connection:
            address = DBusAddress(_FILE_MANAGER[0], bus_name=_FILE_MANAGER[1], interface=_FILE_MANAGER[2])
            call = new_method_call(address, "ShowItems", "ass", ([Path(path).as_uri()], ""))
            unwrap_msg(connection.send_and_get_reply(call, timeout=LOOK_TIMEOUT_S))
    except (OSError, KeyError, ValueError, TimeoutError, DBusErrorResponse) as error:
        log.info("no file manager answered: %s", error)
        return False
    return True


class FileOpener(QObject):
    """Opens and shows local files. Thread: GUI.

    Args:
        runner: looks at paths on the lane "open".
        platform: as `sys.platform`.
        ask: asked on a lane to open a path; None where there is nothing to ask, then `open_url` does it.
        open_url, start, select: what does it; replaced in tests.
    """

    failed = Signal(str, str)
    """What happened and what to do."""

    def __init__(
        self,
        runner: TaskRunner,
        *,
        platform: str = sys.platform,
        ask: Callable[[str], bool | None] | None = None,
        open_url: Callable[[QUrl], bool] | None = None,
        start: Callable[[str, Sequence[str]], bool] = start_program,
        select: Callable[[str], bool] = select_over_dbus,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._platform = platform
        is_desktop = open_url is None and platform.startswith("linux")
        self._ask = ask if ask is not None else ask_xdg_open if is_desktop else None
        self._open_url = open_url or open_with_system
        self._start = start
        self._select = select
        self.unopened = ""
        """The file that the failure is about, where it is there and its folder can be shown."""

    def open_file(self, path: str) -> None:
        """Open a media file with the player that the system has for it; anything else is shown in its folder."""
        self.unopened = ""

        def look(_token: CancelToken, _report: object) -> tuple[bool | None, bool]:
            there = look_at(path)
            return there, bool(there) and opens_safely(path, self._platform)

        handle = self._runner.submit(look, lane=Lane.OPEN)
        handle.succeeded.connect(lambda seen: self._on_looked(path, seen[0], lambda: self._open_if(path, seen[1])))

    def _open_if(self, path: str, is_safe: bool) -> None:
        if is_safe:
            self._open(path, path)
            return
        self.failed.emit(
            _("This file is not opened, because it is not a video or audio file: {path}").format(path=path),
            _("It is shown in its folder instead."),
        )
        self._show(path)

    def show_in_folder(self, path: str) -> None:
        """Show a file, selected, in the file manager."""
        self._after_look(path, lambda: self._show(path))

    def _after_look(self, path: str, act: Callable[[], None]) -> None:
        handle = self._runner.submit(lambda _token, _report: look_at(path), lane=Lane.OPEN)
        handle.succeeded.connect(lambda there: self._on_looked(path, there, act))

    def _on_looked(self, path: str, there: bool | None, act: Callable[[], None]) -> None:
        if there is None:
            self.failed.emit(
                _("The disk of {path} is not responding.").format(path=path), _("Connect it, then try again.")
            )
        elif not there:
            self.failed.emit(
                _("File not found: {path}").format(path=path),
                _("Check the path mapping, or check files again."),
            )
        else:
            act()

    def _open(self, opened: str, path: str) -> None:
        ask = self._ask
        if ask is None:
            self._on_asked(None, opened, path)
            return
        handle = self._runner.submit(lambda _token, _report: ask(opened), lane=Lane.OPEN)
        handle.succeeded.connect(lambda could: self._on_asked(could, opened, path))

    def _on_asked(self, could: bool | None, opened: str, path: str) -> None:
        if could is None:
            could = self._open_url(QUrl.fromLocalFile(opened))
        if could:
            return
        self.unopened = path if opened == path else ""
        self.failed.emit(
            _("No program could open {path}.").format(path=path),
            _("Choose a player for this kind of file in the system settings."),
        )

    def _show(self, path: str) -> None:
        if self._platform == "win32":
            done = self._start("explorer", [f'/select,"{path}"'])
        elif self._platform == "darwin":
            done = self._start("open", ["-R", path])
        else:
            select = self._select

            def ask(_token: CancelToken, _report: object) -> bool:
                return select(path)

            handle = self._runner.submit(ask, lane=Lane.OPEN)
            handle.succeeded.connect(lambda shown: None if shown else self._open(os.path.dirname(path), path))  # noqa: PTH120 - the text stays as it is written
            return
        if not done:
            self._open(os.path.dirname(path), path)  # noqa: PTH120 - the text stays as it is written
