"""The library of a play, and sums of plays."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WATCHED = (
    "server_id server_name media_user_id user_name library_id library_name kind title show_title season_number year "
    "remote_id guid player platform stream_decision source_label delivered_label started_at stopped_at play_s "
    "deleted_at"
).split()


def upgrade() -> None:
    # Not in a batch: that would write every play anew, and columns without a default need not.
    number = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE plays ADD COLUMN library_id {number} "
        "CONSTRAINT fk_plays_library_id REFERENCES libraries (id) ON DELETE SET NULL"
    )
    op.add_column("plays", sa.Column("library_name", sa.Text(), nullable=True))
    op.create_index("ix_plays_long", "plays", ["started_at"], sqlite_where=sa.text("stopped_at - started_at > 86400"))
    op.create_index(
        "ix_plays_without_library",
        "plays",
        ["server_id", "remote_id"],
        sqlite_where=sa.text("library_id IS NULL"),
    )
    _create_changes()
    _create_sums()
    # What was played before this revision is counted like what is played from now on.
    op.execute(
        "INSERT INTO play_changes (play_id, server_id, item, started_at, stopped_at) "
        f"SELECT id, server_id, {_item('plays')}, started_at, stopped_at FROM plays WHERE deleted_at IS NULL"
    )


def _create_changes() -> None:
    op.create_table(
        "play_changes",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("play_id", _BIG, nullable=False),
        sa.Column("server_id", _BIG, nullable=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("started_at", _BIG, nullable=False),
        sa.Column("stopped_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_play_changes")),
    )
    op.execute(
        f"CREATE TRIGGER plays_inserted AFTER INSERT ON plays WHEN NEW.deleted_at IS NULL BEGIN {_note('NEW')} END"
    )
    op.execute(
        f"CREATE TRIGGER plays_deleted AFTER DELETE ON plays WHEN OLD.deleted_at IS NULL BEGIN {_note('OLD')} END"
    )
    op.execute(
        f"CREATE TRIGGER plays_updated AFTER UPDATE OF {', '.join(_WATCHED)} ON plays "
        f"WHEN OLD.deleted_at IS NULL OR NEW.deleted_at IS NULL BEGIN {_note('OLD')} {_note('NEW')} END"
    )


def _create_sums() -> None:
    op.create_table(
        "sittings",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("last_play_id", _BIG, nullable=False),
        sa.Column("server_id", _BIG, nullable=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("started_at", _BIG, nullable=False),
        sa.Column("play_s", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
    )
    op.create_index("ix_sittings_started_at", "sittings", ["started_at"])
    op.create_index("ix_sittings_item", "sittings", ["item"])
    op.create_index("ix_sittings_last_play_id", "sittings", ["last_play_id"])
    op.create_table(
        "sitting_plays",
        sa.Column("play_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("sitting_id", _BIG, nullable=False),
        sa.Column("started_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("play_id", name=op.f("pk_sitting_plays")),
    )
    op.create_index("ix_sitting_plays_sitting_id", "sitting_plays", ["sitting_id"])
    numbers = [sa.Column(name, sa.Integer(), autoincrement=False, nullable=False) for name in ("mode", "view", "month")]
    op.create_table(
        "play_sums",
        *numbers,
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("server_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("user_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("library_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("library_name", sa.Text(), nullable=False),
        sa.Column("stream", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("plays", _BIG, nullable=False),
        sa.Column("play_s", _BIG, nullable=False),
        sa.PrimaryKeyConstraint(
            *("mode", "view", "month", "key", "server_id", "user_id", "user_name", "library_id", "library_name"),
            "stream",
            name=op.f("pk_play_sums"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "play_peaks",
        sa.Column("scope", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scope_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("streams", sa.Integer(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("scope", "scope_id", "day", name=op.f("pk_play_peaks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "summed_months",
        sa.Column("mode", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("mode", "month", name=op.f("pk_summed_months")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statistics_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("window_s", sa.Float(), nullable=True),
        sa.Column("catalog_mark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistics_state")),
    )


def _item(row: str) -> str:
    return (
        f"CASE WHEN {row}.guid <> '' THEN 'g' || {row}.guid WHEN {row}.remote_id <> '' THEN 'r' || {row}.remote_id "
        f"ELSE 't' || {row}.title END"
    )


def _note(row: str) -> str:
    return (
        "INSERT INTO play_changes (play_id, server_id, item, started_at, stopped_at) "
        f"VALUES ({row}.id, {row}.server_id, {_item(row)}, {row}.started_at, {row}.stopped_at);"
    )
