"""What the History page lists, as a value: asked, kept under a name, handed over by other pages."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from retrovue.core.domain.history import Play, PlayedItem, PlayFilter, PlayQuery
from retrovue.core.services.history.plays import days
from retrovue.gui.pages.history.words import full_title
from retrovue.gui.pages.library.clock import now


@dataclass(frozen=True)
class Dates:
    """A range of local days; both days are part of it. With `last_days` it moves with the calendar.

    Attributes:
        last_days: today alone is 1; else `first` and `last` are empty.
    """

    first: date | None = None
    last: date | None = None
    last_days: int | None = None

    def days(self, today: date) -> tuple[date | None, date | None]:
        """The first and the last day."""
        if self.last_days is None:
            return self.first, self.last
        return today - timedelta(days=self.last_days - 1), today


@dataclass(frozen=True)
class PickedPlays:
    """Plays that another page counted, such as those of a bar of a chart.

    Attributes:
        title: what their chip says.
        grouped: groups of plays were counted, so that the list has as many entries only while it groups.
    """

    title: str
    ids: tuple[int, ...]
    grouped: bool = False


@dataclass(frozen=True)
class ImportWanted:
    """Another page sends a person here for plays that were never recorded."""


@dataclass(frozen=True)
class PlayFilters:
    """The chips of the page; empty lets all through."""

    server_ids: tuple[int, ...] = ()
    users: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    watched: bool | None = None
    item: PlayedItem | None = None
    picked: PickedPlays | None = None


@dataclass(frozen=True)
class PlayCriteria:
    """A whole question."""

    words: str = ""
    filters: PlayFilters = PlayFilters()
    dates: Dates = Dates()

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is held back."""
        return self != PlayCriteria()

    def query(self, sort_key: str, *, descending: bool, grouped: bool) -> PlayQuery:
        """The list that these criteria let through.

        Raises:
            ConfigError: the range of days ends before it begins.
        """
        started_from, started_before = days(*self.dates.days(now().astimezone().date()))
        chosen = self.filters
        return PlayQuery(
            PlayFilter(
                started_from=started_from,
                started_before=started_before,
                search=self.words,
                server_ids=chosen.server_ids,
                users=chosen.users,
                kinds=chosen.kinds,
                decisions=chosen.decisions,
                watched=chosen.watched,
                item=chosen.item,
                ids=None if chosen.picked is None else chosen.picked.ids,
            ),
            sort_key,
            descending,
            grouped,
        )

    def to_json(self) -> str:
        """As it is kept in the catalog."""
        chosen, dates = self.filters, self.dates
        item, picked = chosen.item, chosen.picked
        found: dict[str, Any] = {
            "words": self.words or None,
            "servers": list(chosen.server_ids) or None,
            "users": list(chosen.users) or None,
            "kinds": list(chosen.kinds) or None,
            "decisions": list(chosen.decisions) or None,
            "watched": chosen.watched,
            "item": None if item is None else [item.title, item.addresses, item.guids, item.is_show],
            "picked": None if picked is None else [picked.title, picked.ids, picked.grouped],
            "from": dates.first.isoformat() if dates.first else None,
            "to": dates.last.isoformat() if dates.last else None,
            "last_days": dates.last_days,
        }
        return json.dumps({key: value for key, value in found.items() if value is not None})

    @staticmethod
    def from_json(kept: str) -> "PlayCriteria":
        """What `to_json` wrote.

        Raises:
            ValueError: it was written by another program, or a newer one.
        """
        try:
            found = json.loads(kept)
            return PlayCriteria(
                str(found.get("words", "")),
                PlayFilters(
                    tuple(int(n) for n in found.get("servers", ())),
                    tuple(str(name) for name in found.get("users", ())),
                    tuple(str(name) for name in found.get("kinds", ())),
                    tuple(str(name) for name in found.get("decisions", ())),
                    found.get("watched"),
                    _item(found.get("item")),
                    _picked(found.get("picked")),
                ),
                Dates(_day(found.get("from")), _day(found.get("to")), found.get("last_days")),
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(kept) from error


def only_item(item: PlayedItem) -> PlayCriteria:
    """The plays of one item."""
    return replace(PlayCriteria(), filters=PlayFilters(item=item))


def plays_of_title(play: Play) -> PlayCriteria:
    """All plays of what a play was of."""
    known = play.server_id is not None and play.remote_id is not None
    addresses = ((play.server_id or 0, play.remote_id or ""),) if known else ()
    return only_item(PlayedItem(full_title(play), addresses, () if play.guid is None else (play.guid,)))


def _day(kept: str | None) -> date | None:
    return None if kept is None else date.fromisoformat(kept)


def _item(kept: Any) -> PlayedItem | None:
    if kept is None:
        return None
    title, addresses, guids, is_show = kept
    return PlayedItem(
        str(title),
        tuple((int(server_id), str(remote_id)) for server_id, remote_id in addresses),
        tuple(str(guid) for guid in guids),
        bool(is_show),
    )


def _picked(kept: Any) -> PickedPlays | None:
    if kept is None:
        return None
    title, ids, grouped = kept
    return PickedPlays(str(title), tuple(int(play_id) for play_id in ids), bool(grouped))
