"""Until when the plays of a server are known, for lists that trust nothing older."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("history_starts", sa.Column("heard_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
