"""The history as lists show it, and what a person takes out of it and brings back."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, or_, select, tuple_, update

from retrovue.core.domain.history import Play, PlayedItem, PlayFilter
from retrovue.core.domain.text import fold
from retrovue.core.storage.database import Database, chunks
from retrovue.core.storage.dialects.expressions import among
from retrovue.core.storage.listing import choosing
from retrovue.core.storage.listing.choosing import Wanted
from retrovue.core.storage.listing.reading import ListedRepository
from retrovue.core.storage.tables import plays, servers
from retrovue.core.storage.times import to_datetime

_SHOWN = (
    "id server_id media_user_id user_name person kind title show_title season_number episode_number aired year "
    "remote_id guid device_id player product platform stream_decision started_at stopped_at paused_s play_s "
    "position_ms duration_ms percent is_watched source server_name"
).split()

_CHUNK = 10_000

shown_user: ColumnElement[Any] = func.coalesce(plays.c.person, plays.c.user_name)
"""Who played: the person that an account belongs to, else the account's own name."""


class PlayRepository:
    """Rows of `plays`. Thread: any."""

    def __init__(self, database: Database, listed: ListedRepository) -> None:
        self._database = database
        self._listed = listed

    def list(self, chosen: PlayFilter, *, offset: int = 0) -> Sequence[Play]:
        """The plays that a filter lets through, newest first: as many as its limit says, from `offset` on."""
        ids = self._listed.plays(wanted(chosen), limit=chosen.limit, offset=offset)
        found = self._by_id(ids)
        return [found[play_id] for play_id in ids if play_id in found]

    def sittings(self, chosen: PlayFilter, *, offset: int = 0) -> Sequence[Sequence[Play]]:
        """The plays of each sitting that a filter lets through, oldest first; the newest sitting first."""
        groups = self._listed.sittings(wanted(chosen), limit=chosen.limit, offset=offset)
        found = self._by_id([play_id for group in groups for play_id in group])
        present = ([found[play_id] for play_id in group if play_id in found] for group in groups)
        return [group for group in present if group]

    def of_sittings(self, heads: Sequence[int]) -> Sequence[int]:
        """The plays of sittings, by their first ones."""
        return [play_id for group in self._listed.members(heads) for play_id in group]

    def _by_id(self, ids: Sequence[int]) -> dict[int, Play]:
        found: dict[int, Play] = {}
        with self._database.read() as connection:
            for chunk in chunks(ids):
                rows = connection.execute(select_plays().where(plays.c.id.in_(chunk), plays.c.deleted_at.is_(None)))
                found.update((row.id, play_of(row)) for row in rows)
        return found

    def delete(
        self,
        *,
        now: int,
        ids: Sequence[int] | None = None,
        user: str | None = None,
        server_id: int | None = None,
        stopped_before: int | None = None,
    ) -> tuple[int, str]:
        """Take plays out of every list; returns how many, and the name that `restore` brings them back by.

        What is named together must all be true of a play; at least one thing has to be named.
        """
        conditions: list[ColumnElement[bool]] = []
        if user is not None:
            conditions.append(shown_user == user)
        if server_id is not None:
            conditions.append(plays.c.server_id == server_id)
        if stopped_before is not None:
            conditions.append(plays.c.stopped_at < stopped_before)
        if ids is None and not conditions:
            raise ValueError("name which plays")
        deletion = uuid.uuid4().hex[:12]
        query = update(plays).where(plays.c.deleted_at.is_(None), *conditions)
        query = query.values(deleted_at=now, deletion=deletion)
        with self._database.write() as connection:
            if ids is None:
                return connection.execute(query).rowcount, deletion
            # SQLite takes 32,766 values a statement.
            chunks = (ids[first : first + _CHUNK] for first in range(0, len(ids), _CHUNK))
            return sum(connection.execute(query.where(plays.c.id.in_(chunk))).rowcount for chunk in chunks), deletion

    def restore(self, deletion: str) -> int:
        """Bring back what one deletion took; returns how many plays that are."""
        with self._database.write() as connection:
            query = update(plays).where(plays.c.deletion == deletion)
            return connection.execute(query.values(deleted_at=None, deletion=None)).rowcount

    def purge(self) -> int:
        """Delete for good what was taken out; returns how many plays."""
        with self._database.write() as connection:
            return connection.execute(delete(plays).where(plays.c.deleted_at.is_not(None))).rowcount


def select_plays() -> Select[Any]:
    """What `play_of` reads, with the present name and kind of the server."""
    return select(
        *(plays.c[name] for name in _SHOWN), servers.c.name.label("current_name"), servers.c.kind.label("server_kind")
    ).select_from(plays.outerjoin(servers, servers.c.id == plays.c.server_id))


def conditions(chosen: PlayFilter) -> list[ColumnElement[bool]]:
    """What a filter asks of the rows of `plays`; what was deleted is never among them."""
    found: list[ColumnElement[bool]] = [plays.c.deleted_at.is_(None)]
    if chosen.started_from is not None:
        found.append(plays.c.started_at >= _epoch(chosen.started_from))
    if chosen.started_before is not None:
        found.append(plays.c.started_at < _epoch(chosen.started_before))
    if chosen.server_id is not None:
        found.append(plays.c.server_id == chosen.server_id)
    if chosen.user is not None:
        found.append(shown_user == chosen.user)
    for column, values in (
        (plays.c.server_id, chosen.server_ids),
        (shown_user, chosen.users),
        (plays.c.kind, chosen.kinds),
        (plays.c.stream_decision, chosen.decisions),
    ):
        if values:
            found.append(column.in_(values))
    if chosen.watched is not None:
        found.append(plays.c.is_watched.is_(chosen.watched))
    if chosen.item is not None and chosen.item.is_show:
        found.append(plays.c.show_title == chosen.item.title)
    found += _unlisted(chosen)
    found += [plays.c.folded.contains(word, autoescape=True) for word in fold(chosen.search).split()]
    return found


def wanted(chosen: PlayFilter) -> Wanted:
    """What a filter asks of the listed plays."""
    return choosing.wanted(chosen, _unlisted(chosen))


def _unlisted(chosen: PlayFilter) -> list[ColumnElement[bool]]:
    """What a filter asks that only rows of `plays` can answer."""
    found: list[ColumnElement[bool]] = []
    if chosen.stopped_from is not None:
        found.append(plays.c.stopped_at >= _epoch(chosen.stopped_from))
    if chosen.item is not None and not chosen.item.is_show:
        found.append(_of_item(chosen.item))
    if chosen.ids is not None:
        found.append(among(plays.c.id, chosen.ids))
    return found


def _of_item(item: PlayedItem) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [tuple_(plays.c.server_id, plays.c.remote_id).in_(item.addresses)]
    if item.guids:
        ways.append(plays.c.guid.in_(item.guids))
    return or_(*ways)


def _epoch(at: datetime) -> int:
    return int(at.timestamp())


def play_of(row: Row[Any]) -> Play:
    """The play of a row of `select_plays`."""
    started_at, stopped_at = to_datetime(row.started_at), to_datetime(row.stopped_at)
    assert started_at is not None
    assert stopped_at is not None
    return Play(
        id=row.id,
        server=row.current_name or row.server_name,
        user=row.person or row.user_name,
        kind=row.kind,
        title=row.title,
        show=row.show_title,
        season=row.season_number,
        episode=row.episode_number,
        aired=row.aired,
        year=row.year,
        remote_id=row.remote_id,
        guid=row.guid,
        device=row.device_id,
        player=row.player,
        product=row.product,
        platform=row.platform,
        stream_decision=row.stream_decision,
        started_at=started_at,
        stopped_at=stopped_at,
        paused_s=row.paused_s,
        play_s=row.play_s,
        position_ms=row.position_ms,
        duration_ms=row.duration_ms,
        percent=row.percent,
        watched=row.is_watched,
        source=row.source,
        server_id=row.server_id,
        user_id=row.media_user_id,
        server_kind=row.server_kind,
    )
