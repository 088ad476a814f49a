"""Which titles most people watched, what was watched last, and the longest sitting."""

from dataclasses import dataclass, replace

from retrovue.core.context import AppContext
from retrovue.core.domain.history import Play, PlayFilter
from retrovue.core.domain.statistics import Chosen, Key, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history.plays import list_plays
from retrovue.core.services.statistics.views import labels, resolved, wanted


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


def most_popular(host: AppContext, chosen: Chosen, *, token: CancelToken | None = None) -> list[PopularTitle]:
    """Return shows and movies, those with the most people first; `chosen.top` of them.

    Raises:
        Cancelled: canceled on the way.
    """
    rows = host.statistics.popular(wanted(host, resolved(host, chosen)), token)
    amounts = {row.key or None: row for row in rows}
    shown = labels(View.TITLES, amounts, host.statistics.names())
    found = [PopularTitle(shown[ref], row.people, row.plays, row.play_s, ref) for ref, row in amounts.items()]
    found.sort(key=lambda title: (-title.users, -title.plays, -title.play_s, str(title.key)))
    return found[: chosen.top]


def longest_sitting(host: AppContext, chosen: Chosen, *, token: CancelToken | None = None) -> Play | None:
    """Return the sitting with the most play time that starts in a range; None without plays.

    Raises:
        Cancelled: canceled on the way.
    """
    asked = wanted(host, replace(resolved(host, chosen), sittings=True))
    found = PlayFilter(ids=tuple(host.statistics.longest(asked, token)))
    return next(iter(list_plays(host, found, joined=True)), None)
