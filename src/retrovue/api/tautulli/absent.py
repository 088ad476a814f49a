"""What Tautulli has and RetroVue has not, or does not let others do: answered as by a Tautulli without any of it.

Programs for phones and homes ask for these along with the rest, and show nothing at all where one of them fails.
"""

from typing import Any

from retrovue.api.tautulli.params import CommandError, Params
from retrovue.api.tautulli.scope import Scope


def get_notifiers(_scope: Scope, _params: Params) -> list[Any]:
    """Services that notices are sent to: their addresses are nobody else's concern."""
    return []


def get_newsletters(_scope: Scope, _params: Params) -> list[Any]:
    """Newsletters by mail."""
    return []


def get_synced_items(_scope: Scope, _params: Params) -> dict[str, Any]:
    """Titles that are on phones. A server without any answers a document and not a list."""
    return {}


def get_exports_table(_scope: Scope, params: Params) -> dict[str, Any]:
    """Exported lists."""
    return _no_rows(params)


def get_notification_log(_scope: Scope, params: Params) -> dict[str, Any]:
    """Notices that were sent."""
    return _no_rows(params)


def get_user_logins(_scope: Scope, params: Params) -> dict[str, Any]:
    """When somebody signed in to Tautulli itself."""
    return _no_rows(params)


def delete_history(_scope: Scope, params: Params) -> None:
    """Never: a request writes nothing.

    Raises:
        CommandError: always.
    """
    if not params.text("row_ids"):
        raise CommandError("No row ids received.")
    raise CommandError("The history can only be read here.")


def sql(_scope: Scope, _params: Params) -> None:
    """Never: as by default there.

    Raises:
        CommandError: always.
    """
    raise CommandError("SQL not enabled for the API.")


def _no_rows(params: Params) -> dict[str, Any]:
    return {"recordsFiltered": 0, "recordsTotal": 0, "data": [], "draw": max(1, params.number("draw", 1))}
