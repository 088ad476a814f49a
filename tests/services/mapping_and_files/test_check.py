"""Checks keep states, events and marks; doubt about a disk never makes a file missing."""

import os
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.errors import Cancelled, ConfigError
from retrovue.core.domain.media import FileState
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.files import check as service
from retrovue.core.services.looking import FileFault
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.storage import files as stored
from retrovue.core.system.volumes import Volume, VolumeKind

PLACED = "media_files f JOIN file_places p ON p.media_file_id = f.id"


def present(home: Any, section: str = "/media/tv") -> list[str]:
    """Server paths of found files under a root, in order."""
    rows = home.world.rows(
        "SELECT server_path FROM media_files JOIN file_places ON media_file_id = id "
        "WHERE file_state = 'found' AND server_path LIKE ? ORDER BY 1",
        f"{section}/%",
    )
    return [row[0] for row in rows]


def looked_at(home: Any, now: int) -> int:
    """How many files were looked for at this time, as lists and details tell it."""
    return int(home.world.value(f"SELECT count(*) FROM {PLACED} WHERE {stored.looked_at(1)} = ?", now))


def to_look_for(home: Any) -> int:
    """Nobody looks for a file without a local path."""
    return int(home.world.value("SELECT count(*) FROM file_places WHERE local_path IS NOT NULL"))


def test_states_are_kept_as_the_files_are(mapped: Any) -> None:
    summary = service.check(mapped.host)
    total = mapped.world.value("SELECT count(*) FROM media_files")
    assert mapped.states() == {"found": total - 8, "missing": 4, "size_differs": 3, "unmapped": 1}
    assert summary.checked == total
    for path in mapped.made.missing:
        assert mapped.state(path) == "missing"
    for path in mapped.made.differing:
        assert mapped.state(path) == "size_differs"
    rows = mapped.world.rows("SELECT local_path, disk_size_bytes FROM file_places WHERE file_state = 'found'")
    assert all(Path(row[0]).stat().st_size == row[1] for row in rows)
    now = mapped.world.clock.epoch()
    assert looked_at(mapped, now) == to_look_for(mapped)
    # The first look at a file is no change of it.
    assert mapped.host.checks.events() == []


def test_the_summary_of_each_root_is_kept(mapped: Any) -> None:
    assert service.last_check(mapped.host) is None
    summary = service.check(mapped.host)
    last = service.last_check(mapped.host)
    assert last is not None
    assert last.summary == summary
    assert last.finished_at == mapped.world.clock.now()
    assert service.last_check(mapped.host, mapped.server) is None


def test_a_change_of_state_is_kept_with_its_time(mapped: Any) -> None:
    service.check(mapped.host)
    gone, grown = present(mapped)[0], present(mapped, "/media/movies")[0]
    size_bytes = mapped.local(gone).stat().st_size
    mapped.local(gone).unlink()
    os.truncate(mapped.local(grown), 17)
    mapped.world.pass_time(3600)
    service.check(mapped.host)
    events = {one.server_path: one for one in mapped.host.checks.events()}
    assert set(events) == {gone, grown}
    assert (events[gone].old_state, events[gone].new_state) == (FileState.FOUND, FileState.MISSING)
    assert (events[grown].old_state, events[grown].new_state) == (FileState.FOUND, FileState.SIZE_DIFFERS)
    assert events[gone].at == mapped.world.clock.now()
    with mapped.local(gone).open("wb") as file:
        file.truncate(size_bytes)
    mapped.world.pass_time(3600)
    service.check(mapped.host)
    assert mapped.host.checks.events()[0].new_state is FileState.FOUND
    assert len(mapped.host.checks.events()) == 3


def test_a_check_of_one_server_leaves_the_others_alone(mapped: Any, add_second: Any) -> None:
    total = mapped.world.value("SELECT count(*) FROM media_files")
    second = add_second()
    summary = service.check(mapped.host, server=mapped.server)
    assert summary.checked == total
    places = "SELECT 1 FROM file_places JOIN media_files ON id = media_file_id WHERE server_id = ?"
    assert mapped.world.rows(places, second.id) == [], "no rule maps its files"
    assert service.last_check(mapped.host) is None
    assert service.last_check(mapped.host, mapped.server) is not None
    assert service.check(mapped.host).checked == 2 * total


def test_an_interrupted_check_goes_on_where_it_was(mapped: Any) -> None:
    token = CancelToken()
    service.check(mapped.host)
    everything = list(mapped.disks.scans)
    mapped.disks.scans.clear()
    mapped.world.pass_time(60)

    def stop(progress: Any) -> None:
        if progress.done:
            token.cancel()

    with pytest.raises(Cancelled):
        service.check(mapped.host, token=token, report=stop)
    stored = mapped.host.checks.get("all")
    assert stored.mark is not None
    now = mapped.world.clock.epoch()
    total = mapped.world.value("SELECT count(*) FROM media_files")
    assert looked_at(mapped, now) == 0
    first = len(mapped.disks.scans)
    mapped.disks.scans.clear()
    summary = service.check(mapped.host)
    assert len(mapped.disks.scans) < len(everything)
    assert first < len(everything)
    assert summary.checked == total
    assert looked_at(mapped, now) == to_look_for(mapped)
    assert mapped.states() == {"found": total - 8, "missing": 4, "size_differs": 3, "unmapped": 1}
    assert mapped.host.checks.get("all").mark is None


@pytest.mark.slow
def test_a_check_that_was_killed_goes_on_where_it_was(mapped: Any) -> None:
    rows = mapped.world.rows(
        "SELECT DISTINCT local_path FROM file_places WHERE local_path LIKE ?", f"{mapped.media}/tv/%"
    )
    last = max(str(Path(row[0]).parent) for row in rows)
    program = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("checking.py")), str(mapped.world.directory), last],
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == "stuck\n"
        program.kill()
    stored = mapped.host.checks.get("all")
    assert stored is not None
    assert stored.mark is not None
    kept = mapped.states()["found"]
    assert kept > 0
    summary = service.check(mapped.host)
    assert summary.checked == mapped.world.value("SELECT count(*) FROM media_files")
    assert mapped.states()["found"] > kept
    assert last in mapped.disks.scans
    # The root before it was done, and is not looked at again.
    assert not [folder for folder in mapped.disks.scans if folder.startswith(str(mapped.media / "movies"))]


@pytest.mark.parametrize("how", ["rules changed", "too old", "asked"])
def test_a_mark_that_tells_nothing_any_more_is_not_used(mapped: Any, how: str) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        service.check(mapped.host, token=token, report=lambda progress: token.cancel() if progress.done else None)
    assert mapped.host.checks.get("all").mark is not None
    if how == "rules changed":
        mappings.add(mapped.host, mapped.server, None, "/somewhere", str(mapped.media))
        assert mapped.host.checks.get("all").mark is None
    if how == "too old":
        mapped.world.pass_time(7 * 3600)
    mapped.world.pass_time(10)
    service.check(mapped.host, resume=how != "asked")
    now = mapped.world.clock.epoch()
    assert looked_at(mapped, now) == to_look_for(mapped)


def test_a_root_that_lost_many_files_is_one_problem(mapped: Any) -> None:
    service.check(mapped.host)
    before = mapped.states()
    lost = present(mapped)[: len(present(mapped)) // 2]
    for path in lost:
        mapped.local(path).unlink()
    summary = service.check(mapped.host)
    (problem,) = [root for root in summary.roots if root.problem is not None]
    assert problem.problem is FileFault.MANY_LOST
    assert (problem.root, problem.lost) == (str(mapped.media / "tv"), len(lost))
    assert "nothing was marked missing" in problem.user_text
    assert mapped.states()["missing"] == before["missing"]
    assert {mapped.state(path) for path in lost} == {"unreachable"}
    # It stays so until a person says that they are really gone.
    service.check(mapped.host)
    assert {mapped.state(path) for path in lost} == {"unreachable"}
    with pytest.raises(ConfigError) as refused:
        service.check(mapped.host, accept=[str(mapped.media / "other")])
    assert str(mapped.media / "tv") in refused.value.hint
    summary = service.check(mapped.host, accept=[str(mapped.media / "tv") + "/"])
    assert all(root.problem is None for root in summary.roots)
    assert {mapped.state(path) for path in lost} == {"missing"}
    assert mapped.states()["missing"] == before["missing"] + len(lost)


def test_files_of_a_disk_that_went_away_are_unreachable_and_come_back(mapped: Any) -> None:
    service.check(mapped.host)
    before = mapped.states()
    away = mapped.media.rename(mapped.media.with_name("unplugged"))
    mapped.world.pass_time(60)
    summary = service.check(mapped.host)
    assert {root.problem for root in summary.roots} == {FileFault.ROOT_GONE}
    assert mapped.states() == {"unreachable": sum(before.values()) - 1, "unmapped": 1}
    mapped.volumes.found.append(Volume(str(mapped.media), VolumeKind.NETWORK, "nfs4", is_mounted=False))
    summary = service.check(mapped.host)
    assert {root.problem for root in summary.roots} == {FileFault.NOT_MOUNTED}
    mapped.volumes.found.pop()
    away.rename(mapped.media)
    service.check(mapped.host)
    assert mapped.states() == before
    # Empty mount points are the commonest way for a share to be away.
    for folder in ("tv", "movies"):
        shutil.rmtree(mapped.media / folder)
        (mapped.media / folder).mkdir()
    summary = service.check(mapped.host)
    assert {root.problem for root in summary.roots} >= {FileFault.ROOT_EMPTY}
    assert mapped.states().get("missing", 0) <= before["missing"]


def test_the_local_path_is_spelled_as_the_disk_spells_it(mapped: Any) -> None:
    service.check(mapped.host)
    rows = mapped.world.rows(
        "SELECT server_path FROM media_files JOIN file_places ON media_file_id = id WHERE file_state = 'found'"
    )
    accented = [row[0] for row in rows if not Path(row[0]).name.isascii() and "/media/" in row[0]]
    path = next(one for one in accented if unicodedata.normalize("NFD", one) != unicodedata.normalize("NFC", one))
    local = mapped.local(path)
    turned = "NFD" if unicodedata.is_normalized("NFC", local.name) else "NFC"
    twin = local.with_name(unicodedata.normalize(turned, local.name))
    local.rename(twin)
    summary = service.check(mapped.host)
    assert summary.counts.get(FileState.MISSING) == 4
    assert mapped.state(path) == "found"
    assert str(mapped.local(path)) == str(twin)
    assert mapped.local(path).exists()
    # Deriving the paths anew does not put back the spelling that does not open.
    mappings.rederive(mapped.host, mapped.server.id)
    assert str(mapped.local(path)) == str(twin)
    assert mapped.state(path) == "found"
    service.check(mapped.host)
    assert mapped.state(path) == "found"
    # Neither does a sync that brings news of the file.
    library = mapped.world.library
    holding = [
        item
        for item in library.items.values()
        for version in item.versions
        if path in [one.file for one in version.parts]
    ]
    library.edit(holding[0].id, summary="It has another summary now.")
    mapped.world.pass_time(3600)
    mapped.world.sync()
    news = "SELECT summary FROM movies UNION SELECT summary FROM episodes"
    assert "It has another summary now." in [row[0] for row in mapped.world.rows(news)]
    assert str(mapped.local(path)) == str(twin)
    assert mapped.state(path) == "found"


def test_the_schedule_of_the_settings(mapped: Any) -> None:
    mapped.host.settings_store.update(file_check_schedule="off")
    assert not service.is_due(mapped.host)
    mapped.host.settings_store.update(file_check_schedule="daily")
    assert service.is_due(mapped.host)
    service.check(mapped.host)
    assert not service.is_due(mapped.host)
    mapped.world.pass_time(23 * 3600)
    assert not service.is_due(mapped.host)
    mapped.world.pass_time(3600)
    assert service.is_due(mapped.host)
    mapped.host.settings_store.update(file_check_schedule="weekly")
    assert not service.is_due(mapped.host)


def test_extra_files(mapped: Any, tmp_path: Path) -> None:
    assert service.extra(mapped.host).files == []
    wanted = mapped.media / "tv" / "Not imported" / "a,“b”.mkv"
    for path in (
        wanted,
        mapped.media / "tv" / "Not imported" / "notes.txt",
        mapped.media / "tv" / "Not imported" / "a-trailer.mkv",
        mapped.media / "movies" / "Some Film" / "sample" / "x.mkv",
        mapped.media / "movies" / "mine" / "y.mkv",
        tmp_path / "outside.mkv",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    found = service.extra(mapped.host)
    assert [one.path for one in found.files] == [str(mapped.media / "movies" / "mine" / "y.mkv"), str(wanted)]
    assert found.total_bytes == 10
    assert [one.path for one in service.extra(mapped.host, ignore=["MINE"]).files] == [str(wanted)]
    mapped.host.settings_store.update(extra_files_ignore="mine | Not imported/*")
    assert service.extra(mapped.host).files == []


def present_after_check(home: Any) -> list[str]:
    service.check(home.host)
    return present(home)


def test_a_scheduled_check_asks_for_sizes_where_something_changed(mapped: Any) -> None:
    """Of a share, each size is a question over the network: without a sign of change it waits for its week."""
    files = present_after_check(mapped)
    in_place, replaced, told, gone = files[0], files[20], files[40], files[60]
    quiet = mapped.local(in_place).parent
    os.truncate(mapped.local(in_place), 17)
    mapped.disks.changed_at = lambda folder: 0.0 if Path(folder) == quiet else 2.0**40
    os.truncate(mapped.local(replaced), 17)
    mapped.local(gone).unlink()
    with mapped.world.sql() as connection:
        connection.execute("UPDATE media_files SET size_bytes = size_bytes + 1 WHERE server_path = ?", (told,))
    mapped.world.pass_time(86_400)
    summary = service.check(mapped.host, all_sizes=False)
    assert summary.checked == mapped.world.value("SELECT count(*) FROM media_files")
    assert mapped.state(in_place) == "found"
    assert mapped.state(replaced) == "size_differs"
    assert mapped.state(told) == "size_differs"
    assert mapped.state(gone) == "missing"
    # Sizes are compared when a person asks, and at the latest after a week.
    mapped.world.pass_time(6 * 86_400 + 60)
    service.check(mapped.host, all_sizes=False)
    assert mapped.state(in_place) == "size_differs"


def test_a_person_gets_every_size_compared(mapped: Any) -> None:
    path = present_after_check(mapped)[0]
    mapped.disks.changed_at = lambda _folder: 0.0
    os.truncate(mapped.local(path), 17)
    service.check(mapped.host, all_sizes=False)
    assert mapped.state(path) == "found"
    service.check(mapped.host)
    assert mapped.state(path) == "size_differs"


def test_what_lies_in_a_library_that_is_not_imported_is_not_extra(mapped: Any) -> None:
    """Music, photos and home videos are listed; a library that is turned off may hold more than was read."""
    music = mapped.world.library.sections["5"].roots[0].path
    local = mapped.media / "elsewhere" / "music"
    mappings.add(mapped.host, mapped.server, None, mapped.told(music), str(local))
    stray = mapped.media / "movies" / "mine" / "y.mkv"
    for path in (local / "concert.mkv", stray):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    assert [one.path for one in service.extra(mapped.host).files] == [str(stray)]
    movies = next(each for each in mapped.host.libraries.all() if each.name == "Movies")
    mapped.host.libraries.change(movies.id, is_enabled=False)
    assert service.extra(mapped.host).files == []
    mapped.host.libraries.change(movies.id, is_enabled=True, last_full_sync_at=None)
    assert service.extra(mapped.host).files == []


def test_nothing_is_extra_where_a_server_does_not_tell_its_folders(mapped: Any) -> None:
    stray = mapped.media / "movies" / "mine" / "y.mkv"
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"12345")
    with mapped.world.sql() as connection:
        connection.execute(
            "DELETE FROM library_roots WHERE library_id IN (SELECT id FROM libraries WHERE name = 'Photos')"
        )
    report = service.extra(mapped.host)
    assert report.files == []
    assert {one.fault.value for one in report.problems} == {"folders_not_told"}
    assert len(report.problems) == len({rule.local_path for rule in mapped.host.mappings.all()})
