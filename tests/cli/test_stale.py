"""`retrovue stale` on a demo house: the shapes that scripts rely on, and exit codes."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Cli

from retrovue.demo.server import DemoServer

SHAPE = {
    *("server", "library", "kind", "title", "remote_id", "class", "added_at", "last_played_at", "plays", "users"),
    *("size_bytes", "reasons"),
}


@pytest.mark.slow
def test_the_list_in_every_level_and_what_is_kept_of_it(cli: Cli, server: DemoServer, tmp_path: Path) -> None:
    cli.add(server)
    assert cli("sync").code == 0
    for level in ("movie", "episode", "season", "show"):
        done = cli("--json", "stale", "list", "--level", level, "--added-days", "0", "--idle-days", "0")
        assert set(done.json) == {"candidates", "apart", "total_bytes"}
        assert done.json["candidates"] == [], "nothing was recorded or imported yet"
        assert done.json["apart"]
        assert all(set(one) == {*SHAPE, "why"} for one in done.json["apart"])
        assert {one["why"] for one in done.json["apart"]} == {"unknown"}
        assert {one["kind"] for one in done.json["apart"]} == {level}
    assert cli("stale", "list").code == 0
    item = cli("--json", "search", "e").json[0]
    made = cli("--json", "stale", "exclude", item["id"], "--note", "mine")
    assert made.json["note"] == "mine"
    assert [one["id"] for one in cli("--json", "stale", "exclude").json] == [made.json["id"]]
    ending = cli("--json", "stale", "exclude", item["id"], "--until", "2099-01-31")
    assert ending.json["id"] == made.json["id"], "a title has one exclusion, which keeps its ID"
    assert "2099-01-31" in cli("stale", "exclude").out
    assert cli("stale", "exclude", "--remove", str(made.json["id"])).code == 0
    assert cli("stale", "rules", "save", "Mine", "--idle-days", "3").code == 0
    out = tmp_path / "rules.json"
    assert cli("stale", "rules", "export", "--output", str(out)).code == 0
    assert cli("stale", "rules", "remove", "Mine").code == 0
    assert cli("--json", "stale", "rules", "import", str(out)).json == {"saved": ["Mine"]}
    assert "Mine" in [rule["name"] for rule in cli("--json", "stale", "rules", "list").json]
    for format_ in ("csv", "json", "sh", "ps1"):
        written = tmp_path / f"list.{format_}"
        assert cli("stale", "export", "--rule", "mine", "--format", format_, "--output", str(written)).code == 0
        assert written.stat().st_size > 50
    assert json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))["rule"]["name"] == "Mine"
    unsaved = cli("stale", "export", "--idle-days", "9", "--format", "json").out
    assert json.loads(unsaved)["rule"]["name"].endswith("Days since last watched: at least 9")
    over = cli("stale", "exclude", item["id"], "--until", "2020-01-31")
    assert (over.code, "2020-01-31 is over." in over.err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--level", "music"),
        ("list", "--rule", "no such rule"),
        ("list", "--rule", "never", "--idle-days", "3"),
        ("export", "--format", "xlsx"),
        ("exclude", "film:1"),
        ("exclude", "movie:1"),
        ("exclude", "--remove", "7"),
        ("exclude", "--collection", "7"),
        ("exclude", "--tag", "keep"),
        ("leaving", "--track"),
        ("leaving", "--rule", "never", "--level", "music"),
        ("why", "movie:1"),
        ("rules", "remove", "never"),
        ("rules", "import", "/no/such/file"),
    ],
)
def test_wrong_words_are_usage(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli("stale", *words).code == 2


@pytest.mark.slow
def test_leaving_soon_from_its_first_day_to_a_play(cli: Cli, server: DemoServer) -> None:
    cli.add(server)
    assert cli("sync").code == 0
    assert cli("--json", "stale", "leaving").json == []
    # Nothing was recorded here, so that nothing can leave; the list is kept all the same.
    watched = cli("--json", "stale", "leaving", "--rule", "unwatched", "--level", "show", "--track")
    (one,) = watched.json
    assert set(one) == {"rule", "level", "leaving", "left", "lists"}
    assert (one["rule"], one["level"]) == ("unwatched", "show")
    assert set(one["lists"][0]) == {"made_at", "items", "total_bytes", "entered", "left", "saved", "freed_bytes"}
    assert [each["level"] for each in cli("--json", "stale", "leaving").json] == ["show"]
    assert cli("stale", "leaving", "--history").code == 0
    item = cli("--json", "search", "e").json[0]
    why = cli("--json", "stale", "why", item["id"]).json
    assert set(why) == {"title", "rule", "listed", "outcome", "reasons", "conditions", "where"}
    assert not why["listed"]
    assert why["where"]["parts"] == why["conditions"], "nothing is nested in it"
    nested = cli("--json", "stale", "why", item["id"], "--rule", "free-space").json
    assert (nested["where"]["join"], len(nested["where"]["parts"]), len(nested["conditions"])) == ("or", 4, 8)
    shown = cli("stale", "why", item["id"], "--rule", "free-space").out.splitlines()
    assert [line[:5] for line in shown[4:8]] == ["Any o", "  All", "    F", "    D"]
    assert cli("stale", "leaving", "--rule", "unwatched", "--level", "show", "--untrack").code == 0
    assert cli("--json", "stale", "leaving").json == []
    # Tags and favorites are read from the server when something asks for them.
    tag = cli("--json", "stale", "exclude", "--tag", "keep", "--server", "1")
    assert (tag.json["kind"], tag.json["title"]) == ("tag", "keep")
    assert "Nothing on" in tag.err, "a tag that nobody has may be a slip"
    # What an ambiguous name asks for: the server of the library.
    name = cli("--json", "libraries", "list").json[0]["name"]
    assert cli("stale", "exclude", "--library", name, "--server", "nobody").code == 2
    assert cli("--json", "stale", "exclude", "--library", name, "--server", "1").json["kind"] == "library"
    assert cli("stale", "list").code == 0
