"""How the window is started: options, what the rest of the window adds, names, and starting again."""

import sys
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from retrovue import __version__
from retrovue.core import i18n
from retrovue.gui.theme import icons
from retrovue.gui.theme.style import Theme


@dataclass(frozen=True)
class WindowOptions:
    """How to start.

    Args:
        data_dir: the profile; exists and can be written.
        arguments: of the command line, handed to a running instance.
        minimized: start in the tray, or minimised where there is none.
        theme: what the settings say.
        close_to_tray: closing the window keeps the tray, where there is one.
        tray_wait_ms: at login the tray may come after us; so long it is waited for before the window shows minimised.
    """

    data_dir: Path
    arguments: tuple[str, ...] = ()
    minimized: bool = False
    theme: Theme = Theme.SYSTEM
    close_to_tray: bool = True
    tray_wait_ms: int = 30_000


def restart_command(arguments: tuple[str, ...]) -> tuple[str, list[str]]:
    """(program, arguments) that start this program again; a frozen one is its own executable."""
    if getattr(sys, "frozen", False):
        return sys.executable, list(arguments)
    return sys.executable, ["-m", "retrovue", *arguments]


def name_process(app: QApplication) -> None:
    """Tell the desktop who we are: window groups, notices and numbers depend on it."""
    app.setApplicationName("RetroVue")
    app.setApplicationDisplayName("RetroVue")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("retrovue")
    app.setWindowIcon(icons.app_icon())
    follow_language(app)
    if sys.platform == "win32":
        import ctypes

        # Without it Windows heads notices with the name of the executable and groups us under Python.
        ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("RetroVue.RetroVue")


def follow_language(app: QApplication) -> None:
    """Qt's own dialogs, and the names of months and the form of numbers, in the language of our texts."""
    for translator in app.findChildren(QTranslator):
        app.removeTranslator(translator)
        translator.deleteLater()
    system, ours = QLocale.system(), QLocale(i18n.language())
    # The C locale has no thousands separators either: 41880 instead of 41,880.
    if system.language() != ours.language():
        known = QLocale(ours.language(), system.territory())
        ours = known if known.language() == ours.language() else ours
        QLocale.setDefault(ours)
    else:
        QLocale.setDefault(system)
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    # Without a file Qt stays English, the language of its sources.
    if translator.load(ours, "qtbase", "_", folder):
        app.installTranslator(translator)
