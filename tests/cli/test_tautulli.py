"""`retrovue tautulli`: the shapes that scripts rely on, and what is said when it does not work."""

from retrovue.demo.library import DemoLibrary
from retrovue.demo.playback import PHONE, USERS, PastPlay
from retrovue.demo.server import DemoServer
from retrovue.demo.tautulli import KEY, watching

from .conftest import Cli


def test_from_the_connection_to_the_counts(cli: Cli, server: DemoServer, library: DemoLibrary) -> None:
    cli.add(server, "Attic")
    assert cli("sync").code == 0
    begin = int(library.now()) - 86_400
    for number, movie in enumerate(library.members("1", "movie")[:3]):
        play = PastPlay(
            movie.id, USERS[number % 2], PHONE, begin + number * 2_000, begin + number * 2_000 + 900, 880_000
        )
        server.playbacks.add_past(play)
    with watching(server) as tautulli:
        words = ("--url", tautulli.url, "--token-stdin", "--store-token-in-file", "--json")
        done = cli("tautulli", "connect", *words, stdin=KEY + "\n")
        assert done.code == 0, done.err
        assert done.json == {"name": "Lanternhouse", "version": "2.17.2", "url": tautulli.url, "server": "Attic"}
        tested = cli("tautulli", "test", "--json")
        assert tested.json["ok"] is True
        assert tested.json["version"] == "2.17.2"
        assert tested.json.keys() == {"ok", "version", "message"}
        counted = cli("tautulli", "sync", "--json").json
        assert counted.pop("synced_at").endswith("Z")
        assert counted == {"items": 3, "plays": 3, "users": 2, "last_row_id": 3}
        assert cli("tautulli", "sync").out == "0 new plays counted, 3 in all.\n"
        assert KEY not in "".join(cli.said)
    gone = cli("tautulli", "test", "--json")
    assert (gone.code, gone.json["ok"]) == (3, False)


def test_a_refused_key_stores_nothing_and_exits_3(cli: Cli, server: DemoServer) -> None:
    with watching(server) as tautulli:
        done = cli("tautulli", "connect", "--url", tautulli.url, "--token-stdin", stdin="0" * 32 + "\n")
        assert done.code == 3
        assert "refused" in done.err
    assert cli("tautulli", "test").code == 2
    assert cli("tautulli", "sync").code == 2
