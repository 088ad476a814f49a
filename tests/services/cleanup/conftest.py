"""A catalog that is filled row by row, so that every fact is known."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.programs import Program

from retrovue.core.domain.path_syntax import storable
from retrovue.core.storage.tables import metadata
from retrovue.core.system.dirs import resolve_dirs

NOW = 1_767_300_000
DAY = 86_400


class StillClock:
    """Stands at one instant until it is moved."""

    def __init__(self) -> None:
        self.seconds = NOW

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def epoch(self) -> int:
        return self.seconds

    def monotonic(self) -> float:
        return float(self.seconds)


class Shelf:
    """Writes rows with what every column needs."""

    def __init__(self, folder: Path, *, volumes: Any = None) -> None:
        self.clock = StillClock()
        self.folder = folder
        self.host = Program(
            resolve_dirs(folder / "data"),
            clock=self.clock,
            environ={},
            keyring=lambda: None,
            volume_provider=volumes,
            write_log=False,
        )
        self._next = 0

    def insert(self, table: str, **values: Any) -> int:
        with self.host.database.write() as connection:
            made = connection.execute(metadata.tables[table].insert().values(values))
            return int((made.inserted_primary_key or [0])[0])

    def server(
        self,
        name: str = "Attic",
        *,
        is_owner: bool = True,
        begins_days: float | None = 1000,
        heard_days: float | None = 0,
    ) -> int:
        """A server; `begins_days`: for how long its plays are recorded, `heard_days`: until when."""
        made = self.insert(
            "servers",
            uuid=name,
            kind="plex",
            name=name,
            url=f"http://{name}",
            machine_identifier=name,
            version="1",
            is_owner=is_owner,
            is_active=True,
            follow_live=True,
            state="unknown",
            created_at=0,
        )
        if begins_days is not None:
            heard_at = None if heard_days is None else NOW - int(heard_days * DAY)
            self.insert("history_starts", server_id=made, begins_at=NOW - int(begins_days * DAY), heard_at=heard_at)
        return made

    def library(self, server: int, kind: str = "movies", *, is_enabled: bool = True, synced: bool = True) -> int:
        return self.insert(
            "libraries",
            server_id=server,
            remote_id=kind,
            name=kind.title(),
            kind=kind,
            is_enabled=is_enabled,
            sync_mode="automatic",
            last_sync_at=NOW if synced else None,
        )

    def item(self, library: int, title: str, *, kind: str = "movie", days: float = 400, **more: Any) -> int:
        self._next += 1
        values = {
            "library_id": library,
            "remote_id": f"r{title}",
            "title": title,
            "sort_key": title.lower(),
            "source_guid": f"plex://{kind}/{title}",
            "added_at": NOW - int(days * DAY),
            "view_count": 0,
            "size_bytes": 0,
            "fingerprint": self._next,
            "change_key": self._next,
            "first_seen_at": NOW,
            "last_seen_at": NOW,
        }
        return self.insert(f"{kind}s", **{**values, **more})

    def file(self, server: int, item: int, path: Path | str, *, kind: str = "movie", **more: Any) -> int:
        """A file of an item; a `Path` is mapped to itself."""
        local = storable(str(path)) if isinstance(path, Path) else None
        values = {
            "server_id": server,
            "server_path": storable(str(path)),
            "size_bytes": 1000,
            "height": 1080,
            "first_seen_at": NOW,
        }
        place = {name: more.pop(name) for name in ("local_path", "file_state", "disk_size_bytes") if name in more}
        made = self.insert("media_files", **{**values, **more})
        if local or place:
            place = {"local_path": local, "file_state": "found" if local else "unmapped", **place}
            self.insert("file_places", media_file_id=made, computer_id=self.host.database.computer_id, **place)
        self.insert("media_links", media_file_id=made, version_index=0, part_index=0, **{f"{kind}_id": item})
        return made

    def play(self, server: int, title: str, *, days: float, user: str = "mira", **more: Any) -> int:
        self._next += 1
        at = NOW - int(days * DAY)
        values = {
            "uid": f"p{self._next}",
            "server_id": server,
            "server_name": "",
            "user_name": user,
            "kind": "movie",
            "title": title,
            "remote_id": f"r{title}",
            "guid": f"plex://movie/{title}",
            "started_at": at,
            "stopped_at": at,
            "paused_s": 0,
            "play_s": 60,
            "percent": 100,
            "is_watched": True,
            "is_live": False,
            "is_inferred": False,
            "buffered": 0,
            "source": "live",
            "folded": "",
        }
        return self.insert("plays", **{**values, **more})


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.host.close()
