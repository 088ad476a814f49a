"""The people: `get_users`, `get_user`, `get_user_names`, `get_users_table` and `get_user_ips`."""

from typing import Any

from retrovue.api.tautulli.metadata import people
from retrovue.api.tautulli.params import Params
from retrovue.api.tautulli.plays import DECISIONS, Addresses, media_type, sittings, table, words_of
from retrovue.api.tautulli.scope import NO_FACE, Scope, thumb
from retrovue.core.domain.sharing import SharedUser, ShareFilter, Sitting
from retrovue.core.services.sharing.items import items_of_plays
from retrovue.core.services.sharing.plays import totals_of

_OF_TABLE = frozenset(
    "friendly_name username user_id last_seen last_played ip_address platform player plays duration".split()
)


def get_users(scope: Scope, _params: Params) -> list[dict[str, Any]]:
    """Everybody, the one without an account first."""
    return [_listed(scope, None), *(_listed(scope, user) for user in scope.users)]


def get_user(scope: Scope, params: Params) -> dict[str, Any]:
    """One person; somebody called "Local" for an unknown number.

    Raises:
        CommandError: no `user_id` is given.
    """
    params.required("user_id")
    user = scope.user(params.number("user_id", -1))
    document = people(scope, user)
    if user is None:
        return document | {"is_admin": "", "do_notify": 0}
    return document | {"last_seen": user.last_seen_at if params.flag("include_last_seen") else None}


def get_user_names(scope: Scope, _params: Params) -> list[dict[str, Any]]:
    """Numbers and names of everybody."""
    names = [{"user_id": 0, "friendly_name": "Local"}]
    return names + [{"user_id": scope.user_number(user), "friendly_name": user.shown} for user in scope.users]


def get_users_table(scope: Scope, params: Params) -> dict[str, Any]:
    """People with what they played last, paged."""
    by_user: dict[int | None, list[Sitting]] = {}
    for sitting in sittings(scope, params, ShareFilter(server_id=scope.server_id)):
        by_user.setdefault(sitting.last.user_id, []).append(sitting)
    lasts = [group[0].last for group in by_user.values()]
    items = items_of_plays(scope.house.host, lasts)
    rows = [_row(scope, user, by_user.get(user.id, []), items) for user in scope.users]
    text = params.text("search").casefold()
    found = [row for row in rows if text in row["friendly_name"].casefold()]
    return table(params, found, len(rows), columns=_OF_TABLE, default="friendly_name" if not text else "")


def get_user_ips(scope: Scope, params: Params) -> dict[str, Any]:
    """The addresses that a person played from.

    Raises:
        CommandError: no `user_id` is given.
    """
    params.required("user_id")
    user = scope.user(params.number("user_id", -1))
    total = totals_of(scope.house.host, ShareFilter(server_id=scope.server_id)).plays
    if user is None:
        return table(params, [], total)
    by_address: dict[str, list[Sitting]] = {}
    for sitting in sittings(scope, params, ShareFilter(server_id=scope.server_id, user_ids=(user.id,))):
        by_address.setdefault(sitting.last.address or "", []).append(sitting)
    items = items_of_plays(scope.house.host, (group[0].last for group in by_address.values()))
    rows = []
    for address, group in by_address.items():
        last = _last(scope, group, items)
        rows.append(
            {
                "history_row_id": last["history_row_id"],
                "last_seen": group[0].last.started_at,
                "first_seen": group[-1].started_at,
                "ip_address": address,
                "play_count": len(group),
                **{name: last[name] for name in last if name not in ("history_row_id", "ip_address")},
                "friendly_name": user.shown,
                "user_id": scope.user_number(user),
            }
        )
    columns = ("last_seen", "first_seen", "ip_address", "play_count", "platform", "player", "last_played")
    return table(params, rows, total, columns=columns, default="last_seen")


def _listed(scope: Scope, user: SharedUser | None) -> dict[str, Any]:
    document = people(scope, user)
    del document["user_thumb"], document["deleted_user"], document["last_seen"]
    return document | {
        "thumb": None,
        "filter_all": None,
        "filter_movies": None,
        "filter_tv": None,
        "filter_music": None,
        "filter_photos": None,
    }


def _row(scope: Scope, user: SharedUser, group: list[Sitting], items: Addresses) -> dict[str, Any]:
    return {
        "row_id": user.id,
        "user_id": scope.user_number(user),
        "username": user.name,
        "friendly_name": user.shown,
        "title": user.name,
        "email": "",
        "user_thumb": NO_FACE,
        "plays": len(group),
        "duration": sum(each.play_s for each in group),
        "last_seen": group[0].last.started_at if group else None,
        **_last(scope, group, items),
        "do_notify": 1,
        "keep_history": 1,
        "allow_guest": 0,
        "is_active": 1,
        "remote_user_id": user.key,
    }


def _last(scope: Scope, group: list[Sitting], items: Addresses) -> dict[str, Any]:
    """What was played last, or nothing."""
    names = (
        "last_played history_row_id ip_address platform player rating_key media_type thumb parent_title year "
        "media_index parent_media_index live originally_available_at guid transcode_decision"
    ).split()
    if not group:
        return dict.fromkeys(names)
    play = group[0].last
    item = items.get((play.server_id or 0, play.remote_id or ""))
    key = scope.keys_of(item, play)[0]
    return {
        "last_played": words_of(play),
        "history_row_id": play.id,
        "ip_address": play.address,
        "platform": play.platform,
        "player": play.player,
        "rating_key": key,
        "media_type": media_type(play),
        "thumb": thumb(key),
        "parent_title": (item.season_title if item is not None else None) or "",
        "year": play.year,
        "media_index": play.episode,
        "parent_media_index": play.season,
        "live": int(play.is_live),
        "originally_available_at": play.aired or "",
        "guid": play.guid or "",
        "transcode_decision": DECISIONS.get(play.decision or "", ""),
    }
