"""Which items of several servers are shown as one: reckoned anew when something was written that can change it."""

from typing import TYPE_CHECKING

from retrovue.core.domain.browse import KIND_OF, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.services.catalog.same_item import same_items
from retrovue.core.system.memory import rare_collections

if TYPE_CHECKING:
    from retrovue.core.storage.catalog.groups import GroupRepository


def refresh_groups(groups: "GroupRepository", *, token: CancelToken | None = None) -> bool:
    """Bring the groups up to date; whether any is other than before.

    Items are one when they share an external id and their years, where known, are at most one apart; episodes also
    when their shows are one and their numbers are equal.

    Raises:
        Cancelled: asked to stop; the groups are as they were.

    Thread: any but the GUI's; a second or two after a sync of a large catalog, nothing otherwise.
    """
    token = token or CancelToken()
    if not groups.is_stale():
        return False
    # Hundreds of thousands of small tuples: looking for cycles among them took half of the time.
    with rare_collections():
        return groups.rebuild(same_items, token.raise_if_cancelled)


def regroup(host: Host, token: CancelToken) -> tuple[bool, dict[View, int]]:
    """Bring the groups up to date. Return whether any changed, and how many rows grouped lists have less than others.

    Raises:
        Cancelled: the groups are as they were.
    """
    has_changed = refresh_groups(host.browse.groups, token=token)
    return has_changed, {view: host.browse.folded_away(kind) for view, kind in KIND_OF.items()}
