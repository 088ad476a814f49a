"""Hearing of what other computers and programs write to the catalog, by LISTEN."""

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from retrovue.core.storage.postgres.address import driver

log = logging.getLogger(__name__)

CHANNEL = "retrovue_changed"
_ALIVE_S = 20.0
_AGAIN_S = (1.0, 2.0, 5.0, 10.0)


class ChangeListener:
    """Counts what was written. A thread of its own waits for it, and connects again where that is lost.

    Args:
        connect: makes a connection, or raises an error of psycopg.
        own: what our own commits tell; they are counted where they are made.
    """

    def __init__(self, connect: Callable[[], Any], own: str) -> None:
        self._connect = connect
        self._own = own
        self._count = 0
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._connection: Any = None
        self._thread: threading.Thread | None = None
        self._is_away = False

    @property
    def is_away(self) -> bool:
        """Whether the server could not be reached the last time. Never waits."""
        return self._is_away

    def count(self) -> int:
        """How often something was written. The first call begins to listen, and waits for a connection."""
        with self._lock:
            if self._thread is None and not self._done.is_set():
                with suppress(driver().Error):
                    self._listen()
                self._thread = threading.Thread(target=self._run, name="postgres-listen", daemon=True)
                self._thread.start()
            return self._count

    def add(self) -> None:
        """We have written."""
        with self._lock:
            self._count += 1

    def stop(self) -> None:
        """Stop listening, for good."""
        self._done.set()
        with self._lock:
            thread, connection = self._thread, self._connection
        if connection is not None:
            _wake(connection)
        if thread is not None:
            thread.join(5)

    def _listen(self) -> None:
        self._is_away = True
        connection = self._connect()
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        self._connection, self._is_away = connection, False

    def _run(self) -> None:
        attempt = 0
        while not self._done.is_set():
            try:
                if self._connection is None:
                    self._listen()
                    log.info("listening to the catalog's server again")
                    # Nobody told us what was written meanwhile.
                    self.add()
                attempt = 0
                self._hear()
            except driver().Error as error:
                if not self._done.is_set():
                    log.info("not listening to the catalog's server: %s", type(error).__name__)
                self._drop()
                self._is_away = True
                self._done.wait(_AGAIN_S[min(attempt, len(_AGAIN_S) - 1)])
                attempt += 1
        self._drop()

    def _hear(self) -> None:
        while not self._done.is_set():
            for note in self._connection.notifies(timeout=_ALIVE_S, stop_after=1):
                if note.payload != self._own:
                    self.add()
            # Nothing heard: is anybody there?
            self._connection.execute("SELECT 1")

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(driver().Error):
                connection.close()


def _wake(connection: Any) -> None:
    """End what a thread waits for: closing would not, where it waits for the socket."""
    with (
        suppress(OSError, driver().Error),
        socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)
