"""Where notices are also sent to, and what has not been sent yet."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notice_targets",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=True),
        sa.Column("server_id", _BIG, nullable=True),
        sa.Column("user_name", sa.Text(), nullable=True),
        sa.Column("created_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_notice_targets_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_targets")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notice_outbox",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("target_id", _BIG, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.Column("due_at", _BIG, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"], ["notice_targets.id"], name=op.f("fk_notice_outbox_target_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_outbox")),
    )
    op.create_index("ix_notice_outbox_due_at", "notice_outbox", ["due_at"])
