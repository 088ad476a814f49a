"""Writing to SQLite: statements with many values, AUTOINCREMENT, and FTS5."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

FTS_TABLE = "search_fts"
# External content: the index keeps no copy of the texts.
_CREATE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {FTS_TABLE} USING fts5("
    "folded, content='search_text', content_rowid='id', tokenize='trigram', detail='none')"
)


class SqliteWriting:
    """See `WriteDialect`. Thread: any."""

    def insert(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """One statement, prepared once."""
        some = [tuple(row) for row in rows]
        if some:
            marks = ", ".join("?" * len(columns))
            connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", some)

    def next_ids(self, connection: Connection, table: str, count: int) -> int:
        """Nothing is noted: the rows themselves move AUTOINCREMENT on. Ids of purged rows are not given out again."""
        row = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).first()
        return 1 if row is None else int(row[0]) + 1

    def hold(self, connection: Connection, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """The first column is the row's own id."""
        first, *others = columns
        types = "".join(f", {column} INTEGER" for column in others)
        connection.exec_driver_sql(f"CREATE TEMP TABLE {name} ({first} INTEGER PRIMARY KEY{types})")
        some = [tuple(row) for row in rows]
        if some:
            marks = ", ".join("?" * len(columns))
            connection.exec_driver_sql(f"INSERT OR IGNORE INTO {name} ({', '.join(columns)}) VALUES ({marks})", some)

    def let_go(self, connection: Connection, *names: str) -> None:
        """Named with their schema: a table of the catalog is never meant."""
        for name in names:
            connection.exec_driver_sql(f"DROP TABLE temp.{name}")

    def learn(self, connection: Connection, tables: Iterable[str]) -> None:
        """Nothing: statements say by which index they go where it matters."""

    def make_index(self, connection: Connection) -> None:
        """SQLAlchemy has no virtual tables of its own."""
        connection.exec_driver_sql(_CREATE)

    def index(self, connection: Connection, rows: Sequence[tuple[int, str]]) -> None:
        """3 µs a row inside a batch's transaction, as cheap as building the index at once."""
        connection.exec_driver_sql(f"INSERT INTO {FTS_TABLE} (rowid, folded) VALUES (?, ?)", list(rows))

    def unindex(self, connection: Connection, rows: Sequence[tuple[int, str]]) -> None:
        """FTS5 must be told the very text that it indexed."""
        sql = f"INSERT INTO {FTS_TABLE} ({FTS_TABLE}, rowid, folded) VALUES ('delete', ?, ?)"
        connection.exec_driver_sql(sql, list(rows))
