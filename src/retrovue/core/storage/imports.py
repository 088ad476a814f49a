"""Plays of other records on their way into the history, each once, and how far a record was read."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from retrovue.core.domain.imports import (
    INSTANT_SLACK_S,
    ImportCounts,
    KnownPlay,
    PlaySource,
    Span,
    TimeKind,
    ToldPlay,
    find_same,
    joined,
)
from retrovue.core.domain.text import fold
from retrovue.core.storage.accounts import account_id, account_named
from retrovue.core.storage.database import Database
from retrovue.core.storage.late_plays import live_of
from retrovue.core.storage.people import searched_person
from retrovue.core.storage.playback import from_snapshot
from retrovue.core.storage.played_items import is_in_catalog, keeps_plays_of, mutes_any, stored_guid
from retrovue.core.storage.tables import import_marks, media_users, plays
from retrovue.core.storage.values import bounded, storable_play

_KNOWN = (
    "id source started_at stopped_at paused_s play_s time_kind remote_id guid media_user_id user_name device_id "
    "is_inferred deleted_at"
).split()
_MARK = (
    "INSERT INTO import_marks (source, origin, mark, marked_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (source, origin) DO UPDATE SET mark = excluded.mark, marked_at = excluded.marked_at"
)
_CHUNK = 900
_LONGEST_PLAY_S = 7 * 86_400


@dataclass(slots=True)
class _Batch:
    """The stored plays that a batch is compared with, by each id of their item.

    Attributes:
        uids: what is stored of the record itself.
        homeless: those of them that belong to no server yet.
        instants: those of which only an instant is known.
        running: what plays now, with the key of its account: it becomes history when it ends.
        unwanted: accounts whose plays are not kept.
        rows: new plays, which are written together.
    """

    server_id: int | None
    uids: set[str]
    homeless: set[str]
    instants: set[str]
    unwanted: set[int]
    running: list[tuple[str, KnownPlay]] = field(default_factory=list)
    known: dict[str, list[KnownPlay]] = field(default_factory=dict)
    counts: ImportCounts = field(default_factory=ImportCounts)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, told: ToldPlay, *, is_missing: bool) -> None:
        person, at = told.user or told.user_key, told.span.started_at
        self.counts += ImportCounts(
            read=1,
            added=1,
            not_in_catalog=int(is_missing),
            people=frozenset((person,) if person else ()),
            first_at=at,
            last_at=at,
        )

    def put(self, play: KnownPlay) -> None:
        for key in {play.remote_id, play.guid} - {None}:
            assert key is not None
            rows = self.known.setdefault(key, [])
            rows[:] = [each for each in rows if each.id != play.id] + [play]

    def like(self, told: ToldPlay) -> list[KnownPlay]:
        found = {play.id: play for key in (told.remote_id, told.guid) for play in self.known.get(key or "", ())}
        return list(found.values())

    def is_running(self, told: ToldPlay, user_id: int | None) -> bool:
        """Return whether a play is being recorded now: its record may have its end before we do."""
        mine = [
            replace(play, user_id=user_id if told.user_key == key else None, user=play.user or key)
            for key, play in self.running
        ]
        return find_same(told, user_id, mine) is not None


class ImportRepository:
    """Rows of `plays` that come from elsewhere, and rows of `import_marks`. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark(self, source: PlaySource, origin: str) -> dict[str, Any]:
        """How far a record was read; empty for one that never was."""
        query = select(import_marks.c.mark).where(import_marks.c.source == source, import_marks.c.origin == origin)
        with self._database.read() as connection:
            text = connection.execute(query).scalar()
        return {} if text is None else dict(json.loads(text))

    def keep_mark(self, source: PlaySource, origin: str, mark: dict[str, Any], *, now: int) -> None:
        """Remember how far a record was read."""
        with self._database.write() as connection:
            connection.exec_driver_sql(_MARK, (source.value, origin, json.dumps(mark), now))

    def forget_marks(self, origin: str) -> None:
        """Forget how far the records of an origin were read, so that they are read from the start."""
        with self._database.write() as connection:
            connection.execute(import_marks.delete().where(import_marks.c.origin == origin))

    def add(
        self, told: Sequence[ToldPlay], *, server_id: int | None, server_name: str, is_rehearsal: bool = False
    ) -> ImportCounts:
        """Add the plays of one server that are not known yet, all or none.

        A play that another record saw as well adds what only it knows. What a person deleted stays deleted.

        Args:
            is_rehearsal: only count, and also what is not in the catalog.
        """
        with self._database.read() if is_rehearsal else self._database.write() as connection:
            batch = _batch(connection, told, server_id)
            lookups = _Lookups(connection, server_id, told, is_rehearsal=is_rehearsal)
            for play in told:
                _take(connection, batch, lookups, play, server_name, is_rehearsal=is_rehearsal)
            if batch.rows:
                connection.execute(insert(plays), batch.rows)
            return batch.counts


class _Lookups:
    """What the plays of a batch ask of the catalog, each asked once: few people watch few items again and again."""

    def __init__(
        self, connection: Connection, server_id: int | None, told: Sequence[ToldPlay], *, is_rehearsal: bool
    ) -> None:
        self._connection = connection
        self._server_id = server_id
        self._is_rehearsal = is_rehearsal
        self._users: dict[tuple[str | None, str | None], int | None] = {}
        self._accounts: dict[int | None, tuple[str | None, str | None]] = {}
        self._kept: dict[str | None, bool] = {}
        self._has_muted = mutes_any(connection, server_id)
        self._guids: dict[str | None, str | None] = {}
        self._listed: dict[tuple[str | None, str | None], bool] = {}
        self._seen: dict[tuple[str | None, str | None], tuple[int, int]] = {}
        for play in told:
            key, span = (play.user_key, play.user), play.span
            first, last = self._seen.get(key, (span.started_at, span.stopped_at))
            self._seen[key] = min(first, span.started_at), max(last, span.stopped_at)

    def user(self, told: ToldPlay) -> int | None:
        """Return the account of a play, which is known from now on unless this is a rehearsal."""
        key = told.user_key, told.user
        if key not in self._users:
            self._users[key] = _user(
                self._connection, self._server_id, told, self._seen[key], is_rehearsal=self._is_rehearsal
            )
        return self._users[key]

    def account(self, user_id: int | None) -> tuple[str | None, str | None]:
        """Return the name and the person of an account."""
        if user_id not in self._accounts:
            query = select(media_users.c.name, media_users.c.person).where(media_users.c.id == user_id)
            found = self._connection.execute(query).first()
            self._accounts[user_id] = (None, None) if found is None else (found.name, found.person)
        return self._accounts[user_id]

    def keeps(self, remote_id: str | None) -> bool:
        """Return whether plays of an item become history."""
        if not self._has_muted:
            return True
        if remote_id not in self._kept:
            self._kept[remote_id] = keeps_plays_of(self._connection, self._server_id, remote_id)
        return self._kept[remote_id]

    def is_in_catalog(self, told: ToldPlay) -> bool:
        """Return whether the server has the item of a play."""
        key = told.remote_id, told.guid
        if key not in self._listed:
            self._listed[key] = is_in_catalog(self._connection, self._server_id, *key)
        return self._listed[key]

    def guid(self, remote_id: str | None) -> str | None:
        """Return what the catalog knows an item by."""
        if remote_id not in self._guids:
            self._guids[remote_id] = stored_guid(self._connection, self._server_id, remote_id)
        return self._guids[remote_id]


def _batch(connection: Connection, told: Sequence[ToldPlay], server_id: int | None) -> _Batch:
    uids = [play.uid for play in told]
    unwanted = select(media_users.c.id).where(media_users.c.keeps_history.is_(False))
    batch = _Batch(server_id, set(), set(), set(), unwanted=set(connection.execute(unwanted).scalars()))
    for first in range(0, len(uids), _CHUNK):
        query = select(plays.c.uid, plays.c.server_id, plays.c.time_kind)
        for row in connection.execute(query.where(plays.c.uid.in_(uids[first : first + _CHUNK]))):
            batch.uids.add(row.uid)
            if row.server_id is None:
                batch.homeless.add(row.uid)
            if row.time_kind == TimeKind.UNKNOWN:
                batch.instants.add(row.uid)
    fresh = [play for play in told if play.uid not in batch.uids]
    for other in _others(connection, fresh, server_id):
        batch.put(other)
    if server_id is not None and fresh:
        batch.running += _running(connection, server_id)
    return batch


def _running(connection: Connection, server_id: int) -> Iterable[tuple[str, KnownPlay]]:
    for text in live_of(connection, server_id):
        play = from_snapshot(text)
        session = play.session
        span = Span(int(play.started_at.timestamp()), int(play.confirmed_at.timestamp()))
        yield (
            play.key[0],
            KnownPlay(0, "live", span, session.remote_id, session.guid, user=session.user, device_id=session.device_id),
        )


def _others(connection: Connection, told: Sequence[ToldPlay], server_id: int | None) -> Iterable[KnownPlay]:
    """The plays of the server in the time that is told of, from any other source."""
    if not told:
        return
    first = min(play.span.started_at for play in told) - INSTANT_SLACK_S
    last = max(play.span.stopped_at for play in told) + INSTANT_SLACK_S
    mine = plays.c.server_id.is_(None) if server_id is None else plays.c.server_id == server_id
    query = select(*(plays.c[name] for name in _KNOWN)).where(
        mine,
        # The index is by start: a play that began long before can still touch the time.
        plays.c.started_at.between(first - _LONGEST_PLAY_S, last),
        plays.c.stopped_at >= first,
        or_(*(plays.c.source != source for source in {play.source for play in told})),
    )
    for row in connection.execute(query):
        span = Span(row.started_at, row.stopped_at, row.paused_s, row.play_s, TimeKind(row.time_kind))
        yield KnownPlay(
            row.id, row.source, span, row.remote_id, row.guid, row.media_user_id, row.user_name, row.device_id,
            row.is_inferred, row.deleted_at is not None,
        )  # fmt: skip


def _take(
    connection: Connection,
    batch: _Batch,
    lookups: _Lookups,
    told: ToldPlay,
    server_name: str,
    *,
    is_rehearsal: bool,
) -> None:
    if told.uid in batch.uids:
        batch.counts += ImportCounts(read=1, already_known=1)
        if not is_rehearsal:
            _learn(connection, batch, lookups, told, server_name)
        return
    batch.uids.add(told.uid)
    user_id = lookups.user(told)
    if user_id in batch.unwanted or not lookups.keeps(told.remote_id):
        batch.counts += ImportCounts(read=1, skipped=1)
        return
    same = find_same(told, user_id, batch.like(told))
    if same is None and batch.is_running(told, user_id):
        batch.counts += ImportCounts(read=1, already_known=1, joined=1)
        return
    if same is None:
        batch.add(told, is_missing=is_rehearsal and not lookups.is_in_catalog(told))
        if not is_rehearsal:
            batch.rows.append(_row(lookups, batch.server_id, server_name, told, user_id))
        return
    batch.counts += ImportCounts(read=1, already_known=1, joined=1)
    if is_rehearsal or same.is_deleted:
        return
    if same.source == PlaySource.SERVER:
        # The server's own record knows least: whatever else tells of the play takes its place.
        row = _row(lookups, batch.server_id, server_name, told, user_id)
        connection.execute(update(plays).where(plays.c.id == same.id).values(row))
        batch.put(KnownPlay(same.id, told.source, told.span, told.remote_id, told.guid, user_id, told.user))
        return
    span = joined(same, told.span)
    if span != same.span:
        connection.execute(update(plays).where(plays.c.id == same.id).values(_times(span)))
        batch.put(KnownPlay(same.id, same.source, span, same.remote_id, same.guid, same.user_id, same.user))


def _learn(connection: Connection, batch: _Batch, lookups: _Lookups, told: ToldPlay, server_name: str) -> None:
    """Add to a stored row what its record did not tell the last time: its server, or its end."""
    news: dict[str, Any] = {}
    if told.uid in batch.homeless and batch.server_id is not None:
        user_id = lookups.user(told)
        news |= {"server_id": batch.server_id, "server_name": server_name, "media_user_id": user_id}
    if told.uid in batch.instants and told.span.kind is not TimeKind.UNKNOWN:
        news |= _times(told.span)
    if news:
        connection.execute(update(plays).where(plays.c.uid == told.uid).values(news))


def _user(
    connection: Connection, server_id: int | None, told: ToldPlay, seen: tuple[int, int], *, is_rehearsal: bool
) -> int | None:
    if server_id is None or not (told.user_key or told.user):
        return None
    if told.user is not None and (found := account_named(connection, server_id, told.user)) is not None:
        return found
    key = told.user_key or told.user
    assert key is not None
    if is_rehearsal:
        query = select(media_users.c.id).where(media_users.c.server_id == server_id, media_users.c.user_key == key)
        return connection.execute(query).scalar()
    return account_id(connection, server_id, key, told.user, first_at=seen[0], last_at=seen[1])


def _times(span: Span) -> dict[str, Any]:
    return {
        "started_at": span.started_at,
        "stopped_at": span.stopped_at,
        "paused_s": span.paused_s,
        "play_s": span.play_s,
        "time_kind": span.kind.value,
    }


def _row(
    lookups: _Lookups, server_id: int | None, server_name: str, told: ToldPlay, user_id: int | None
) -> dict[str, Any]:
    name, person = lookups.account(user_id)
    # Some records know only the account's id.
    user = told.user or name
    words = (told.title, told.show_title, user, server_name, told.player)
    row: dict[str, Any] = {
        "uid": told.uid,
        "server_id": server_id,
        "server_name": server_name,
        "media_user_id": user_id,
        "user_name": user,
        "person": person,
        "kind": told.kind,
        "title": told.title,
        "show_title": told.show_title,
        "season_number": bounded(told.season_number),
        "episode_number": bounded(told.episode_number),
        "aired": told.aired,
        "year": bounded(told.year),
        "remote_id": told.remote_id,
        "guid": told.guid or lookups.guid(told.remote_id),
        "device_id": told.device_id,
        "player": told.player,
        "product": told.product,
        "platform": told.platform,
        "address": told.address,
        "location": told.location,
        "stream_decision": told.decision,
        **_times(told.span),
        "position_ms": bounded(told.position_ms),
        "duration_ms": bounded(told.duration_ms),
        "percent": told.percent,
        "is_watched": told.is_watched,
        "is_live": told.is_live,
        "is_inferred": told.span.kind is not TimeKind.MEASURED,
        "buffered": 0,
        "source": told.source.value,
        "folded": fold(" ".join(word for word in words if word)) + searched_person(person),
    }
    return storable_play(row)
