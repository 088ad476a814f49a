"""Tags and favorites of items, and when they were read: exclusions and rules of the clean-up list look at them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "item_marks",
        sa.Column("server_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_item_marks_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "kind", "name", "remote_id", name=op.f("pk_item_marks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mark_reads",
        sa.Column("server_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("read_at", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_mark_reads_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", name=op.f("pk_mark_reads")),
    )
