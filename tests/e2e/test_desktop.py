"""A real run on a real display: window manager, tray and notification service, all of them fresh for each test."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerKind
from retrovue.core.services.servers import registration as servers
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.secrets import token_variable
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.playback import PHONE, USERS

TOOLS = ("Xvfb", "openbox", "trayer", "dunst", "dbus-run-session", "xdotool", "xwininfo", "xprop")
_MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
_WINDOW_WIDTH = 400
_STARTED = "started watching'"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 and D-Bus are of Linux"),
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed here: {', '.join(_MISSING)}"),
]


def wait_for(condition: Callable[[], object], what: str, timeout_s: float = 30) -> None:
    """Ask again and again: nobody tells this process about windows of others."""
    pause, deadline_s = threading.Event(), time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} did not happen within {timeout_s:.0f} s"
        pause.wait(0.1)


class Desktop:
    """A display with a session bus, a window manager, a tray and a notification service."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []
        own = ("QT_", "WAYLAND", "XDG_")
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(own)}
        self.environment |= {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "QT_QPA_PLATFORM": "xcb"}

    def open(self, *, tray: bool = True) -> None:
        """Start everything; each part is there before the next one begins."""
        number = self._folder / "display"
        with number.open("wb") as told:
            self.start("Xvfb", "-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp", stdout=told)
        wait_for(lambda: number.read_text().strip(), "a display")
        self.environment["DISPLAY"] = f":{number.read_text().strip()}"
        address = self._folder / "bus"
        with address.open("wb") as told:
            script = 'echo "$DBUS_SESSION_BUS_ADDRESS"; exec sleep 600'
            self.start("dbus-run-session", "--", "sh", "-c", script, stdout=told)
        wait_for(lambda: address.read_text().strip(), "a session bus")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address.read_text().strip()
        self.start("openbox")
        wait_for(lambda: "_NET_SUPPORTING_WM_CHECK" in self.ask("xprop", "-root"), "a window manager")
        if tray:
            self.open_tray()
        with (self._folder / "dunst.log").open("wb") as told:
            self.start("dunst", "-print", stdout=told)

    def open_tray(self) -> None:
        """Start the panel with the tray."""
        options = "--edge bottom --align right --widthtype request --height 32 --SetDockType true"
        self.start("trayer", *options.split())
        wait_for(lambda: "panel" in self.ask("xwininfo", "-root", "-tree"), "a tray")

    def start(self, *command: str, stdout: object = subprocess.DEVNULL, **variables: str) -> subprocess.Popen[bytes]:
        """Start a process that `close` ends."""
        process = subprocess.Popen(
            command,
            stdout=stdout,  # type: ignore[arg-type]
            stderr=subprocess.DEVNULL,
            env={**self.environment, **variables},
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def ask(self, *command: str) -> str:
        """What a tool says; empty when it found nothing."""
        return subprocess.run(
            command, capture_output=True, text=True, env=self.environment, check=False, timeout=20
        ).stdout

    def notices(self) -> str:
        """Everything that the notification service was given."""
        return (self._folder / "dunst.log").read_text("utf-8", "replace")

    def _widths(self) -> dict[int, int]:
        """The windows of the program by id, with their widths; its icon in the tray is one of them."""
        tree = self.ask("xwininfo", "-root", "-tree")
        listed = re.findall(r'(0x[0-9a-f]+) "RetroVue": \("retrovue" "RetroVue"\)\s+(\d+)x\d+', tree)
        return {int(number, 16): int(width) for number, width in listed}

    def titles(self) -> list[str]:
        """The titles of all visible windows. xdotool cannot look for one that is not ASCII."""
        shown = self.ask("xdotool", "search", "--onlyvisible", "--name", ".").split()
        return [self.ask("xdotool", "getwindowname", number).strip() for number in shown]

    def click_notice(self) -> None:
        """Click the notice that is on the screen, as a person does."""
        wait_for(lambda: self.ask("xdotool", "search", "--onlyvisible", "--class", "Dunst"), "the notice on the screen")
        shown = self.ask("xdotool", "search", "--onlyvisible", "--class", "Dunst").split()[-1]
        self.ask("xdotool", "mousemove", "--window", shown, "30", "20")
        self.ask("xdotool", "click", "1")

    def click_tray_icon(self, button: int) -> None:
        """Click the icon in the tray."""
        icon = next(number for number, width in self._widths().items() if 1 < width < _WINDOW_WIDTH)
        self.ask("xdotool", "mousemove", "--window", str(icon), "8", "8")
        self.ask("xdotool", "click", str(button))

    def menu(self) -> bool:
        """Whether a menu of the program is open: windows that no window manager has framed."""
        tree = self.ask("xwininfo", "-root", "-tree")
        return bool(re.search(r'\("retrovue" "RetroVue"\)\s+(?:1\d\d|2\d\d|3\d\d)x(?:1\d\d|2\d\d|3\d\d|4\d\d)\+', tree))

    def window(self) -> str:
        """The id of the window of the program, empty while it is hidden."""
        shown = {int(found) for found in self.ask("xdotool", "search", "--onlyvisible", "--name", "RetroVue").split()}
        return next((str(n) for n, width in self._widths().items() if width >= _WINDOW_WIDTH and n in shown), "")

    def tray_icon(self) -> bool:
        """Whether an icon of the program is in the tray: as wide as the tray lets it be."""
        return any(1 < width < _WINDOW_WIDTH for width in self._widths().values())

    def press(self, keys: str) -> None:
        """Press keys in the window of the program."""
        self.press_in(self.window(), keys)

    def press_in(self, window: str, keys: str) -> None:
        """Press keys in a window that is brought to the front for it.

        The keys are not addressed to the window: xdotool would then send their release to the window alone, and the
        display would go on holding Alt+F4 down once that has hidden the window.
        """
        self.ask("xdotool", "windowactivate", "--sync", window)
        self.ask("xdotool", "key", keys)

    def close(self) -> None:
        """End everything, the newest first, each with its children."""
        for process in reversed(self._started):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(60)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    desktop = Desktop(folder)
    try:
        yield desktop
    finally:
        desktop.close()


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(make_library(LibrarySpec(shows=12, episodes=60, movies=30))) as server:
        yield server


def profile(folder: Path, server: DemoServer) -> dict[str, str]:
    """A profile that knows the server; gives the environment that a run on it needs."""
    environ = {"RETROVUE_SECRETS": "memory", "RETROVUE_DATA_DIR": str(folder)}
    context = AppContext(resolve_dirs(folder), environ=environ, keyring=lambda: None, write_log=False)
    servers.add(context, kind=ServerKind.PLEX, name="Attic", url=server.url, secret=server.token)
    context.close()
    quick = {"RETROVUE_POLL_S": "0.3", "RETROVUE_IDLE_POLL_S": "0.3", "RETROVUE_NOTICE_DELAY_S": "0"}
    return {**environ, **quick, token_variable("Attic"): server.token}


def polled(server: DemoServer, times: int) -> bool:
    """Whether the program has asked who is playing so often, since it was first asked here."""
    return sum(record.path.endswith("/status/sessions") for record in list(server.requests)) >= times


def test_window_tray_one_notice_and_quit(desktop: Desktop, server: DemoServer, tmp_path: Path) -> None:
    desktop.open()
    variables = profile(tmp_path / "profile", server)
    server.reset_counters()
    program = desktop.start(sys.executable, "-m", "retrovue", **variables)
    wait_for(desktop.window, "the window")
    wait_for(desktop.tray_icon, "the icon in the tray")
    wait_for(lambda: polled(server, 2), "the first looks at the server")

    seen, heard = server.library.members("1", "movie")[:2]
    server.playbacks.start(seen.id)
    server.reset_counters()
    wait_for(lambda: polled(server, 5), "further looks at the server")
    # Whoever looks at the window needs no notice.
    assert _STARTED not in desktop.notices()

    desktop.press("alt+F4")
    wait_for(lambda: not desktop.window(), "the window hides")
    assert program.poll() is None
    assert desktop.tray_icon()
    wait_for(lambda: "RetroVue keeps running in the tray." in desktop.notices(), "the explanation")

    server.playbacks.start(heard.id, USERS[1])
    wait_for(lambda: _STARTED in desktop.notices(), "the notice")
    server.reset_counters()
    wait_for(lambda: polled(server, 5), "further looks at the server")
    assert desktop.notices().count(_STARTED) == 1
    assert heard.title in desktop.notices()

    again = desktop.start(sys.executable, "-m", "retrovue", **variables)
    assert again.wait(30) == 0
    wait_for(desktop.window, "the window comes back")

    desktop.press("ctrl+q")
    assert program.wait(30) == 0
    assert not desktop.tray_icon()
    assert desktop.notices().count(_STARTED) == 1


def test_a_click_on_the_notice_opens_the_card_and_the_menu_of_the_tray_quits(
    desktop: Desktop, server: DemoServer, tmp_path: Path
) -> None:
    # As most desktops do: the left button takes the default action.
    settings = Path(desktop.environment["HOME"]) / ".config" / "dunst" / "dunstrc"
    settings.parent.mkdir(parents=True)
    settings.write_text("[global]\nmouse_left_click = do_action, close_current\n", encoding="utf-8")
    desktop.open()
    other, seen = server.library.members("1", "movie")[:2]
    # Who watches already raises no notice, and has the first card.
    server.playbacks.start(other.id)
    variables = profile(tmp_path / "profile", server)
    server.reset_counters()
    program = desktop.start(sys.executable, "-m", "retrovue", "--minimized", **variables)
    wait_for(desktop.tray_icon, "the icon in the tray")
    wait_for(lambda: polled(server, 2), "the first looks at the server")
    assert not desktop.window()
    server.playbacks.start(seen.id, USERS[1], PHONE)
    wait_for(lambda: seen.title in desktop.notices(), "the notice")

    desktop.click_notice()
    wait_for(desktop.window, "the window opens")
    # Its card has the keyboard: Enter opens the details, which bear the title of the film.
    desktop.press("Return")
    wait_for(lambda: any(title.startswith(seen.title) for title in desktop.titles()), "the details of the stream")

    desktop.click_tray_icon(3)
    wait_for(desktop.menu, "the menu of the tray")
    # The last entry quits.
    desktop.ask("xdotool", "key", "Up")
    desktop.ask("xdotool", "key", "Return")
    assert program.wait(60) == 0


def test_without_a_tray_the_window_stays_and_asks(desktop: Desktop, server: DemoServer, tmp_path: Path) -> None:
    desktop.open(tray=False)
    program = desktop.start(sys.executable, "-m", "retrovue", **profile(tmp_path / "profile", server))
    wait_for(desktop.window, "the window")
    wait_for(lambda: polled(server, 1), "the first look at the server")
    desktop.press("alt+F4")
    question = "^Quit RetroVue"
    wait_for(lambda: desktop.ask("xdotool", "search", "--onlyvisible", "--name", question), "the question")
    assert desktop.window()
    dialog = desktop.ask("xdotool", "search", "--onlyvisible", "--name", question).split()[0]
    desktop.press_in(dialog, "Return")
    assert program.wait(30) == 0


def test_a_termination_ends_in_order(desktop: Desktop, server: DemoServer, tmp_path: Path) -> None:
    desktop.open(tray=False)
    program = desktop.start(sys.executable, "-m", "retrovue", **profile(tmp_path / "profile", server))
    wait_for(desktop.window, "the window")
    wait_for(lambda: polled(server, 1), "the first look at the server")
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0


def test_at_login_a_late_tray_keeps_the_window_hidden(desktop: Desktop, server: DemoServer, tmp_path: Path) -> None:
    desktop.open(tray=False)
    variables = profile(tmp_path / "profile", server)
    server.reset_counters()
    program = desktop.start(sys.executable, "-m", "retrovue", "--minimized", **variables)
    wait_for(lambda: polled(server, 2), "the first looks at the server")
    assert not desktop.window()
    desktop.open_tray()
    wait_for(desktop.tray_icon, "the icon in the tray")
    assert not desktop.window()
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0


def test_minimising_goes_to_the_tray_and_a_second_start_brings_it_back(
    desktop: Desktop, server: DemoServer, tmp_path: Path
) -> None:
    desktop.open()
    variables = {**profile(tmp_path / "profile", server), "RETROVUE_MINIMISE_TO_TRAY": "1"}
    server.reset_counters()
    program = desktop.start(sys.executable, "-m", "retrovue", **variables)
    wait_for(desktop.window, "the window")
    wait_for(desktop.tray_icon, "the icon in the tray")
    wait_for(lambda: polled(server, 1), "the first look at the server")
    desktop.ask("xdotool", "windowminimize", desktop.window())
    wait_for(lambda: "RetroVue keeps running in the tray." in desktop.notices(), "the explanation")
    wait_for(lambda: not desktop.window(), "the window hides")
    again = desktop.start(sys.executable, "-m", "retrovue", **variables)
    assert again.wait(30) == 0
    wait_for(desktop.window, "the window comes back")
    program.send_signal(signal.SIGTERM)
    assert program.wait(30) == 0
