"""Hints gathered into work. Pure: the time is handed in, in seconds that never go back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from retrovue.core.domain.media import ItemKind
from retrovue.core.services.follow.pace import Patience
from retrovue.core.sources.hints import ItemHint, LibraryHint, WatchedHint

Named = Mapping[str, ItemKind | None]
"""Remote ids with their kind, None where the server did not tell."""


@dataclass(frozen=True, slots=True)
class Work:
    """What hints of one library come to.

    Attributes:
        library_id: the library's remote id; None where the server did not tell.
        changed: items to fetch. removed: items to ask for, and to verify when the server does not know them.
        watched: items that the account watched or unmarked; those that are not stored are no news.
        whole: too many, or not named: go through what changed in the library.
        verify: something is gone that cannot be asked for one by one.
    """

    library_id: str | None
    changed: Named = field(default_factory=dict)
    removed: Named = field(default_factory=dict)
    whole: bool = False
    verify: bool = False
    watched: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Changes:
    """Items of a library to fetch: one request for many of them."""

    first_at: float
    last_at: float
    items: dict[str, ItemKind | None] = field(default_factory=dict)


@dataclass(slots=True)
class _Checks:
    """What may lead to going through a library: dear, so that it may have to wait."""

    first_at: float
    last_at: float
    removed: dict[str, ItemKind | None] = field(default_factory=dict)
    whole: bool = False
    verify: bool = False


class Fold:
    """Gathers the hints of one server. One thread.

    Many frames for one item are one item; more than `Patience.many` items are the library as a whole, so that memory
    stays bounded whatever a server says. `patience` may be replaced at any time.
    """

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._changes: dict[str | None, _Changes] = {}
        self._checks: dict[str | None, _Checks] = {}
        self._watched: _Changes | None = None
        self._rest_until: dict[str | None, float] = {}

    @property
    def waiting(self) -> int:
        """Items that were named and are not handed out yet; a library as a whole counts as one."""
        checks = sum(len(checks.removed) + (checks.whole or checks.verify) for checks in self._checks.values())
        watched = 0 if self._watched is None else len(self._watched.items)
        return checks + watched + sum(len(changes.items) for changes in self._changes.values())

    def hear(self, hint: ItemHint | WatchedHint | LibraryHint, now: float) -> None:
        """Take a hint that came at `now`."""
        match hint:
            case ItemHint(removed=False):
                self._hear_change(hint, now)
            case ItemHint():
                self._drop_change(hint)
                checks = self._check(hint.library_id, now)
                checks.removed[hint.remote_id] = hint.kind
                if len(checks.removed) > self.patience.many:
                    checks.removed.clear()
                    checks.verify = True
            case WatchedHint(remote_id=remote_id):
                self._hear_watched(remote_id, now)
            case LibraryHint():
                checks = self._check(hint.library_id, now)
                checks.whole = True
                checks.verify = checks.verify or hint.removed

    def _hear_change(self, hint: ItemHint, now: float) -> None:
        key = hint.library_id
        checks = self._checks.get(key)
        if checks is not None:
            # It came back: what counts is the last word.
            checks.removed.pop(hint.remote_id, None)
            if checks.whole and self._rest_until.get(key, now) <= now:
                # It is in what the library is going to be asked for.
                checks.last_at = now
                return
            if not (checks.removed or checks.whole or checks.verify):
                del self._checks[key]
        changes = self._changes.setdefault(key, _Changes(now, now))
        changes.last_at = now
        changes.items[hint.remote_id] = hint.kind
        if len(changes.items) > self.patience.many:
            del self._changes[key]
            checks = self._check(key, now)
            checks.first_at = min(checks.first_at, changes.first_at)
            checks.whole = True

    def _hear_watched(self, remote_id: str, now: float) -> None:
        watched = self._watched = self._watched or _Changes(now, now)
        watched.last_at = now
        watched.items[remote_id] = None
        if len(watched.items) > self.patience.many:
            # A whole show was marked: the head of the list of what was watched tells it in one question.
            self._watched = None
            self._check(None, now).whole = True

    def _drop_change(self, hint: ItemHint) -> None:
        changes = self._changes.get(hint.library_id)
        if changes is not None and changes.items.pop(hint.remote_id, hint) is not hint and not changes.items:
            del self._changes[hint.library_id]

    def _check(self, key: str | None, now: float) -> _Checks:
        checks = self._checks.setdefault(key, _Checks(now, now))
        checks.last_at = now
        return checks

    def put_back(self, works: Sequence[Work], now: float) -> None:
        """Work that failed: its libraries are gone through, since nobody knows what of it was done."""
        for work in works:
            checks = self._check(work.library_id, now)
            checks.whole = True
            checks.verify = checks.verify or work.verify or bool(work.removed)

    def rest(self, library_id: str | None, until: float) -> None:
        """Do not go through this library before then: it has just been dear. Single items are still fetched."""
        self._rest_until[library_id] = until

    def next_at(self) -> float | None:
        """When the next work is due; None when nothing waits."""
        due = [self._due_change(each) for each in self._changes.values()]
        due += [self._due_check(key, each) for key, each in self._checks.items()]
        due += [] if self._watched is None else [self._due_change(self._watched)]
        return min(due, default=None)

    def take(self, now: float) -> list[Work]:
        """The work that is due at `now`, each once."""
        changes = [key for key, each in self._changes.items() if self._due_change(each) <= now]
        works = [Work(key, changed=self._changes.pop(key).items) for key in changes]
        if self._watched is not None and self._due_change(self._watched) <= now:
            works.append(Work(None, watched=frozenset(self._watched.items)))
            self._watched = None
        for key in [key for key, each in self._checks.items() if self._due_check(key, each) <= now]:
            checks = self._checks.pop(key)
            self._rest_until.pop(key, None)
            works.append(Work(key, removed=checks.removed, whole=checks.whole, verify=checks.verify))
        return works

    def _due_change(self, changes: _Changes) -> float:
        return min(changes.last_at + self.patience.quiet_s, changes.first_at + self.patience.longest_s)

    def _due_check(self, key: str | None, checks: _Checks) -> float:
        patience = self.patience
        if checks.whole:
            due = min(checks.last_at + patience.quiet_s, checks.first_at + patience.storm_s)
        else:
            due = min(checks.last_at + patience.check_s, checks.first_at + patience.longest_s)
        return max(due, self._rest_until.get(key, due))
