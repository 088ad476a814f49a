"""What keeps a title off the list though the conditions of a rule mean it: every reason to leave it alone."""

from collections.abc import Sequence
from enum import StrEnum

from retrovue.core.domain.cleanup.facts import Exclusion, Facts, Level, Origin, Unit
from retrovue.core.domain.cleanup.marks import marked
from retrovue.core.domain.cleanup.rules import Rule
from retrovue.core.domain.media import FileState
from retrovue.core.domain.text import fold

DAY = 86_400
STARTED_S = 112 * DAY
"""How long a play that was not finished counts as started: Plex drops it from Continue Watching after 16 weeks."""

Verdict = bool | None
"""Whether something is true of a title; None: nobody can tell."""


class Why(StrEnum):
    """Why something that the rule means is not a candidate."""

    PLAYING = "playing"
    EXCLUDED = "excluded"
    SHARED = "shared"
    STARTED = "started"
    FAVORITE = "favorite"
    GONE = "gone"
    UNKNOWN = "unknown"


def outdated(facts: Facts, origin: Origin) -> bool:
    """Whether the statistics of a library are older than they may be."""
    return facts.oldest_at is not None and (origin.counted_at is None or origin.counted_at < facts.oldest_at)


def unread(facts: Facts) -> set[int]:
    """Servers whose favorites or tags keep titles off the list, and were never read: nobody knows that one is none."""
    wanted = {one.server_id for one in facts.origins} if facts.keeps_favorites else set[int]()
    wanted |= {one.item_id for one in facts.exclusions if one.kind == "tag" and _is_going(one, facts.now)}
    return wanted - facts.marks.read_at.keys()


def is_gone(unit: Unit) -> bool:
    """Whether a check found none of its files, so that nothing of it can go: it is gone but for the server's word."""
    return bool(unit.files) and all(file.state == FileState.MISSING for file in unit.files)


def _is_going(exclusion: Exclusion, now: int) -> bool:
    return exclusion.until is None or exclusion.until > now


class Keeps:
    """What keeps a title off the list that the conditions of a rule would put there."""

    def __init__(self, facts: Facts, rule: Rule) -> None:
        self._facts = facts
        self._excluded = Excluded(facts.exclusions, facts.now, facts) if facts.exclusions else None
        self._started_since = facts.now - STARTED_S if rule.keep_started else None
        self._outdated = {one.library_id for one in facts.origins if outdated(facts, one)}
        self._unread = unread(facts)
        self._is_plain = not (self._outdated or self._unread or facts.keeps_favorites)

    def why(self, unit: Unit, verdict: Verdict) -> Why | None:
        """Why it is kept apart; None: nothing does."""
        if unit.is_playing:
            return Why.PLAYING
        if self._excluded is not None and self._excluded.covers(unit):
            return Why.EXCLUDED
        if unit.origin.is_shared:
            return Why.SHARED
        # A missing file has no size, and to look at the files of 180,000 titles takes a tenth of a second.
        if not unit.size_bytes and is_gone(unit):
            return Why.GONE
        if verdict is None:
            return Why.UNKNOWN
        if not self._is_plain:
            if unit.origin.library_id in self._outdated or unit.origin.server_id in self._unread:
                return Why.UNKNOWN
            if self._facts.keeps_favorites and marked(self._facts, unit, self._facts.marks.favorites, below=True):
                return Why.FAVORITE
        unfinished_at = unit.history.unfinished_at
        if self._started_since is not None and unfinished_at is not None and unfinished_at > self._started_since:
            return Why.STARTED
        return None


class Excluded:
    """Finds what exclusions cover: a show with its seasons and episodes, and what contains an excluded episode."""

    def __init__(self, exclusions: Sequence[Exclusion], now: int, facts: Facts | None = None) -> None:
        going = [one for one in exclusions if _is_going(one, now)]
        self._covered: dict[tuple[str, int, int | None], Exclusion] = {
            (one.kind, one.item_id, one.season_number): one for one in going if one.kind not in ("collection", "tag")
        }
        self._facts = facts
        self._collections = {one.item_id: one for one in going if one.kind == "collection"}
        self._tags = {(one.item_id, fold(one.title)): one for one in going if one.kind == "tag"}

    def covers(self, unit: Unit) -> bool:
        """Whether it is excluded, or contains what is."""
        return self.find(unit) is not None

    def find(self, unit: Unit) -> Exclusion | None:
        """The exclusion that keeps it off the list."""
        found = None
        if self._covered:
            found = self._own(unit)
            if found is None and unit.members:
                # Whoever deletes a show deletes the one episode that was to be kept.
                found = next((one for one in map(self._own, unit.members) if one is not None), None)
        return found or self._marked(unit)

    def _own(self, unit: Unit) -> Exclusion | None:
        keys: list[tuple[str, int, int | None]] = [("library", unit.origin.library_id, None)]
        if unit.level in (Level.MOVIE, Level.EPISODE):
            keys.append((unit.level.value, unit.id, None))
        if unit.show_id is not None:
            keys.append(("show", unit.show_id, None))
            if unit.level is not Level.SHOW:
                keys.append(("season", unit.show_id, unit.season_number))
        return next((self._covered[key] for key in keys if key in self._covered), None)

    def _marked(self, unit: Unit) -> Exclusion | None:
        facts = self._facts
        if facts is None or not (self._collections or self._tags):
            return None
        for collection_id in marked(facts, unit, facts.marks.collection_ids, below=True) if self._collections else ():
            if collection_id in self._collections:
                return self._collections[collection_id]
        for tag in marked(facts, unit, facts.marks.tags, below=True) if self._tags else ():
            found = self._tags.get((unit.origin.server_id, fold(tag)))
            if found is not None:
                return found
        return None
