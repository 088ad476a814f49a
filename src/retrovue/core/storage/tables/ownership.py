"""Which tables all computers of a catalog share, and which belong to one of them.

What servers told, history, statistics and what a person decided are shared. What can only be true on one computer is
private: the path rules, where they lead (`file_places`), what checks of files found, and the disks. Each private table
has a `computer_id`.

Also private, and not in the catalog at all: settings, window, log and tokens (each computer has its own keyring).
What is derived (statistics, lists, groups, search) is shared like what it is derived from.
"""

PRIVATE = frozenset("file_checks file_events file_places path_mappings volumes".split())
"""Each of their rows belongs to a computer."""

SHARED = frozenset(
    # servers and what they hold
    "servers libraries library_roots shows seasons episodes movies show_guids episode_guids movie_guids media_files "
    "media_links search_text item_groups item_grouping collections collection_members collection_analytics "
    # syncs
    "sync_runs sync_issues held_removals "
    # what was watched
    "playback_sessions plays media_users import_marks connections watch_stats item_watch item_watch_marks "
    "watch_changes brief_plays history_starts "
    # derived from it
    "listed_changes listed_devices listed_plays listed_sittings listed_state listed_ways listed_works play_changes "
    "play_peaks play_sums sitting_plays sittings statistics_state summed_months "
    # what can go
    "stale_exclusions stale_listed stale_rules stale_runs item_marks mark_reads "
    # what a person keeps, and what people are told
    "saved_filters notices notice_targets notice_outbox "
    # the catalog itself
    "profile computers".split()
)
"""The same for every computer."""
