"""The sums of a demo Tautulli: watch time by item and user, and plays by day and hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from retrovue.demo.http import Request
from retrovue.demo.tautulli_rows import Document, History

_DAY_S = 86_400
_KINDS = {"episode": "TV", "movie": "Movies"}
_STREAMS = {"direct play": "Direct Play", "copy": "Direct Stream", "transcode": "Transcode"}
Series = Callable[[Document], str]


def watch_time(history: History, rows: list[Document], request: Request) -> list[Document]:
    """The plays and seconds of rows over some numbers of days; 0 is all time."""
    now = history.library.now()
    is_grouped = request.param("grouping", "1") != "0"
    answer = []
    for days in (request.param("query_days") or "1,7,30,0").split(","):
        since = now - int(days) * _DAY_S if int(days) else 0
        recent = [row for row in rows if row["stopped"] >= since]
        plays = {row["reference_id"] if is_grouped else row["id"] for row in recent}
        seconds = sum(row["duration"] for row in recent)
        answer.append({"query_days": int(days), "total_time": seconds, "total_plays": len(plays)})
    return answer


def user_stats(rows: list[Document]) -> list[Document]:
    """The plays and seconds of each person, most plays first."""
    by_user: dict[int, list[Document]] = {}
    for row in rows:
        by_user.setdefault(row["user_id"], []).append(row)
    found = [
        {"friendly_name": mine[0]["friendly_name"], "user_id": user_id, "user_thumb": "", "username": mine[0]["user"],
         "total_plays": len({row["reference_id"] for row in mine}), "total_time": sum(row["duration"] for row in mine)}
        for user_id, mine in by_user.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one["total_plays"], -one["total_time"]))


def by_date(history: History, request: Request) -> Document:
    """Answer `get_plays_by_date`."""
    answer = _by_day(history, request, lambda row: _KINDS[row["media_type"]], tuple(_KINDS.values()))
    total = [sum(cells) for cells in zip(*(one["data"] for one in answer["series"]), strict=True)]
    answer["series"].append({"name": "Total", "data": total})
    return answer


def by_stream_type(history: History, request: Request) -> Document:
    """Answer `get_plays_by_stream_type`, which has no series of concurrent streams."""
    return _by_day(history, request, lambda row: _STREAMS[row["transcode_decision"]], tuple(_STREAMS.values()))


def by_hour(history: History, request: Request) -> Document:
    """Answer `get_plays_by_hourofday`."""
    keys = [f"{hour:02}" for hour in range(24)]
    return _sums(history, request, keys, "%H", lambda row: _KINDS[row["media_type"]], tuple(_KINDS.values()))


def by_weekday(history: History, request: Request) -> Document:
    """Answer `get_plays_by_dayofweek`, from Sunday on."""
    days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    answer = _sums(
        history, request, list("0123456"), "%w", lambda row: _KINDS[row["media_type"]], tuple(_KINDS.values())
    )
    return answer | {"categories": days}


def _by_day(history: History, request: Request, series: Series, names: tuple[str, ...]) -> Document:
    today = history.day_of(history.library.now())
    days = int(request.param("time_range") or 30)
    keys = [(today - timedelta(days=back)).isoformat() for back in range(days - 1, -1, -1)]
    return _sums(history, request, keys, "%Y-%m-%d", series, names)


def _sums(
    history: History, request: Request, keys: list[str], pattern: str, series: Series, names: tuple[str, ...]
) -> Document:
    """Sum the rows of the last days by a part of their start; a group counts once in every part that it touches."""
    since = history.library.now() - int(request.param("time_range") or 30) * _DAY_S
    users = (request.param("user_id") or "").split(",")
    is_grouped, in_plays = request.param("grouping", "1") != "0", request.param("y_axis", "plays") == "plays"
    seen: set[tuple[str, int]] = set()
    cells: Counter[tuple[str, str]] = Counter()
    for row in history.rows():
        if row["stopped"] < since or (users != [""] and str(row["user_id"]) not in users):
            continue
        key = history.local(row["started"]).strftime(pattern)
        group = (key, row["reference_id"] if is_grouped else row["id"])
        if in_plays and group in seen:
            continue
        seen.add(group)
        cells[key, series(row)] += 1 if in_plays else row["duration"]
    return {
        "categories": keys,
        "series": [{"name": name, "data": [cells[key, name] for key in keys]} for name in names],
    }
