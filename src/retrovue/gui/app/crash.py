"""Mistakes of the program: logged, told once, and never silent. Hard crashes leave a file behind."""

import faulthandler
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, Signal, qInstallMessageHandler

from retrovue.core.system import deeds
from retrovue.core.system.files import create_private

_log = logging.getLogger(__name__)
_qt_log = logging.getLogger("qt")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class CrashGuard(QObject):
    """Catches what nobody caught, on any thread, logs it and tells the GUI thread.

    An exception in a slot is printed and the event loop goes on, so without this a broken button only
    seems to do nothing. Create on the GUI thread; the hooks run on whichever thread raised.
    """

    caught = Signal(object)
    """The exception. Arrives on the GUI thread, because receivers live there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._installed = False
        self._old_sys: Callable[..., object] | None = None
        self._old_threading: Callable[..., object] | None = None
        self._old_qt: Callable[..., object] | None = None

    def install(self) -> None:
        """Take over the three hooks."""
        if self._installed:
            return
        self._installed = True
        self._old_sys, sys.excepthook = sys.excepthook, self._on_exception
        self._old_threading, threading.excepthook = threading.excepthook, self._on_thread_exception
        self._old_qt = qInstallMessageHandler(self._on_qt_message)

    def uninstall(self) -> None:
        """Give the hooks back. Messages that Qt writes while it is torn down go to its own handler."""
        if not self._installed:
            return
        self._installed = False
        if self._old_sys is not None:
            sys.excepthook = self._old_sys
        if self._old_threading is not None:
            threading.excepthook = self._old_threading
        qInstallMessageHandler(self._old_qt)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        from retrovue.gui.work.messages import message_for

        _log.error("nobody caught this", exc_info=(kind, error, trace))
        deeds.complain(message_for(error).text)
        self.caught.emit(error)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or issubclass(args.exc_type, SystemExit):
            return
        name = args.thread.name if args.thread is not None else "?"
        exc_info = (args.exc_type, args.exc_value, args.exc_traceback)
        from retrovue.gui.work.messages import message_for

        _log.error("nobody caught this on thread %s", name, exc_info=exc_info)
        deeds.complain(message_for(args.exc_value).text)
        self.caught.emit(args.exc_value)

    def _on_qt_message(self, kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        _qt_log.log(_LEVELS.get(kind, logging.WARNING), "%s", text)


class FaultFile:
    """The file into which `faulthandler` writes the stacks when the process is killed by a signal.

    It stays empty in a run that ends well, so a file with content at the start tells of a crash before. Where
    `faulthandler` is on already (`python -X faulthandler`, pytest), it goes on writing where it was told to.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "crash.txt"
        self._file: IO[str] | None = None
        self._is_enabled = False
        self.previous = ""
        """What the last run left behind; empty when it ended well."""

    def open(self) -> None:
        """Read what the last run left, and start anew.

        Raises:
            OSError: the folder cannot be written.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if self._path.exists():
            self.previous = self._path.read_text(encoding="utf-8", errors="replace").strip()
        create_private(self._path)
        self._file = self._path.open("w", encoding="utf-8")
        if not faulthandler.is_enabled():
            self._is_enabled = True
            faulthandler.enable(self._file)

    def close(self) -> None:
        """The run ended well: nothing to tell next time."""
        if self._file is None:
            return
        if self._is_enabled:
            self._is_enabled = False
            faulthandler.disable()
        self._file.close()
        self._file = None
        self._path.unlink(missing_ok=True)
