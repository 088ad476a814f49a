"""Statistics follow plays without an account to the person whose they are."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ITEM = (
    "CASE WHEN {row}guid <> '' THEN 'g' || {row}guid WHEN {row}remote_id <> '' THEN 'r' || {row}remote_id "
    "ELSE 't' || {row}title END"
)


def upgrade() -> None:
    item = _ITEM.format(row="NEW.")
    op.execute(
        "CREATE TRIGGER plays_given AFTER UPDATE OF person ON plays "
        "WHEN NEW.media_user_id IS NULL AND NEW.deleted_at IS NULL BEGIN "
        "INSERT INTO play_changes (play_id, server_id, item, started_at, stopped_at) "
        f"VALUES (NEW.id, NEW.server_id, {item}, NEW.started_at, NEW.stopped_at); END"
    )
    op.execute(
        "INSERT INTO play_changes (play_id, server_id, item, started_at, stopped_at) "
        f"SELECT id, server_id, {_ITEM.format(row='')}, started_at, stopped_at FROM plays "
        "WHERE media_user_id IS NULL AND person IS NOT NULL AND deleted_at IS NULL"
    )
