"""Plays and sittings for the commands that count them, and the rows of `get_history`."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from retrovue.api.tautulli.params import Params
from retrovue.api.tautulli.scope import NO_FACE, Scope, thumb
from retrovue.core.domain.ordering import key_of
from retrovue.core.domain.sharing import SharedItem, SharedPlay, ShareFilter, Sitting, full_title, sittings_of
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.services.sharing.plays import plays_of

_NONE = ShareFilter(play_ids=())
_ALONE = timedelta(days=-1)
UNKNOWN = "Unknown"
"""What a graph or a card calls what a record does not say: an empty text would be a bar without a name."""
_KINDS = {"movie", "episode", "track", "clip"}
DECISIONS = {"direct_play": "direct play", "direct_stream": "copy", "transcode": "transcode"}
_DECISION_OF = {words: ours for ours, words in DECISIONS.items()}

Addresses = dict[tuple[int, str], SharedItem]


def window(scope: Scope, params: Params) -> timedelta:
    """How far apart the plays of a sitting are; negative where plays are wanted one by one."""
    if not params.flag("grouping", True):
        return _ALONE
    return timedelta(hours=scope.house.host.settings.sitting_hours)


def sittings(scope: Scope, params: Params, chosen: ShareFilter) -> list[Sitting]:
    """The sittings that begin inside a filter, newest first.

    Plays before its first instant are read as well: one that goes on over midnight counts at its start.
    """
    gap = window(scope, params)
    wide = chosen
    if chosen.started_from is not None and gap >= timedelta(0):
        wide = replace(chosen, started_from=chosen.started_from - int(gap.total_seconds()) - 86_400)
    found = sittings_of(plays_of(scope.house.host, wide), gap)
    begins = chosen.started_from
    return found if begins is None else [each for each in found if each.started_at >= begins]


def midnight(scope: Scope, day: date) -> int:
    """When a day begins here, epoch seconds."""
    return int(datetime.combine(day, time.min, scope.house.zone).timestamp())


def since_days(scope: Scope, days: int) -> int | None:
    """The beginning of a range of that many days which ends today, epoch seconds; None for all time."""
    if days <= 0:
        return None
    return midnight(scope, scope.house.now().date() - timedelta(days=min(days, 36_500) - 1))


def chosen_plays(scope: Scope, params: Params) -> ShareFilter:
    """The filter that the parameters of `get_history` describe; one that lets nothing through for a bad date."""
    chosen = ShareFilter(server_id=scope.server_id, search=params.text("search"))
    try:
        day, after, before = params.day("start_date"), params.day("after"), params.day("before")
    except ValueError:
        return _NONE
    first, last = day or after, day or before
    if first is not None:
        chosen = replace(chosen, started_from=midnight(scope, first))
    if last is not None:
        chosen = replace(chosen, started_before=midnight(scope, last + timedelta(days=1)))
    numbers, names = params.numbers("user_id"), params.words("user")
    if numbers is not None:
        chosen = replace(chosen, user_ids=tuple(u.id for u in scope.users if scope.user_number(u) in numbers))
    elif names is not None:
        chosen = replace(chosen, users=names)
    chosen = _of_items(scope, params, chosen)
    sections = params.numbers("section_id")
    if sections is not None:
        rows = tuple(each.id for each in scope.libraries if scope.section(each) in sections)
        chosen = replace(chosen, library_ids=rows) if rows else _NONE
    kinds = params.words("media_type")
    if kinds is not None:
        chosen = replace(chosen, is_live=True) if kinds == ("live",) else replace(chosen, kinds=kinds, is_live=False)
    decisions = params.words("transcode_decision")
    if decisions is not None:
        chosen = replace(chosen, decisions=tuple(_DECISION_OF.get(each, each) for each in decisions))
    guids = params.words("guid")
    if guids is not None:
        chosen = replace(chosen, guids=tuple(each.split("?")[0] for each in guids))
    return chosen


def of_keys(scope: Scope, chosen: ShareFilter, numbers: Iterable[int]) -> ShareFilter:
    """The filter for items with rating keys, and for what is below them."""
    items: list[tuple[str, int]] = []
    addresses: list[tuple[int | None, str]] = []
    shows: list[tuple[int | None, str]] = []
    for number in numbers:
        item = scope.item(number)
        if item is not None:
            items.append((item.kind, item.id))
        else:
            found = scope.loose(number)
            addresses += found[0]
            shows += found[1]
    return replace(chosen, items=tuple(items), addresses=tuple(addresses), shows=tuple(shows))


def _of_items(scope: Scope, params: Params, chosen: ShareFilter) -> ShareFilter:
    names = ("rating_key", "parent_rating_key", "grandparent_rating_key")
    asked = [params.numbers(name) for name in names]
    if all(numbers is None for numbers in asked):
        return chosen
    return of_keys(scope, chosen, [number for numbers in asked for number in numbers or ()])


def words_of(play: SharedPlay) -> str:
    """The title of a play as one line."""
    return full_title(play.kind, play.show, play.title)


def media_type(play: SharedPlay) -> str:
    """What kind of thing was played."""
    return play.kind if play.kind in _KINDS else "movie"


def history_row(scope: Scope, sitting: Sitting, items: Addresses) -> dict[str, Any]:
    """A row of `get_history`: a sitting, or one play."""
    play = sitting.last
    item = items.get((play.server_id or 0, play.remote_id or ""))
    key, season, show = scope.keys_of(item, play)
    person = scope.person(play.user_id)
    ids = [each.id for each in sitting.plays]
    return {
        "reference_id": ids[0],
        "row_id": play.id,
        "id": play.id,
        "date": play.started_at,
        "started": sitting.started_at,
        "stopped": sitting.stopped_at,
        "duration": sitting.play_s,
        "play_duration": sitting.play_s,
        "paused_counter": sitting.paused_s,
        "user_id": None if person is None else scope.user_number(person),
        "user": play.user or "",
        "friendly_name": person.shown if person is not None else play.user or "",
        "user_thumb": NO_FACE,
        "platform": play.platform or "",
        "product": play.product or "",
        "player": play.player or "",
        "ip_address": play.address or "",
        "live": int(play.is_live),
        "machine_id": play.device_id or "",
        "location": play.location or "",
        "secure": None,
        "relayed": None,
        "media_type": media_type(play),
        "rating_key": key,
        "parent_rating_key": season if season is not None else "",
        "grandparent_rating_key": show if show is not None else "",
        "full_title": words_of(play),
        "title": play.title,
        "parent_title": _season_words(play, item),
        "grandparent_title": play.show or "",
        "original_title": (item.original_title if item is not None else None) or "",
        "year": play.year,
        "media_index": play.episode if play.episode is not None else "",
        "parent_media_index": play.season if play.season is not None else "",
        "thumb": thumb(key),
        "originally_available_at": play.aired or (item.aired if item is not None else None) or "",
        "guid": play.guid or "",
        "transcode_decision": DECISIONS.get(play.decision or "", play.decision or ""),
        "percent_complete": sitting.percent,
        "watched_status": watched_status(scope, sitting.percent, play.kind, watched=sitting.watched),
        "group_count": len(ids),
        "group_ids": ",".join(map(str, ids)),
        "state": None,
        "session_key": None,
        "server": _name(scope, play.server_id),
        "remote_id": play.remote_id,
    }


def live_row(scope: Scope, active: ActiveSession, items: Addresses) -> dict[str, Any]:
    """A row of `get_history` for a session that goes on."""
    now = scope.house.now()
    started_at = int(active.started_at.timestamp())
    row = history_row(scope, Sitting([as_play(scope, active)]), items)
    nothing = ("reference_id", "row_id", "id", "group_count", "group_ids")
    seconds = max(0, int(now.timestamp()) - started_at)
    return (
        row
        | dict.fromkeys(nothing)
        | {
            "stopped": started_at + seconds,
            "duration": seconds,
            "play_duration": seconds,
            "state": active.session.state,
            "session_key": session_number(scope, active),
        }
    )


def as_play(scope: Scope, active: ActiveSession) -> SharedPlay:
    """A session that goes on, as the play that it would be if it ended now."""
    session, now = active.session, scope.house.now()
    started_at = int(active.started_at.timestamp())
    position_ms = active.position_ms_at(now)
    percent = None
    if position_ms is not None and session.duration_ms:
        percent = min(100, int(position_ms * 100 / session.duration_ms))
    user = next((u for u in scope.users if u.server_id == active.server_id and u.key == session.user_id), None)
    return SharedPlay(
        id=0,
        server_id=active.server_id,
        user_id=None if user is None else user.id,
        user=session.user,
        kind=session.kind,
        title=session.title,
        show=session.show_title,
        season=session.season_number,
        episode=session.episode_number,
        aired=session.aired,
        year=session.year,
        remote_id=session.remote_id,
        guid=session.guid,
        device_id=session.device_id,
        player=session.player,
        product=session.product,
        platform=session.platform,
        address=session.address,
        location=session.location,
        decision=session.decision,
        source_label=session.source_label,
        delivered_label=session.delivered_label,
        bandwidth_kbps=session.bandwidth_kbps,
        started_at=started_at,
        stopped_at=int(now.timestamp()),
        paused_s=0,
        play_s=max(0, int(now.timestamp()) - started_at),
        position_ms=position_ms,
        duration_ms=session.duration_ms,
        percent=percent,
        watched=False,
        is_live=session.is_live,
    )


def session_number(scope: Scope, active: ActiveSession) -> int:
    """The number of a session: that of its server where only one Plex server is spoken of, else one of ours.

    Two servers count their sessions from 1 alike, and those of Jellyfin and Emby are no numbers.
    """
    key = active.session.session_key
    if scope.has_own_numbers and key.isascii() and key.isdigit() and len(key) < 19:
        return int(key)
    return int.from_bytes(sha256(f"{active.server_id}:{key}".encode("utf-8", "surrogatepass")).digest()[:6], "big")


def session_named(scope: Scope, name: str) -> ActiveSession | None:
    """The session with a number, or with its server's own key."""
    for active in scope.house.board.sessions(scope.server_id):
        if name in (str(session_number(scope, active)), active.session.session_key):
            return active
    return None


def watched_status(scope: Scope, percent: int, kind: str, *, watched: bool) -> float:
    """1 for watched, else how far it went in quarters of what counts as watched."""
    if watched:
        return 1
    settings = scope.house.host.settings
    needed = settings.watched_episode_percent if kind == "episode" else settings.watched_movie_percent
    return min(3, int(percent * 4 / max(1, needed))) / 4


def table(
    params: Params, rows: Sequence[dict[str, Any]], total: int, *, columns: Iterable[str] = (), default: str = ""
) -> dict[str, Any]:
    """Part of a table: searched and counted already, sorted and cut here."""
    ordered = sort(params, rows, set(columns), default)
    return {
        "recordsFiltered": len(ordered),
        "recordsTotal": total,
        "data": ordered[params.page(len(ordered))],
        "draw": 1,
    }


def sort(params: Params, rows: Sequence[dict[str, Any]], columns: set[str], default: str = "") -> list[dict[str, Any]]:
    """Rows by the columns that are named; the order stays where none is known."""
    ordered = list(rows)
    for name, falls in reversed(order_of(params, columns, default)):
        ordered.sort(key=lambda row, name=name: key_of(row.get(name)), reverse=falls)  # type: ignore[misc]
    return ordered


def order_of(params: Params, columns: Container[str], default: str = "") -> list[tuple[str, bool]]:
    """The columns that are named and known, each with whether it falls."""
    names = params.words("order_column") or ((default,) if default else ())
    directions = params.words("order_dir") or ("desc",)
    return [
        (name, directions[min(index, len(directions) - 1)].lower() != "asc")
        for index, name in enumerate(names)
        if name in columns or name == default
    ]


def human_duration(seconds: int) -> str:
    """A time as words: "3 hrs 20 mins 18 secs"; "0" for none. Days leave out the seconds."""
    parts: list[str] = []
    days, rest = divmod(max(0, seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, secs = divmod(rest, 60)
    shown = ((days, "day"), (hours, "hr"), (minutes, "min"), (0 if days else secs, "sec"))
    parts = [f"{number} {word}{'s' if number != 1 else ''}" for number, word in shown if number]
    return " ".join(parts) or "0"


def _season_words(play: SharedPlay, item: SharedItem | None) -> str:
    if item is not None and item.season_title:
        return item.season_title
    return f"Season {play.season}" if play.kind == "episode" and play.season is not None else ""


def _name(scope: Scope, server_id: int | None) -> str | None:
    server = scope.server_named(server_id)
    return None if server is None else server.name
