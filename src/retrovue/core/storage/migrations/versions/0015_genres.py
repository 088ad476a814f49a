"""The genre of a play, sums by genre, season and item, and plays found by their title."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_WATCHED = (
    "server_id server_name media_user_id user_name library_id library_name genre kind title show_title season_number "
    "episode_number year remote_id guid player platform stream_decision source_label delivered_label started_at "
    "stopped_at play_s deleted_at is_watched percent"
).split()


def upgrade() -> None:
    op.add_column("plays", sa.Column("genre", sa.Text(), nullable=True))
    op.drop_index("ix_plays_without_library", table_name="plays")
    op.create_index(
        "ix_plays_without_place",
        "plays",
        ["server_id", "remote_id"],
        sqlite_where=sa.text("library_id IS NULL OR genre IS NULL"),
    )
    op.create_index("ix_plays_show_title", "plays", ["show_title"])
    op.create_index("ix_plays_title", "plays", ["title"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS plays_updated")
        op.execute(
            f"CREATE TRIGGER plays_updated AFTER UPDATE OF {', '.join(_WATCHED)} ON plays "
            f"WHEN OLD.deleted_at IS NULL OR NEW.deleted_at IS NULL BEGIN {_note('OLD')} {_note('NEW')} END"
        )
    # The months are summed again, with the new sums, and every play is looked up in the catalog once more.
    op.execute("DELETE FROM summed_months")
    op.execute("UPDATE statistics_state SET catalog_mark = ''")


def _note(row: str) -> str:
    item = (
        f"CASE WHEN {row}.guid <> '' THEN 'g' || {row}.guid WHEN {row}.remote_id <> '' THEN 'r' || {row}.remote_id "
        f"ELSE 't' || {row}.title END"
    )
    return (
        "INSERT INTO play_changes (play_id, server_id, item, started_at, stopped_at) "
        f"VALUES ({row}.id, {row}.server_id, {item}, {row}.started_at, {row}.stopped_at);"
    )
