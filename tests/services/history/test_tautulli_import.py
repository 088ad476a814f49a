"""Plays of Tautulli beside our own: each once, from the API as from its database file."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.programs import Program
from tests.servers.tautulli import KEY, MACHINE, TautulliStandIn, row

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import Cancelled, ConfigError, ProtocolError, RetroVueError, UnsupportedVersionError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.imports import PlaySource
from retrovue.core.domain.play_state import advance, start
from retrovue.core.domain.playback import RemoteSession, SessionEvent, WatchedRule
from retrovue.core.domain.servers import Server, ServerInfo, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history import plays as history
from retrovue.core.services.history.imports.tautulli import import_tautulli, import_tautulli_file
from retrovue.core.system.dirs import resolve_dirs

pytestmark = pytest.mark.usefixtures("each_engine")

AT = datetime(2026, 10, 1, 20, tzinfo=UTC)
START = int(AT.timestamp())
SESSION = RemoteSession(
    "1", "10025", "episode", "Chapter 5", "playing", user="chiara.m", user_id="1", device_id="lab-04-2", position_ms=0,
    duration_ms=1_800_000, show_title="The Northern Lantern",
)  # fmt: skip


@pytest.fixture
def host(tmp_path: Path):
    context = Program(resolve_dirs(tmp_path / "p"), environ={}, keyring=lambda: None, write_log=False)
    yield context
    context.close()


def _plex(host: AppContext) -> Server:
    info = ServerInfo(ServerKind.PLEX, "Lab", MACHINE, "1.41")
    return host.servers.add(name="Lab", url="http://127.0.0.1:1", info=info, now=1)


def _record(host: AppContext, server: Server, at: datetime, *, minutes: int = 10) -> None:
    """A play that was seen by ourselves."""
    play, _ = start(server.id, SessionEvent(at, SESSION), WatchedRule())
    for minute in range(1, minutes + 1):
        session = replace(SESSION, position_ms=minute * 60_000)
        play, _ = advance(play, SessionEvent(at + timedelta(minutes=minute), session))
    play, _ = advance(play, SessionEvent(at + timedelta(minutes=minutes), None, is_told=True))
    assert host.playback.store([play], min_length_s=0) == 1


def test_a_play_that_we_saw_a_part_of_is_joined_and_counted_once(host: AppContext) -> None:
    server = _plex(host)
    _record(host, server, AT + timedelta(minutes=20))
    with TautulliStandIn([row(1, START), row(2, START + 50_000), row(3, START, user="edda", user_id=9)]) as tautulli:
        told = import_tautulli(host, url=tautulli.url, key=KEY, is_rehearsal=True).counts
        assert (told.added, told.already_known, told.joined, told.people) == (2, 1, 1, {"chiara.m", "edda"})
        assert (told.first_at, told.last_at, told.not_in_catalog) == (START, START + 50_000, 2)
        done = import_tautulli(host, url=tautulli.url, key=KEY)
        assert (done.counts.added, done.counts.already_known, done.server and done.server.id) == (2, 1, server.id)
        # Clean-up reads this: all plays of this server are known.
        mark = host.imports.mark(PlaySource.TAUTULLI, MACHINE)
        assert (mark["is_whole"], mark["server_id"]) == (True, server.id)
        host.imports.forget_marks(MACHINE)
        assert import_tautulli(host, url=tautulli.url, key=KEY).counts.added == 0
    ours = next(play for play in host.plays.list(PlayFilter()) if play.source == "live")
    assert (ours.started_at, ours.play_s) == (AT, 1_800)
    assert len(host.plays.list(PlayFilter(user="chiara.m"))) == 2


def test_what_a_person_deleted_does_not_come_back(host: AppContext) -> None:
    _plex(host)
    with TautulliStandIn([row(1, START)]) as tautulli:
        import_tautulli(host, url=tautulli.url, key=KEY)
        (play,) = host.plays.list(PlayFilter())
        history.delete(host, ids=[play.id])
        host.imports.forget_marks(MACHINE)
        assert import_tautulli(host, url=tautulli.url, key=KEY).counts.added == 0
    assert host.plays.list(PlayFilter()) == []


def test_plays_without_a_server_get_it_once_it_is_known(host: AppContext) -> None:
    with TautulliStandIn([row(1, START)]) as tautulli:
        assert import_tautulli(host, url=tautulli.url, key=KEY).server is None
        (before,) = host.plays.list(PlayFilter())
        assert (before.server, before.server_id) == ("Lab PMS", None)
        server = _plex(host)
        assert import_tautulli(host, url=tautulli.url, key=KEY).counts.added == 0
    (after,) = host.plays.list(PlayFilter())
    assert (after.server, after.server_id) == ("Lab", server.id)


def test_a_database_that_was_made_anew_and_a_cancel(host: AppContext) -> None:
    _plex(host)
    with TautulliStandIn([row(number, START + number * 2_000) for number in range(5, 9)]) as tautulli:
        token = CancelToken()
        with pytest.raises(Cancelled):
            import_tautulli(
                host, url=tautulli.url, key=KEY, page_rows=2, token=token, report=lambda _each: token.cancel()
            )
        assert len(host.plays.list(PlayFilter())) == 2
        assert import_tautulli(host, url=tautulli.url, key=KEY, page_rows=2).counts.added == 2
        tautulli.rows = [row(1, START + 90_000), row(2, START + 95_000)]
        assert import_tautulli(host, url=tautulli.url, key=KEY).counts.added == 2


def _page(_body: bytes) -> bytes:
    return b"<!DOCTYPE html><html><body>Sign in</body></html>"


def _old(_body: bytes) -> bytes:
    message = "Unknown command: get_history. Possible commands are: getHistory"
    return json.dumps({"response": {"result": "error", "message": message, "data": {}}}).encode()


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [(_page, ProtocolError, "web page"), (_old, UnsupportedVersionError, "too old")],
    ids=["html", "old"],
)
def test_one_that_answers_otherwise_in_the_middle_is_said_and_goes_on_later(
    host: AppContext, spoil: Callable[[bytes], bytes], error: type[RetroVueError], said: str
) -> None:
    """A proxy that wants a sign-in, or another version after an update."""
    _plex(host)
    with TautulliStandIn([row(number, START + number * 2_000) for number in range(1, 5)]) as tautulli:

        def spoilt_from_the_second(body: bytes) -> bytes:
            pages = sum(each["cmd"] == "get_history" for each in tautulli.asked)
            return spoil(body) if pages > 1 else body

        tautulli.spoil = spoilt_from_the_second
        with pytest.raises(error) as caught:
            import_tautulli(host, url=tautulli.url, key=KEY, page_rows=2)
        assert said in caught.value.text
        assert caught.value.hint
        assert len(host.plays.list(PlayFilter())) == 2
        tautulli.spoil = bytes
        assert import_tautulli(host, url=tautulli.url, key=KEY, page_rows=2).counts.added == 2
        assert import_tautulli(host, url=tautulli.url, key=KEY, page_rows=2).counts.added == 0


def _file(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(
            f"""
            PRAGMA journal_mode=WAL;
            CREATE TABLE session_history (id INTEGER PRIMARY KEY, started, stopped, paused_counter, user_id, user,
              player, product, platform, machine_id, media_type, view_offset, rating_key);
            CREATE TABLE session_history_metadata (id INTEGER PRIMARY KEY, title, grandparent_title, media_index,
              parent_media_index, guid, duration, marker_credits_first, live);
            CREATE TABLE session_history_media_info (id INTEGER PRIMARY KEY, transcode_decision);
            CREATE TABLE library_sections (id INTEGER PRIMARY KEY, server_id);
            INSERT INTO library_sections (server_id) VALUES ('{MACHINE}'), ('{MACHINE}'), ('old');
            INSERT INTO session_history VALUES (1, {START}, {START + 1800}, 60, 1000004, 'chiara.m', 'Chrome',
              'Plex Web', 'Chrome', 'lab-04-2', 'episode', 1700000, 10025), (2, {START}, NULL, 0, 1, 'x', '', '', '',
              '', 'episode', 0, 1);
            INSERT INTO session_history_metadata VALUES (1, 'Chapter 5', 'The Northern Lantern', 5, 1,
              'plex://episode/{1:024x}', 2000000, 1650000, 0);
            INSERT INTO session_history_media_info VALUES (1, 'copy');
            """
        )
        db.commit()
    return path


def test_the_file_tells_the_same_plays_and_stays_untouched(host: AppContext, tmp_path: Path) -> None:
    _plex(host)
    path = _file(tmp_path / "tautulli.db")
    before = path.read_bytes()
    done = import_tautulli_file(host, path=path)
    assert (done.counts.read, done.counts.added, done.counts.skipped) == (2, 1, 1)
    (play,) = host.plays.list(PlayFilter())
    assert (play.play_s, play.paused_s, play.percent, play.watched, play.stream_decision) == (
        1_740, 60, 85, True, "direct_stream",
    )  # fmt: skip
    with TautulliStandIn([row(1, START)]) as tautulli:
        assert import_tautulli(host, url=tautulli.url, key=KEY).counts.added == 0
    assert path.read_bytes() == before
    path.write_bytes(b"no database at all")
    with pytest.raises(ConfigError):
        import_tautulli_file(host, path=path)
    with pytest.raises(ConfigError):
        import_tautulli_file(host, path=tmp_path / "nowhere.db")
