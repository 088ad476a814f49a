"""Building the demo library: the same library for the same specification, at any scale."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from retrovue.demo import words
from retrovue.demo.files_of import file_version
from retrovue.demo.library import DemoLibrary, join
from retrovue.demo.model import FULL_HD, HD, SD, UHD, Item, Part, Root, Section, SectionKind, Version
from retrovue.demo.oddities import add_oddities
from retrovue.demo.shows import build_shows
from retrovue.demo.store import Clock
from retrovue.demo.titles import SUMMARIES, file_name, person, sort_title, unique_titles

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class LibrarySpec:
    """How much to generate. `shows`, `episodes` and `movies` are exact totals over all libraries.

    Attributes:
        shows: number of shows; below 10 there is no anime library content.
        episodes: number of episodes, at least `shows`.
        movies: number of movie items; from 24 on a twelfth of them are in the 4K library.
        seed: another seed gives another library.
        reference_time: epoch seconds of the newest addition; everything else is older.
    """

    shows: int = 60
    episodes: int = 3_000
    movies: int = 800
    seed: int = 7
    reference_time: int = 1_767_225_600

    @classmethod
    def scaled(cls, episodes: int, *, seed: int = 7) -> LibrarySpec:
        """Give a library of about 50 episodes a show and a movie for every ten episodes."""
        return cls(shows=max(1, episodes // 50), episodes=episodes, movies=episodes // 10, seed=seed)


def make_library(spec: LibrarySpec | None = None, *, clock: Clock = time.time) -> DemoLibrary:
    """Generate a library. About 20 µs an item; less where Python's collector is off meanwhile.

    The caller switches it: with a window in the process, `retrovue.gui.work.garbage` is the only one who may.

    Raises:
        ValueError: fewer episodes than shows.
    """
    spec = spec or LibrarySpec()
    if spec.episodes < spec.shows:
        raise ValueError("every show needs an episode")
    library = DemoLibrary("Lanternhouse", f"{spec.seed:08x}{'5eed' * 8}", clock=clock)
    _add_sections(library, spec)
    rng = random.Random(spec.seed)
    _build_movies(library, spec, rng)
    build_shows(library, rng, shows=spec.shows, episodes=spec.episodes, reference_time=spec.reference_time)
    _build_other(library, spec)
    add_oddities(library, spec.reference_time)
    return library


def _add_sections(library: DemoLibrary, spec: LibrarySpec) -> None:
    movie, series = "tv.plex.agents.movie", "tv.plex.agents.series"
    hama = "com.plexapp.agents.hama"
    rows: tuple[tuple[str, SectionKind, str, str, str, tuple[tuple[str, str], ...]], ...] = (
        ("1", "movie", "Movies", movie, "Plex Movie", (("/media/movies", "movies"),)),
        ("2", "movie", "4K Movies", movie, "Plex Movie", (("/media/movies-4k", "movies-4k"),)),
        ("3", "show", "TV Shows", series, "Plex TV Series",
         (("/media/tv", "tv"), ("/mnt/archive/tv", "archive-tv"))),
        ("4", "show", "Anime", hama, "Absolute Series Scanner", (("\\\\NAS\\Anime", "anime"),)),
        ("5", "artist", "Music", "tv.plex.agents.music", "Plex Music", (("/media/music", "music"),)),
        ("6", "photo", "Photos", "com.plexapp.agents.none", "Plex Photos", (("/media/photos", "photos"),)),
    )  # fmt: skip
    root_id = 0
    for number, (key, kind, title, agent, scanner, roots) in enumerate(rows, start=1):
        listed = []
        for path, folder in roots:
            root_id += 1
            listed.append(Root(root_id, path, folder))
        library.sections[key] = Section(
            key=key,
            kind=kind,
            title=title,
            agent=agent,
            scanner=scanner,
            uuid=f"{spec.seed:08x}-{number:04x}-4000-8000-{number * 7919:012x}",
            roots=listed,
            created_at=spec.reference_time - 1_400 * _DAY_S,
            updated_at=spec.reference_time - 300 * _DAY_S,
            scanned_at=spec.reference_time,
            content_marker=116_893_155 + number * 10_007,
        )


def _movie_titles(rng: random.Random) -> Iterator[tuple[str, int]]:
    yield from words.MOVIE_TITLES
    taken = {title for title, _ in words.MOVIE_TITLES}
    for title in unique_titles(rng, taken):
        yield title, rng.randrange(1931, 2026)


def _build_movies(library: DemoLibrary, spec: LibrarySpec, rng: random.Random) -> None:
    in_4k = spec.movies // 12 if spec.movies >= 24 else 0
    titles = _movie_titles(rng)
    people = [person(rng) for _ in range(200)]
    for number in range(spec.movies - in_4k):
        title, year = next(titles)
        movie = _movie(library, rng, number, title, year, spec.reference_time)
        movie.directors = (rng.choice(people),)
        movie.cast = tuple(rng.sample(people, 3))
        library.insert(movie)
    for movie in library.members("1", "movie")[:: max(1, (spec.movies - in_4k) // in_4k) if in_4k else 1][:in_4k]:
        library.insert(_copy_in_4k(library, movie))


def _movie(library: DemoLibrary, rng: random.Random, number: int, title: str, year: int, reference_time: int) -> Item:
    quality = rng.choices((FULL_HD, HD, SD, UHD), (70, 15, 10, 5))[0]
    duration_ms = rng.randrange(4_500, 9_900) * 1_000 + rng.randrange(1_000)
    added_at = reference_time - rng.randrange(1_000 * _DAY_S)
    name = file_name(f"{title} ({year})")
    path = join(library.sections["1"].roots[0].path, name, f"{name} {quality.resolution}.{quality.container}")
    item_id = library.next_id()
    return Item(
        id=item_id,
        kind="movie",
        section="1",
        guid=f"plex://movie/{rng.getrandbits(96):024x}",
        title=title,
        sort_title=sort_title(title),
        year=year,
        added_at=added_at,
        updated_at=added_at + rng.randrange(40 * _DAY_S) if rng.random() < 0.8 else None,
        artwork_at=added_at,
        summary=rng.choice(SUMMARIES),
        content_rating=rng.choice(words.MOVIE_RATINGS),
        studio=rng.choice(words.STUDIOS),
        rating=round(rng.uniform(4.1, 9.4), 1),
        originally_available_at=f"{year}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}",
        duration_ms=duration_ms,
        genres=tuple(rng.sample(words.GENRES, rng.randrange(1, 4))),
        external_ids=(f"imdb://tt9{number:07}", f"tmdb://{900_000 + number}", f"tvdb://{380_000 + number}"),
        versions=(file_version(library, rng, path, quality, duration_ms, added_at),),
        view_count=rng.choices((0, 1, 2, 5), (60, 25, 10, 5))[0],
    )


def _copy_in_4k(library: DemoLibrary, movie: Item) -> Item:
    """The same film in the 4K library: same guid and ids, another address and another file."""
    name = file_name(f"{movie.title} ({movie.year})")
    path = join(library.sections["2"].roots[0].path, name, f"{name} - 2160p.mkv")
    part = Part(
        library.next_file_id(),
        path,
        (movie.duration_ms or 0) * UHD.bitrate_kbps // 8,
        movie.added_at,
        movie.duration_ms,
    )
    return Item(
        id=library.next_id(),
        kind="movie",
        section="2",
        guid=movie.guid,
        title=movie.title,
        sort_title=movie.sort_title,
        year=movie.year,
        added_at=movie.added_at + _DAY_S,
        updated_at=movie.updated_at,
        artwork_at=movie.artwork_at,
        summary=movie.summary,
        content_rating=movie.content_rating,
        studio=movie.studio,
        rating=movie.rating,
        originally_available_at=movie.originally_available_at,
        duration_ms=movie.duration_ms,
        genres=movie.genres,
        directors=movie.directors,
        cast=movie.cast,
        external_ids=movie.external_ids,
        versions=(Version(library.next_file_id(), UHD, (part,)),),
    )


def _build_other(library: DemoLibrary, spec: LibrarySpec) -> None:
    """A little music and a few photos: sections that exist on most servers and that nobody imports yet."""
    for name in words.MUSIC_ARTISTS:
        item_id = library.next_id()
        library.insert(
            Item(item_id, "artist", "5", f"plex://artist/{item_id:024x}", name, added_at=spec.reference_time)
        )
    for number in range(1, 25):
        item_id = library.next_id()
        library.insert(
            Item(
                item_id,
                "photo",
                "6",
                f"local://{item_id}",
                f"Holiday {number:02}",
                added_at=spec.reference_time,
            )
        )
