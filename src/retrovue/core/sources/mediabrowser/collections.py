"""Collections ("box sets") of Emby and Jellyfin.

`IncludeItemTypes=BoxSet&Recursive=true` lists them for the whole server, `ParentId` names the members of one. Unscoped
reads of their members are unreliable, so they are read as an account sees them: see the API sheet of Emby, section 5.
"""

from collections.abc import Callable

from retrovue.core.domain.collections import RemoteCollection
from retrovue.core.domain.errors import NotFoundError, ProtocolError
from retrovue.core.i18n import _
from retrovue.core.sources.documents import text_of
from retrovue.core.sources.http import Answer
from retrovue.core.sources.mediabrowser.decode import rows_of
from retrovue.core.sources.mediabrowser.query import Params
from retrovue.core.sources.paging import PageWatch

_PAGE = 500
Ask = Callable[[Params], Answer]


def box_sets(ask: Ask) -> list[RemoteCollection]:
    """Return every collection of a server with all its members.

    Args:
        ask: requests items with these parameters.

    Raises:
        ProtocolError: a list is incomplete.
        SourceError: the server cannot be asked.
    """
    found: list[RemoteCollection] = []
    for row in listed_rows(ask, [("IncludeItemTypes", "BoxSet"), ("Recursive", "true")]):
        remote_id = text_of(row.get("Id"))
        if remote_id is None:
            continue
        try:
            members = listed_rows(ask, [("ParentId", remote_id), ("CollapseBoxSetItems", "false")], may_hide=True)
        except NotFoundError:
            # It was deleted a moment ago.
            continue
        ids = [key for member in members if (key := text_of(member.get("Id"))) is not None]
        title = text_of(row.get("Name")) or remote_id
        found.append(RemoteCollection(remote_id, title, None, False, tuple(dict.fromkeys(ids))))
    return found


def listed_rows(
    ask: Ask, params: Params, *, user_data: bool = False, may_hide: bool = False
) -> list[dict[str, object]]:
    """Return every row of a list, page by page.

    Args:
        may_hide: the total may count what this account does not see.
    """
    rows: list[dict[str, object]] = []
    arrived, watch = 0, PageWatch()
    while True:
        window: Params = [
            ("SortBy", "SortName,Id"),
            ("EnableImages", "false"),
            ("EnableUserData", "true" if user_data else "false"),
            ("StartIndex", arrived),
            ("Limit", _PAGE),
        ]
        page, total = rows_of(ask([*params, *window]).body)
        arrived += len(page)
        rows += [row for row in page if isinstance(row, dict)]
        # Without a total only a page that is not full is the last one.
        if len(page) < _PAGE if total is None else arrived >= total:
            return rows
        if may_hide and not arrived:
            return rows
        if not page or watch.is_endless(text_of(row.get("Id")) for row in page if isinstance(row, dict)):
            raise ProtocolError(
                _("The server’s list of collections is incomplete."),
                hint=_("Try again."),
                detail=f"{arrived} of {total}",
            )
