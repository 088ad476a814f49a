"""What other programs are told: plays, items and people with numbers that stay the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from retrovue.core.domain.history import Span, grouped

_DIGITS = {"movie": 1, "show": 2, "season": 3, "episode": 4}
_KINDS = {digit: kind for kind, digit in _DIGITS.items()}


def item_number(kind: str, row_id: int) -> int:
    """The number of an item: its row with a digit for its kind.

    A row keeps its ID when the server gives the item a new one, so the number survives a sync and a restart.
    """
    return row_id * 10 + _DIGITS[kind]


def item_of(number: int) -> tuple[str, int] | None:
    """(kind, row) of a number; None if it is not one of `item_number`."""
    kind = _KINDS.get(number % 10)
    return (kind, number // 10) if kind is not None and number > 0 else None


def loose_number(server_id: int | None, text: str, *, is_show: bool = False) -> int:
    """The number of something that was played and is not in the catalog: an item by its ID, a show by its title.

    It is worked out, not stored, so that the same thing has the same number in every answer.
    """
    digest = sha256(f"{server_id}\n{text}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:5], "big") * 10 + (8 if is_show else 9)


@dataclass(frozen=True, slots=True)
class SharedPlay:
    """A play with everything that is told of it. `started_at` and `stopped_at` are epoch seconds, `*_s` seconds."""

    id: int
    server_id: int | None
    user_id: int | None
    user: str | None
    kind: str
    title: str
    show: str | None
    season: int | None
    episode: int | None
    aired: str | None
    year: int | None
    remote_id: str | None
    guid: str | None
    device_id: str | None
    player: str | None
    product: str | None
    platform: str | None
    address: str | None
    location: str | None
    decision: str | None
    source_label: str | None
    delivered_label: str | None
    bandwidth_kbps: int | None
    started_at: int
    stopped_at: int
    paused_s: int
    play_s: int
    position_ms: int | None
    duration_ms: int | None
    percent: int | None
    watched: bool
    is_live: bool


@dataclass(frozen=True, slots=True)
class SharedItem:
    """An item of the catalog as far as it is told. Numbers of its show and season are None where it has none.

    Attributes:
        id, show_id, season_id: rows of the catalog.
        added_at: epoch seconds.
    """

    kind: str
    id: int
    server_id: int
    library_id: int
    remote_id: str | None
    title: str
    year: int | None = None
    number: int | None = None
    season_number: int | None = None
    show_id: int | None = None
    show_title: str | None = None
    show_remote_id: str | None = None
    show_year: int | None = None
    show_guid: str | None = None
    season_id: int | None = None
    season_title: str | None = None
    season_remote_id: str | None = None
    guid: str | None = None
    artwork: str | None = None
    show_artwork: str | None = None
    genres: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    content_rating: str | None = None
    studio: str | None = None
    summary: str | None = None
    original_title: str | None = None
    sort_title: str | None = None
    aired: str | None = None
    duration_ms: int | None = None
    added_at: int | None = None
    updated_at: int | None = None
    children: int = 0


@dataclass(frozen=True, slots=True)
class SharedUser:
    """An account of a server. `first_seen_at` and `last_seen_at` are epoch seconds.

    Attributes:
        person: who several accounts belong to; None where it is known by its own name.
    """

    id: int
    server_id: int
    key: str
    name: str
    person: str | None
    first_seen_at: int
    last_seen_at: int

    @property
    def shown(self) -> str:
        """What the person is called."""
        return self.person or self.name


@dataclass(frozen=True, slots=True)
class ShareFilter:
    """Which plays are told of. None does not filter; an empty list lets nothing through.

    Attributes:
        started_from, started_before: epoch seconds; the second is excluded.
        items: (kind, row) of movies, episodes, seasons or shows; any of them.
        addresses: (server, remote ID) of what is not in the catalog, beside `items`; None for the server: unknown.
        shows: (server, title) of shows that are not in the catalog, beside `items`.
        guids: beginnings of guids.
        search: text in titles, names or players, ignoring case and accents.
    """

    server_id: int | None = None
    user_ids: tuple[int, ...] | None = None
    users: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    is_live: bool | None = None
    decisions: tuple[str, ...] | None = None
    items: tuple[tuple[str, int], ...] | None = None
    addresses: tuple[tuple[int | None, str], ...] = ()
    shows: tuple[tuple[int | None, str], ...] = ()
    library_ids: tuple[int, ...] | None = None
    play_ids: tuple[int, ...] | None = None
    guids: tuple[str, ...] | None = None
    started_from: int | None = None
    started_before: int | None = None
    search: str = ""


ORDERS = frozenset(
    "date friendly_name ip_address platform product player full_title started paused_counter stopped duration".split()
)
"""What a history can be ordered by. `duration` is the length of the media."""


def full_title(kind: str, show: str | None, title: str) -> str:
    """Return the title of a play as one line."""
    return f"{show} - {title}" if kind == "episode" and show else title


@dataclass(slots=True)
class Sitting:
    """Plays of the same item by the same account that follow each other, oldest first."""

    plays: list[SharedPlay] = field(default_factory=list)

    @property
    def last(self) -> SharedPlay:
        """The play that came last."""
        return self.plays[-1]

    @property
    def started_at(self) -> int:
        """When the first one began, epoch seconds."""
        return self.plays[0].started_at

    @property
    def stopped_at(self) -> int:
        """When the latest end was, epoch seconds."""
        return max(play.stopped_at for play in self.plays)

    @property
    def play_s(self) -> int:
        """The play time of all of them."""
        return sum(play.play_s for play in self.plays)

    @property
    def paused_s(self) -> int:
        """The paused time of all of them."""
        return sum(play.paused_s for play in self.plays)

    @property
    def percent(self) -> int:
        """How far the farthest of them went."""
        return max((play.percent or 0 for play in self.plays), default=0)

    @property
    def watched(self) -> bool:
        """Whether any of them reached the end."""
        return any(play.watched for play in self.plays)


def sittings_of(plays: Iterable[SharedPlay], window: timedelta) -> list[Sitting]:
    """Group plays by the rule of `history.sittings`, newest first; with a negative window each stands alone."""
    if window < timedelta(0):
        return [Sitting([play]) for play in sorted(plays, key=lambda each: (each.started_at, each.id), reverse=True)]
    return [Sitting(group) for group in grouped(plays, window=window.total_seconds(), span_of=_span)]


def _span(play: SharedPlay) -> Span:
    item = play.guid or play.remote_id or play.title
    return Span(play.server_id, play.user_id or play.user, item, play.started_at, play.stopped_at, play.id)
