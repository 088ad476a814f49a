"""Invented titles, people and summaries, the same for the same seed."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator

from retrovue.demo import words

_UNSAFE_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')

SUMMARIES: tuple[str, ...] = tuple(
    f"{opening}, {middle}. {ending}"
    for opening, middle, ending in itertools.product(
        words.SUMMARY_OPENINGS, words.SUMMARY_MIDDLES, words.SUMMARY_ENDINGS
    )
)


def file_name(text: str) -> str:
    """Give `text` without the characters that no common file system takes, at most 100 characters long."""
    return _UNSAFE_IN_NAMES.sub("", text.replace(":", " -")).strip(" .")[:100].strip(" .")


def person(rng: random.Random) -> str:
    """Give an invented name."""
    return f"{rng.choice(words.FIRST_NAMES)} {rng.choice(words.LAST_NAMES)}"


def invented(rng: random.Random) -> str:
    """Give an invented English title."""
    adjective, noun, other = rng.choice(words.ADJECTIVES), rng.choice(words.NOUNS), rng.choice(words.NOUNS)
    match rng.randrange(7):
        case 0:
            return f"The {adjective} {noun}"
        case 1:
            return f"{adjective} {noun}"
        case 2:
            return f"The {noun} of {rng.choice(words.PLACES)}"
        case 3:
            return f"{rng.choice(words.GERUNDS)} the {noun}"
        case 4:
            return f"{rng.choice(words.FIRST_NAMES)} and the {adjective} {noun}"
        case 5:
            article = "An" if noun[0] in "AEIOU" or noun == "Hourglass" else "A"
            return f"{article} {noun} for {rng.choice(words.FIRST_NAMES)}"
        case _:
            return f"The {noun} & the {other}"


def unique_titles(rng: random.Random, taken: set[str]) -> Iterator[str]:
    """Yield invented titles without end, none twice and none of `taken`."""
    number = itertools.count(2)
    while True:
        title = invented(rng)
        for _ in range(4):
            if title not in taken:
                break
            title = invented(rng)
        if title in taken:
            title = f"{title} {next(number)}"
        taken.add(title)
        yield title


def sort_title(title: str) -> str | None:
    """Give the title without its leading article, or None when it has none (servers then leave it out)."""
    for article in ("The ", "A ", "An ", "Der ", "Die ", "La ", "El ", "Los "):
        if title.startswith(article):
            return title[len(article) :]
    return None
