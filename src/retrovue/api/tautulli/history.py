"""`get_history` and `get_stream_data`."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple, Protocol

from retrovue.api.tautulli.params import CommandError, Params
from retrovue.api.tautulli.plays import (
    DECISIONS,
    as_play,
    chosen_plays,
    history_row,
    human_duration,
    live_row,
    media_type,
    order_of,
    session_named,
    window,
)
from retrovue.api.tautulli.scope import Scope
from retrovue.core.domain.ordering import Key, compared, key_of
from retrovue.core.domain.sharing import ORDERS, SharedItem, SharedPlay, ShareFilter, Sitting
from retrovue.core.domain.text import fold
from retrovue.core.services.sharing.items import files_of, items_of_plays
from retrovue.core.services.sharing.plays import found_plays, sittings_in, totals_of


def get_history(scope: Scope, params: Params) -> dict[str, Any]:
    """Sittings, or plays with `grouping=0`, newest first; sessions that go on come before them."""
    host = scope.house.host
    grouped = window(scope, params) >= timedelta(0)
    chosen = chosen_plays(scope, params)
    reference = params.number("reference_id", -1)
    if reference >= 0 and chosen.play_ids is None:
        chosen = replace(chosen, play_ids=(reference,))
        if not any(each.plays[0].id == reference for each in sittings_in(host, chosen, grouped=grouped)):
            chosen = replace(chosen, play_ids=())
    total = totals_of(host, ShareFilter(server_id=scope.server_id)).plays
    live = _live_rows(scope, params) if params.flag("include_activity", True) else []
    by = order_of(params, ORDERS, "date")
    with found_plays(host, chosen, grouped=grouped) as found:
        sums = found.totals()
        filtered = len(live) + sums.entries
        part = params.page(filtered)
        if len(by) > 1 or (by and by[0][0] != "date"):
            ended = found.ordered(by, {user.id: user.shown for user in scope.users})
            shown = _merged(ended, by, live, part, lambda ids: _rows(scope, found.entries(ids)))
        else:
            rising = bool(by) and not by[0][1]
            rows = _rows(scope, _ended(found.page, part, len(live), rising=rising))
            now = [each.row for each in live]
            if rising:
                now.sort(key=lambda row: row["date"])
                shown = rows + now[max(0, part.start - sums.entries) : max(0, part.stop - sums.entries)]
            else:
                shown = now[part] + rows
    return {
        "recordsFiltered": filtered,
        "recordsTotal": total,
        "data": shown,
        "draw": 1,
        "filter_duration": human_duration(sum(row["duration"] for row in shown)),
        "total_duration": human_duration(sums.play_s),
    }


def _ended(page: Callable[..., list[Sitting]], part: slice, live: int, *, rising: bool) -> list[Sitting]:
    """What has ended of a part of the history in its order; the `live` ones that go on are newer than all of it."""
    count = part.stop - part.start
    if rising:
        return page(limit=count, offset=part.start, rising=True)
    return page(limit=count - len(range(live)[part]), offset=max(0, part.start - live))


def get_stream_data(scope: Scope, params: Params) -> dict[str, Any]:
    """How something is, or was, delivered."""
    row_id, session_key = params.number("row_id", -1), params.text("session_key")
    if row_id < 0 and not session_key:
        raise CommandError
    if session_key:
        active = session_named(scope, session_key)
        return {} if active is None else _stream(scope, as_play(scope, active), is_live=True)
    wanted = ShareFilter(server_id=scope.server_id, play_ids=(row_id,))
    found = sittings_in(scope.house.host, wanted, grouped=False, limit=1)
    return _stream(scope, found[0].last, is_live=False) if found else {}


def _rows(scope: Scope, found: list[Sitting]) -> list[dict[str, Any]]:
    items = items_of_plays(scope.house.host, (sitting.last for sitting in found))
    return [history_row(scope, sitting, items) for sitting in found]


def _merged(
    ended: "_Ordered",
    by: list[tuple[str, bool]],
    live: "list[_Live]",
    part: slice,
    read: Callable[[Sequence[int]], list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    """A part of what has ended and what goes on in one order; equal ones go on first.

    However those that go on are dealt out, a part begins at most as many entries earlier among what has ended.
    """
    begin = max(0, part.start - len(live))
    ids = ended.ids(begin, part.stop)
    if not live:
        return read(ids)
    falling = [falls for _name, falls in by]
    places = [(compared([key_of(each.value(name)) for name, _falls in by], falling), n) for n, each in enumerate(live)]
    waiting = deque(sorted(places))
    shown: list[int | _Live] = []
    for play_id, keys in zip(ids, ended.keys(ids), strict=True):
        key = compared(keys, falling)
        while waiting and waiting[0][0] <= key:
            shown.append(live[waiting.popleft()[1]])
        shown.append(play_id)
    shown += [live[n] for _key, n in waiting]
    # Those that come before the first of `ids` stand at the beginning of `shown` whatever their places are.
    shown = shown[part.start - begin : part.stop - begin]
    rows = iter(read([each for each in shown if isinstance(each, int)]))
    return [each.row if isinstance(each, _Live) else next(rows) for each in shown]


class _Ordered(Protocol):
    """What has ended, in an order."""

    def ids(self, begin: int, end: int) -> list[int]:
        """What stands from one place to before another."""

    def keys(self, ids: Sequence[int]) -> list[list[Key]]:
        """What each compares by, a key for each column."""


class _Live(NamedTuple):
    """A session that goes on, as a row."""

    row: dict[str, Any]
    duration_ms: int | None

    def value(self, name: str) -> object:
        """What it is sorted by: `duration` is the length of the media, as in Tautulli, and not the time so far."""
        return self.duration_ms if name == "duration" else self.row[name]


def _live_rows(scope: Scope, params: Params) -> list[_Live]:
    """The sessions that go on and that the filter lets through."""
    chosen = chosen_plays(scope, params)
    active = scope.house.board.sessions(scope.server_id)
    plays = [as_play(scope, each) for each in active]
    items = items_of_plays(scope.house.host, plays)
    rows = []
    for each, play in zip(active, plays, strict=True):
        item = items.get((play.server_id or 0, play.remote_id or ""))
        if _lets_through(scope, chosen, play, item):
            rows.append(_Live(live_row(scope, each, items), play.duration_ms))
    return rows


def _lets_through(scope: Scope, chosen: ShareFilter, play: SharedPlay, item: SharedItem | None) -> bool:
    checks = (
        (chosen.user_ids, play.user_id),
        (chosen.users, play.user),
        (chosen.kinds, play.kind),
        (chosen.decisions, play.decision),
        (chosen.library_ids, None if item is None else item.library_id),
    )
    if chosen.items is not None and not _is_of(chosen, play, item):
        return False
    if any(values is not None and value not in values for values, value in checks):
        return False
    if chosen.play_ids is not None or (chosen.is_live is not None and chosen.is_live is not play.is_live):
        return False
    if chosen.guids is not None and not any((play.guid or "").startswith(each) for each in chosen.guids):
        return False
    if chosen.started_from is not None and play.started_at < chosen.started_from:
        return False
    if chosen.started_before is not None and play.started_at >= chosen.started_before:
        return False
    server, person = scope.server_named(play.server_id), scope.person(play.user_id)
    names = (None if server is None else server.name, None if person is None else person.shown)
    # The same as of what has ended: a search would otherwise lose a session in the moment it ends.
    text = fold(" ".join(part or "" for part in (play.title, play.show, play.user, play.player, *names)))
    return all(word in text for word in fold(chosen.search).split())


def _is_of(chosen: ShareFilter, play: SharedPlay, item: SharedItem | None) -> bool:
    if item is not None:
        names = ((item.kind, item.id), ("season", item.season_id), ("show", item.show_id))
        if any(name in (chosen.items or ()) for name in names):
            return True
    return (play.server_id, play.remote_id) in chosen.addresses or (play.server_id, play.show) in chosen.shows


def _stream(scope: Scope, play: SharedPlay, *, is_live: bool) -> dict[str, Any]:
    """Source and delivered stream. What our record does not hold is an empty text, as there."""
    words = (
        "bitrate video_full_resolution optimized_version optimized_version_profile optimized_version_title "
        "synced_version synced_version_profile container video_codec video_bitrate video_width video_height "
        "video_framerate video_dynamic_range aspect_ratio audio_codec audio_bitrate audio_channels audio_language "
        "audio_language_code subtitle_codec subtitle_forced subtitle_language stream_bitrate "
        "stream_video_full_resolution quality_profile stream_container_decision stream_container "
        "stream_video_decision stream_video_codec stream_video_bitrate stream_video_width stream_video_height "
        "stream_video_framerate stream_video_dynamic_range stream_audio_decision stream_audio_codec "
        "stream_audio_bitrate stream_audio_channels stream_audio_language stream_audio_language_code subtitles "
        "stream_subtitle_decision stream_subtitle_codec stream_subtitle_forced stream_subtitle_language "
        "transcode_hw_decoding transcode_hw_encoding video_decision audio_decision"
    ).split()
    decision = DECISIONS.get(play.decision or "", "")
    item = items_of_plays(scope.house.host, [play]).get((play.server_id or 0, play.remote_id or ""))
    document: dict[str, Any] = dict.fromkeys(words, "")
    if item is not None and item.kind in ("movie", "episode"):
        files = files_of(scope.house.host, item.kind, [item.id]).get(item.id, [])
        if files:
            file = files[0]
            document |= {
                "bitrate": file.bitrate_kbps or "",
                "container": file.container or "",
                "video_codec": file.video_codec or "",
                "video_width": file.width or "",
                "video_height": file.height or "",
                "video_full_resolution": file.resolution or "",
                "audio_codec": file.audio_codec or "",
                "audio_channels": file.audio_channels or "",
            }
    return document | {
        "stream_bitrate": play.bandwidth_kbps or "",
        "quality_profile": "Original" if decision == "direct play" else "",
        "stream_container_decision": decision,
        "stream_video_decision": decision,
        "stream_audio_decision": decision,
        "video_decision": decision,
        "audio_decision": decision,
        "media_type": media_type(play),
        "title": play.title,
        "grandparent_title": play.show or "",
        "original_title": (item.original_title if item is not None else None) or "",
        "current_session": 1 if is_live else "",
        "pre_tautulli": "",
    }
