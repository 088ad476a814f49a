"""Whose rows are whose: rules, disks and checks of one computer are never those of another."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.computers import Computer
from retrovue.core.domain.media import FileState
from retrovue.core.domain.paths import PathMapping
from retrovue.core.storage import schema
from retrovue.core.storage.catalog.lists import BrowseRepository
from retrovue.core.storage.computers import SEEN_EVERY_S, ComputerRepository
from retrovue.core.storage.database import Database
from retrovue.core.storage.disks import DiskRepository
from retrovue.core.storage.files import CheckedFile, CheckRepository
from retrovue.core.storage.mappings import MappingRepository, Rules
from retrovue.core.storage.places import MapFile, MappedFile
from retrovue.core.storage.tables import metadata, path_mappings
from retrovue.core.storage.tables.ownership import PRIVATE, SHARED
from retrovue.core.storage.upgrade import upgrade
from retrovue.core.system.computer import COMPUTER_FILE, this_computer

NOW = 1_700_000_000
DESK, LAPTOP = Computer("d" * 32, "desk", "Windows"), Computer("e" * 32, "laptop", "macOS")
SERVER = (
    "INSERT INTO servers (id, uuid, kind, name, url, machine_identifier, version, is_owner, is_active, follow_live, "
    "state, created_at) VALUES (1, 'u', 'plex', 'Home', 'http://x', 'm', '1', 1, 1, 1, 'online', 1)"
)
FILE = "INSERT INTO media_files (id, server_id, server_path, size_bytes, first_seen_at) VALUES (1, 1, '/tv/a', 5, 1)"


def catalog_of(path: Path, computer: Computer | None, now: int = NOW) -> Database:
    return schema.open_catalog(path, now=lambda: now, computer=computer)


def fill(database: Database, folder: str) -> None:
    """What a person and a check keep on a computer."""
    rule = PathMapping(id=0, server_path="/tv", local_path=folder, server_id=1, library_id=None)
    MappingRepository(database).add(rule, now=NOW, check=lambda _rules: None, derive=derive)
    DiskRepository(database).set_manual("/disk", total_bytes=len(folder), free_bytes=1, now=NOW)
    checks = CheckRepository(database)
    checks.begin("all", now=NOW)
    path = f"{folder}/a"
    checks.keep("all", [CheckedFile(1, path, 5, FileState.FOUND, 5)], after="", mark="begun", now=NOW)
    checks.keep("all", [CheckedFile(1, path, 5, FileState.MISSING)], after="begun", mark=folder, now=NOW)


def derive(rules: Rules) -> MapFile:
    def map_file(path: str, _library_ids: tuple[int, ...]) -> MappedFile:
        for rule in rules.mappings:
            return MappedFile(path.replace(rule.server_path, rule.local_path), rule.id, None)
        return MappedFile(None, None, "no_rule")

    return map_file


def kept(database: Database) -> tuple[object, ...]:
    check = CheckRepository(database).get("all")
    return (
        [rule.local_path for rule in MappingRepository(database).all()],
        [disk.manual_total_bytes for disk in DiskRepository(database).volumes()],
        None if check is None else check.mark,
        len(CheckRepository(database).events()),
        [(file.local_path, file.state) for file in BrowseRepository(database).files([1])],
    )


NOWHERE = (None, FileState.UNMAPPED)


def second_computer(path: Path) -> None:
    """As a copy of a catalog that several computers share has it."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "INSERT INTO computers (uuid, name, platform, last_seen_at) VALUES (?, ?, ?, ?)",
            (LAPTOP.uuid, LAPTOP.name, LAPTOP.platform, NOW),
        )


def test_every_table_is_either_shared_or_private() -> None:
    assert not PRIVATE & SHARED
    assert metadata.tables.keys() == PRIVATE | SHARED
    assert {name for name, table in metadata.tables.items() if "computer_id" in table.c} == PRIVATE
    assert path_mappings.c.computer_id.nullable is False


def test_each_computer_has_its_own_rules_disks_and_checks(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    desk = catalog_of(path, DESK)
    with desk.write() as connection:
        connection.exec_driver_sql(SERVER)
        connection.exec_driver_sql(FILE)
    second_computer(path)
    laptop = catalog_of(path, LAPTOP)
    fill(desk, "D:\\tv")
    assert kept(laptop) == ([], [], None, 0, [NOWHERE])
    fill(laptop, "/Volumes/tv")
    # The rule of the other one clears no mark of a check here, and moves no file.
    of_desk, of_laptop = ("D:\\tv/a", FileState.MISSING), ("/Volumes/tv/a", FileState.MISSING)
    assert kept(desk) == (["D:\\tv"], [5], "D:\\tv", 1, [of_desk])
    assert kept(laptop) == (["/Volumes/tv"], [11], "/Volumes/tv", 1, [of_laptop])
    CheckRepository(laptop).begin("all", now=NOW)
    found = CheckedFile(1, "/Volumes/tv/a", 5, FileState.FOUND, 5, "/Volumes/tv/a")
    CheckRepository(laptop).keep("all", [found], after="", mark="/Volumes/tv", now=NOW)
    assert kept(desk)[-1] == [of_desk]
    assert BrowseRepository(desk).ids(BrowseQuery(View.FILES, states=(FileState.FOUND,))).tolist() == []
    assert BrowseRepository(laptop).ids(BrowseQuery(View.FILES, states=(FileState.FOUND,))).tolist() == [1]
    assert [BrowseRepository(each).totals().states for each in (desk, laptop)] == [
        {FileState.MISSING: 1},
        {FileState.FOUND: 1},
    ]
    # Neither path is found by a search on the other computer.
    assert not BrowseRepository(desk).ids(BrowseQuery(View.FILES, text="/Volumes"))
    assert DiskRepository(desk).mapped_files() == []
    assert [file.local_path for file in DiskRepository(laptop).mapped_files()] == ["/Volumes/tv/a"]

    computers = ComputerRepository(desk)
    here, other = computers.all()
    assert (here.name, here.is_this, other.name, other.is_this) == ("desk", True, "laptop", False)
    assert computers.kept_by(other.id) == {
        "file_checks": 1, "file_events": 2, "file_places": 1, "path_mappings": 1, "volumes": 1,
    }  # fmt: skip
    assert computers.forget(here.id) is None
    computers.rename(other.id, "Sofa")
    gone = computers.forget(other.id)
    assert gone is not None
    assert [gone.count(name) for name in sorted(PRIVATE)] == [1, 2, 1, 1, 1]
    assert [one.name for one in computers.all()] == ["desk"]
    assert kept(laptop) == ([], [], None, 0, [NOWHERE])
    assert computers.forget(other.id) is None
    assert kept(desk)[-1] == [of_desk]
    computers.restore(gone)
    assert kept(laptop)[-1] == [("/Volumes/tv/a", FileState.FOUND)]
    assert computers.forget(other.id) == gone
    with desk.write() as connection:
        connection.exec_driver_sql("DELETE FROM media_files")
    computers.restore(gone)
    computers.restore(gone)
    assert [one.name for one in computers.all()] == ["desk", "Sofa"]
    assert kept(laptop) == (["/Volumes/tv"], [11], "/Volumes/tv", 0, [])
    assert kept(desk) == (["D:\\tv"], [5], "D:\\tv", 0, [])
    laptop.close()
    desk.close()


def test_the_only_computer_of_a_file_is_whoever_opens_it(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    seen = []
    for computer, now in ((DESK, NOW), (LAPTOP, NOW), (None, NOW), (LAPTOP, NOW + SEEN_EVERY_S)):
        database = catalog_of(path, computer, now)
        (one,) = ComputerRepository(database).all()
        seen.append((one.id, one.name, int(one.last_seen_at.timestamp()) - NOW))
        database.close()
    assert seen == [(1, "desk", 0), (1, "laptop", 0), (1, "laptop", 0), (1, "laptop", SEEN_EVERY_S)]


def test_a_stranger_takes_no_rules_of_a_file_with_several_computers(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    catalog_of(path, DESK).close()
    second_computer(path)
    database = catalog_of(path, Computer("f" * 32, "new", "Linux"))
    assert [one.name for one in ComputerRepository(database).all()] == ["new", "desk", "laptop"]
    assert database.computer_id == 3
    database.close()


@pytest.mark.slow
def test_what_an_older_catalog_has_belongs_to_its_one_computer(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    upgrade(path, target="0014")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(SERVER)
        db.execute("INSERT INTO profile VALUES ('p', 1)")
        db.execute(
            "INSERT INTO path_mappings (server_id, server_path, local_path, created_at) VALUES (1, '/a', '/b', 1)"
        )
        db.executemany(
            "INSERT INTO media_files (id, server_id, server_path, local_path, mapping_id, map_reason, file_state, "
            "disk_size_bytes, checked_at, size_bytes, first_seen_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, 7, 1)",
            [
                (1, "/a/1", "/b/1", 1, None, "found", 7, 5),
                (2, "/c/2", None, None, "no_rule", "unmapped", None, None),
                (3, "3", None, None, "not_absolute", "unmapped", None, None),
            ],
        )
        db.execute("INSERT INTO volumes (path, manual_total_bytes, manual_at) VALUES ('/disk', 7, 1)")
        db.execute("INSERT INTO file_checks (scope, started_at, mark) VALUES ('all', 1, 'half')")
        db.execute(
            "INSERT INTO file_events (media_file_id, at, old_state, new_state) VALUES (1, 1, 'found', 'missing')"
        )
    database = catalog_of(path, DESK)
    assert kept(database) == (["/b"], [7], "half", 1, [("/b/1", FileState.FOUND)])
    first, *others = BrowseRepository(database).files([1, 2, 3])
    assert (first.disk_size_bytes, first.map_reason, first.checked_at is not None) == (7, None, True)
    assert [(file.state, file.map_reason) for file in others] == [
        (FileState.UNMAPPED, "no_rule"),
        (FileState.UNMAPPED, "not_absolute"),
    ]
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT media_file_id, mapping_id FROM file_places ORDER BY 1").all()
    assert [tuple(row) for row in rows] == [(1, 1), (3, None)], "no row for what no rule covers"
    assert [one.name for one in ComputerRepository(database).all()] == ["desk"]
    database.close()


def test_a_copied_profile_is_another_computer_there_and_the_same_one_back_home(tmp_path: Path) -> None:
    home = this_computer(tmp_path, machine=lambda: "at home")
    away = this_computer(tmp_path, machine=lambda: "at work")
    assert home.uuid != away.uuid
    assert this_computer(tmp_path, machine=lambda: "at home") == home
    assert this_computer(tmp_path, machine=lambda: None).uuid not in {home.uuid, away.uuid}
    text = (tmp_path / COMPUTER_FILE).read_text()
    assert "at home" not in text
    assert home.uuid in json.loads(text)["computers"].values()
    (tmp_path / COMPUTER_FILE).write_text("{broken")
    assert this_computer(tmp_path, machine=lambda: "at home").uuid != home.uuid
