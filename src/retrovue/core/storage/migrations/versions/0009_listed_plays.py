"""The list of plays and its search from one index, without a look at the plays themselves."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_plays_started_at", table_name="plays")
    op.create_index("ix_plays_listed", "plays", ["started_at", "deleted_at", "folded"], unique=False)
