"""Playback Reporting and Jellystat: their times, their traps, and each play once."""

import json
from collections.abc import Iterator
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from tests.programs import Program

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, SourceError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.servers import Server, ServerInfo, ServerKind
from retrovue.core.services.history.imports.jellystat import import_jellystat
from retrovue.core.services.history.imports.reporting import import_reporting, import_reporting_file
from retrovue.core.services.servers import registration
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.fault_kinds import Replace
from retrovue.demo.faults import path as at_path
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.playback import LIVING_ROOM, PHONE, USERS, PastPlay

pytestmark = pytest.mark.usefixtures("each_engine")

EAST = timezone(timedelta(hours=5))


@pytest.fixture
def host(tmp_path: Path) -> Iterator[AppContext]:
    environ = {"RETROVUE_SECRETS": "memory"}
    context = Program(resolve_dirs(tmp_path / "p"), environ=environ, keyring=lambda: None, write_log=False)
    yield context
    context.close()


def _facts(host: AppContext) -> list[tuple[Any, ...]]:
    found = host.plays.list(PlayFilter())
    return [(int(each.started_at.timestamp()), each.play_s, each.user, each.title, each.source) for each in found]


@pytest.mark.parametrize("dialect", [EmbyDialect, JellyfinDialect], ids=["emby", "jellyfin"])
def test_the_plugin_by_its_api_and_its_backup_file(host: AppContext, tmp_path: Path, dialect: Any) -> None:
    library = make_library(LibrarySpec(shows=1, episodes=3, movies=4))
    now, film = library.now(), library.members("1", "movie")[0]
    episode = library.members("3", "episode")[0]
    with DemoServer(library, dialect=dialect) as server:
        kind = ServerKind.EMBY if dialect is EmbyDialect else ServerKind.JELLYFIN
        stored = registration.add(host, kind=kind, name="Attic", url=server.url, secret=server.token).server
        with pytest.raises(ConfigError):
            import_reporting(host, stored)
        server.dialect.has_playback_reporting = True
        board = server.playbacks
        board.add_past(PastPlay(film.id, USERS[1], PHONE, now - 9_000, now - 6_000, 2_900_000, paused_s=100))
        board.add_past(PastPlay(episode.id, USERS[0], LIVING_ROOM, now - 5_000, now - 4_400, 600_000))
        board.add_past(PastPlay(episode.id, USERS[0], LIVING_ROOM, now - 4_390, now - 4_000, 900_000, "transcode"))
        assert import_reporting(host, stored, is_rehearsal=True).counts.added == 2
        done = import_reporting(host, stored)
        assert (done.counts.added, done.last_row_id) == (2, 3)
        assert import_reporting(host, stored).counts.read == 0
        (second, first) = host.plays.list(PlayFilter())
        assert _facts(host)[1] == (now - 9_000, 2_900, "edda", film.title, "playback_reporting")
        assert (second.show, second.season, second.episode) == (
            library.items[episode.show_id].title, episode.season_number, episode.index,
        )  # fmt: skip
        assert (second.play_s, second.stream_decision, first.player) == (1_000, "transcode", PHONE.name)
        backup = tmp_path / "backup.tsv"
        rows = ["\t".join(map(str, row)) for row in server.dialect.past.report_rows()]
        backup.write_text("\n".join([*rows, "half a line"]), encoding="utf-8")
        again = import_reporting_file(host, stored, path=backup, zone=host.zone)
        assert (again.counts.added, again.counts.skipped) == (0, 1)
        board.add_past(PastPlay(film.id, USERS[1], PHONE, now - 900, now - 600, 300_000))
        server.faults.add(Replace(match=at_path("/user_usage_stats/.*"), find=b'"message":""', by=b'"message":"<b>no"'))
        with pytest.raises(SourceError):
            import_reporting(host, stored)
        server.faults.clear()
        assert import_reporting(host, stored).counts.added == 1
    backup.write_text("What is this?\nNo table.\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        import_reporting_file(host, stored, path=backup, zone=UTC)


def _jellyfin(host: AppContext) -> Server:
    info = ServerInfo(ServerKind.JELLYFIN, "Attic", "abc", "10.11")
    return host.servers.add(name="Attic", url="http://127.0.0.1:1", info=info, now=1)


def test_a_backup_of_jellystat_has_ends_and_lengths(host: AppContext, tmp_path: Path) -> None:
    row = {
        "Id": "p1", "UserId": "u1", "UserName": "Ada", "Client": "Web", "DeviceName": "Sofa", "DeviceId": "d1",
        "NowPlayingItemId": "show", "NowPlayingItemName": "The Tide Table", "EpisodeId": "e7", "SeriesName": "Lantern",
        "PlaybackDuration": "600", "ActivityDateInserted": "2026-03-01T20:10:00.000Z", "PlayMethod": "DirectPlay",
        "PlayState": {"PositionTicks": 24_000_000_000}, "RemoteEndPoint": "192.0.2.4", "ServerId": "abc",
        "imported": False,
    }  # fmt: skip
    film = row | {"Id": "p2", "EpisodeId": None, "SeriesName": None, "NowPlayingItemId": "m1", "imported": True,
                  "NowPlayingItemName": "Static Hour", "ActivityDateInserted": "2026-03-02T20:00:20.000Z",
                  "UserName": None}  # fmt: skip
    known = {"EpisodeId": "e7", "IndexNumber": 3, "ParentIndexNumber": 2, "RunTimeTicks": "25000000000"}
    tables = [
        {"jf_users": [{"Id": "u1", "Name": "Ada"}]},
        {"jf_library_episodes": [known]},
        {"jf_playback_activity": [row, film, {"Id": "p3"}, "no row"]},
    ]  # fmt: skip
    path = tmp_path / "backup_2026-03-03 00-00-00.json"
    path.write_text(json.dumps(tables), encoding="utf-8")
    server = _jellyfin(host)
    assert import_jellystat(host, path=path, zone=EAST, is_rehearsal=True).counts.added == 2
    done = import_jellystat(host, path=path, zone=EAST)
    assert (done.counts.added, done.counts.skipped, done.server and done.server.id) == (2, 2, server.id)
    assert import_jellystat(host, path=path, zone=EAST).counts.added == 0
    later, first = host.plays.list(PlayFilter())
    assert (first.started_at.isoformat(), first.stopped_at.isoformat()) == (
        "2026-03-01T20:00:00+00:00", "2026-03-01T20:10:00+00:00",
    )  # fmt: skip
    assert (first.season, first.episode, first.percent, first.watched, first.remote_id) == (2, 3, 96, True, "e7")
    assert (later.started_at.isoformat(), later.play_s, later.user) == ("2026-03-02T15:00:00+00:00", 600, "Ada")
    for content in ("{", "[]", '[{"jf_users": []}]'):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError):
            import_jellystat(host, path=path, zone=EAST)
