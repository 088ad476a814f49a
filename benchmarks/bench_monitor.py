"""What it costs to watch ten servers with ten streams each, how late a notice is, and what a day leaves behind.

    python benchmarks/bench_monitor.py [--seconds N] [--starts N] [--hours N]

1. Ten demo servers (four Plex, three Emby, three Jellyfin) in a process of their own, ten players on each that report
   every ten seconds; this process watches and records them as `retrovue monitor` does, with the settings as they are
   delivered. Printed is its processor time as a share of one core. Budget: 2 %. The floor asks each server for its
   sessions once every five seconds and decodes them, without websocket, state, catalog or threads.
2. From a start on the server to the notice that the desktop is given, through websocket, engine, rules and the window's
   own queue; notices are not held back. Budget: 250 ms, median.
3. A day in simulated time: the same hundred streams, listed every 30 s, paused, resumed, stopped and followed by the
   next; recorded in a real catalog. Printed is what the process holds after the first hour and after the last.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.servers import Server, ServerInfo, ServerKind
from retrovue.core.services.monitor import Heard, MonitorState, SessionWatcher
from retrovue.core.services.monitor.notices import NoticeFlow, rules_of
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.core.services.monitor.watching import ServerWatches
from retrovue.core.services.servers import registration
from retrovue.core.system.dirs import resolve_dirs

KINDS = [ServerKind.PLEX] * 4 + [ServerKind.EMBY] * 3 + [ServerKind.JELLYFIN] * 3
STREAMS = 10
BUDGET_SHARE, BUDGET_MS = 0.02, 250.0
_REPORT_S = 10.0
_WARM_UP_S = 10.0
_LIST_S = 30


# --- the servers, in a process of their own ---------------------------------------------------------------------


def serve() -> None:
    """Run the demo servers until the standard input ends; a line with a number starts a film on that server."""
    from retrovue.demo import DemoServer, LibrarySpec, make_library
    from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
    from retrovue.demo.playback import USERS, Player
    from retrovue.demo.plex import PlexDialect

    dialects: dict[ServerKind, Any] = {
        ServerKind.PLEX: PlexDialect,
        ServerKind.EMBY: EmbyDialect,
        ServerKind.JELLYFIN: JellyfinDialect,
    }
    houses = []
    for number, kind in enumerate(KINDS):
        library = make_library(LibrarySpec(shows=1, episodes=3, movies=STREAMS + 1))
        library.machine_identifier = f"{number:032x}{number:08x}"
        houses.append(DemoServer(library, dialect=dialects[kind]).start())
    keys = []
    for server in houses:
        for number, film in enumerate(server.library.members("1", "movie")[:STREAMS]):
            player = Player(f"Player {number}", f"device-{number}")
            keys.append((server, server.playbacks.start(film.id, USERS[number % len(USERS)], player).session_key))
    print(json.dumps([[server.url, server.token] for server in houses]), flush=True)
    ends = threading.Event()

    def report() -> None:
        while not ends.is_set():
            for server, key in keys:
                server.playbacks.report(key)
                if ends.wait(_REPORT_S / len(keys)):
                    return

    reporting = threading.Thread(target=report)
    reporting.start()
    for count, line in enumerate(iter(sys.stdin.readline, "")):
        server = houses[int(line)]
        film = server.library.members("1", "movie")[STREAMS]
        begun = time.monotonic()
        # Another device each time: one stream raises a notice once a minute.
        key = server.playbacks.start(film.id, USERS[0], Player(f"Another {count}", f"another-{count}")).session_key
        print(json.dumps(begun), flush=True)
        sys.stdin.readline()
        server.playbacks.stop(key)
    ends.set()
    reporting.join()
    for server in houses:
        server.stop()


class Street:
    """The process of the servers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self.addresses: list[list[str]] = json.loads(self._out.readline())

    def start(self, number: int) -> float:
        """Start a film; returns when, by the clock that both processes have."""
        self._say(str(number))
        return float(json.loads(self._out.readline()))

    def stop(self) -> None:
        """Stop it."""
        self._say("")

    def _say(self, word: str) -> None:
        self._in.write(word + "\n")
        self._in.flush()

    def close(self) -> None:
        """End the process."""
        self._in.close()
        self._process.wait(60)
        self._out.close()


@contextmanager
def _profile(**settings: object) -> Iterator[AppContext]:
    environ = {"RETROVUE_SECRETS": "memory", **{f"RETROVUE_{k.upper()}": str(v) for k, v in settings.items()}}
    with tempfile.TemporaryDirectory() as folder:
        context = AppContext(resolve_dirs(Path(folder)), environ=environ, keyring=lambda: None, write_log=False)
        try:
            yield context
        finally:
            context.close()


def _add(context: AppContext, street: Street) -> list[Server]:
    return [
        registration.add(context, kind=kind, name=f"{kind.value} {number}", url=url, secret=token).server
        for number, (kind, (url, token)) in enumerate(zip(KINDS, street.addresses, strict=True))
    ]


# --- 1. what watching costs -------------------------------------------------------------------------------------


def cost(street: Street, seconds: float) -> None:
    """Print the share of one core that watching takes, and the floor."""
    with _profile() as context:
        servers = _add(context, street)
        told = threading.Event()
        states: dict[int, MonitorState] = {}

        def take(state: MonitorState, _heard: tuple[Heard, ...]) -> None:
            states[state.server_id] = state
            if len(states) == len(KINDS) and all(len(each.sessions) == STREAMS for each in states.values()):
                told.set()

        watches = ServerWatches(context, take, recorder=Recorder("benchmark"))
        watches.start()
        assert told.wait(60), {key: len(state.sessions) for key, state in states.items()}
        time.sleep(_WARM_UP_S)
        share, wall_s = _share(lambda: time.sleep(seconds))
        watches.stop()
        floor, _wall_s = _share(lambda: _floor(context, servers, seconds))
    load = os.getloadavg()[0]
    print(
        f"watching {len(KINDS)} servers with {STREAMS} streams: {share:.2%} of one core in {wall_s:.0f} s "
        f"(load {load:.1f})"
    )
    print(f"floor, polls alone: {floor:.2%}; ratio {share / floor:.1f}; budget {BUDGET_SHARE:.0%}")


def _share(work: Callable[[], object]) -> tuple[float, float]:
    began, wall = time.process_time(), time.monotonic()
    work()
    wall_s = time.monotonic() - wall
    return (time.process_time() - began) / wall_s, wall_s


def _floor(context: AppContext, servers: list[Server], seconds: float) -> None:
    sources = [context.open_source(server) for server in servers]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        due = time.monotonic() + context.settings.poll_s
        for source in sources:
            source.sessions()
        time.sleep(max(0.0, due - time.monotonic()))
    for source in sources:
        source.close()


# --- 2. from the start to the notice ----------------------------------------------------------------------------


def lateness(street: Street, starts: int) -> None:
    """Print how late notices are, by kind of server."""
    from PySide6.QtCore import QCoreApplication, QEventLoop, QObject, QTimer, Signal

    from retrovue.gui.alerts.delivery import NoticeDelivery
    from retrovue.gui.alerts.pause import AlertPause
    from retrovue.gui.work.tasks import TaskRunner

    class Bridge(QObject):
        """Carries what is heard to the thread of the window."""

        heard = Signal(object)

    app = QCoreApplication([])
    with _profile(notice_delay_s=0, notices="started") as context:
        _add(context, street)
        runner, bridge = TaskRunner(), Bridge()
        alerts = AlertPause(lambda: datetime.now().astimezone(), lambda: "")
        teller = NoticeDelivery(runner, lambda: context, alerts, lambda: datetime.now(UTC))
        bridge.heard.connect(teller.hear)
        loop, shown = QEventLoop(), list[float]()
        teller.loud.connect(lambda _told: (shown.append(time.monotonic()), loop.quit()))
        settled = threading.Event()
        watches = ServerWatches(
            context,
            lambda state, heard: (
                settled.set() if len(state.sessions) >= STREAMS else None,
                bridge.heard.emit([each for each in heard if _is_another(each)]),
            ),
        )
        watches.start()
        settled.wait(60)
        patience = QTimer()
        patience.setSingleShot(True)
        patience.timeout.connect(loop.quit)

        def wait(length_ms: int) -> None:
            patience.start(length_ms)
            loop.exec()
            patience.stop()

        wait(int(_WARM_UP_S * 1000))
        for place in (0, 4, 7):
            taken = []
            for _start in range(starts):
                shown.clear()
                begun = street.start(place)
                if not shown:
                    wait(20_000)
                taken.append((shown[0] - begun) * 1000 if shown else float("inf"))
                street.stop()
                wait(3_000)
            print(
                f"{KINDS[place].label}: notice after {statistics.median(taken):.0f} ms (median of {starts}; "
                f"longest {max(taken):.0f} ms); budget {BUDGET_MS:.0f} ms"
            )
        watches.stop()
        teller.stop()
        runner.shutdown()
    app.quit()


def _is_another(heard: Heard) -> bool:
    session = heard.event.session
    return session is not None and (session.player or "").startswith("Another")


# --- 3. a day ---------------------------------------------------------------------------------------------------


def day(hours: int) -> None:
    """Print what the process holds after an hour and after the last one."""
    with _profile() as context:
        now = datetime(2026, 3, 1, tzinfo=UTC)
        watchers = [_watcher(context, number) for number in range(len(KINDS))]
        recorder, flow = Recorder("benchmark"), NoticeFlow(lambda: rules_of(context.settings))
        assert recorder.claim(context)
        held: list[tuple[int, float]] = []
        began = time.process_time()
        for hour in range(hours):
            for step in range(3600 // _LIST_S):
                now += timedelta(seconds=_LIST_S)
                for number, watcher in enumerate(watchers):
                    update = watcher.listed(_evening(number, hour * 3600 + step * _LIST_S), now)
                    recorder.store(context, update.plays)
                    flow.hear([Heard(event) for event in update.events], now)
            gc.collect()
            held.append((len(gc.get_objects()), _resident_mb()))
        spent = time.process_time() - began
    (objects, first_mb), (last_objects, last_mb) = held[0], held[-1]
    print(
        f"a day of {hours} h: {objects:,} objects and {first_mb:.0f} MB after the first hour, {last_objects:,} and "
        f"{last_mb:.0f} MB after the last; {spent:.0f} s of processor time"
    )


def _watcher(context: AppContext, number: int) -> SessionWatcher:
    info = ServerInfo(KINDS[number], f"Server {number}", f"machine-{number}", "1")
    server = context.servers.add(name=info.name, url=f"http://127.0.0.1:9/{number}", info=info, now=1)
    return SessionWatcher(server, interval_s=_LIST_S)


def _evening(server: int, second: int) -> list[RemoteSession]:
    """Ten players that watch one item after the other, each with a pause, and a break between two."""
    found = []
    for device in range(STREAMS):
        length_s = 1_800 + 300 * device
        item, place_s = divmod(second + 97 * device + 31 * server, length_s + 240)
        if place_s >= length_s:
            continue
        first = RemoteSession(
            str(device), f"{item % 50}", "movie", f"Film {item % 50}", "playing", user=f"user {device % 4}",
            user_id=f"u{device % 4}", device_id=f"d{device}", player=f"Player {device}", duration_ms=length_s * 1000,
        )  # fmt: skip
        is_paused = 600 <= place_s < 720
        position_s = min(place_s, 600) if is_paused else place_s - (120 if place_s >= 720 else 0)
        found.append(replace(first, position_ms=position_s * 1000, state="paused" if is_paused else "playing"))
    return found


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--starts", type=int, default=9)
    parser.add_argument("--hours", type=int, default=24)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    street = Street()
    try:
        if arguments.seconds:
            cost(street, arguments.seconds)
        if arguments.starts:
            lateness(street, arguments.starts)
    finally:
        street.close()
    if arguments.hours:
        day(arguments.hours)


if __name__ == "__main__":
    main()
