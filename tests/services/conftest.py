"""A real program against a demo server: one world per test, checked item by item against the server's truth."""

import contextlib
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.kinds import each_kind
from tests.services.adapters import ADAPTERS, TOKEN, Adapter, Sizes

from retrovue.core.context import AppContext
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import Library, Server, ServerKind
from retrovue.core.domain.sync import LibraryReport, SyncOutcome, SyncReport, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import fold
from retrovue.core.services.sync import run_sync
from retrovue.core.sources.base import Connection, MediaSource
from retrovue.core.storage.catalog import search
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoLibrary, DemoServer, LibrarySpec, make_library
from retrovue.demo.store import ManualClock
from retrovue.demo.truth import Truth

START = 1_767_300_000
_ITEM_TABLES = (
    "movies shows episodes seasons movie_guids show_guids episode_guids media_files media_links held_removals "
    "search_text"
).split()
_TABLES = {"movie": "movies", "show": "shows", "episode": "episodes"}


class HostClock:
    """The program's clock; it stands still unless told to move. Thread: any."""

    def __init__(self, now: int = START) -> None:
        self.seconds = float(now)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def epoch(self) -> int:
        return int(self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class World:
    """A demo server and a program that imports it."""

    adapter: Adapter
    library: DemoLibrary
    server: DemoServer
    server_clock: ManualClock
    directory: Path
    clock: HostClock = field(default_factory=HostClock)
    sizes: Sizes = field(default_factory=Sizes)
    waits_s: list[float] = field(default_factory=list)
    host: AppContext = field(init=False)
    stored: Server = field(init=False)

    def __post_init__(self) -> None:
        if self.path.exists():
            # A copy of another world's profile, whose server had a port of its own.
            with self.sql() as connection:
                connection.execute("UPDATE servers SET url = ?", (self.server.url,))
            self.open()
            (self.stored,) = self.host.servers.all()
        else:
            self.open()
            self.stored = self.add_server()

    def open(self) -> None:
        """Start the program (again)."""
        self.host = AppContext(
            resolve_dirs(self.directory),
            clock=self.clock,
            environ={"RETROVUE_TOKEN": TOKEN, **self.environ},
            keyring=lambda: None,
            open_source=self._source,
            write_log=False,
        )

    @property
    def environ(self) -> dict[str, str]:
        """Where the catalog is, where that is not the profile's own file."""
        return {}

    def close(self) -> None:
        self.host.close()

    def needs(self, *abilities: str) -> None:
        """Skip a scenario that this kind of server cannot have, for the reason that its adapter gives."""
        for each in abilities:
            if each in self.adapter.lacks:
                pytest.skip(self.adapter.lacks[each])

    @property
    def total(self) -> int:
        """How many items a perfect catalog holds."""
        return len(self.adapter.truths(self.server))

    def size(self, section: str, *kinds: str) -> int:
        """How many items of these kinds (all, when none is named) a perfect catalog holds of a section."""
        truths = self.adapter.truths(self.server).values()
        return sum(each.section == section and each.kind in (kinds or _TABLES) for each in truths)

    def listed(self, *kinds: str) -> int:
        """How many items of these kinds a perfect catalog holds of all libraries."""
        return sum(each.kind in kinds for each in self.adapter.truths(self.server).values())

    def sync_unstamped(self, **request: Any) -> SyncReport:
        """A sync that finds what no time stamp shows: at once where a marker moved, else when all is compared."""
        if "marker" in self.adapter.lacks:
            self.let_verification_be_due()
        return self.sync(**request)

    def rename_file(self, item_id: int, path: str, *, bump: bool = False) -> None:
        """Rename an item's first file, as it shows on this kind of server."""
        self.adapter.rename_file(self.library, item_id, path, bump=bump)

    def let_verification_be_due(self) -> None:
        """A week on, everything is compared: what no time stamp shows is found at last."""
        self.pass_time(8 * 86_400)

    def add_server(self, name: str = "Demo") -> Server:
        source = self.adapter.source(self.adapter.connection(self.server), None, self.sizes, self._wait)
        try:
            info = source.probe()
        finally:
            source.close()
        return self.host.servers.add(name=name, url=self.server.url, info=info, now=self.clock.epoch())

    def _source(self, _kind: ServerKind, connection: Connection, token: CancelToken | None) -> MediaSource:
        return self.adapter.source(connection, token, self.sizes, self._wait)

    def _wait(self, seconds: float) -> bool:
        self.waits_s.append(seconds)
        return False

    @property
    def path(self) -> Path:
        return resolve_dirs(self.directory).catalog

    def pass_time(self, seconds: float = 60.0) -> None:
        """Let both clocks go on."""
        self.clock.seconds += seconds
        self.server_clock.advance(seconds)

    def sync(self, *, pause_s: float = 60.0, token: CancelToken | None = None, **request: Any) -> SyncReport:
        """Sync a minute later (`request`: fields of `SyncRequest`)."""
        self.pass_time(pause_s)
        self.server.reset_counters()
        return run_sync(self.host, SyncRequest(**request), token or CancelToken())

    def stored_library(self, section: str) -> Library:
        wanted = self.library.sections.get(section) or self.library.withdrawn[section]
        return next(each for each in self.host.libraries.all() if each.name == wanted.title)

    def of(self, report: SyncReport, section: str) -> LibraryReport:
        """What a report says of one library."""
        library_id = self.stored_library(section).id
        return next(each for each in report.libraries if each.library_id == library_id)

    def counts(self, report: SyncReport, section: str) -> dict[str, int]:
        """The counts of one library that are not 0, without those of unchanged items."""
        found = self.of(report, section)
        names = ("added", "updated", "removed", "held_back", "failed")
        return {name: getattr(found, name) for name in names if getattr(found, name)}

    # --- the catalog, read past the program ---------------------------------------------------------------

    @contextlib.contextmanager
    def sql(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self.sql() as connection:
            return connection.execute(sql, values).fetchall()

    def value(self, sql: str, *values: Any) -> Any:
        return self.rows(sql, *values)[0][0]

    def row(self, item_id: int) -> sqlite3.Row:
        """The row of an item of the server."""
        item = self.library.items[item_id]
        return self.row_of(item.kind, self.adapter.remote_id(item_id))

    def row_of(self, kind: str, remote_id: str) -> sqlite3.Row:
        (found,) = self.rows(f"SELECT * FROM {_TABLES[kind]} WHERE remote_id = ?", remote_id)
        return found

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table that holds items."""
        with self.sql() as connection:
            return {
                table: [tuple(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")]
                if table.endswith("_guids")
                else [tuple(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1")]
                for table in _ITEM_TABLES
            }

    def everything(self) -> list[str]:
        """Every row of every table."""
        with self.sql() as connection:
            return list(connection.iterdump())

    def row_ids(self) -> dict[tuple[str, str, str], int]:
        """(kind, title, year and numbers) -> row id of present items, for telling whether rows stayed."""
        found = {}
        with self.sql() as connection:
            for kind, table in _TABLES.items():
                numbers = "season_number || 'x' || episode_number || show_id" if kind == "episode" else "''"
                for row in connection.execute(
                    f"SELECT id, title, guid_primary, year, {numbers}, source_guid FROM {table} "
                    "WHERE removed_at IS NULL"
                ):
                    found[kind, str(row[1]), str(tuple(row[2:]))] = row[0]
        return found

    # --- the truth --------------------------------------------------------------------------------------------

    def check(self, *, missing: Sequence[int] = (), kept: Sequence[str] = ()) -> None:
        """Compare the catalog with the server, item by item, and look at its inner order.

        Args:
            missing: items of the server that the catalog cannot know.
            kept: remote ids of rows that the server lacks but that were rightly kept.
        """
        with self.library.lock:
            expected = {
                self.adapter.remote_id(number): self._expected(number, truth)
                for number, truth in self.adapter.truths(self.server).items()
                if number not in missing
            }
        found = self._found()
        there = set(expected) - set(kept)
        assert {rid for rid in found if rid not in kept} == there
        for remote_id in there:
            if found[remote_id]["season_id"] is None:
                # Episodes below a hidden season do not name it.
                expected[remote_id]["season_id"] = None
            assert found[remote_id] == expected[remote_id], remote_id
        self.check_order()

    def check_order(self) -> None:
        """What must hold whatever the server said."""
        with self.sql() as connection:
            self.check_engine(connection)
            self._check_totals(connection)
            self._check_search(connection)
            orphans = connection.execute(
                "SELECT f.server_path FROM media_files f WHERE (f.removed_at IS NULL) <> EXISTS ("
                "SELECT 1 FROM media_links l LEFT JOIN movies m ON m.id = l.movie_id LEFT JOIN episodes e ON "
                "e.id = l.episode_id WHERE l.media_file_id = f.id AND coalesce(m.removed_at, e.removed_at) IS NULL)"
            ).fetchall()
            assert [row[0] for row in orphans] == []

    def check_engine(self, connection: sqlite3.Connection) -> None:
        """What the engine itself has to keep."""
        assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO search_fts(search_fts, rank) VALUES('integrity-check', 1)")

    @staticmethod
    def _check_totals(connection: sqlite3.Connection) -> None:
        wrong = connection.execute(
            "SELECT s.id, s.title, s.total_episodes, s.total_seasons, s.size_bytes FROM shows s "
            "WHERE s.removed_at IS NULL AND ((s.total_episodes, s.total_seasons) <> (SELECT count(*), "
            "count(DISTINCT season_number) FROM episodes e WHERE e.show_id = s.id AND e.removed_at IS NULL) "
            "OR s.size_bytes <> (SELECT coalesce(sum(size_bytes), 0) FROM media_files WHERE id IN (SELECT "
            "l.media_file_id FROM episodes e JOIN media_links l ON l.episode_id = e.id WHERE e.show_id = s.id "
            "AND e.removed_at IS NULL)))"
        ).fetchall()
        assert [tuple(row) for row in wrong] == []
        lost = connection.execute(
            "SELECT e.id FROM episodes e JOIN shows s ON s.id = e.show_id "
            "WHERE e.removed_at IS NULL AND (s.removed_at IS NOT NULL OR s.library_id <> e.library_id)"
        ).fetchall()
        assert [row[0] for row in lost] == []
        seasons = connection.execute(
            "SELECT e.id FROM episodes e LEFT JOIN seasons s ON s.id = e.season_id AND s.show_id = e.show_id "
            "AND s.number = e.season_number WHERE e.season_number IS NOT NULL AND s.id IS NULL"
        ).fetchall()
        assert [row[0] for row in seasons] == []

    @staticmethod
    def _check_search(connection: sqlite3.Connection) -> None:
        stored = dict(connection.execute("SELECT id, folded FROM search_text").fetchall())
        wanted = {}
        for kind, table in _TABLES.items():
            for row in connection.execute(f"SELECT id, title, original_title FROM {table}"):
                text = row[1] if not row[2] or row[2] == row[1] else f"{row[1]} {row[2]}"
                wanted[search.search_id(ItemKind(kind), row[0])] = fold(text)
        assert stored == wanted

    def _expected(self, number: int, truth: Truth) -> dict[str, Any]:
        item = self.library.items[number]
        show = self.library.items.get(item.show_id or 0)
        season = self.library.items.get(item.season_id or 0)
        return {
            "kind": truth.kind,
            "library": self.adapter.library_id(truth.section),
            "title": truth.title or truth.original_title or "",
            "sort_title": truth.sort_title,
            "original_title": truth.original_title,
            "year": truth.year,
            "season": truth.season_number,
            "episode": truth.episode_number,
            "episode_end": getattr(truth, "episode_number_end", None),
            "show": None if show is None else self.adapter.remote_id(show.id),
            "season_title": None if season is None or truth.season_number is None else season.title,
            "season_id": None if season is None or truth.season_number is None else self.adapter.remote_id(season.id),
            "guid": truth.guid or None,
            "ids": self.adapter.ids(truth.guid, truth.external_ids),
            "summary": truth.summary or None,
            "content_rating": truth.content_rating,
            "studio": truth.studio,
            "genre": truth.genres[0] if truth.genres else None,
            "available": truth.originally_available_at,
            "duration_ms": truth.duration_ms,
            "added_at": truth.added_at,
            "trashed_at": item.deleted_at if truth.in_server_trash else None,
            "views": self.adapter.views(item),
            "files": [
                (
                    *(each.path, each.size_bytes, self.adapter.stamp(each.stamp), each.duration_ms),
                    *(each.version_index, each.part_index, each.container, each.video_codec, each.audio_codec),
                    self.adapter.resolution(each.resolution),
                )
                for each in truth.files
            ],
        }

    def _found(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        with self.sql() as connection:
            for kind in _TABLES:
                for row in connection.execute(_ITEMS[kind]).fetchall():
                    assert row["remote_id"] not in found
                    found[row["remote_id"]] = self._stored(connection, kind, row)
        return found

    @staticmethod
    def _stored(connection: sqlite3.Connection, kind: str, row: sqlite3.Row) -> dict[str, Any]:
        ids = connection.execute(f"SELECT provider, external_id FROM {kind}_guids WHERE {kind}_id = ?", (row["id"],))
        files: list[Any] = []
        if kind != "show":
            files = connection.execute(
                "SELECT f.server_path, f.size_bytes, f.change_stamp, f.duration_ms, l.version_index, l.part_index, "
                "f.container, f.video_codec, f.audio_codec, f.resolution FROM media_links l "
                f"JOIN media_files f ON f.id = l.media_file_id WHERE l.{kind}_id = ? AND f.removed_at IS NULL "
                "ORDER BY l.version_index, l.part_index",
                (row["id"],),
            ).fetchall()
        return {
            "kind": kind,
            "library": row["library"],
            "title": row["title"],
            "sort_title": row["sort_title"],
            "original_title": row["original_title"],
            "year": row["year"],
            "season": row["season"],
            "episode": row["episode"],
            "episode_end": row["episode_end"],
            "show": row["show"],
            "season_title": row["season_title"],
            "season_id": row["season_key"],
            "guid": row["source_guid"],
            "ids": {tuple(each) for each in ids},
            "summary": row["summary"],
            "content_rating": row["content_rating"],
            "studio": row["studio"],
            "genre": row["genre"],
            "available": row["originally_available_at"],
            "duration_ms": row["duration_ms"],
            "added_at": row["added_at"],
            "trashed_at": row["trashed_at"],
            "views": (row["view_count"], row["last_viewed_at"]),
            "files": [tuple(each) for each in files],
        }


_PLAIN = (
    "SELECT t.*, l.remote_id AS library, NULL AS season, NULL AS episode, NULL AS episode_end, "
    "NULL AS show, NULL AS season_title, NULL AS season_key "
    "FROM {table} t JOIN libraries l ON l.id = t.library_id WHERE t.removed_at IS NULL AND l.unavailable_since IS NULL"
)
_ITEMS = {
    "movie": _PLAIN.format(table="movies"),
    "show": _PLAIN.format(table="shows"),
    "episode": (
        "SELECT t.*, l.remote_id AS library, t.season_number AS season, "
        "t.episode_number AS episode, t.episode_number_end AS episode_end, "
        "h.remote_id AS show, s.title AS season_title, s.remote_id AS season_key "
        "FROM episodes t JOIN libraries l ON l.id = t.library_id "
        "JOIN shows h ON h.id = t.show_id LEFT JOIN seasons s ON s.id = t.season_id "
        "WHERE t.removed_at IS NULL AND l.unavailable_since IS NULL"
    ),
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every scenario runs for every kind of server; the core of them in the fast tier, the rest in the slow one.

    Emby is in the slow tier altogether: it shares the sources and the dialect of Jellyfin, and minutes are short.
    """
    if "kind" not in metafunc.fixturenames:
        return
    core = metafunc.definition.get_closest_marker("every_kind") is not None
    fast = (ServerKind.PLEX, ServerKind.JELLYFIN) if core else (ServerKind.PLEX,)
    # What a catalog is stored in has nothing to do with the kind of server.
    every = (ServerKind.PLEX,) if metafunc.module.__name__.endswith("_on_postgres") else tuple(ServerKind)
    metafunc.parametrize("kind", each_kind(*fast, of=every), indirect=True)


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of server."""
    return str(request.param.value)


def new_world_in(folder: Path, kind: str, *, port: int = 0, made: Callable[..., World] = World, **spec: Any) -> World:
    clock = ManualClock(float(START))
    library = make_library(LibrarySpec(**{"shows": 14, "episodes": 300, "movies": 60, **spec}), clock=clock)
    adapter = ADAPTERS[kind]()
    return made(adapter, library, adapter.server(library, port=port).start(), clock, folder)


@pytest.fixture
def new_world(kind: str, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Starts servers with a program each: `new_world(shows=14, episodes=300, movies=60)`."""
    worlds: list[World] = []

    def start(*, port: int = 0, profile: Path | None = None, **spec: Any) -> World:
        folder = tmp_path / f"profile{len(worlds)}"
        if profile is not None:
            shutil.copytree(profile, folder)
        world = new_world_in(folder, kind, port=port, **spec)
        worlds.append(world)
        return world

    yield start
    for world in worlds:
        world.close()
        world.server.stop()


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    """A server that was never synced."""
    return new_world()


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The profile after the first import, by kind of server and size: imported once, then copied for each test."""

    @cache
    def make(kind: str, **spec: Any) -> Path:
        folder = tmp_path_factory.mktemp("imported") / "profile"
        world = new_world_in(folder, kind, **spec)
        try:
            report = world.sync()
            assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}
        finally:
            world.close()
            world.server.stop()
        return folder

    return make


@pytest.fixture
def synced(kind: str, imported: Callable[..., Path], new_world: Callable[..., World]) -> World:
    """A server after its first import."""
    world = new_world(profile=imported(kind))
    world.pass_time(660)
    return world
