"""Tautulli's API v2: its history and its statistics, read only.

What has to be known of it, all seen on a running 2.17.2:

- Every error is HTTP 400, a refused key among them; what happened stands in the envelope's message.
- Numbers come as numbers, as text or empty, and texts as null, depending on the command and the version.
- "Not found" is a success with empty or default data.
- The whole table is computed for every page, so large pages cost no more than small ones.
- `row_id` grows with the time at which a play stopped, and live plays have none.
"""

from retrovue.core.sources.tautulli.client import TautulliClient
from retrovue.core.sources.tautulli.shapes import (
    HistoryPage,
    HistoryRow,
    ItemUser,
    TautulliInfo,
    TautulliServer,
    TautulliUser,
    WatchTime,
)

__all__ = [
    "HistoryPage",
    "HistoryRow",
    "ItemUser",
    "TautulliClient",
    "TautulliInfo",
    "TautulliServer",
    "TautulliUser",
    "WatchTime",
]
