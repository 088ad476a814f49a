"""`retrovue collections`: the shapes that scripts rely on."""

import csv
import io

from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer

from .conftest import Cli


def test_list_and_snapshot(cli: Cli, server: DemoServer, library: DemoLibrary) -> None:
    library.add_collection("Rainy Sundays", library.members("1", "movie")[:5], promoted=True)
    library.add_collection("Old ones", library.members("1", "movie")[5:8])
    cli.add(server, "Attic")
    assert cli("sync").code == 0
    found = cli("collections", "list", "--json").json
    assert [one["title"] for one in found] == ["Old ones", "Rainy Sundays"]
    rainy = {"server": "Attic", "library": "Movies", "title": "Rainy Sundays", "items": 5, "promoted": True}
    assert found[1] == {"id": found[1]["id"], **rainy}
    snapshot = cli("collections", "snapshot", "--promoted", "--label", "May", "--json").json
    assert (snapshot["collected"], snapshot["failed"], snapshot["total_collections"]) == (1, 0, 1)
    [one] = snapshot["collections"]
    assert one.pop("collected_at").endswith("Z")
    assert one == {"title": "Rainy Sundays", "total_plays": 0, "total_duration_s": 0, "unique_users": 0}
    assert len(cli("collections", "snapshot", str(found[0]["id"]), "--json").json["collections"]) == 1
    assert cli("collections", "snapshot", "--promoted").out.split()[-4:] == ["0", "0:00", "h", "0"]
    names = {item.title for item in library.members("1", "movie")[:5]}
    rows = list(csv.DictReader(io.StringIO(cli("export", "movies", "--collection", "rainy sundays").out)))
    assert {row["title"] for row in rows} == names
    files = cli("export", "files", "--collection", str(found[1]["id"]), "--server", "Attic", "--format", "json").out
    assert len(files.splitlines()) >= 5
    assert cli("export", "episodes", "--collection", "Rainy Sundays", "--format", "json").out == ""
    assert cli("export", "movies", "--collection", "Sunny Mondays").code == 2
    assert cli("collections", "snapshot").code == 2
    assert cli("collections", "snapshot", "999").code == 2
    server.stop()
    away = cli("collections", "list", "--json")
    assert (away.code, len(away.json)) == (3, 2)
