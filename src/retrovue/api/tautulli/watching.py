"""Watch time of a person, a library or an item, and who watched it: `get_*_watch_time_stats` and `get_*_user_stats`."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from retrovue.api.tautulli.params import CommandError, Params
from retrovue.api.tautulli.plays import of_keys, since_days, sittings
from retrovue.api.tautulli.scope import NO_FACE, Scope
from retrovue.core.domain.sharing import ShareFilter, Sitting

_RANGES = (1, 7, 30, 0)
_NOTHING = ShareFilter(play_ids=())


def get_user_watch_time_stats(scope: Scope, params: Params) -> list[dict[str, Any]]:
    """Plays and seconds of a person by range."""
    return _by_range(scope, params, _of_user(scope, params))


def get_library_watch_time_stats(scope: Scope, params: Params) -> list[dict[str, Any]]:
    """Plays and seconds of a library by range."""
    return _by_range(scope, params, _of_library(scope, params))


def get_item_watch_time_stats(scope: Scope, params: Params) -> list[dict[str, Any]]:
    """Plays and seconds of an item, or of everything below it, by range."""
    return _by_range(scope, params, _of_item(scope, params))


def get_user_player_stats(scope: Scope, params: Params) -> list[dict[str, Any]]:
    """Plays and seconds of a person by player."""
    found: dict[tuple[str, str], list[Sitting]] = {}
    for sitting in sittings(scope, params, _of_user(scope, params)):
        found.setdefault((sitting.last.player or "", sitting.last.platform or ""), []).append(sitting)
    ordered = sorted(found.items(), key=lambda each: -len(each[1]))
    return [
        {
            "player_name": player,
            "platform": platform,
            "platform_name": platform.lower() or "default",
            "total_plays": len(group),
            "total_time": _seconds(group),
            "result_id": index,
        }
        for index, ((player, platform), group) in enumerate(ordered)
    ]


def get_library_user_stats(scope: Scope, params: Params) -> list[dict[str, Any]]:
    """Who watched something of a library."""
    return _by_user(scope, params, _of_library(scope, params))


def get_item_user_stats(scope: Scope, params: Params) -> list[dict[str, Any]]:
    """Who watched an item, or something below it."""
    return _by_user(scope, params, _of_item(scope, params))


def _of_user(scope: Scope, params: Params) -> ShareFilter:
    params.required("user_id")
    user = scope.user(params.number("user_id", -1))
    return _NOTHING if user is None else ShareFilter(server_id=scope.server_id, user_ids=(user.id,))


def _of_library(scope: Scope, params: Params) -> ShareFilter:
    params.required("section_id")
    library = scope.library(params.number("section_id", -1))
    return _NOTHING if library is None else ShareFilter(library_ids=(library.id,))


def _of_item(scope: Scope, params: Params) -> ShareFilter:
    guid = params.text("guid")
    if guid:
        return ShareFilter(server_id=scope.server_id, guids=(guid.split("?")[0],))
    if not params.text("rating_key"):
        raise CommandError
    return of_keys(scope, ShareFilter(server_id=scope.server_id), [params.number("rating_key", -1)])


def _by_range(scope: Scope, params: Params, chosen: ShareFilter) -> list[dict[str, Any]]:
    days = params.numbers("query_days") or _RANGES
    found = []
    for each in days:
        group = sittings(scope, params, replace(chosen, started_from=since_days(scope, each)))
        found.append({"query_days": each, "total_time": _seconds(group), "total_plays": len(group)})
    return found


def _by_user(scope: Scope, params: Params, chosen: ShareFilter) -> list[dict[str, Any]]:
    found: dict[tuple[int | None, str], list[Sitting]] = {}
    for sitting in sittings(scope, params, chosen):
        found.setdefault((sitting.last.user_id, sitting.last.user or ""), []).append(sitting)
    rows = []
    for (row_id, name), group in sorted(found.items(), key=lambda each: -_seconds(each[1])):
        person = scope.person(row_id)
        rows.append(
            {
                "friendly_name": name if person is None else person.shown,
                "user_id": 0 if person is None else scope.user_number(person),
                "user_thumb": NO_FACE,
                "username": name,
                "total_plays": len(group),
                "total_time": _seconds(group),
            }
        )
    return rows


def _seconds(group: Iterable[Sitting]) -> int:
    return sum(each.play_s for each in group)
