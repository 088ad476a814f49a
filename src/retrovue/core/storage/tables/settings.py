"""The profile, and what a person keeps in it."""

from sqlalchemy import Column, Table, UniqueConstraint

from retrovue.core.storage.tables.base import BIG, Text, metadata, row_id

profile = Table(
    "profile",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", BIG, nullable=False),
)

# Filters of a page that a person gave a name.
saved_filters = Table(
    "saved_filters",
    metadata,
    row_id(),
    # "library" or "history"
    Column("page", Text, nullable=False),
    Column("name", Text, nullable=False),
    # JSON, as the page writes it.
    Column("criteria", Text, nullable=False),
    Column("created_at", BIG, nullable=False),
    UniqueConstraint("page", "name"),
)
