"""How far plays got, among the sums of plays."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_WATCHED = (
    "server_id server_name media_user_id user_name library_id library_name kind title show_title season_number year "
    "remote_id guid player platform stream_decision source_label delivered_label started_at stopped_at play_s "
    "deleted_at is_watched percent"
).split()


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS plays_updated")
        op.execute(
            f"CREATE TRIGGER plays_updated AFTER UPDATE OF {', '.join(_WATCHED)} ON plays "
            f"WHEN OLD.deleted_at IS NULL OR NEW.deleted_at IS NULL BEGIN {_note('OLD')} {_note('NEW')} END"
        )
    # The months are summed again, with the new sums.
    op.execute("DELETE FROM summed_months")


def _note(row: str) -> str:
    item = (
        f"CASE WHEN {row}.guid <> '' THEN 'g' || {row}.guid WHEN {row}.remote_id <> '' THEN 'r' || {row}.remote_id "
        f"ELSE 't' || {row}.title END"
    )
    return (
        "INSERT INTO play_changes (play_id, server_id, item, started_at, stopped_at) "
        f"VALUES ({row}.id, {row}.server_id, {item}, {row}.started_at, {row}.stopped_at);"
    )
