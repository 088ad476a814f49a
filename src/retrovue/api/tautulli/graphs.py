"""The series of charts: `get_plays_by_*`, `get_plays_per_month`, `get_stream_type_by_*` and concurrent streams.

Every one of them counts a play, or a sitting, once at its start, so that their totals agree.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from retrovue.api.tautulli.params import Params
from retrovue.api.tautulli.plays import UNKNOWN, midnight, since_days, sittings
from retrovue.api.tautulli.scope import Scope
from retrovue.core.domain.sharing import SharedPlay, ShareFilter, Sitting
from retrovue.core.services.sharing.plays import plays_of

_KINDS = ("TV", "Movies", "Music", "Live TV")
_STREAMS = ("Direct Play", "Direct Stream", "Transcode")
_STREAM_OF = {"direct_play": "Direct Play", "direct_stream": "Direct Stream", "transcode": "Transcode"}
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_MOST_DAYS, _MOST_MONTHS = 36_500, 1_200
_TOP = 10

Name = Callable[[Sitting], str]


def get_plays_by_date(scope: Scope, params: Params) -> dict[str, Any]:
    """By day and kind, with a total."""
    days = _days(scope, params)
    found = _chosen(scope, params)
    answer = _series(params, found, days, lambda each: _day(scope, each).isoformat(), _KINDS, _kind)
    totals = [sum(series["data"][index] for series in answer["series"]) for index in range(len(days))]
    answer["series"].append({"name": "Total", "data": totals})
    return answer


def get_plays_by_dayofweek(scope: Scope, params: Params) -> dict[str, Any]:
    """By weekday and kind; a week begins on Sunday."""
    return _series(
        params, _chosen(scope, params), _DAYS, lambda each: _DAYS[_day(scope, each).isoweekday() % 7], _KINDS, _kind
    )


def get_plays_by_hourofday(scope: Scope, params: Params) -> dict[str, Any]:
    """By hour and kind."""
    hours = [f"{hour:02d}" for hour in range(24)]
    return _series(params, _chosen(scope, params), hours, lambda each: f"{_at(scope, each).hour:02d}", _KINDS, _kind)


def get_plays_per_month(scope: Scope, params: Params) -> dict[str, Any]:
    """By month and kind; `time_range` counts months."""
    count = max(1, min(params.number("time_range", 12), _MOST_MONTHS))
    today = scope.house.now().date()
    last = today.year * 12 + today.month - 1
    numbers = range(last - count + 1, last + 1)
    names = {number: f"{_MONTHS[number % 12]} {number // 12}" for number in numbers if number >= 12}
    first = next(iter(names), last)
    begins = midnight(scope, date(first // 12, first % 12 + 1, 1))
    found = sittings(scope, params, _filter(scope, params, begins))

    def month(each: Sitting) -> str:
        day = _day(scope, each)
        return names.get(day.year * 12 + day.month - 1, "")

    return _series(params, found, list(names.values()), month, _KINDS, _kind)


def get_plays_by_stream_type(scope: Scope, params: Params) -> dict[str, Any]:
    """By day and stream type."""
    days = _days(scope, params)
    return _series(params, _chosen(scope, params), days, lambda each: _day(scope, each).isoformat(), _STREAMS, _stream)


def get_plays_by_source_resolution(scope: Scope, params: Params) -> dict[str, Any]:
    """By the resolution of the file and stream type."""
    return _top(params, _chosen(scope, params), lambda each: _resolution(each.last.source_label), _STREAMS, _stream)


def get_plays_by_stream_resolution(scope: Scope, params: Params) -> dict[str, Any]:
    """By the delivered resolution and stream type."""

    def delivered(each: Sitting) -> str:
        return _resolution(each.last.delivered_label or each.last.source_label)

    return _top(params, _chosen(scope, params), delivered, _STREAMS, _stream)


def get_plays_by_top_10_users(scope: Scope, params: Params) -> dict[str, Any]:
    """By person and kind."""
    return _top(params, _chosen(scope, params), lambda each: each.last.user or UNKNOWN, _KINDS, _kind)


def get_plays_by_top_10_platforms(scope: Scope, params: Params) -> dict[str, Any]:
    """By platform and kind."""
    return _top(params, _chosen(scope, params), lambda each: each.last.platform or UNKNOWN, _KINDS, _kind)


def get_stream_type_by_top_10_users(scope: Scope, params: Params) -> dict[str, Any]:
    """By person and stream type."""
    return _top(params, _chosen(scope, params), lambda each: each.last.user or UNKNOWN, _STREAMS, _stream)


def get_stream_type_by_top_10_platforms(scope: Scope, params: Params) -> dict[str, Any]:
    """By platform and stream type."""
    return _top(params, _chosen(scope, params), lambda each: each.last.platform or UNKNOWN, _STREAMS, _stream)


def get_concurrent_streams_by_stream_type(scope: Scope, params: Params) -> dict[str, Any]:
    """The most streams at the same moment of each day, by stream type and together.

    A stream counts on each day that it touches, and an end comes before a start of the same second.
    """
    days = _days(scope, params)
    begins = since_days(scope, len(days)) or 0
    # One that began before the range may go on into it.
    wide = _filter(scope, params, begins - 2 * 86_400)
    plays = [play for play in plays_of(scope.house.host, wide) if play.stopped_at > begins]
    series = [
        {"name": name, "data": _most(scope, [p for p in plays if _stream_name(p) == name], days)} for name in _STREAMS
    ]
    series.append({"name": "Max. Concurrent Streams", "data": _most(scope, plays, days)})
    return {"categories": days, "series": series}


def _most(scope: Scope, plays: Iterable[SharedPlay], days: Sequence[str]) -> list[int]:
    edges = sorted(
        [(play.started_at, 1) for play in plays] + [(max(play.stopped_at, play.started_at + 1), -1) for play in plays]
    )
    starts = [midnight(scope, date.fromisoformat(day)) for day in days]
    ends = [*starts[1:], midnight(scope, date.fromisoformat(days[-1]) + timedelta(days=1))] if days else []
    found: list[int] = []
    running, index = 0, 0
    for start, end in zip(starts, ends, strict=True):
        while index < len(edges) and (edges[index][0] < start or edges[index] == (start, -1)):
            running += edges[index][1]
            index += 1
        most = running
        while index < len(edges) and edges[index][0] < end:
            running += edges[index][1]
            most = max(most, running)
            index += 1
        found.append(most)
    return found


def _days(scope: Scope, params: Params) -> list[str]:
    count = max(1, min(params.number("time_range", 30), _MOST_DAYS))
    today = scope.house.now().date()
    first = max(today.toordinal() - count + 1, 1)
    return [date.fromordinal(number).isoformat() for number in range(first, today.toordinal() + 1)]


def _filter(scope: Scope, params: Params, begins: int | None) -> ShareFilter:
    numbers = params.numbers("user_id")
    rows = None
    if numbers is not None:
        rows = tuple(user.id for user in scope.users if scope.user_number(user) in numbers)
    return ShareFilter(server_id=scope.server_id, user_ids=rows, started_from=begins)


def _chosen(scope: Scope, params: Params) -> list[Sitting]:
    begins = since_days(scope, max(1, params.number("time_range", 30)))
    return sittings(scope, params, _filter(scope, params, begins))


def _value(params: Params) -> Callable[[Sitting], int]:
    # Anything but "plays" gives seconds, as there.
    return (lambda _each: 1) if params.text("y_axis", "plays") == "plays" else (lambda each: each.play_s)


def _series(
    params: Params, found: Iterable[Sitting], categories: Sequence[str], place: Name, names: Sequence[str], name: Name
) -> dict[str, Any]:
    value = _value(params)
    counts = {each: dict.fromkeys(categories, 0) for each in names}
    for sitting in found:
        row = counts.get(name(sitting))
        at = place(sitting)
        if row is not None and at in row:
            row[at] += value(sitting)
    return {
        "categories": list(categories),
        "series": [{"name": each, "data": list(counts[each].values())} for each in names],
    }


def _top(params: Params, found: list[Sitting], place: Name, names: Sequence[str], name: Name) -> dict[str, Any]:
    value = _value(params)
    totals: dict[str, int] = {}
    for sitting in found:
        totals[place(sitting)] = totals.get(place(sitting), 0) + value(sitting)
    top = sorted(totals, key=lambda each: (-totals[each], each))[:_TOP]
    return _series(params, found, top, place, names, name)


def _at(scope: Scope, sitting: Sitting) -> datetime:
    return datetime.fromtimestamp(sitting.started_at, scope.house.zone)


def _day(scope: Scope, sitting: Sitting) -> date:
    return _at(scope, sitting).date()


def _kind(sitting: Sitting) -> str:
    play = sitting.last
    if play.is_live:
        return "Live TV"
    return {"episode": "TV", "track": "Music"}.get(play.kind, "Movies")


def _stream(sitting: Sitting) -> str:
    return _stream_name(sitting.last)


def _stream_name(play: SharedPlay) -> str:
    return _STREAM_OF.get(play.decision or "", "Direct Play")


def _resolution(label: str | None) -> str:
    """The resolution that a label begins with: "1080p · H.264" is "1080p"."""
    for word in (label or "").replace("·", " ").split():
        if word.lower() in ("4k", "8k", "sd") or (word[:-1].isdigit() and word[-1:].lower() in ("p", "i")):
            return word.lower()
    return UNKNOWN
