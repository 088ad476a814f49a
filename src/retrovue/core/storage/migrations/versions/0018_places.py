"""Where files are and what was found of them there, a row for each computer that has something to say."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOVED = "local_path mapping_id map_reason file_state disk_size_bytes checked_at".split()


def upgrade() -> None:
    op.create_table(
        "file_places",
        sa.Column("media_file_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("computer_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("local_path", sa.Text(), nullable=True),
        sa.Column("mapping_id", _BIG, nullable=True),
        sa.Column("map_reason", sa.Text(), nullable=True),
        sa.Column("file_state", sa.Text(), nullable=False),
        sa.Column("disk_size_bytes", _BIG, nullable=True),
        sa.Column("checked_at", _BIG, nullable=True),
        sa.PrimaryKeyConstraint("media_file_id", "computer_id", name=op.f("pk_file_places")),
        sa.ForeignKeyConstraint(
            ["media_file_id"], ["media_files.id"], name=op.f("fk_file_places_media_file_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["computer_id"], ["computers.id"], name=op.f("fk_file_places_computer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mapping_id"], ["path_mappings.id"], name=op.f("fk_file_places_mapping_id"), ondelete="SET NULL"
        ),
        sqlite_with_rowid=False,
    )
    # Until now only the computer that worked on the catalog last had paths: its rule says which one it was.
    op.execute(
        f"INSERT INTO file_places (media_file_id, computer_id, {', '.join(_MOVED)}) "
        f"SELECT f.id, coalesce(m.computer_id, c.id), {', '.join(f'f.{name}' for name in _MOVED)} FROM media_files f "
        "JOIN (SELECT id FROM computers ORDER BY last_seen_at DESC, id LIMIT 1) c ON 1 = 1 "
        "LEFT JOIN path_mappings m ON m.id = f.mapping_id "
        "WHERE f.local_path IS NOT NULL OR coalesce(f.map_reason, 'no_rule') <> 'no_rule'"
    )
    op.create_index(
        op.f("ix_file_places_file_state"), "file_places", ["computer_id", "file_state", "media_file_id"], unique=False
    )
    op.drop_index(op.f("ix_media_files_local_path"), table_name="media_files")
    op.drop_index(op.f("ix_media_files_file_state"), table_name="media_files")
    # Alembic does not see AUTOINCREMENT.
    with op.batch_alter_table("media_files", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.drop_constraint(op.f("fk_media_files_mapping_id"), type_="foreignkey")
        for name in _MOVED:
            batch.drop_column(name)
