"""Suggested rules: servers and computers of every kind, look-alikes, dead mounts, bounds."""

import errno
import itertools
import sys
from pathlib import Path

import pytest

from retrovue.core.domain.errors import Cancelled
from retrovue.core.domain.paths import PathMapper, PathMapping
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.mapping.suggest import Sample, SuggestLimits, suggest_mappings
from retrovue.core.system.filesystem import ComputerFileSystem, join


def library(root: str, count: int = 12, *, title: str = "Show") -> list[Sample]:
    samples = []
    for show, season, episode in itertools.product(range(count), (1, 2), (1, 2)):
        path = root
        for name in (f"{title} {show}", f"Season {season:02}", f"{title} {show} - S{season:02}E{episode:02}.mkv"):
            path = join(path, name)
        samples.append(Sample(path, 1000 + show * 10 + season + episode))
    return samples


def put(fs, samples: list[Sample], server: str, local: str, *, growth: int = 0) -> None:
    """Put the files of a server where a rule would find them."""
    mapper = PathMapper([PathMapping(1, 1, None, server, local)])
    for sample in samples:
        path = mapper.map(sample.server_path).local_path
        assert path is not None
        fs.add(path, (sample.size_bytes or 0) + growth)


SERVERS = ["/media/tv", "/volume1/video/TV Shows", "D:\\Media\\TV", "\\\\nas\\media\\tv", "smb://nas/tv"]
LOCALS = [
    ("Z:\\", "Z:\\Serien"),
    ("Z:\\", "Z:\\a\\b\\TV"),
    ("\\\\box\\share", "\\\\box\\share\\series"),
    ("/Volumes", "/Volumes/Media/Series"),
    ("/mnt/nas", "/mnt/nas/deep/er/x"),
    ("/mnt", "/mnt/nas"),
]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("place", "local"), LOCALS)
def test_every_server_on_every_computer(fake_fs, server: str, place: str, local: str) -> None:
    fs = fake_fs(ignores_case=local[1] != "m" and "\\" in local)
    samples = library(server)
    put(fs, samples, server, local)
    fs.add(join(place, "unrelated"), 5)
    (found,) = suggest_mappings([server], samples, [place], fs=fs)
    assert (found.local_path, found.roots) == (local, (server,))
    assert found.evidence == (48, 48, 48, 48)
    assert "sizes match" in found.user_text
    # The proposal maps every sample to a file that is there.
    mapper = PathMapper([PathMapping(1, 1, None, found.server_path, found.local_path)])
    for sample in samples:
        mapped = mapper.map(sample.server_path).local_path
        assert mapped is not None
        assert fs.stat(mapped).st_size == sample.size_bytes


def test_one_rule_for_several_roots(fake_fs) -> None:
    fs = fake_fs(ignores_case=True)
    samples = []
    for root in ("/media/tv", "/media/Movies", "/media/kids/tv"):
        mine = library(root, title=root.replace("/", " ").strip())
        put(fs, mine, "/media", "Z:\\Media")
        samples += mine
    other = library("/other/anime", title="Anime")
    put(fs, other, "/other/anime", "Y:\\Cartoons")
    found = suggest_mappings(
        ["/media/tv", "/media/Movies", "/media/kids/tv", "/other/anime"], samples + other, ["Z:\\", "Y:\\"], fs=fs
    )
    assert [(one.server_path, one.local_path, len(one.roots)) for one in found] == [
        ("/media", "Z:\\Media", 3),
        ("/other/anime", "Y:\\Cartoons", 1),
    ]
    assert found[0].evidence == (144, 144, 144, 144)


def test_a_joint_rule_never_maps_a_root_that_is_elsewhere(fake_fs) -> None:
    fs = fake_fs()
    roots = ["/media/tv", "/media/films", "/media/gone"]
    samples = [sample for root in roots for sample in library(root, title=root[7:])]
    put(fs, samples[:96], "/media", "/mnt")
    found = suggest_mappings(roots, samples, ["/mnt"], fs=fs)
    assert sorted((one.server_path, one.local_path) for one in found) == [
        ("/media/films", "/mnt/films"),
        ("/media/tv", "/mnt/tv"),
    ]
    # With a place of its own the third has a longer rule, and the joint one is right again.
    put(fs, samples[96:], "/media/gone", "/mnt2/away")
    found = suggest_mappings(roots, samples, ["/mnt", "/mnt2"], fs=fs)
    assert sorted((one.server_path, one.local_path) for one in found) == [
        ("/media", "/mnt"),
        ("/media/gone", "/mnt2/away"),
    ]


def test_a_tree_with_other_sizes_ranks_below_and_says_so(fake_fs) -> None:
    fs = fake_fs()
    samples = library("/media/tv")
    put(fs, samples, "/media/tv", "/a/small", growth=7)
    put(fs, samples, "/media/tv", "/z/real")
    real, small = suggest_mappings(["/media/tv"], samples, ["/a", "/z"], fs=fs)
    assert (real.local_path, real.sizes_equal) == ("/z/real", 48)
    assert (small.local_path, small.found, small.sizes_equal) == ("/a/small", 48, 0)
    assert "sizes differ" in small.user_text


def test_many_files_with_a_few_lost_rank_before_a_handful(fake_fs) -> None:
    fs = fake_fs()
    shows, films = library("/media/tv", 20), library("/films", 2, title="Film")
    put(fs, shows[2:], "/media/tv", "/z/tv")
    put(fs, films, "/films", "/a/films")
    found = suggest_mappings(["/media/tv", "/films"], [*shows, *films], ["/a", "/z"], fs=fs)
    assert [(one.local_path, one.found, one.sampled) for one in found] == [("/z/tv", 78, 80), ("/a/films", 8, 8)]


def test_many_files_of_other_sizes_rank_below_a_handful(fake_fs) -> None:
    fs = fake_fs()
    shows, films = library("/media/tv", 20), library("/films", 2, title="Film")
    put(fs, shows[:30], "/media/tv", "/a/tv")
    put(fs, shows[30:], "/media/tv", "/a/tv", growth=7)
    put(fs, films, "/films", "/z/films")
    found = suggest_mappings(["/media/tv", "/films"], [*shows, *films], ["/a", "/z"], fs=fs)
    assert [(one.local_path, one.sizes_equal, one.sampled) for one in found] == [("/z/films", 8, 8), ("/a/tv", 30, 80)]


def test_same_season_folders_of_other_shows_are_no_evidence(fake_fs) -> None:
    fs = fake_fs()
    put(fs, library("/x", title="Other"), "/x", "/mnt/tv")
    assert suggest_mappings(["/media/tv"], library("/media/tv"), ["/mnt"], fs=fs) == []


def test_a_root_that_is_spread_over_disks(fake_fs) -> None:
    fs = fake_fs()
    samples = library("/pool/tv")
    put(fs, samples[:32], "/pool/tv", "/disk1/tv")
    put(fs, samples[32:], "/pool/tv", "/disk2/tv")
    found = suggest_mappings(["/pool/tv"], samples, ["/disk1", "/disk2"], fs=fs)
    assert [(one.local_path, one.found, one.sampled) for one in found] == [
        ("/disk1/tv", 32, 48),
        ("/disk2/tv", 16, 48),
    ]


def test_sizes_that_are_not_known(fake_fs) -> None:
    fs = fake_fs()
    samples = [sample._replace(size_bytes=None) for sample in library("/media/tv")]
    put(fs, samples, "/media/tv", "/mnt/tv")
    (found,) = suggest_mappings(["/media/tv"], samples, ["/mnt"], fs=fs)
    assert found.evidence == (48, 48, 0, 0)
    assert "unknown" in found.user_text


def test_roots_are_found_when_the_server_names_none(fake_fs) -> None:
    fs = fake_fs()
    samples = library("/media/tv")
    put(fs, samples, "/media/tv", "/mnt/tv")
    (found,) = suggest_mappings([], samples, ["/mnt"], fs=fs)
    assert (found.server_path, found.local_path) == ("/media/tv", "/mnt/tv")


def test_the_same_path_on_this_computer(fake_fs) -> None:
    fs = fake_fs()
    samples = library("/media/tv") + library("/media/films", title="Film")
    put(fs, samples, "/media", "/media")
    (found,) = suggest_mappings(["/media/tv", "/media/films"], samples, ["/media"], fs=fs)
    assert (found.server_path, found.local_path) == ("/media", "/media")


@pytest.mark.slow
def test_dead_mounts_cost_their_limit_once(fake_fs) -> None:
    fs = fake_fs()
    samples = library("/media/tv")
    put(fs, samples, "/media/tv", "/mnt/live/tv")
    for number in range(8):
        fs.add(f"/dead{number}/x/y")
        fs.hanging.add(f"/dead{number}")
    fs.add("/mnt/stuck/x")
    fs.hanging.add("/mnt/stuck")
    fs.add("/shut/x")
    fs.errors["/shut"] = errno.EACCES
    places = [*(f"/dead{number}" for number in range(8)), "/shut", "/mnt"]
    found = suggest_mappings(["/media/tv"], samples, places, fs=fs, limits=SuggestLimits(look_timeout_s=0.3))
    assert fs.let_go == 0
    assert all(fs.scans.count(f"/dead{number}") <= 1 for number in range(8))
    assert [one.local_path for one in found] == ["/mnt/live/tv"]


def test_reads_are_bounded(fake_fs) -> None:
    fs = fake_fs()
    for number in range(500):
        fs.add(f"/mnt/{number}/x/y/z")
    samples = library("/media/tv")
    assert suggest_mappings(["/media/tv"], samples, ["/mnt"], fs=fs, limits=SuggestLimits(directory_reads=50)) == []
    assert len(fs.scans) <= 50


def test_time_is_bounded(fake_fs) -> None:
    fs = fake_fs()
    for number in range(500):
        fs.add(f"/mnt/{number}/x")
    ticks = itertools.count()
    suggest_mappings(["/media/tv"], library("/media/tv"), ["/mnt"], fs=fs, monotonic=lambda: next(ticks) * 0.5)
    assert len(fs.scans) < 20


def test_a_cancelled_search_stops(fake_fs) -> None:
    fs = fake_fs()
    fs.add("/mnt/x")
    fs.hanging.add("/mnt")
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        suggest_mappings(["/media/tv"], library("/media/tv"), ["/mnt"], fs=fs, token=token)
    assert (len(fs.scans) <= 1, fs.let_go) == (True, 0)


def test_odd_samples_and_places_raise_nothing(fake_fs) -> None:
    fs = fake_fs()
    fs.add("/mnt/a")
    odd = [Sample(text, 1) for text in ("", "a", "/", "/m/../x", "/m/\0", "/m/" + "x" * 40_000, "//", "smb://")]
    assert suggest_mappings(["/m", "", ".."], odd, ["/mnt", "", "relative", "/mnt/.."], fs=fs) == []
    assert suggest_mappings(["/m"], [], ["/mnt"], fs=fs) == []
    assert suggest_mappings(["/m"], library("/m"), [], fs=fs) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the names are those of a POSIX server on a POSIX disk")
def test_a_real_tree_with_links_in_circles(tmp_path: Path) -> None:
    samples = library("/media/tv", 4)
    for sample in samples:
        path = tmp_path / "disk" / "Serien" / sample.server_path.removeprefix("/media/tv/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * (sample.size_bytes or 0))
    (tmp_path / "disk" / "circle").symlink_to(tmp_path)
    (found,) = suggest_mappings(["/media/tv"], samples, [str(tmp_path)], fs=ComputerFileSystem())
    assert (found.local_path, found.sizes_equal) == (str(tmp_path / "disk" / "Serien"), 16)
