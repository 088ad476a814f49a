"""Narrow rows of plays and sittings, which lists of the history read instead of the plays."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LISTED = (
    "server_id server_name media_user_id user_name person kind title show_title remote_id guid player stream_decision "
    "started_at stopped_at paused_s play_s percent is_watched is_live deleted_at"
).split()


def upgrade() -> None:
    op.drop_index("ix_plays_listed", table_name="plays")
    op.create_index("ix_plays_started_at", "plays", ["started_at", "deleted_at"])
    _create_names()
    _create_rows()
    op.create_table("listed_changes", _number("play_id"), sa.PrimaryKeyConstraint("play_id", name="pk_listed_changes"))
    op.create_table(
        "listed_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("window_s", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listed_state"),
    )
    _create_triggers()
    # Whoever opens the catalog works this off at once.
    op.execute("INSERT INTO listed_changes (play_id) SELECT id FROM plays WHERE deleted_at IS NULL")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, _BIG, autoincrement=False, nullable=False)


def _numbers(names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, _BIG, nullable=False) for name in names.split()]


def _texts(names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names.split()]


def _flags(names: str) -> list[sa.Column[bool]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names.split()]


def _create_names() -> None:
    op.create_table(
        "listed_works",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        *_texts("kind title show_title"),
        *_flags("is_live"),
        *_texts("folded"),
        *_numbers("plays"),
        sa.PrimaryKeyConstraint("id", name="pk_listed_works"),
        sa.UniqueConstraint(
            "kind", "title", "show_title", "is_live", name="uq_listed_works_kind_title_show_title_is_live"
        ),
    )
    op.create_table(
        "listed_ways",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        *_numbers("server_id"),
        *_texts("server_name"),
        *_numbers("user_id"),
        *_texts("user_name person player decision folded"),
        *_numbers("plays play_s"),
        sa.PrimaryKeyConstraint("id", name="pk_listed_ways"),
        sa.UniqueConstraint(
            *("server_id", "server_name", "user_id", "user_name", "person", "player", "decision"),
            name="uq_listed_ways_server_id_server_name_user_id_user_name_person_player_decision",
        ),
    )


def _create_rows() -> None:
    op.create_table(
        "listed_plays",
        _number("id"),
        *_numbers("chain sitting_id started_at stopped_at play_s paused_s"),
        sa.Column("percent", sa.Integer(), nullable=True),
        *_flags("is_watched"),
        *_numbers("work_id way_id"),
        sa.PrimaryKeyConstraint("id", name="pk_listed_plays"),
    )
    started = ["started_at", "id", "work_id", "way_id", "is_watched", "play_s"]
    op.create_index("ix_listed_plays_started_at", "listed_plays", started)
    for name in ("chain", "sitting_id", "work_id", "way_id"):
        op.create_index(f"ix_listed_plays_{name}", "listed_plays", [name])
    op.create_table(
        "listed_sittings",
        _number("id"),
        *_numbers("last_id started_at last_at plays play_s paused_s"),
        sa.Column("percent", sa.Integer(), nullable=True),
        *_flags("is_watched"),
        *_numbers("work_id way_id"),
        *_flags("is_mixed"),
        sa.PrimaryKeyConstraint("id", name="pk_listed_sittings"),
    )
    by = ["started_at", "id", "work_id", "way_id", "is_mixed", "is_watched", "plays", "play_s"]
    op.create_index("ix_listed_sittings_started_at", "listed_sittings", by)
    by = ["last_at", "last_id", "started_at", "work_id", "way_id", "is_mixed", "is_watched"]
    op.create_index("ix_listed_sittings_last_at", "listed_sittings", by)


def _create_triggers() -> None:
    def note(row: str) -> str:
        return (
            f"INSERT INTO listed_changes (play_id) SELECT {row}.id "
            f"WHERE NOT EXISTS (SELECT 1 FROM listed_changes WHERE play_id = {row}.id);"
        )

    op.execute(f"CREATE TRIGGER plays_listed AFTER INSERT ON plays WHEN NEW.deleted_at IS NULL BEGIN {note('NEW')} END")
    op.execute(
        f"CREATE TRIGGER plays_unlisted AFTER DELETE ON plays WHEN OLD.deleted_at IS NULL BEGIN {note('OLD')} END"
    )
    op.execute(
        f"CREATE TRIGGER plays_relisted AFTER UPDATE OF {', '.join(_LISTED)} ON plays "
        f"WHEN OLD.deleted_at IS NULL OR NEW.deleted_at IS NULL BEGIN {note('OLD')} {note('NEW')} END"
    )
