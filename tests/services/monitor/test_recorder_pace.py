"""When plays are stored: starts, changes and ends at once, positions alone now and then, and everything at the end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.programs import Program

from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.play_state import advance as advance_play
from retrovue.core.domain.play_state import start as start_play
from retrovue.core.domain.playback import LazyText, PlaybackSession, RemoteSession, SessionEvent, WatchedRule
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.core.system.dirs import resolve_dirs

pytestmark = pytest.mark.usefixtures("each_engine")

START = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)


def test_positions_wait_and_nothing_else_does(tmp_path: Path) -> None:
    host = Program(resolve_dirs(tmp_path), environ={}, keyring=lambda: None, write_log=False)
    info = ServerInfo(ServerKind.PLEX, "Attic", "machine", "1")
    server = host.servers.add(name="Attic", url="http://127.0.0.1:9", info=info, now=1)
    recorder = Recorder("test", progress_s=10_000)
    session = RemoteSession("1", "7", "movie", "Static Hour", "playing", user="mira", user_id="2", position_ms=0)
    play, _events = start_play(server.id, SessionEvent(START, session), WatchedRule())

    def go_on(play: PlaybackSession, second: int, **facts: object) -> PlaybackSession:
        seen = replace(play.session, position_ms=second * 1000, **facts)  # type: ignore[arg-type]
        following, _events = advance_play(play, SessionEvent(START + timedelta(seconds=second), seen, is_told=True))
        recorder.store(host, [following])
        return following

    def stored() -> list[tuple[str, int | None]]:
        return [(each.session.state, each.position_ms) for each in host.playback.live(server.id)]

    recorder.store(host, [play])
    assert stored() == [("playing", 0)]
    play = go_on(play, 10)
    assert stored() == [("playing", 0)]
    play = go_on(play, 20, state="paused")
    assert stored() == [("paused", 20_000)]
    play = go_on(play, 30, state="playing")
    play = go_on(play, 40)
    assert stored() == [("playing", 30_000)]
    recorder.flush(host)
    assert stored() == [("playing", 40_000)]
    go_on(play, 50, state="stopped")
    assert stored() == []
    assert [each.play_s for each in host.plays.list(PlayFilter())] == [40]
    host.close()


def test_what_a_server_says_is_only_written_out_when_it_is_read() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("x")
        return "{}"

    session = RemoteSession("1", "7", "movie", "Static Hour", "playing", document=LazyText(make))
    following = replace(session, position_ms=5)
    assert made == []
    assert (session.document_text, following.document_text, made) == ("{}", "{}", ["x"])
