"""Until which item the watched numbers are worked out, in the place of a note of each item that is written."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "item_watch_marks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", _BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_item_watch_marks")),
        sqlite_with_rowid=False,
    )
    on = op.get_bind().dialect.name == "postgresql"
    for kind in ("movie", "episode"):
        table = f"{kind}s"
        # What there is was noted where anything can be known of it.
        op.execute(f"INSERT INTO item_watch_marks (kind, item_id) SELECT '{kind}', coalesce(max(id), 0) FROM {table}")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_watch_inserted{f' ON {table}' if on else ''}")
        if on:
            op.execute(f"DROP FUNCTION IF EXISTS retrovue_{table}_watch_inserted()")
