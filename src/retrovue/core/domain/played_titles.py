"""What shows, movies, seasons and episodes are known by in the history, which has names and numbers and no ids.

A title is a show, or a movie with its year. A season is a show and a number. An item is a movie or an episode: a show,
a season and a number, or where numbers are missing a show and a name. Nothing of it depends on the server, so the same
film on two servers is one title. Pure functions.
"""

from dataclasses import dataclass
from functools import lru_cache

from retrovue.core.domain.titles import episode_code, episode_title, titled

TITLE_YEAR = "\x1f"
"""Between the title and the year of a movie in a key. No server sends it: control characters are not valid in XML."""
PART = "\x1e"
"""Between show, season and episode in a key; not valid in XML either."""


@dataclass(frozen=True, slots=True)
class Within:
    """A part of the history: the plays of a title, of a season, or of one item.

    Attributes:
        title: "Kessler", or "Static Hour\\x1f1987" for a movie with its year.
        season, episode: numbers; None is all of them.
        name: of an episode whose numbers are not known.
    """

    title: str
    season: int | None = None
    episode: int | None = None
    name: str | None = None

    @property
    def ref(self) -> str:
        """What statistics know it by."""
        if self.name is not None:
            return PART.join((self.title, "", self.name))
        numbers = [str(number) for number in (self.season, self.episode) if number is not None]
        return PART.join((self.title, *numbers))

    @property
    def plain_title(self) -> str:
        """The title without its year."""
        return self.title.partition(TITLE_YEAR)[0]

    @property
    def year(self) -> int | None:
        """The year of a movie."""
        year = self.title.partition(TITLE_YEAR)[2]
        return int(year) if year else None

    @property
    def words(self) -> str:
        """ "Kessler", "Static Hour (1987)", "Kessler S02", "Kessler S02E05"."""
        if self.name is not None:
            return episode_title(self.plain_title, "", self.name)
        if self.season is None:
            return titled(self.plain_title, self.year)
        code = f"S{self.season:02d}" if self.episode is None else episode_code(self.season, self.episode)
        return episode_title(self.plain_title, code)


def within(ref: str) -> Within:
    """Return what a row of titles, seasons or items is."""
    title, *parts = ref.split(PART)
    if len(parts) == 2 and not parts[0]:
        return Within(title, name=parts[1])
    season, episode = (int(parts[place]) if place < len(parts) else None for place in (0, 1))
    return Within(title, season, episode)


def title_ref(title: str, year: int | None = None) -> str:
    """Return what a show, or with its year a movie, is known by."""
    return f"{title}{TITLE_YEAR}{year}" if year is not None and year > 0 else title


def part_words(ref: str) -> str:
    """What `within(ref).words` is of a season or an item, without a `Within`: lists have tens of thousands of them."""
    title, _mark, numbers = ref.partition(PART)
    return within(ref).words if not numbers or numbers.startswith(PART) else f"{title} {_code(numbers)}"


@lru_cache(maxsize=10_000)
def _code(numbers: str) -> str:
    """ "S02" or "S02E05", of the numbers in a key."""
    season, *episode = (int(number) for number in numbers.split(PART))
    return episode_code(season, episode[0]) if episode else f"S{season:02d}"
