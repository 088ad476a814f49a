"""Which libraries of a server without markers can be left alone by this sync, and what it learns for the next one."""

from collections.abc import Iterable, Mapping, Sequence

from retrovue.core.domain.servers import Library, RemoteLibrary
from retrovue.core.domain.sync import Initiator, LibraryReport, SyncOutcome, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.services.sync.library import LibrarySync
from retrovue.core.services.sync.survey import Survey
from retrovue.core.services.sync.watched import Watched
from retrovue.core.sources.base import MediaSource
from retrovue.core.storage.survey import SurveyRepository

_GOOD = (SyncOutcome.OK, SyncOutcome.HELD_BACK)


class Look:
    """Survey and watched state of one server during one sync. One thread.

    Args:
        libraries: those that are synced and that the server lists. remotes: all that it lists.
        syncs: what would sync each of them, by library id.
    """

    def __init__(
        self,
        host: Host,
        source: MediaSource,
        libraries: Sequence[Library],
        remotes: Mapping[str, RemoteLibrary],
        syncs: Mapping[int, LibrarySync],
        request: SyncRequest,
        token: CancelToken,
    ) -> None:
        rows = SurveyRepository(host.database)
        resting = {number: since for number, sync in syncs.items() if (since := sync.rests_from()) is not None}
        server_id = libraries[0].server_id if libraries else 0
        self._rows = rows
        self._present: dict[int, int] = {}
        self._libraries = libraries
        self._syncs = syncs
        self._learns = request.initiator is not Initiator.SERVER_HINT
        self._survey = Survey(server_id, libraries, remotes, rows, resting, speaks=set())
        self._watched = Watched(server_id, libraries, rows, token)
        self._first = any(library.last_full_sync_at is None for library in libraries)
        listed = [remotes[library.remote_id] for library in libraries]
        self._overview = source.overview(listed) if listed else None

    def ask(self) -> None:
        """Ask the server about all libraries at once; on one that tells markers this does nothing.

        Raises:
            Cancelled: the token was cancelled.
        """
        if self._overview is None:
            return
        self._survey.ask(self._overview, learn=self._learns)
        if self._overview.knows_watched and not self._first:
            self._watched.ask(self._overview)
            for library_id, items in self._watched.news.items():
                self._syncs[library_id].take_watched(items)

    def may_rest(self, library: Library) -> bool:
        """Whether nothing speaks against leaving it alone, as far as is known before the others were synced."""
        is_quiet = self._overview is not None and library.id not in self._watched.news
        return is_quiet and self._survey.may_rest(library)

    def agrees(self) -> bool:
        """Whether the server counts what is stored now; asked when what spoke has been synced."""
        return self._survey.agrees(self._stored())

    @property
    def server_time(self) -> int | None:
        """Up to when nothing was saved in the libraries that were left alone."""
        return self._survey.server_time

    def keep(self, reports: Iterable[LibraryReport]) -> None:
        """Learn from what the syncs of all these libraries came to.

        Raises:
            Cancelled: the token was cancelled.
        """
        found = list(reports)
        if self._overview is None or len(found) != len(self._libraries) or any(r.outcome not in _GOOD for r in found):
            return
        if self._survey.is_in_doubt:
            self._survey.learn(self._overview, self._stored())
        if self._overview.knows_watched and self._first:
            # Everything has just been read with what was watched: from here on only what changes is looked at.
            self._watched.ask(self._overview)
        if not (self._first and self._watched.news):
            self._watched.keep()

    def present(self, library: Library) -> int:
        """The items of a library that was left alone."""
        return self._present[library.id]

    def _stored(self) -> int:
        """The items of these libraries, less those that the server is known to lack."""
        ids = [library.id for library in self._libraries]
        self._present = self._rows.present(ids)
        return sum(self._present.values()) - self._rows.known_absent(ids)
