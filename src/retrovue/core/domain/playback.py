"""Live playback sessions as servers list them, and what can happen to them."""

from dataclasses import dataclass
from enum import StrEnum

from retrovue.core.domain.titles import episode_code, titled


class EventKind(StrEnum):
    """What happened to a session or a server."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    BUFFERING = "buffering"
    STOPPED = "stopped"
    SERVER_DOWN = "server_down"
    SERVER_UP = "server_up"


@dataclass(frozen=True, slots=True)
class RemoteSession:
    """One live playback session as a server lists it.

    Attributes:
        state: "playing", "paused", "buffering", or the server's own word.
        decision: "direct_play", "direct_stream" or "transcode".
        aired: the day an episode was first shown, YYYY-MM-DD.
        device_id: with `user_id` and `remote_id` it identifies the play: session keys are reused.
    """

    session_key: str
    remote_id: str | None
    kind: str
    title: str
    state: str
    user: str | None = None
    user_id: str | None = None
    device_id: str | None = None
    player: str | None = None
    product: str | None = None
    platform: str | None = None
    address: str | None = None
    location: str | None = None
    position_ms: int | None = None
    duration_ms: int | None = None
    decision: str = "direct_play"
    bandwidth_kbps: int | None = None
    show_title: str | None = None
    season_number: int | None = None
    episode_number: int | None = None
    year: int | None = None
    guid: str | None = None
    artwork: str | None = None
    source_label: str | None = None
    delivered_label: str | None = None
    is_live: bool = False
    aired: str | None = None


def session_title(session: RemoteSession) -> str:
    """What is playing, in one line: "The Lantern District · S02E07 · The Tide Table"."""
    if session.show_title is None:
        return titled(session.title, session.year)
    return " · ".join(part for part in (session.show_title, session_code(session), session.title) if part)


def session_code(session: RemoteSession) -> str:
    """Return "S02E07", or the day of an episode without a number; empty for what is not an episode."""
    return episode_code(session.season_number, session.episode_number, aired=session.aired)
