"""A house with a past that is shared on a free port, and somebody who asks."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from tools.past import fill_history

from retrovue.api.house import SharedHouse
from retrovue.api.server import ApiServer
from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkService
from retrovue.core.services.monitor.poller import ServerWatch
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.keys import ApiKey
from retrovue.core.services.sync import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.secrets import SecretPlace
from retrovue.core.system.zone import local_zone
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.mediabrowser import JellyfinDialect
from retrovue.demo.plex import PlexDialect

KEY = "0123456789abcdef0123456789abcdef"
DAYS = 60


@dataclass
class Asker:
    """Asks the API as a program would."""

    server: ApiServer
    house: SharedHouse

    def raw(
        self, path: str, *, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """(status, body) of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", int(self.server.url.rsplit(":", 1)[1]), timeout=20)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def envelope(self, cmd: str, *, at: str = "/api/v2", **given: object) -> tuple[int, dict[str, Any]]:
        """(status, what is in the envelope)."""
        status, body = self.raw(f"{at}?{urlencode({'apikey': KEY, 'cmd': cmd, **given})}")
        return status, json.loads(body)["response"]

    def data(self, cmd: str, **given: Any) -> Any:
        """What a command answers."""
        status, response = self.envelope(cmd, **given)
        assert (status, response["result"]) == (200, "success"), response
        return response["data"]


def start_house(folder: Path, kinds: dict[str, Any]) -> tuple[AppContext, dict[str, DemoServer]]:
    """A profile that has imported a small demo server of each kind, with a past."""
    running = {
        name: DemoServer(make_library(LibrarySpec(shows=3, episodes=24, movies=12)), dialect=dialect).start()
        for name, dialect in kinds.items()
    }
    host = AppContext(
        resolve_dirs(folder), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False
    )
    for name, server in running.items():
        servers.add(host, kind=ServerKind(name), name=name.title(), url=server.url, secret=server.token)
    run_sync(host, SyncRequest(), CancelToken())
    fill_history(host, {name: server.library for name, server in running.items()}, days=DAYS)
    return host, running


@pytest.fixture(scope="module")
def kinds() -> dict[str, Any]:
    """The servers of the house. A module that wants others has a fixture of this name."""
    return {"plex": PlexDialect, "jellyfin": JellyfinDialect}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, kinds: dict[str, Any]) -> Iterator[Asker]:
    """A house that answers; one person watches on each server. Requests change nothing, so it is shared."""
    host, running = start_house(tmp_path_factory.mktemp("profile"), kinds)
    board = SessionBoard()
    for server in host.servers.all():
        demo = running[server.kind.value]
        demo.playbacks.start(demo.library.members("1", "movie")[0].id)
        watch = ServerWatch(server, tells_first=True)
        token = CancelToken()

        def report(told: Any, token: CancelToken = token) -> None:
            if hasattr(told, "sessions"):
                board.take(told)
                token.cancel()

        watch.run(host, token, report)
    posters = ArtworkService(host, ArtworkCache(host.dirs.cache_dir / "artwork"))
    house = SharedHouse(host, ApiKey(KEY, SecretPlace.MEMORY), board, local_zone(), posters=posters)
    server = ApiServer(house, port=0)
    server.start()
    yield Asker(server, house)
    server.stop()
    posters.close()
    for each in running.values():
        each.stop()
    host.close()
