"""Playlists have one entry an item that a player can open, and sheets run nothing."""

import csv
import io
from dataclasses import replace

import pytest

from retrovue.core.domain.media import CatalogItem, FileState, ItemKind, StoredFile
from retrovue.core.services.catalog.export import ExportFormat, ExportWhat, write_items
from retrovue.core.services.catalog.playlist import PlaylistOptions
from retrovue.core.services.catalog.sheets import SheetWriter


def file(
    number: int, path: str | None, *, version: int = 0, part: int = 0, size: int = 1, found: bool = True
) -> StoredFile:
    state = FileState.FOUND if found else FileState.MISSING
    return StoredFile(number, f"/server/{number}", path, size, state, version, part, 60_000)


def movie(title: str, *files: StoredFile) -> CatalogItem:
    return CatalogItem(1, ItemKind.MOVIE, title, "Home", "Movies", 1, 1, "9", 1981, files=files)


def episode(number: int, title: str, *files: StoredFile, end: int | None = None) -> CatalogItem:
    made = CatalogItem(number, ItemKind.EPISODE, title, "Home", "TV", 1, 1, str(number), files=files)
    return replace(made, season=1, episode=number, episode_end=end, show_title="Static Hour")


def playlist(
    *items: CatalogItem, what: ExportWhat = ExportWhat.MOVIES, options: PlaylistOptions | None = None
) -> tuple[list[str], int]:
    """The lines after the head, and how many were left out."""
    out, left_out = io.StringIO(), []
    count = write_items(
        items, what, ExportFormat.M3U, out, playlist=options or PlaylistOptions(), on_left_out=left_out.append
    )
    lines = out.getvalue().split("\n")
    assert (lines[0], lines[-1]) == ("#EXTM3U", "")
    assert len(lines) == 2 + 2 * count
    return lines[1:-1], left_out[0]


def test_line_breaks_in_names_make_no_entries() -> None:
    lines, left_out = playlist(
        movie("A\n/etc/passwd\r#EXTINF:1,x\u2028y\x1b[2J", file(1, "/films/a.mkv")),
        movie("B", file(2, "/films/b\n/etc/passwd")),
        movie("C", file(3, "/films/c\r.mkv")),
        movie("D", file(4, None)),
        movie("E"),
    )
    assert lines == ["#EXTINF:60,A /etc/passwd #EXTINF:1,x y [2J (1981)", "/films/a.mkv"]
    assert left_out == 4


def test_the_best_version_stands_once_and_its_parts_follow_each_other() -> None:
    item = movie(
        "A",
        file(1, "/films/gone.mkv", version=0, size=900, found=False),
        file(3, "/films/b2.mkv", version=1, part=1, size=40),
        file(2, "/films/b1.mkv", version=1, part=0, size=40),
        file(4, "/films/small.mkv", version=2, size=50),
        file(5, None, version=3, size=999),
    )
    lines, left_out = playlist(item)
    assert lines[1::2] == ["/films/b1.mkv", "/films/b2.mkv"]
    assert left_out == 0
    every, lacking = playlist(item, options=PlaylistOptions(all_versions=True))
    assert every[1::2] == ["/films/b1.mkv", "/films/b2.mkv", "/films/small.mkv", "/films/gone.mkv"]
    assert lacking == 1
    assert len(playlist(item, what=ExportWhat.FILES)[0]) == len(every)


def test_a_title_that_lacks_a_part_is_left_out_whole() -> None:
    assert playlist(movie("A", file(1, "/a1.mkv", part=0), file(2, None, part=1))) == ([], 1)


def test_a_file_with_several_episodes_is_one_entry_with_its_span() -> None:
    shared = file(1, "/tv/e1-3.mkv")
    lines, _left_out = playlist(
        episode(1, "One", shared),
        episode(2, "Two", shared),
        episode(3, "Three", shared),
        episode(4, "Four", file(2, "/tv/e4-5.mkv"), end=5),
        episode(6, "Six", file(3, "/tv/e6.mkv")),
        what=ExportWhat.EPISODES,
    )
    assert lines == [
        "#EXTINF:60,Static Hour S01E01–E03 One / Two / Three",
        "/tv/e1-3.mkv",
        "#EXTINF:60,Static Hour S01E04–E05 Four",
        "/tv/e4-5.mkv",
        "#EXTINF:60,Static Hour S01E06 Six",
        "/tv/e6.mkv",
    ]


def test_paths_relative_to_a_folder_are_never_comments() -> None:
    items = [
        movie("A", file(1, "/films/a.mkv")),
        movie("B", file(2, "/films/#b.mkv")),
        movie("C", file(3, "/tv/c.mkv")),
    ]
    lines, _left_out = playlist(*items, options=PlaylistOptions(relative_to="/films"))
    assert lines[1::2] == ["a.mkv", "./#b.mkv", "../tv/c.mkv"]


@pytest.mark.parametrize(("folder", "index"), [("VIDEO_TS", "VIDEO_TS.IFO"), ("BDMV", "index.bdmv")])
def test_a_disc_folder_is_opened_by_its_index(folder: str, index: str) -> None:
    lines, _left_out = playlist(movie("A", file(1, f"/films/A/{folder}")))
    assert lines[1] == f"/films/A/{folder}/{index}"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "|calc", " =1+1", "\n=1+1", "\r=1", "\t=1", " \u00a0\n|x", "\ufeff=1", "\uff1d1", '"=1'],
)
def test_a_cell_that_begins_a_formula_is_guarded(text: str) -> None:
    out = io.StringIO()
    SheetWriter(out).writerow([text])
    ((cell,),) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    assert cell == "'" + text


@pytest.mark.parametrize("text", ["a\rb", "a\nb", "a\r\nb", 'a "b", c', "a\r"])
def test_a_line_break_begins_no_row(text: str) -> None:
    out = io.StringIO()
    writer = SheetWriter(out)
    writer.writerow([text, None, 7])
    writer.writerow(["next"])
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [[text, "", "7"], ["next"]]
    assert out.getvalue().endswith("next\n")
