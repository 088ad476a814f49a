"""What other records say of items, and collections of servers with what was watched of them."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, UniqueConstraint

from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, reference, row_id

# Programs that watch a server, too. The key of each is in the keyring, under `uuid`.
connections = Table(
    "connections",
    metadata,
    row_id(),
    Column("uuid", Text, nullable=False, unique=True),
    # "tautulli"
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    # The server that it watches; NULL until that is in the catalog.
    reference("server_id", "servers", null=True, on_delete="SET NULL"),
    Column("machine_identifier", Text),
    Column("version", Text),
    # How far its history was read: the greatest row, and how many rows there were.
    Column("last_row_id", BIG),
    Column("rows_read", BIG, nullable=False),
    Column("synced_at", BIG),
    Column("tried_at", BIG),
    # Why the last attempt failed, in words; NULL after a success.
    Column("error", Text),
    Column("created_at", BIG, nullable=False),
    UniqueConstraint("kind", "url"),
)

# What a source counted of an item, for each account. Shows and seasons are sums of their episodes, never stored.
watch_stats = Table(
    "watch_stats",
    metadata,
    Column("server_id", BIG, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    # "tautulli"; our own plays and the server's own count are read where they are.
    Column("source", Text, primary_key=True),
    Column("remote_id", Text, primary_key=True),
    Column("user_key", Text, primary_key=True),
    Column("user_name", Text),
    # As the source knew the item: finds it again under another id.
    Column("guid", Text),
    Column("total_play_count", Integer, nullable=False),
    Column("total_watch_time_s", BIG, nullable=False),
    Column("last_watched_at", BIG, nullable=False),
    Column("synced_at", BIG, nullable=False),
    Index("ix_watch_stats_guid", "guid"),
    sqlite_with_rowid=False,
)

# Collections of servers. On Emby and Jellyfin they belong to no library.
collections = Table(
    "collections",
    metadata,
    row_id(),
    reference("server_id", "servers"),
    reference("library_id", "libraries", null=True, on_delete="SET NULL"),
    Column("remote_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    # Shown on the home screen of the server's owner or of others.
    Column("is_promoted", Boolean, nullable=False),
    Column("seen_at", BIG, nullable=False),
    Column("removed_at", BIG),
    UniqueConstraint("server_id", "remote_id"),
    sqlite_autoincrement=True,
)

# Their members by the server's ids, so that an item that is not in the catalog yet is a member, too.
collection_members = Table(
    "collection_members",
    metadata,
    Column(
        "collection_id", BIG, ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    Column("remote_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# What was watched of a collection, at some time: kept when the collection is gone.
collection_analytics = Table(
    "collection_analytics",
    metadata,
    row_id(),
    reference("collection_id", "collections", null=True, on_delete="SET NULL"),
    reference("library_id", "libraries", null=True, on_delete="SET NULL"),
    Column("remote_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    # A person's word for the snapshot.
    Column("label", Text),
    Column("total_plays", BIG, nullable=False),
    Column("total_duration_s", BIG, nullable=False),
    Column("unique_users", Integer, nullable=False),
    Column("collected_at", BIG, nullable=False),
    # JSON: number of items, of watched ones, and whatever the caller adds.
    Column("extra_data", Text),
    Index("ix_collection_analytics_collection_id", "collection_id", "collected_at"),
)
