"""Runs of the sync, what went wrong in them, and removals that wait."""

from sqlalchemy import Column, Index, Table, UniqueConstraint

from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, reference, row_id

sync_runs = Table(
    "sync_runs",
    metadata,
    row_id(),
    reference("server_id", "servers"),
    reference("library_id", "libraries", null=True, on_delete="SET NULL"),
    Column("library_name", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("initiator", Text, nullable=False),
    Column("started_at", BIG, nullable=False),
    Column("finished_at", BIG),
    Column("outcome", Text),
    Column("error", Text),
    Column("added", Integer, nullable=False, default=0),
    Column("updated", Integer, nullable=False, default=0),
    Column("unchanged", Integer, nullable=False, default=0),
    Column("removed", Integer, nullable=False, default=0),
    Column("held_back", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("requests", Integer, nullable=False, default=0),
    Column("received_bytes", BIG, nullable=False, default=0),
    Column("duration_ms", BIG, nullable=False, default=0),
    Index("ix_sync_runs_started_at", "started_at"),
    Index("ix_sync_runs_library_id", "library_id"),
    sqlite_autoincrement=True,
)

sync_issues = Table(
    "sync_issues",
    metadata,
    row_id(),
    reference("run_id", "sync_runs"),
    Column("at", BIG, nullable=False),
    # "info", "warning" or "error"
    Column("level", Text, nullable=False),
    Column("remote_id", Text),
    Column("message", Text, nullable=False),
    Index("ix_sync_issues_run_id", "run_id"),
)

held_removals = Table(
    "held_removals",
    metadata,
    row_id(),
    reference("library_id", "libraries"),
    reference("show_id", "shows", null=True),
    reference("episode_id", "episodes", null=True),
    reference("movie_id", "movies", null=True),
    # "held_back" (waits for a decision), "removed" (tombstone), "kept" (a person said: keep)
    Column("state", Text, nullable=False),
    reference("run_id", "sync_runs", null=True, on_delete="SET NULL"),
    Column("created_at", BIG, nullable=False),
    UniqueConstraint("show_id"),
    UniqueConstraint("episode_id"),
    UniqueConstraint("movie_id"),
    Index("ix_held_removals_library_id", "library_id", "state"),
    sqlite_autoincrement=True,
)
