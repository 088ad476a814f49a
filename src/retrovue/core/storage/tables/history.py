"""Accounts, plays that have not ended, and plays that have."""

from sqlalchemy import Boolean, Column, Index, Table, UniqueConstraint, true

from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, reference, row_id

# Accounts of servers that played something. One without an id on the server is known by its name.
media_users = Table(
    "media_users",
    metadata,
    row_id(),
    reference("server_id", "servers"),
    Column("user_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("first_seen_at", BIG, nullable=False),
    Column("last_seen_at", BIG, nullable=False),
    # Who it is: accounts with the same text are one person. NULL: known by the account's own name.
    Column("person", Text),
    # Whether its plays become history.
    Column("keeps_history", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("server_id", "user_key"),
)

# Plays that have not ended. `snapshot` is the whole state as JSON, so that a restart goes on where a crash left it.
playback_sessions = Table(
    "playback_sessions",
    metadata,
    row_id(),
    Column("uid", Text, nullable=False, unique=True),
    reference("server_id", "servers"),
    Column("started_at", BIG, nullable=False),
    Column("confirmed_at", BIG, nullable=False),
    Column("snapshot", Text, nullable=False),
    Index("ix_playback_sessions_server_id", "server_id"),
)

# The history: what was played, with the names as they were then. It outlives its server, its user and its item.
plays = Table(
    "plays",
    metadata,
    row_id(),
    # The same for the same play from wherever it comes, so that storing it twice is harmless.
    Column("uid", Text, nullable=False, unique=True),
    reference("server_id", "servers", null=True, on_delete="SET NULL"),
    Column("server_name", Text, nullable=False),
    reference("media_user_id", "media_users", null=True, on_delete="SET NULL"),
    Column("user_name", Text),
    # The person whose account it is, as `media_users.person`; also for accounts of servers that are not known.
    Column("person", Text),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("show_title", Text),
    Column("season_number", Integer),
    Column("episode_number", Integer),
    Column("aired", Text),
    Column("year", Integer),
    Column("remote_id", Text),
    Column("guid", Text),
    Column("device_id", Text),
    Column("player", Text),
    Column("product", Text),
    Column("platform", Text),
    Column("address", Text),
    Column("location", Text),
    Column("stream_decision", Text),
    Column("source_label", Text),
    Column("delivered_label", Text),
    Column("bandwidth_kbps", BIG),
    Column("started_at", BIG, nullable=False),
    Column("stopped_at", BIG, nullable=False),
    Column("paused_s", BIG, nullable=False),
    Column("play_s", BIG, nullable=False),
    # "measured"; "at_most": between a start and a stop, pauses unknown; "unknown": only an instant, `play_s` is 0.
    Column("time_kind", Text, nullable=False, server_default="measured"),
    Column("position_ms", BIG),
    Column("duration_ms", BIG),
    Column("percent", Integer),
    Column("is_watched", Boolean, nullable=False),
    Column("is_live", Boolean, nullable=False),
    Column("is_inferred", Boolean, nullable=False),
    Column("buffered", Integer, nullable=False),
    # "live": seen by this program; else where it was imported from, see domain.imports.PlaySource.
    Column("source", Text, nullable=False),
    # Everything that the server said of the stream, as JSON; no token.
    Column("raw_stream_info", Text),
    # Folded text of who and what, for the search.
    Column("folded", Text, nullable=False),
    Column("deleted_at", BIG),
    # The deletion that took it; naming it brings back what it took.
    Column("deletion", Text),
    # The library it was played from, found in the catalog by the server's id; the name outlives the library.
    reference("library_id", "libraries", null=True, on_delete="SET NULL"),
    Column("library_name", Text),
    # The first genre of its movie or show, found with the library; "" where it has none, NULL before it was found.
    Column("genre", Text),
    Index("ix_plays_server_id_started_at", "server_id", "started_at"),
    Index("ix_plays_media_user_id_started_at", "media_user_id", "started_at"),
    Index("ix_plays_server_id_remote_id", "server_id", "remote_id"),
    Index("ix_plays_guid", "guid"),
    Index("ix_plays_show_title", "show_title"),
    Index("ix_plays_title", "title"),
    # Adding up the plays of every title reads only this: the rows themselves are twenty times as large.
    Index(
        "ix_plays_people",
        "server_id",
        "remote_id",
        "guid",
        "media_user_id",
        "user_name",
        "person",
        "stopped_at",
        "is_watched",
        "percent",
        "deleted_at",
    ),
)

# How far the plays of another record were read, so that the next import goes on there.
import_marks = Table(
    "import_marks",
    metadata,
    # A `PlaySource`.
    Column("source", Text, primary_key=True),
    # Which record: the machine identifier of its server, or the uuid of a stored one.
    Column("origin", Text, primary_key=True),
    # JSON, as the import writes it.
    Column("mark", Text, nullable=False),
    Column("marked_at", BIG, nullable=False),
)
