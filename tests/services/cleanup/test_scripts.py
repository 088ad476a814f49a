"""Scripts that delete nothing by themselves, and no other file than the one they name."""

import csv
import io
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.services.cleanup.conftest import Shelf

from retrovue.core.domain.cleanup.facts import Level
from retrovue.core.domain.cleanup.rules import idle_rule
from retrovue.core.services.cleanup.export import origin_of, write_csv, write_json
from retrovue.core.services.cleanup.going import going_files
from retrovue.core.services.cleanup.lists import make_list, read_facts
from retrovue.core.services.cleanup.scripts import ps_quoted, sh_quoted, write_sh
from retrovue.core.services.files.reports import save_report

pytestmark = pytest.mark.usefixtures("each_engine")

RULE = idle_rule(added_days=30, idle_days=15, level=Level.MOVIE, name="Rule\ntouch /pwned")
HOSTILE = [
    "plain.mkv",
    "it's.mkv",
    "''.mkv",
    "$(touch pwned).mkv",
    "`touch pwned`.mkv",
    "a;touch pwned.mkv",
    "two\nlines.mkv",
    "\n",
    "-rf",
    "*",
    "~",
    "\\",
    "\\'",
    '"quoted" & more | > < !.mkv',
    "‘curly’ ‚low‛.mkv",
    "東京 – é́.mkv",
    " leading and trailing ",
    "%PATH% ${HOME} #no comment",
    "\u202egnp.mkv",
    "\x01\x1b[31mred",
]
if sys.platform == "linux":
    HOSTILE.append("undecodable \udcff\udcfe.mkv")
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="names that Windows cannot have, and a shell it lacks")


def random_names(count: int) -> list[str]:
    chance = random.Random(7)
    marks = "'\"\\$`\n;&|<>(){}[]*?!~# -ab\t\r‘’é"
    return ["".join(chance.choices(marks, k=chance.randrange(1, 12))) + "x" for _ in range(count)]


def script(shelf: Shelf) -> tuple[Path, int]:
    facts = read_facts(shelf.host)
    found = make_list(shelf.host, facts, RULE, Level.MOVIE)
    going = going_files(shelf.host, facts, found.candidates)
    origin = origin_of(shelf.host, facts, found)
    path = shelf.folder / "list.sh"
    return path, save_report(path, "sh", lambda out: write_sh(going, origin, out))


@pytest.mark.slow
@posix_only
def test_a_real_shell_deletes_exactly_the_named_files(shelf: Shelf) -> None:
    films = shelf.folder / "films"
    films.mkdir()
    attic = shelf.server()
    library = shelf.library(attic)
    names = list(dict.fromkeys([*HOSTILE, *random_names(150)]))
    for number, name in enumerate(names):
        title = f"title {number}\nrm -rf /"
        os.close(os.open(films / name, os.O_CREAT | os.O_WRONLY))
        shelf.file(attic, shelf.item(library, title), films / name)
    (films / "bystander").touch()
    before = sorted(films.iterdir())
    path, count = script(shelf)
    assert count == len(names)
    run = ["sh", str(path)]
    printed = subprocess.run(run, cwd=films, capture_output=True, check=True)
    assert sorted(films.iterdir()) == before, "it only prints"
    assert printed.stderr == b""
    for name in names:
        assert b"would delete: " + os.fsencode(films / name) + b"\n" in printed.stdout
    deleted = subprocess.run([*run, "--delete"], cwd=films, capture_output=True, check=True)
    assert deleted.stderr == b""
    assert list(films.iterdir()) == [films / "bystander"]


@posix_only
def test_what_frees_nothing_is_left_out_and_named(shelf: Shelf) -> None:
    films = shelf.folder / "films"
    films.mkdir()
    attic, cabin = shelf.server(), shelf.server("Cabin", begins_days=None)
    library, other = shelf.library(attic), shelf.library(cabin)
    for name in ("free", "used", "linked", "target", "sparse"):
        (films / name).write_bytes(b"x")
    os.link(films / "linked", films / "second name")
    (films / "link").symlink_to(films / "target")
    (films / "disc").mkdir()
    for name in ("free", "used", "linked", "link", "disc", "gone"):
        shelf.file(attic, shelf.item(library, name), films / name)
    shelf.file(attic, shelf.item(library, "unmapped"), "/server/unmapped.mkv")
    shelf.file(cabin, shelf.item(other, "used elsewhere"), films / "used")
    path, count = script(shelf)
    text = path.read_text()
    assert count == 1
    assert [line for line in text.splitlines() if line.startswith("go ")] == [f"go {sh_quoted(str(films / 'free'))}"]
    left_out = dict(re.findall(r"^# Left out: .*/([^/()]*) \((.*)\)$", text, re.MULTILINE))
    assert {name: left_out.get(name) for name in ("used", "linked", "link", "disc", "gone", "unmapped.mkv")} == {
        "used": "something that stays uses it too",
        "linked": "it has another name on its disk (hard link)",
        "link": "it is a link to another file",
        "disc": "it is a folder",
        "gone": "it is not there",
        "unmapped.mkv": "no rule maps it to this computer",
    }
    assert "# Rule: Rule touch /pwned" in text
    assert "2026-01-01T20:40:00Z" in text
    assert "Attic · Movies" in text


def test_powershell_reads_back_every_name() -> None:
    """Read by the rules of PowerShell: any single quote ends the text, two of them are one."""
    quotes = "'\u2018\u2019\u201a\u201b"
    for name in [*HOSTILE, *random_names(300)]:
        text = ps_quoted(name)
        assert (text[0], text[-1]) == ("'", "'")
        inner = text[1:-1]
        read, place = "", 0
        while place < len(inner):
            mark = inner[place]
            if mark in quotes:
                assert inner[place + 1] in quotes, "the text would end here"
                place += 1
            read += mark
            place += 1
        assert read == name


def test_tables_say_from_what_they_come(shelf: Shelf) -> None:
    attic = shelf.server()
    library = shelf.library(attic)
    one = shelf.item(library, "=cmd()")
    file = shelf.file(attic, one, "/films/a.mkv")
    shelf.insert("media_links", media_file_id=file, version_index=0, part_index=0, movie_id=shelf.item(library, "b"))
    facts = read_facts(shelf.host)
    found = make_list(shelf.host, facts, RULE, Level.MOVIE)
    origin = origin_of(shelf.host, facts, found)
    out = io.StringIO()
    assert write_csv(found, origin, out) == 2
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert {row["title"] for row in rows} == {"'=cmd()", "b"}
    assert {row["made_at"] for row in rows} == {"2026-01-01T20:40:00Z"}
    assert all("Days since added: at least 30" in row["rule"] for row in rows)
    assert {(row["history_from"], row["known_until"]) for row in rows} == {
        ("2023-04-07T20:40:00Z", "2026-01-01T20:40:00Z")
    }
    out = io.StringIO()
    write_json(found, origin, out)
    document = json.loads(out.getvalue())
    assert document["total_bytes"] == 1000, "one file of two titles"
    assert document["data"][0]["history_from"] is not None
    assert document["data"][0]["known_until"] == "2026-01-01T20:40:00Z"
    out = io.StringIO()
    write_sh(going_files(shelf.host, facts, found.candidates), origin, out)
    assert "plays known since 2023-04-07T20:40:00Z, all of it until 2026-01-01T20:40:00Z\n" in out.getvalue()
    assert document["rule"]["where"]["parts"][0] == {"field": "added_days", "is": ">=", "value": 30}
