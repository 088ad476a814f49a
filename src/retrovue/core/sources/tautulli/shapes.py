"""What Tautulli answers, as typed objects, whatever a version writes its numbers as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retrovue.core.sources.documents import LARGEST_NUMBER, LATEST_AT, LONGEST_MS, between, number_of, text_of

_LONGEST_S = LONGEST_MS // 1000
_DECISIONS = {"direct play": "direct_play", "copy": "direct_stream", "transcode": "transcode"}
_WATCHED = 1.0


@dataclass(frozen=True, slots=True)
class TautulliInfo:
    """The program itself."""

    version: str
    platform: str | None


@dataclass(frozen=True, slots=True)
class TautulliServer:
    """The Plex server that it watches. `machine_identifier` is None where it does not tell."""

    name: str
    machine_identifier: str | None
    version: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class TautulliUser:
    """An account. `name` is the server's own name for it, `friendly_name` the one that Tautulli shows."""

    user_id: str
    name: str
    friendly_name: str
    is_active: bool
    keeps_history: bool


@dataclass(frozen=True, slots=True)
class WatchTime:
    """Plays of an item or user in the last `days` days; 0 days: since ever."""

    days: int
    plays: int
    time_s: int


@dataclass(frozen=True, slots=True)
class ItemUser:
    """What one account played of an item."""

    user_id: str
    name: str
    plays: int
    time_s: int


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One play of the ungrouped history.

    Attributes:
        row_id: grows with the time at which plays stop.
        user: the server's own name of the account.
        play_s: the time without pauses, at least 0.
        percent: the progress at the end.
        watched: as Tautulli judged it; None where that is left to the reader.
        position_ms, duration_ms, credits_at_ms: only a database file has them.
        decision: "direct_play", "direct_stream", "transcode", or None.
        rating_key: the item's id on the server at that time.
    """

    row_id: int
    started_at: int
    stopped_at: int
    paused_s: int
    play_s: int
    media_type: str
    title: str
    user_id: str | None = None
    user: str | None = None
    show: str | None = None
    season: int | None = None
    episode: int | None = None
    year: int | None = None
    aired: str | None = None
    rating_key: str | None = None
    guid: str | None = None
    device_id: str | None = None
    player: str | None = None
    product: str | None = None
    platform: str | None = None
    address: str | None = None
    location: str | None = None
    decision: str | None = None
    percent: int | None = None
    watched: bool | None = False
    is_live: bool = False
    position_ms: int | None = None
    duration_ms: int | None = None
    credits_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of the history.

    Attributes:
        rows: the plays that could be read.
        live: how many rows were plays that have not ended.
        bad: how many rows could not be read.
        total: the rows of the whole list, or None.
    """

    rows: Sequence[HistoryRow]
    live: int = 0
    bad: int = 0
    total: int | None = None

    @property
    def arrived(self) -> int:
        """Return how many rows the answer had."""
        return len(self.rows) + self.live + self.bad


def info_of(data: Any) -> TautulliInfo:
    """Read the answer of `get_tautulli_info`."""
    found = mapping(data)
    version = (text_of(found.get("tautulli_version")) or "").lstrip("v")
    return TautulliInfo(version, text_of(found.get("tautulli_platform")))


def server_of(data: Any) -> TautulliServer:
    """Read the answer of `get_server_info`."""
    found = mapping(data)
    return TautulliServer(
        name=text_of(found.get("pms_name")) or "",
        machine_identifier=text_of(found.get("pms_identifier")),
        version=text_of(found.get("pms_version")),
        url=text_of(found.get("pms_url")),
    )


def users_of(data: Any) -> list[TautulliUser]:
    """Read the answer of `get_users`; an account without an id is left out."""
    found = []
    for row in rows_of(data):
        user_id, name = text_of(row.get("user_id")), text_of(row.get("username"))
        if user_id is not None:
            friendly = text_of(row.get("friendly_name")) or name or user_id
            is_active, keeps = row.get("is_active", 1), row.get("keep_history", 1)
            found.append(TautulliUser(user_id, name or friendly, friendly, bool(number_of(is_active)), keeps != 0))
    return found


def watch_times_of(data: Any) -> list[WatchTime]:
    """Read the answer of `get_item_watch_time_stats` or `get_user_watch_time_stats`."""
    return [
        WatchTime(days, _count(row.get("total_plays")), _count(row.get("total_time")))
        for row in rows_of(data)
        if (days := number_of(row.get("query_days"))) is not None
    ]


def item_users_of(data: Any) -> list[ItemUser]:
    """Read the answer of `get_item_user_stats`."""
    found = []
    for row in rows_of(data):
        user_id = text_of(row.get("user_id"))
        if user_id is not None:
            name = text_of(row.get("username")) or text_of(row.get("friendly_name")) or user_id
            found.append(ItemUser(user_id, name, _count(row.get("total_plays")), _count(row.get("total_time"))))
    return found


def page_of(data: Any) -> HistoryPage:
    """Read the answer of `get_history`."""
    found = mapping(data)
    rows: list[HistoryRow] = []
    live = bad = 0
    entries = found.get("data")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, Mapping):
            bad += 1
        elif entry.get("state") or (entry.get("row_id") is None and entry.get("id") is None):
            live += 1
        elif (row := row_of(entry)) is not None:
            rows.append(row)
        else:
            bad += 1
    return HistoryPage(rows, live, bad, number_of(found.get("recordsFiltered")))


def row_of(entry: Mapping[str, Any]) -> HistoryRow | None:
    """Read a row of the history; None where it says neither which play it is nor when or what it was."""
    row_id = number_of(entry.get("row_id")) or number_of(entry.get("id"))
    started_at = between(number_of(entry.get("started")) or number_of(entry.get("date")), 1, LATEST_AT)
    media_type, title = (
        text_of(entry.get("media_type")),
        text_of(entry.get("title")) or text_of(entry.get("full_title")),
    )
    if row_id is None or started_at is None or media_type is None or title is None:
        return None
    stopped_at = between(number_of(entry.get("stopped")), started_at, LATEST_AT) or started_at
    wall_s = min(stopped_at - started_at, _LONGEST_S)
    paused_s = min(max(0, number_of(entry.get("paused_counter")) or 0), wall_s)
    is_episode = media_type == "episode"
    return HistoryRow(
        row_id=row_id,
        started_at=started_at,
        stopped_at=stopped_at,
        paused_s=paused_s,
        play_s=wall_s - paused_s,
        media_type=media_type,
        title=title,
        user_id=text_of(entry.get("user_id")),
        user=text_of(entry.get("user")) or text_of(entry.get("friendly_name")),
        show=text_of(entry.get("grandparent_title")) if is_episode else None,
        season=_small(entry.get("parent_media_index")) if is_episode else None,
        episode=_small(entry.get("media_index")) if is_episode else None,
        year=_small(entry.get("year")) or None,
        aired=text_of(entry.get("originally_available_at")) if is_episode else None,
        rating_key=text_of(entry.get("rating_key")),
        guid=text_of(entry.get("guid")),
        device_id=text_of(entry.get("machine_id")),
        player=text_of(entry.get("player")),
        product=text_of(entry.get("product")),
        platform=text_of(entry.get("platform")),
        address=text_of(entry.get("ip_address")),
        location=text_of(entry.get("location")),
        decision=_DECISIONS.get(text_of(entry.get("transcode_decision")) or ""),
        percent=between(number_of(entry.get("percent_complete")), 0, 100),
        watched=(_fraction(entry.get("watched_status")) or 0.0) >= _WATCHED,
        is_live=bool(number_of(entry.get("live"))),
        position_ms=between(number_of(entry.get("view_offset")), 0, LONGEST_MS),
        duration_ms=between(number_of(entry.get("media_duration")), 1, LONGEST_MS),
        credits_at_ms=between(number_of(entry.get("credits_at")), 1, LONGEST_MS),
    )


def mapping(data: Any) -> Mapping[str, Any]:
    """Return a document that should be an object; an empty one for anything else."""
    return data if isinstance(data, Mapping) else {}


def rows_of(data: Any) -> list[Mapping[str, Any]]:
    """Return a document that should be a list of objects, without what is none."""
    return [row for row in data if isinstance(row, Mapping)] if isinstance(data, list) else []


def _count(value: Any) -> int:
    return between(number_of(value), 0, LARGEST_NUMBER) or 0


def _small(value: Any) -> int | None:
    return between(number_of(value), 0, LARGEST_NUMBER)


def _fraction(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None
