"""Plays of the history as other programs are told of them. Importing this loads no storage."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from retrovue.core.domain.sharing import SharedPlay, ShareFilter, Sitting
from retrovue.core.host import Host

if TYPE_CHECKING:
    from retrovue.core.storage.listing.reading import Totals
    from retrovue.core.storage.shared_plays import FoundPlays


def found_plays(host: Host, chosen: ShareFilter, *, grouped: bool) -> "AbstractContextManager[FoundPlays]":
    """Look up what a filter lets through, as sittings or one by one, for the time of a block."""
    return host.shared_plays.found(chosen, grouped=grouped)


def totals_of(host: Host, chosen: ShareFilter) -> "Totals":
    """Return how many plays a filter lets through, and how long they are together."""
    return host.shared_plays.totals(chosen, grouped=False)


def sittings_in(
    host: Host, chosen: ShareFilter, *, grouped: bool, limit: int | None = None, rising: bool = False
) -> list[Sitting]:
    """Return sittings (each play as one, unless `grouped`) by the start of their last play, newest first."""
    return host.shared_plays.page(chosen, grouped=grouped, limit=limit, rising=rising)


def plays_of(host: Host, chosen: ShareFilter) -> list[SharedPlay]:
    """Return every play that a filter lets through, newest first."""
    return host.shared_plays.plays(chosen)


def played_addresses(host: Host) -> list[tuple[int | None, str | None, str | None]]:
    """Return (server, remote ID, title of the show) of everything that was played, each once."""
    return host.shared_plays.addresses()
