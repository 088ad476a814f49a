"""What disks hold and what is there twice; a file that two servers reach counts once everywhere."""

import csv
import io
import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.export import ExportFormat
from retrovue.core.services.files import check as files
from retrovue.core.services.files import disks
from retrovue.core.services.files.disks import CapacitySource
from retrovue.core.services.files.duplicates import DuplicateGroup, DuplicateReport, add_up, find_duplicates
from retrovue.core.services.files.extra import ExtraFile, ExtraReport
from retrovue.core.services.files.reports import write_duplicates, write_extra
from retrovue.core.services.files.same_file import SameFiles
from retrovue.core.services.looking import FileFault
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.system.filesystem import ComputerFileSystem
from retrovue.core.system.volumes import Volume, VolumeKind
from retrovue.demo.files import mappings as demo_rules


def add_rules(home: Any, server: Any) -> None:
    for server_path, folder in demo_rules(home.world.library, home.media):
        mappings.add(home.host, server, None, home.told(server_path), str(folder))


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_a_disk_adds_up_to_what_lies_on_it(mapped: Any, tmp_path: Path) -> None:
    files.check(mapped.host)
    report = disks.usage(mapped.host)
    (disk,) = report.disks
    assert (disk.path, disk.label, disk.kind) == (str(tmp_path), "disk", VolumeKind.LOCAL)
    assert (disk.total_bytes, disk.free_bytes) == (10_000_000_000_000, 4_000_000_000)
    assert (disk.source, disk.at) == (CapacitySource.READ, mapped.world.clock.now())
    assert disk.used_bytes == on_disk(mapped.media) == report.used_bytes
    assert disk.files == mapped.made.written == report.files
    assert sum(one.size_bytes for one in disk.libraries) == disk.used_bytes
    assert {(one.server, one.library) for one in disk.libraries} >= {("Demo", "Movies"), ("Demo", "TV Shows")}


def test_a_folder_that_is_there_is_mounted(mapped: Any, tmp_path: Path) -> None:
    """In a chroot the root is no mount point: no table has the disk on which everything lies."""
    mapped.volumes.found.clear()
    files.check(mapped.host)
    (disk,) = disks.usage(mapped.host).disks
    assert (disk.path, disk.is_mounted, disk.source) == (tmp_path.anchor, True, CapacitySource.READ)
    assert disk.total_bytes == shutil.disk_usage(tmp_path.anchor).total
    assert disk.at == mapped.world.clock.now()
    assert disk.files == mapped.made.written


def test_a_share_that_nobody_lists_and_that_does_not_answer_is_away(mapped: Any) -> None:
    with mapped.host.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE file_places SET local_path = '\\\\nas.invalid\\films\\' || media_file_id || '.mkv'"
        )
    (disk,) = disks.usage(mapped.host).disks
    assert (disk.path, disk.is_mounted, disk.source) == ("\\\\nas.invalid\\films", False, CapacitySource.UNKNOWN)


def test_volumes_below_others_are_disks_of_their_own(mapped: Any) -> None:
    mapped.volumes.found.append(Volume(str(mapped.media / "tv"), VolumeKind.NETWORK, "nfs4", 500, 5, "tv"))
    files.check(mapped.host)
    report = disks.usage(mapped.host)
    by_path = {disk.path: disk for disk in report.disks}
    assert by_path[str(mapped.media / "tv")].used_bytes == on_disk(mapped.media / "tv")
    assert report.used_bytes == on_disk(mapped.media)
    assert [one.library for one in by_path[str(mapped.media / "tv")].libraries] == ["TV Shows"]


def test_a_file_that_two_servers_reach_counts_once(mapped: Any, add_second: Any) -> None:
    files.check(mapped.host)
    alone = disks.usage(mapped.host)
    add_rules(mapped, add_second())
    files.check(mapped.host)
    both = disks.usage(mapped.host)
    assert (both.files, both.used_bytes) == (alone.files, alone.used_bytes)
    assert both.disks[0].used_bytes == alone.disks[0].used_bytes
    assert len(both.disks[0].libraries) == 2 * len(alone.disks[0].libraries)
    whole, first = mapped.host.browse.totals(), mapped.host.browse.totals(mapped.server.id)
    # The one file outside of all rules cannot be told to be the same.
    assert whole.files == first.files + 1
    assert whole.states[FileState.FOUND] == first.states[FileState.FOUND]
    assert whole.episodes == 2 * first.episodes


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")
def test_a_share_that_is_mounted_twice_is_one_disk(mapped: Any, add_second: Any, tmp_path: Path) -> None:
    again = tmp_path / "again"
    again.symlink_to(mapped.media)
    mapped.volumes.found += [
        Volume(str(mapped.media), VolumeKind.NETWORK, "nfs4", 1000, 100, "nas", source="nas:/video"),
        Volume(str(again), VolumeKind.NETWORK, "nfs4", 1000, 100, "nas", source="nas:/video"),
    ]
    files.check(mapped.host)
    alone = disks.usage(mapped.host)
    second = add_second()
    for server_path, folder in demo_rules(mapped.world.library, again):
        mappings.add(mapped.host, second, None, mapped.told(server_path), str(folder))
    summary = files.check(mapped.host)
    assert {root.problem for root in summary.roots} <= {None, FileFault.ROOT_GONE}
    both = disks.usage(mapped.host)
    assert (both.files, both.used_bytes) == (alone.files, alone.used_bytes)
    assert [disk.path for disk in both.disks] == [disk.path for disk in alone.disks] == [str(mapped.media)]


def test_capacity_of_a_disk_that_is_away(mapped: Any, tmp_path: Path) -> None:
    path = str(mapped.media)
    mapped.volumes.found.append(Volume(path, VolumeKind.NETWORK, "nfs4", 1000, 100, "nas"))
    files.check(mapped.host)
    when = mapped.world.clock.now()
    away = mapped.media.rename(mapped.media.with_name("unplugged"))
    mapped.volumes.found.pop()
    mapped.world.pass_time(3600)
    files.check(mapped.host)
    # Its files are not those of the disk that its mount point is on.
    (disk,) = disks.usage(mapped.host).disks
    assert (disk.path, disk.is_mounted, disk.source, disk.at) == (path, False, CapacitySource.REMEMBERED, when)
    assert (disk.total_bytes, disk.free_bytes) == (1000, 100)
    assert disk.used_bytes > 0
    disks.set_capacity(mapped.host, path + "/", total_bytes=2000, free_bytes=7)
    (disk,) = disks.usage(mapped.host).disks
    assert (disk.total_bytes, disk.free_bytes, disk.source) == (2000, 7, CapacitySource.MANUAL)
    assert disk.at == mapped.world.clock.now()
    # What is read wins over what was typed in, as soon as it can be read again.
    away.rename(mapped.media)
    mapped.volumes.found.append(Volume(path, VolumeKind.NETWORK, "nfs4", 1000, 90, "nas"))
    files.check(mapped.host)
    (disk,) = disks.usage(mapped.host).disks
    assert (disk.total_bytes, disk.free_bytes, disk.source) == (1000, 90, CapacitySource.READ)
    disks.set_capacity(mapped.host, path, total_bytes=None, free_bytes=None)
    assert all(one.manual_at is None for one in mapped.host.disks.volumes())


def test_a_share_that_this_computer_never_saw(home: Any) -> None:
    mappings.add(home.host, home.server, None, "/media/movies", "\\\\nas\\films\\all")
    mappings.add(home.host, home.server, None, "/media/tv", "Z:\\TV")
    by_path = {disk.path: disk for disk in disks.usage(home.host).disks}
    assert set(by_path) == {"\\\\nas\\films", "Z:\\"}
    assert {disk.source for disk in by_path.values()} == {CapacitySource.UNKNOWN}
    disks.set_capacity(home.host, "z:", total_bytes=50, free_bytes=5)
    assert any(disk.total_bytes == 50 for disk in disks.usage(home.host).disks)


@pytest.mark.parametrize(
    ("path", "total", "free"),
    [("relative", 1, 1), ("", 1, 1), ("/a/../b", 1, 1), ("/a\0", 1, 1), ("/a", -1, 0), ("/a", 5, 6), ("/a", 5, -1)],
)
def test_capacities_that_cannot_be_are_refused(home: Any, path: str, total: int, free: int) -> None:
    with pytest.raises(ConfigError):
        disks.set_capacity(home.host, path, total_bytes=total, free_bytes=free)
    assert home.host.disks.volumes() == []


def by_title(groups: tuple[DuplicateGroup, ...]) -> dict[str, DuplicateGroup]:
    return {group.title if group.show_title is None else f"{group.show_title} {group.title}": group for group in groups}


def test_a_film_in_two_libraries_is_a_duplicate(mapped: Any) -> None:
    files.check(mapped.host)
    report = find_duplicates(mapped.host)
    twice = mapped.world.rows(
        "SELECT title FROM movies WHERE removed_at IS NULL GROUP BY guid_primary HAVING count(DISTINCT library_id) > 1"
    )
    found = by_title(report.groups)
    assert twice
    assert {row[0] for row in twice} <= set(found)
    for row in twice:
        group = found[row[0]]
        assert group.kind is ItemKind.MOVIE
        assert group.copies[0].resolution == "4K"
        assert {library for copy in group.copies for _server, library in copy.places} == {"Movies", "4K Movies"}
        assert group.extra_bytes == group.copies[-1].size_bytes
    assert report.extra_bytes == sum(group.extra_bytes for group in report.groups)


def test_other_years_are_other_films(mapped: Any) -> None:
    title = mapped.world.value(
        "SELECT title FROM movies WHERE removed_at IS NULL GROUP BY guid_primary HAVING count(DISTINCT library_id) > 1"
    )
    assert title in by_title(find_duplicates(mapped.host).groups)
    with mapped.world.sql() as connection:
        connection.execute(
            "UPDATE movies SET year = year - 1 WHERE title = ? AND library_id = (SELECT max(library_id) FROM movies)",
            (title,),
        )
    assert title in by_title(find_duplicates(mapped.host).groups)
    with mapped.world.sql() as connection:
        connection.execute(
            "UPDATE movies SET year = year - 20 WHERE title = ? AND library_id = (SELECT max(library_id) FROM movies)",
            (title,),
        )
    assert title not in by_title(find_duplicates(mapped.host).groups)


def test_one_file_through_two_servers_is_no_duplicate(mapped: Any, add_second: Any) -> None:
    alone = find_duplicates(mapped.host)
    add_rules(mapped, add_second())
    both = find_duplicates(mapped.host)
    # A file outside of all rules cannot be told to be the same one.
    unmapped = [group for group in both.groups if any(file.local_path is None for file in group.copies[0].files)]
    kept = [group for group in both.groups if group not in unmapped]
    assert set(by_title(tuple(kept))) == set(by_title(alone.groups))
    assert sum(group.extra_bytes for group in kept) == alone.extra_bytes
    assert all(len(copy.places) == 2 for group in kept for copy in group.copies)


@pytest.mark.parametrize("owned", [True, False])
def test_a_copy_of_somebody_else_makes_nothing_a_duplicate(mapped: Any, add_second: Any, owned: bool) -> None:
    alone = find_duplicates(mapped.host)
    add_second(owned=owned)
    both = find_duplicates(mapped.host)
    if owned:
        assert len(both.groups) > len(alone.groups) + 50
        return
    assert set(by_title(both.groups)) == set(by_title(alone.groups))
    assert both.extra_bytes == alone.extra_bytes
    shared = [copy for group in both.groups for copy in group.copies if copy.is_shared]
    assert shared
    assert all(not copy.counts for copy in shared)


def test_a_copy_that_is_missing_makes_nothing_a_duplicate(mapped: Any) -> None:
    group = find_duplicates(mapped.host).groups[0]
    Path(group.copies[0].files[0].local_path or "").unlink()
    files.check(mapped.host, accept=[one.local_path for one in mapped.host.mappings.all()][:2])
    assert by_title((group,)).keys().isdisjoint(by_title(find_duplicates(mapped.host).groups))


def test_the_parts_of_a_disk_add_up_whatever_libraries_share(mapped: Any, add_second: Any) -> None:
    add_rules(mapped, add_second())
    files.check(mapped.host)
    (disk,) = disks.usage(mapped.host).disks
    assert sum(part.size_bytes for part in disk.parts) == disk.used_bytes
    assert sum(part.files for part in disk.parts) == disk.files
    assert {("Demo", "TV Shows"), ("Second", "TV Shows")} in [set(part.libraries) for part in disk.parts]
    assert disk.parts[0].size_bytes == max(part.size_bytes for part in disk.parts)
    assert disk.other_bytes == max(0, 10_000_000_000_000 - 4_000_000_000 - disk.used_bytes)


@pytest.mark.parametrize(
    ("total", "free", "fullness"),
    [(1000, 40, "almost_full"), (1000, 50, "filling"), (1000, 149, "filling"), (1000, 150, "fine"), (0, 0, "unknown")],
)
def test_how_full_a_disk_is(mapped: Any, total: int, free: int, fullness: str) -> None:
    mapped.volumes.found[0] = replace(mapped.volumes.found[0], total_bytes=total, free_bytes=free)
    (disk,) = disks.usage(mapped.host).disks
    assert disk.fullness == fullness


def test_a_typed_capacity_is_taken_back_with_its_date(home: Any) -> None:
    nothing = disks.set_capacity(home.host, "/mnt/a", total_bytes=10, free_bytes=1)
    assert nothing.at is None
    first = home.world.clock.now()
    home.world.pass_time(3600)
    before = disks.set_capacity(home.host, "/mnt/a", total_bytes=20, free_bytes=2)
    assert (before.total_bytes, before.free_bytes, before.at) == (10, 1, first)
    disks.restore_capacity(home.host, before)
    assert disks.typed_capacity(home.host, "/mnt/a") == before
    disks.restore_capacity(home.host, nothing)
    assert home.host.disks.volumes() == []


def twin(home: Any, how: str) -> DuplicateGroup:
    """A film in two libraries whose smaller copy is now another path to a file of the larger one's size."""
    groups = find_duplicates(home.host).groups
    group = next(one for one in groups if all(copy.files[0].local_path for copy in one.copies))
    large, small = (Path(copy.files[0].local_path or "") for copy in group.copies[:2])
    small.unlink()
    if how == "link":
        small.hardlink_to(large)
    else:
        small.write_bytes(b"")
        os.truncate(small, large.stat().st_size)
    with home.world.sql() as connection:
        connection.execute(
            "UPDATE media_files SET size_bytes = ? "
            "WHERE id = (SELECT media_file_id FROM file_places WHERE local_path = ?)",
            (group.copies[0].size_bytes, str(small)),
        )
    return group


def test_two_paths_to_one_file_free_nothing(mapped: Any) -> None:
    before = find_duplicates(mapped.host)
    group = twin(mapped, "link")
    after = find_duplicates(mapped.host)
    assert by_title((group,)).keys().isdisjoint(by_title(after.groups))
    assert after.extra_bytes == before.extra_bytes - group.extra_bytes


def test_two_files_of_one_size_are_two(mapped: Any) -> None:
    group = twin(mapped, "copy")
    again = next(iter(g for g in find_duplicates(mapped.host).groups if g.title == group.title))
    assert again.extra_bytes == again.copies[0].size_bytes
    assert not any(copy.is_doubtful for copy in again.copies)


def extra_of(report: DuplicateReport) -> int:
    return add_up(group for group in report.groups if group.ids)[1]


def test_what_nobody_can_tell_apart_frees_nothing(mapped: Any, add_second: Any) -> None:
    alone = find_duplicates(mapped.host)
    add_second()
    both = find_duplicates(mapped.host)
    doubtful = [group for group in both.groups if any(copy.is_doubtful for copy in group.copies)]
    assert len(doubtful) > 50
    # The files of the second server are mapped nowhere: each may be the one that the first server lists.
    # (What has no id at all cannot be found again on the other server.)
    assert extra_of(both) == extra_of(alone)
    assert {one.server for group in doubtful for copy in group.copies for one in copy.listings} == {"Demo", "Second"}


def test_disks_that_do_not_answer_leave_doubt_and_end_soon(mapped: Any, add_second: Any) -> None:
    class Dead(ComputerFileSystem):
        looks = 0

        def stat(self, path: str) -> os.stat_result:
            Dead.looks += 1
            raise TimeoutError(path)

    with SameFiles(Dead()) as same:
        verdicts = {same.compare([f"/a/{n}"], [f"/b/{n}"], CancelToken()) for n in range(20)}
    assert verdicts == {None}
    assert Dead.looks <= 4


def test_reports_hold_every_copy(mapped: Any) -> None:
    report = find_duplicates(mapped.host)
    out = io.StringIO()
    assert write_duplicates(report, ExportFormat.CSV, out) == len(report.groups)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(rows) == sum(len(copy.files) for group in report.groups for copy in group.copies)
    assert {row["title"] for row in rows} == {group.title for group in report.groups}
    assert {row["local_path"] for row in rows} >= {group.copies[0].files[0].local_path or "" for group in report.groups}
    out = io.StringIO()
    write_duplicates(report, ExportFormat.JSON, out)
    assert json.loads(out.getvalue())["extra_bytes"] == report.extra_bytes
    found = ExtraReport([ExtraFile("=cmd.mkv", 5, "/r", 0), ExtraFile("/r/b.mkv", None, "/r", 10**18)], [], 1)
    out = io.StringIO()
    assert write_extra(found, ExportFormat.CSV, out) == 2
    assert out.getvalue().splitlines()[1:] == ["'=cmd.mkv,5,1970-01-01T00:00:00Z,/r", "/r/b.mkv,,,/r"]
    out = io.StringIO()
    write_extra(found, ExportFormat.JSON, out)
    assert json.loads(out.getvalue())["files"][1]["modified_at"] is None
