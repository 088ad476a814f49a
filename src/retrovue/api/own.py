"""`/api/v1`: our own answers, read only, in the shapes of `--json`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from retrovue.api.house import SharedHouse
from retrovue.api.tautulli.params import Params
from retrovue.core.domain.cleanup.facts import Level
from retrovue.core.domain.cleanup.rules import idle_rule
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.playback import session_title
from retrovue.core.domain.statistics import LISTED_VIEWS, Chosen, View
from retrovue.core.domain.text import isoformat
from retrovue.core.services.catalog.browsing import search
from retrovue.core.services.catalog.export import item_json
from retrovue.core.services.cleanup.lists import make_list, read_facts, stale_json
from retrovue.core.services.history.plays import days, list_plays, play_json
from retrovue.core.services.servers.stored import all_servers
from retrovue.core.services.statistics.output import table_json, tables_json
from retrovue.core.services.statistics.views import concurrent, day_range, everything, statistics

_MOST = 1_000
_FARTHEST = 1_000_000_000


def get_items(house: SharedHouse, params: Params) -> Any:
    """Items by a search, with files and the paths that open here."""
    limit = max(1, min(params.number("limit", 50), _MOST))
    return [item_json(item) for item in search(house.host, params.text("search"), limit=limit)]


def get_sessions(house: SharedHouse, _params: Params) -> Any:
    """Who is watching now."""
    now = house.now()
    return [
        {
            "server": active.server,
            "kind": active.session.kind,
            "user": active.session.user,
            "title": session_title(active.session),
            "remote_id": active.session.remote_id,
            "player": active.session.player,
            "product": active.session.product,
            "platform": active.session.platform,
            "state": active.session.state,
            "position_ms": active.position_ms_at(now),
            "duration_ms": active.session.duration_ms,
            "stream_decision": active.session.decision,
            "bandwidth_kbps": active.session.bandwidth_kbps,
            "location": active.session.location,
            "started_at": isoformat(active.started_at),
        }
        for active in house.board.sessions()
    ]


def get_plays(house: SharedHouse, params: Params) -> Any:
    """The history, newest first."""
    begins, ends = days(params.day("from"), params.day("to"))
    chosen = PlayFilter(
        started_from=begins,
        started_before=ends,
        user=params.text("user") or None,
        search=params.text("search"),
        limit=max(1, min(params.number("limit", 100), _MOST)),
    )
    name = params.text("server")
    if name:
        server = next((each for each in all_servers(house.host) if each.name == name), None)
        if server is None:
            return []
        chosen = replace(chosen, server_id=server.id)
    offset = min(max(0, params.number("offset")), _FARTHEST)
    return [play_json(play) for play in list_plays(house.host, chosen, joined=params.flag("sittings"), offset=offset)]


def get_statistics(house: SharedHouse, params: Params) -> Any:
    """Plays and play times by day, user, title and more, as `retrovue stats` counts them."""
    name = params.text("view", "all")
    chosen = Chosen(
        day_range(house.host, params.day("from"), params.day("to")),
        sittings=params.flag("sittings"),
        user=params.text("user") or None,
        top=params.number("top") or None,
    )
    if name == "all":
        return tables_json(everything(house.host, chosen))
    if name not in {view.value for view in LISTED_VIEWS}:
        raise ConfigError("There is no view of that name.")
    view = View(name)
    return table_json(
        concurrent(house.host, chosen) if view is View.CONCURRENT else statistics(house.host, view, chosen)
    )


def get_candidates(house: SharedHouse, params: Params) -> Any:
    """What can go, and what is kept apart, as `retrovue stale list` says it. A large catalog takes seconds."""
    name = params.text("level", Level.MOVIE.value)
    if name not in {level.value for level in Level}:
        raise ConfigError("There is no level of that name.")
    rule = idle_rule(
        added_days=params.number("added_days", 30), idle_days=params.number("idle_days", 15), level=Level(name)
    )
    return stale_json(make_list(house.host, read_facts(house.host), rule, rule.level))


def get_servers(house: SharedHouse, _params: Params) -> Any:
    """The servers, without their addresses and tokens."""
    return [
        {"id": each.id, "name": each.name, "kind": each.kind.value, "version": each.version, "state": each.state.value}
        for each in all_servers(house.host)
    ]


ROUTES: Mapping[str, tuple[Callable[[SharedHouse, Params], Any], Mapping[str, str]]] = {
    "items": (get_items, {"search": "Words of the title", "limit": "At most so many (50)"}),
    "sessions": (get_sessions, {}),
    "plays": (
        get_plays,
        {
            "from": "First day, YYYY-MM-DD",
            "to": "Last day, YYYY-MM-DD",
            "server": "Name of a server",
            "user": "Name of a person",
            "search": "Words of titles, people or players",
            "sittings": "true: plays that follow each other as one",
            "limit": "At most so many (100)",
            "offset": "Leave out the newest so many (0)",
        },
    ),
    "statistics": (
        get_statistics,
        {
            "view": "days, weekdays, hours, months, users, platforms, players, titles, libraries, streams, "
            "resolutions, concurrent or all",
            "from": "First day, YYYY-MM-DD",
            "to": "Last day, YYYY-MM-DD",
            "user": "Name of a person",
            "sittings": "true: plays that follow each other as one",
            "top": "Only the largest so many rows",
        },
    ),
    "candidates": (
        get_candidates,
        {
            "level": "movie, episode, season or show",
            "added_days": "Added at least so many days ago (30)",
            "idle_days": "Not played for at least so many days (15)",
        },
    ),
    "servers": (get_servers, {}),
}

LONG = frozenset({"candidates", "statistics"})
"""One of these at a time: who waits takes no thread from quick questions."""


def openapi(version: str) -> dict[str, Any]:
    """The OpenAPI document of `/api/v1`."""
    paths: dict[str, Any] = {}
    for name, (function, parameters) in ROUTES.items():
        listed = [
            {"name": each, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
            for each, text in parameters.items()
        ]
        is_one = name in ("statistics", "candidates")
        answer: dict[str, Any] = {"type": "object"} if is_one else {"type": "array", "items": {"type": "object"}}
        paths[f"/api/v1/{name}"] = {
            "get": {
                "summary": (function.__doc__ or "").strip(),
                "parameters": listed,
                "responses": {
                    "200": {"description": "The answer", "content": {"application/json": {"schema": answer}}},
                    "400": {"description": "A parameter makes no sense"},
                    "401": {"description": "The key is missing or wrong"},
                },
            }
        }
    paths["/api/v1/events"] = {
        "get": {
            "summary": "What happens, one JSON document a line, as `retrovue monitor --json` prints it.",
            "responses": {"200": {"description": "A stream that ends with the program"}},
        }
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "RetroVue", "version": version},
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}},
        "security": [{"key": []}],
    }
