"""What narrows a list of the Library page down, as a value: asked, kept under a name, handed between pages."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from retrovue.core.domain.browse import BrowseQuery, SortField, View
from retrovue.core.domain.media import CatalogItem, FileState, ItemKind
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.watched import WatchedBy


@dataclass(frozen=True)
class NewIn:
    """What a sync brought: the last one that brought anything (no days, no start), of the last days, or one run.

    Attributes:
        days: reckoned back from today, whenever that is.
        since, until: epoch seconds of one run.
    """

    days: int | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Filters:
    """Everything that can be filtered by; empty lets all through.

    Attributes:
        added_since: a local day, or how many days back from today.
        new: brought by a sync lately; None lets all through.
        by_anybody: how much was watched, by anybody.
    """

    server_ids: tuple[int, ...] = ()
    library_ids: tuple[int, ...] = ()
    states: tuple[FileState, ...] = ()
    watched: bool | None = None
    resolutions: tuple[str, ...] = ()
    added_since: date | int | None = None
    trashed: bool = False
    new: NewIn | None = None
    by_anybody: WatchedBy = field(default_factory=WatchedBy)
    collection_ids: tuple[int, ...] = ()

    def query(self, view: View, words: str, sort: SortField, descending: bool, *, grouped: bool = False) -> BrowseQuery:
        """The list of `view` that these filters and the search text let through."""
        new = self.new
        since = new.since if new is not None else None
        if new is not None and new.days is not None:
            since = _midnight(new.days)
        return BrowseQuery(
            view=view,
            text=words,
            server_ids=self.server_ids,
            library_ids=self.library_ids,
            states=self.states,
            resolutions=self.resolutions,
            watched=self.watched,
            added_since=_midnight(self.added_since),
            trashed=self.trashed,
            sort=sort,
            descending=descending,
            seen_since=since,
            seen_until=new.until if new is not None else None,
            in_last_run=new == NewIn(),
            grouped=grouped,
            watch=self.by_anybody.bounds(),
            collection_ids=self.collection_ids,
        )


def _midnight(day: date | int | None) -> int | None:
    """The beginning of a local day, or of the day so many days ago, epoch seconds."""
    if day is None:
        return None
    if isinstance(day, int):
        day = now().astimezone().date() - timedelta(days=day)
    return int(datetime(day.year, day.month, day.day).astimezone().timestamp())


@dataclass(frozen=True)
class Criteria:
    """A whole question: what is listed, the words of the search, the filters."""

    view: View = View.SHOWS
    words: str = ""
    filters: Filters = Filters()

    @staticmethod
    def of_query(query: BrowseQuery) -> "Criteria":
        """What another page asks for."""
        new = NewIn(since=query.seen_since, until=query.seen_until) if query.seen_since is not None else None
        filters = Filters(
            query.server_ids,
            query.library_ids,
            query.states,
            query.watched,
            query.resolutions,
            trashed=query.trashed,
            new=NewIn() if query.in_last_run else new,
            collection_ids=query.collection_ids,
        )
        return Criteria(query.view, query.text, filters)

    def to_json(self) -> str:
        """As it is kept in the catalog."""
        chosen = self.filters
        since = chosen.added_since
        found: dict[str, Any] = {
            "view": self.view.value,
            "words": self.words,
            "servers": list(chosen.server_ids),
            "libraries": list(chosen.library_ids),
            "states": [state.value for state in chosen.states],
            "watched": chosen.watched,
            "resolutions": list(chosen.resolutions),
            "added_since": since.isoformat() if isinstance(since, date) else since,
            "trashed": chosen.trashed,
            "new": None if chosen.new is None else [chosen.new.days, chosen.new.since, chosen.new.until],
            "by_anybody": chosen.by_anybody.to_list(),
            "collections": list(chosen.collection_ids),
        }
        # `False` is an answer to whether something was watched, and none to whether it is in the trash.
        blank = {"trashed": False, **dict.fromkeys(found.keys() - {"trashed"})}
        return json.dumps({key: value for key, value in found.items() if value not in ("", []) and value != blank[key]})

    @staticmethod
    def from_json(kept: str) -> "Criteria":
        """What `to_json` wrote.

        Raises:
            ValueError: it was written by another program, or a newer one.
        """
        try:
            found = json.loads(kept)
            since = found.get("added_since")
            new = found.get("new")
            return Criteria(
                View(found["view"]),
                str(found.get("words", "")),
                Filters(
                    tuple(int(n) for n in found.get("servers", ())),
                    tuple(int(n) for n in found.get("libraries", ())),
                    tuple(FileState(state) for state in found.get("states", ())),
                    found.get("watched"),
                    tuple(str(name) for name in found.get("resolutions", ())),
                    date.fromisoformat(since) if isinstance(since, str) else since,
                    bool(found.get("trashed", False)),
                    None if new is None else NewIn(*new),
                    WatchedBy(*found.get("by_anybody", ())),
                    tuple(int(n) for n in found.get("collections", ())),
                ),
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(kept) from error


_VIEW_OF = {ItemKind.SHOW: View.SHOWS, ItemKind.EPISODE: View.EPISODES, ItemKind.MOVIE: View.MOVIES}


@dataclass(frozen=True)
class OneItem:
    """One item that another page or a link wants shown: a list that has it, and its row there."""

    criteria: Criteria
    row_id: int

    @staticmethod
    def of(item: CatalogItem) -> "OneItem":
        """Its title in its library. Many episodes share a title, and a copy elsewhere would stand for it."""
        filters = Filters(server_ids=(item.server_id,), library_ids=(item.library_id,))
        return OneItem(Criteria(_VIEW_OF[item.kind], item.title, filters), item.id)
