"""What servers remember of plays by themselves, in the same terms for all of them."""

from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One play in the table of the Playback Reporting plugin. `row_id` is 0 in a backup file, which has none."""

    row_id: int
    started_at: int
    length_s: int
    user_key: str
    remote_id: str
    kind: str
    title: str
    show_title: str | None = None
    season_number: int | None = None
    episode_number: int | None = None
    decision: str | None = None
    product: str | None = None
    player: str | None = None


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Some rows of that table. `last` is the greatest row id of the page, `bad` how many could not be read."""

    rows: Sequence[ReportRow]
    last: int = 0
    bad: int = 0
