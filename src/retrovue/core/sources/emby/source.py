"""`EmbySource`: one Emby Server as a `MediaSource`."""

import re
from typing import ClassVar

from retrovue.core.domain.errors import NotFoundError, ProtocolError
from retrovue.core.domain.servers import RemoteLibrary, ServerKind
from retrovue.core.sources.base import Capabilities, Since
from retrovue.core.sources.documents import malformed
from retrovue.core.sources.mediabrowser.activity import user_path
from retrovue.core.sources.mediabrowser.decode import rows_of
from retrovue.core.sources.mediabrowser.libraries import Account, remote_libraries
from retrovue.core.sources.mediabrowser.query import Params, saved_since
from retrovue.core.sources.mediabrowser.source import JOINT, MediaBrowserSource

_FOLDER_PAGE = 200


class EmbySource(MediaBrowserSource):
    """A client of one Emby server. Ids are decimal text, and users have their own path. Thread: any."""

    kind: ClassVar[ServerKind] = ServerKind.EMBY
    capabilities = Capabilities(has_change_marker=False, max_ids=100, delta_fields=("updated",), joint=JOINT)
    id_pattern: ClassVar[re.Pattern[str]] = re.compile(r"[0-9]{1,19}|[0-9a-fA-F]{32}")

    def _items_path_of(self, user_id: str | None) -> tuple[str, Params]:
        return ("/Items", []) if user_id is None else user_path(user_id)

    def _saved_since(self, since: Since | None) -> Params:
        # The user's path also returns the watch state. On Jellyfin both paths return the same.
        return saved_since(since, "MinDateLastSavedForUser" if self._has_account else "MinDateLastSaved")

    def _account(self) -> Account | None:
        # No request returns the account of a token. The sign-in returns it, and an API key has none.
        return None if self._user_id is None else self._account_by_id(self._user_id)

    def _folders(self) -> list[RemoteLibrary]:
        try:
            rows, total = rows_of(self._http.get("/Library/VirtualFolders").body)
        except (NotFoundError, ProtocolError):
            # Only the newer form is documented, but most clients use the older one.
            rows, total = self._queried_folders()
        if total is not None and total != len(rows):
            raise malformed(f"{len(rows)} of {total} libraries")
        return remote_libraries(rows)

    def _queried_folders(self) -> tuple[list[object], int | None]:
        rows: list[object] = []
        while True:
            window: Params = [("StartIndex", len(rows)), ("Limit", _FOLDER_PAGE)]
            page, total = rows_of(self._http.get("/Library/VirtualFolders/Query", window).body)
            new = [row for row in page if row not in rows]
            rows += new
            if not new or total is None or len(rows) >= total:
                return rows, total
