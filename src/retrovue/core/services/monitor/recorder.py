"""Plays are stored by one process per data directory; every other one only watches, and can say who records."""

import json
import logging
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from retrovue.core.domain.errors import RowError, StorageError
from retrovue.core.domain.playback import PlaybackSession
from retrovue.core.services.host import Host
from retrovue.core.services.monitor.events import RecorderName
from retrovue.core.storage.playback import PlaybackRepository
from retrovue.core.system.dirs import AppDirs
from retrovue.core.system.locks import ProcessLock

log = logging.getLogger(__name__)

_LOCK = "recorder.lock"
_WHO = "recorder.json"


class RecorderHost(Host, Protocol):
    """What recording needs besides."""

    @property
    def dirs(self) -> AppDirs:
        """The folders of the profile."""

    @property
    def playback(self) -> PlaybackRepository:
        """Live plays, and their end."""


def recorder_of(host: RecorderHost) -> RecorderName | None:
    """Who records on this data directory now; None: nobody, or it cannot be read."""
    lock = ProcessLock(host.dirs.lock_dir / _LOCK)
    if lock.try_acquire():
        lock.release()
        return None
    try:
        facts = json.loads((host.dirs.lock_dir / _WHO).read_text(encoding="utf-8"))
        return RecorderName(str(facts["role"]), int(facts["pid"]))
    except (OSError, ValueError, KeyError, TypeError):
        return RecorderName("", 0)


class Recorder:
    """Stores the plays of every server that this process watches. Thread: any.

    Args:
        role: what this process is, for others that want to record.
    """

    def __init__(self, role: str) -> None:
        self._role = role
        self._lock = threading.Lock()
        self._held: ProcessLock | None = None
        self._users = 0
        self._waiting: dict[str, PlaybackSession] = {}

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

    def claim(self, host: RecorderHost) -> bool:
        """Whether this process records, now that it was tried.

        Raises:
            ReadOnlyError: the lock cannot be written.
        """
        with self._lock:
            if self._held is not None:
                return True
            lock = ProcessLock(host.dirs.lock_dir / _LOCK)
            if not lock.try_acquire():
                return False
            self._held = lock
            self._sign(host.dirs.lock_dir / _WHO)
            return True

    def store(self, host: RecorderHost, changed: Iterable[PlaybackSession]) -> None:
        """Store plays as they are now, with those that could not be stored before."""
        with self._lock:
            self._waiting.update((play.uid, play) for play in changed)
            waiting = list(self._waiting.values())
            if not waiting:
                return
            min_length_s = host.settings.min_length_s
            try:
                host.playback.store(waiting, min_length_s=min_length_s)
            except RowError:
                self._one_by_one(host, waiting, min_length_s)
            except StorageError as error:
                # A catalog that is locked or full now may not be at the next poll: nothing is lost until then.
                log.warning("%d plays wait to be stored: %s", len(waiting), error.text)
                return
            self._waiting.clear()

    def _one_by_one(self, host: RecorderHost, waiting: Iterable[PlaybackSession], min_length_s: float) -> None:
        """One play that the catalog refuses must not keep the others out."""
        for play in waiting:
            try:
                host.playback.store([play], min_length_s=min_length_s)
            except RowError as error:
                log.error("a play of %r cannot be stored: %s", play.session.title, error.detail)

    def _sign(self, path: Path) -> None:
        # Only a name for people: the lock decides.
        with suppress(OSError):
            path.write_text(json.dumps({"role": self._role, "pid": os.getpid()}), encoding="utf-8")
