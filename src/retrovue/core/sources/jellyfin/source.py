"""`JellyfinSource`: one Jellyfin server as a `MediaSource`."""

import re
from typing import ClassVar

from retrovue.core.domain.errors import NotFoundError, ProtocolError
from retrovue.core.domain.servers import RemoteLibrary, ServerKind
from retrovue.core.sources.base import Capabilities
from retrovue.core.sources.documents import malformed
from retrovue.core.sources.http import Answer
from retrovue.core.sources.mediabrowser.decode import document, rows_of
from retrovue.core.sources.mediabrowser.libraries import Account, account_of, remote_libraries
from retrovue.core.sources.mediabrowser.query import Params
from retrovue.core.sources.mediabrowser.source import JOINT, MediaBrowserSource


class JellyfinSource(MediaBrowserSource):
    """A client of one Jellyfin server. Ids are 32 hex digits, and users are in the query. Thread: any."""

    kind: ClassVar[ServerKind] = ServerKind.JELLYFIN
    capabilities = Capabilities(
        has_change_marker=False, max_ids=42, delta_fields=("updated",), joint=JOINT, overcounts=True
    )
    id_pattern: ClassVar[re.Pattern[str]] = re.compile(
        r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    )

    def _items_path_of(self, user_id: str | None) -> tuple[str, Params]:
        return "/Items", [] if user_id is None else [("UserId", user_id)]

    def _views(self, user_id: str) -> Answer:
        try:
            return self._http.get("/UserViews", [("UserId", user_id)])
        except NotFoundError:
            # Versions before 10.9 have only Emby's path.
            return super()._views(user_id)

    def _account(self) -> Account | None:
        if self._user_id is not None:
            return self._account_by_id(self._user_id)
        try:
            return account_of(document(self._http.get("/Users/Me").body))
        except NotFoundError:
            return None
        except ProtocolError as error:
            # 400: the token is an API key, which has no user.
            if error.status != 400:
                raise
            return None

    def _folders(self) -> list[RemoteLibrary]:
        rows, total = rows_of(self._http.get("/Library/VirtualFolders").body)
        if total is not None and total != len(rows):
            raise malformed(f"{len(rows)} of {total} libraries")
        return remote_libraries(rows)
