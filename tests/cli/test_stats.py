"""`retrovue stats VIEW`: the shape that scripts rely on."""

from datetime import date

from sqlalchemy import insert
from tests.cli.conftest import Cli
from tests.services.statistics.past import add_play

from retrovue.core.context import AppContext
from retrovue.core.storage.tables import servers
from retrovue.core.system.dirs import resolve_dirs

RANGE = ("--from", "2026-03-28", "--to", "2026-03-29")


def fill(cli: Cli) -> None:
    context = AppContext(resolve_dirs(cli.data_dir, {}), environ={}, keyring=lambda: None, write_log=False)
    with context.database.write() as connection:
        values = {"uuid": "u", "kind": "plex", "url": "http://x", "machine_identifier": "m", "version": "1"}
        connection.execute(insert(servers).values(id=1, name="Attic", created_at=1, **values))
        for at, title in (("2026-03-28T22:30Z", "Static Hour"), ("2026-03-28T23:30Z", "B"), ("2026-03-29T11:00Z", "B")):
            add_play(connection, at, 45, title=title, year=None, media_user_id=None, stream_decision="direct_play")
    context.close()


def test_views_have_their_fixed_shape(cli: Cli) -> None:
    fill(cli)
    cli.environ["TZ"] = "Europe/Berlin"
    head = {"from": "2026-03-28", "to": "2026-03-29", "zone": "Europe/Berlin"}
    total = {"plays": 3, "play_s": 8100}
    assert cli("stats", "days", *RANGE, "--json").json == {
        "view": "days",
        **head,
        "total": total,
        "rows": [
            {"key": "2026-03-28", "plays": 1, "play_s": 2700},
            {"key": "2026-03-29", "plays": 2, "play_s": 5400},
        ],
    }
    streams = cli("stats", "concurrent", *RANGE, "--json").json
    assert (streams["max"], streams["rows"]) == (1, [{"key": "2026-03-28", "max": 1}, {"key": "2026-03-29", "max": 1}])
    titles = cli("stats", "titles", *RANGE, "--top", "1", "--sittings", "--json").json
    assert (titles["rows"], titles["total"]["plays"]) == ([{"key": "B", "plays": 1, "play_s": 5400}], 2)
    popular = cli("stats", "popular", *RANGE, "--top", "1", "--json").json
    assert popular == {
        "view": "popular", **head, "total": total, "rows": [{"key": "B", "users": 1, "plays": 2, "play_s": 5400}],
    }  # fmt: skip
    assert cli("stats", "completion", *RANGE, "--json").json["rows"] == [{"key": None, "plays": 3, "play_s": 8100}]
    assert cli("stats", "growth", *RANGE, "--json").json == {
        "view": "growth", **head, "items": 0, "rows": [{"key": "2026-03", "added": 0, "items": 0}],
    }  # fmt: skip
    assert cli("stats", "recent", *RANGE, "--top", "1", "--json").json == {
        "view": "recent", **head, "total": total,
        "rows": [{
            "key": "B", "episode": None, "user": "mira", "last_started_at": "2026-03-29T11:00:00Z", "plays": 2,
            "play_s": 5400,
        }],
    }  # fmt: skip
    for view, key in (("genres", None), ("seasons", None), ("items", "B")):
        assert cli("stats", view, *RANGE, "--json").json["rows"][0]["key"] == key
    assert cli("stats", "hours", *RANGE, "--title", "b", "--json").json["total"] == {"plays": 2, "play_s": 5400}
    assert cli("stats", "delivered", *RANGE, "--json").json["total"] == total
    everything = cli("stats", "all", *RANGE, "--server", "Attic", "--user", "mira", "--json").json
    assert {key: everything[key] for key in head} == head
    assert set(everything["views"]) == set(
        "days weekdays hours months users platforms players titles libraries streams resolutions concurrent".split()
    )
    assert {view["total"]["plays"] for view in everything["views"].values()} == {3}
    assert cli("stats", "all", *RANGE, "--user", "nobody", "--json").json["views"]["users"]["rows"] == []


def test_people_read_the_range_its_zone_and_names(cli: Cli) -> None:
    fill(cli)
    done = cli("stats", "all", *RANGE, environ={"TZ": "Asia/Kolkata"})
    assert done.code == 0
    assert "2026-03-28 – 2026-03-29 · Asia/Kolkata · 3 plays · 2:15 h" in done.out
    assert "Sunday" in done.out
    assert "04:00" in done.out
    assert "direct play" in done.out
    assert "Static Hour" in cli("stats", "popular", *RANGE, environ={"TZ": "Asia/Kolkata"}).out
    assert "2026-03" in cli("stats", "growth", *RANGE).out
    assert "2026-03-29 16:30" in cli("stats", "recent", *RANGE, environ={"TZ": "Asia/Kolkata"}).out
    assert "Not known" in cli("stats", "completion", *RANGE, environ={"TZ": "Asia/Kolkata"}).out


def test_a_range_that_cannot_be_is_refused(cli: Cli) -> None:
    for words in (["--from", "yesterday"], ["--from", "2026-03-02", "--to", "2026-03-01"], ["--to", "9999-01-01"]):
        assert cli("stats", "days", *words).code == 2
    for words in (["--title", "nothing"], ["--season", "1"], ["--title", "B", "--episode", "1"]):
        assert cli("stats", "days", *words).code == 2
    assert (
        cli("stats", "days", "--json").json["from"]
        == cli("stats", "days", "--json").json["to"]
        >= str(date(2026, 1, 1))
    )


def test_why_nothing_is_counted(cli: Cli) -> None:
    for view in ("days", "popular", "recent"):
        assert "No plays yet. Record them" in cli("stats", view).err
    fill(cli)
    done = cli("stats", "all", "--from", "2026-03-01", "--to", "2026-03-02")
    assert (done.code, "No plays match." in done.err) == (0, True)
