"""What was watched of each item, kept for sorting, and notes of what can change it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_PLAY = "server_id remote_id guid person user_name play_s stopped_at deleted_at".split()
_OF_STATS = "remote_id user_key user_name guid total_play_count total_watch_time_s last_watched_at".split()
_OF_ITEM = "library_id remote_id guid_primary source_guid view_count last_viewed_at".split()
_KNOWN = "NEW.view_count > 0 OR EXISTS (SELECT 1 FROM plays) OR EXISTS (SELECT 1 FROM watch_stats)"


def _record(row: str) -> str:
    return (
        "INSERT INTO watch_changes (server_id, remote_id, guid) SELECT "
        f"{row}.server_id, {row}.remote_id, coalesce({row}.guid, '') WHERE {row}.server_id IS NOT NULL;"
    )


def _item(kind: str, row: str) -> str:
    return (
        "INSERT INTO watch_changes (server_id, remote_id, kind, item_id) SELECT l.server_id, "
        f"{row}.remote_id, '{kind}', {row}.id FROM libraries l WHERE l.id = {row}.library_id;"
    )


def _moved(columns: list[str]) -> str:
    return " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)


def _on(name: str, table: str, columns: list[str], old: str, new: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} AFTER UPDATE OF {', '.join(columns)} ON {table} WHEN {_moved(columns)} "
        f"BEGIN {old} {new} END"
    )


def upgrade() -> None:
    op.create_table(
        "item_watch",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("plays", _BIG, nullable=False),
        sa.Column("watch_time_s", _BIG, nullable=False),
        sa.Column("last_watched_at", _BIG, nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "item_id", name=op.f("pk_item_watch")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "watch_changes",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("server_id", _BIG, nullable=True),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("item_id", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_changes")),
        sqlite_autoincrement=True,
    )
    new, old = _record("NEW"), _record("OLD")
    op.execute(f"CREATE TRIGGER plays_watch_inserted AFTER INSERT ON plays WHEN NEW.deleted_at IS NULL BEGIN {new} END")
    op.execute(f"CREATE TRIGGER plays_watch_deleted AFTER DELETE ON plays WHEN OLD.deleted_at IS NULL BEGIN {old} END")
    _on("plays_watch_updated", "plays", _OF_PLAY, old, new)
    op.execute(f"CREATE TRIGGER stats_watch_inserted AFTER INSERT ON watch_stats BEGIN {new} END")
    op.execute(f"CREATE TRIGGER stats_watch_deleted AFTER DELETE ON watch_stats BEGIN {old} END")
    _on("stats_watch_updated", "watch_stats", _OF_STATS, old, new)
    for kind in ("movie", "episode"):
        table, new, old = f"{kind}s", _item(kind, "NEW"), _item(kind, "OLD")
        op.execute(f"CREATE TRIGGER {table}_watch_inserted AFTER INSERT ON {table} WHEN {_KNOWN} BEGIN {new} END")
        op.execute(
            f"CREATE TRIGGER {table}_watch_deleted BEFORE DELETE ON {table} BEGIN {old} "
            f"DELETE FROM item_watch WHERE kind = '{kind}' AND item_id = OLD.id; END"
        )
        _on(f"{table}_watch_updated", table, _OF_ITEM, old, new)
        # Everything that there is has to be worked out once.
        op.execute(
            "INSERT INTO watch_changes (server_id, remote_id, kind, item_id) "
            f"SELECT l.server_id, t.remote_id, '{kind}', t.id FROM {table} t JOIN libraries l ON l.id = t.library_id"
        )
