"""`python -m retrovue.demo`: the demo server alone, for benchmarks and for trying clients.

Prints one line of JSON `{"url", "token", "machine_identifier", "files_root"}` on stdout when it listens, and runs until
SIGTERM, SIGINT or the end of stdin.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import threading
from pathlib import Path

from retrovue.demo.files import write_files
from retrovue.demo.generate import LibrarySpec, make_library
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.demo.plex import PlexDialect
from retrovue.demo.scripts import SessionScript, evening, housekeeping, seed_history
from retrovue.demo.server import DemoServer, DialectFactory

_DIALECTS: dict[str, DialectFactory] = {"plex": PlexDialect, "emby": EmbyDialect, "jellyfin": JellyfinDialect}


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m retrovue.demo", description="Run the demo media server.")
    default = LibrarySpec()
    parser.add_argument("--kind", choices=sorted(_DIALECTS), default="plex", help="which product's protocol is spoken")
    parser.add_argument("--shows", type=int, default=default.shows)
    parser.add_argument("--episodes", type=int, default=default.episodes)
    parser.add_argument("--movies", type=int, default=default.movies)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--base-path", default="")
    parser.add_argument("--files", type=Path, help="write small real files for the library into this folder")
    parser.add_argument("--play", action="store_true", help="let some people watch, in real time")
    parser.add_argument("--tend", action="store_true", help="let somebody change the library, and say so, in real time")
    parser.add_argument(
        "--warm",
        action="append",
        default=[],
        metavar="QUERY",
        help="render the lists of this query ahead, such as 'type=4&includeGuids=1' (may be repeated)",
    )
    token = parser.add_mutually_exclusive_group()
    token.add_argument("--token", default="demo-token")
    token.add_argument("--token-stdin", action="store_true", help="read the token from the first line of stdin")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    """Run until told to stop; give the exit code."""
    arguments = _arguments(argv)
    token = sys.stdin.readline().strip() if arguments.token_stdin else arguments.token
    spec = LibrarySpec(arguments.shows, arguments.episodes, arguments.movies, arguments.seed)
    gc.disable()
    library = make_library(spec)
    gc.enable()
    if arguments.files is not None:
        write_files(library, arguments.files)
    # Hundreds of thousands of items never become garbage; without this every collection walks them all.
    gc.collect()
    gc.freeze()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_wait_for_eof, args=(stop,), daemon=True).start()
    dialect = _DIALECTS[arguments.kind]
    server = DemoServer(library, token=token, port=arguments.port, base_path=arguments.base_path, dialect=dialect)
    with server:
        seed_history(library, server.playbacks)
        for query in arguments.warm:
            for section in library.sections:
                server.warm(f"/library/sections/{section}/all", query)
        gc.freeze()
        server.dialect.announcer.library_changes = arguments.tend
        steps = evening(library) if arguments.play else []
        steps += housekeeping(library) if arguments.tend else []
        script = SessionScript(server.playbacks, steps)
        script.start()
        greeting = {
            "url": server.url,
            "token": token,
            # Identities of Emby and Jellyfin are 32 digits long.
            "machine_identifier": library.machine_identifier[: None if arguments.kind == "plex" else 32],
            "files_root": None if arguments.files is None else str(arguments.files.resolve()),
        }
        sys.stdout.write(json.dumps(greeting) + "\n")
        sys.stdout.flush()
        while not stop.wait(1.0):
            # The timeout lets signals in: a bare wait() on Windows holds them back.
            pass
        script.stop()
    return 0


def _wait_for_eof(stop: threading.Event) -> None:
    while sys.stdin.readline():
        pass
    stop.set()


if __name__ == "__main__":
    sys.exit(main())
