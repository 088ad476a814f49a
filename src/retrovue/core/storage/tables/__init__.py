"""The tables of the catalog, a module a subject. Rows never leave `storage`: repositories return domain objects.

Conventions: `*_at` columns are UTC epoch seconds, `*_ms` milliseconds, `*_bytes` bytes, `*_id` foreign keys.
Unique keys stand here, not in code. A guid is never unique: editions and 4K libraries share one.

Which of them all computers of a catalog share, and which belong to one of them, is in `ownership`.

Whoever imports any of them has all in `metadata`, so that a foreign key always finds its table.
"""

from retrovue.core.storage.tables.alerts import (
    notice_outbox,
    notice_targets,
    notices,
)
from retrovue.core.storage.tables.base import metadata
from retrovue.core.storage.tables.cleanup import (
    brief_plays,
    history_starts,
    item_marks,
    mark_reads,
    stale_exclusions,
    stale_listed,
    stale_rules,
    stale_runs,
)
from retrovue.core.storage.tables.computers import computers
from retrovue.core.storage.tables.files import (
    file_checks,
    file_events,
    file_places,
    media_files,
    media_links,
    path_mappings,
    volumes,
)
from retrovue.core.storage.tables.history import (
    import_marks,
    media_users,
    playback_sessions,
    plays,
)
from retrovue.core.storage.tables.items import (
    GUID_TABLES,
    ITEM_TABLES,
    episode_guids,
    episodes,
    item_grouping,
    item_groups,
    movie_guids,
    movies,
    search_text,
    seasons,
    show_guids,
    shows,
)
from retrovue.core.storage.tables.listed import (
    listed_changes,
    listed_devices,
    listed_plays,
    listed_sittings,
    listed_state,
    listed_ways,
    listed_works,
)
from retrovue.core.storage.tables.server import (
    libraries,
    library_roots,
    servers,
)
from retrovue.core.storage.tables.settings import (
    profile,
    saved_filters,
)
from retrovue.core.storage.tables.statistics import (
    play_changes,
    play_peaks,
    play_sums,
    sitting_plays,
    sittings,
    statistics_state,
    summed_months,
)
from retrovue.core.storage.tables.sync import (
    held_removals,
    sync_issues,
    sync_runs,
)
from retrovue.core.storage.tables.watched_items import (
    item_watch,
    item_watch_marks,
    watch_changes,
)
from retrovue.core.storage.tables.watching import (
    collection_analytics,
    collection_members,
    collections,
    connections,
    watch_stats,
)

__all__ = [
    "GUID_TABLES",
    "ITEM_TABLES",
    "brief_plays",
    "collection_analytics",
    "collection_members",
    "collections",
    "computers",
    "connections",
    "episode_guids",
    "episodes",
    "file_checks",
    "file_events",
    "file_places",
    "held_removals",
    "history_starts",
    "import_marks",
    "item_grouping",
    "item_groups",
    "item_marks",
    "item_watch",
    "item_watch_marks",
    "libraries",
    "library_roots",
    "listed_changes",
    "listed_devices",
    "listed_plays",
    "listed_sittings",
    "listed_state",
    "listed_ways",
    "listed_works",
    "mark_reads",
    "media_files",
    "media_links",
    "media_users",
    "metadata",
    "movie_guids",
    "movies",
    "notice_outbox",
    "notice_targets",
    "notices",
    "path_mappings",
    "play_changes",
    "play_peaks",
    "play_sums",
    "playback_sessions",
    "plays",
    "profile",
    "saved_filters",
    "search_text",
    "seasons",
    "servers",
    "show_guids",
    "shows",
    "sitting_plays",
    "sittings",
    "stale_exclusions",
    "stale_listed",
    "stale_rules",
    "stale_runs",
    "statistics_state",
    "summed_months",
    "sync_issues",
    "sync_runs",
    "volumes",
    "watch_changes",
    "watch_stats",
]
