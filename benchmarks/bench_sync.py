"""What a sync costs, by tier and size: `python -m benchmarks.bench_sync [--episodes N …] [--postgres URL]`.

With the address of a PostgreSQL server whose user may create databases, the first import and a sync that finds nothing
run there, too, in turn with those into a file; its databases `retrovue_bench_…` are dropped. Where the server runs on
this machine, its own processor time counts as well: a file has no other process that works for it.

The demo server runs in a process of its own; each measurement runs in a fresh process, so that peak memory and CPU
are its own. The floor (see floor.py) runs in the same way, in turn with the first import that is compared with it.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

TOKEN = "benchmark"  # the demo server's


def main() -> None:
    """Measure every size asked for and print a table of each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--episodes", type=int, nargs="+", default=[2_000, 20_000, 100_000])
    parser.add_argument("--repeat", type=int, default=3, help="floor and import are each the best of so many")
    parser.add_argument("--first-only", action="store_true", help="only first imports and their floors")
    parser.add_argument("--postgres", metavar="URL", help="also measure a catalog on this server")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--dir", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(json.dumps(_STEPS[arguments.step](arguments.url, arguments.dir)))
        return
    for episodes in arguments.episodes:
        _measure(episodes, arguments.repeat, first_only=arguments.first_only, postgres=arguments.postgres)


def _measure(episodes: int, repeat: int, *, first_only: bool, postgres: str | None) -> None:
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "retrovue.demo", "--token", TOKEN, "--shows", str(max(1, episodes // 50))),
            *("--episodes", str(episodes), "--movies", str(episodes // 10)),
        ],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    url = json.loads(server.stdout.readline())["url"]
    try:
        with tempfile.TemporaryDirectory() as folder:
            _run("floor", url, Path(folder) / "warm-floor")  # the server renders every page once
            _run("import", url, Path(folder) / "warm")
            runs: dict[str, list[dict[str, float]]] = {"flat": [], "floor": [], "import": []}
            nothing: list[dict[str, float]] = []
            there: list[tuple[dict[str, float], dict[str, float]]] = []
            for n in range(repeat):
                for name, results in runs.items():
                    results.append(_run(name, url, Path(folder) / f"{name}{n}"))
                if postgres is not None:
                    nothing.append(_run("nothing", url, Path(folder) / f"import{n}"))
                    there.append(_on_server(postgres, url, Path(folder) / f"server{n}"))
            profile = Path(folder) / "import0"
            skipped = {*runs, "tables"}
            steps = {} if first_only else {name: _run(name, url, profile) for name in _STEPS if name not in skipped}
    finally:
        server.terminate()
        server.wait(10)
    flat, floor, first = (min(results, key=lambda result: result["cpu_s"]) for results in runs.values())
    print(f"\n{episodes:,} episodes, {first['items']:,} items")
    print(f"{'':16}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}{'requests':>10}{'MB':>9}{'items/s':>10}")
    for name, result in {"flat floor": flat, "floor": floor, "first import": first, **steps}.items():
        print(
            f"{name:16}{result['wall_s']:9.2f}{result['cpu_s']:9.2f}{result['peak_mb']:9.0f}"
            f"{result.get('requests', 0):10}{result.get('bytes', 0) / 1e6:9.2f}"
            f"{result['items'] / max(result['wall_s'], 1e-9):10.0f}"
        )
    print("ratios of the first import, by processor time and by the clock:")
    for name, one, budget in (("floor", floor, "1.20"), ("flat floor", flat, "2.50, aim 2.00")):
        cpu, wall = (first[unit] / one[unit] for unit in ("cpu_s", "wall_s"))
        print(f"  of the {name}: {cpu:.2f}, {wall:.2f} (budget {budget})")
    for name, here, served in (
        ("first import", runs["import"], [imported for imported, _nothing in there]),
        ("no change", nothing, [found for _imported, found in there]),
    ):
        if served:
            _compare(name, here, served)


def _compare(name: str, here: Sequence[dict[str, float]], served: Sequence[dict[str, float]]) -> None:
    """Print what a step costs on the server and in a file, the best of each."""
    file_wall, wall = (min(result["wall_s"] for result in results) for results in (here, served))
    file_cpu = min(result["cpu_s"] for result in here)
    best = min(served, key=lambda result: result["cpu_s"] + result["server_s"])
    cpu = best["cpu_s"] + best["server_s"]
    print(f"{name} on the server: {wall:.3f} s, {wall / file_wall:.2f} × the file by the clock (budget 2.00)")
    print(
        f"  processor time {cpu:.3f} s ({best['cpu_s']:.3f} here, {best['server_s']:.3f} of the server), "
        f"{cpu / file_cpu:.2f} × the file ({file_cpu:.3f} s)"
    )


def _on_server(postgres: str, url: str, folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Import into a new database and sync once more, which finds nothing."""
    from benchmarks.served import new_database

    with new_database(postgres) as address:
        # Making the tables is no part of an import.
        _run("tables", url, folder, address)
        return _run("import", url, folder, address), _run("nothing", url, folder, address)


def _run(step: str, url: str, folder: Path, catalog: str = "") -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    output = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_sync", "--step", step, "--url", url, "--dir", str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "RETROVUE_DATA_DIR": str(folder),
            "RETROVUE_TOKEN": TOKEN,
            "RETROVUE_CATALOG_ADDRESS": catalog,
        },
    )
    result: dict[str, float] = json.loads(output.stdout.splitlines()[-1])
    return result


def _floor(url: str, folder: Path, *, flat: bool = False) -> dict[str, float]:
    from benchmarks.floor import import_flat, import_plainly

    cpu = time.process_time()
    items, wall = (import_flat if flat else import_plainly)(url, TOKEN, folder / "retrovue.db")
    return _result(items, wall, cpu)


def _tables(folder: Path) -> dict[str, float]:
    from retrovue.core.context import AppContext
    from retrovue.core.system.dirs import resolve_dirs

    context = AppContext(resolve_dirs(folder), keyring=lambda: None)
    try:
        context.servers.all()
    finally:
        context.close()
    return {}


def _sync(url: str, folder: Path, *, full: bool = False, before: Sequence[str] = ()) -> dict[str, float]:
    from benchmarks import served
    from retrovue.core.context import AppContext
    from retrovue.core.domain.servers import ServerKind
    from retrovue.core.domain.sync import SyncRequest
    from retrovue.core.domain.tasks import CancelToken
    from retrovue.core.services.servers import registration as servers
    from retrovue.core.services.sync import run_sync
    from retrovue.core.system.dirs import resolve_dirs

    # Loading modules is no part of a sync, nor of the floor.
    importlib.import_module("retrovue.core.sources.plex.source")
    context = AppContext(resolve_dirs(folder), keyring=lambda: None)
    try:
        if not context.servers.all():
            servers.add(context, kind=ServerKind.PLEX, name="Demo", url=url, secret=TOKEN)
        with context.database.write() as writing:
            for statement in before:
                writing.exec_driver_sql(statement)
        server_clock = served.server_clock(context.database)
        begun_s = server_clock()
        cpu = time.process_time()
        # What a window or command line does with progress is theirs; telling it is the sync's.
        report = run_sync(context, SyncRequest(full=full), CancelToken(), None)
        cpu_s = time.process_time() - cpu
        server_s = server_clock() - begun_s
    finally:
        context.close()
    items = sum(lib.added + lib.updated + lib.unchanged for lib in report.libraries)
    return {
        **_result(items, report.duration_s, cpu),
        "cpu_s": cpu_s,
        "server_s": server_s,
        "requests": report.requests,
        "bytes": report.received_bytes,
    }


def _result(items: int, wall: float, cpu: float) -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"items": items, "wall_s": wall, "cpu_s": time.process_time() - cpu, "peak_mb": peak}


# As if the marker had moved since the hundredth newest episode was added, and its kin were stored differently.
_A_HUNDRED_CHANGED = (
    "UPDATE libraries SET change_marker = 'moved', last_verified_at = strftime('%s', 'now'), delta_cursor = "
    "(SELECT added_at + 120 FROM episodes WHERE library_id = libraries.id ORDER BY added_at DESC LIMIT 1 OFFSET 100) "
    "WHERE kind = 'shows'",
    "UPDATE episodes SET fingerprint = 0 WHERE id IN (SELECT id FROM episodes ORDER BY added_at DESC LIMIT 100)",
)
_STEPS = {
    "flat": lambda url, folder: _floor(url, folder, flat=True),
    "floor": lambda url, folder: _floor(url, folder),
    "tables": lambda _url, folder: _tables(folder),
    "import": lambda url, folder: _sync(url, folder),
    "nothing": lambda url, folder: _sync(url, folder),
    "sweep": lambda url, folder: _sync(url, folder, before=("UPDATE libraries SET last_verified_at = 1",)),
    "few": lambda url, folder: _sync(
        url,
        folder,
        before=_A_HUNDRED_CHANGED,
    ),
    "full": lambda url, folder: _sync(url, folder, full=True),
}


if __name__ == "__main__":
    main()
