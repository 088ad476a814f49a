"""Tables beside the plays. All of them can be made again from the plays; none has a foreign key, so that nothing that
is deleted elsewhere changes them unnoticed.
"""

from typing import Any

from sqlalchemy import Column, Connection, Float, Index, MetaData, Table, event

from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, row_id
from retrovue.core.storage.tables.history import plays

# Plays that were written, changed or deleted since the sums were made: by triggers, so whoever wrote them.
play_changes = Table(
    "play_changes",
    metadata,
    row_id(),
    Column("play_id", BIG, nullable=False),
    Column("server_id", BIG),
    # What a sitting is of: "g" and the guid, "r" and the server's id, or "t" and the title.
    Column("item", Text, nullable=False),
    Column("started_at", BIG, nullable=False),
    Column("stopped_at", BIG, nullable=False),
)

# Sittings of several plays; every other play is a sitting by itself. `id` is the first play.
sittings = Table(
    "sittings",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("last_play_id", BIG, nullable=False),
    Column("server_id", BIG),
    Column("item", Text, nullable=False),
    # Of the first play.
    Column("started_at", BIG, nullable=False),
    # Of all plays together, without pauses.
    Column("play_s", BIG, nullable=False),
    Index("ix_sittings_started_at", "started_at"),
    Index("ix_sittings_item", "item"),
    Index("ix_sittings_last_play_id", "last_play_id"),
)

# The plays of those sittings.
sitting_plays = Table(
    "sitting_plays",
    metadata,
    Column("play_id", BIG, primary_key=True, autoincrement=False),
    Column("sitting_id", BIG, nullable=False),
    Column("started_at", BIG, nullable=False),
    Index("ix_sitting_plays_sitting_id", "sitting_id"),
)

# Sums of whole months of the zone in `statistics_state`.
play_sums = Table(
    "play_sums",
    metadata,
    # 0: plays, 1: sittings
    Column("mode", Integer, primary_key=True, autoincrement=False),
    # What `key` is, see `facts.CELLS`.
    Column("view", Integer, primary_key=True, autoincrement=False),
    # Year * 12 + month - 1
    Column("month", Integer, primary_key=True, autoincrement=False),
    # "" is not known, as in every column that is text here; 0 in `*_id`.
    Column("key", Text, primary_key=True),
    Column("server_id", BIG, primary_key=True, autoincrement=False),
    Column("user_id", BIG, primary_key=True, autoincrement=False),
    # Only of plays without an account.
    Column("user_name", Text, primary_key=True),
    Column("library_id", BIG, primary_key=True, autoincrement=False),
    # Only of plays whose library is gone.
    Column("library_name", Text, primary_key=True),
    # Index in `domain.statistics.STREAMS`
    Column("stream", Integer, primary_key=True, autoincrement=False),
    Column("plays", BIG, nullable=False),
    Column("play_s", BIG, nullable=False),
    sqlite_with_rowid=False,
)

# The most streams at once on a day: of everything, of a server, a library or an account.
play_peaks = Table(
    "play_peaks",
    metadata,
    # 0: everything, 1: server, 2: library, 3: account
    Column("scope", Integer, primary_key=True, autoincrement=False),
    Column("scope_id", BIG, primary_key=True, autoincrement=False),
    # Days since 1970-01-01
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("streams", Integer, nullable=False),
    Column("at", BIG, nullable=False),
    sqlite_with_rowid=False,
)

# Months whose sums are those of the plays. Mode 2 is `play_peaks`.
summed_months = Table(
    "summed_months",
    metadata,
    Column("mode", Integer, primary_key=True, autoincrement=False),
    Column("month", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# One row: what all of this was made for.
statistics_state = Table(
    "statistics_state",
    metadata,
    Column("id", Integer, primary_key=True),
    # The zone with its changes, so that a new version of its rules is another zone.
    Column("zone", Text, nullable=False),
    # The longest pause within a sitting, seconds; NULL before there were any.
    Column("window_s", Float),
    # How far the catalog had come when plays without a library were last looked up in it.
    Column("catalog_mark", Text, nullable=False),
)

# Plays that touch more than two days: found apart from those that start shortly before a range.
Index("ix_plays_long", plays.c.started_at, sqlite_where=plays.c.stopped_at - plays.c.started_at > 86400)
# Plays whose library or genre is not known.
Index(
    "ix_plays_without_place",
    plays.c.server_id,
    plays.c.remote_id,
    sqlite_where=plays.c.library_id.is_(None) | plays.c.genre.is_(None),
)

WATCHED = (
    "server_id server_name media_user_id user_name library_id library_name genre kind title show_title season_number "
    "episode_number year remote_id guid player platform stream_decision source_label delivered_label started_at "
    "stopped_at play_s deleted_at is_watched percent"
).split()


def _note(row: str) -> str:
    item = (
        f"CASE WHEN {row}.guid <> '' THEN 'g' || {row}.guid WHEN {row}.remote_id <> '' THEN 'r' || {row}.remote_id "
        f"ELSE 't' || {row}.title END"
    )
    return (
        "INSERT INTO play_changes (play_id, server_id, item, started_at, stopped_at) "
        f"VALUES ({row}.id, {row}.server_id, {item}, {row}.started_at, {row}.stopped_at);"
    )


TRIGGERS = {
    "plays_inserted": f"AFTER INSERT ON plays WHEN NEW.deleted_at IS NULL BEGIN {_note('NEW')} END",
    "plays_deleted": f"AFTER DELETE ON plays WHEN OLD.deleted_at IS NULL BEGIN {_note('OLD')} END",
    "plays_updated": (
        f"AFTER UPDATE OF {', '.join(WATCHED)} ON plays WHEN OLD.deleted_at IS NULL OR NEW.deleted_at IS NULL "
        f"BEGIN {_note('OLD')} {_note('NEW')} END"
    ),
    # Accounts are counted by their id, whoever they belong to; only plays without one are counted by a name.
    "plays_given": (
        f"AFTER UPDATE OF person ON plays WHEN NEW.media_user_id IS NULL AND NEW.deleted_at IS NULL "
        f"BEGIN {_note('NEW')} END"
    ),
}
"""name → the rest of CREATE TRIGGER. Foreign keys that are set to NULL fire them, too."""


def own_trigger(name: str) -> str | None:
    """The statement that makes a trigger of ours; None for any other name."""
    return f"CREATE TRIGGER {name} {TRIGGERS[name]}" if name in TRIGGERS else None


@event.listens_for(metadata, "after_create")
def _make_triggers(_metadata: MetaData, connection: Connection, **_facts: Any) -> None:
    if connection.dialect.name == "sqlite":
        for name in TRIGGERS:
            connection.exec_driver_sql(own_trigger(name) or "")
