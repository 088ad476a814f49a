"""What servers remember of plays by themselves, in the same terms for all of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlayedItem:
    """What an item is, as far as the server still knows."""

    title: str
    kind: str
    show_title: str | None = None
    season_number: int | None = None
    episode_number: int | None = None
    year: int | None = None
    aired: str | None = None
    guid: str | None = None
    duration_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RecordedPlay:
    """A play that a server remembers.

    Attributes:
        key: the same whenever this server tells of the same play.
        at: when it began, or the one instant that is known; epoch seconds by the server's clock.
        stopped_at: when it ended, None where only `at` is known.
        is_instant: `at` need not be the beginning: Plex notes when something became watched.
        watched: whether the server counts it as watched; None where it does not tell.
    """

    key: str
    at: int
    item: PlayedItem
    stopped_at: int | None = None
    is_instant: bool = False
    watched: bool | None = None
    user_key: str | None = None
    user: str | None = None
    remote_id: str | None = None
