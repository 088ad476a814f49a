"""The plays of each title, by whatever names it: its address, or a guid that it kept when the address changed."""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection

from retrovue.core.domain.cleanup.facts import PlayFacts
from retrovue.core.storage.dialects.rows import rows_for

_STARTED_PERCENT = 5
"""Below this no server calls a title started."""
_PLACES = 1 << 20
"""The number of an account is in the last places of a number that begins with the time of its play."""

_IS_KEPT = "p.deleted_at IS NULL"
_KEPT_ACCOUNT = f"CASE WHEN {_IS_KEPT} THEN p.media_user_id END"
_UNMEASURED = f"max(CASE WHEN {_IS_KEPT} AND p.percent IS NULL AND NOT p.is_watched THEN 1 ELSE 0 END)"
"""1 where a play does not say how far it went, as those of Playback Reporting and Jellystat."""
_FINISHED_ACCOUNT = f"CASE WHEN {_IS_KEPT} AND p.is_watched THEN p.media_user_id END"
_OF_ACCOUNTS = (
    "SELECT p.server_id, p.remote_id, p.guid, count(*) - count(p.deleted_at), "
    f"max(CASE WHEN {_IS_KEPT} THEN p.stopped_at * {_PLACES} + p.media_user_id % {_PLACES} END), "
    "{accounts}, {finished}, "
    f"max(CASE WHEN {_IS_KEPT} THEN p.percent END), max(CASE WHEN NOT ({_IS_KEPT}) THEN p.stopped_at END), "
    f"{_UNMEASURED} "
    "FROM plays p WHERE p.server_id IS NOT NULL AND p.media_user_id IS NOT NULL "
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
    "FROM plays p WHERE p.server_id IS NOT NULL AND p.media_user_id IS NULL "
    "GROUP BY p.server_id, p.remote_id, p.guid, p.user_name, p.person"
)
"""The same for plays of accounts that no server listed, one row for each title and name."""

_LATELY = (
    "SELECT p.server_id, p.remote_id, p.guid, p.media_user_id, "
    f"{_PERSON}, max(CASE WHEN p.is_watched THEN p.stopped_at END), "
    f"max(CASE WHEN NOT p.is_watched AND p.percent >= {_STARTED_PERCENT} THEN p.stopped_at END) "
    f"FROM plays p WHERE p.server_id IS NOT NULL AND {_IS_KEPT} AND p.stopped_at > {{since}} "
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
        self._count = 0
        # By server first: a pair for each address and guid would be as large as its text.
        self._addresses: dict[int, dict[str, int]] = defaultdict(dict)
        self._guids: dict[int, dict[str, int | list[int]]] = defaultdict(dict)

    def add(self, server_id: int, remote_id: str | None, primary: str | None, own: str | None) -> None:
        """Add the next title, with the guids that it has."""
        index = self._count
        self._count += 1
        self._addresses[server_id][remote_id or ""] = index
        by_guid = self._guids[server_id]
        for guid in (primary,) if own == primary else (primary, own):
            if guid is None:
                continue
            known = by_guid.setdefault(guid, index)
            if isinstance(known, list):
                known.append(index)
            elif known != index:
                by_guid[guid] = [known, index]

    def of(self, server_id: int, remote_id: str | None, guid: str | None) -> Iterable[int]:
        """Indexes of the titles that a play names.

        Where address and guid name different titles, the play counts for both: the server may have given the address
        to another title, or the title another guid, and a play too many loses nothing.
        """
        index = None if remote_id is None else self._addresses[server_id].get(remote_id)
        others = None if guid is None else self._guids[server_id].get(guid)
        if others is None:
            return () if index is None else (index,)
        if isinstance(others, int):
            others = [others]
        if index is None:
            return others
        # They are in order, so that one guid of very many titles is no long search for each of their plays.
        at = bisect_left(others, index)
        return (index,) if at < len(others) and others[at] == index else {index, *others}

    def indexes_of(self, names: Iterable[tuple[int, str | None, str | None]]) -> Iterator[int]:
        """The same for several."""
        for name in names:
            yield from self.of(*name)


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


def _of_accounts(connection: Connection) -> str:
    joined = rows_for(connection).joined
    return _OF_ACCOUNTS.format(accounts=joined.format(_KEPT_ACCOUNT), finished=joined.format(_FINISHED_ACCOUNT))


class _Reading:
    """The plays of each title, by its index, put together from everything that tells of some."""

    def __init__(self, connection: Connection, by_item: PlaysByItem) -> None:
        self._connection = connection
        self._by_item = by_item
        accounts = connection.exec_driver_sql("SELECT id, name, person FROM media_users").fetchall()
        # Accounts of one person are one; the rest are told apart by the account, or by name and server.
        self._keys = {row[0]: f"p{row[2]}" if row[2] else f"u{row[0]}" for row in accounts}
        self._names = {row[0] % _PLACES: row[2] or row[1] for row in accounts}
        self._sets: dict[str | None, frozenset[str]] = {None: frozenset()}
        self._shared: dict[frozenset[str], frozenset[str]] = {}
        self.found: dict[int, PlayFacts] = {}

    def _add(self, names: tuple[int, str | None, str | None], facts: PlayFacts) -> None:
        for index in self._by_item.of(*names):
            known = self.found.get(index)
            self.found[index] = facts if known is None else _together(known, facts)

    def _people(self, ids: str | None) -> frozenset[str]:
        found = self._sets.get(ids)
        if found is None:
            keys = self._keys
            # The same people in another order, or more often, are one set.
            found = frozenset([keys.get(one, "") for one in map(int, set(str(ids).split(",")))])
            found = self._shared.setdefault(found, found)
            self._sets[ids] = found
        return found

    def _only(self, person: str) -> frozenset[str]:
        found = frozenset((person,))
        return self._shared.setdefault(found, found)

    def add_plays(self) -> None:
        """Add the history."""
        names, people = self._names, self._people
        for row in raw_rows(self._connection, _of_accounts(self._connection)):
            last = row[4]
            facts = (
                PlayFacts(deleted_at=row[8])
                if last is None
                else PlayFacts(
                    row[3],
                    last // _PLACES,
                    names.get(last % _PLACES),
                    people(row[5]),
                    people(row[6]),
                    row[7],
                    None,
                    row[8],
                    not row[9],
                )
            )
            self._add(row[:3], facts)
        for row in raw_rows(self._connection, _OF_NAMES):
            key = self._only(row[5]) if row[3] else frozenset()
            finished = key if row[6] else frozenset()
            last_person = row[9] if row[3] else None
            facts = PlayFacts(row[3], row[4], last_person, key, finished, row[7], None, row[8], not row[10])
            self._add(row[:3], facts)

    def add_begun(self, since: int) -> None:
        """Add what someone began since an instant and has not watched to the end after that."""
        watched: dict[tuple[int, str], int] = {}
        begun: dict[tuple[int, str], int] = {}
        for row in raw_rows(self._connection, _LATELY.format(since=int(since))):
            person = self._keys.get(row[3], row[4])
            for index in self._by_item.of(*row[:3]):
                begun[index, person] = max(begun.get((index, person), 0), row[6] or 0)
                watched[index, person] = max(watched.get((index, person), 0), row[5] or 0)
        for (index, person), at in begun.items():
            if at > watched[index, person] and index in self.found:
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
            facts = PlayFacts(row[3], row[4] or None, row[7], self._only(person))
            for index in self._by_item.of(*row[:3]):
                known = counted.get(index)
                counted[index] = facts if known is None else _together(known, facts)
        for index, facts in counted.items():
            own = self.found.get(index)
            # It says how often, and not how far: that is known of the plays in the history only.
            facts.is_measured = own is not None and facts.plays <= own.plays and facts.people <= own.people
            self.found[index] = facts if own is None else _together(own, facts, is_same=True)


def read_plays(connection: Connection, by_item: PlaysByItem, *, begun_since: int = 0) -> dict[int, PlayFacts]:
    """The plays of each title, by its index. `begun_since`: what was begun before it is not told."""
    reading = _Reading(connection, by_item)
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
