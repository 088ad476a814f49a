"""Plays that other records tell of, and how one of them is recognized as a play that is known. Pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

SLACK_S = 120
"""Clocks of two programs differ, and one notices later than the other: so far apart, times still touch."""
INSTANT_SLACK_S = 900
"""A record that has a single instant of a play can mean its start, its end or the moment it became watched."""
MARGIN_S = 60
"""Another record has seen a part that we have not, if it differs by more than this."""


class PlaySource(StrEnum):
    """Where a play is known from. Also the values of `source` in lists."""

    LIVE = "live"
    TAUTULLI = "tautulli"
    PLAYBACK_REPORTING = "playback_reporting"
    JELLYSTAT = "jellystat"
    SERVER = "server"


class TimeKind(StrEnum):
    """What the play time of a play is.

    MEASURED: somebody watched it. AT_MOST: the time between a start and a stop, in which pauses are unknown.
    UNKNOWN: only an instant is known, and the play time is 0.
    """

    MEASURED = "measured"
    AT_MOST = "at_most"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Span:
    """The times of a play: epoch seconds, and seconds."""

    started_at: int
    stopped_at: int
    paused_s: int = 0
    play_s: int = 0
    kind: TimeKind = TimeKind.MEASURED


@dataclass(frozen=True, slots=True)
class ToldPlay:
    """A play as another record tells it, with the names as they were.

    Attributes:
        uid: the same whenever the same record tells of the same play.
        user_key: the account's id on the server; `user` its name there.
        percent: the progress at the end; `is_watched` as the record judged it.
    """

    uid: str
    source: PlaySource
    span: Span
    kind: str
    title: str
    user_key: str | None = None
    user: str | None = None
    show_title: str | None = None
    season_number: int | None = None
    episode_number: int | None = None
    aired: str | None = None
    year: int | None = None
    remote_id: str | None = None
    guid: str | None = None
    device_id: str | None = None
    player: str | None = None
    product: str | None = None
    platform: str | None = None
    address: str | None = None
    location: str | None = None
    decision: str | None = None
    position_ms: int | None = None
    duration_ms: int | None = None
    percent: int | None = None
    is_watched: bool = False
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class KnownPlay:
    """A stored play, as far as it is compared.

    Attributes:
        is_inferred: nobody reported its end, so it may have gone on.
        is_deleted: a person took it out; it stays out.
    """

    id: int
    source: str
    span: Span
    remote_id: str | None = None
    guid: str | None = None
    user_id: int | None = None
    user: str | None = None
    device_id: str | None = None
    is_inferred: bool = False
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did with the plays that it read.

    Attributes:
        added: of them, `first_at` to `last_at` (epoch seconds; None without any), by these `people`.
        not_in_catalog: of `added`, how many are of items that the catalog does not have; only counted by a rehearsal.
        already_known: of them, how many are `joined`: RetroVue or another record saw the same play.
    """

    read: int = 0
    added: int = 0
    already_known: int = 0
    skipped: int = 0
    joined: int = 0
    not_in_catalog: int = 0
    people: frozenset[str] = frozenset()
    first_at: int | None = None
    last_at: int | None = None

    def __add__(self, other: "ImportCounts") -> "ImportCounts":
        firsts = [at for at in (self.first_at, other.first_at) if at is not None]
        lasts = [at for at in (self.last_at, other.last_at) if at is not None]
        return ImportCounts(
            self.read + other.read,
            self.added + other.added,
            self.already_known + other.already_known,
            self.skipped + other.skipped,
            self.joined + other.joined,
            self.not_in_catalog + other.not_in_catalog,
            self.people | other.people,
            min(firsts, default=None),
            max(lasts, default=None),
        )


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is. `total` is None where the record does not tell how much it has."""

    done: int
    total: int | None = None


def find_same(told: ToldPlay, user_id: int | None, known: Iterable[KnownPlay]) -> KnownPlay | None:
    """Return the stored play that a record tells of: the same account and item at the same time.

    Rows of one record are different plays, so plays of the same source are never compared. Several can fit where one
    program saw two plays in what the other saw as one: the longest common time wins.
    """
    fitting = [each for each in known if _is_same(told, user_id, each)]
    return max(fitting, key=lambda each: _common_s(each.span, told.span), default=None)


def _is_same(told: ToldPlay, user_id: int | None, known: KnownPlay) -> bool:
    if known.source == told.source or not _is_same_item(told, known) or not _is_same_user(told, user_id, known):
        return False
    if told.device_id and known.device_id and told.device_id != known.device_id:
        return False
    is_instant = TimeKind.UNKNOWN in (told.span.kind, known.span.kind)
    return _common_s(known.span, told.span) >= -(INSTANT_SLACK_S if is_instant else SLACK_S)


def _is_same_item(told: ToldPlay, known: KnownPlay) -> bool:
    if told.remote_id is not None and told.remote_id == known.remote_id:
        return True
    return told.guid is not None and told.guid == known.guid


def _is_same_user(told: ToldPlay, user_id: int | None, known: KnownPlay) -> bool:
    if user_id is not None and user_id == known.user_id:
        return True
    return (told.user or "").casefold() == (known.user or "").casefold()


def _common_s(one: Span, other: Span) -> int:
    """Return how long two spans share, negative: how far apart they are."""
    return min(one.stopped_at, other.stopped_at) - max(one.started_at, other.started_at)


def joined(known: KnownPlay, told: Span) -> Span:
    """Return the times of a play of which we saw a part, with what another record adds.

    Our own start is late where RetroVue was not running yet; our own end is early only where nobody reported it.
    """
    mine = known.span
    if told.kind is TimeKind.UNKNOWN:
        return mine
    before_s = max(0, mine.started_at - told.started_at)
    after_s = max(0, told.stopped_at - mine.stopped_at) if known.is_inferred else 0
    before_s, after_s = (length if length > MARGIN_S else 0 for length in (before_s, after_s))
    if not before_s and not after_s:
        return mine
    whole = replace(mine, started_at=mine.started_at - before_s, stopped_at=mine.stopped_at + after_s)
    wall_s = whole.stopped_at - whole.started_at
    if told.kind is TimeKind.MEASURED:
        play_s = max(mine.play_s, min(told.play_s, wall_s - mine.paused_s))
        return replace(whole, play_s=play_s, paused_s=min(max(mine.paused_s, told.paused_s), wall_s - play_s))
    play_s = min(mine.play_s + before_s + after_s, wall_s - mine.paused_s)
    return replace(whole, play_s=play_s, kind=TimeKind.AT_MOST)


def paired(
    entries: Iterable[tuple[int, bool, tuple[str, ...]]], *, longest_s: Mapping[tuple[str, ...], int]
) -> list[tuple[tuple[str, ...], int, int | None]]:
    """Return the plays in a log of starts and stops, oldest first, as (key, start, stop).

    A start that no stop follows before the next start of its key has no stop; a stop without a start is left out, for
    nothing says when it began. A stop that comes later than an item can last belongs to a start that the log lacks.

    Args:
        entries: (epoch seconds, is a start, key of account and item), in any order.
        longest_s: how long a play of a key can last, seconds; a day where it is not known.
    """
    found: list[tuple[tuple[str, ...], int, int | None]] = []
    open_at: dict[tuple[str, ...], int] = {}
    stopped_at: dict[tuple[str, ...], int] = {}
    for at, is_start, key in sorted(entries, key=lambda entry: (entry[0], entry[1])):
        started_at = open_at.pop(key, None)
        if is_start:
            if started_at is not None:
                found.append((key, started_at, None))
            if stopped_at.pop(key, None) == at:
                # Both in the same second, and nothing before that could have been stopped.
                found.append((key, at, at))
            else:
                open_at[key] = at
        elif started_at is not None:
            is_possible = at - started_at <= longest_s.get(key, _DAY_S)
            found.append((key, started_at, at if is_possible else None))
        else:
            stopped_at[key] = at
    found += [(key, started_at, None) for key, started_at in open_at.items()]
    return sorted(found, key=lambda play: play[1])


_DAY_S = 86_400
