"""Two floors of a first import: the same pages fetched raw, decoded, and inserted with plain sqlite3; nothing compared.

`import_plainly` writes the same columns into the same tables with the same indexes and full-text index as the program
does, with as many requests in flight. What the program needs beyond this is the price of comparing, proving, mapping
and resuming. `import_flat` writes one table without an index, a row a file: what it needs beyond that is the price of
the schema.
"""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import requests

from retrovue.core.domain.guids import parse_guid
from retrovue.core.domain.text import fold, sort_key
from retrovue.core.storage import schema

_PAGE = 500
_IN_FLIGHT = 4
_TYPES = {"movie": ((1, "movies"),), "show": ((2, "shows"), (4, "episodes"))}
_ITEM = (
    "id library_id remote_id title sort_title sort_key original_title year guid_primary source_guid summary "
    "content_rating genre studio originally_available_at duration_ms added_at remote_updated_at view_count artwork "
    "size_bytes fingerprint change_key last_seen_at first_seen_at"
).split()
_EPISODE = [*_ITEM, *"show_id season_id season_number episode_number".split()]
_CODES = {"shows": 0, "movies": 1, "episodes": 2}
_FLAT_ITEM = (
    "ratingKey title titleSort originalTitle year guid summary contentRating studio originallyAvailableAt duration "
    "addedAt updatedAt viewCount lastViewedAt thumb grandparentRatingKey grandparentTitle parentIndex index"
).split()
_FLAT_MEDIA = "videoCodec audioCodec audioChannels videoResolution width height bitrate".split()
_FLAT_PART = "file size duration container key".split()
_FLAT = [
    f'"{name}"'
    for name in ("library", "kind", "genre", "ids", *_FLAT_ITEM, *_FLAT_MEDIA, *(f"part_{n}" for n in _FLAT_PART))
]


def import_plainly(url: str, token: str, path: Path) -> tuple[int, float]:
    """Import every movie and show library into the program's tables; returns (items, seconds)."""
    schema.open_catalog(path, now=lambda: 1).close()
    started = time.perf_counter()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        _set_up(db)
        db.execute("PRAGMA foreign_keys=ON")
        db.execute(
            "INSERT INTO servers (id, uuid, kind, name, url, machine_identifier, version, is_owner, is_active, "
            "follow_live, state, created_at) VALUES (1, 'u', 'plex', 's', 'x', 'm', '1', 1, 1, 1, 'online', 1)"
        )
        writer = _Writer(db)
        for section, table, items in _listed(url, token):
            writer.library(int(section["key"]), section["title"], section["type"])
            writer.write(table, items)
        db.execute("INSERT INTO search_fts (search_fts) VALUES ('rebuild')")
        db.execute(
            "UPDATE shows SET (total_episodes, total_seasons) = (SELECT count(*), count(DISTINCT season_number) "
            "FROM episodes e WHERE e.show_id = shows.id)"
        )
    return writer.items, time.perf_counter() - started


def import_flat(url: str, token: str, path: Path) -> tuple[int, float]:
    """Import every movie and show library into one table, a row a file; returns (items, seconds)."""
    count = 0
    started = time.perf_counter()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        _set_up(db)
        db.execute(f"CREATE TABLE flat ({', '.join(_FLAT)})")
        insert = f"INSERT INTO flat VALUES ({', '.join('?' * len(_FLAT))})"
        for section, table, items in _listed(url, token):
            rows = [row for item in items for row in _flat_rows(section["title"], table, item)]
            db.execute("BEGIN IMMEDIATE")
            db.executemany(insert, rows)
            db.execute("COMMIT")
            count += len(items)
    return count, time.perf_counter() - started


def _set_up(db: sqlite3.Connection) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000"):
        db.execute(f"PRAGMA {pragma}")


def _listed(url: str, token: str) -> Iterator[tuple[Any, str, list[Any]]]:
    """(section, table, items) of every page of every movie and show library."""
    session = requests.Session()
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=_IN_FLIGHT))
    headers = {"X-Plex-Token": token, "Accept": "application/json", "Accept-Encoding": "identity"}

    def fetch(address: str, start: int, size: int) -> bytes:
        window = {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}
        return session.get(url + address, headers={**headers, **window}, timeout=60).content

    with ThreadPoolExecutor(_IN_FLIGHT) as pool:
        for section in msgspec.json.decode(fetch("/library/sections", 0, 100))["MediaContainer"]["Directory"]:
            for number, table in _TYPES.get(section["type"], ()):
                address = f"/library/sections/{section['key']}/all?type={number}&includeGuids=1&sort=addedAt:asc"
                total = msgspec.json.decode(fetch(address, 0, 0))["MediaContainer"]["totalSize"]
                for body in _pages(pool, fetch, address, total):
                    yield section, table, msgspec.json.decode(body)["MediaContainer"].get("Metadata", [])


def _flat_rows(library: str, table: str, item: dict[str, Any]) -> Iterator[tuple[object, ...]]:
    values = tuple(item.get(name) for name in _FLAT_ITEM)
    ids = " ".join(guid["id"] for guid in item.get("Guid", ()))
    genre = item["Genre"][0]["tag"] if item.get("Genre") else None
    parts = [(media, part) for media in item.get("Media", ()) for part in media.get("Part", ())]
    for media, part in parts or [({}, {})]:
        yield (
            library,
            table,
            genre,
            ids,
            *values,
            *(media.get(name) for name in _FLAT_MEDIA),
            *(part.get(name) for name in _FLAT_PART),
        )


def _pages(pool: ThreadPoolExecutor, fetch, address: str, total: int) -> Iterator[bytes]:  # type: ignore[no-untyped-def]
    starts = range(0, total, _PAGE)
    for group in range(0, len(starts), _IN_FLIGHT * 2):
        futures = [pool.submit(fetch, address, start, _PAGE) for start in starts[group : group + _IN_FLIGHT * 2]]
        for future in futures:
            yield future.result()


class _Writer:
    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.items = 0
        self._ids = {"shows": 0, "movies": 0, "episodes": 0}
        self._file_id = 0
        self._files: dict[str, int] = {}
        self._shows: dict[str, int] = {}
        self._seasons: dict[tuple[int, int], int] = {}
        self._library = 0

    def library(self, key: int, title: str, kind: str) -> None:
        if self._library == key:
            return
        self._library = key
        self.db.execute(
            "INSERT INTO libraries (id, server_id, remote_id, name, kind, is_enabled, sync_mode) "
            "VALUES (?, 1, ?, ?, ?, 1, 'automatic')",
            (key, str(key), title, kind),
        )

    def write(self, table: str, items: list[dict]) -> None:  # type: ignore[type-arg]
        kind = table[:-1]
        rows, guids, files, links, texts, seasons = [], [], [], [], [], []
        for item in items:
            self._ids[table] += 1
            row_id = self._ids[table]
            size = 0
            for version, media in enumerate(item.get("Media", ())):
                for part, entry in enumerate(media.get("Part", ())):
                    path = entry["file"]
                    size += entry.get("size") or 0
                    if path not in self._files:
                        self._file_id += 1
                        self._files[path] = self._file_id
                        files.append(_file(self._file_id, path, media, entry))
                    links.append((self._files[path], row_id, version, part))
            own = parse_guid(item.get("guid"))
            if own is not None:
                guids.append((row_id, *own, "guid"))
            for guid in item.get("Guid", ()):
                provider, _sep, external = guid["id"].partition("://")
                guids.append((row_id, provider, external, "guid"))
            title = item["title"]
            row = _item(row_id, self._library, item, title, size)
            if table == "shows":
                self._shows[str(item["ratingKey"])] = row_id
            elif table == "episodes":
                show = self._shows[str(item["grandparentRatingKey"])]
                number = item.get("parentIndex")
                season = self._seasons.get((show, number))
                if season is None:
                    season = self._seasons[(show, number)] = len(self._seasons) + 1
                    seasons.append((season, show, number, item.get("parentTitle")))
                row = (*row, show, season, number, item.get("index"))
            rows.append(row)
            texts.append((row_id * 4 + _CODES[table], fold(title)))
        self.items += len(rows)
        self._insert(table, kind, rows, guids, files, links, texts, seasons)

    def _insert(self, table, kind, rows, guids, files, links, texts, seasons) -> None:  # type: ignore[no-untyped-def]
        columns = _EPISODE if table == "episodes" else _ITEM
        execute = self.db.executemany
        self.db.execute("BEGIN IMMEDIATE")
        execute("INSERT INTO seasons (id, show_id, number, title) VALUES (?, ?, ?, ?)", seasons)
        execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
        execute(f"INSERT OR IGNORE INTO {kind}_guids VALUES (?, ?, ?, ?)", guids)
        execute(
            "INSERT INTO media_files (id, server_id, server_path, size_bytes, duration_ms, container, video_codec, "
            "audio_codec, audio_channels, resolution, width, height, bitrate_kbps, change_stamp, "
            f"first_seen_at) VALUES ({', '.join('?' * 15)})",
            files,
        )
        if kind != "show":
            execute(
                f"INSERT OR IGNORE INTO media_links (media_file_id, {kind}_id, version_index, part_index) "
                "VALUES (?, ?, ?, ?)",
                links,
            )
        execute("INSERT INTO search_text (id, folded) VALUES (?, ?)", texts)
        self.db.execute("COMMIT")


def _item(row_id: int, library: int, item: dict, title: str, size: int) -> tuple:  # type: ignore[type-arg]
    get = item.get
    genres = get("Genre")
    return (
        row_id,
        library,
        str(item["ratingKey"]),
        title,
        get("titleSort"),
        sort_key(get("titleSort") or title),
        get("originalTitle"),
        get("year"),
        None,
        get("guid"),
        get("summary"),
        get("contentRating"),
        genres[0]["tag"] if genres else None,
        get("studio"),
        get("originallyAvailableAt"),
        get("duration"),
        get("addedAt"),
        get("updatedAt"),
        get("viewCount", 0),
        get("thumb"),
        size,
        0,
        0,
        1,
        1,
    )


def _file(file_id: int, path: str, media: dict, part: dict) -> tuple:  # type: ignore[type-arg]
    return (
        file_id,
        1,
        path,
        part.get("size"),
        part.get("duration"),
        part.get("container"),
        media.get("videoCodec"),
        media.get("audioCodec"),
        media.get("audioChannels"),
        media.get("videoResolution"),
        media.get("width"),
        media.get("height"),
        media.get("bitrate"),
        part.get("key", "").split("/")[-2] if part.get("key") else None,
        1,
    )
