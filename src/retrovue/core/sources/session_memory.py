"""The sessions of the last list of a server, so that of the next one only what moved is read again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from retrovue.core.domain.copies import with_facts
from retrovue.core.domain.playback import RemoteSession


@dataclass(frozen=True, slots=True)
class ListedSession:
    """One entry of a list.

    Attributes:
        entry: as the server sent it.
        still: the entry without what moves while something plays: the position, and when that was reported.
        position_ms: what was left out of `still`, as `checked_in_at` was; see `RemoteSession`.
    """

    key: str
    entry: dict[str, Any]
    still: dict[str, Any]
    position_ms: int | None
    checked_in_at: float | None = None


@dataclass(slots=True)
class SessionMemory:
    """Reads lists of one server over one connection, one after the other. One thread at a time.

    A list of ten streams has 50 kB, is sent again every second, and differs in ten numbers: comparing it with the one
    before takes a twentieth of the time that reading it does. What has not moved is the same object as before.
    """

    _before: dict[str, tuple[dict[str, Any], RemoteSession]] = field(default_factory=dict)

    def read(
        self, listed: Iterable[ListedSession], decode: Callable[[dict[str, Any]], RemoteSession]
    ) -> list[RemoteSession]:
        """Return the sessions of a list; `decode` reads an entry that is new or has changed."""
        found: dict[str, tuple[dict[str, Any], RemoteSession]] = {}
        sessions = []
        for each in listed:
            before = self._before.get(each.key)
            session = decode(each.entry) if before is None or before[0] != each.still else _moved(before[1], each)
            found[each.key] = (each.still, session)
            sessions.append(session)
        self._before = found
        return sessions


def _moved(before: RemoteSession, listed: ListedSession) -> RemoteSession:
    # A server that sends check-ins moves positions on by itself: without a new one nothing was reported.
    is_advanced = listed.checked_in_at is not None
    if listed.checked_in_at == before.checked_in_at and (is_advanced or listed.position_ms == before.position_ms):
        return before
    return with_facts(before, position_ms=listed.position_ms, checked_in_at=listed.checked_in_at)
