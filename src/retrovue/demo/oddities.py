"""The odd items that real servers hold and that every reader has to survive."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import replace

from retrovue.demo.files_of import file_version, optimized_copy
from retrovue.demo.library import DemoLibrary, join
from retrovue.demo.model import FULL_HD, UHD, Item, Part, Version
from retrovue.demo.titles import file_name

_DAY_S = 86_400


def add_oddities(library: DemoLibrary, reference_time: int) -> None:
    """Turn some of the generated items into odd ones, as far as there are enough.

    `library.oddities` then says which: a name → the ids of the items.
    """
    rng = random.Random(4_711)
    movies = library.members("1", "movie")
    if len(movies) >= 40:
        _movies(library, rng, movies, reference_time)
    if library.count("3", "show") >= 8:
        _shows(library, rng, reference_time)


def _mark(library: DemoLibrary, name: str, *items: Item) -> None:
    library.oddities.setdefault(name, []).extend(item.id for item in items)


def _movies(library: DemoLibrary, rng: random.Random, movies: list[Item], reference_time: int) -> None:
    root = library.sections["1"].roots[0].path
    step = len(movies) // 20
    odd = movies[min(20, step - 1) :: step]
    two, parts, three, optimized, bare, undated, untimed, trashed, future, no_file = odd[:10]
    for movie in (two, movies[2]):
        path = join(root, file_name(f"{movie.title} ({movie.year})"), f"{file_name(movie.title)} - 2160p.mkv")
        movie.versions += (file_version(library, rng, path, UHD, movie.duration_ms, movie.added_at),)
        _mark(library, "two_versions", movie)
    _split(library, parts, ("pt1", "pt2"))
    _split(library, three, ("cd1", "cd2", "cd3"))
    _mark(library, "multi_part", parts, three)
    optimized.versions += (optimized_copy(library, optimized, root),)
    _mark(library, "optimized", optimized)
    bare.year = bare.originally_available_at = bare.duration_ms = bare.rating = bare.studio = None
    bare.summary, bare.genres, bare.cast, bare.directors = "", (), (), ()
    bare.versions = tuple(
        replace(version, parts=tuple(replace(part, duration_ms=None) for part in version.parts))
        for version in bare.versions
    )
    _mark(library, "no_year", bare)
    _mark(library, "no_duration", bare)
    undated.originally_available_at, undated.updated_at = None, None
    untimed.updated_at = None
    _mark(library, "no_updated_at", undated, untimed)
    trashed.deleted_at = reference_time - 3 * _DAY_S
    _mark(library, "in_trash", trashed)
    future.added_at = reference_time + 3_650 * _DAY_S
    _mark(library, "added_in_future", future)
    no_file.versions = ()
    _mark(library, "no_media", no_file)
    _odd_guids_and_texts(library, odd[10:])


def _odd_guids_and_texts(library: DemoLibrary, odd: list[Item]) -> None:
    imdb, themoviedb, local, none, decomposed, lines, edition = odd[:7]
    imdb.guid, imdb.external_ids = "com.plexapp.agents.imdb://tt9123456?lang=en", ()
    themoviedb.guid, themoviedb.external_ids = "com.plexapp.agents.themoviedb://990603?lang=en", ()
    local.guid, local.external_ids = f"local://{local.id}", ()
    none.guid = "com.plexapp.agents.none://9c517f9a04a29b8539912288dfabecf6?lang=xn"
    none.external_ids = ()
    _mark(library, "legacy_guid", imdb, themoviedb, none)
    _mark(library, "local_guid", local)
    decomposed.title = unicodedata.normalize("NFD", "Épreuves à l’été où tout naît")
    decomposed.sort_title = None
    part = decomposed.versions[0].parts[0]
    new_file = join(part.file.rsplit("/", 2)[0], decomposed.title, f"{decomposed.title}.mkv")
    decomposed.versions = (replace(decomposed.versions[0], parts=(replace(part, file=new_file),)),)
    _mark(library, "nfd_title", decomposed)
    lines.summary = 'First line.\r\nSecond line with "quotes", <angles> & an ampersand.\r\n\tThird, indented. 🎬'
    _mark(library, "line_breaks", lines)
    edition.guid, edition.external_ids = lines.guid, lines.external_ids
    edition.title, edition.year, edition.sort_title = lines.title, lines.year, lines.sort_title
    _mark(library, "shared_guid", lines, edition)


def _split(library: DemoLibrary, movie: Item, suffixes: tuple[str, ...]) -> None:
    """Spread a movie over several files."""
    version = movie.versions[0]
    whole = version.parts[0]
    stem, _, extension = whole.file.rpartition(".")
    movie.versions = (
        replace(
            version,
            parts=tuple(
                Part(
                    library.next_file_id(),
                    f"{stem} - {suffix}.{extension}",
                    whole.size_bytes // len(suffixes) + number,
                    whole.stamp + number,
                    (whole.duration_ms or 0) // len(suffixes),
                )
                for number, suffix in enumerate(suffixes)
            ),
        ),
    )


def _shows(library: DemoLibrary, rng: random.Random, reference_time: int) -> None:
    shows = library.members("3", "show")
    hidden, daily = shows[2], shows[5]
    hidden.seasons_hidden = True
    _mark(library, "hidden_seasons", hidden)
    _date_based(library, daily)
    _double_episode(library, shows[1])
    _mark(
        library,
        "specials",
        *(season for show in shows for season in library.children(show.id) if season.index == 0),
    )
    double = library.leaves(shows[3].id)[-1]
    path = double.versions[0].parts[0].file.rsplit(".", 1)[0] + " 2160p.mkv"
    double.versions = (
        file_version(library, rng, path, UHD, double.duration_ms, double.added_at),
        *double.versions,
    )
    _mark(library, "two_versions", double)
    bare = library.leaves(shows[4].id)[-1]
    bare.duration_ms = bare.originally_available_at = bare.year = bare.updated_at = None
    bare.title = ""
    _mark(library, "no_title", bare)
    unmatched = library.leaves(shows[6].id)[0]
    unmatched.guid, unmatched.external_ids = f"local://{unmatched.id}", ()
    _mark(library, "local_guid", unmatched)
    outside = library.leaves(shows[7].id)[0]
    part = outside.versions[0].parts[0]
    moved = replace(part, file="/srv/incoming/" + part.file.rsplit("/", 1)[-1])
    outside.versions = (replace(outside.versions[0], parts=(moved,)),)
    _mark(library, "outside_roots", outside)
    recent = library.leaves(shows[0].id)[-1]
    recent.added_at = reference_time
    _mark(library, "newest", recent)


def _date_based(library: DemoLibrary, show: Item) -> None:
    """A daily programme: the year is the season number, and the newer episodes have only a date."""
    for season in library.children(show.id):
        episodes = library.children(season.id)
        year = int((episodes[0].originally_available_at or "2012")[:4]) + (season.index or 0)
        season.index, season.title = year, f"Season {year}"
        for number, episode in enumerate(episodes):
            episode.season_number, episode.year = year, year
            episode.originally_available_at = f"{year}-{1 + number % 12:02}-{1 + number % 28:02}"
            if number % 2:
                episode.index = None
                _mark(library, "no_index", episode)
    _mark(library, "date_based", show)


def _double_episode(library: DemoLibrary, show: Item) -> None:
    """Two items that the server made of one file S01E01-E02."""
    leaves = library.leaves(show.id)
    if len(leaves) < 2 or leaves[-1].season_id != leaves[-2].season_id:
        return
    first, second = leaves[-2:]
    part = first.versions[0].parts[0]
    both = part.file.replace(f"E{first.index:02} -", f"E{first.index:02}-E{second.index:02} -", 1)
    shared = replace(part, file=both, size_bytes=part.size_bytes * 2)
    for episode in (first, second):
        own = replace(shared, id=library.next_file_id())
        episode.versions = (Version(library.next_file_id(), FULL_HD, (own,)),)
    _mark(library, "shared_file", first, second)
