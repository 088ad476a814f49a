"""What the clean-up list is computed from, and what a person keeps of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "stale_exclusions",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", _BIG, nullable=False),
        sa.Column("season_number", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("until", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_exclusions")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "stale_listed",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", _BIG, nullable=False),
        sa.Column("season_number", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("size_bytes", _BIG, nullable=False),
        sa.Column("entered_at", _BIG, nullable=False),
        sa.Column("left_at", _BIG, nullable=True),
        sa.Column("left_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_listed")),
    )
    op.create_index("ix_stale_listed_rule", "stale_listed", ["rule", "level", "left_at"], unique=False)
    op.create_table(
        "stale_rules",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_rules")),
        sa.UniqueConstraint("name", name=op.f("uq_stale_rules_name")),
    )
    op.create_table(
        "stale_runs",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("at", _BIG, nullable=False),
        sa.Column("items", _BIG, nullable=False),
        sa.Column("total_bytes", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stale_runs")),
    )
    op.create_index("ix_stale_runs_rule", "stale_runs", ["rule", "level", "at"], unique=False)
    op.create_table(
        "brief_plays",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("server_id", _BIG, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("played_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_brief_plays_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brief_plays")),
        sa.UniqueConstraint("server_id", "remote_id", name=op.f("uq_brief_plays_server_id_remote_id")),
    )
    op.create_table(
        "history_starts",
        sa.Column("server_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("begins_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_history_starts_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_history_starts")),
    )
    op.create_index(
        "ix_plays_people",
        "plays",
        [
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
        ],
        unique=False,
    )
