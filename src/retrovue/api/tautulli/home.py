"""`get_home_stats`: the cards of a dashboard."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from retrovue.api.tautulli.libraries import kind_of
from retrovue.api.tautulli.params import CommandError, Params
from retrovue.api.tautulli.plays import UNKNOWN, Addresses, chosen_plays, media_type, since_days, sittings, words_of
from retrovue.api.tautulli.scope import NO_FACE, Scope, thumb
from retrovue.core.domain.sharing import SharedPlay, Sitting
from retrovue.core.services.sharing.items import items_of_plays

_ORDER = (
    "top_movies popular_movies top_tv popular_tv top_music popular_music last_watched top_libraries top_users "
    "top_platforms most_concurrent"
).split()
_TITLES = {
    "top_movies": "Most Watched Movies",
    "popular_movies": "Most Popular Movies",
    "top_tv": "Most Watched TV Shows",
    "popular_tv": "Most Popular TV Shows",
    "top_music": "Most Played Artists",
    "popular_music": "Most Popular Artists",
    "last_watched": "Recently Watched",
    "top_libraries": "Most Active Libraries",
    "top_users": "Most Active Users",
    "top_platforms": "Most Active Platforms",
    "most_concurrent": "Most Concurrent Streams",
}
_KIND_OF = {"movies": "movie", "tv": "episode", "music": "track"}
_MOST = 1_000

Group = list[Sitting]


@dataclass(slots=True)
class _Card:
    scope: Scope
    found: Group
    items: Addresses
    by: str
    count: slice

    def value(self, group: Group) -> int:
        return len(group) if self.by == "total_plays" else _seconds(group)


def get_home_stats(scope: Scope, params: Params) -> list[dict[str, Any]] | dict[str, Any]:
    """All cards, or the one that `stat_id` names.

    Raises:
        CommandError: there is no such card.
    """
    chosen = chosen_plays(scope, params)
    if chosen.started_from is None and chosen.started_before is None:
        chosen = replace(chosen, started_from=since_days(scope, params.number("time_range", 30)))
    found = sittings(scope, params, chosen)
    # Tautulli knows "duration" beside the name of the field; "plays" is the default.
    by = "total_duration" if params.text("stats_type", "plays").endswith("duration") else "total_plays"
    start = max(0, params.number("stats_start"))
    count = max(0, min(params.number("stats_count", 10), _MOST))
    items = items_of_plays(scope.house.host, (each.last for each in found))
    card = _Card(scope, found, items, by, slice(start, start + count))
    wanted = params.text("stat_id")
    if wanted:
        if wanted not in _ORDER:
            raise CommandError
        return _card(card, wanted)
    return [_card(card, each) for each in _ORDER]


def _card(card: _Card, name: str) -> dict[str, Any]:
    document: dict[str, Any] = {"stat_id": name, "stat_title": _TITLES[name], "rows": _ROWS[name](card)}
    return document | ({"stat_type": card.by} if name.startswith("top_") else {})


def _titles(card: _Card, *, kind: str, popular: bool) -> list[dict[str, Any]]:
    groups: dict[tuple[object, ...], Group] = {}
    for sitting in card.found:
        play = sitting.last
        if play.is_live or play.kind != kind:
            continue
        item = _item(card, play)
        # The same film on two servers is one title by its guid; a show by its name where the catalog has lost it.
        place = (item.show_guid or item.show_title) if item is not None and kind == "episode" else None
        groups.setdefault((place or play.show or play.guid or play.title,), []).append(sitting)
    order: Callable[[Group], tuple[int, int]] = (
        (lambda group: (_people(group), card.value(group)))
        if popular
        else (lambda group: (card.value(group), len(group)))
    )
    return [_title(card, group, popular=popular) for group in _cut(card, groups.values(), order)]


def _title(card: _Card, group: Group, *, popular: bool) -> dict[str, Any]:
    play = group[0].last
    item = _item(card, play)
    key, _season, above = card.scope.keys_of(item, play)
    shown = above if play.kind == "episode" and above is not None else key
    row: dict[str, Any] = {
        "title": play.show or play.title if play.kind == "episode" else play.title,
        "total_plays": len(group),
        "users_watched": _people(group) if popular else "",
        "rating_key": shown,
        "grandparent_rating_key": above if above is not None else "",
        "last_play": group[0].last.started_at,
        "grandparent_thumb": thumb(above),
        "thumb": thumb(shown),
        "user": "",
        "friendly_name": "",
        "platform": "",
        **_of_any_title(card, play, item),
    }
    return row if popular else row | {"total_duration": _seconds(group)}


def _last_watched(card: _Card) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for sitting in [each for each in card.found if each.watched][card.count]:
        play = sitting.last
        item = _item(card, play)
        key, _season, above = card.scope.keys_of(item, play)
        person = card.scope.person(play.user_id)
        rows.append(
            {
                "user": play.user or "",
                "friendly_name": person.shown if person is not None else play.user or "",
                "user_id": 0 if person is None else card.scope.user_number(person),
                "user_thumb": None,
                "title": play.show or play.title,
                "grandparent_title": play.show or "",
                "grandchild_title": play.title,
                "media_index": play.episode,
                "parent_media_index": play.season,
                "rating_key": key,
                "grandparent_rating_key": above,
                "thumb": thumb(key),
                "grandparent_thumb": thumb(above),
                "last_watch": play.started_at,
                "player": play.player or "",
                **_of_any_title(card, play, item),
            }
        )
    return rows


def _libraries(card: _Card) -> list[dict[str, Any]]:
    groups: dict[int, Group] = {}
    for sitting in card.found:
        item = _item(card, sitting.last)
        if item is not None:
            groups.setdefault(item.library_id, []).append(sitting)
    rows = []
    for group in _cut(card, groups.values(), lambda each: (card.value(each), len(each))):
        library = card.scope.library_of(_item(card, group[0].last))
        kind = "" if library is None else kind_of(library)
        rows.append(
            _active(card, group)
            | {
                "section_type": kind,
                "section_name": "" if library is None else library.name,
                "section_id": card.scope.section(library),
                "library_thumb": f"/:/resources/{kind}.png",
                "library_art": "",
            }
        )
    return rows


def _users(card: _Card) -> list[dict[str, Any]]:
    groups: dict[tuple[object, ...], Group] = {}
    for sitting in card.found:
        groups.setdefault((sitting.last.user_id, sitting.last.user), []).append(sitting)
    rows = []
    for group in _cut(card, groups.values(), lambda each: (card.value(each), len(each))):
        play = group[0].last
        person = card.scope.person(play.user_id)
        rows.append(
            _active(card, group)
            | {
                "user": play.user or "",
                "user_id": 0 if person is None else card.scope.user_number(person),
                "friendly_name": person.shown if person is not None else play.user or "",
                "user_thumb": NO_FACE,
            }
        )
    return rows


def _active(card: _Card, group: Group) -> dict[str, Any]:
    """What the cards of libraries and people have in common: what was played last."""
    play = group[0].last
    item = _item(card, play)
    key, _season, above = card.scope.keys_of(item, play)
    return {
        "total_plays": len(group),
        "total_duration": _seconds(group),
        "last_play": play.started_at,
        "thumb": thumb(above if above is not None else key),
        "grandparent_thumb": thumb(above),
        "art": "",
        "user": "",
        "friendly_name": "",
        "users_watched": "",
        "platform": "",
        "title": words_of(play),
        "grandparent_title": play.show or "",
        "grandchild_title": play.title,
        "year": play.year,
        "media_index": play.episode,
        "parent_media_index": play.season,
        "rating_key": key,
        "grandparent_rating_key": above,
        "media_type": media_type(play),
        "content_rating": (item.content_rating if item is not None else None) or "",
        "labels": [],
        "live": int(play.is_live),
        "guid": play.guid or "",
        "row_id": play.id,
    }


def _platforms(card: _Card) -> list[dict[str, Any]]:
    groups: dict[str, Group] = {}
    for sitting in card.found:
        groups.setdefault(sitting.last.platform or UNKNOWN, []).append(sitting)
    empty = (
        "title thumb grandparent_thumb art users_watched rating_key grandparent_rating_key user friendly_name row_id"
    )
    return [
        dict.fromkeys(empty.split(), "")
        | {
            "total_plays": len(group),
            "total_duration": _seconds(group),
            "last_play": group[0].last.started_at,
            "platform": group[0].last.platform or UNKNOWN,
            "platform_name": (group[0].last.platform or "default").lower(),
        }
        for group in _cut(card, groups.values(), lambda each: (card.value(each), len(each)))
    ]


def _concurrent(card: _Card) -> list[dict[str, Any]]:
    plays = [play for sitting in card.found for play in sitting.plays]
    rows = []
    for title, decision in (
        ("Concurrent Streams", None),
        ("Concurrent Transcodes", "transcode"),
        ("Concurrent Direct Streams", "direct_stream"),
        ("Concurrent Direct Plays", "direct_play"),
    ):
        count, started, stopped = _most([play for play in plays if decision in (None, play.decision)])
        if count:
            rows.append({"title": title, "count": count, "started": str(started), "stopped": str(stopped)})
    return rows[card.count]


def _most(plays: Iterable[SharedPlay]) -> tuple[int, int, int]:
    """(the most at once, since when, until when)."""
    edges = sorted(
        edge for play in plays for edge in ((play.started_at, 1), (max(play.stopped_at, play.started_at + 1), -1))
    )
    most, running, began, ended = 0, 0, 0, 0
    for at, step in edges:
        if step < 0 and running == most and ended < began:
            ended = at
        running += step
        if running > most:
            most, began, ended = running, at, 0
    return most, began, ended


def _cut(card: _Card, groups: Iterable[Group], order: Callable[[Group], tuple[int, int]]) -> list[Group]:
    # Sorted is stable: of equals the one that was played last comes first.
    by_last = sorted(groups, key=lambda group: -group[0].last.started_at)
    return sorted(by_last, key=lambda group: tuple(-number for number in order(group)))[card.count]


def _of_any_title(card: _Card, play: SharedPlay, item: Any) -> dict[str, Any]:
    """What every row of a title says, whatever its card counts."""
    return {
        "year": play.year,
        "art": "",
        "section_id": card.scope.section(card.scope.library_of(item)),
        "media_type": media_type(play),
        "content_rating": (item.content_rating if item is not None else None) or "",
        "rating": None,
        "labels": [],
        "live": int(play.is_live),
        "guid": play.guid or "",
        "row_id": play.id,
    }


def _item(card: _Card, play: SharedPlay) -> Any:
    return card.items.get((play.server_id or 0, play.remote_id or ""))


def _people(group: Group) -> int:
    return len({(each.last.user_id, each.last.user) for each in group})


def _seconds(group: Iterable[Sitting]) -> int:
    return sum(each.play_s for each in group)


_ROWS: dict[str, Callable[[_Card], list[dict[str, Any]]]] = {
    **{f"top_{name}": partial(_titles, kind=kind, popular=False) for name, kind in _KIND_OF.items()},
    **{f"popular_{name}": partial(_titles, kind=kind, popular=True) for name, kind in _KIND_OF.items()},
    "last_watched": _last_watched,
    "top_libraries": _libraries,
    "top_users": _users,
    "top_platforms": _platforms,
    "most_concurrent": _concurrent,
}
