"""The computers of a catalog, and whose the path rules, disks, checks and changes of files are."""

import time
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "computers",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("last_seen_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_computers")),
        sa.UniqueConstraint("uuid", name=op.f("uq_computers_uuid")),
        sqlite_autoincrement=True,
    )
    # Everything there is belongs to the one computer that had this catalog. The program fills in which one it is.
    op.execute(
        sa.text("INSERT INTO computers (uuid, name, platform, last_seen_at) VALUES (:uuid, '', '', :now)").bindparams(
            uuid=uuid.uuid4().hex, now=int(time.time())
        )
    )
    for name in ("path_mappings", "file_events", "volumes", "file_checks"):
        op.add_column(name, sa.Column("computer_id", _BIG, nullable=True))
        op.execute(f"UPDATE {name} SET computer_id = (SELECT id FROM computers)")
        # Alembic does not see AUTOINCREMENT.
        kept = {"sqlite_autoincrement": True} if name == "path_mappings" else {}
        with op.batch_alter_table(name, table_kwargs=kept) as batch:
            batch.alter_column("computer_id", existing_type=_BIG, nullable=False)
            batch.create_foreign_key(
                op.f(f"fk_{name}_computer_id"), "computers", ["computer_id"], ["id"], ondelete="CASCADE"
            )
            if name == "volumes":
                batch.drop_constraint(op.f("uq_volumes_path"), type_="unique")
                batch.create_unique_constraint(op.f("uq_volumes_computer_id_path"), ["computer_id", "path"])
            elif name == "file_checks":
                batch.drop_constraint(op.f("pk_file_checks"), type_="primary")
                batch.create_primary_key(op.f("pk_file_checks"), ["computer_id", "scope"])
