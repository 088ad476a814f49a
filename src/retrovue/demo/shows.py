"""Generated shows with their seasons and episodes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from retrovue.demo import words
from retrovue.demo.files_of import file_version
from retrovue.demo.library import DemoLibrary, join
from retrovue.demo.model import FULL_HD, HD, SD, UHD, Item, Quality
from retrovue.demo.titles import SUMMARIES, file_name, invented, person, sort_title, unique_titles

_DAY_S = 86_400
_JAPANESE_EPISODES = (
    "はじまりの駅",
    "雨のちラーメン",
    "忘れ物",
    "月の裏側で",
    "約束の橋",
    "最終便",
    "小さな嘘",
    "夏の終わり",
)
#: Agents of the shows of a TV library in turn; most are new, as on a server of today.
_STYLES = ("plex", "plex", "plex", "thetvdb", "plex", "plex", "none", "plex", "plex", "plex")


@dataclass(slots=True)
class _Plan:
    """What all episodes of a show share."""

    item: Item
    number: int
    style: str
    quality: Quality
    episode_ms: int
    folder: str
    first_aired: date


def build_shows(library: DemoLibrary, rng: random.Random, *, shows: int, episodes: int, reference_time: int) -> None:
    """Add exactly `shows` shows with exactly `episodes` episodes to the TV and anime libraries."""
    anime = shows * 4 // 15 if shows >= 10 else 0
    taken = {title for title, _, _ in (*words.SHOW_TITLES, *words.ANIME_TITLES)}
    invented_titles = unique_titles(rng, taken)
    people = [person(rng) for _ in range(120)]
    pool, state = _episode_titles(rng.getstate())
    rng.setstate(state)
    for number, count in enumerate(_shares(rng, shows, episodes)):
        section = "4" if number >= shows - anime else "3"
        position = number - (shows - anime) if section == "4" else number
        title, year, genre = _show_title(rng, section, position, invented_titles)
        plan = _show(library, rng, number, section, (title, year, genre), reference_time)
        plan.item.cast = tuple(rng.sample(people, 4))
        for season, numbers in _seasons(rng, count, with_specials=number % 4 == 0):
            _add_season(library, rng, plan, season, numbers, pool)


@lru_cache(maxsize=8)
def _episode_titles(state: tuple[Any, ...]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Titles to draw from, and the state of the generator after them; they cost more than a small library."""
    rng = random.Random()
    rng.setstate(state)
    return tuple(invented(rng) for _ in range(1_500)), rng.getstate()


def _shares(rng: random.Random, shows: int, episodes: int) -> Iterator[int]:
    """Split `episodes` over `shows`: some long-running, some short, at least one each."""
    weights = [rng.uniform(0.25, 1.0) ** 2 for _ in range(shows)]
    scale = (episodes - shows) / sum(weights) if shows else 0.0
    given = 0
    cumulative = 0.0
    for number, weight in enumerate(weights, start=1):
        cumulative += weight
        upto = episodes if number == shows else number + int(cumulative * scale)
        yield upto - given
        given = upto


def _show_title(
    rng: random.Random, section: str, position: int, invented_titles: Iterator[str]
) -> tuple[str, int, str]:
    curated = words.ANIME_TITLES if section == "4" else words.SHOW_TITLES
    if position < len(curated):
        return curated[position]
    return next(invented_titles), rng.randrange(1962, 2025), rng.choice(words.GENRES)


def _show(
    library: DemoLibrary,
    rng: random.Random,
    number: int,
    section: str,
    named: tuple[str, int, str],
    reference_time: int,
) -> _Plan:
    title, year, genre = named
    style = "hama" if section == "4" else _STYLES[number % len(_STYLES)]
    added_at = reference_time - 400 * _DAY_S - rng.randrange(700 * _DAY_S)
    roots = library.sections[section].roots
    root = roots[1] if len(roots) > 1 and number % 5 == 4 else roots[0]
    item_id = library.next_id()
    quality = rng.choices((FULL_HD, HD, SD, UHD), (65, 20, 10, 5))[0] if year > 1999 else SD
    minutes = rng.choice((22, 24, 42, 52))
    item = Item(
        id=item_id,
        kind="show",
        section=section,
        guid=_show_guid(rng, style, number),
        title=title,
        sort_title=sort_title(title),
        year=year,
        added_at=added_at,
        updated_at=added_at + rng.randrange(400 * _DAY_S),
        artwork_at=added_at,
        summary=rng.choice(SUMMARIES),
        content_rating=rng.choice(words.TV_RATINGS),
        studio=rng.choice(words.STUDIOS),
        rating=round(rng.uniform(5.2, 9.6), 1),
        originally_available_at=f"{year}-09-{1 + number % 28:02}",
        duration_ms=minutes * 60_000,
        genres=(genre, *rng.sample(words.GENRES, 1)),
        external_ids=(f"imdb://tt8{number:07}", f"tmdb://{700_000 + number}", f"tvdb://{410_000 + number}")
        if style == "plex"
        else (),
    )
    library.insert(item)
    folder = join(root.path, file_name(f"{title} ({year})"))
    return _Plan(item, number, style, quality, minutes * 60_000, folder, date(year, 9, 1 + number % 28))


def _show_guid(rng: random.Random, style: str, number: int) -> str:
    match style:
        case "thetvdb":
            return f"com.plexapp.agents.thetvdb://{410_000 + number}?lang=en"
        case "hama":
            source = ("anidb", "tvdb", "tvdb2")[number % 3]
            return f"com.plexapp.agents.hama://{source}-{15_000 + number}?lang=en"
        case "none":
            return f"com.plexapp.agents.none://{rng.getrandbits(128):032x}?lang=xn"
        case _:
            return f"plex://show/{rng.getrandbits(96):024x}"


def child_guid(rng: random.Random, show_guid: str, kind: str, *numbers: int | str) -> str:
    """Give the guid of a season or episode in the manner of its show's agent."""
    if show_guid.startswith("plex://"):
        return f"plex://{kind}/{rng.getrandbits(96):024x}"
    head, _, language = show_guid.partition("?")
    return f"{head}/{'/'.join(str(number) for number in numbers)}?{language}"


def _seasons(rng: random.Random, count: int, *, with_specials: bool) -> Iterator[tuple[int, range]]:
    """Split `count` episodes into numbered seasons, the specials first."""
    specials = min(3, count // 10) if with_specials else 0
    if specials:
        yield 0, range(1, specials + 1)
    left, season = count - specials, 0
    while left:
        season += 1
        size = min(left, rng.choice((6, 8, 10, 10, 12, 13, 22)))
        yield season, range(1, size + 1)
        left -= size


def _add_season(
    library: DemoLibrary, rng: random.Random, plan: _Plan, season: int, numbers: range, pool: Sequence[str]
) -> None:
    show = plan.item
    aired = plan.first_aired + timedelta(days=365 * max(0, season - 1))
    added_at = show.added_at + min(season, 300) * _DAY_S
    item = Item(
        id=library.next_id(),
        kind="season",
        section=show.section,
        guid=child_guid(rng, show.guid, "season", season),
        title="Specials" if season == 0 else f"Season {season}",
        index=season,
        show_id=show.id,
        added_at=added_at,
        updated_at=added_at + _DAY_S if season % 3 else None,
        artwork_at=added_at,
    )
    library.insert(item)
    for number in numbers:
        _add_episode(library, rng, plan, item, number, aired, pool)


def _add_episode(
    library: DemoLibrary,
    rng: random.Random,
    plan: _Plan,
    season: Item,
    number: int,
    season_aired: date,
    pool: Sequence[str],
) -> None:
    show, season_number = plan.item, season.index or 0
    title = rng.choice(_JAPANESE_EPISODES if show.section == "4" and number % 2 else pool)
    aired = season_aired + timedelta(days=7 * (number - 1))
    duration_ms = plan.episode_ms + rng.randrange(-90_000, 90_000)
    added_at = season.added_at + number * 600
    name = file_name(f"{show.title} - S{season_number:02}E{number:02} - {title}")
    path = join(plan.folder, f"Season {season_number:02}", f"{name}.{plan.quality.container}")
    episode_id = library.next_id()
    chance = rng.random()
    library.insert(
        Item(
            id=episode_id,
            kind="episode",
            section=show.section,
            guid=child_guid(rng, show.guid, "episode", season_number, number),
            title=title,
            year=aired.year,
            index=number,
            season_number=season_number,
            show_id=show.id,
            season_id=season.id,
            added_at=added_at,
            # Most episodes of a real server carry no update time at all.
            updated_at=added_at + 40_000 if chance < 0.3 else None,
            artwork_at=added_at,
            summary=SUMMARIES[int(chance * 1_000) % len(SUMMARIES)],
            content_rating=show.content_rating,
            rating=round(6 + 3 * chance, 1),
            originally_available_at=aired.isoformat(),
            duration_ms=duration_ms,
            directors=(show.cast[number % 4],) if show.cast else (),
            external_ids=(
                f"imdb://tt7{episode_id:07}",
                f"tmdb://{2_000_000 + episode_id}",
                f"tvdb://{7_000_000 + episode_id}",
            )
            if plan.style == "plex"
            else (),
            versions=(file_version(library, rng, path, plan.quality, duration_ms, added_at),),
            view_count=1 if chance > 0.75 else 0,
            last_viewed_at=added_at + 90_000 if chance > 0.75 else None,
        )
    )
