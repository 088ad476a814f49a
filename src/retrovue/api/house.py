"""What requests are answered from."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import SecretError
from retrovue.core.services.catalog.artwork import ArtworkService
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.services.monitor.hub import EventHub
from retrovue.core.services.sharing.board import SessionBoard
from retrovue.core.services.sharing.hooks import HintLog
from retrovue.core.services.sharing.keys import ApiKey, Renewals

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SharedHouse:
    """The profile that is shared. Thread: any.

    Attributes:
        key: as it was read last; `renewals` says when it may be another one.
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
    renewals: Renewals = field(init=False)

    def __post_init__(self) -> None:
        self.renewals = Renewals(self.host)

    def renew(self) -> None:
        """Take the key as it is kept now. Can wait for the keyring, so not on the event loop."""
        try:
            self.key = self.renewals.read(self.key)
        except SecretError as error:
            log.warning("whether there is a new API key is not known: %s", error.text)

    def now(self) -> datetime:
        """The present instant, in the zone of this computer."""
        return self.host.clock.now().astimezone(self.zone)
