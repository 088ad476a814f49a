"""A demo library with its real files, imported; and computers whose disks fail where a test says so."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import Server
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.sources.base import Connection
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.filesystem import ComputerFileSystem
from retrovue.core.system.volumes import Volume, VolumeKind
from retrovue.demo import LibrarySpec, make_library
from retrovue.demo.files import WrittenFiles, write_files
from retrovue.demo.files import mappings as demo_rules

TOKEN = "demo-token"
SPEC = {"shows": 8, "episodes": 90, "movies": 24}

STATE = "coalesce(p.file_state, 'unmapped')"
PLACED = "media_files f LEFT JOIN file_places p ON p.media_file_id = f.id"


@dataclass
class Disks(ComputerFileSystem):
    """This computer's disks, but folders in `errors` fail with a number, and `before` sees every look."""

    errors: dict[str, int] = field(default_factory=dict)
    before: Callable[[str], None] = lambda folder: None
    scans: list[str] = field(default_factory=list)
    changed_at: Callable[[str], float] | None = None

    def lstat(self, path: str) -> os.stat_result:
        status = super().lstat(path)
        if self.changed_at is None:
            return status
        when = self.changed_at(path)
        # No program sets the second of these times, so a test says it.
        return os.stat_result((*status[:7], when, when, when))

    def scan(self, folder: str) -> list[os.DirEntry[str]]:
        self.scans.append(folder)
        self.before(folder)
        if folder in self.errors:
            raise OSError(self.errors[folder], os.strerror(self.errors[folder]), folder)
        return super().scan(folder)


@dataclass
class Volumes:
    """What is mounted, by a test's word."""

    found: list[Volume] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)

    def volumes(self) -> list[Volume]:
        return self.found

    def common_folders(self) -> list[str]:
        return self.folders


@dataclass
class _NoAliases:
    network_paths: dict[str, str] = field(default_factory=dict)


@dataclass
class Home:
    """A profile with an imported library and its files under `media`."""

    world: Any
    media: Path
    made: WrittenFiles
    disks: Disks
    volumes: Volumes
    host: AppContext

    @property
    def server(self) -> Server:
        stored: Server = self.world.stored
        return stored

    def add_rules(self) -> None:
        """The rules that lead to the tree, one for each library root."""
        for server_path, folder in demo_rules(self.world.library, self.media):
            mappings.add(self.host, self.server, None, self.told(server_path), str(folder))

    def told(self, server_path: str) -> str:
        """A path as the server tells it: Emby tells files by the share alias of their root."""
        for root, alias in getattr(self.world.server.dialect, "view", _NoAliases()).network_paths.items():
            if server_path == root or server_path.startswith(f"{root}/"):
                return alias + server_path[len(root) :].replace("/", "\\")
        return server_path

    def states(self) -> dict[str, int]:
        return {row[0]: row[1] for row in self.world.rows(f"SELECT {STATE}, count(*) FROM {PLACED} GROUP BY 1")}

    def state(self, server_path: str) -> str:
        told = self.told(server_path)
        return str(self.world.value(f"SELECT {STATE} FROM {PLACED} WHERE server_path = ?", told))

    def local(self, server_path: str) -> Path:
        return Path(self.world.value(f"SELECT local_path FROM {PLACED} WHERE server_path = ?", server_path))


@pytest.fixture
def home(kind: str, imported: Callable[..., Path], new_world: Any, tmp_path: Path) -> Iterator[Home]:
    world = new_world(profile=imported(kind, **SPEC), **SPEC)
    world.pass_time()
    media = tmp_path / "media"
    made = write_files(world.library, media)
    disks = Disks()
    volumes = Volumes([Volume(str(tmp_path), VolumeKind.LOCAL, "ext4", 10_000_000_000_000, 4_000_000_000, "disk")])
    host = AppContext(
        resolve_dirs(world.directory),
        clock=world.clock,
        environ={},
        keyring=lambda: None,
        file_system=disks,
        volume_provider=volumes,
        write_log=False,
    )
    yield Home(world, media, made, disks, volumes, host)
    host.close()


@pytest.fixture
def add_second(home: Home) -> Iterator[Callable[..., Server]]:
    """Imports a second server: the same library by another name, the files of both being the same on disk.

    `add_second(owned=False)`: one that is only shared.
    """
    running = []

    def add(*, owned: bool = True) -> Server:
        world = home.world
        library = make_library(LibrarySpec(**SPEC), clock=world.server_clock)
        library.machine_identifier = "second-machine"
        server = world.adapter.server(library).start()
        running.append(server)
        source = world.adapter.source(Connection(server.url, TOKEN), None, world.sizes, world._wait)
        try:
            info = source.probe()
        finally:
            source.close()
        info = replace(info, is_owner=owned)
        stored = world.host.servers.add(name="Second", url=server.url, info=info, now=world.clock.epoch())
        world.sync(server_ids=(stored.id,))
        return stored

    yield add
    for server in running:
        server.stop()


@pytest.fixture
def mapped(home: Home) -> Home:
    """With the right rules."""
    home.add_rules()
    return home
