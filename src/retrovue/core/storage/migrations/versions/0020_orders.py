"""Lists of the history in the order of every column: what they are sorted by, with an index each."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LISTED = (
    "server_id server_name media_user_id user_name person kind title show_title remote_id guid player stream_decision "
    "started_at stopped_at paused_s play_s percent is_watched is_live deleted_at platform product address duration_ms"
).split()
_BY_VALUE = "work_id way_id device_id stopped_at play_s paused_s percent duration_ms".split()


def upgrade() -> None:
    # Tables that are made of the plays are made again: whoever opens the catalog works the changes off at once.
    op.drop_table("listed_plays")
    op.drop_table("listed_sittings")
    op.create_table(
        "listed_devices",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("platform", "product", "address")),
        _number("plays"),
        sa.PrimaryKeyConstraint("id", name="pk_listed_devices"),
        sa.UniqueConstraint("platform", "product", "address", name="uq_listed_devices_platform_product_address"),
    )
    _create_plays()
    _create_sittings()
    op.execute("DELETE FROM listed_works")
    op.execute("DELETE FROM listed_ways")
    op.execute("DELETE FROM listed_changes")
    op.execute("INSERT INTO listed_changes (play_id) SELECT id FROM plays WHERE deleted_at IS NULL")
    if op.get_bind().dialect.name == "sqlite":
        # PostgreSQL has all of its triggers made anew by whoever upgrades it.
        _create_trigger()


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _BIG, autoincrement=False, nullable=False)


def _create_plays() -> None:
    op.create_table(
        "listed_plays",
        *map(_number, "id chain sitting_id started_at stopped_at play_s paused_s".split()),
        _number("percent"),
        sa.Column("is_watched", sa.Boolean(), nullable=False),
        *map(_number, "work_id way_id device_id duration_ms".split()),
        sa.PrimaryKeyConstraint("id", name="pk_listed_plays"),
    )
    by = "started_at id work_id way_id is_watched play_s device_id paused_s percent duration_ms"
    op.create_index("ix_listed_plays_started_at", "listed_plays", by.split())
    for name in ("chain", "sitting_id"):
        op.create_index(f"ix_listed_plays_{name}", "listed_plays", [name])
    for name in _BY_VALUE:
        others = (
            "work_id way_id is_watched started_at play_s"
            if name == "way_id"
            else "work_id way_id is_watched started_at"
        )
        op.create_index(f"ix_listed_plays_{name}", "listed_plays", _first(name, others))


def _create_sittings() -> None:
    op.create_table(
        "listed_sittings",
        *map(_number, "id last_id started_at last_at plays play_s paused_s".split()),
        _number("percent"),
        sa.Column("is_watched", sa.Boolean(), nullable=False),
        *map(_number, "work_id way_id".split()),
        sa.Column("is_mixed", sa.Boolean(), nullable=False),
        *map(_number, "stopped_at device_id duration_ms".split()),
        sa.PrimaryKeyConstraint("id", name="pk_listed_sittings"),
    )
    by = "started_at id work_id way_id is_mixed is_watched plays play_s paused_s percent"
    op.create_index("ix_listed_sittings_started_at", "listed_sittings", by.split())
    by = "last_at last_id started_at work_id way_id is_mixed is_watched device_id paused_s duration_ms"
    op.create_index("ix_listed_sittings_last_at", "listed_sittings", by.split())
    for name in _BY_VALUE:
        others = "work_id way_id is_mixed is_watched started_at"
        if name == "way_id":
            others += " plays play_s"
        op.create_index(f"ix_listed_sittings_{name}", "listed_sittings", _first(name, others))


def _first(name: str, others: str) -> list[str]:
    return [name, *(each for each in others.split() if each != name)]


def _create_trigger() -> None:
    def note(row: str) -> str:
        return (
            f"INSERT INTO listed_changes (play_id) SELECT {row}.id "
            f"WHERE NOT EXISTS (SELECT 1 FROM listed_changes WHERE play_id = {row}.id);"
        )

    op.execute("DROP TRIGGER IF EXISTS plays_relisted")
    op.execute(
        f"CREATE TRIGGER plays_relisted AFTER UPDATE OF {', '.join(_LISTED)} ON plays "
        f"WHEN OLD.deleted_at IS NULL OR NEW.deleted_at IS NULL BEGIN {note('OLD')} {note('NEW')} END"
    )
