"""One person on several servers, and accounts and libraries whose plays are not kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert
from tests.programs import Program
from tests.storage.engines import core_engines

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.imports import PlaySource, Span, ToldPlay
from retrovue.core.domain.play_state import advance, start
from retrovue.core.domain.playback import RemoteSession, SessionEvent, WatchedRule
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary, Server, ServerInfo, ServerKind
from retrovue.core.services.history import people, plays
from retrovue.core.storage.tables import movies
from retrovue.core.system.dirs import resolve_dirs

pytestmark = pytest.mark.usefixtures("each_engine")

AT = datetime(2026, 3, 1, 20, tzinfo=UTC)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[AppContext]:
    context = Program(resolve_dirs(tmp_path / "p"), environ={}, keyring=lambda: None, write_log=False)
    yield context
    context.close()


def _server(host: AppContext, kind: ServerKind, name: str) -> Server:
    return host.servers.add(name=name, url=f"http://127.0.0.1/{name}", info=ServerInfo(kind, name, name, "1"), now=1)


def _play(host: AppContext, server: Server, user: str, number: int, *, remote_id: str = "7") -> int:
    session = RemoteSession(
        "1", remote_id, "movie", "Static Hour", "playing", user=user, user_id=f"id-{user}", position_ms=0
    )
    at = AT + timedelta(hours=number)
    play, _ = start(server.id, SessionEvent(at, session), WatchedRule())
    play, _ = advance(play, SessionEvent(at + timedelta(minutes=9), replace(session, position_ms=540_000)))
    play, _ = advance(play, SessionEvent(at + timedelta(minutes=9), None, is_told=True))
    return host.playback.store([play], min_length_s=0)


def _users(host: AppContext, chosen: PlayFilter = PlayFilter()) -> list[str | None]:  # noqa: B008 - it is frozen
    return [play.user for play in host.plays.list(chosen)]


@core_engines
def test_a_person_has_accounts_on_two_servers_until_that_is_taken_back(host: AppContext) -> None:
    plex, jellyfin = _server(host, ServerKind.PLEX, "Attic"), _server(host, ServerKind.JELLYFIN, "Cellar")
    for number, (server, user) in enumerate([(plex, "ada_tv"), (jellyfin, "Ada"), (jellyfin, "bea")]):
        assert _play(host, server, user, number) == 1
    old = ToldPlay("u1", PlaySource.TAUTULLI, Span(100, 200, 0, 100), "movie", "Old", user="ada.old")
    host.imports.add([old], server_id=None, server_name="Old Plex")
    merged = people.merge(host, ["ada_tv", "ADA", "ada.old"], person="Ada L.")
    assert merged.accounts == [("Attic", "ada_tv"), ("Cellar", "Ada"), ("Old Plex", "ada.old")]
    _play(host, plex, "ada_tv", 5)
    assert _users(host) == ["Ada L.", "bea", "Ada L.", "Ada L.", "Ada L."]
    assert _users(host, PlayFilter(user="Ada L.")) == _users(host, PlayFilter(search="l.")) == ["Ada L."] * 4
    count, undo = plays.delete(host, user="Ada L.")
    assert (count, _users(host)) == (4, ["bea"])
    plays.restore(host, undo)
    days = host.statistics.accounts("Ada L.")
    assert len(days.ids) == 2
    assert people.split(host, person="ada l.").accounts == merged.accounts
    assert sorted(map(str, _users(host))) == ["Ada", "ada.old", "ada_tv", "ada_tv", "bea"]
    assert _users(host, PlayFilter(search="l.")) == []
    for names, person in ((["nobody"], "X"), (["bea"], " ")):
        with pytest.raises(ConfigError):
            people.merge(host, names, person=person)
    with pytest.raises(ConfigError):
        people.split(host, person="Ada L.")


def test_plays_of_an_account_or_a_library_are_not_kept(host: AppContext) -> None:
    server = _server(host, ServerKind.PLEX, "Attic")
    assert _play(host, server, "ada", 0) == 1
    people.keep_user(host, "ada", keeps=False)
    assert _play(host, server, "ada", 1) == 0
    told = ToldPlay("u1", PlaySource.TAUTULLI, Span(100, 200, 0, 100), "movie", "Old", "id-ada", "ada", remote_id="9")
    assert host.imports.add([told], server_id=server.id, server_name="Attic").skipped == 1
    people.keep_user(host, "ada", keeps=True)
    assert _play(host, server, "ada", 2) == 1

    host.libraries.store_listing(server.id, [RemoteLibrary("1", "Films", LibraryKind.MOVIES, "u", ())], now=1)
    (library,) = host.libraries.all()
    with host.database.write() as connection:
        row = {"library_id": library.id, "remote_id": "8", "title": "x", "sort_key": "x", "fingerprint": 0}
        connection.execute(insert(movies).values(change_key=0, first_seen_at=1, last_seen_at=1, **row))
    people.keep_library(host, library.id, keeps=False)
    assert (_play(host, server, "ada", 3, remote_id="8"), _play(host, server, "ada", 4)) == (0, 1)
