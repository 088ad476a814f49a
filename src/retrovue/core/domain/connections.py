"""Connections to programs that watch a server as well."""

from dataclasses import dataclass
from datetime import datetime, timedelta

RETRY_AFTER = timedelta(minutes=15)
STALE_AFTER = timedelta(hours=6)
"""Counts are called out of date when reading them has failed for so long."""


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection, without its key.

    Attributes:
        uuid: names its key in the keyring.
        server_id: the server that it watches; None while that is not in the catalog.
        last_row_id, rows_read: how far its history was read.
        synced_at, tried_at: the last success and the last attempt.
        error: why the last attempt failed; None after a success.
    """

    id: int
    uuid: str
    kind: str
    name: str
    url: str
    server_id: int | None
    machine_identifier: str | None
    version: str | None
    last_row_id: int | None
    rows_read: int
    synced_at: datetime | None
    tried_at: datetime | None
    error: str | None

    def is_due(self, now: datetime, *, every: timedelta) -> bool:
        """Return whether it is time to read it again. A clock that was set back puts nothing off.

        After a failure it is left alone for a while: one that is off would be asked each minute.
        """
        if self.error is not None and self.tried_at is not None and abs(now - self.tried_at) < RETRY_AFTER:
            return False
        return self.synced_at is None or abs(now - self.synced_at) >= every

    def is_stale(self, now: datetime) -> bool:
        """Return whether its counts are out of date because it cannot be read."""
        return self.error is not None and (self.synced_at is None or now - self.synced_at >= STALE_AFTER)
