"""The commands by name, and the envelope of their answers."""

from collections.abc import Callable, Mapping
from typing import Any

from retrovue.api.tautulli import absent, activity, graphs, history, home, info, libraries, metadata, users, watching
from retrovue.api.tautulli.params import CommandError, Params
from retrovue.api.tautulli.scope import Scope
from retrovue.core.domain.sharing import ShareFilter
from retrovue.core.services.sharing.plays import totals_of

Command = Callable[[Scope, Params], Any]

COMMANDS: Mapping[str, Command] = {
    each.__name__: each
    for each in (
        absent.delete_history,
        absent.get_exports_table,
        absent.get_newsletters,
        absent.get_notification_log,
        absent.get_notifiers,
        absent.get_synced_items,
        absent.get_user_logins,
        absent.sql,
        activity.get_activity,
        activity.terminate_session,
        graphs.get_concurrent_streams_by_stream_type,
        graphs.get_plays_by_date,
        graphs.get_plays_by_dayofweek,
        graphs.get_plays_by_hourofday,
        graphs.get_plays_by_source_resolution,
        graphs.get_plays_by_stream_resolution,
        graphs.get_plays_by_stream_type,
        graphs.get_plays_by_top_10_platforms,
        graphs.get_plays_by_top_10_users,
        graphs.get_plays_per_month,
        graphs.get_stream_type_by_top_10_platforms,
        graphs.get_stream_type_by_top_10_users,
        history.get_history,
        history.get_stream_data,
        home.get_home_stats,
        info.get_date_formats,
        info.get_server_friendly_name,
        info.get_server_identity,
        info.get_server_info,
        info.get_server_list,
        info.get_servers_info,
        info.get_tautulli_info,
        info.server_status,
        libraries.get_libraries,
        libraries.get_libraries_table,
        libraries.get_library,
        libraries.get_library_media_info,
        libraries.get_library_names,
        metadata.get_children_metadata,
        metadata.get_metadata,
        metadata.get_recently_added,
        metadata.search,
        users.get_user,
        users.get_user_ips,
        users.get_user_names,
        users.get_users,
        users.get_users_table,
        watching.get_item_user_stats,
        watching.get_item_watch_time_stats,
        watching.get_library_user_stats,
        watching.get_library_watch_time_stats,
        watching.get_user_player_stats,
        watching.get_user_watch_time_stats,
    )
}


def envelope(result: str, message: str | None, data: Any) -> dict[str, Any]:
    """What every answer is wrapped in."""
    return {"response": {"result": result, "message": message, "data": data}}


def answer(scope: Scope, given: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """(status, answer) of a request whose key is right already. Every error is a 400, as there."""
    name = given.get("cmd", "").strip()
    if not name:
        return 400, envelope("error", f"Parameter cmd is required. {_possible()}", {})
    if name == "status":
        return _status(scope, Params(given))
    command = COMMANDS.get(name)
    if command is None:
        return 400, envelope("error", f"Unknown command: {name[:64]}. {_possible()}", {})
    try:
        data = command(scope, Params(given))
    except CommandError as error:
        return 400, envelope("error", error.message, {})
    return 200, envelope("success", None, data)


def _possible() -> str:
    return f"Possible commands are: {', '.join(sorted({*COMMANDS, 'pms_image_proxy', 'status'}))}"


def _status(scope: Scope, params: Params) -> tuple[int, dict[str, Any]]:
    if params.text("check") == "database":
        totals_of(scope.house.host, ShareFilter())
        return 200, envelope("success", "Database ok", {"integrity_check": "ok"})
    return 200, envelope("success", "Ok", {})
