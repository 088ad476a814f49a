"""How titles and episode numbers are written, the same on every screen and in every export."""

import re

# "Dune (2021)", as servers name an item whose folder carries the year, or that shares its name with a remake.
_OWN_YEAR = re.compile(r"[(\[](\d{4})[)\]]\s*$")


def titled(title: str, year: int | None) -> str:
    """Return "Copper Sky (1981)"; a title that ends with its year is returned as it is.

    Servers differ by one year about many films, so a year that is one apart is not added either. A year of 0 or
    below is how servers write that they do not know it.

    Thread: any.
    """
    if year is None or year <= 0:
        return title
    own = _OWN_YEAR.search(title)
    return title if own is not None and abs(int(own[1]) - year) <= 1 else f"{title} ({year})"


def episode_code(season: int | None, number: int | None, end: int | None = None, aired: str | None = None) -> str:
    """Return "S02E05", "S02E09–E10", "E05" without a season, or the day where there is no number.

    Args:
        number: None or below 0 means not known.
        end: the last episode of a file that contains several.
        aired: YYYY-MM-DD. Daily shows are often numbered by day only, with the year as season.

    Returns:
        An empty text where neither number nor day is known.

    Thread: any.
    """
    if number is None or number < 0:
        return aired or ""
    code = f"E{number:02d}" if season is None or season < 0 else f"S{season:02d}E{number:02d}"
    return f"{code}–E{end:02d}" if end is not None and end > number else code


def episode_title(show: str | None, code: str, title: str = "") -> str:
    """Return "Static Hour S01E04 The Title"; parts that are not known are left out. Thread: any."""
    return " ".join(part for part in (show, code, title) if part)
