"""What was watched of each movie and episode, as lists sort by it, and what moved since it was worked out.

`item_watch` has what `domain.watch_stats` says of an item. Triggers note whatever can change that in `watch_changes`,
wherever it is written; `storage.watching.items` works the notes off. An item that is new is found by its id instead,
which is higher than any before: a trigger made a first import's rows cost one and a half times as much to insert.
"""

from sqlalchemy import Column, Connection, MetaData, Table, event

from retrovue.core.storage.tables.base import BIG, Text, metadata

# Only items of which anything is known. Seasons and shows are sums of their episodes, never stored.
item_watch = Table(
    "item_watch",
    metadata,
    # "movie" or "episode"
    Column("kind", Text, primary_key=True),
    Column("item_id", BIG, primary_key=True, autoincrement=False),
    Column("plays", BIG, nullable=False),
    Column("watch_time_s", BIG, nullable=False),
    # 0 where no record has a time.
    Column("last_watched_at", BIG, nullable=False),
    # JSON list of who watched: the people of a show are those of all its episodes, each once.
    Column("people", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Until which item `item_watch` is worked out: items with higher ids have come since. No row: none is.
item_watch_marks = Table(
    "item_watch_marks",
    metadata,
    # "movie" or "episode"
    Column("kind", Text, primary_key=True),
    Column("item_id", BIG, nullable=False),
    sqlite_with_rowid=False,
)

# What `item_watch` does not know of yet: a record of an item, or an item that was changed or deleted.
watch_changes = Table(
    "watch_changes",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("server_id", BIG),
    Column("remote_id", Text),
    # As the record has it; NULL where an item was changed or deleted.
    Column("guid", Text),
    # Of such an item: which one.
    Column("kind", Text),
    Column("item_id", BIG),
    sqlite_autoincrement=True,
)

_OF_PLAY = "server_id remote_id guid person user_name play_s stopped_at deleted_at".split()
_OF_STATS = "remote_id user_key user_name guid total_play_count total_watch_time_s last_watched_at".split()
_OF_ITEM = "library_id remote_id guid_primary source_guid view_count last_viewed_at".split()


def _record(row: str) -> str:
    return (
        "INSERT INTO watch_changes (server_id, remote_id, guid) SELECT "
        f"{row}.server_id, {row}.remote_id, coalesce({row}.guid, '') WHERE {row}.server_id IS NOT NULL;"
    )


def _item(kind: str, row: str) -> str:
    return (
        "INSERT INTO watch_changes (server_id, remote_id, kind, item_id) SELECT l.server_id, "
        f"{row}.remote_id, '{kind}', {row}.id FROM libraries l WHERE l.id = {row}.library_id;"
    )


def _moved(columns: list[str]) -> str:
    return " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)


def _triggers_of_items(kind: str) -> dict[str, str]:
    table = f"{kind}s"
    return {
        # Before: its library can be on its way out, too.
        f"{table}_watch_deleted": f"BEFORE DELETE ON {table} BEGIN {_item(kind, 'OLD')} "
        f"DELETE FROM item_watch WHERE kind = '{kind}' AND item_id = OLD.id; END",
        f"{table}_watch_updated": f"AFTER UPDATE OF {', '.join(_OF_ITEM)} ON {table} WHEN {_moved(_OF_ITEM)} "
        f"BEGIN {_item(kind, 'OLD')} {_item(kind, 'NEW')} END",
    }


TRIGGERS = {
    "plays_watch_inserted": f"AFTER INSERT ON plays WHEN NEW.deleted_at IS NULL BEGIN {_record('NEW')} END",
    "plays_watch_deleted": f"AFTER DELETE ON plays WHEN OLD.deleted_at IS NULL BEGIN {_record('OLD')} END",
    "plays_watch_updated": (
        f"AFTER UPDATE OF {', '.join(_OF_PLAY)} ON plays WHEN {_moved(_OF_PLAY)} "
        f"BEGIN {_record('OLD')} {_record('NEW')} END"
    ),
    "stats_watch_inserted": f"AFTER INSERT ON watch_stats BEGIN {_record('NEW')} END",
    "stats_watch_deleted": f"AFTER DELETE ON watch_stats BEGIN {_record('OLD')} END",
    "stats_watch_updated": (
        f"AFTER UPDATE OF {', '.join(_OF_STATS)} ON watch_stats WHEN {_moved(_OF_STATS)} "
        f"BEGIN {_record('OLD')} {_record('NEW')} END"
    ),
    **_triggers_of_items("movie"),
    **_triggers_of_items("episode"),
}
"""name → the rest of CREATE TRIGGER. Rows that go with their server or library fire them, too."""


@event.listens_for(metadata, "after_create")
def _make_triggers(_metadata: MetaData, connection: Connection, **_facts: object) -> None:
    if connection.dialect.name == "sqlite":
        for name, rest in TRIGGERS.items():
            connection.exec_driver_sql(f"CREATE TRIGGER {name} {rest}")
