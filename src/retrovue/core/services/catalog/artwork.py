"""Posters: fetched from the servers that have them, kept in a disk cache of bounded size.

A picture is asked of its server once per width; the cache outlives the program and is thrown away oldest use first.
Losing it costs nothing but fetching again, so damage and a full disk are never errors here.
"""

import contextlib
import hashlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import (
    Cancelled,
    ForbiddenError,
    MovedError,
    NotFoundError,
    ProtocolError,
    ProxyError,
    RetroVueError,
    StartingError,
)
from retrovue.core.domain.images import image_format
from retrovue.core.domain.played_titles import within
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import MediaSource

log = logging.getLogger(__name__)

MAX_CACHE_BYTES = 256 * 1024 * 1024
WIDTH_PX = 400
"""What a server is asked for: the largest tile on a screen of twice the density."""
REST_S = 60
"""How long a server that did not answer is left alone."""
_IN_FLIGHT = 3
_PRUNE_EVERY = 64


@dataclass(frozen=True, slots=True)
class ArtworkRequest:
    """A poster at `address` of a server, as `ItemRow.artwork` tells it."""

    server_id: int
    address: str


class ArtworkCache:
    """Files named by what they show. Thread: any.

    Args:
        folder: made when the first picture is put.
        max_bytes: what the files may take together; when it is passed, the longest unused go until a tenth is free.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_CACHE_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._puts = 0

    def get(self, key: str) -> bytes | None:
        """The picture stored under `key`, None if there is none; counts as a use."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def remove(self, key: str) -> None:
        """Forget a picture that turned out to be of no use."""
        with contextlib.suppress(OSError):
            self._path(key).unlink(missing_ok=True)

    def put(self, key: str, data: bytes) -> None:
        """Store a picture, whole or not at all; a disk that refuses it is only logged."""
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError as error:
            log.info("a poster could not be cached: %s", error)
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            return
        with self._lock:
            self._puts += 1
            due = self._puts % _PRUNE_EVERY == 1
        if due:
            self.prune()

    def prune(self) -> int:
        """Delete the longest unused pictures if there are too many; returns how many bytes are left."""
        files = []
        for path in self._folder.glob("*/*"):
            try:
                status = path.stat()
            except OSError:
                continue
            files.append((status.st_mtime, status.st_size, path))
        total = sum(size for _used, size, _path in files)
        if total <= self._max_bytes:
            return total
        for _used, size, path in sorted(files):
            if total <= self._max_bytes * 9 // 10:
                break
            with contextlib.suppress(OSError):  # held open by another program: it goes next time
                path.unlink(missing_ok=True)
                total -= size
        return total

    def _path(self, key: str) -> Path:
        digest = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:40]


class ArtworkService:
    """Posters from the cache or their server. One `fetch` at a time; `close` when done.

    Args:
        host: servers, sources and the time.
        cache: where pictures are kept; what is in it is shown while its server is off.
    """

    def __init__(self, host: AppContext, cache: ArtworkCache) -> None:
        self._host = host
        self._cache = cache
        self._servers: dict[int, Server | None] = {}
        self._sources: dict[int, MediaSource] = {}
        self._lock = threading.Lock()
        self._resting_until: dict[int, int] = {}
        self._refused: set[ArtworkRequest] = set()

    def fetch(
        self,
        requests: Sequence[ArtworkRequest],
        token: CancelToken,
        done: Callable[[ArtworkRequest, bytes], bool],
    ) -> None:
        """Call `done` with each picture that was found, from several threads; it returns whether it could use it.

        Only whole images of the kinds in `core.domain.images` are passed on, and only those that were of use are
        cached. What a server does not have is left out and not requested again; one that is not responding rests.

        Raises:
            Cancelled: the open requests were cut.
        """
        take_back = token.on_cancel(self._abort)
        try:
            with ThreadPoolExecutor(_IN_FLIGHT, thread_name_prefix="artwork") as pool:
                for future in [pool.submit(self._one, request, token, done) for request in requests]:
                    future.result()
        finally:
            take_back()
        token.raise_if_cancelled()

    def forget_servers(self) -> None:
        """Servers were changed: look at them anew, and ask again what was refused."""
        with self._lock:
            self._servers.clear()
            self._refused.clear()
            self._resting_until.clear()
            sources, self._sources = self._sources, {}
        for source in sources.values():
            source.close()

    def close(self) -> None:
        """Give back the connections."""
        self.forget_servers()

    def _abort(self) -> None:
        with self._lock:
            sources, self._sources = self._sources, {}
        for source in sources.values():
            source.abort()

    def _one(self, request: ArtworkRequest, token: CancelToken, done: Callable[[ArtworkRequest, bytes], bool]) -> None:
        with self._lock:
            if request.server_id not in self._servers:
                self._servers[request.server_id] = self._host.servers.get(request.server_id)
            server = self._servers[request.server_id]
        if server is None or token.cancelled:
            return
        key = f"{server.uuid}\n{request.address}\n{WIDTH_PX}"
        data = self._cache.get(key)
        if data is not None:
            if image_format(data) is not None and done(request, data):
                return
            self._cache.remove(key)
        data = self._ask(server, request)
        if data is None:
            return
        if image_format(data) is not None and done(request, data):
            self._cache.put(key, data)
            return
        log.info("a poster of %s is not an image that can be shown", server.name)
        with self._lock:
            self._refused.add(request)

    def _ask(self, server: Server, request: ArtworkRequest) -> bytes | None:
        with self._lock:
            rests = self._host.clock.epoch() < self._resting_until.get(server.id, 0)
        if rests or not server.is_active or request in self._refused:
            return None
        try:
            return self._source(server).artwork(request.address, width=WIDTH_PX, height=WIDTH_PX * 3 // 2)
        except (StartingError, ProxyError, MovedError) as error:
            # Not about this picture: whoever answers is not the server, or not yet.
            self._rest(server, error)
        except (NotFoundError, ForbiddenError, ProtocolError) as error:
            log.debug("no poster: %s", error.text)
            with self._lock:
                self._refused.add(request)
        except Cancelled:
            return None
        except RetroVueError as error:
            self._rest(server, error)
        return None

    def _rest(self, server: Server, error: RetroVueError) -> None:
        log.info("no posters of %s for a while: %s", server.name, error.text)
        with self._lock:
            self._resting_until[server.id] = self._host.clock.epoch() + REST_S

    def _source(self, server: Server) -> MediaSource:
        with self._lock:
            found = self._sources.get(server.id)
            if found is None:
                found = self._sources[server.id] = self._host.open_source(server)
            return found


def posters_of_played(host: AppContext, refs: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Find (server id, address) of the poster of each title that the catalog still has.

    Args:
        refs: what rows of titles, seasons and items are known by; the latter two have the poster of their show.
    """
    wanted = {ref: within(ref) for ref in refs}
    rows = host.catalog.posters([each.plain_title for each in wanted.values()])
    found: dict[str, tuple[int, str]] = {}
    for ref, each in wanted.items():
        mine = (row for row in rows if row.title == each.plain_title and each.year in (None, row.year))
        match = next(mine, None)
        if match is not None:
            found[ref] = match.server_id, match.artwork
    return found
