"""What new rows are stamped with as first seen."""

from collections.abc import Iterable

from retrovue.core.domain.servers import Library
from retrovue.core.storage.libraries import LibraryCursor


def new_stamp(libraries: Iterable[Library], cursor: LibraryCursor, *, now: int, floor: int = 0) -> int:
    """The time that a library's new rows are stamped with: never that of a verification of this server, epoch s.

    What is new since a verification is told by these stamps; a clock of whole seconds, or one that went back,
    would make rows look new that were there before, and an item could be taken for another one.

    Args:
        libraries: all of the server. cursor: that of the library, read while its lock is held.
        floor: a verification that is in none of them yet.
    """
    known = [library.last_verified_at for library in libraries if library.last_verified_at is not None]
    latest = max([floor, cursor.last_verified_at or 0, *(int(at.timestamp()) for at in known)])
    return max(now, latest + 1)
