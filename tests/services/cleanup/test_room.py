"""What a list frees on which disk: every file once, and none that stays on the disk anyway."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.services.cleanup.conftest import Shelf

from retrovue.core.domain.cleanup.facts import Level
from retrovue.core.domain.cleanup.rules import idle_rule
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.cleanup.going import Refusal
from retrovue.core.services.cleanup.lists import make_list, read_facts
from retrovue.core.services.cleanup.room import disks_of, gains_of, left_text, would_have
from retrovue.core.system.volumes import Volume, VolumeKind

pytestmark = pytest.mark.usefixtures("each_engine")

RULE = idle_rule(added_days=30, idle_days=15, level=Level.MOVIE)


class Disks:
    """Two disks, by a test's word."""

    def __init__(self, folder: Path) -> None:
        self.found = [
            Volume(str(folder / name), VolumeKind.LOCAL, "ext4", 100_000, free, name)
            for name, free in (("one", 4_000), ("two", 50_000))
        ]

    def volumes(self) -> Sequence[Volume]:
        return self.found

    def common_folders(self) -> list[str]:
        return []


@pytest.mark.skipif(not hasattr(os, "link"), reason="a system without hard links")
def test_what_is_freed_on_each_disk(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, volumes=Disks(tmp_path))
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    names = {"alone": one, "twice": one, "linked": one, "shared": one, "elsewhere": two}
    paths = {name: folder / name for name, folder in names.items()}
    for path in paths.values():
        path.write_bytes(b"x")
    os.link(paths["linked"], one / "another name")
    attic = shelf.server()
    films = shelf.library(attic)
    for name, path in paths.items():
        shelf.file(attic, shelf.item(films, name), path)
    # The same file in a second library counts once; one that something watched uses too stays.
    cabin = shelf.server("Cabin")
    again = shelf.library(cabin)
    shelf.file(cabin, shelf.item(again, "twice again"), paths["twice"])
    shelf.file(cabin, shelf.item(again, "shared, new", days=2), paths["shared"])
    shelf.file(attic, shelf.item(films, "nowhere"), "/media/nowhere")
    shelf.file(attic, shelf.item(films, "lost"), one / "lost")

    facts = read_facts(shelf.host)
    found = make_list(shelf.host, facts, RULE, Level.MOVIE)
    gains = gains_of(shelf.host, facts, found.candidates, CancelToken())
    assert gains.by_disk == {str(one): 2_000, str(two): 1_000}
    assert gains.total_bytes == 3_000
    assert {line.why for line in gains.left} == {
        Refusal.HARD_LINK,
        Refusal.IN_USE,
        Refusal.MISSING,
        Refusal.UNMAPPED,
    }
    assert {(line.files, line.size_bytes) for line in gains.left} == {(1, 1_000)}
    hard = next(line for line in gains.left if line.why is Refusal.HARD_LINK)
    assert left_text(hard, "1 KB") == "1 file, 1 KB: it has another name on its disk (hard link)"
    # Without what stays watched, the file is free to go.
    everything = [*found.candidates, *(unit for unit in facts.movies if unit.title == "shared, new")]
    assert gains_of(shelf.host, facts, everything, CancelToken()).by_disk[str(one)] == 3_000

    before = read_facts(shelf.host)
    assert [disk.path for disk in disks_of(shelf.host)] == [str(one), str(two)]
    assert read_facts(shelf.host).movies is before.movies, "to look at the disks changes no fact"
    assert shelf.host.disks.volumes() == []
    shelf.host.close()


def test_what_is_freed_is_said_where_the_free_space_reads_the_same() -> None:
    def size(size_bytes: int) -> str:
        return f"{size_bytes / 1000:.1f} TB"

    assert (
        would_have("/media", before=1_900, gain=1_800, size=size) == "/media would have 3.7 TB free instead of 1.9 TB"
    )
    assert would_have("/media", before=4_400, gain=23, size=size) == "Frees 0.0 TB on /media"
