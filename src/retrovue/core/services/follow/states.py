"""What is known of the connection over which a server tells of changes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retrovue.core.services.follow.pace import Gentle


class FollowPhase(StrEnum):
    """Where following a server stands.

    `waiting`: the connection is lost and tried again. `locked`: the keyring with the token is, and is asked again.
    `signed_out`: there is no token, or the server refuses it.
    `not_offered`: the server tells changes to other accounts only. `stopped`: another server answers at the address.
    """

    OFF = "off"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    LOCKED = "locked"
    SIGNED_OUT = "signed_out"
    NOT_OFFERED = "not_offered"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class FollowState:
    """One server's state, complete each time it is told.

    Attributes:
        reason: what is wrong, for people; empty where nothing is.
        retry_at: when a lost connection is tried again.
        caught_up_at: when everything that was not heard before had been asked for; None while it was not.
        waiting: items that the server spoke of and that are not fetched yet.
        gentle: why it goes gently now, None when it does not.
        changed_at: when something of this server last came into the catalog this way.
        plays: how often a stream was told to have begun or changed its state; only differences mean something.
    """

    server_id: int
    phase: FollowPhase = FollowPhase.OFF
    reason: str = ""
    retry_at: datetime | None = None
    caught_up_at: datetime | None = None
    waiting: int = 0
    gentle: Gentle | None = None
    changed_at: datetime | None = None
    plays: int = 0
