"""Plays that ended while the catalog could not be written, in a small file of the data folder until they are stored.

The file names the catalog that they are for: ids of servers are those of one catalog. A catalog's address has no
password, and what servers say of a stream is kept without tokens, as in the catalog.
"""

import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from retrovue.core.domain.playback import PlaybackSession
from retrovue.core.storage.playback import from_snapshot, snapshot_of
from retrovue.core.system.dirs import AppDirs
from retrovue.core.system.files import read_private_json, write_private_json
from retrovue.core.system.locks import ProcessLock

log = logging.getLogger(__name__)

_LOCK = "waiting.lock"


class WaitingPlays:
    """The file of one profile. Thread: any; processes of the profile exclude each other.

    Args:
        catalog: the address of the catalog; empty for the file of the profile.
    """

    def __init__(self, dirs: AppDirs, catalog: str) -> None:
        self._path: Path = dirs.waiting_plays
        self._lock = ProcessLock(dirs.lock_dir / _LOCK)
        self._catalog = catalog

    def read(self) -> list[PlaybackSession]:
        """Return the plays that wait for this catalog, oldest first."""
        with self._lock:
            return [from_snapshot(json.dumps(play)) for play in self._mine(self._all())]

    def add(self, ended: Iterable[PlaybackSession]) -> None:
        """Keep plays until `remove`; one that is kept already is replaced.

        Raises:
            OSError: the file cannot be written.
            ReadOnlyError: nor its lock.
        """
        news = {play.uid: json.loads(snapshot_of(play)) for play in ended}
        with self._lock:
            everything = self._all()
            kept = {play["uid"]: play for play in self._mine(everything)}
            self._write(everything, {**kept, **news})

    def remove(self, uids: Iterable[str]) -> None:
        """Forget plays: they are stored.

        Raises:
            OSError: the file cannot be written.
        """
        gone = set(uids)
        with self._lock:
            everything = self._all()
            self._write(everything, {play["uid"]: play for play in self._mine(everything) if play["uid"] not in gone})

    def _mine(self, everything: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
        return sorted(everything.get(self._catalog, []), key=lambda play: str(play["started_at"]))

    def _all(self) -> dict[str, list[dict[str, Any]]]:
        try:
            return read_private_json(self._path)  # type: ignore[return-value]  # only this class writes it
        except ValueError as error:
            # Nobody can read it again: it must not be in the way of the next play.
            log.error("the file of waiting plays is damaged: %s", error)
            return {}

    def _write(self, everything: dict[str, list[dict[str, Any]]], mine: dict[str, dict[str, Any]]) -> None:
        others = {catalog: plays for catalog, plays in everything.items() if catalog != self._catalog}
        content = {**others, self._catalog: list(mine.values())} if mine else others
        if content:
            write_private_json(self._path, content)
        else:
            self._path.unlink(missing_ok=True)
