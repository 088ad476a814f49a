"""The generated library: exact amounts, the same each time, with every oddity that the protocol sheet names."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest

from retrovue.demo import DemoLibrary, LibrarySpec, make_library


@pytest.fixture(scope="module")
def full() -> DemoLibrary:
    return make_library()


def test_the_default_library_has_the_promised_size(full: DemoLibrary) -> None:
    kinds = Counter(item.kind for item in full.items.values())
    assert (kinds["show"], kinds["episode"], kinds["movie"]) == (60, 3_000, 800)
    assert [section.title for section in full.sections.values()] == [
        "Movies",
        "4K Movies",
        "TV Shows",
        "Anime",
        "Music",
        "Photos",
    ]


def test_the_same_specification_gives_the_same_library() -> None:
    truth = make_library(LibrarySpec(shows=12, episodes=120, movies=60)).truth()
    assert make_library(LibrarySpec(shows=12, episodes=120, movies=60)).truth() == truth
    assert make_library(LibrarySpec(shows=12, episodes=120, movies=60, seed=8)).truth() != truth


@pytest.mark.parametrize(
    ("shows", "episodes", "movies"),
    [(1, 1, 0), (8, 8, 40), (9, 40, 1), (60, 61, 61), (12, 240, 23), (40, 2_000, 200)],
)
def test_amounts_are_exact_at_any_size(shows: int, episodes: int, movies: int) -> None:
    library = make_library(LibrarySpec(shows=shows, episodes=episodes, movies=movies))
    kinds = Counter(item.kind for item in library.items.values())
    assert (kinds["show"], kinds["episode"], kinds["movie"]) == (shows, episodes, movies)


def test_fewer_episodes_than_shows_are_refused() -> None:
    with pytest.raises(ValueError, match="every show needs an episode"):
        make_library(LibrarySpec(shows=3, episodes=2))


def test_every_oddity_is_there(full: DemoLibrary) -> None:
    def items(name: str):
        return [full.item(item_id) for item_id in full.oddities[name]]

    assert all(len(item.versions) > 1 for item in items("two_versions"))
    assert [len(item.versions[0].parts) for item in items("multi_part")] == [2, 3]
    assert any(version.optimized for item in items("optimized") for version in item.versions)
    first, second = items("shared_file")
    assert first.versions[0].parts[0].file == second.versions[0].parts[0].file
    assert f"-E{second.index:02}" in first.versions[0].parts[0].file
    assert all(item.year is None and item.duration_ms is None for item in items("no_year"))
    assert all(item.updated_at is None for item in items("no_updated_at"))
    assert all(item.deleted_at is not None for item in items("in_trash"))
    assert all(item.index is None for item in items("no_index"))
    [daily] = items("date_based")
    assert all(season.index > 1_990 for season in full.children(daily.id))
    [nfd] = items("nfd_title")
    assert nfd.title != unicodedata.normalize("NFC", nfd.title)
    assert "\r\n" in items("line_breaks")[0].summary
    assert all(item.index == 0 for item in items("specials"))
    assert items("specials")
    assert items("hidden_seasons")[0].seasons_hidden


def test_guids_of_every_kind_of_agent_occur(full: DemoLibrary) -> None:
    schemes = {item.guid.partition("://")[0] for item in full.items.values()}
    assert schemes >= {
        "plex",
        "local",
        "com.plexapp.agents.imdb",
        "com.plexapp.agents.themoviedb",
        "com.plexapp.agents.thetvdb",
        "com.plexapp.agents.hama",
        "com.plexapp.agents.none",
    }


def test_the_4k_library_holds_films_of_the_movie_library_under_the_same_guid(full: DemoLibrary) -> None:
    guids = {item.guid for item in full.members("1", "movie")}
    copies = full.members("2", "movie")
    assert len(copies) == 66
    assert sum(copy.guid in guids for copy in copies) >= 60
    paths = {part.file for copy in copies for version in copy.versions for part in version.parts}
    assert all(path.startswith("/media/movies-4k/") for path in paths)


def test_titles_are_of_many_scripts_and_all_different(full: DemoLibrary) -> None:
    shows = [item.title for item in full.items.values() if item.kind == "show"]
    assert len(set(shows)) == len(shows)
    everything = "".join(shows)
    for script in ("CJK", "CYRILLIC", "HIRAGANA", "LATIN SMALL LETTER E WITH ACUTE"):
        assert any(unicodedata.name(character, "").startswith(script) for character in everything), script
    assert "🚀" in everything
    assert "&" in everything
    movies = Counter((item.title, item.year) for item in full.members("1", "movie"))
    # One pair is wanted: two editions of a film share title, year and guid.
    assert [count for count in movies.values() if count > 1] == [2]


def test_anime_lies_under_a_unc_root(full: DemoLibrary) -> None:
    files = [e.versions[0].parts[0].file for e in full.members("4", "episode")]
    assert files
    assert all(file.startswith("\\\\NAS\\Anime\\") and "/" not in file for file in files)
