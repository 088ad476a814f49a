"""Shows, seasons, movies and episodes, what they are known by elsewhere, and what is found of them."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, UniqueConstraint

from retrovue.core.domain.media import ItemKind
from retrovue.core.storage.tables.base import BIG, Integer, Text, metadata, reference, row_id


def _item_columns() -> list[Column[Any]]:
    return [
        Column("remote_id", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("sort_title", Text),
        # Folded, accents stripped, numbers padded: what a sorted view orders by.
        Column("sort_key", Text, nullable=False),
        Column("original_title", Text),
        Column("year", Integer),
        Column("guid_primary", Text),
        Column("source_guid", Text),
        Column("summary", Text),
        Column("content_rating", Text),
        Column("genre", Text),
        Column("studio", Text),
        Column("originally_available_at", Text),
        Column("duration_ms", BIG),
        Column("added_at", BIG),
        Column("remote_updated_at", BIG),
        Column("trashed_at", BIG),
        Column("view_count", Integer, nullable=False, default=0),
        Column("last_viewed_at", BIG),
        Column("artwork", Text),
        # Of all its files, each once: what a view sorted by size orders by.
        Column("size_bytes", BIG, nullable=False, default=0),
        # Of everything stored but the server's time stamps: equal means "nothing to write".
        Column("fingerprint", BigInteger, nullable=False),
        # Of what a slim listing shows: equal means "no need to ask for details".
        Column("change_key", BigInteger, nullable=False),
        Column("first_seen_at", BIG, nullable=False),
        Column("last_seen_at", BIG, nullable=False),
        Column("removed_at", BIG),
    ]


shows = Table(
    "shows",
    metadata,
    row_id(),
    reference("library_id", "libraries"),
    *_item_columns(),
    Column("total_seasons", Integer, nullable=False, server_default="0"),
    Column("total_episodes", Integer, nullable=False, server_default="0"),
    UniqueConstraint("library_id", "remote_id"),
    Index("ix_shows_sort_key", "sort_key", "id"),
    Index("ix_shows_library_id", "library_id", "removed_at"),
    sqlite_autoincrement=True,
)

seasons = Table(
    "seasons",
    metadata,
    row_id(),
    reference("show_id", "shows"),
    Column("number", Integer, nullable=False),
    Column("title", Text),
    Column("remote_id", Text),
    UniqueConstraint("show_id", "number"),
    sqlite_autoincrement=True,
)

movies = Table(
    "movies",
    metadata,
    row_id(),
    reference("library_id", "libraries"),
    *_item_columns(),
    UniqueConstraint("library_id", "remote_id"),
    Index("ix_movies_sort_key", "sort_key", "id"),
    Index("ix_movies_library_id", "library_id", "removed_at"),
    sqlite_autoincrement=True,
)

episodes = Table(
    "episodes",
    metadata,
    row_id(),
    reference("library_id", "libraries"),
    reference("show_id", "shows"),
    # Seasons can be hidden: an episode never depends on a season row.
    reference("season_id", "seasons", null=True, on_delete="SET NULL"),
    *_item_columns(),
    Column("season_number", Integer),
    Column("episode_number", Integer),
    Column("episode_number_end", Integer),
    UniqueConstraint("library_id", "remote_id"),
    Index("ix_episodes_library_id", "library_id", "removed_at"),
    Index("ix_episodes_show_order", "show_id", "season_number", "episode_number", "id"),
    sqlite_autoincrement=True,
)


def _guid_table(kind: str) -> Table:
    return Table(
        f"{kind}_guids",
        metadata,
        Column(
            f"{kind}_id",
            BIG,
            ForeignKey(f"{kind}s.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        Column("provider", Text, primary_key=True),
        Column("external_id", Text, primary_key=True),
        Column("source", Text, primary_key=True),
        Index(f"ix_{kind}_guids_external", "provider", "external_id"),
        sqlite_with_rowid=False,
    )


show_guids = _guid_table("show")
movie_guids = _guid_table("movie")
episode_guids = _guid_table("episode")

# Items that are one and the same in several libraries, found by external id: the rows stay separate, a grouped list
# shows one of them. `group_id` is the id of the item that stands for all; items that are alone have no row.
item_groups = Table(
    "item_groups",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("item_id", BIG, primary_key=True, autoincrement=False),
    Column("group_id", BIG, nullable=False),
    # Of all files of the group, each local file once: what a grouped list shows and sorts by.
    Column("group_bytes", BIG, nullable=False),
    Index("ix_item_groups_group_id", "kind", "group_id"),
    sqlite_with_rowid=False,
)

# One row: what `item_groups` was reckoned from, and a number that moves with its content.
item_grouping = Table(
    "item_grouping",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("signature", Text, nullable=False),
    Column("version", BIG, nullable=False),
)

# What is searched: folded text of shows, movies and episodes. `id` is item id * 4 + kind code, so that one
# full-text index serves all kinds; the full-text table itself (FTS5 trigram, external content) is made in
# search.py, since SQLAlchemy has no virtual tables.
search_text = Table(
    "search_text",
    metadata,
    Column("id", BIG, primary_key=True, autoincrement=False),
    Column("folded", Text, nullable=False),
)

ITEM_TABLES = {ItemKind.MOVIE: movies, ItemKind.SHOW: shows, ItemKind.EPISODE: episodes}
GUID_TABLES = {ItemKind.MOVIE: movie_guids, ItemKind.SHOW: show_guids, ItemKind.EPISODE: episode_guids}
