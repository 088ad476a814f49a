"""Which titles most people watched, which were watched last, and the longest sitting."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from retrovue.core.context import AppContext
from retrovue.core.domain.history import Play, PlayFilter
from retrovue.core.domain.played_titles import TITLE_YEAR
from retrovue.core.domain.statistics import Amount, Chosen, Key, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.titles import episode_code
from retrovue.core.services.history.plays import list_plays
from retrovue.core.services.statistics.views import CELLS, labels, resolved, total, wanted
from retrovue.core.system.memory import rare_collections


@dataclass(frozen=True, slots=True)
class PopularTitle:
    """A title and how many people watched it; plays of nobody known count as plays only.

    Attributes:
        ref: as of `StatRow`, for `Bar`.
    """

    key: Key
    users: int
    plays: int
    play_s: int
    ref: Key


RECENT = 25
"""So many titles were watched recently, where nobody says how many."""


@dataclass(frozen=True, slots=True)
class RecentTitle:
    """A title that was watched, and when last.

    Attributes:
        at: when its last play, or its last sitting, began.
        episode: "S02E05" of that play; "" where it has no number.
        user: who watched then; None where nobody is known.
        plays, play_s: of the title in the whole range, as in every other view.
        ref: as of `StatRow`, for `Bar`.
    """

    key: Key
    at: datetime
    episode: str
    user: str | None
    plays: int
    play_s: int
    ref: Key


@dataclass(frozen=True, slots=True)
class Recent:
    """What was watched last in a range.

    Attributes:
        total: of all titles of the range, also those that are not listed.
    """

    chosen: Chosen
    total: Amount
    titles: list[RecentTitle]


def recently_watched(host: AppContext, chosen: Chosen, *, token: CancelToken | None = None) -> Recent:
    """Return the titles that were watched last in a range, the latest first: `chosen.top` of them, else `RECENT`.

    Raises:
        Cancelled: canceled on the way.
    """
    count = RECENT if chosen.top is None else chosen.top
    chosen = replace(resolved(host, chosen), top=None)
    asked = wanted(host, chosen)
    newest = host.statistics.newest(asked, count, token)
    # Those of the same name, too: which of them are called by their year depends on it.
    called = {last.key.partition(TITLE_YEAR)[0] for last in newest}
    only_these = replace(asked, scope=replace(asked.scope, titles=tuple(sorted(called))))
    cells, by = CELLS[View.TITLES]
    rows, names = host.statistics.count(only_these, cells, by, token)
    counted = {row.key: row for row in rows}
    shown = labels(View.TITLES, [key or None for key in counted], names, only=[last.key or None for last in newest])
    found = []
    for last in newest:
        row, ref = counted.get(last.key), last.key or None
        # A play that was deleted between the two questions is in neither the next time.
        if row is not None:
            at = datetime.fromtimestamp(last.started_at, UTC)
            episode = episode_code(last.season_number, last.episode_number)
            user = names.users.get(last.user_id, last.user_name) or None
            found.append(RecentTitle(shown[ref], at, episode, user, row.plays, row.play_s, ref))
    return Recent(chosen, total(host, chosen, token=token), found)


def most_popular(host: AppContext, chosen: Chosen, *, token: CancelToken | None = None) -> list[PopularTitle]:
    """Return shows and movies, those with the most people first; `chosen.top` of them.

    Raises:
        Cancelled: canceled on the way.
    """
    # A row for each title and year, of which Python would search tens of thousands for garbage in vain.
    with rare_collections():
        rows = host.statistics.popular(wanted(host, resolved(host, chosen)), token)
    kept = sorted(rows, key=lambda row: (-row.people, -row.plays, -row.play_s, row.key))[: chosen.top]
    shown = labels(
        View.TITLES, [row.key or None for row in rows], host.statistics.names(), only=[row.key or None for row in kept]
    )
    return [PopularTitle(shown[row.key or None], row.people, row.plays, row.play_s, row.key or None) for row in kept]


def longest_sitting(host: AppContext, chosen: Chosen, *, token: CancelToken | None = None) -> Play | None:
    """Return the sitting with the most play time that starts in a range; None without plays.

    Raises:
        Cancelled: canceled on the way.
    """
    asked = wanted(host, replace(resolved(host, chosen), sittings=True))
    found = PlayFilter(ids=tuple(host.statistics.longest(asked, token)))
    return next(iter(list_plays(host, found, joined=True)), None)
