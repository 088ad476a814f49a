"""Keeps the listed plays and sittings those of the plays."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection

from retrovue.core.domain.history import Span, grouped
from retrovue.core.domain.text import fold

DEFAULT_WINDOW_S = 12 * 3600.0
"""That of the settings, until somebody chooses another."""

_AT_ONCE = 2_000
_FACTS = (
    "id, started_at, stopped_at, play_s, paused_s, percent, is_watched, guid, remote_id, title, show_title, kind, "
    "is_live, server_id, server_name, media_user_id, user_name, person, player, stream_decision"
)
_PLAY = "id, chain, sitting_id, started_at, stopped_at, play_s, paused_s, percent, is_watched, work_id, way_id"
_SITTING = "id, last_id, started_at, last_at, plays, play_s, paused_s, percent, is_watched, work_id, way_id, is_mixed"
_LISTED = "SELECT value FROM json_each(?)"


class _Listed(NamedTuple):
    """A row of `listed_plays`."""

    id: int
    chain: int
    sitting_id: int
    started_at: int
    stopped_at: int
    play_s: int
    paused_s: int
    percent: int | None
    is_watched: int
    work_id: int
    way_id: int


def is_settled(connection: Connection, window_s: float) -> bool:
    """Whether what is listed is that of the plays, with sittings of this window."""
    cursor = _cursor(connection)
    if cursor.execute("SELECT 1 FROM listed_changes LIMIT 1").fetchone() is not None:
        return False
    return bool(cursor.execute("SELECT window_s = ? FROM listed_state", (window_s,)).fetchone() == (1,))


def settle(connection: Connection, window_s: float | None = None) -> None:
    """Work off `listed_changes`, and make all sittings anew for another window.

    Args:
        window_s: the longest pause within a sitting; None for that of the stored sittings.
    """
    cursor = _cursor(connection)
    has_changes = cursor.execute("SELECT 1 FROM listed_changes LIMIT 1").fetchone() is not None
    if not has_changes and window_s is None:
        return
    stored = cursor.execute("SELECT window_s FROM listed_state").fetchone()
    known = DEFAULT_WINDOW_S if stored is None else stored[0]
    wanted = known if window_s is None else window_s
    if has_changes:
        _work_off(cursor, known)
    if wanted != known:
        _make_all_sittings(cursor, wanted)
    if stored is None or wanted != known:
        cursor.execute("INSERT OR REPLACE INTO listed_state (id, window_s) VALUES (1, ?)", (wanted,))


def _cursor(connection: Connection) -> sqlite3.Cursor:
    """Rows by the million: SQLAlchemy's own would cost as much again as reading them."""
    return cast(sqlite3.Connection, connection.connection.dbapi_connection).cursor()


def _work_off(cursor: sqlite3.Cursor, window_s: float) -> None:
    names = _Names(cursor)
    if cursor.execute("SELECT 1 FROM listed_plays LIMIT 1").fetchone() is None:
        with _without_indexes(cursor):
            _list_all(cursor, names)
            _make_all_sittings(cursor, window_s)
    else:
        while changed := [row[0] for row in cursor.execute(f"SELECT play_id FROM listed_changes LIMIT {_AT_ONCE}")]:
            _list_again(cursor, names, changed, window_s)
            cursor.execute(f"DELETE FROM listed_changes WHERE play_id IN ({_LISTED})", (json.dumps(changed),))
    cursor.execute("DELETE FROM listed_changes")
    names.count()


@contextmanager
def _without_indexes(cursor: sqlite3.Cursor) -> Iterator[None]:
    """Everything is written first and sorted afterwards, which takes half of the time."""
    query = (
        "SELECT name, sql FROM sqlite_master "
        "WHERE tbl_name IN ('listed_plays', 'listed_sittings') AND type = 'index' AND sql IS NOT NULL"
    )
    indexes = cursor.execute(query).fetchall()
    for name, _sql in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _name, sql in indexes:
        cursor.execute(sql)


def _list_all(cursor: sqlite3.Cursor, names: "_Names") -> None:
    """The first time. Every play is a sitting by itself until sittings are made."""
    plays = cursor.connection.cursor().execute(f"SELECT {_FACTS} FROM plays WHERE deleted_at IS NULL ORDER BY id")
    _insert(cursor, "listed_plays", _PLAY, (_listed(names, row) for row in plays))


def _list_again(cursor: sqlite3.Cursor, names: "_Names", changed: Sequence[int], window_s: float) -> None:
    ids = (json.dumps(changed),)
    former = [
        _Listed._make(row) for row in cursor.execute(f"SELECT {_PLAY} FROM listed_plays WHERE id IN ({_LISTED})", ids)
    ]
    for play in former:
        names.add(play, -1)
    cursor.execute(f"DELETE FROM listed_plays WHERE id IN ({_LISTED})", ids)
    facts = cursor.execute(f"SELECT {_FACTS} FROM plays WHERE id IN ({_LISTED}) AND deleted_at IS NULL", ids).fetchall()
    present = [_listed(names, row) for row in facts]
    _insert(cursor, "listed_plays", _PLAY, present)
    chains = {play.chain for play in (*former, *present)}
    plays = _of_chains(cursor, f"WHERE chain IN ({_LISTED})", json.dumps(list(chains)))
    members = list(plays)
    gone = {play.sitting_id for play in (*former, *members)}
    query = f"SELECT {_SITTING} FROM listed_sittings WHERE id IN ({_LISTED})"
    stored = {tuple(row) for row in cursor.execute(query, (json.dumps(list(gone)),))}
    _make_sittings(cursor, members, window_s, stored)


def _make_all_sittings(cursor: sqlite3.Cursor, window_s: float) -> None:
    cursor.execute("DELETE FROM listed_sittings")
    reader = cursor.connection.cursor()
    _make_sittings(cursor, _of_chains(reader, ""), window_s)


def _of_chains(cursor: sqlite3.Cursor, where: str, *values: str) -> Iterator[_Listed]:
    query = f"SELECT {_PLAY} FROM listed_plays {where} ORDER BY chain, started_at, id"
    return map(_Listed._make, cursor.execute(query, values))


def _make_sittings(
    cursor: sqlite3.Cursor, plays: Iterable[_Listed], window_s: float, stored: Set[tuple[Any, ...]] = frozenset()
) -> None:
    """Store the sittings of whole chains, whose plays come one after another; only those that are others are written.

    Args:
        stored: the rows that there are of these chains.
    """
    moved: list[tuple[int, int]] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for group in _groups(plays, window_s):
            head = group[0].id
            moved.extend((head, play.id) for play in group if play.sitting_id != head)
            yield _sitting(group)

    if stored:
        made = set(rows())
        gone = json.dumps([row[0] for row in stored - made])
        cursor.execute(f"DELETE FROM listed_sittings WHERE id IN ({_LISTED})", (gone,))
        _insert(cursor, "listed_sittings", _SITTING, made - stored)
    else:
        _insert(cursor, "listed_sittings", _SITTING, rows())
    cursor.executemany("UPDATE listed_plays SET sitting_id = ? WHERE id = ?", moved)


def _groups(plays: Iterable[_Listed], window_s: float) -> Iterator[list[_Listed]]:
    for _chain, chained in groupby(plays, key=attrgetter("chain")):
        chain = list(chained)
        if len(chain) == 1:
            yield chain
        else:
            yield from grouped(chain, window=window_s, span_of=_span)


def _span(play: _Listed) -> Span:
    return Span(None, None, play.chain, play.started_at, play.stopped_at, play.id)


def _sitting(group: Sequence[_Listed]) -> tuple[Any, ...]:
    first, last = group[0], group[-1]
    if len(group) == 1:
        sums = (1, first.play_s, first.paused_s, first.percent, first.is_watched)
        return (first.id, first.id, first.started_at, first.started_at, *sums, first.work_id, first.way_id, 0)
    return (
        first.id,
        last.id,
        first.started_at,
        last.started_at,
        len(group),
        sum(play.play_s for play in group),
        sum(play.paused_s for play in group),
        max((play.percent for play in group if play.percent is not None), default=None),
        max(play.is_watched for play in group),
        last.work_id,
        last.way_id,
        int(any((play.work_id, play.way_id) != (last.work_id, last.way_id) for play in group)),
    )


def _listed(names: "_Names", row: Sequence[Any]) -> _Listed:
    """A play as it is listed, for now as a sitting by itself."""
    play_id, started_at, stopped_at, play_s, paused_s, percent, is_watched, guid, remote_id, *who = row
    title, show_title, kind, is_live, server_id, server_name, user_id, user_name, person, player, decision = who
    listed = _Listed(
        play_id,
        _chain(server_id or server_name, user_id or user_name, guid or remote_id or title),
        play_id,
        started_at,
        stopped_at,
        play_s,
        paused_s,
        percent,
        is_watched,
        names.work(kind, title, show_title or "", is_live),
        names.way(
            server_id or 0, server_name, user_id or 0, user_name or "", person or "", player or "", decision or ""
        ),
    )
    names.add(listed, 1)
    return listed


def _chain(server: int | str, account: int | str | None, item: str) -> int:
    """63 bits of server, account and item: a million chains have two alike once in ten million catalogs."""
    text = f"{server!r}\n{account!r}\n{item}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1


def _insert(cursor: sqlite3.Cursor, table: str, columns: str, rows: Iterable[Sequence[Any]]) -> None:
    marks = ", ".join("?" * (columns.count(",") + 1))
    cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


class _Names:
    """The numbers of works and ways, and how many plays more or less each of them has."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor.connection.cursor()
        self._works: dict[tuple[Any, ...], int] = {}
        self._ways: dict[tuple[Any, ...], int] = {}
        self._plays_of_works: Counter[int] = Counter()
        self._plays_of_ways: Counter[int] = Counter()
        self._times_of_ways: Counter[int] = Counter()

    def add(self, play: _Listed, sign: int) -> None:
        """Count a play that is listed, or not any more."""
        self._plays_of_works[play.work_id] += sign
        self._plays_of_ways[play.way_id] += sign
        self._times_of_ways[play.way_id] += sign * play.play_s

    def count(self) -> None:
        """Store what was counted."""
        works = [(n, row_id) for row_id, n in self._plays_of_works.items() if n]
        self._cursor.executemany("UPDATE listed_works SET plays = plays + ? WHERE id = ?", works)
        ways = [(n, self._times_of_ways[row_id], row_id) for row_id, n in self._plays_of_ways.items()]
        self._cursor.executemany("UPDATE listed_ways SET plays = plays + ?, play_s = play_s + ? WHERE id = ?", ways)

    def work(self, *key: Any) -> int:
        """The number of a kind, a title, a show and whether it was live."""
        found = self._works.get(key)
        if found is None:
            text = fold(" ".join(word for word in key[1:3] if word))
            found = self._works[key] = self._number("listed_works", "kind title show_title is_live", key, text)
        return found

    def way(self, *key: Any) -> int:
        """The number of a server, its name, an account, its name, its person, a player and a decision."""
        found = self._ways.get(key)
        if found is None:
            text = fold(" ".join(word for word in (key[1], *key[3:6]) if word))
            columns = "server_id server_name user_id user_name person player decision"
            found = self._ways[key] = self._number("listed_ways", columns, key, text)
        return found

    def _number(self, table: str, columns: str, key: tuple[Any, ...], text: str) -> int:
        names = columns.split()
        same = " AND ".join(f"{name} = ?" for name in names)
        row = self._cursor.execute(f"SELECT id FROM {table} WHERE {same}", key).fetchone()
        if row is not None:
            return int(row[0])
        zeros = {"plays": 0, "play_s": 0} if table == "listed_ways" else {"plays": 0}
        columns, marks = ", ".join([*names, "folded", *zeros]), ", ".join("?" * (len(key) + 1 + len(zeros)))
        values = (*key, text, *zeros.values())
        return int(self._cursor.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values).lastrowid or 0)
