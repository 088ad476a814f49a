"""Files that items are made of, the rules that find them here, and what was found on the disks."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    UniqueConstraint,
)

from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, reference, row_id

path_mappings = Table(
    "path_mappings",
    metadata,
    row_id(),
    # A rule is true on one computer, see `ownership`.
    reference("computer_id", "computers"),
    reference("server_id", "servers"),
    reference("library_id", "libraries", null=True),
    Column("server_path", Text, nullable=False),
    Column("local_path", Text, nullable=False),
    Column("created_at", BIG, nullable=False),
    # The outcome of the last test of this rule, for "proven today".
    Column("tested_at", BIG),
    Column("tested_found", BIG),
    Column("tested_sampled", BIG),
    sqlite_autoincrement=True,
)

media_files = Table(
    "media_files",
    metadata,
    row_id(),
    reference("server_id", "servers"),
    Column("server_path", Text, nullable=False),
    Column("size_bytes", BIG),
    Column("duration_ms", BIG),
    Column("container", Text),
    Column("video_codec", Text),
    Column("audio_codec", Text),
    Column("audio_channels", Integer),
    Column("resolution", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("bitrate_kbps", BIG),
    Column("version_name", Text),
    Column("change_stamp", Text),
    Column("first_seen_at", BIG, nullable=False),
    Column("removed_at", BIG),
    UniqueConstraint("server_id", "server_path"),
    sqlite_autoincrement=True,
)
# Lists sorted or filtered by resolution or state read an index instead of 200,000 wide rows.
Index("ix_media_files_resolution", media_files.c.resolution, media_files.c.height)

# What is true of a file on one computer only. No row: no rule of that computer covers the file, see `storage.places`.
# The file comes first in the key, so that the key also finds what goes with a file that is deleted.
file_places = Table(
    "file_places",
    metadata,
    Column(
        "media_file_id", BIG, ForeignKey("media_files.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("computer_id", BIG, ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # Derived from the mapping rules; NULL where the server path cannot be one here, for `map_reason`.
    # The accents are those of the disk where a check saw that it writes them in another way.
    Column("local_path", Text),
    reference("mapping_id", "path_mappings", null=True, on_delete="SET NULL"),
    Column("map_reason", Text),
    Column("file_state", Text, nullable=False),
    Column("disk_size_bytes", BIG),
    Column("checked_at", BIG),
    # With the file, since SQLite adds the key itself only where there is no other id, and PostgreSQL never.
    Index("ix_file_places_file_state", "computer_id", "file_state", "media_file_id"),
    sqlite_with_rowid=False,
)

media_links = Table(
    "media_links",
    metadata,
    row_id(),
    reference("media_file_id", "media_files"),
    reference("episode_id", "episodes", null=True),
    reference("movie_id", "movies", null=True),
    Column("version_index", Integer, nullable=False, default=0),
    Column("part_index", Integer, nullable=False, default=0),
    CheckConstraint("(episode_id IS NULL) <> (movie_id IS NULL)", name="one_item"),
    # With both items, so that going from a file to what it holds reads no row.
    Index("ix_media_links_media_file_id", "media_file_id", "episode_id", "movie_id"),
)
for _kind in ("episode", "movie"):
    # Partial, since NULLs are distinct in a unique key and each link names only one of the two.
    _column = media_links.c[f"{_kind}_id"]
    Index(
        f"uq_media_links_{_kind}",
        _column,
        media_links.c.media_file_id,
        unique=True,
        sqlite_where=_column.is_not(None),
    )

volumes = Table(
    "volumes",
    metadata,
    row_id(),
    reference("computer_id", "computers"),
    Column("path", Text, nullable=False),
    Column("label", Text),
    Column("total_bytes", BIG),
    Column("free_bytes", BIG),
    Column("read_at", BIG),
    # Typed in by a person, for disks that cannot be reached.
    Column("manual_total_bytes", BIG),
    Column("manual_free_bytes", BIG),
    Column("manual_at", BIG),
    UniqueConstraint("computer_id", "path"),
)

file_events = Table(
    "file_events",
    metadata,
    row_id(),
    reference("computer_id", "computers"),
    reference("media_file_id", "media_files"),
    Column("at", BIG, nullable=False),
    Column("old_state", Text, nullable=False),
    Column("new_state", Text, nullable=False),
    Index("ix_file_events_media_file_id", "media_file_id"),
)

# One row for each thing that a computer checks: all servers together, or one of them.
file_checks = Table(
    "file_checks",
    metadata,
    Column("computer_id", BIG, ForeignKey("computers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("scope", Text, primary_key=True),
    Column("started_at", BIG, nullable=False),
    # Where an interrupted check goes on: JSON, see services.filecheck.
    Column("mark", Text),
    Column("marked_at", BIG),
    Column("finished_at", BIG),
    # What the last finished check found under each root: JSON.
    Column("summary", Text),
)
