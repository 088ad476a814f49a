"""A history to count, and the same counted once more without SQL, sums and clever ideas."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select
from tests.programs import Program
from tests.services.conftest import HostClock

from retrovue.core.context import AppContext
from retrovue.core.domain.concurrency import peaks
from retrovue.core.domain.days import DayRange, day_of, hour_of, midnight
from retrovue.core.domain.history import Play, PlayFilter, sittings
from retrovue.core.domain.played_titles import Within
from retrovue.core.domain.statistics import Amount, Chosen, View
from retrovue.core.storage.tables import libraries, media_users, plays, servers
from retrovue.core.system.dirs import resolve_dirs

DECISIONS = ("direct_play", "direct_stream", "transcode")


def open_profile(folder: Path, zone: str = "Europe/Berlin", now: str = "2026-11-29T12:00Z") -> AppContext:
    """A profile in a zone."""
    context = Program(
        resolve_dirs(folder, {}),
        environ={"TZ": zone},
        clock=HostClock(instant(now)),
        keyring=lambda: None,
        write_log=False,
    )
    with context.database.write() as connection:
        add_server(connection, 1, "Attic", ("Movies", "Series"))
        add_server(connection, 2, "Cabin", ("Movies",))
    return context


def instant(text: str) -> int:
    """Epoch seconds of an ISO time."""
    return int(datetime.fromisoformat(text).timestamp())


def add_server(connection: Connection, server_id: int, name: str, names: Iterable[str]) -> None:
    """A server with libraries (ids: server * 10 + n) and two accounts (ids: server * 10 + n), mira and a Søren."""
    values = {"uuid": f"u{server_id}", "kind": "plex", "url": "http://x", "machine_identifier": "m", "version": "1"}
    connection.execute(insert(servers).values(id=server_id, name=name, created_at=1, **values))
    for n, library in enumerate(names):
        row = {"id": server_id * 10 + n, "server_id": server_id, "remote_id": str(n), "name": library}
        connection.execute(insert(libraries).values(kind="movies", **row))
    for n, user in enumerate(("mira", f"Søren {server_id}")):
        row = {"id": server_id * 10 + n, "server_id": server_id, "user_key": user, "name": user}
        connection.execute(insert(media_users).values(first_seen_at=1, last_seen_at=1, **row))


def add_play(connection: Connection, started: str | int, minutes: float = 60, **facts: Any) -> None:
    """A play with the facts of most plays."""
    started_at = instant(started) if isinstance(started, str) else started
    length_s = int(minutes * 60)
    row: dict[str, Any] = {
        "server_id": 1,
        "server_name": "Attic",
        "media_user_id": 10,
        "user_name": "mira",
        "kind": "movie",
        "title": "Static Hour",
        "year": 1987,
        "started_at": started_at,
        "stopped_at": started_at + length_s,
        "play_s": max(length_s, 0),
        "paused_s": 0,
        "is_watched": False,
        "is_live": False,
        "is_inferred": False,
        "buffered": 0,
        "source": "live",
        "folded": "",
        **facts,
    }
    row.setdefault("uid", f"{started_at} {row['title']} {row['media_user_id']} {row['user_name']} {length_s}")
    connection.execute(insert(plays).values(row))


@dataclass(frozen=True)
class Fact:
    """A play or sitting, as the reference counts it."""

    play: Play
    row: Any
    library: str | None
    user: str | None

    @property
    def at(self) -> int:
        return int(self.play.started_at.timestamp())


def reference(context: AppContext, chosen: Chosen, view: View) -> dict[Any, Amount]:
    """What a view has to say, only rows with plays; ids in place of names that several rows could have."""
    counted: dict[Any, Amount] = defaultdict(Amount)
    for fact in _facts(context, chosen):
        counted[_key(fact, view, chosen.days.zone)] += Amount(1, fact.play.play_s)
    return dict(counted)


def reference_peaks(context: AppContext, chosen: Chosen) -> dict[date, int]:
    """The most streams of each day of a closed range, from all plays that there are."""
    days = list(chosen.days.days())
    bounds = [midnight(day, chosen.days.zone) for day in [*days, days[-1] + timedelta(days=1)]]
    rows = [fact.row for fact in _facts(context, replace(chosen, days=DayRange(None, None, UTC), sittings=False))]
    found = peaks([(row.started_at, row.stopped_at) for row in rows], bounds)
    return {day: peak.streams for day, peak in zip(days, found, strict=True)}


def _filters(chosen: Chosen) -> tuple[int | None, str | None, int | None, Within | None]:
    return chosen.server_id, chosen.user, chosen.library_id, chosen.within


def reference_people(context: AppContext, chosen: Chosen) -> dict[Any, int]:
    """How many people watched each title, without SQL."""
    people: dict[Any, set[str]] = {}
    for fact in _facts(context, chosen):
        some = people.setdefault(_key(fact, View.TITLES, chosen.days.zone), set())
        if fact.user:
            some.add(fact.user)
    return {title: len(some) for title, some in people.items()}


def _is_within(row: Any, part: Within | None) -> bool:
    """Without keys: what a person would mean by a title, a season, an episode."""
    if part is None:
        return True
    if part.season is None and part.name is None:
        own = row.show_title or row.title
        return bool(own == part.plain_title and (row.show_title or (row.year or None) == part.year))
    if row.show_title != part.title:
        return False
    if part.name is not None:
        return bool(row.title == part.name and None in (row.season_number, row.episode_number))
    return bool(row.season_number == part.season and part.episode in (None, row.episode_number))


def _facts(context: AppContext, chosen: Chosen) -> list[Fact]:
    everything = context.plays.list(PlayFilter())
    if chosen.sittings:
        everything = sittings(everything, window=timedelta(hours=context.settings.sitting_hours))
    with context.database.read() as connection:
        rows = {row.id: row for row in connection.execute(select(plays))}
        users = {row.id: row.person or row.name for row in connection.execute(select(media_users))}
        places = {row.id: row for row in connection.execute(select(libraries))}
    found = []
    for play in everything:
        row = rows[play.id]
        user = users[row.media_user_id] if row.media_user_id is not None else row.person or row.user_name or None
        place = places.get(row.library_id)
        fact = Fact(play, row, place.id if place is not None else row.library_name, user)
        day = day_of(fact.at, chosen.days.zone)
        if chosen.days.first is not None and day < chosen.days.first:
            continue
        if chosen.days.last is not None and day > chosen.days.last:
            continue
        if all(
            wanted is None or wanted == is_
            for wanted, is_ in zip(_filters(chosen)[:3], (row.server_id, user, row.library_id), strict=True)
        ) and _is_within(row, chosen.within):
            found.append(fact)
    return found


def _key(fact: Fact, view: View, zone: tzinfo) -> Any:
    row, day = fact.row, day_of(fact.at, zone)
    match view:
        case View.DAYS:
            return day.isoformat()
        case View.WEEKDAYS:
            return day.isoweekday()
        case View.MONTHS:
            return f"{day.year}-{day.month:02d}"
        case View.HOURS:
            return hour_of(fact.at, zone)
        case View.USERS:
            return fact.user
        case View.LIBRARIES:
            return fact.library
        case View.STREAMS:
            return row.stream_decision if row.stream_decision in DECISIONS else None
        case View.PLATFORMS:
            return row.platform or None
        case View.PLAYERS:
            return row.player or None
        case View.TITLES:
            return row.show_title or (row.title if not row.year else f"{row.title}\x1f{row.year}")
        case View.GENRES:
            return row.genre or None
        case View.SEASONS:
            is_of_one = row.show_title and row.season_number is not None and row.season_number >= 0
            return f"{row.show_title}\x1e{row.season_number}" if is_of_one else None
        case View.ITEMS:
            if not row.show_title:
                return row.title if not row.year else f"{row.title}\x1f{row.year}"
            if row.season_number is None or row.episode_number is None:
                return f"{row.show_title}\x1e\x1e{row.title}"
            return f"{row.show_title}\x1e{row.season_number}\x1e{row.episode_number}"
        case View.COMPLETION:
            if row.is_watched:
                return "watched"
            return None if row.percent is None else str(min(row.percent // 25 * 25, 75))
        case View.RESOLUTIONS | View.DELIVERED:
            label = row.source_label if view is View.RESOLUTIONS else row.delivered_label
            word = (label or "").split(" ")[0]
            return word if word in ("SD", "4K", "1080p", "480i") else None
        case _:
            raise AssertionError(view)
