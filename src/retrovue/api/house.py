"""What requests are answered from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from retrovue.core.context import AppContext
from retrovue.core.services.catalog.artwork import ArtworkService
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.services.monitor.hub import EventHub
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.hooks import HintLog
from retrovue.core.services.sharing.keys import ApiKey


@dataclass(slots=True)
class SharedHouse:
    """The profile that is shared. Thread: any.

    Attributes:
        zone: where days begin.
        may_stop_streams: whether `terminate_session` is allowed.
        posters: where pictures come from; None answers none.
        wake: look at a server now, by its ID.
        stop_stream: ends a session with a message for the person; returns why it could not, or an empty text.
    """

    host: AppContext
    key: ApiKey
    board: SessionBoard
    zone: tzinfo
    may_stop_streams: bool = False
    wake: Callable[[int], bool] = lambda _server_id: False
    stop_stream: Callable[[ActiveSession, str], str] = lambda _active, _message: "This server cannot stop streams."
    posters: ArtworkService | None = None
    events: EventHub = field(default_factory=EventHub)
    hints: HintLog = field(default_factory=HintLog)

    def now(self) -> datetime:
        """The present instant, in the zone of this computer."""
        return self.host.clock.now().astimezone(self.zone)
