"""Notices as they are remembered."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """One notice. `read_at` None: not read yet."""

    id: int
    at: datetime | None
    event: str
    server_id: int | None
    title: str
    body: str
    read_at: datetime | None
