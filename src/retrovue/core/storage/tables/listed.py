"""What lists of the history read instead of the plays, whose rows are thirty times as wide; see `storage.listing`.

All of it can be made again from the plays, and none of it has a foreign key.
"""

from typing import Any

from sqlalchemy import Boolean, Column, Connection, Float, Index, Table, UniqueConstraint, event

from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, row_id
from retrovue.core.storage.tables.history import plays

# What was played. "" is not known, as in every text here.
listed_works = Table(
    "listed_works",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("show_title", Text, nullable=False),
    Column("is_live", Boolean, nullable=False),
    # Folded text of both titles, for the search.
    Column("folded", Text, nullable=False),
    # How many plays there are of it.
    Column("plays", BIG, nullable=False),
    UniqueConstraint("kind", "title", "show_title", "is_live"),
)

# By whom, where and how it was played: a few thousand, whatever the number of plays.
listed_ways = Table(
    "listed_ways",
    metadata,
    row_id(),
    # 0 is not known, here and in `user_id`.
    Column("server_id", BIG, nullable=False),
    Column("server_name", Text, nullable=False),
    Column("user_id", BIG, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("player", Text, nullable=False),
    Column("decision", Text, nullable=False),
    # Folded text of server, user, person and player, for the search.
    Column("folded", Text, nullable=False),
    # How many plays there are of it, and how long: seconds.
    Column("plays", BIG, nullable=False),
    Column("play_s", BIG, nullable=False),
    UniqueConstraint("server_id", "server_name", "user_id", "user_name", "person", "player", "decision"),
)

# With what, and from where: addresses change daily, so they would make many ways of few.
listed_devices = Table(
    "listed_devices",
    metadata,
    row_id(),
    Column("platform", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("address", Text, nullable=False),
    # How many plays there are of it.
    Column("plays", BIG, nullable=False),
    UniqueConstraint("platform", "product", "address"),
)


def _by_value(name: str, *others: str) -> Index:
    """A list by a column: where a page of it begins is counted here, whatever names a list is filtered by."""
    table, _dot, column = name.partition(".")
    return Index(f"ix_{table}_{column}", column, *(each for each in others if each != column))


# The plays that are not deleted, by the same id.
listed_plays = Table(
    "listed_plays",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    # A number of server, account and item: plays of one number are of one chain, whose sittings are made anew together.
    Column("chain", BIG, nullable=False),
    # The first play of the sitting that it is part of.
    Column("sitting_id", BIG, nullable=False),
    Column("started_at", BIG, nullable=False),
    Column("stopped_at", BIG, nullable=False),
    Column("play_s", BIG, nullable=False),
    Column("paused_s", BIG, nullable=False),
    # -1 is not known, here and in `duration_ms`: NULL comes first in one engine and last in the other.
    Column("percent", Integer, nullable=False),
    Column("is_watched", Boolean, nullable=False),
    Column("work_id", BIG, nullable=False),
    Column("way_id", BIG, nullable=False),
    Column("device_id", BIG, nullable=False),
    # The length of the media.
    Column("duration_ms", BIG, nullable=False),
    Index(
        "ix_listed_plays_started_at",
        *("started_at", "id", "work_id", "way_id", "is_watched", "play_s"),
        *("device_id", "paused_s", "percent", "duration_ms"),
    ),
    Index("ix_listed_plays_chain", "chain"),
    Index("ix_listed_plays_sitting_id", "sitting_id"),
    *(
        _by_value(f"listed_plays.{name}", "work_id", "way_id", "is_watched", "started_at", *others)
        for name, others in {
            "work_id": (),
            "way_id": ("play_s",),
            "device_id": (),
            "stopped_at": (),
            "play_s": (),
            "paused_s": (),
            "percent": (),
            "duration_ms": (),
        }.items()
    ),
)

# Every sitting, of one play or of several. `id` is the first play.
listed_sittings = Table(
    "listed_sittings",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("last_id", BIG, nullable=False),
    # When the first play starts, and when the last one does.
    Column("started_at", BIG, nullable=False),
    Column("last_at", BIG, nullable=False),
    Column("plays", BIG, nullable=False),
    # Of all plays together; `percent` is the greatest, and `is_watched` says that any of them was.
    Column("play_s", BIG, nullable=False),
    Column("paused_s", BIG, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("is_watched", Boolean, nullable=False),
    # Of the last play. `is_mixed`: another play of it has another work or way.
    Column("work_id", BIG, nullable=False),
    Column("way_id", BIG, nullable=False),
    Column("is_mixed", Boolean, nullable=False),
    # When the play that ends last does.
    Column("stopped_at", BIG, nullable=False),
    # Of the last play.
    Column("device_id", BIG, nullable=False),
    Column("duration_ms", BIG, nullable=False),
    Index(
        "ix_listed_sittings_started_at",
        *("started_at", "id", "work_id", "way_id", "is_mixed", "is_watched", "plays", "play_s", "paused_s", "percent"),
    ),
    Index(
        "ix_listed_sittings_last_at",
        *("last_at", "last_id", "started_at", "work_id", "way_id", "is_mixed", "is_watched"),
        *("device_id", "paused_s", "duration_ms"),
    ),
    *(
        _by_value(f"listed_sittings.{name}", "work_id", "way_id", "is_mixed", "is_watched", "started_at", *others)
        for name, others in {
            "work_id": (),
            "way_id": ("plays", "play_s"),
            "device_id": (),
            "stopped_at": (),
            "play_s": (),
            "paused_s": (),
            "percent": (),
            "duration_ms": (),
        }.items()
    ),
)

# Plays that were written, changed or deleted since: by triggers, so whoever wrote them.
listed_changes = Table(
    "listed_changes",
    metadata,
    Column("play_id", BIG, primary_key=True, autoincrement=False),
)

# One row: what the sittings were made for.
listed_state = Table(
    "listed_state",
    metadata,
    Column("id", Integer, primary_key=True),
    # The longest pause within a sitting, seconds.
    Column("window_s", Float, nullable=False),
)

# What begins within a range. Lists have indexes of their own.
Index("ix_plays_started_at", plays.c.started_at, plays.c.deleted_at)

LISTED = (
    "server_id server_name media_user_id user_name person kind title show_title remote_id guid player stream_decision "
    "started_at stopped_at paused_s play_s percent is_watched is_live deleted_at platform product address duration_ms"
).split()


def _note(row: str) -> str:
    # Not OR IGNORE: the statement that fires a trigger, such as what a foreign key does, puts its own policy over it.
    return (
        f"INSERT INTO listed_changes (play_id) SELECT {row}.id "
        f"WHERE NOT EXISTS (SELECT 1 FROM listed_changes WHERE play_id = {row}.id);"
    )


TRIGGERS = {
    "plays_listed": f"AFTER INSERT ON plays WHEN NEW.deleted_at IS NULL BEGIN {_note('NEW')} END",
    "plays_unlisted": f"AFTER DELETE ON plays WHEN OLD.deleted_at IS NULL BEGIN {_note('OLD')} END",
    "plays_relisted": (
        f"AFTER UPDATE OF {', '.join(LISTED)} ON plays WHEN OLD.deleted_at IS NULL OR NEW.deleted_at IS NULL "
        f"BEGIN {_note('OLD')} {_note('NEW')} END"
    ),
}
"""name → the rest of CREATE TRIGGER. Foreign keys that are set to NULL fire them, too."""


@event.listens_for(metadata, "after_create")
def _make_triggers(_metadata: Any, connection: Connection, **_facts: Any) -> None:
    if connection.dialect.name == "sqlite":
        for name, rest in TRIGGERS.items():
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {rest}")
