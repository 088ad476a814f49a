"""What it costs to answer dashboards: `get_activity` with ten streams, and 50 programs that ask every second.

    python benchmarks/bench_sharing.py [--answers N] [--seconds S]

The server runs in this process over a demo house with a past, those who ask run in another one, so that processor
time counts the answers alone. The floor is the same server with an application that sends the same bytes ready-made:
what it needs is the price of HTTP. The last part has a Qt event loop in this process, and says how late
its timers are while the same number of programs ask this process or another one.
"""

import argparse
import http.client
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import uvicorn
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from tools.past import fill_history

from retrovue.api.house import SharedHouse
from retrovue.api.server import ApiServer
from retrovue.core.context import AppContext
from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.monitor import ActiveSession, MonitorState
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.keys import ApiKey
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.secrets import SecretPlace
from retrovue.core.system.zone import local_zone
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.plex import PlexDialect

KEY = "0123456789abcdef0123456789abcdef"
STREAMS = 10
CLIENTS = 50

ASKS = """
import http.client, sys, threading, time
port, path, clients = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
seconds, answers = float(sys.argv[4]), int(sys.argv[5])
late = []
def ask():
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    started, n = time.perf_counter(), 0
    while (n < answers) if answers else (time.perf_counter() - started < seconds):
        before = time.perf_counter()
        connection.request("GET", path)
        got = connection.getresponse()
        assert got.status == 200, got.status
        got.read()
        late.append(time.perf_counter() - before)
        n += 1
        if not answers:
            time.sleep(max(0, 1 - (time.perf_counter() - before)))
threads = [threading.Thread(target=ask) for _ in range(clients)]
for each in threads:
    each.start()
    time.sleep(1 / max(clients, 1) if not answers else 0)
for each in threads:
    each.join()
late.sort()
print(len(late), late[len(late) // 2] * 1000, late[int(len(late) * 0.99)] * 1000)
"""


ELSEWHERE = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "60000")
        self.end_headers()
        self.wfile.write(b"x" * 60000)
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
"""What answers in a process of its own, so that only the machine is busy and not this process."""


@contextmanager
def house(folder: Path) -> Iterator[SharedHouse]:
    """A profile with a past and ten people who watch."""
    demo = DemoServer(make_library(LibrarySpec(shows=40, episodes=800, movies=200)), dialect=PlexDialect).start()
    host = AppContext(
        resolve_dirs(folder), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False
    )
    added = servers.add(host, kind=ServerKind.PLEX, name="Attic", url=demo.url, secret=demo.token).server
    run_sync(host, SyncRequest(), CancelToken())
    fill_history(host, demo.library, days=365)
    demo.stop()
    now = datetime.now(UTC)
    playing = tuple(
        ActiveSession(
            "Attic",
            added.id,
            "plex",
            RemoteSession(
                str(n), str(item.id), "movie", item.title, "playing", user=f"user {n}", user_id=str(n), device_id=str(n)
            ),
            now,
            now,
            now,
        )
        for n, item in enumerate(demo.library.members("1", "movie")[:STREAMS])
    )
    board = SessionBoard()
    board.take(MonitorState(added.id, "Attic", playing, is_asked=True))
    yield SharedHouse(host, ApiKey(KEY, SecretPlace.MEMORY), board, local_zone())
    host.close()


def ask(port: int, path: str, *, clients: int = 1, seconds: float = 0, answers: int = 0) -> tuple[int, float, float]:
    """(answers, median ms, 99th percentile ms) as a process of its own sees them."""
    words = [sys.executable, "-c", ASKS, str(port), path, str(clients), str(seconds), str(answers)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        # With an event loop in this process it has to turn while others ask.
        if QCoreApplication.instance() is not None:
            QCoreApplication.processEvents()
        else:
            process.wait()
    assert process.stdout is not None
    count, middle, most = process.stdout.read().split()
    return int(count), float(middle), float(most)


@contextmanager
def ready_made(body: bytes) -> Iterator[int]:
    """The floor: an application that sends these bytes to whoever asks. Yields its port."""

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", http="httptools", loop="asyncio", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def cost(port: int, path: str, answers: int) -> float:
    """Processor time of one answer, ms."""
    ask(port, path, answers=50)
    before = process_time()
    count, _middle, _most = ask(port, path, answers=answers)
    return (process_time() - before) * 1000 / count


class Lateness:
    """How late a timer of 5 ms is, on the event loop of this thread."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._at = perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on)
        self._timer.start(5)

    def _on(self) -> None:
        now = perf_counter()
        self.late_ms.append(max(0.0, (now - self._at) * 1000 - 5))
        self._at = now

    def told(self) -> str:
        """What came of it."""
        self._timer.stop()
        ordered = sorted(self.late_ms)
        return f"half {ordered[len(ordered) // 2]:.2f} ms, 99 % {ordered[int(len(ordered) * 0.99)]:.2f} ms"


def measure(shared: SharedHouse, answers: int, seconds: float) -> None:
    """Print what answers cost."""
    server = ApiServer(shared, port=0)
    before = perf_counter(), process_time()
    server.start()
    print(f"start {(perf_counter() - before[0]) * 1000:.0f} ms, processor {(process_time() - before[1]) * 1000:.0f} ms")
    port = int(server.url.rsplit(":", 1)[1])
    begins = f"/api/v2?apikey={KEY}&cmd="
    floor_share = 0.0
    for cmd in ("get_activity", "get_history&length=25", "get_home_stats"):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", begins + cmd)
        body = connection.getresponse().read()
        connection.close()
        with ready_made(body) as floor_port:
            floor = cost(floor_port, "/", answers)
            floor_share = polled(floor_port, "/", seconds)[0] if cmd == "get_activity" else floor_share
        took = cost(port, begins + cmd, answers if cmd == "get_activity" else answers // 10)
        print(
            f"{cmd:24} {len(body) / 1000:6.1f} kB {took:7.2f} ms an answer, {1000 / took:6.0f} a second; "
            f"floor {floor:.2f} ms, {took / floor:.1f}×"
        )
    share, answered = polled(port, begins + "get_activity", seconds)
    print(f"{CLIENTS} programs that ask every second: {share:.1%} of a core (floor {floor_share:.1%}); {answered}")
    _app = QCoreApplication([])
    elsewhere = subprocess.Popen([sys.executable, "-c", ELSEWHERE], stdout=subprocess.PIPE, text=True)
    assert elsewhere.stdout is not None
    idle = Lateness()
    polled(int(elsewhere.stdout.readline()), "/", seconds)
    elsewhere.terminate()
    elsewhere.wait()
    print(f"window's loop while they ask another process: {idle.told()}")
    busy = Lateness()
    _share, answered = polled(port, begins + "get_activity", seconds)
    print(f"while they ask this one: {busy.told()}; {answered}")
    server.stop()


def polled(port: int, path: str, seconds: float) -> tuple[float, str]:
    """(part of a core that this process used while fifty programs asked, what they saw)."""
    started, used = perf_counter(), process_time()
    count, middle, most = ask(port, path, clients=CLIENTS, seconds=seconds)
    share = (process_time() - used) / (perf_counter() - started)
    return share, f"{count} answers, half within {middle:.1f} ms, 99 % within {most:.1f} ms"


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, house(Path(folder)) as shared:
        measure(shared, arguments.answers, arguments.seconds)


if __name__ == "__main__":
    main()
