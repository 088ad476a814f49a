"""What a check of files costs beside a bare walk of the same tree: `python -m benchmarks.bench_files [--files N …]`.

The floor is a walk with `os.scandir` over the tree in the same process and run, in two definitions, for two checks:
names only for the scheduled check (which asks for sizes where something changed), names with sizes (on most systems one
stat for each file) for the check that compares every size. The check is the whole service: reading the catalog,
looking, writing states with their mark. The first one writes every row, later ones only what changed. Also timed:
suggesting the rules, trying a typed rule, the search for extra files, adding up disks.

Times are of the processor (the tree is in the system's memory), so that a busy machine changes them little.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.servers import LibraryKind, LibraryRoot, RemoteLibrary, Server, ServerInfo, ServerKind
from retrovue.core.services.files import check as files
from retrovue.core.services.files import disks
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.system.clock import SystemClock
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.volumes import Volume, VolumeKind

_SEASONS, _EPISODES = 4, 12
_ROOT = "/media/tv"


def main() -> None:
    """Measure every size asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--repeat", type=int, default=5, help="each is the best of so many, taken in turns")
    arguments = parser.parse_args()
    for count in arguments.files:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), count, arguments.repeat)


def _paths(count: int) -> Iterator[str]:
    for number in range(count):
        show, rest = divmod(number, _SEASONS * _EPISODES)
        season, episode = divmod(rest, _EPISODES)
        name = f"Show {show:05} - S{season + 1:02}E{episode + 1:02} - A title of some length.mkv"
        yield f"Show {show:05} ({1960 + show % 60})/Season {season + 1:02}/{name}"


def _size(number: int) -> int:
    return 1_000_000 + number * 37 % 900_000


def _make_tree(root: Path, count: int) -> None:
    for number, path in enumerate(_paths(count)):
        file = root / path
        if number % _EPISODES == 0:
            file.parent.mkdir(parents=True)
        with file.open("wb") as stream:
            stream.truncate(_size(number))


class _Later(SystemClock):
    """The tree is old: nothing of it changed for days when it is checked."""

    def epoch(self) -> int:
        """Three days from now."""
        return super().epoch() + 3 * 86_400


class _OneVolume:
    """The tree is on a disk of its own."""

    def __init__(self, path: str) -> None:
        self._path = path

    def volumes(self) -> list[Volume]:
        return [Volume(self._path, VolumeKind.LOCAL, "ext4", 1, 1)]

    def common_folders(self) -> list[str]:
        return []


@contextmanager
def _catalog(folder: Path, media: Path, count: int) -> Iterator[tuple[AppContext, Server]]:
    context = AppContext(
        resolve_dirs(folder / "profile"),
        clock=_Later(),
        environ={},
        keyring=lambda: None,
        volume_provider=_OneVolume(str(media)),
        write_log=False,
    )
    info = ServerInfo(ServerKind.PLEX, "machine", "1.0", "bench")
    server = context.servers.add(name="Bench", url="http://127.0.0.1", info=info, now=1)
    listed = RemoteLibrary("1", "TV", LibraryKind.SHOWS, roots=(LibraryRoot(_ROOT),))
    context.libraries.store_listing(server.id, [listed], now=1)
    with context.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO media_files (server_id, server_path, size_bytes, first_seen_at) VALUES (?, ?, ?, 1)",
            [(server.id, f"{_ROOT}/{path}", _size(number)) for number, path in enumerate(_paths(count))],
        )
    try:
        yield context, server
    finally:
        context.close()


def _walk(folder: str, *, sizes: bool) -> int:
    count = 0
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    if sizes:
                        entry.stat()
                    count += 1
    return count


def _timed(fn: Callable[[], object]) -> float:
    begun = time.process_time()
    fn()
    return time.process_time() - begun


def _measure(folder: Path, count: int, repeat: int) -> None:
    media = folder / "media" / "Series"
    _make_tree(media, count)
    with _catalog(folder, folder / "media", count) as (context, server):
        suggested = _timed(lambda: mappings.suggest(context, server, folders=[str(folder / "media")]))
        (rule, *_rest) = mappings.suggest(context, server)
        typed = PathMapping(None, server.id, None, rule.server_path, rule.local_path)
        tried = min(_timed(lambda: mappings.test(context, mapping=typed)) for _ in range(repeat))
        added = _timed(lambda: mappings.add(context, server, None, rule.server_path, rule.local_path))
        names, sizes, again, quick = [], [], [], []
        first = _timed(lambda: files.check(context))
        for _ in range(repeat):
            names.append(_timed(lambda: _walk(str(media), sizes=False)))
            sizes.append(_timed(lambda: _walk(str(media), sizes=True)))
            again.append(_timed(lambda: files.check(context)))
            quick.append(_timed(lambda: files.check(context, all_sizes=False)))
        found = files.check(context).counts
        extra = min(_timed(lambda: files.extra(context)) for _ in range(repeat))
        added_up = min(_timed(lambda: disks.usage(context)) for _ in range(repeat))
    print(f"\n{count:,} files in {count // _EPISODES:,} folders; found {dict(found)}")
    for name, taken in (
        ("walk, names", min(names)),
        ("walk, names and sizes", min(sizes)),
        ("first check", first),
        ("check of all sizes", min(again)),
        ("scheduled check", min(quick)),
        ("suggest", suggested),
        ("try a typed rule", tried),
        ("add the rule", added),
        ("extra files", extra),
        ("disks", added_up),
    ):
        print(
            f"  {name:24}{taken * 1000:9.0f} ms {taken / min(names):7.2f}x names {taken / min(sizes):7.2f}x names+sizes"
        )
    print(f"check of all sizes / walk of names and sizes: {min(again) / min(sizes):.2f} (budget 3.00)")
    print(f"scheduled check / walk of names: {min(quick) / min(names):.2f} (budget 3.00)")


if __name__ == "__main__":
    main()
