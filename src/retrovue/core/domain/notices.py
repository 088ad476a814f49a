"""Stored notices: the entries of the Alerts list."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A stored notice. `read_at` is None until it is read."""

    id: int
    at: datetime | None
    event: str
    server_id: int | None
    title: str
    body: str
    read_at: datetime | None
