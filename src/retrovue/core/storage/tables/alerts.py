"""Notices, and where they are also sent to."""

from sqlalchemy import Column, Index, Table

from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, reference, row_id

notices = Table(
    "notices",
    metadata,
    row_id(),
    Column("at", BIG, nullable=False),
    Column("event", Text, nullable=False),
    reference("server_id", "servers", null=True, on_delete="SET NULL"),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("read_at", BIG),
    Index("ix_notices_at", "at"),
)

# Where notices are also sent to. The address with its password is in the keyring, under the id.
notice_targets = Table(
    "notice_targets",
    metadata,
    row_id(),
    # What the service is called, for people.
    Column("service", Text, nullable=False),
    # JSON list of events; NULL: those that raise a notice on the desktop.
    Column("events", Text),
    # JSON object with lists: "servers" (ids), "users", "libraries" (names), "kinds"; a list that is missing: all.
    Column("filters", Text, nullable=False),
    # Words with fields in braces; empty: as on the desktop.
    Column("text", Text, nullable=False),
    Column("created_at", BIG, nullable=False),
    sqlite_autoincrement=True,
)

# What has not been sent yet.
notice_outbox = Table(
    "notice_outbox",
    metadata,
    row_id(),
    reference("target_id", "notice_targets"),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BIG, nullable=False),
    Column("due_at", BIG, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("ix_notice_outbox_due_at", "due_at"),
)
