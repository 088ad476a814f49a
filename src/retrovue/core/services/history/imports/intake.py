"""What all imports share: batches of plays on their way into the history, counted, with progress and cancel."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.imports import ImportCounts, ImportProgress, PlaySource, ToldPlay
from retrovue.core.domain.playback import RemoteSession, WatchedRule
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import ngettext, number
from retrovue.core.system import deeds
from retrovue.core.system.settings import Settings

Report = Callable[[ImportProgress], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The result of an import.

    Attributes:
        server: the stored server that the plays belong to, None where there is none.
        last_row_id: the greatest row that was read, where the record numbers its rows.
    """

    counts: ImportCounts
    server: Server | None = None
    last_row_id: int | None = None


def ignore(_progress: ImportProgress) -> None:
    """Report nothing."""


class Intake:
    """Stores the plays of one record. One thread.

    Args:
        server: the stored server that they belong to; None keeps them under `server_name` alone.
        is_rehearsal: only count what would come.
        report: called after each batch.
    """

    def __init__(
        self,
        host: AppContext,
        *,
        server: Server | None,
        server_name: str,
        is_rehearsal: bool,
        token: CancelToken,
        report: Report = ignore,
    ) -> None:
        self._host = host
        self._server = server
        self._server_name = server_name if server is None else server.name
        self._is_rehearsal = is_rehearsal
        self._token = token
        self._report = report
        self.counts = ImportCounts()

    def take(self, told: Sequence[ToldPlay], *, skipped: int = 0, total: int | None = None) -> None:
        """Store a batch; `skipped` rows besides were of no use.

        Raises:
            Cancelled: nothing of this batch was stored, everything before it was.
            StorageError: the same, and why.
        """
        self._token.raise_if_cancelled()
        server_id = None if self._server is None else self._server.id
        counts = self._host.imports.add(
            told, server_id=server_id, server_name=self._server_name, is_rehearsal=self._is_rehearsal
        )
        self.counts += counts + ImportCounts(read=skipped, skipped=skipped)
        self._report(ImportProgress(self.counts.read, total))

    def tell(self) -> None:
        """Say in the log what came of it."""
        n = self.counts.added
        if n and not self._is_rehearsal:
            said = ngettext("Imported {n} play of “{server}”.", "Imported {n} plays of “{server}”.", n)
            deeds.tell(said.format(n=number(n), server=self._server_name))


def uid_of(source: PlaySource, *words: object) -> str:
    """Return the identity of a play in a record."""
    text = "\0".join((source.value, *map(str, words)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def watched_rule(settings: Settings) -> WatchedRule:
    """Return the rule of the settings for when a play counts as watched."""
    percent = {"movie": settings.watched_movie_percent, "episode": settings.watched_episode_percent}
    return WatchedRule(percent, settings.watched_movie_percent, settings.watched_marker)


def is_watched(
    rule: WatchedRule,
    *,
    kind: str,
    position_ms: int | None,
    duration_ms: int | None,
    credits_at_ms: int | None = None,
    is_live: bool = False,
) -> bool:
    """Return whether a position is far enough, where a record leaves that to us."""
    session = RemoteSession(
        "", None, kind, "", "stopped", duration_ms=duration_ms, credits_at_ms=credits_at_ms, is_live=is_live
    )
    enough_ms = rule.position_ms(session)
    return enough_ms is not None and position_ms is not None and position_ms >= enough_ms
