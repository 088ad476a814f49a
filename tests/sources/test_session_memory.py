"""Lists that repeat: what has not moved is read once, and what has is."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from retrovue.core.domain.playback import RemoteSession
from retrovue.core.sources.mediabrowser.notifications import parse_sessions
from retrovue.core.sources.plex import sessions as plex
from retrovue.core.sources.session_memory import SessionMemory

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def row(second: int, *, reported: int | None = None, **state: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "Id": "s1",
        "LastActivityDate": f"2026-03-01T20:00:{second:02}Z",
        "NowPlayingItem": {"Id": "7", "Type": "Movie", "Name": "Static Hour"},
        "PlayState": {"PositionTicks": second * 10_000_000, **state},
    }
    return document if reported is None else document | {"LastPlaybackCheckIn": f"2026-03-01T20:00:{reported:02}Z"}


def read(memory: SessionMemory, *rows: dict[str, Any]) -> list[RemoteSession]:
    (hint,) = parse_sessions(msgspec.json.encode({"MessageType": "Sessions", "Data": rows}), memory=memory)
    return list(hint.sessions)  # type: ignore[union-attr]


def test_a_repeated_list_gives_what_a_first_one_would() -> None:
    memory = SessionMemory()
    (first,) = read(memory, row(1))
    (same,) = read(memory, row(1) | {"LastActivityDate": "2026-03-01T21:00:00Z"})
    assert same is first
    (moved,) = read(memory, row(9))
    assert (moved.position_ms, moved.title) == (9_000, "Static Hour")
    for changed in (row(9, IsPaused=True), row(9, PlayMethod="Transcode"), row(9) | {"UserName": "edda"}):
        assert read(memory, changed) == read(SessionMemory(), changed)
    assert read(memory) == []
    (back,) = read(memory, row(9))
    assert back == moved
    assert back is not moved


def test_a_position_without_a_new_report_is_none() -> None:
    memory = SessionMemory()
    (first,) = read(memory, row(1, reported=1))
    (silent,) = read(memory, row(8, reported=1))
    assert silent is first
    (heard,) = read(memory, row(11, reported=11))
    assert heard.position_ms == 11_000
    assert heard.checked_in_at == DAY.replace(hour=20, second=11).timestamp()


def test_of_plex_the_position_moves_and_everything_else_is_read() -> None:
    memory = SessionMemory()

    def listed(position_ms: int, state: str = "playing") -> RemoteSession:
        entry = {"sessionKey": "1", "ratingKey": "7", "type": "movie", "title": "Static Hour"}
        entry |= {"viewOffset": position_ms, "Player": {"state": state}}  # type: ignore[dict-item]
        (session,) = plex.remote_sessions({"Metadata": [entry]}, memory)
        return session

    first = listed(1_000)
    assert listed(1_000) is first
    assert listed(2_000).position_ms == 2_000
    paused = listed(2_000, "paused")
    assert (paused.state, paused.position_ms) == ("paused", 2_000)
