"""The tables of the clean-up list; the conventions are those of `storage.tables`.

The index ix_plays_people, which adding up the plays of every title reads, stands with the table of plays.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint
from sqlalchemy.types import TypeEngine

from retrovue.core.storage.tables import metadata

_BIG: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", _BIG, primary_key=True, autoincrement=True)


# Since when the plays of a server are recorded; earlier plays are known only where they were imported.
history_starts = Table(
    "history_starts",
    metadata,
    Column("server_id", _BIG, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("begins_at", _BIG, nullable=False),
)

# The latest play of each title that was too short for the history: it still was played.
brief_plays = Table(
    "brief_plays",
    metadata,
    _id(),
    Column("server_id", _BIG, ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("remote_id", Text, nullable=False),
    Column("guid", Text),
    Column("played_at", _BIG, nullable=False),
    UniqueConstraint("server_id", "remote_id"),
)

# Clean-up rules that a person gave a name. `document`: JSON, see domain.cleanup.rules.
stale_rules = Table(
    "stale_rules",
    metadata,
    _id(),
    Column("name", Text, nullable=False, unique=True),
    Column("document", Text, nullable=False),
    Column("created_at", _BIG, nullable=False),
)

# What is kept off the clean-up list. `kind`: movie, episode, season, show or library; `item_id`: of a season, its show.
stale_exclusions = Table(
    "stale_exclusions",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("item_id", _BIG, nullable=False),
    Column("season_number", Integer),
    # The title as it was, for an item that left the catalog.
    Column("title", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", _BIG, nullable=False),
    # NULL: for good.
    Column("until", _BIG),
    sqlite_autoincrement=True,
)

# Each time that the list of a named rule was made.
stale_runs = Table(
    "stale_runs",
    metadata,
    _id(),
    Column("rule", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("at", _BIG, nullable=False),
    Column("items", _BIG, nullable=False),
    Column("total_bytes", _BIG, nullable=False),
    Index("ix_stale_runs_rule", "rule", "level", "at"),
)

# What was on the list of a named rule: since when, until when, and why it left ("played", "gone" or "changed").
stale_listed = Table(
    "stale_listed",
    metadata,
    _id(),
    Column("rule", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("item_id", _BIG, nullable=False),
    Column("season_number", Integer),
    Column("title", Text, nullable=False),
    Column("size_bytes", _BIG, nullable=False),
    Column("entered_at", _BIG, nullable=False),
    Column("left_at", _BIG),
    Column("left_why", Text),
    Index("ix_stale_listed_rule", "rule", "level", "left_at"),
)
