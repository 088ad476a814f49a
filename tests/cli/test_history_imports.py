"""`retrovue history import-…`: what scripts get, and what people are told."""

from pathlib import Path

import pytest
from tests.cli.conftest import Cli
from tests.servers.tautulli import KEY, TautulliStandIn, row

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import RetroVueError, SourceError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.imports import ImportProgress, PlaySource
from retrovue.core.services.history.imports.tautulli import import_tautulli
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo.playback import PHONE, USERS, PastPlay
from retrovue.demo.server import DemoServer

START = 1_790_000_000
ROWS = [row(number, START + number * 4_000) for number in range(1, 6)]


def _import(cli: Cli, server: TautulliStandIn, *words: str, key: str = KEY):
    return cli("history", "import-tautulli", "--url", server.url, "--token-stdin", *words, stdin=key + "\n")


def test_the_history_of_tautulli_comes_once(cli: Cli, server: DemoServer) -> None:
    cli.add(server)
    live = row(0, START, row_id=None, id=None, state="playing")
    short = row(6, START + 90_000, stopped=START + 90_003, user="dmitri77", user_id=5, watched_status=0)
    clip = row(7, START + 95_000, media_type="clip")
    with TautulliStandIn([live, *ROWS, short, clip]) as tautulli:
        tautulli.machine = server.library.machine_identifier
        assert _import(cli, tautulli, "--json", "--dry-run").json == {
            "read": 8, "added": 6, "already_known": 0, "skipped": 2, "joined": 0, "not_in_catalog": 6,
            "people": ["chiara.m", "dmitri77"], "first_at": "2026-09-21T15:20:00Z",
            "last_at": "2026-09-22T15:13:20Z", "last_row_id": 7,
        }  # fmt: skip
        assert cli("history", "list", "--json").json == []
        done = _import(cli, tautulli, "--json")
        assert done.code == 0, done.err
        assert done.json == {"read": 8, "added": 6, "already_known": 0, "skipped": 2, "last_row_id": 7}
        again = _import(cli, tautulli, "--json").json
        assert (again["added"], again["last_row_id"]) == (0, 7)
        tautulli.rows += [row(8, START + 99_000), row(9, START + 5_000, rating_key=77)]
        assert _import(cli, tautulli, "--json").json["added"] == 2
    listed = cli("history", "list", "--json").json
    assert len(listed) == 8
    assert listed[1] == {
        "id": listed[1]["id"], "server": "Home", "user": "dmitri77", "kind": "episode", "title": "Chapter 5",
        "show": "The Northern Lantern", "season": 1, "episode": 5, "remote_id": "10025",
        "guid": f"plex://episode/{6:024x}", "device": "lab-04-2", "player": "Chrome", "product": "Plex Web",
        "platform": "Chrome", "stream_decision": "transcode", "started_at": "2026-09-22T15:13:20Z",
        "stopped_at": "2026-09-22T15:13:23Z", "paused_s": 0, "play_s": 3, "position_ms": None, "duration_ms": None,
        "percent": 100, "watched": False, "source": "tautulli",
    }  # fmt: skip


def test_a_refused_key_and_a_web_page_exit_3_with_a_sentence(cli: Cli) -> None:
    with TautulliStandIn(ROWS) as tautulli:
        refused = _import(cli, tautulli, "--json", key="wrong")
        assert (refused.code, "API key" in refused.err) == (3, True)
        tautulli.spoil = lambda _body: b"<html>Sign in</html>"
        page = _import(cli, tautulli)
        assert (page.code, "web page" in page.err) == (3, True)
    assert KEY not in "".join(cli.said)
    neither = cli("history", "import-tautulli")
    assert neither.code == 2


def test_an_answer_that_stops_in_the_middle_keeps_what_came_and_goes_on_there(tmp_path: Path) -> None:
    host = AppContext(resolve_dirs(tmp_path / "p"), environ={}, keyring=lambda: None, write_log=False)
    seen: list[ImportProgress] = []
    with TautulliStandIn(ROWS) as tautulli:
        tautulli.fail_at = 2
        with pytest.raises(SourceError):
            import_tautulli(host, url=tautulli.url, key=KEY, report=seen.append, page_rows=2)
        assert seen[-1].done == 2
        tautulli.fail_at = 0
        tautulli.asked.clear()
        done = import_tautulli(host, url=tautulli.url, key=KEY, page_rows=2)
        assert (done.counts.added, done.counts.already_known, done.last_row_id) == (3, 0, 5)
        assert [each["start"] for each in tautulli.asked if each["cmd"] == "get_history"] == ["1", "2", "4"]
        assert host.imports.mark(PlaySource.TAUTULLI, tautulli.machine or "")["is_whole"] is True
    host.close()


@pytest.mark.slow
def test_a_tautulli_that_dies_and_comes_back_in_pieces_is_read_to_the_end_and_once(tmp_path: Path) -> None:
    host = AppContext(resolve_dirs(tmp_path / "p"), environ={}, keyring=lambda: None, write_log=False)

    def stored() -> int:
        return len(host.plays.list(PlayFilter()))

    with TautulliStandIn([row(number, START + number * 4_000) for number in range(1, 10)]) as tautulli:

        def fails() -> RetroVueError:
            with pytest.raises(RetroVueError) as failed:
                import_tautulli(host, url=tautulli.url, key=KEY, page_rows=2)
            assert failed.value.text
            assert failed.value.hint
            assert KEY not in f"{failed.value.text}{failed.value.hint}{failed.value.detail}"
            return failed.value

        tautulli.fail_at = 3
        assert isinstance(fails(), SourceError), "the connection closes in the middle of the third page"
        assert stored() == 4
        tautulli.fail_at, tautulli.status = 0, 500
        fails()
        assert stored() == 4
        tautulli.status, tautulli.spoil = 200, lambda _body: b"<!DOCTYPE html><html><title>Sign in</title></html>"
        assert "web page" in fails().text
        assert stored() == 4
        tautulli.spoil = lambda body: body if b"get_server" in body or b"pms_name" in body else body[:-40]
        fails()
        tautulli.spoil = bytes
        # Meanwhile somebody watched more, and removed an old entry there.
        tautulli.rows = [*tautulli.rows[1:], row(10, START + 60_000)]
        done = import_tautulli(host, url=tautulli.url, key=KEY, page_rows=2)
        assert (done.counts.added, stored()) == (6, 10)
        assert import_tautulli(host, url=tautulli.url, key=KEY, page_rows=2).counts.added == 0
    away = tautulli.url
    with pytest.raises(SourceError) as gone:
        import_tautulli(host, url=away, key=KEY)
    assert gone.value.hint
    assert stored() == 10
    host.close()


@pytest.mark.slow
def test_a_dry_run_says_who_when_and_what_is_known(cli: Cli, server: DemoServer) -> None:
    cli.add(server)
    assert cli("sync").code == 0
    film = server.library.members("1", "movie")[0]
    rows = [*ROWS[:4], row(5, START + 100_000, media_type="movie", rating_key=film.id, user="edda", user_id=2)]
    with TautulliStandIn(rows) as tautulli:
        tautulli.machine = server.library.machine_identifier
        said = _import(cli, tautulli, "--dry-run").out
        assert said.splitlines() == [
            "5 plays would be added.",
            "They are from 2026-09-21 to 2026-09-22.",
            "2 people played them.",
            "4 are of items that are not in the catalog, and are kept all the same.",
        ]


def test_the_servers_own_records_come_once(cli: Cli, server: DemoServer) -> None:
    cli.add(server)
    film = server.library.members("1", "movie")[0]
    server.playbacks.add_past(PastPlay(film.id, USERS[1], PHONE, START, START + 6_000, film.duration_ms or 0))
    assert cli("history", "import-server", "--json", "--dry-run").json["added"] == 1
    assert cli("history", "import-server", "--server", "Home", "--json").json == {
        "read": 1, "added": 1, "already_known": 0, "skipped": 0,
    }  # fmt: skip
    assert cli("history", "import-server", "--json").json["added"] == 0
    (play,) = cli("history", "list", "--json").json
    assert (play["user"], play["source"], play["play_s"], play["watched"]) == ("edda", "server", 0, True)
    server.stop()
    away = cli("history", "import-server")
    assert (away.code, "Home" in away.err) == (3, True)


def test_users_are_merged_and_left_alone_again(cli: Cli, server: DemoServer) -> None:
    cli.add(server)
    films = server.library.members("1", "movie")
    for number, user in enumerate(USERS[:2]):
        length_ms = films[number].duration_ms or 0
        server.playbacks.add_past(PastPlay(films[number].id, user, PHONE, START, START + 6_000, length_ms))
    assert cli("history", "import-server").code == 0
    merged = cli("history", "merge-users", "marlow", "edda", "--as", "Us", "--json").json
    assert merged == {"person": "Us", "accounts": [["Home", "edda"], ["Home", "marlow"]]}
    assert {play["user"] for play in cli("history", "list", "--json").json} == {"Us"}
    assert cli("history", "merge-users", "--as", "Us", "--undo", "--json").json == merged
    assert {play["user"] for play in cli("history", "list", "--json").json} == {"marlow", "edda"}
    assert cli("history", "merge-users", "nobody", "--as", "Us").code == 2
    assert cli("history", "ignore", "--user", "edda", "--json").json == [
        {"server": "Home", "name": "edda", "keeps_history": False}
    ]
    assert cli("history", "keep", "--user", "edda").code == 0
