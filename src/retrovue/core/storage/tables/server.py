"""Servers, their libraries, and the folders of those."""

from sqlalchemy import Boolean, Column, Table, UniqueConstraint, true

from retrovue.core.storage.tables.base import BIG, Text, metadata, reference, row_id

servers = Table(
    "servers",
    metadata,
    row_id(),
    Column("uuid", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("machine_identifier", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("platform", Text),
    Column("account", Text),
    Column("remote_user_id", Text),
    Column("is_owner", Boolean, nullable=False, default=True),
    Column("is_active", Boolean, nullable=False, default=True),
    Column("follow_live", Boolean, nullable=False, default=True),
    Column("state", Text, nullable=False, default="unknown"),
    Column("state_detail", Text),
    Column("state_at", BIG),
    Column("tls_fingerprint", Text),
    # What the server counted over all libraries when each of them was known to be as stored. JSON, see services.sync.
    Column("sync_notes", Text),
    Column("created_at", BIG, nullable=False),
    Column("removed_at", BIG),
    sqlite_autoincrement=True,
)

libraries = Table(
    "libraries",
    metadata,
    row_id(),
    reference("server_id", "servers"),
    Column("remote_id", Text, nullable=False),
    Column("uuid", Text),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False, default=True),
    Column("sync_mode", Text, nullable=False, default="automatic"),
    # The marker as of the last completed sync: equal text means that nothing moved since.
    Column("change_marker", Text),
    # Server clock at the start of the last completed sync, epoch seconds: where the next delta begins.
    Column("delta_cursor", BIG),
    # Where an interrupted full listing goes on: JSON, see services.sync.
    Column("resume_mark", Text),
    # What the last proven listing taught: counts beyond what is listed, items that cannot be read. JSON, see there.
    Column("listing_notes", Text),
    Column("last_sync_at", BIG),
    Column("last_full_sync_at", BIG),
    # When a complete and consistent listing last proved presence and absence.
    Column("last_verified_at", BIG),
    Column("unavailable_since", BIG),
    # Whether plays of its items become history.
    Column("keeps_history", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("server_id", "remote_id"),
    sqlite_autoincrement=True,
)

library_roots = Table(
    "library_roots",
    metadata,
    row_id(),
    reference("library_id", "libraries"),
    Column("remote_id", Text),
    Column("path", Text, nullable=False),
    Column("network_path", Text),
    UniqueConstraint("library_id", "path"),
)
