"""The computers that work on a catalog."""

from sqlalchemy import Column, Table

from retrovue.core.storage.tables.base import BIG, Text, metadata, row_id

# A file in a data folder has one, unless it was copied from a catalog that several share.
computers = Table(
    "computers",
    metadata,
    row_id(),
    # As the computer keeps it in its profile, see system.computer.
    Column("uuid", Text, nullable=False, unique=True),
    # What the system calls it, or what a person does.
    Column("name", Text, nullable=False),
    # "Windows", "macOS" or "Linux"
    Column("platform", Text, nullable=False),
    Column("last_seen_at", BIG, nullable=False),
    # Never given out again: rows that somebody forgets may come back by Undo.
    sqlite_autoincrement=True,
)
