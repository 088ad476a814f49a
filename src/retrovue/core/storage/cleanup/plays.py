"""The plays of each title, by whatever names it: its address, or a guid that it kept when the address changed."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from retrovue.core.domain.cleanup.facts import PlayFacts

Address = tuple[int, str]
"""Server id with a remote id or guid."""

_STARTED_PERCENT = 5
"""Below this no server calls a title started."""

_BY_PERSON = (
    "SELECT server_id, remote_id, guid, media_user_id, user_name, person, "
    "sum(CASE WHEN deleted_at IS NULL THEN 1 ELSE 0 END), "
    "max(CASE WHEN deleted_at IS NULL THEN stopped_at END), "
    "max(CASE WHEN deleted_at IS NULL AND is_watched THEN stopped_at END), "
    f"max(CASE WHEN deleted_at IS NULL AND NOT is_watched AND percent >= {_STARTED_PERCENT} THEN stopped_at END), "
    "max(CASE WHEN deleted_at IS NULL THEN percent END), "
    "max(CASE WHEN deleted_at IS NOT NULL THEN stopped_at END) "
    "FROM plays WHERE server_id IS NOT NULL GROUP BY server_id, remote_id, guid, media_user_id, user_name, person"
)
"""One row for each title and person. The index ix_plays_people has every column of it, in this order."""


@dataclass(frozen=True, slots=True)
class PlaysByItem:
    """Finds the titles that a play belongs to.

    Attributes:
        addresses: → index of the title. guids: → indexes of all titles with that guid.
        own: the guids of each title.
    """

    addresses: Mapping[Address, int]
    guids: Mapping[Address, Sequence[int]]
    own: Sequence[tuple[str | None, str | None]]

    def of(self, server_id: int, remote_id: str | None, guid: str | None) -> Iterable[int]:
        """Indexes of the titles that a play names.

        Where address and guid name different titles, the play counts for both: the server may have given the address
        to another title, or the title another guid, and a play too many loses nothing.
        """
        index = None if remote_id is None else self.addresses.get((server_id, remote_id))
        if guid is None or (index is not None and guid in self.own[index]):
            return () if index is None else (index,)
        others = self.guids.get((server_id, guid), ())
        return others if index is None else {index, *others}

    def indexes_of(self, names: Iterable[tuple[int, str | None, str | None]]) -> Iterator[int]:
        """The same for several."""
        for name in names:
            yield from self.of(*name)


@dataclass(slots=True)
class _Sum:
    plays: int = 0
    last_at: int | None = None
    last_person: str | None = None
    people: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    percent: int | None = None
    unfinished_at: int | None = None
    deleted_at: int | None = None

    def take(self, person: str, name: str | None, row: Sequence[Any]) -> None:
        """Add what one person played."""
        plays, last_at, watched_at, unfinished_at, percent, deleted_at = row
        self.deleted_at = _later(self.deleted_at, deleted_at)
        if not plays:
            return
        self.plays += plays
        self.people.add(person)
        if self.last_at is None or last_at > self.last_at:
            self.last_at, self.last_person = last_at, name
        if watched_at is not None:
            self.finished.add(person)
        if unfinished_at is not None and (watched_at is None or unfinished_at > watched_at):
            self.unfinished_at = _later(self.unfinished_at, unfinished_at)
        self.percent = _later(self.percent, percent)

    def result(self) -> PlayFacts:
        """What it adds up to."""
        return PlayFacts(
            self.plays,
            self.last_at,
            self.last_person,
            frozenset(self.people),
            frozenset(self.finished),
            self.percent,
            self.unfinished_at,
            self.deleted_at,
        )


def _later(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def read_plays(connection: Connection, by_item: PlaysByItem) -> dict[int, PlayFacts]:
    """The plays of each title, by its index."""
    accounts = {
        row[0]: (row[1], row[2])
        for row in connection.exec_driver_sql("SELECT id, name, person FROM media_users").fetchall()
    }
    sums: dict[int, _Sum] = defaultdict(_Sum)
    for row in connection.exec_driver_sql(_BY_PERSON).fetchall():
        server_id, remote_id, guid, user_id, user_name, own_person = row[:6]
        account, person = accounts.get(user_id, (None, own_person))
        name = person or user_name or account
        # Accounts of one person are one; the rest are told apart by the account, or by name and server.
        key = f"p{person}" if person else f"u{user_id}" if account is not None else f"{server_id}:{user_name or ''}"
        for index in by_item.of(server_id, remote_id, guid):
            sums[index].take(key, name, row[6:])
    # Too short for the history, yet plays by somebody.
    for row in connection.exec_driver_sql("SELECT server_id, remote_id, guid, played_at FROM brief_plays").fetchall():
        for index in by_item.of(*row[:3]):
            known = sums[index]
            known.last_at = _later(known.last_at, row[3])
    return {index: known.result() for index, known in sums.items()}


def live_addresses(connection: Connection) -> list[tuple[int, str | None, str | None]]:
    """Server id, remote id and guid of everything that plays now."""
    found = []
    for server_id, snapshot in connection.exec_driver_sql("SELECT server_id, snapshot FROM playback_sessions"):
        session = json.loads(snapshot).get("session", {})
        found.append((server_id, session.get("remote_id"), session.get("guid")))
    return found
