"""The number and the size of a list are the same in the window, in commands and in every file that is written of it."""

import csv
import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from tests.cli.conftest import Cli
from tests.gui.mapping_desk import TOKEN, Desk, open_desk

from retrovue.core.domain.sizes import format_size
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.system.language import speak
from retrovue.core.system.volumes import Volume, VolumeKind
from retrovue.gui import text
from retrovue.gui.pages.cleanup.candidatelist import APART, LISTED, NO_HISTORY
from retrovue.gui.pages.cleanup.candidates import CandidatesSection
from retrovue.gui.work.tasks import TaskRunner

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

_WAIT_MS = 30_000
RULE = "large-old"


@pytest.fixture
def desk(
    qapp: QApplication, qtbot: QtBot, runner: TaskRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setenv("RETROVUE_TOKEN", TOKEN)
    with open_desk(qapp, qtbot, runner, tmp_path) as made:
        yield made
    # A command speaks the language of its environment, in this process.
    speak("en")


def fill(desk: Desk) -> None:
    """A library of which one file belongs to two movies, some are on a disk and some are mapped nowhere."""
    server = desk.add_server()
    desk.sync()
    for server_path, local_path in desk.rules():
        mappings.add(desk.context, server, None, server_path, local_path)
    desk.volumes.found = [Volume(str(desk.media), VolumeKind.LOCAL, "ext4", 10**13, 10**12)]
    desk.context.playback.begin(server.id, now=1)
    desk.context.playback.heard(server.id, now=desk.context.clock.epoch())
    with desk.context.database.write() as connection:
        # Nothing of it is as large as what the preset is about.
        connection.exec_driver_sql("UPDATE media_files SET size_bytes = 30000000000 + id")
        connection.exec_driver_sql("UPDATE file_places SET disk_size_bytes = NULL")
        connection.exec_driver_sql("UPDATE movies SET added_at = 1, view_count = 0, last_viewed_at = NULL")
        connection.exec_driver_sql("UPDATE file_places SET local_path = NULL WHERE media_file_id % 5 = 0")
        # Two files are gone, as the check of all files found that was made a moment ago.
        gone = "SELECT media_file_id FROM media_links WHERE movie_id IN (SELECT id FROM movies ORDER BY id LIMIT 2, 2)"
        paths = connection.exec_driver_sql(
            f"UPDATE file_places SET file_state = 'missing' WHERE media_file_id IN ({gone}) RETURNING local_path"
        )
        for (path,) in paths.fetchall():
            if path is not None:
                Path(path).unlink(missing_ok=True)
        connection.exec_driver_sql(
            "INSERT INTO media_links (media_file_id, movie_id, version_index, part_index) "
            "SELECT media_file_id, (SELECT max(id) FROM movies), 9, 0 FROM media_links "
            "WHERE movie_id = (SELECT min(id) FROM movies)"
        )


def _from_sh(quoted: str) -> str:
    (path,) = shlex.split(quoted)
    return path


def _from_powershell(quoted: str) -> str:
    """Each quotation mark stands twice within the outer ones."""
    return re.sub("(['\u2018\u2019\u201a\u201b])\\1", r"\1", quoted[1:-1])


@pytest.mark.slow
def test_every_screen_command_and_file_says_the_same(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    fill(desk)
    desk.cleanup.show()
    desk.cleanup.activate()
    section = desk.cleanup.parts.section
    assert isinstance(section, CandidatesSection)
    qtbot.waitUntil(lambda: len(section.panel.model.rows) > 3, timeout=_WAIT_MS)
    names = [row.rule.name for row in section.panel.model.rows]
    section.panel.table.selectRow(names.index(RULE))

    def is_shown() -> bool:
        found = section.source.found
        return found is not None and found.rule.name == RULE and len(section.table.rows.ids) > 1

    qtbot.waitUntil(is_shown, timeout=_WAIT_MS)
    qtbot.waitUntil(lambda: section.panel.model.rows[names.index(RULE)].count is not None, timeout=_WAIT_MS)
    found = section.source.found
    assert found is not None
    count, total = len(found.candidates), found.total_bytes
    assert sum(unit.size_bytes for unit in found.candidates) > total, "a file of two titles counts once"

    # The window: the heading, the row of the rule, the lists, and everything chosen.
    assert section.head._subtitle.text.startswith(f"{text.number(count)} titles, {text.size(total)}")
    # What is gone has no size: no rule that is about one lists it.
    with desk.context.database.read() as connection:
        gone = "SELECT media_file_id FROM file_places WHERE file_state = 'missing'"
        lost = {at for (at,) in connection.exec_driver_sql(gone)}
    assert lost
    assert lost.isdisjoint(file.id for unit in found.candidates for file in unit.files if file.size_bytes)
    row = section.panel.model.rows[names.index(RULE)]
    assert (row.count, row.size_bytes) == (count, total)
    counts = section.source.counts()
    assert (counts[LISTED] + counts[NO_HISTORY], counts[APART]) == (count, len(found.apart))
    assert section.source.size_of(range(count)) == total

    # Commands.
    cli = Cli(tmp_path / "data")
    listed = cli("--json", "stale", "list", "--rule", RULE, "--level", "movie").json
    assert (len(listed["candidates"]), len(listed["apart"]), listed["total_bytes"]) == (count, len(found.apart), total)
    said = cli("stale", "list", "--rule", RULE, "--level", "movie")
    assert f"{count} candidates, {format_size(total)}." in said.out + said.err
    (tracked,) = cli("--json", "stale", "leaving", "--rule", RULE, "--level", "movie").json
    assert (tracked["lists"][0]["items"], tracked["lists"][0]["total_bytes"]) == (count, total)
    rules = cli("--json", "stale", "rules", "list").json
    assert RULE in [rule["name"] for rule in rules]

    def written(how: str) -> str:
        path = tmp_path / f"list.{how}"
        words = ("stale", "export", "--rule", RULE, "--level", "movie", "--format", how, "--output", str(path))
        assert cli(*words).code == 0
        return path.read_text(encoding="utf-8-sig")

    # JSON: every file once, whatever number of titles it belongs to.
    kept = json.loads(written("json"))
    assert (len(kept["candidates"]), kept["total_bytes"]) == (count, total)
    files = {file["server_path"]: file for one in kept["candidates"] for file in one["files"]}
    assert sum(file["size_bytes"] for file in files.values()) == total
    # CSV: a row a title, with the same sizes and the same paths.
    rows = list(csv.DictReader(io.StringIO(written("csv"))))
    assert [int(one["size_bytes"]) for one in rows] == [one["size_bytes"] for one in kept["candidates"]]
    assert {path for one in rows for path in one["server_paths"].split("\n")} == set(files)
    # Scripts: what they name and what they leave out is every file, and their sum is that of what they name.
    local = {file["local_path"]: file for file in files.values() if file["local_path"]}
    for how, word, unquoted in (("sh", "go ", _from_sh), ("ps1", "Go ", _from_powershell)):
        lines = written(how).splitlines()
        go = [line for line in lines if line.startswith(word)]
        named = {unquoted(line.removeprefix(word)) for line in go}
        left_out = [line for line in lines if line.startswith("# Left out: ")]
        assert len(go) + len(left_out) == len(files)
        assert left_out, "files that are mapped nowhere are left out"
        assert named <= set(local)
        size = format_size(sum(local[path]["size_bytes"] for path in named))
        assert f"# {len(named)} files, {size}." in lines, [line for line in lines if re.match(r"# \d+ file", line)]
