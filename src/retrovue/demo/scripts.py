"""Scripts: timed steps on a board or a library, in real time on a thread or by a clock that the test moves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrovue.demo.library import DemoLibrary
from retrovue.demo.playback import BROWSER, LIVING_ROOM, PHONE, USERS, PlaybackBoard

Action = Callable[[PlaybackBoard], object]


@dataclass(frozen=True, slots=True)
class Step:
    """What happens `at_s` seconds after the script's start."""

    at_s: float
    action: Action


class SessionScript:
    """Plays steps in order of their time.

    Either call `advance_to(seconds)` yourself, after moving the clock, or `start()` to let a thread do it.
    """

    def __init__(self, board: PlaybackBoard, steps: Sequence[Step]) -> None:
        self._board = board
        self._steps = sorted(steps, key=lambda step: step.at_s)
        self._next = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def done(self) -> bool:
        """Whether all steps were played."""
        return self._next == len(self._steps)

    def advance_to(self, seconds: float) -> int:
        """Play all steps due by `seconds` after the start; give how many those were."""
        before = self._next
        while not self.done and self._steps[self._next].at_s <= seconds:
            step = self._steps[self._next]
            self._next += 1
            step.action(self._board)
        return self._next - before

    def start(self, *, speed: float = 1.0) -> None:
        """Play in real time (`speed` times as fast) on a thread, until done or stopped."""
        self._thread = threading.Thread(target=self._run, args=(speed,), name="demo-script", daemon=True)
        self._thread.start()

    def _run(self, speed: float) -> None:
        elapsed = 0.0
        while not self.done:
            at_s = self._steps[self._next].at_s
            if self._stop.wait((at_s - elapsed) / speed):
                return
            elapsed = at_s
            self.advance_to(at_s)

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the thread."""
        self._stop.set()
        self.wait(timeout_s)

    def wait(self, timeout_s: float = 5.0) -> bool:
        """Wait for the thread; True when all steps were played."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self.done


def evening(library: DemoLibrary) -> list[Step]:
    """Three people watch: direct play at home, a transcode on the road, a direct stream in a browser."""
    movies = library.members("1", "movie")
    episodes = library.members("3", "episode")
    first, second = movies[len(movies) // 3], movies[len(movies) // 2]
    episode = episodes[len(episodes) // 2]
    return [
        Step(1.0, lambda board: board.start(first.id, USERS[0], LIVING_ROOM, offset_ms=1_260_000)),
        Step(
            4.0,
            lambda board: board.start(
                episode.id, USERS[1], PHONE, offset_ms=300_000, decision="transcode", bandwidth_kbps=2_100
            ),
        ),
        Step(
            8.0,
            lambda board: board.start(
                second.id, USERS[2], BROWSER, offset_ms=60_000, decision="direct stream", bandwidth_kbps=5_400
            ),
        ),
        Step(20.0, lambda board: board.pause(_key_of(board, second.id))),
        Step(40.0, lambda board: board.resume(_key_of(board, second.id))),
        Step(60.0, lambda board: board.stop(_key_of(board, episode.id))),
    ]


def housekeeping(library: DemoLibrary) -> list[Step]:
    """Somebody tends the library: a film comes, one is renamed, an episode comes, and the film goes again."""
    renamed = library.members("1", "movie")[0]
    show = library.members("3", "show")[0]
    title = "The Salt Lamp"

    def remove() -> None:
        for movie in library.members("1", "movie"):
            if movie.title == title:
                library.remove(movie.id)

    return [
        Step(10.0, lambda _board: library.add_movie(title, year=2024)),
        Step(30.0, lambda _board: library.edit(renamed.id, title=f"{renamed.title} (restored)")),
        Step(50.0, lambda _board: library.add_episode(show, "The Tide Table", season=99)),
        Step(80.0, lambda _board: remove()),
    ]


def _key_of(board: PlaybackBoard, item_id: int) -> str:
    return next(playback.session_key for playback in board.active() if playback.item_id == item_id)


def seed_history(library: DemoLibrary, board: PlaybackBoard, count: int = 400) -> None:
    """Fill the server's own history with the plays of the last months, the same for the same library."""
    items = [*library.members("1", "movie")[::3], *library.members("3", "episode")[::4]]
    newest = max(item.added_at for item in library.members("3", "episode"))
    players = (LIVING_ROOM, PHONE, BROWSER)
    for number in range(count if items else 0):
        item = items[number * 37 % len(items)]
        viewed_at = newest - number * 23_456 % (240 * 86_400)
        board.add_viewed(item.id, viewed_at, USERS[number % 7 % 3], players[number % 5 % 3])
