"""What the process is made of: one instance, mistakes that are told, messages, notices."""

import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Slot, qWarning
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from retrovue.core.domain import errors
from retrovue.gui.alerts.desktop import DBusNotifier, DesktopNotice
from retrovue.gui.app.crash import CrashGuard, FaultFile
from retrovue.gui.app.instance import SecondStart, SingleInstance, runtime_folder, server_name
from retrovue.gui.app.main_window import MainWindow
from retrovue.gui.dialogs.crash import CrashDialog
from retrovue.gui.dialogs.message import ConfirmDialog, MessageDialog
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.work.messages import UserMessage, message_for, show_message

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


# -- one instance


@pytest.fixture
def instance(qtbot: QtBot, tmp_path: Path) -> Iterator[SingleInstance]:
    made = SingleInstance(tmp_path)
    assert made.claim()
    yield made
    made.close()


_SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
app = QCoreApplication([])
from retrovue.gui.app.instance import SingleInstance
instance = SingleInstance(Path(sys.argv[1]))
claimed = instance.claim(tuple(sys.argv[2:]))
print("first" if claimed else "second")
"""


def second_process(data_dir: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_ACTIVATION_TOKEN": "token-1"}
    return subprocess.Popen(
        [sys.executable, "-c", _SECOND, str(data_dir), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_second_process_hands_its_arguments_over(instance: SingleInstance, qtbot: QtBot, tmp_path: Path) -> None:
    with qtbot.waitSignal(instance.started_again) as blocker:
        process = second_process(tmp_path, "--minimized", "retrovue://item/7", "Łódź")
    assert blocker.args == [SecondStart(("--minimized", "retrovue://item/7", "Łódź"), "token-1")]
    assert process.communicate(timeout=60)[0].strip() == "second"
    assert process.returncode == 0


def test_another_data_directory_is_another_instance(instance: SingleInstance, tmp_path: Path) -> None:
    process = second_process(tmp_path / "other")
    assert process.communicate(timeout=60)[0].strip() == "first"
    assert server_name(tmp_path) != server_name(tmp_path / "other")
    assert server_name(tmp_path) == server_name(tmp_path / "other" / "..")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of Windows vanish with their owner")
def test_the_socket_of_a_crashed_owner_is_taken_over(qtbot: QtBot, tmp_path: Path) -> None:
    crash = _SECOND + "\nimport os; os._exit(1)\n"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    # os._exit without closing leaves the socket file behind, as a crash does.
    subprocess.run([sys.executable, "-c", crash, str(tmp_path)], env=environment, timeout=30, check=False)
    probe = QLocalSocket()
    probe.connectToServer(server_name(tmp_path))
    assert not probe.waitForConnected(1000)
    assert probe.error() == QLocalSocket.LocalSocketError.ConnectionRefusedError
    heir = SingleInstance(tmp_path)
    assert heir.claim()
    heir.close()


@pytest.mark.parametrize(
    "sent",
    [b"hello\n", b"[1]\n", b'{"arguments": [1]}\n', b'{"arguments": "x"}\n', b"x" * 70_000, b"[" * 60_000 + b"\n"],
)
def test_nonsense_on_the_socket_is_dropped(
    instance: SingleInstance, qtbot: QtBot, tmp_path: Path, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    socket = QLocalSocket()
    socket.connectToServer(server_name(tmp_path))
    assert socket.waitForConnected(1000)
    with qtbot.assertNotEmitted(instance.started_again), qtbot.waitSignal(socket.disconnected):
        socket.write(sent)
    assert "no second start" in caplog.text


def test_a_message_in_two_parts_is_put_together(instance: SingleInstance, qtbot: QtBot, tmp_path: Path) -> None:
    socket = QLocalSocket()
    socket.connectToServer(server_name(tmp_path))
    assert socket.waitForConnected(1000)
    with qtbot.waitSignal(instance.started_again) as blocker:
        socket.write(b'{"arguments": ["--min')
        socket.flush()
        QApplication.processEvents()
        socket.write(b'imized"]}\n')
    assert blocker.args == [SecondStart(("--minimized",))]


# -- mistakes


@pytest.fixture
def guard(qtbot: QtBot) -> Iterator[CrashGuard]:
    made = CrashGuard()
    made.install()
    yield made
    made.uninstall()


class Receiver(QObject):
    """Lives on the GUI thread and notes on which thread it was called."""

    def __init__(self, guard: CrashGuard) -> None:
        super().__init__()
        self.caught: list[tuple[BaseException, int]] = []
        guard.caught.connect(self.on_caught)

    @Slot(object)
    def on_caught(self, error: BaseException) -> None:
        self.caught.append((error, threading.get_ident()))


def test_a_mistake_on_a_thread_is_logged_and_told_on_the_gui_thread(
    guard: CrashGuard, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    receiver = Receiver(guard)

    def fail() -> None:
        raise LookupError("no such row")

    thread = threading.Thread(target=fail, name="artwork")
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(receiver.caught))
    error, ident = receiver.caught[0]
    assert isinstance(error, LookupError)
    assert ident == threading.get_ident()
    assert "artwork" in caplog.text
    assert "no such row" in caplog.text


def test_a_mistake_on_the_gui_thread_is_told_and_ctrl_c_is_not(
    guard: CrashGuard, qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver = Receiver(guard)
    error = ValueError("odd")
    sys.excepthook(ValueError, error, None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert [caught for caught, _ident in receiver.caught] == [error]
    assert "KeyboardInterrupt" in capsys.readouterr().err


def test_hooks_are_given_back(qtbot: QtBot) -> None:
    before = (sys.excepthook, threading.excepthook)
    guard = CrashGuard()
    guard.install()
    guard.install()
    assert sys.excepthook is not before[0]
    guard.uninstall()
    assert (sys.excepthook, threading.excepthook) == before


def test_what_qt_says_goes_to_the_log(guard: CrashGuard, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="qt")
    qWarning("a sheet cannot be parsed")
    assert "a sheet cannot be parsed" in caplog.text


_FAULT = """
import sys
from pathlib import Path
from retrovue.gui.app.crash import FaultFile
faults = FaultFile(Path(sys.argv[1])); faults.open()
import faulthandler; faulthandler._sigsegv()
"""

_ENABLED_FAULT = """
import faulthandler; faulthandler.enable()
import sys
from pathlib import Path
from retrovue.gui.app.crash import FaultFile
faults = FaultFile(Path(sys.argv[1])); faults.open()
faults.close(); faults.open()
faulthandler._sigsegv()
"""


def test_stacks_go_where_python_was_told_to_write_them(tmp_path: Path) -> None:
    """As under pytest, whose report of a test that died was lost."""
    died = subprocess.run(
        [sys.executable, "-c", _ENABLED_FAULT, str(tmp_path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert died.returncode != 0
    assert "Fatal Python error" in died.stderr or "Windows fatal exception" in died.stderr
    assert (tmp_path / "crash.txt").read_text() == ""


def test_a_hard_crash_leaves_stacks_and_a_good_end_leaves_nothing(tmp_path: Path) -> None:
    died = subprocess.run([sys.executable, "-c", _FAULT, str(tmp_path)], capture_output=True, timeout=30, check=False)
    assert died.returncode != 0
    faults = FaultFile(tmp_path)
    faults.open()
    assert "Fatal Python error" in faults.previous or "Windows fatal exception" in faults.previous
    faults.close()
    again = FaultFile(tmp_path)
    again.open()
    assert again.previous == ""
    again.close()


# -- messages


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (errors.AuthError(), "Sign-in refused"),
        (errors.UnreachableError("nas was not found."), "Could not reach the server"),
        (errors.TlsError("The certificate expired."), "Certificate not trusted"),
        (errors.ProtocolError("Not a media server."), "Unexpected response from the server"),
        (errors.DiskFullError("Full."), "The disk is full"),
        (errors.LockedError("Locked."), "Problem with the catalog"),
        (errors.ConfigError("No."), "Cannot continue"),
    ],
)
def test_our_errors_are_shown_as_written(error: errors.RetroVueError, title: str) -> None:
    said = message_for(error)
    assert said == UserMessage(title, error.text, error.hint, error.detail)


def test_a_mistake_is_one_plain_sentence_with_a_redacted_traceback() -> None:
    try:
        raise KeyError("X-Plex-Token=abc123")
    except KeyError as error:
        said = message_for(error, redact=lambda text: text.replace("abc123", "•••"))
    assert "KeyError" in said.text
    assert "Traceback" in said.detail
    assert "abc123" not in said.detail + said.text + said.hint


def test_a_box_shows_markup_as_text_and_copies_everything(qtbot: QtBot) -> None:
    message = UserMessage("Not <b>bold</b>", "File <stdin>", "Do <i>this</i>.", "Traceback <module>")
    dialog = show_message(None, message)
    qtbot.addWidget(dialog)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert {"Not <b>bold</b>", "File <stdin>", "Do <i>this</i>."} <= set(texts)
    assert dialog.details is not None
    assert not dialog.details.isVisible()
    assert dialog.fold is not None
    dialog.fold.click()
    assert dialog.details.isVisible()
    assert dialog.plain_text.endswith("Traceback <module>")
    dialog.accept()


def test_without_details_there_is_nothing_to_fold(qtbot: QtBot) -> None:
    dialog = MessageDialog("Title", "Text")
    qtbot.addWidget(dialog)
    assert dialog.details is None
    assert dialog.fold is None


def test_repeats_only_count(qtbot: QtBot) -> None:
    dialog = CrashDialog("Unexpected", "A mistake.", "Try again.", "Traceback")
    qtbot.addWidget(dialog)
    dialog.count_again()
    dialog.count_again()
    assert dialog.times == 3
    assert "This has happened 3 times." in [label.text() for label in dialog.findChildren(QLabel)]


def test_a_destructive_act_is_not_the_default(qtbot: QtBot) -> None:
    dialog = ConfirmDialog('Remove "Cabin"?', "Its 20,999 items leave the catalog.", "Remove", destructive=True)
    qtbot.addWidget(dialog)
    assert dialog.cancel_button.isDefault()
    assert not dialog.act_button.isDefault()
    with qtbot.waitSignal(dialog.confirmed):
        dialog.act_button.click()


def test_cancel_confirms_nothing_and_a_tick_is_remembered(qtbot: QtBot) -> None:
    dialog = ConfirmDialog("Quit RetroVue?", "Syncs stop.", "Quit", remember="Do not ask again")
    qtbot.addWidget(dialog)
    assert not dialog.remembered
    assert dialog.remember_box is not None
    dialog.remember_box.setChecked(True)
    assert dialog.remembered
    with qtbot.assertNotEmitted(dialog.confirmed):
        dialog.cancel_button.click()


# -- notices on D-Bus


@pytest.mark.skipif(sys.platform != "linux", reason="D-Bus is the notice service of Linux")
def test_without_a_bus_every_notice_comes_back(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    notifier = DBusNotifier()
    notices = [DesktopNotice(str(n), f"DesktopNotice {n}") for n in range(3)]
    back: list[DesktopNotice] = []
    notifier.undelivered.connect(back.append)
    for notice in notices:
        notifier.show(notice)
    qtbot.waitUntil(lambda: len(back) == 3)
    assert sorted(back, key=lambda n: n.key) == notices
    with qtbot.waitSignal(notifier.undelivered):
        notifier.show(notices[0])
    notifier.close()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_files_of_the_window_are_for_this_user_alone(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        (tmp_path / "window.ini").touch(0o644)
        window = MainWindow([], ThemeController(qapp, Theme.LIGHT, qapp), tmp_path)
        qtbot.addWidget(window)
        window.save_geometry()
        faults = FaultFile(tmp_path)
        faults.open()
        assert (tmp_path / "window.ini").stat().st_size > 0
        for name in ("window.ini", "crash.txt"):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        faults.close()
    finally:
        os.umask(before)


@pytest.mark.skipif(sys.platform == "win32", reason="named pipes")
def test_the_socket_is_in_a_folder_that_only_this_user_can_write(tmp_path: Path) -> None:
    folder = Path(server_name(tmp_path)).parent
    assert folder.stat().st_uid == os.getuid()
    assert not folder.stat().st_mode & 0o022
    assert folder != Path(tempfile.gettempdir())
    open_to_all, link, mine = tmp_path / "open", tmp_path / "link", tmp_path / f"retrovue-{os.getuid()}"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    link.symlink_to(tmp_path)
    assert runtime_folder([open_to_all, link, tmp_path / "none", Path("relative")]) is None
    assert runtime_folder([open_to_all, mine]) == mine
    assert mine.stat().st_mode & 0o777 == 0o700
