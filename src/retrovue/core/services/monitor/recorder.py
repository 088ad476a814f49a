"""Plays are stored by one process per catalog; every other one only watches, and can say who records.

With a catalog on a server that is one process of one of its computers. When it is gone, the next poll of another one
takes over: it goes on with the plays that were live, under the ids that they have, so that none is lost or doubled. All
of them record by the clock of that server (`Recorder.ahead`): their own can be hours apart.
"""

import json
import logging
import os
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ReadOnlyError, RowError, StorageError
from retrovue.core.domain.play_state import conclude
from retrovue.core.domain.playback import PlaybackSession
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.monitor.events import RecorderName
from retrovue.core.services.monitor.waiting import WaitingPlays
from retrovue.core.storage.locks import CommonLock, Fence
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

_WHO = "recorder.json"
_PROGRESS_S = 30.0
"""Positions alone are stored this often: with ten servers every report would be a transaction."""
_SLOW_S = 2.0
_PAUSE_S = 15.0
"""A server that took longer than `_SLOW_S` to say who records is asked again after so long."""
_CLOCKS_APART = timedelta(seconds=5)
"""Asking takes time itself: a clock counts as another one, or as set anew, from this difference on."""


def recorder_of(host: AppContext) -> RecorderName | None:
    """Who else records the plays of this catalog now; None: nobody, or it cannot be read.

    Raises:
        StorageError: the catalog cannot be asked.
    """
    lock = host.recorder_lock()
    if lock.try_acquire():
        lock.release()
        return None
    computer = lock.holder()
    if computer is not None:
        return RecorderName("", 0, computer)
    try:
        facts = json.loads((host.dirs.lock_dir / _WHO).read_text(encoding="utf-8"))
        return RecorderName(str(facts["role"]), int(facts["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return RecorderName("", 0)


class Recorder:
    """Stores the plays of every server that this process watches. Thread: any.

    Args:
        role: what this process is, for others that want to record.
        progress_s: how long a position may wait to be stored, seconds. Starts, stops and changes of state do not wait.
    """

    def __init__(self, role: str, *, progress_s: float = _PROGRESS_S) -> None:
        self._role = role
        self._progress_s = progress_s
        self._due_at = 0.0
        self._stored: dict[str, tuple[object, ...]] = {}
        self._lock = threading.Lock()
        self._held: CommonLock | None = None
        self._users = 0
        self._waiting: dict[str, PlaybackSession] = {}
        self._is_behind = False
        self._kept: dict[str, PlaybackSession] = {}
        self._ask_at = 0.0
        self._may_keep = True
        self._ahead = timedelta()

    @property
    def ahead(self) -> timedelta:
        """By how much the clock of the catalog's server is ahead of this computer's; nothing with a file."""
        return self._ahead

    def enter(self) -> None:
        """Another server is watched; pair it with `leave`."""
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        """A server is not watched any more; after the last one another process may record."""
        with self._lock:
            self._users -= 1
            if self._users <= 0 and self._held is not None:
                self._held.release()
                self._held = None

    def claim(self, host: AppContext) -> bool:
        """Whether this process records, now that it was tried. Ask again with each poll.

        Raises:
            ReadOnlyError: the lock cannot be written.
            StorageError: the catalog cannot be asked.
        """
        with self._lock:
            if self._held is not None and monotonic() < self._ask_at:
                return True
            if self._held is not None and not self._is_held(self._held):
                # This computer was cut off, and another one went on with the same plays under the same ids.
                self._held.release()
                self._held = None
                self._keep(host)
                self._waiting.clear()
                self._stored.clear()
                self._is_behind = False
            is_ours = self._held is not None or self._take(host)
            self._compare_clocks(host)
            self._bring(host)
            return is_ours

    def _compare_clocks(self, host: AppContext) -> None:
        """Ask with each claim: the clock of a computer without a battery is set minutes after its programs start."""
        if monotonic() < self._ask_at:
            return
        try:
            own = host.clock.epoch()
            ahead = timedelta(seconds=host.database.now(own) - own)
        except StorageError as error:
            log.info("the clock of the catalog's server cannot be read: %s", error.detail)
            return
        if abs(ahead - self._ahead) >= _CLOCKS_APART:
            log.info("plays are recorded by a clock that is %d s ahead", ahead.total_seconds())
            self._ahead = ahead

    def _is_held(self, held: CommonLock) -> bool:
        since = monotonic()
        is_held = held.is_held()
        if monotonic() - since > _SLOW_S:
            # Every server's poll would wait for a network that is gone, one after the other.
            self._ask_at = monotonic() + _PAUSE_S
        return is_held

    def _take(self, host: AppContext) -> bool:
        lock = host.recorder_lock()
        if not lock.try_acquire():
            return False
        try:
            host.playback.wait_for_others()
        except BaseException:
            lock.release()
            raise
        self._held = lock
        self._sign(host.dirs.lock_dir / _WHO)
        return True

    def store(self, host: AppContext, changed: Iterable[PlaybackSession]) -> None:
        """Store plays as they are now, with those that could not be stored before.

        A crash loses the positions of the last seconds, and no play.
        """
        with self._lock:
            news = {play.uid: play for play in changed}
            self._waiting.update(news)
            now = monotonic()
            is_due = now >= self._due_at
            if is_due:
                self._due_at = now + self._progress_s
            # Those of before were no news, unless they could not be stored.
            chosen = (self._waiting if is_due or self._is_behind else news).values()
            self._write(host, [play for play in chosen if is_due or self._is_news(play)])

    def flush(self, host: AppContext) -> None:
        """Store everything that waits."""
        with self._lock:
            self._write(host, list(self._waiting.values()))
            if self._is_behind:
                # Nobody may be here when the catalog is back: what still plays ends where it was seen last.
                for uid, play in self._waiting.items():
                    if play.stopped_at is None:
                        self._waiting[uid] = conclude(play, play.confirmed_at)[0]
                self._keep(host)

    def _is_news(self, play: PlaybackSession) -> bool:
        return self._stored.get(play.uid) != _facts(play)

    def _write(self, host: AppContext, chosen: Sequence[PlaybackSession]) -> None:
        if not chosen:
            return
        try:
            self._write_all(host, chosen, host.settings.min_length_s)
        except StorageError as error:
            # A catalog that is locked or full now may not be at the next poll: nothing is lost until then.
            log.info("%d plays wait to be stored: %s", len(chosen), error.detail)
            if not self._is_behind:
                deeds.complain(_("Plays could not be saved yet. {why}").format(why=error.text))
            self._is_behind = True
            self._keep(host)
            return
        self._is_behind = False
        for play in chosen:
            self._waiting.pop(play.uid, None)
            if play.stopped_at is None:
                self._stored[play.uid] = _facts(play)
            else:
                self._stored.pop(play.uid, None)

    def _write_all(self, host: AppContext, chosen: Sequence[PlaybackSession], min_length_s: float) -> None:
        """One play that the catalog refuses must not keep the others out."""
        try:
            host.playback.store(chosen, min_length_s=min_length_s, fence=self._fence())
            return
        except RowError:
            log.info("one of %d plays is refused: they are stored one by one", len(chosen))
        for play in chosen:
            try:
                host.playback.store([play], min_length_s=min_length_s, fence=self._fence())
            except RowError as error:
                log.error("a play of %r cannot be stored: %s", play.session.title, error.detail)

    def _fence(self) -> Fence | None:
        return None if self._held is None else self._held.require

    def _keep(self, host: AppContext) -> None:
        """Write down what ended and could not be stored: this program may end before the catalog is back."""
        ended = [play for play in self._waiting.values() if play.stopped_at is not None]
        news = [play for play in ended if self._kept.get(play.uid) != play]
        if not news:
            return
        try:
            _waiting_plays(host).add(news)
        except (OSError, ReadOnlyError) as error:
            log.error("%d plays cannot be written down until they are stored: %s", len(news), error)
            return
        self._kept |= {play.uid: play for play in news}
        self._may_keep = True

    def _bring(self, host: AppContext) -> None:
        """Store what was written down, by this program or by one before it, each play once."""
        if not self._may_keep:
            return
        kept = _waiting_plays(host)
        try:
            plays = kept.read()
            for play in plays:
                self._bring_one(host, play)
            if plays:
                kept.remove(play.uid for play in plays)
                text = ngettext("Saved {n} play that had to wait.", "Saved {n} plays that had to wait.", len(plays))
                deeds.tell(text.format(n=number(len(plays))))
        except (StorageError, OSError) as error:
            log.info("plays that were written down wait to be stored: %s", error)
            return
        self._may_keep = False
        for play in plays:
            self._kept.pop(play.uid, None)
            if self._waiting.get(play.uid) == play:
                del self._waiting[play.uid]

    def _bring_one(self, host: AppContext, play: PlaybackSession) -> None:
        try:
            host.playback.store_late(play, min_length_s=host.settings.min_length_s)
        except RowError as error:
            log.error("a play of %r cannot be stored: %s", play.session.title, error.detail)

    def _sign(self, path: Path) -> None:
        # Only a name for people: the lock decides.
        with suppress(OSError):
            path.write_text(json.dumps({"role": self._role, "pid": os.getpid()}), encoding="utf-8")


def _waiting_plays(host: AppContext) -> WaitingPlays:
    return WaitingPlays(host.dirs, host.used_catalog)


def _facts(play: PlaybackSession) -> tuple[object, ...]:
    """What of a play is stored at once when it changes."""
    return (play.stopped_at, play.session.state, play.decision, play.is_watched, play.buffered)
