"""What each service is sent: any number of servers, users, libraries and types, and a text."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    connection = op.get_bind()
    targets = connection.execute(sa.text("SELECT * FROM notice_targets")).mappings().all()
    waiting = connection.execute(sa.text("SELECT * FROM notice_outbox")).mappings().all()
    # SQLite cannot drop a column with a foreign key. Both tables are made again, the children first: a dropped parent
    # would take them along.
    op.drop_index("ix_notice_outbox_due_at", table_name="notice_outbox")
    op.drop_table("notice_outbox")
    op.drop_table("notice_targets")
    made = op.create_table(
        "notice_targets",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=True),
        sa.Column("filters", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_targets")),
        sqlite_autoincrement=True,
    )
    outbox = op.create_table(
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
    op.bulk_insert(made, [_row(dict(target)) for target in targets])
    op.bulk_insert(outbox, [dict(notice) for notice in waiting])
    if connection.dialect.name == "postgresql":
        # IDs that are given do not move the counter of the next one.
        for table in ("notice_targets", "notice_outbox"):
            op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")


def _row(target: dict[str, object]) -> dict[str, object]:
    filters: dict[str, list[object]] = {}
    if target["server_id"] is not None:
        filters["servers"] = [target["server_id"]]
    if target["user_name"] is not None:
        filters["users"] = [target["user_name"]]
    kept = {name: target[name] for name in ("id", "service", "events", "created_at")}
    return kept | {"filters": json.dumps(filters), "text": ""}
