"""A profile that is shared: its servers watched, its posters at hand, for as long as a block lasts."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from retrovue.api.house import SharedHouse
from retrovue.api.server import ApiServer
from retrovue.core.context import AppContext
from retrovue.core.domain.errors import RetroVueError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkService
from retrovue.core.services.monitor import ActiveSession, Heard, MonitorState
from retrovue.core.services.monitor.stopping import stop_stream
from retrovue.core.services.monitor.watching import ServerWatches
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.hooks import HintLog
from retrovue.core.services.sharing.keys import ApiKey, api_key

_LOOK_S = 60.0


def stopper(context: AppContext) -> Callable[[ActiveSession, str], str]:
    """Ends a session with a message; the text says why it could not."""

    def stop(active: ActiveSession, message: str) -> str:
        try:
            stop_stream(context, active, message)
        except RetroVueError as error:
            return error.text
        return ""

    return stop


@contextmanager
def _shared(context: AppContext, key: ApiKey, *, may_stop_streams: bool) -> Iterator[SharedHouse]:
    """A profile with its posters at hand; who is watching is not known yet."""
    posters = ArtworkService(context, ArtworkCache(context.dirs.cache_dir / "artwork"))
    try:
        yield SharedHouse(
            context,
            key,
            SessionBoard(),
            context.zone,
            may_stop_streams=may_stop_streams,
            posters=posters,
            stop_stream=stopper(context),
        )
    finally:
        posters.close()


@contextmanager
def house_of(context: AppContext, key: ApiKey, *, may_stop_streams: bool = False) -> Iterator[SharedHouse]:
    """Watch the servers of a profile and share what there is. Plays are recorded by others: `monitor`, or the window.

    A profile without servers is shared as well: its history may be of servers that are gone.
    """
    with _shared(context, key, may_stop_streams=may_stop_streams) as house:

        def told(state: MonitorState, heard: tuple[Heard, ...]) -> None:
            house.board.take(state)
            for each in heard:
                house.events.tell(each.event)

        watches = ServerWatches(context, told)
        house.wake = watches.wake
        watches.start()
        try:
            yield house
        finally:
            watches.stop()


def serve(
    context: AppContext,
    token: CancelToken,
    report: Callable[[object], None],
    *,
    listen: str,
    port: int,
    may_stop_streams: bool,
    origins: Sequence[str],
    wake: Callable[[int], bool],
    hints: HintLog,
) -> None:
    """Answer until the token is canceled, with sessions that somebody else watches.

    Reports (address, house) once it listens; whoever gets it fills the board of the house.

    Raises:
        RetroVueError: the port is taken.
        SecretError: the keyring is locked.
    """
    with _shared(context, api_key(context, context.environ), may_stop_streams=may_stop_streams) as house:
        house.wake, house.hints = wake, hints
        server = ApiServer(house, listen, port, origins)
        try:
            server.start()
            report((server.home_url, house))
            while not token.wait(_LOOK_S):
                pass
        finally:
            server.stop()
