"""Plays that reach the catalog late: stored once, whoever else saw them meanwhile."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from retrovue.core.domain.playback import PlaybackSession, RemoteSession
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.storage.database import Database
from retrovue.core.storage.playback import PlaybackRepository
from retrovue.core.storage.servers import ServerRepository
from retrovue.core.storage.tables import plays

AT = datetime(2026, 1, 1, 20, tzinfo=UTC)
HEAT = RemoteSession("1", "9", "movie", "Heat", "playing", user="mira", user_id="2", device_id="tv")


def play(uid: str, begin: int, end: int | None, session: RemoteSession = HEAT) -> PlaybackSession:
    """A play of minutes of the evening; without an end it goes on."""
    since, until = AT + timedelta(minutes=begin), AT + timedelta(minutes=begin if end is None else end)
    ended = replace(PlaybackSession(uid, 1, session, since, since, since, since, since), confirmed_at=until)
    return ended if end is None else replace(ended, stopped_at=until, elapsed_s=(end - begin) * 60.0)


def test_late_plays_are_stored_once(engine_database: Database) -> None:
    info = ServerInfo(ServerKind.PLEX, "Home", "m1", "1")
    ServerRepository(engine_database).add(name="Home", url="http://h", info=info, now=1)
    playback, first = PlaybackRepository(engine_database), int(AT.timestamp())

    def minutes() -> list[tuple[int, int]]:
        with engine_database.read() as connection:
            found = connection.execute(select(plays.c.started_at, plays.c.stopped_at).order_by(plays.c.started_at))
            return [((begin - first) // 60, (end - first) // 60) for begin, end in found]

    # Its beginning is in the catalog already, its end comes late, and twice.
    playback.store([play("a", 0, None)], min_length_s=0)
    assert playback.store_late(play("a", 0, 40), min_length_s=0)
    assert not playback.store_late(play("a", 0, 40), min_length_s=0)
    assert playback.live(1) == []
    assert minutes() == [(0, 40)]

    # Another computer went on with the play itself, and is further.
    playback.store([play("a", 0, 50)], min_length_s=0)
    assert not playback.store_late(play("a", 0, 40), min_length_s=0)
    assert minutes() == [(0, 50)]

    # Another computer saw the same play under an id of its own, later: both times count.
    playback.store([play("b", 110, 150)], min_length_s=0)
    assert not playback.store_late(play("c", 100, 150), min_length_s=0)
    assert minutes() == [(0, 50), (100, 150)]

    # And one that it still sees.
    playback.store([play("d", 210, None)], min_length_s=0)
    assert not playback.store_late(play("e", 200, 220), min_length_s=0)
    assert minutes() == [(0, 50), (100, 150)]

    # Somebody else, another device and another time are other plays.
    others = (replace(HEAT, user_id="3", user="edda"), replace(HEAT, device_id="phone"))
    for number, session in enumerate(others):
        assert playback.store_late(play(f"other{number}", 100, 150, session), min_length_s=0)
    assert playback.store_late(play("f", 160, 190), min_length_s=0)
    assert len(minutes()) == 5
