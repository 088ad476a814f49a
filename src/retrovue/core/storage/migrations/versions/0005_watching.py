"""Connections to other programs, counts of items, and collections."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _reference(table: str, column: str, target: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete=on_delete)


def upgrade() -> None:
    op.create_table(
        "connections",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("server_id", _BIG, nullable=True),
        sa.Column("machine_identifier", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("last_row_id", _BIG, nullable=True),
        sa.Column("rows_read", _BIG, nullable=False),
        sa.Column("synced_at", _BIG, nullable=True),
        sa.Column("tried_at", _BIG, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", _BIG, nullable=False),
        _reference("connections", "server_id", "servers", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connections")),
        sa.UniqueConstraint("kind", "url", name=op.f("uq_connections_kind_url")),
        sa.UniqueConstraint("uuid", name=op.f("uq_connections_uuid")),
    )
    op.create_table(
        "watch_stats",
        sa.Column("server_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("user_key", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=True),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("total_play_count", sa.Integer(), nullable=False),
        sa.Column("total_watch_time_s", _BIG, nullable=False),
        sa.Column("last_watched_at", _BIG, nullable=False),
        sa.Column("synced_at", _BIG, nullable=False),
        _reference("watch_stats", "server_id", "servers", "CASCADE"),
        sa.PrimaryKeyConstraint("server_id", "source", "remote_id", "user_key", name=op.f("pk_watch_stats")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_watch_stats_guid", "watch_stats", ["guid"])
    op.create_table(
        "collections",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("server_id", _BIG, nullable=False),
        sa.Column("library_id", _BIG, nullable=True),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("is_promoted", sa.Boolean(), nullable=False),
        sa.Column("seen_at", _BIG, nullable=False),
        sa.Column("removed_at", _BIG, nullable=True),
        _reference("collections", "server_id", "servers", "CASCADE"),
        _reference("collections", "library_id", "libraries", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint("server_id", "remote_id", name=op.f("uq_collections_server_id_remote_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "collection_members",
        sa.Column("collection_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _reference("collection_members", "collection_id", "collections", "CASCADE"),
        sa.PrimaryKeyConstraint("collection_id", "remote_id", name=op.f("pk_collection_members")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "collection_analytics",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("collection_id", _BIG, nullable=True),
        sa.Column("library_id", _BIG, nullable=True),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("total_plays", _BIG, nullable=False),
        sa.Column("total_duration_s", _BIG, nullable=False),
        sa.Column("unique_users", sa.Integer(), nullable=False),
        sa.Column("collected_at", _BIG, nullable=False),
        sa.Column("extra_data", sa.Text(), nullable=True),
        _reference("collection_analytics", "collection_id", "collections", "SET NULL"),
        _reference("collection_analytics", "library_id", "libraries", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_analytics")),
    )
    op.create_index("ix_collection_analytics_collection_id", "collection_analytics", ["collection_id", "collected_at"])
