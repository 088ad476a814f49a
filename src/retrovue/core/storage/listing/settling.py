"""Keeps the listed plays and sittings those of the plays."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from retrovue.core.domain.history import Span, grouped
from retrovue.core.domain.text import fold
from retrovue.core.storage.dialects.rows import Rows, rows_for

T = TypeVar("T")

DEFAULT_WINDOW_S = 12 * 3600.0
"""That of the settings, until somebody chooses another."""

_AT_ONCE = 2_000
_FACTS = (
    "id, started_at, stopped_at, play_s, paused_s, percent, is_watched, guid, remote_id, title, show_title, kind, "
    "is_live, server_id, server_name, media_user_id, user_name, person, player, stream_decision, platform, product, "
    "address, duration_ms"
)
_PLAY = (
    "id, chain, sitting_id, started_at, stopped_at, play_s, paused_s, percent, is_watched, work_id, way_id, device_id, "
    "duration_ms"
)
_SITTING = (
    "id, last_id, started_at, last_at, plays, play_s, paused_s, percent, is_watched, work_id, way_id, is_mixed, "
    "stopped_at, device_id, duration_ms"
)
_UNKNOWN = -1
_LONGEST = 200
"""Three texts of so many characters fit a row of an index on any engine."""
_BY_CHAIN = "ORDER BY chain, started_at, id"
_NAMES = {
    "listed_works": ("kind", "title", "show_title", "is_live"),
    "listed_ways": ("server_id", "server_name", "user_id", "user_name", "person", "player", "decision"),
    "listed_devices": ("platform", "product", "address"),
}
"""What each of them is known by."""
_SEARCHED = frozenset({"listed_works", "listed_ways"})
_ZEROS = {"listed_works": ("plays",), "listed_ways": ("plays", "play_s"), "listed_devices": ("plays",)}


class _Listed(NamedTuple):
    """A row of `listed_plays`."""

    id: int
    chain: int
    sitting_id: int
    started_at: int
    stopped_at: int
    play_s: int
    paused_s: int
    percent: int
    is_watched: bool
    work_id: int
    way_id: int
    device_id: int
    duration_ms: int


def is_settled(connection: Connection, window_s: float) -> bool:
    """Whether what is listed is that of the plays, with sittings of this window."""
    rows = rows_for(connection)
    if rows.read("SELECT 1 FROM listed_changes LIMIT 1"):
        return False
    return rows.read("SELECT window_s FROM listed_state") == [(window_s,)]


def settle(
    connection: Connection, window_s: float | None = None, *, told: Callable[[int], None] = lambda _percent: None
) -> None:
    """Work off `listed_changes`, and make all sittings anew for another window.

    Args:
        window_s: the longest pause within a sitting; None for that of the stored sittings.
        told: called with the percent that are done, where everything is listed for the first time: a minute or two
            for a million plays.
    """
    rows = rows_for(connection)
    has_changes = bool(rows.read("SELECT 1 FROM listed_changes LIMIT 1"))
    if not has_changes and window_s is None:
        return
    stored = rows.read("SELECT window_s FROM listed_state")
    known = stored[0][0] if stored else DEFAULT_WINDOW_S
    wanted = known if window_s is None else window_s
    if has_changes:
        _work_off(rows, known, told)
    if wanted != known:
        _make_all_sittings(rows, wanted)
    if not stored or wanted != known:
        keep = "ON CONFLICT (id) DO UPDATE SET window_s = excluded.window_s"
        rows.run(f"INSERT INTO listed_state (id, window_s) VALUES (1, ?) {keep}", wanted)


def _work_off(rows: Rows, window_s: float, told: Callable[[int], None]) -> None:
    names = _Names(rows)
    if not rows.read("SELECT 1 FROM listed_plays LIMIT 1"):
        # Each play is met twice.
        steps = _Steps(2 * rows.read("SELECT count(*) FROM listed_changes")[0][0], told)
        with rows.filling("listed_plays", "listed_sittings"):
            _list_all(rows, names, steps)
            _make_all_sittings(rows, window_s, steps)
    else:
        while changed := [row[0] for row in rows.read(f"SELECT play_id FROM listed_changes LIMIT {_AT_ONCE}")]:
            _list_again(rows, names, changed, window_s)
            rows.run(f"DELETE FROM listed_changes WHERE play_id {rows.among}", json.dumps(changed))
    rows.run("DELETE FROM listed_changes")
    names.store()


class _Steps:
    """Counts what passes, and tells each new percent."""

    def __init__(self, total: int, told: Callable[[int], None]) -> None:
        self._total = max(1, total)
        self._told = told
        self._done = self._percent = 0

    def count(self, passing: Iterable[T]) -> Iterator[T]:
        """Hand on what passes."""
        for each in passing:
            yield each
            self._done += 1
            percent = min(99, self._done * 100 // self._total)
            if percent > self._percent:
                self._percent = percent
                self._told(percent)


def _list_all(rows: Rows, names: "_Names", steps: _Steps) -> None:
    """The first time. Every play is a sitting by itself until sittings are made."""
    names.read_all()
    plays = rows.stream(f"SELECT {_FACTS} FROM plays WHERE deleted_at IS NULL ORDER BY id")
    rows.insert("listed_plays", _PLAY, (_listed(names, row) for row in steps.count(plays)))


def _list_again(rows: Rows, names: "_Names", changed: Sequence[int], window_s: float) -> None:
    if len(changed) == _AT_ONCE:
        names.read_all()
    ids = json.dumps(changed)
    former = [_Listed._make(row) for row in rows.read(f"SELECT {_PLAY} FROM listed_plays WHERE id {rows.among}", ids)]
    for play in former:
        names.add(play, -1)
    rows.run(f"DELETE FROM listed_plays WHERE id {rows.among}", ids)
    facts = rows.read(f"SELECT {_FACTS} FROM plays WHERE id {rows.among} AND deleted_at IS NULL", ids)
    present = [_listed(names, row) for row in facts]
    rows.insert("listed_plays", _PLAY, present)
    chains = {play.chain for play in (*former, *present)}
    query = f"SELECT {_PLAY} FROM listed_plays WHERE chain {rows.among} {_BY_CHAIN}"
    members = [_Listed._make(row) for row in rows.read(query, json.dumps(list(chains)))]
    gone = {play.sitting_id for play in (*former, *members)}
    query = f"SELECT {_SITTING} FROM listed_sittings WHERE id {rows.among}"
    stored = set(rows.read(query, json.dumps(list(gone))))
    _make_sittings(rows, members, window_s, stored)


def _make_all_sittings(rows: Rows, window_s: float, steps: _Steps | None = None) -> None:
    rows.run("DELETE FROM listed_sittings")
    plays = rows.stream(f"SELECT {_PLAY} FROM listed_plays {_BY_CHAIN}")
    _make_sittings(rows, map(_Listed._make, plays if steps is None else steps.count(plays)), window_s)


def _make_sittings(
    rows: Rows, plays: Iterable[_Listed], window_s: float, stored: Set[tuple[Any, ...]] = frozenset()
) -> None:
    """Store the sittings of whole chains, whose plays come one after another; only those that are others are written.

    Args:
        stored: the rows that there are of these chains.
    """
    moved: list[tuple[int, int]] = []

    def sittings() -> Iterator[tuple[Any, ...]]:
        for group in _groups(plays, window_s):
            head = group[0].id
            moved.extend((head, play.id) for play in group if play.sitting_id != head)
            yield _sitting(group)

    if stored:
        made = set(sittings())
        gone = json.dumps([row[0] for row in stored - made])
        rows.run(f"DELETE FROM listed_sittings WHERE id {rows.among}", gone)
        rows.insert("listed_sittings", _SITTING, made - stored)
    else:
        rows.insert("listed_sittings", _SITTING, sittings())
    rows.change("listed_plays", "sitting_id = {0}", moved)


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
        names = (first.work_id, first.way_id, False)
        ends = (first.stopped_at, first.device_id, first.duration_ms)
        return (first.id, first.id, first.started_at, first.started_at, *sums, *names, *ends)
    return (
        first.id,
        last.id,
        first.started_at,
        last.started_at,
        len(group),
        sum(play.play_s for play in group),
        sum(play.paused_s for play in group),
        max(play.percent for play in group),
        max(play.is_watched for play in group),
        last.work_id,
        last.way_id,
        any((play.work_id, play.way_id) != (last.work_id, last.way_id) for play in group),
        max(play.stopped_at for play in group),
        last.device_id,
        last.duration_ms,
    )


def _listed(names: "_Names", row: Sequence[Any]) -> _Listed:
    """A play as it is listed, for now as a sitting by itself."""
    play_id, started_at, stopped_at, play_s, paused_s, percent, is_watched, guid, remote_id, *who = row
    title, show_title, kind, is_live, server_id, server_name, user_id, user_name, person, player, decision, *on = who
    platform, product, address, duration_ms = on
    listed = _Listed(
        play_id,
        _chain(server_id or server_name, user_id or user_name, guid or remote_id or title),
        play_id,
        started_at,
        stopped_at,
        play_s,
        paused_s,
        _UNKNOWN if percent is None else percent,
        is_watched,
        names.work(kind, title, show_title or "", is_live),
        names.way(
            server_id or 0, server_name, user_id or 0, user_name or "", person or "", player or "", decision or ""
        ),
        names.device(*((word or "")[:_LONGEST] for word in (platform, product, address))),
        _UNKNOWN if duration_ms is None else duration_ms,
    )
    names.add(listed, 1)
    return listed


def _chain(server: int | str, account: int | str | None, item: str) -> int:
    """63 bits of server, account and item: a million chains have two alike once in ten million catalogs."""
    text = f"{server!r}\n{account!r}\n{item}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") >> 1


class _Names:
    """The numbers of works, ways and devices, and how many plays more or less each of them has.

    New ones get the numbers after the last one, which only one writer at a time can do, and are stored together.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._is_read = False
        self._known: dict[str, dict[tuple[Any, ...], int]] = {table: {} for table in _NAMES}
        self._next: dict[str, int] = {}
        self._new: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _NAMES}
        self._plays_of_works: Counter[int] = Counter()
        self._plays_of_ways: Counter[int] = Counter()
        self._times_of_ways: Counter[int] = Counter()
        self._plays_of_devices: Counter[int] = Counter()

    def read_all(self) -> None:
        """Look all of them up at once, where many plays are listed."""
        if self._is_read:
            return
        self._is_read = True
        for table, names in _NAMES.items():
            known = self._known[table]
            for row_id, *key in self._rows.read(f"SELECT id, {', '.join(names)} FROM {table}"):
                known.setdefault(tuple(key), row_id)

    def add(self, play: _Listed, sign: int) -> None:
        """Count a play that is listed, or not any more."""
        self._plays_of_works[play.work_id] += sign
        self._plays_of_ways[play.way_id] += sign
        self._times_of_ways[play.way_id] += sign * play.play_s
        self._plays_of_devices[play.device_id] += sign

    def store(self) -> None:
        """Store what is new, and what was counted."""
        for table, names in _NAMES.items():
            zeros = _ZEROS[table]
            new = ((*row, *(0 for _ in zeros)) for row in self._new[table])
            searched = ("folded",) if table in _SEARCHED else ()
            self._rows.insert(table, ", ".join(("id", *names, *searched, *zeros)), new)
        for table, counted in (("listed_works", self._plays_of_works), ("listed_devices", self._plays_of_devices)):
            plays = [(n, row_id) for row_id, n in counted.items() if n]
            self._rows.change(table, "plays = plays + {0}", plays)
        ways = [(n, self._times_of_ways[row_id], row_id) for row_id, n in self._plays_of_ways.items()]
        self._rows.change("listed_ways", "plays = plays + {0}, play_s = play_s + {1}", ways)

    def work(self, *key: Any) -> int:
        """The number of a kind, a title, a show and whether it was live."""
        found = self._known["listed_works"].get(key)
        return self._number("listed_works", key, _folded(key[1:3])) if found is None else found

    def way(self, *key: Any) -> int:
        """The number of a server, its name, an account, its name, its person, a player and a decision."""
        found = self._known["listed_ways"].get(key)
        return self._number("listed_ways", key, _folded((key[1], *key[3:6]))) if found is None else found

    def device(self, *key: Any) -> int:
        """The number of a platform, a product and an address."""
        found = self._known["listed_devices"].get(key)
        return self._number("listed_devices", key, ()) if found is None else found

    def _number(self, table: str, key: tuple[Any, ...], folded: tuple[str, ...]) -> int:
        same = " AND ".join(f"{name} = ?" for name in _NAMES[table])
        stored = [] if self._is_read else self._rows.read(f"SELECT id FROM {table} WHERE {same}", *key)
        if stored:
            number = int(stored[0][0])
        else:
            if table not in self._next:
                self._next[table] = self._rows.read(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")[0][0]
            number = self._next[table]
            self._next[table] += 1
            self._new[table].append((number, *key, *folded))
        self._known[table][key] = number
        return number


def _folded(words: Iterable[str]) -> tuple[str]:
    return (fold(" ".join(word for word in words if word)),)
