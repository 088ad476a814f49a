"""The plays of each title, by whatever names it: its address, or a guid that it kept when the address changed."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from retrovue.core.domain.cleanup.facts import PlayFacts
from retrovue.core.storage.dialects.rows import rows_for

_STARTED_PERCENT = 5
"""Below this no server calls a title started."""
_PLACES = 1 << 20
"""The number of an account is in the last places of a number that begins with the time of its play."""

_IS_KEPT = "p.deleted_at IS NULL"
_ACCOUNT = f"CASE WHEN {_IS_KEPT} THEN p.media_user_id * 2 + CASE WHEN p.is_watched THEN 1 ELSE 0 END END"
"""An account, and in the last bit whether it watched to the end: two lists of a million plays take 0.1 s longer."""
_UNMEASURED = f"max(CASE WHEN {_IS_KEPT} AND p.percent IS NULL AND NOT p.is_watched THEN 1 ELSE 0 END)"
"""1 where a play does not say how far it went, as those of Playback Reporting and Jellystat."""
_OF_ACCOUNTS = (
    "SELECT p.server_id, p.remote_id, p.guid, count(*) - count(p.deleted_at), "
    f"max(CASE WHEN {_IS_KEPT} THEN p.stopped_at * {_PLACES} + p.media_user_id % {_PLACES} END), "
    "{accounts}, "
    f"max(CASE WHEN {_IS_KEPT} THEN p.percent END), max(CASE WHEN NOT ({_IS_KEPT}) THEN p.stopped_at END), "
    f"{_UNMEASURED} "
    "FROM plays p WHERE p.server_id IS NOT NULL AND p.media_user_id IS NOT NULL{only} "
    "GROUP BY p.server_id, p.remote_id, p.guid"
)
"""One row for each title, in the order of the index ix_plays_people, which has every column: SQLite adds up a million
plays in 1.2 s. With a group for each person, too, it took 6.7 s, and to add them up in Python 11 s more."""

_PERSON = "CASE WHEN p.person <> '' THEN 'p' || p.person ELSE p.server_id || ':' || coalesce(p.user_name, '') END"
_OF_NAMES = (
    "SELECT p.server_id, p.remote_id, p.guid, count(*) - count(p.deleted_at), "
    f"max(CASE WHEN {_IS_KEPT} THEN p.stopped_at END), {_PERSON}, "
    f"max(CASE WHEN {_IS_KEPT} AND p.is_watched THEN 1 ELSE 0 END), max(CASE WHEN {_IS_KEPT} THEN p.percent END), "
    f"max(CASE WHEN NOT ({_IS_KEPT}) THEN p.stopped_at END), coalesce(nullif(p.person, ''), p.user_name), "
    f"{_UNMEASURED} "
    "FROM plays p WHERE p.server_id IS NOT NULL AND p.media_user_id IS NULL{only} "
    "GROUP BY p.server_id, p.remote_id, p.guid, p.user_name, p.person"
)
"""The same for plays of accounts that no server listed, one row for each title and name."""

_LATELY = (
    "SELECT p.server_id, p.remote_id, p.guid, p.media_user_id, "
    f"{_PERSON}, max(CASE WHEN p.is_watched THEN p.stopped_at END), "
    f"max(CASE WHEN NOT p.is_watched AND p.percent >= {_STARTED_PERCENT} THEN p.stopped_at END) "
    f"FROM plays p WHERE p.server_id IS NOT NULL AND {_IS_KEPT} AND p.stopped_at > {{since}}{{only}} "
    "GROUP BY p.server_id, p.remote_id, p.guid, p.media_user_id, p.user_name, p.person"
)
"""Who has begun what lately: what was begun long ago keeps nothing off the list."""

_COUNTED = (
    "SELECT w.server_id, w.remote_id, w.guid, w.total_play_count, w.last_watched_at, m.id, "
    "w.server_id || ':' || coalesce(w.user_name, w.user_key), coalesce(nullif(m.person, ''), w.user_name, m.name) "
    "FROM watch_stats w LEFT JOIN media_users m ON m.server_id = w.server_id AND m.user_key = w.user_key "
    "WHERE w.total_play_count > 0"
)
"""What Tautulli counted for each person: of plays that the history may not have."""


class PlaysByItem:
    """Finds the titles that a play belongs to, by the order in which they were added."""

    def __init__(self) -> None:
        # By server first: a pair for each address and guid would be as large as its text.
        self.addresses: dict[int, dict[str, int]] = defaultdict(dict)
        self._of: list[tuple[int, str | None, str | None]] = []
        self._guids: dict[int, dict[str, list[int]]] = {}
        self._looked_for: set[str] | None = set()

    def add(self, server_id: int, remote_id: str | None, primary: str | None, own: str | None) -> None:
        """Add the next title, with the guids that it has."""
        self.addresses[server_id][remote_id or ""] = len(self._of)
        self._of.append((server_id, primary, own))

    def names(self, index: int, guid: str | None) -> bool:
        """Whether a guid says nothing else than the address of this title."""
        return guid is None or guid in self._of[index]

    def of(self, server_id: int, remote_id: str | None, guid: str | None) -> Iterable[int]:
        """Indexes of the titles that a play names.

        Where address and guid name different titles, the play counts for both: the server may have given the address
        to another title, or the title another guid, and a play too many loses nothing.
        """
        index = None if remote_id is None else self.addresses[server_id].get(remote_id)
        if index is not None and self.names(index, guid):
            return (index,)
        others = () if guid is None else self._with_guid(server_id, guid)
        return others if index is None else {index, *others}

    def look_for(self, guids: set[str] | None) -> None:
        """Find the titles with these guids, or with any: 200,000 are not sorted for a few that are asked for."""
        found: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for index, (server_id, primary, own) in enumerate(self._of):
            if primary is not None and (guids is None or primary in guids):
                found[server_id][primary].append(index)
            if own is not None and own != primary and (guids is None or own in guids):
                found[server_id][own].append(index)
        self._guids, self._looked_for = found, guids

    def _with_guid(self, server_id: int, guid: str) -> Sequence[int]:
        if self._looked_for is not None and guid not in self._looked_for:
            self.look_for(None)
        return self._guids.get(server_id, {}).get(guid, ())

    def indexes_of(self, names: Iterable[tuple[int, str | None, str | None]]) -> Iterator[int]:
        """The same for several."""
        for name in names:
            yield from self.of(*name)


_Watchers = tuple[frozenset[str], frozenset[str]]
"""Who played something, and who of them watched it to its end."""


class _StoredPlays(PlayFacts):
    """Plays as the catalog adds them up. Who played is found out when somebody asks: most rules do not."""

    __slots__ = ("_watchers", "_watchers_of")

    def __init__(self, row: tuple[Any, ...], last_person: str | None, watchers_of: Callable[[str], _Watchers]) -> None:
        self.plays, self.percent, self.deleted_at = row[3], row[6], row[7]
        self.last_at, self.last_person = row[4] // _PLACES, last_person
        self.unfinished_at, self.is_measured = None, not row[8]
        self._watchers: str | _Watchers = row[5]
        self._watchers_of = watchers_of

    def _both(self) -> _Watchers:
        if isinstance(self._watchers, str):
            self._watchers = self._watchers_of(self._watchers)
        return self._watchers

    @property
    def people(self) -> frozenset[str]:  # type: ignore[override]  # nothing changes one
        """See `PlayFacts`."""
        return self._both()[0]

    @property
    def finished(self) -> frozenset[str]:  # type: ignore[override]
        """See `PlayFacts`."""
        return self._both()[1]


def _later(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return one if one > other else other


def _together(one: PlayFacts, other: PlayFacts, *, is_same: bool = False) -> PlayFacts:
    """Plays that stand under two addresses. `is_same`: they may be the same plays, so the greater number counts."""
    is_later = (other.last_at or 0) > (one.last_at or 0)
    return PlayFacts(
        plays=max(one.plays, other.plays) if is_same else one.plays + other.plays,
        last_at=_later(one.last_at, other.last_at),
        last_person=other.last_person if is_later else one.last_person,
        people=one.people | other.people,
        finished=one.finished | other.finished,
        percent=_later(one.percent, other.percent),
        unfinished_at=_later(one.unfinished_at, other.unfinished_at),
        deleted_at=_later(one.deleted_at, other.deleted_at),
        is_measured=one.is_measured and other.is_measured,
    )


def _of_accounts(connection: Connection, only: str) -> str:
    joined = rows_for(connection).joined
    return _OF_ACCOUNTS.format(accounts=joined.format(_ACCOUNT), only=only)


class _Reading:
    """The plays of each title, by its index, put together from everything that tells of some."""

    def __init__(self, connection: Connection, by_item: PlaysByItem, only: str) -> None:
        self._connection = connection
        self._by_item = by_item
        self._only = only
        accounts = connection.exec_driver_sql("SELECT id, name, person FROM media_users").fetchall()
        # Accounts of one person are one; the rest are told apart by the account, or by name and server.
        self._keys = {row[0]: f"p{row[2]}" if row[2] else f"u{row[0]}" for row in accounts}
        self._names = {row[0] % _PLACES: row[2] or row[1] for row in accounts}
        self._sets: dict[str, _Watchers] = {}
        self._shared: dict[frozenset[str], frozenset[str]] = {}
        self.found: dict[int, PlayFacts] = {}

    def _add(self, names: tuple[int, str | None, str | None], facts: PlayFacts) -> None:
        for index in self._by_item.of(*names):
            known = self.found.get(index)
            self.found[index] = facts if known is None else _together(known, facts)

    def _watchers(self, marked: str) -> _Watchers:
        found = self._sets.get(marked)
        if found is None:
            numbers = set(map(int, marked.split(",")))
            keys, share = self._keys, self._shared.setdefault
            people = frozenset([keys.get(one >> 1, "") for one in numbers])
            finished = frozenset([keys.get(one >> 1, "") for one in numbers if one & 1])
            # The same people in another order, or more often, are one set.
            found = self._sets[marked] = share(people, people), share(finished, finished)
        return found

    def _one(self, person: str) -> frozenset[str]:
        found = frozenset((person,))
        return self._shared.setdefault(found, found)

    def add_plays(self) -> None:
        """Add the history."""
        names, watchers, found, by_item = self._names, self._watchers, self.found, self._by_item
        addresses, is_plain = by_item.addresses, by_item.names
        others: list[tuple[tuple[int, str | None, str | None], PlayFacts]] = []
        for row in raw_rows(self._connection, _of_accounts(self._connection, self._only)):
            last = row[4]
            facts = (
                PlayFacts(deleted_at=row[7]) if last is None else _StoredPlays(row, names.get(last % _PLACES), watchers)
            )
            index = None if row[1] is None else addresses[row[0]].get(row[1])
            if index is not None and index not in found and is_plain(index, row[2]):
                # Nearly all of them.
                found[index] = facts
            else:
                others.append((row[:3], facts))
        by_item.look_for({guid for (_server_id, _remote_id, guid), _facts in others if guid is not None})
        for of, facts in others:
            self._add(of, facts)
        for row in raw_rows(self._connection, _OF_NAMES.format(only=self._only)):
            key = self._one(row[5]) if row[3] else frozenset()
            finished = key if row[6] else frozenset()
            last_person = row[9] if row[3] else None
            facts = PlayFacts(row[3], row[4], last_person, key, finished, row[7], None, row[8], not row[10])
            self._add(row[:3], facts)

    def add_begun(self, since: int) -> None:
        """Add what someone began since an instant and has not watched to the end after that."""
        rows = list(raw_rows(self._connection, _LATELY.format(since=int(since), only=self._only)))
        begun: dict[tuple[int, str], int] = {}
        for row in rows:
            if row[6] is not None:
                person = self._keys.get(row[3], row[4])
                for index in self._by_item.of(*row[:3]):
                    begun[index, person] = max(begun.get((index, person), 0), row[6])
        watched: dict[tuple[int, str], int] = {}
        for row in rows if begun else ():
            if row[5] is not None:
                person = self._keys.get(row[3], row[4])
                for index in self._by_item.of(*row[:3]):
                    if (index, person) in begun:
                        watched[index, person] = max(watched.get((index, person), 0), row[5])
        for (index, person), at in begun.items():
            if at > watched.get((index, person), 0) and index in self.found:
                self.found[index] = _together(self.found[index], PlayFacts(unfinished_at=at))

    def add_brief(self) -> None:
        """Add plays that were too short for the history, yet plays by somebody."""
        for row in raw_rows(self._connection, "SELECT server_id, remote_id, guid, played_at FROM brief_plays"):
            self._add(row[:3], PlayFacts(last_at=row[3]))

    def add_counted(self) -> None:
        """Add what another record counted: its plays may be ours."""
        counted: dict[int, PlayFacts] = {}
        for row in raw_rows(self._connection, _COUNTED):
            person = self._keys.get(row[5], row[6])
            facts = PlayFacts(row[3], row[4] or None, row[7], self._one(person))
            for index in self._by_item.of(*row[:3]):
                known = counted.get(index)
                counted[index] = facts if known is None else _together(known, facts)
        for index, facts in counted.items():
            own = self.found.get(index)
            # It says how often, and not how far: that is known of the plays in the history only.
            facts.is_measured = own is not None and facts.plays <= own.plays and facts.people <= own.people
            self.found[index] = facts if own is None else _together(own, facts, is_same=True)


def read_plays(
    connection: Connection, by_item: PlaysByItem, only: str = "", *, begun_since: int = 0
) -> dict[int, PlayFacts]:
    """The plays of each title, by its index.

    Args:
        only: SQL after the conditions on plays `p`, which leaves out some that belong to none of these titles.
        begun_since: what was begun before it is not told.
    """
    reading = _Reading(connection, by_item, only)
    reading.add_plays()
    reading.add_begun(begun_since)
    reading.add_brief()
    reading.add_counted()
    return reading.found


def live_addresses(connection: Connection) -> list[tuple[int, str | None, str | None]]:
    """Server id, remote id and guid of everything that plays now."""
    found = []
    for server_id, snapshot in connection.exec_driver_sql("SELECT server_id, snapshot FROM playback_sessions"):
        session = json.loads(snapshot).get("session", {})
        found.append((server_id, session.get("remote_id"), session.get("guid")))
    return found


def raw_rows(connection: Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """Rows as the driver makes them: to wrap a million of them takes longer than to read them."""
    return rows_for(connection).stream(query)
