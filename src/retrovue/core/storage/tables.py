"""The tables of the catalog. Rows never leave this package: repositories return domain objects.

Conventions: `*_at` columns are UTC epoch seconds, `*_ms` milliseconds, `*_bytes` bytes, `*_id` foreign keys.
Unique keys stand here, not in code. A guid is never unique: editions and 4K libraries share one.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    true,
)
from sqlalchemy.types import TypeEngine

from retrovue.core.domain.media import ItemKind

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite needs exactly INTEGER for a row id; elsewhere ids of plays and files may pass 2^31.
_BIG: TypeEngine[int] = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", _BIG, primary_key=True, autoincrement=True)


def _ref(name: str, target: str, *, null: bool = False, on_delete: str = "CASCADE") -> Column[int]:
    return Column(name, _BIG, ForeignKey(f"{target}.id", ondelete=on_delete), nullable=null)


profile = Table(
    "profile",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", _BIG, nullable=False),
)

servers = Table(
    "servers",
    metadata,
    _id(),
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
    Column("state_at", _BIG),
    Column("tls_fingerprint", Text),
    # What the server counted over all libraries when each of them was known to be as stored. JSON, see services.sync.
    Column("sync_notes", Text),
    Column("created_at", _BIG, nullable=False),
    Column("removed_at", _BIG),
    sqlite_autoincrement=True,
)

libraries = Table(
    "libraries",
    metadata,
    _id(),
    _ref("server_id", "servers"),
    Column("remote_id", Text, nullable=False),
    Column("uuid", Text),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("is_enabled", Boolean, nullable=False, default=True),
    Column("sync_mode", Text, nullable=False, default="automatic"),
    # The marker as of the last completed sync: equal text means that nothing moved since.
    Column("change_marker", Text),
    # Server clock at the start of the last completed sync, epoch seconds: where the next delta begins.
    Column("delta_cursor", _BIG),
    # Where an interrupted full listing goes on: JSON, see services.sync.
    Column("resume_mark", Text),
    # What the last proven listing taught: counts beyond what is listed, items that cannot be read. JSON, see there.
    Column("listing_notes", Text),
    Column("last_sync_at", _BIG),
    Column("last_full_sync_at", _BIG),
    # When a complete and consistent listing last proved presence and absence.
    Column("last_verified_at", _BIG),
    Column("unavailable_since", _BIG),
    # Whether plays of its items become history.
    Column("keeps_history", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("server_id", "remote_id"),
    sqlite_autoincrement=True,
)

library_roots = Table(
    "library_roots",
    metadata,
    _id(),
    _ref("library_id", "libraries"),
    Column("remote_id", Text),
    Column("path", Text, nullable=False),
    Column("network_path", Text),
    UniqueConstraint("library_id", "path"),
)

path_mappings = Table(
    "path_mappings",
    metadata,
    _id(),
    _ref("server_id", "servers"),
    _ref("library_id", "libraries", null=True),
    Column("server_path", Text, nullable=False),
    Column("local_path", Text, nullable=False),
    Column("created_at", _BIG, nullable=False),
    # The outcome of the last test of this rule, for "proven today".
    Column("tested_at", _BIG),
    Column("tested_found", _BIG),
    Column("tested_sampled", _BIG),
    sqlite_autoincrement=True,
)


def _item_columns() -> list[Column[Any]]:
    return [
        Column("remote_id", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("sort_title", Text),
        # Folded, accents stripped, numbers padded: what a sorted view orders by.
        Column("sort_key", Text, nullable=False),
        Column("original_title", Text),
        Column("year", Integer),
        Column("guid_primary", Text),
        Column("source_guid", Text),
        Column("summary", Text),
        Column("content_rating", Text),
        Column("genre", Text),
        Column("studio", Text),
        Column("originally_available_at", Text),
        Column("duration_ms", _BIG),
        Column("added_at", _BIG),
        Column("remote_updated_at", _BIG),
        Column("trashed_at", _BIG),
        Column("view_count", Integer, nullable=False, default=0),
        Column("last_viewed_at", _BIG),
        Column("artwork", Text),
        # Of all its files, each once: what a view sorted by size orders by.
        Column("size_bytes", _BIG, nullable=False, default=0),
        # Of everything stored but the server's time stamps: equal means "nothing to write".
        Column("fingerprint", BigInteger, nullable=False),
        # Of what a slim listing shows: equal means "no need to ask for details".
        Column("change_key", BigInteger, nullable=False),
        Column("first_seen_at", _BIG, nullable=False),
        Column("last_seen_at", _BIG, nullable=False),
        Column("removed_at", _BIG),
    ]


shows = Table(
    "shows",
    metadata,
    _id(),
    _ref("library_id", "libraries"),
    *_item_columns(),
    Column("total_seasons", Integer, nullable=False, server_default="0"),
    Column("total_episodes", Integer, nullable=False, server_default="0"),
    UniqueConstraint("library_id", "remote_id"),
    Index("ix_shows_sort_key", "sort_key", "id"),
    Index("ix_shows_library_id", "library_id", "removed_at"),
    sqlite_autoincrement=True,
)

seasons = Table(
    "seasons",
    metadata,
    _id(),
    _ref("show_id", "shows"),
    Column("number", Integer, nullable=False),
    Column("title", Text),
    Column("remote_id", Text),
    UniqueConstraint("show_id", "number"),
    sqlite_autoincrement=True,
)

movies = Table(
    "movies",
    metadata,
    _id(),
    _ref("library_id", "libraries"),
    *_item_columns(),
    UniqueConstraint("library_id", "remote_id"),
    Index("ix_movies_sort_key", "sort_key", "id"),
    Index("ix_movies_library_id", "library_id", "removed_at"),
    sqlite_autoincrement=True,
)

episodes = Table(
    "episodes",
    metadata,
    _id(),
    _ref("library_id", "libraries"),
    _ref("show_id", "shows"),
    # Seasons can be hidden: an episode never depends on a season row.
    _ref("season_id", "seasons", null=True, on_delete="SET NULL"),
    *_item_columns(),
    Column("season_number", Integer),
    Column("episode_number", Integer),
    Column("episode_number_end", Integer),
    UniqueConstraint("library_id", "remote_id"),
    Index("ix_episodes_library_id", "library_id", "removed_at"),
    Index("ix_episodes_show_order", "show_id", "season_number", "episode_number", "id"),
    sqlite_autoincrement=True,
)


def _guid_table(kind: str) -> Table:
    return Table(
        f"{kind}_guids",
        metadata,
        Column(
            f"{kind}_id",
            _BIG,
            ForeignKey(f"{kind}s.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("provider", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("source", Text, primary_key=True),
        Index(f"ix_{kind}_guids_external", "provider", "external_id"),
        sqlite_with_rowid=False,
    )


show_guids = _guid_table("show")
movie_guids = _guid_table("movie")
episode_guids = _guid_table("episode")

media_files = Table(
    "media_files",
    metadata,
    _id(),
    _ref("server_id", "servers"),
    Column("server_path", Text, nullable=False),
    # Derived from the mapping rules; NULL while no rule covers the server path.
    # The accents are those of the disk where a check saw that it writes them in another way.
    Column("local_path", Text),
    _ref("mapping_id", "path_mappings", null=True, on_delete="SET NULL"),
    Column("map_reason", Text),
    Column("size_bytes", _BIG),
    Column("duration_ms", _BIG),
    Column("container", Text),
    Column("video_codec", Text),
    Column("audio_codec", Text),
    Column("audio_channels", Integer),
    Column("resolution", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("bitrate_kbps", _BIG),
    Column("version_name", Text),
    Column("change_stamp", Text),
    Column("file_state", Text, nullable=False, default="unchecked"),
    Column("disk_size_bytes", _BIG),
    Column("checked_at", _BIG),
    Column("first_seen_at", _BIG, nullable=False),
    Column("removed_at", _BIG),
    UniqueConstraint("server_id", "server_path"),
    sqlite_autoincrement=True,
)
Index("ix_media_files_local_path", media_files.c.local_path)
# Lists sorted or filtered by state or resolution read these instead of 200,000 wide rows.
Index("ix_media_files_file_state", media_files.c.file_state)
Index("ix_media_files_resolution", media_files.c.resolution, media_files.c.height)

media_links = Table(
    "media_links",
    metadata,
    _id(),
    _ref("media_file_id", "media_files"),
    _ref("episode_id", "episodes", null=True),
    _ref("movie_id", "movies", null=True),
    Column("version_index", Integer, nullable=False, default=0),
    Column("part_index", Integer, nullable=False, default=0),
    CheckConstraint("(episode_id IS NULL) <> (movie_id IS NULL)", name="one_item"),
    # With both items, so that going from a file to what it holds reads no row.
    Index("ix_media_links_media_file_id", "media_file_id", "episode_id", "movie_id"),
)
for _kind in ("episode", "movie"):
    # Partial, since NULLs are distinct in a unique key and each link names only one of the two.
    _column = media_links.c[f"{_kind}_id"]
    Index(
        f"uq_media_links_{_kind}",
        _column,
        media_links.c.media_file_id,
        unique=True,
        sqlite_where=_column.is_not(None),
    )


@event.listens_for(media_links, "before_create")
def _make_partial(_table: Table, connection: Connection, **_facts: Any) -> None:
    """The same condition for PostgreSQL: named with the index, it would load that dialect at every start."""
    if connection.dialect.name == "postgresql":
        for index in media_links.indexes:
            if "where" in index.dialect_options["sqlite"]:
                index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


sync_runs = Table(
    "sync_runs",
    metadata,
    _id(),
    _ref("server_id", "servers"),
    _ref("library_id", "libraries", null=True, on_delete="SET NULL"),
    Column("library_name", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("initiator", Text, nullable=False),
    Column("started_at", _BIG, nullable=False),
    Column("finished_at", _BIG),
    Column("outcome", Text),
    Column("error", Text),
    Column("added", Integer, nullable=False, default=0),
    Column("updated", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("removed", Integer, nullable=False, default=0),
    Column("held_back", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("requests", Integer, nullable=False, default=0),
    Column("received_bytes", _BIG, nullable=False, default=0),
    Column("duration_ms", _BIG, nullable=False, default=0),
    Index("ix_sync_runs_started_at", "started_at"),
    Index("ix_sync_runs_library_id", "library_id"),
    sqlite_autoincrement=True,
)

sync_issues = Table(
    "sync_issues",
    metadata,
    _id(),
    _ref("run_id", "sync_runs"),
    Column("at", _BIG, nullable=False),
    # "info", "warning" or "error"
    Column("level", Text, nullable=False),
    Column("remote_id", Text),
    Column("message", Text, nullable=False),
    Index("ix_sync_issues_run_id", "run_id"),
)

held_removals = Table(
    "held_removals",
    metadata,
    _id(),
    _ref("library_id", "libraries"),
    _ref("show_id", "shows", null=True),
    _ref("episode_id", "episodes", null=True),
    _ref("movie_id", "movies", null=True),
    # "held_back" (waits for a decision), "removed" (tombstone), "kept" (a person said: keep)
    Column("state", Text, nullable=False),
    _ref("run_id", "sync_runs", null=True, on_delete="SET NULL"),
    Column("created_at", _BIG, nullable=False),
    UniqueConstraint("show_id"),
    UniqueConstraint("episode_id"),
    UniqueConstraint("movie_id"),
    Index("ix_held_removals_library_id", "library_id", "state"),
    sqlite_autoincrement=True,
)

volumes = Table(
    "volumes",
    metadata,
    _id(),
    Column("path", Text, nullable=False, unique=True),
    Column("label", Text),
    Column("total_bytes", _BIG),
    Column("free_bytes", _BIG),
    Column("read_at", _BIG),
    # Typed in by a person, for disks that cannot be reached.
    Column("manual_total_bytes", _BIG),
    Column("manual_free_bytes", _BIG),
    Column("manual_at", _BIG),
)

file_events = Table(
    "file_events",
    metadata,
    _id(),
    _ref("media_file_id", "media_files"),
    Column("at", _BIG, nullable=False),
    Column("old_state", Text, nullable=False),
    Column("new_state", Text, nullable=False),
    Index("ix_file_events_media_file_id", "media_file_id"),
)

# One row for each thing that is checked: all servers together, or one of them.
file_checks = Table(
    "file_checks",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("started_at", _BIG, nullable=False),
    # Where an interrupted check goes on: JSON, see services.filecheck.
    Column("mark", Text),
    Column("marked_at", _BIG),
    Column("finished_at", _BIG),
    # What the last finished check found under each root: JSON.
    Column("summary", Text),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    Column("at", _BIG, nullable=False),
    Column("event", Text, nullable=False),
    _ref("server_id", "servers", null=True, on_delete="SET NULL"),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("read_at", _BIG),
    Index("ix_notices_at", "at"),
)

# Items that are one and the same in several libraries, found by external id: the rows stay separate, a grouped list
# shows one of them. `group_id` is the id of the item that stands for all; items that are alone have no row.
item_groups = Table(
    "item_groups",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("item_id", _BIG, primary_key=True, autoincrement=False),
    Column("group_id", _BIG, nullable=False),
    # Of all files of the group, each local file once: what a grouped list shows and sorts by.
    Column("group_bytes", _BIG, nullable=False),
    Index("ix_item_groups_group_id", "kind", "group_id"),
    sqlite_with_rowid=False,
)

# One row: what `item_groups` was reckoned from, and a number that moves with its content.
item_grouping = Table(
    "item_grouping",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("signature", Text, nullable=False),
    Column("version", _BIG, nullable=False),
)

# Filters of a page that a person gave a name.
saved_filters = Table(
    "saved_filters",
    metadata,
    _id(),
    # "library" or "history"
    Column("page", Text, nullable=False),
    Column("name", Text, nullable=False),
    # JSON, as the page writes it.
    Column("criteria", Text, nullable=False),
    Column("created_at", _BIG, nullable=False),
    UniqueConstraint("page", "name"),
)

# Accounts of servers that played something. One without an id on the server is known by its name.
media_users = Table(
    "media_users",
    metadata,
    _id(),
    _ref("server_id", "servers"),
    Column("user_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("first_seen_at", _BIG, nullable=False),
    Column("last_seen_at", _BIG, nullable=False),
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
    _id(),
    Column("uid", Text, nullable=False, unique=True),
    _ref("server_id", "servers"),
    Column("started_at", _BIG, nullable=False),
    Column("confirmed_at", _BIG, nullable=False),
    Column("snapshot", Text, nullable=False),
    Index("ix_playback_sessions_server_id", "server_id"),
)

# The history: what was played, with the names as they were then. It outlives its server, its user and its item.
plays = Table(
    "plays",
    metadata,
    _id(),
    # The same for the same play from wherever it comes, so that storing it twice is harmless.
    Column("uid", Text, nullable=False, unique=True),
    _ref("server_id", "servers", null=True, on_delete="SET NULL"),
    Column("server_name", Text, nullable=False),
    _ref("media_user_id", "media_users", null=True, on_delete="SET NULL"),
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
    Column("bandwidth_kbps", _BIG),
    Column("started_at", _BIG, nullable=False),
    Column("stopped_at", _BIG, nullable=False),
    Column("paused_s", _BIG, nullable=False),
    Column("play_s", _BIG, nullable=False),
    # "measured"; "at_most": between a start and a stop, pauses unknown; "unknown": only an instant, `play_s` is 0.
    Column("time_kind", Text, nullable=False, server_default="measured"),
    Column("position_ms", _BIG),
    Column("duration_ms", _BIG),
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
    Column("deleted_at", _BIG),
    # The deletion that took it; naming it brings back what it took.
    Column("deletion", Text),
    # The library it was played from, found in the catalog by the server's id; the name outlives the library.
    _ref("library_id", "libraries", null=True, on_delete="SET NULL"),
    Column("library_name", Text),
    # Newest first, and what a search compares with: a page and a search read no row that is not listed.
    Index("ix_plays_listed", "started_at", "deleted_at", "folded"),
    Index("ix_plays_server_id_started_at", "server_id", "started_at"),
    Index("ix_plays_media_user_id_started_at", "media_user_id", "started_at"),
    Index("ix_plays_server_id_remote_id", "server_id", "remote_id"),
    Index("ix_plays_guid", "guid"),
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
    Column("marked_at", _BIG, nullable=False),
)

# What is searched: folded text of shows, movies and episodes. `id` is item id * 4 + kind code, so that one
# full-text index serves all kinds; the full-text table itself (FTS5 trigram, external content) is made in
# search.py, since SQLAlchemy has no virtual tables.
search_text = Table(
    "search_text",
    metadata,
    Column("id", _BIG, primary_key=True, autoincrement=False),
    Column("folded", Text, nullable=False),
)

# Where notices are also sent to. The address with its password is in the keyring, under the id.
notice_targets = Table(
    "notice_targets",
    metadata,
    _id(),
    # What the service is called, for people.
    Column("service", Text, nullable=False),
    # JSON list of events; NULL: those that raise a notice on the desktop.
    Column("events", Text),
    _ref("server_id", "servers", null=True),
    Column("user_name", Text),
    Column("created_at", _BIG, nullable=False),
    sqlite_autoincrement=True,
)

# What has not been sent yet.
notice_outbox = Table(
    "notice_outbox",
    metadata,
    _id(),
    _ref("target_id", "notice_targets"),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", _BIG, nullable=False),
    Column("due_at", _BIG, nullable=False),
    Column("tries", Integer, nullable=False),
    Index("ix_notice_outbox_due_at", "due_at"),
)

ITEM_TABLES = {ItemKind.MOVIE: movies, ItemKind.SHOW: shows, ItemKind.EPISODE: episodes}
GUID_TABLES = {ItemKind.MOVIE: movie_guids, ItemKind.SHOW: show_guids, ItemKind.EPISODE: episode_guids}
