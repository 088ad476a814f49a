"""The tree of real files."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrovue.demo import DemoLibrary, make_library
from retrovue.demo.files import local_path, mappings, shrink_sizes, supports_sparse, write_files


def _sizes(library: DemoLibrary) -> dict[str, int]:
    return {
        part.file: part.size_bytes
        for item in library.items.values()
        for version in item.versions
        for part in version.parts
    }


@pytest.mark.slow
def test_files_lie_where_the_mappings_lead_with_the_sizes_that_the_server_says(tmp_path: Path) -> None:
    library = make_library()
    made = write_files(library, tmp_path, missing=4, differing=3)
    states = {"found": 0, "missing": 0, "size_differs": 0, "unmapped": 0}
    for path, size_bytes in _sizes(library).items():
        local = local_path(library, tmp_path, path)
        if local is None:
            states["unmapped"] += 1
        elif not local.exists():
            states["missing"] += 1
            assert path in made.missing
        elif local.stat().st_size != size_bytes:
            states["size_differs"] += 1
            assert path in made.differing
        else:
            states["found"] += 1
    assert states == {"found": made.written - 3, "missing": 4, "size_differs": 3, "unmapped": 1}
    assert made.written > 3_700


def test_the_tree_takes_hardly_any_room(library: DemoLibrary, tmp_path: Path) -> None:
    write_files(library, tmp_path)
    blocks = sum(getattr(p.stat(), "st_blocks", 0) * 512 for p in tmp_path.rglob("*") if p.is_file())
    assert blocks < 16 * 1024 * 1024


def test_paths_of_every_syntax_are_led_home(library: DemoLibrary, tmp_path: Path) -> None:
    assert dict(mappings(library, tmp_path)) == {
        "/media/movies": tmp_path / "movies",
        "/media/movies-4k": tmp_path / "movies-4k",
        "/media/tv": tmp_path / "tv",
        "/mnt/archive/tv": tmp_path / "archive-tv",
        "\\\\NAS\\Anime": tmp_path / "anime",
    }
    anime = local_path(library, tmp_path, "\\\\NAS\\Anime\\Show\\Season 01\\a.mkv")
    assert anime == tmp_path / "anime" / "Show" / "Season 01" / "a.mkv"
    film = local_path(library, tmp_path, "/media/movies-4k/Film/f.mkv")
    assert film == tmp_path / "movies-4k" / "Film" / "f.mkv"
    assert local_path(library, tmp_path, "/srv/incoming/x.mkv") is None


def test_without_sparse_files_the_library_itself_becomes_small(library: DemoLibrary) -> None:
    shrink_sizes(library)
    assert all(4_096 <= size_bytes <= 12_288 for size_bytes in _sizes(library).values())


def test_the_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    assert isinstance(supports_sparse(tmp_path), bool)
    assert list(tmp_path.iterdir()) == []
