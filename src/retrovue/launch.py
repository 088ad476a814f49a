"""Start of the window on a profile. Only this module and `gui` import Qt."""

import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from retrovue.core.domain.errors import RetroVueError
from retrovue.core.system.dirs import AppDirs, resolve_dirs
from retrovue.core.system.display import has_display
from retrovue.core.system.language import speak
from retrovue.core.system.logging import redact
from retrovue.core.system.settings import Settings, SettingsStore

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

_STORAGE = 4


def open_profile(
    data_dir: Path | None, *, minimized: bool = False, verbose: bool = False, arguments: tuple[str, ...] = ()
) -> int:
    """Open the window. Return the exit code when it ends. Thread: main."""
    opened = _open_folder(data_dir)
    if opened is None:
        return _STORAGE
    dirs, settings = opened
    console = logging.StreamHandler() if verbose else None

    def make_context() -> "AppContext":
        # After the first paint, on the worker that opens the profile: 5 % of the start, measured.
        from retrovue.core.context import AppContext

        return AppContext(dirs, console=console)

    return _run(dirs, settings, make_context, minimized=minimized, arguments=arguments)


def _open_folder(data_dir: Path | None) -> tuple[AppDirs, Settings] | None:
    """The folders and what is set there; asks for another folder while this one cannot be used. None: gave up."""
    while True:
        dirs = resolve_dirs(data_dir)
        try:
            return dirs.create(), SettingsStore(dirs.settings_file).current
        except RetroVueError as error:
            sys.stderr.write(error.command_text() + "\n")
            if not has_display():
                return None
            from retrovue.gui.app.stuck import ask_for_folder
            from retrovue.gui.theme.style import Theme

            data_dir = ask_for_folder(error, dirs.data_dir, Theme.SYSTEM)
            if data_dir is None:
                return None


def open_on(context: "AppContext") -> int:
    """Open the window on an open profile (of the demo). The window closes it."""
    return _run(context.dirs, context.settings, lambda: context)


def _run(
    dirs: AppDirs,
    settings: Settings,
    make_context: Callable[[], "AppContext"],
    *,
    minimized: bool = False,
    arguments: tuple[str, ...] = (),
) -> int:
    from PySide6.QtCore import QCoreApplication, QTimer

    from retrovue.gui.app.shell import open_window
    from retrovue.gui.app.startup import WindowOptions
    from retrovue.gui.theme.style import Theme

    # The window is built before the context, which is opened after the first paint.
    speak(settings.language)
    options = WindowOptions(
        data_dir=dirs.data_dir,
        arguments=arguments,
        minimized=minimized,
        theme=Theme(settings.appearance),
        close_to_tray=settings.close_to_tray,
    )

    def end(_number: int, _frame: FrameType | None) -> None:
        # exit() and not quit(): quit() asks the windows, and one that goes to the tray would say no. And not from
        # here: a signal comes in the middle of anything, of an import even, whose lock a lane may be waiting for
        # while the shutdown waits for the lane.
        QTimer.singleShot(0, lambda: QCoreApplication.exit(0))

    # The handlers of the command line only cancel its token, so the window would not close on Ctrl+C.
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return open_window(options, make_context, redact=redact)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
