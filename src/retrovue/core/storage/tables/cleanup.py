"""What the clean-up list is computed from, and what a person keeps of it.

The index ix_plays_people, which adding up the plays of every title reads, stands with the table of plays.
"""

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, reference, row_id

# Since when the plays of a server are recorded; earlier plays are known only where they were imported.
history_starts = Table(
    "history_starts",
    metadata,
    Column("server_id", BIG, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("begins_at", BIG, nullable=False),
    # Until when they are known without a gap; NULL: not known.
    Column("heard_at", BIG),
)

# The latest play of each title that was too short for the history: it still was played.
brief_plays = Table(
    "brief_plays",
    metadata,
    row_id(),
    reference("server_id", "servers"),
    Column("remote_id", Text, nullable=False),
    Column("guid", Text),
    Column("played_at", BIG, nullable=False),
    UniqueConstraint("server_id", "remote_id"),
)

# Clean-up rules that a person gave a name. `document`: JSON, see domain.cleanup.rules.
stale_rules = Table(
    "stale_rules",
    metadata,
    row_id(),
    Column("name", Text, nullable=False, unique=True),
    Column("document", Text, nullable=False),
    Column("created_at", BIG, nullable=False),
)

# What is kept off the clean-up list. `kind`: movie, episode, season, show, library, collection or tag; `item_id`: of a
# season, its show; of a tag, its server, and `title` is the tag.
stale_exclusions = Table(
    "stale_exclusions",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),
    Column("item_id", BIG, nullable=False),
    Column("season_number", Integer),
    # The title as it was, for an item that left the catalog.
    Column("title", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", BIG, nullable=False),
    # NULL: for good.
    Column("until", BIG),
    sqlite_autoincrement=True,
)

# Each time that the list of a named rule was made.
stale_runs = Table(
    "stale_runs",
    metadata,
    row_id(),
    Column("rule", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("at", BIG, nullable=False),
    Column("items", BIG, nullable=False),
    Column("total_bytes", BIG, nullable=False),
    Index("ix_stale_runs_rule", "rule", "level", "at"),
)

# What was on the list of a named rule: since when, until when, and why it left ("played", "gone" or "changed").
stale_listed = Table(
    "stale_listed",
    metadata,
    row_id(),
    Column("rule", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("item_id", BIG, nullable=False),
    Column("season_number", Integer),
    Column("title", Text, nullable=False),
    Column("size_bytes", BIG, nullable=False),
    Column("entered_at", BIG, nullable=False),
    Column("left_at", BIG),
    Column("left_why", Text),
    Index("ix_stale_listed_rule", "rule", "level", "left_at"),
)

# Tags (labels of Plex) and favorites of items by the server's ids. `kind`: "tag", `name`: the tag; or "favorite", and
# the account that has it among its favorites. Collections have tables of their own.
item_marks = Table(
    "item_marks",
    metadata,
    Column("server_id", BIG, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("remote_id", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# When the collections, tags and favorites of a server were last read, all of them.
mark_reads = Table(
    "mark_reads",
    metadata,
    Column("server_id", BIG, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("read_at", BIG, nullable=False),
)
