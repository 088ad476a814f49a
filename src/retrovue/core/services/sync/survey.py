"""One look over all libraries of a server: which of them are worth asking one by one.

Emby and Jellyfin have no marker that moves with a library, and asking each library what changed and how much it holds
costs two to four requests. Here all are asked together: what was saved since, how many items there are, and (in
`watched.py`) what was watched. What is saved names its library. What went shows in the number of items, which counts
also what is not imported: it is compared with the catalog by the difference that was learned when every library had
just been found as stored. Whatever is not certain leads back to asking library by library.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from retrovue.core.domain.errors import SourceError
from retrovue.core.domain.servers import Library, RemoteLibrary
from retrovue.core.sources.base import Counted, Overview, Saved
from retrovue.core.storage.survey import SurveyRepository

log = logging.getLogger(__name__)

_MOST_NOTES = 4
"""So many selections of libraries are remembered: all of them, and those that are due at different times."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was learned of a server when each of these libraries was known to be as stored.

    Attributes:
        surplus: how many more items the server counts than these libraries hold.
        foreign: ids among the newest items that are none of theirs.
        folders: a hash of the libraries, their kinds and folders.
        counts_all: the joint question counted as many as one question for each type.
    """

    surplus: int
    foreign: tuple[str, ...]
    folders: str
    counts_all: bool

    @classmethod
    def of(cls, found: object) -> "Baseline | None":
        """Read what `stored` gave; None for anything else."""
        match found:
            case {
                "surplus": int(surplus), "foreign": list(foreign), "folders": str(folders), "counts_all": bool(whole),
            }:  # fmt: skip
                return cls(surplus, tuple(map(str, foreign)), folders, whole)
            case _:
                return None

    def stored(self) -> dict[str, object]:
        """As JSON can hold it."""
        return {
            "surplus": self.surplus,
            "foreign": list(self.foreign),
            "folders": self.folders,
            "counts_all": self.counts_all,
        }


@dataclass(slots=True)
class Survey:
    """The look over some libraries of one server, once a sync. One thread.

    Args:
        libraries: those that this sync is about. remotes: as the server lists them now.
        rows: of the catalog.
        resting: ids of those that may be left alone where nothing speaks against it, with where their deltas begin.

    Attributes:
        speaks: ids of libraries of which something was saved.
    """

    server_id: int
    libraries: Sequence[Library]
    remotes: Mapping[str, RemoteLibrary]
    rows: SurveyRepository
    resting: Mapping[int, int]
    speaks: set[int]
    _baseline: Baseline | None = None
    _saved: Saved | None = None
    _since: float | None = None
    _is_proven: bool = False
    _counted: Counted | None = None
    _counts_all: bool = False
    _doubts: str = ""

    @property
    def is_in_doubt(self) -> bool:
        """Whether every library is asked by itself."""
        return bool(self._doubts)

    @property
    def server_time(self) -> int | None:
        """Up to when all is known that was saved, by the server's clock; None where the answer may lack something."""
        saved = self._saved
        told = None if saved is None or not self._is_proven else saved.server_time
        return None if told is None else int(told)

    def ask(self, overview: Overview, *, learn: bool) -> None:
        """Ask what was saved and how many items there are; `learn`: also where no sync can be spared by it yet."""
        baseline = Baseline.of(self._notes().get(self._key()))
        try:
            self._ask(overview, baseline, learn)
        except SourceError as error:
            # Perhaps only this question is refused: the libraries themselves say what is the matter.
            self._doubt(f"not answered: {error.text} {error.detail}")

    def _ask(self, overview: Overview, baseline: Baseline | None, learn: bool) -> None:
        spared = baseline is not None and baseline.counts_all and self.resting
        if not spared and not learn:
            self._doubt("nothing can be spared")
            return
        if baseline is not None and not baseline.counts_all and len(self.resting) == len(self.libraries):
            # Asked to prove itself once more when a library is verified.
            self._doubt("the joint question of this server loses items")
            return
        self._counted = overview.counted()
        if baseline is None or not baseline.counts_all:
            self._counts_all = self._counted.total is not None and overview.counted_singly() == self._counted.total
            self._doubt("nothing is known of the server yet")
            if self._counted.server_time is not None:
                self._since = self._counted.server_time
                self._saved = overview.saved(self._since)
            return
        self._baseline, self._counts_all = baseline, True
        if not self.resting:
            self._doubt("no library may be left alone")
        else:
            self._hear(overview)
            if baseline.folders != self._folders():
                self._doubt("the libraries are others, or have other folders")

    def _hear(self, overview: Overview) -> None:
        self._since = since = float(min(self.resting.values()))
        self._saved = saved = overview.saved(since)
        if saved.server_time is not None and saved.server_time < since:
            self._doubt("the server's clock went back")
        elif not saved.is_whole:
            self._doubt("more was saved than one answer holds, or something that cannot be read")
        else:
            self._is_proven = not saved.rows
            self._place(saved)
            if self.speaks:
                self._is_proven = not overview.saved(since, start=len(saved.rows)).rows
                if not self._is_proven:
                    self._doubt("the answer went on beyond its total")

    def _place(self, saved: Saved) -> None:
        """Which libraries the saved items are in: those that hold them, and those that their path lies in."""
        known = {library.remote_id: library.id for library in self.libraries}
        stored = self.rows.items(self._ids(), [row.remote_id for row in saved.rows])
        for row in saved.rows:
            found = stored.get(row.remote_id, [])
            if found and all(each.change_key == row.change_key and not each.is_removed for each in found):
                continue
            places = {each.library_id for each in found} | {known[each] for each in row.library_ids if each in known}
            if not places and not row.library_ids:
                self._doubt("nothing tells where a saved item is")
                return
            self.speaks |= places

    def may_rest(self, library: Library) -> bool:
        """Whether nothing speaks against leaving a library alone, as far as is known before the others were synced."""
        return not self._doubts and library.id in self.resting and library.id not in self.speaks

    def agrees(self, stored: int) -> bool:
        """Whether the server counts what is stored now, those libraries that spoke having been synced.

        Args:
            stored: the items of all these libraries, less those that are known to be absent.
        """
        if self._doubts or self._baseline is None or self._counted is None or self._counted.total is None:
            return False
        if self._counted.total - stored != self._baseline.surplus:
            self._doubt(f"{self._counted.total} items are counted, {stored} stored, which differ by another number")
            return False
        if strangers := set(self._strangers()) - set(self._baseline.foreign):
            # What has no save date was in no answer; where another item went beside it, the count is as it was.
            self._doubt(f"the newest items are not all known: {sorted(strangers)[:3]}")
            return False
        return True

    def learn(self, overview: Overview, stored: int) -> None:
        """Every library has just been found as stored, after the question: keep by how much the counts differ.

        Only where nothing was saved meanwhile: an item that came and one that went in those minutes could hide each
        other for good.
        """
        counted, before, since = self._counted, self._saved, self._since
        if counted is None or counted.total is None or before is None or since is None or not before.is_whole:
            return
        try:
            after = overview.saved(since)
        except SourceError as error:
            log.info("nothing is learned of server %d: %s %s", self.server_id, error.text, error.detail)
            return
        if after.is_whole and set(after.rows) == set(before.rows):
            surplus, foreign = counted.total - stored, tuple(self._strangers())
            self._keep(Baseline(surplus, foreign, self._folders(), counts_all=self._counts_all))

    def _strangers(self) -> list[str]:
        newest = () if self._counted is None else self._counted.newest
        stored = self.rows.items(self._ids(), newest)
        return [each for each in newest if all(row.is_removed for row in stored.get(each, []))]

    def _doubt(self, reason: str) -> None:
        log.debug("the libraries of server %d are asked one by one: %s", self.server_id, reason)
        self._doubts = self._doubts or reason

    def _ids(self) -> list[int]:
        return sorted(library.id for library in self.libraries)

    def _key(self) -> str:
        return ",".join(map(str, self._ids()))

    def _notes(self) -> dict[str, object]:
        found = self.rows.notes(self.server_id).get("counts")
        return found if isinstance(found, dict) else {}

    def _keep(self, baseline: Baseline) -> None:
        notes = self.rows.notes(self.server_id)
        counts = self._notes()
        counts.pop(self._key(), None)
        latest = dict(list(counts.items())[1 - _MOST_NOTES :])
        self.rows.keep(self.server_id, {**notes, "counts": {**latest, self._key(): baseline.stored()}})

    def _folders(self) -> str:
        """The libraries that the server lists, whatever is imported of them: a folder that moves takes items along."""
        listed = sorted(
            (each.remote_id, each.kind.value, sorted((root.path, root.network_path or "") for root in each.roots))
            for each in self.remotes.values()
        )
        return blake2b(repr(listed).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
