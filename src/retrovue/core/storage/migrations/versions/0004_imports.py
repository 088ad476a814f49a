"""Plays of other records, the people behind accounts, and what is kept of whom."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_marks",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("marked_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("source", "origin", name=op.f("pk_import_marks")),
    )
    op.add_column("plays", sa.Column("person", sa.Text()))
    op.add_column("plays", sa.Column("time_kind", sa.Text(), nullable=False, server_default="measured"))
    op.add_column("media_users", sa.Column("person", sa.Text()))
    op.add_column("media_users", sa.Column("keeps_history", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("libraries", sa.Column("keeps_history", sa.Boolean(), nullable=False, server_default=sa.true()))
