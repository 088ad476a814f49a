"""The history: plays that have ended, and their grouping by title. Pure functions."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import reduce
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class Play:
    """A play of the history, with the names as they were when it was played.

    Attributes:
        server, user: the server's own names.
        play_s: the play time, without `paused_s`.
        percent: the progress at the end; None without a length.
        source: "live" if RetroVue recorded it, else where it was imported from.
        plays: how many plays it represents; more than one for grouped plays.
        server_kind: "plex", "emby" or "jellyfin"; None once the server is gone.
    """

    id: int
    server: str
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
    device: str | None
    player: str | None
    product: str | None
    platform: str | None
    stream_decision: str | None
    started_at: datetime
    stopped_at: datetime
    paused_s: int
    play_s: int
    position_ms: int | None
    duration_ms: int | None
    percent: int | None
    watched: bool
    source: str
    server_id: int | None = None
    user_id: int | None = None
    plays: int = 1
    server_kind: str | None = None


@dataclass(frozen=True, slots=True)
class PlayedItem:
    """An item of the catalog whose plays are wanted, on whatever server and under whatever id they happened.

    Attributes:
        title: what a filter for it is called.
        addresses: (server id, the server's own id) of each copy.
        guids: its own ids, which outlive the servers' ids.
        is_show: wants the plays of its episodes, which are known by the title of their show.
    """

    title: str
    addresses: tuple[tuple[int, str], ...] = ()
    guids: tuple[str, ...] = ()
    is_show: bool = False


@dataclass(frozen=True, slots=True)
class PlayFilter:
    """A filter of plays. None and an empty tuple do not filter.

    Attributes:
        started_from, started_before: compared with the start of a play; the second instant is excluded.
        search: words that must all be in its titles, user, server or player, ignoring case and accents.
        server_ids, users, kinds, decisions: any of these.
        ids: only these plays, such as those that a bar of a chart counts; here an empty tuple lets none through.
    """

    started_from: datetime | None = None
    started_before: datetime | None = None
    server_id: int | None = None
    user: str | None = None
    search: str = ""
    limit: int | None = None
    server_ids: tuple[int, ...] = ()
    users: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    watched: bool | None = None
    item: PlayedItem | None = None
    stopped_from: datetime | None = None
    ids: tuple[int, ...] | None = None


class PlaySort(StrEnum):
    """What a list of plays can be sorted by."""

    STARTED = "started"
    USER = "user"
    TITLE = "title"
    SERVER = "server"
    PLAYER = "player"
    PLAYED = "played"
    PAUSED = "paused"
    PERCENT = "percent"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class PlayQuery:
    """A list of plays: which, in which order, one by one or as sittings."""

    chosen: PlayFilter = PlayFilter()
    sort_key: str = PlaySort.STARTED
    descending: bool = True
    grouped: bool = True


@dataclass(frozen=True, slots=True)
class PlayDetails:
    """A play with what only its details show."""

    play: Play
    address: str | None = None
    location: str | None = None
    source_label: str | None = None
    delivered_label: str | None = None
    bandwidth_kbps: int | None = None
    buffered: int = 0
    is_inferred: bool = False
    stream: dict[str, object] | None = None


@dataclass(frozen=True, slots=True)
class PlayedDay:
    """What was played on a local day, of what a list shows."""

    day: date
    plays: int
    play_s: int


_Each = TypeVar("_Each")


@dataclass(frozen=True, slots=True)
class Span:
    """What the rule of sittings asks of a play. Instants are of one kind, as is the window: datetimes or seconds."""

    server: object
    account: object
    item: object
    started_at: Any
    stopped_at: Any
    id: int


def grouped(plays: Iterable[_Each], *, window: Any, span_of: Callable[[_Each], Span]) -> list[list[_Each]]:
    """Plays of the same server, account and item that follow each other, oldest first; the newest group first.

    Args:
        window: the maximum time between the end of a play and the start of the next.
    """
    groups: list[list[tuple[Span, _Each]]] = []
    newest: dict[tuple[object, ...], tuple[int, Any]] = {}
    for span, play in sorted(((span_of(each), each) for each in plays), key=lambda pair: _order(pair[0])):
        key = (span.server, span.account, span.item)
        index, ends_at = newest.get(key, (-1, span.started_at))
        if index < 0 or span.started_at - ends_at > window:
            newest[key] = (len(groups), span.stopped_at)
            groups.append([(span, play)])
            continue
        groups[index].append((span, play))
        newest[key] = (index, max(ends_at, span.stopped_at))
    groups.sort(key=lambda group: _order(group[-1][0]), reverse=True)
    return [[play for _span, play in group] for group in groups]


def _order(span: Span) -> tuple[Any, int]:
    return span.started_at, span.id


def sittings(plays: Iterable[Play], *, window: timedelta) -> list[Play]:
    """Group plays of the same server, account and item that follow each other. Newest first.

    A group has the facts of its last play, the start of its first, and the sum of their times. Items are compared by
    guid, because servers reuse ids; by id only without a guid.

    Args:
        window: the maximum time between the end of a play and the start of the next.
    """
    joined = [reduce(join, group) for group in grouped(plays, window=window, span_of=_span)]
    return sorted(joined, key=lambda each: (each.started_at, each.id), reverse=True)


def _span(play: Play) -> Span:
    item = play.guid or play.remote_id or play.title
    return Span(
        play.server_id or play.server, play.user_id or play.user, item, play.started_at, play.stopped_at, play.id
    )


def join(before: Play, play: Play) -> Play:
    """One play that stands for two of the same item: the facts of the later one, and the sum of their times."""
    return replace(
        play,
        started_at=before.started_at,
        stopped_at=max(before.stopped_at, play.stopped_at),
        paused_s=before.paused_s + play.paused_s,
        play_s=before.play_s + play.play_s,
        percent=max((p for p in (before.percent, play.percent) if p is not None), default=None),
        watched=before.watched or play.watched,
        plays=before.plays + play.plays,
    )
