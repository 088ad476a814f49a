"""Answering for as long as a task runs, with sessions that somebody else watches."""

from collections.abc import Callable

from retrovue.api.house import SharedHouse
from retrovue.api.server import ApiServer
from retrovue.api.sharing import stopper
from retrovue.core.context import AppContext
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkService
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.keys import api_key
from retrovue.core.system.zone import local_zone

_LOOK_S = 60.0


def serve(
    context: AppContext,
    token: CancelToken,
    report: Callable[[object], None],
    *,
    listen: str,
    port: int,
    may_stop_streams: bool,
    wake: Callable[[int], bool],
) -> None:
    """Answer until the token is canceled. Reports (address, house) once it listens; the house's board is filled by
    whoever gets it.

    Raises:
        RetroVueError: the port is taken.
        SecretError: the keyring is locked.
    """
    key = api_key(context, context.environ)
    posters = ArtworkService(context, ArtworkCache(context.dirs.cache_dir / "artwork"))
    house = SharedHouse(
        context,
        key,
        SessionBoard(),
        local_zone(context.environ),
        may_stop_streams=may_stop_streams,
        posters=posters,
        wake=wake,
        stop_stream=stopper(context),
    )
    server = ApiServer(house, listen, port)
    try:
        server.start()
        report((server.url, house))
        while not token.wait(_LOOK_S):
            pass
    finally:
        server.stop()
        posters.close()
