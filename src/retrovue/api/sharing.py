"""A profile that is shared: its servers watched, its posters at hand, for as long as a block lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from retrovue.api.house import SharedHouse
from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, RetroVueError
from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkService
from retrovue.core.services.monitor import ActiveSession, Heard, MonitorState
from retrovue.core.services.monitor.stopping import stop_stream
from retrovue.core.services.monitor.watching import ServerWatches, watchable
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.keys import ApiKey
from retrovue.core.system.zone import local_zone


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
def house_of(context: AppContext, key: ApiKey, *, may_stop_streams: bool = False) -> Iterator[SharedHouse]:
    """Watch the servers of a profile and share what there is. Plays are recorded by others: `monitor`, or the window.

    A profile without servers is shared as well: it may get some.
    """
    posters = ArtworkService(context, ArtworkCache(context.dirs.cache_dir / "artwork"))
    house = SharedHouse(context, key, SessionBoard(), local_zone(), may_stop_streams=may_stop_streams, posters=posters)
    try:
        servers, _refused = watchable(context)
    except ConfigError:
        servers = []

    def told(state: MonitorState, heard: tuple[Heard, ...]) -> None:
        house.board.take(state)
        for each in heard:
            house.events.tell(each.event)

    house.stop_stream = stopper(context)
    watches = ServerWatches(context, servers, told)
    house.wake = watches.wake
    watches.start()
    try:
        yield house
    finally:
        watches.stop()
        posters.close()
