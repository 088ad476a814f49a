"""A program of its own for tests that kill it, or give it a full disk: imports a demo server into a profile.

Usage: program.py URL DIRECTORY [--full] [--page N] [--limit-bytes N]
"""

import argparse
import json
import os
import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import RetroVueError
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync import run_sync
from retrovue.core.sources.base import Connection, MediaSource
from retrovue.core.sources.registry import open_source
from retrovue.core.system.dirs import resolve_dirs


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("directory")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--page", type=int, default=500)
    parser.add_argument("--limit-bytes", type=int, default=0)
    asked = parser.parse_args()
    if asked.limit_bytes:
        # Writing beyond the limit then fails like a full disk does, instead of ending the program.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked.limit_bytes, asked.limit_bytes))

    def source(kind: ServerKind, connection: Connection, token: CancelToken | None) -> MediaSource:
        opened = open_source(kind, connection, token=token)
        opened.capabilities = replace(opened.capabilities, page_size=asked.page, slim_page_size=asked.page)
        return opened

    host = AppContext(
        resolve_dirs(Path(asked.directory)),
        environ={**os.environ, "RETROVUE_TOKEN": "demo-token"},
        keyring=lambda: None,
        open_source=source,
        write_log=False,
    )
    try:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        report = run_sync(host, SyncRequest(full=asked.full), CancelToken())
    except RetroVueError as error:
        sys.stdout.write(json.dumps({"error": type(error).__name__, "text": error.user_text()}) + "\n")
        return 4
    finally:
        host.close()
    libraries = [[each.library, each.outcome, each.added, each.updated] for each in report.libraries]
    sys.stdout.write(
        json.dumps({"libraries": libraries, "failures": [each.message for each in report.failures]}) + "\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
