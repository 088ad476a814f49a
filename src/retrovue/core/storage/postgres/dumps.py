"""Backups of a catalog on a PostgreSQL server, by the server's own program."""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from retrovue.core.domain.errors import StorageError
from retrovue.core.i18n import _
from retrovue.core.storage.backup import written_copies
from retrovue.core.storage.postgres.address import PostgresAddress

KEPT = 5
_LIMIT_S = 3600


def dump_program() -> str | None:
    """Where pg_dump is on this computer, None without it."""
    return shutil.which("pg_dump")


def list_dumps(folder: Path) -> list[Path]:
    """The dumps in a folder, the newest first."""
    return sorted(folder.glob("retrovue-*.dump"), reverse=True)


def make_dump(address: PostgresAddress, folder: Path, *, server_version: int, now: int, reason: str) -> Path:
    """Write everything into a new file, which `pg_restore` reads; the five newest are kept.

    Args:
        server_version: as the server numbers it: an older pg_dump refuses a newer server.

    Raises:
        StorageError: pg_dump is missing, too old or failed, or the folder cannot be written; with the remedy.
    """
    program = dump_program()
    if program is None:
        raise StorageError(
            _("A backup of this catalog is made with pg_dump, which is not installed."),
            hint=_("Install the PostgreSQL client programs on this computer, or back up the database on its server."),
        )
    own = _version(program)
    if own < server_version // 10000:
        raise StorageError(
            _("pg_dump has version {own}, and the server {theirs}.").format(own=own, theirs=server_version // 10000),
            hint=_("Install the PostgreSQL client programs in the version of the server."),
        )
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    path = folder / f"retrovue-{stamp}-{reason}.dump"
    with written_copies(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _run(program, address, path)
        for old in list_dumps(folder)[KEPT:]:
            if old != path:
                old.unlink(missing_ok=True)
    return path


def _version(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    found = re.search(r"\b(\d+)\.", told)
    return 0 if found is None else int(found[1])


def _run(program: str, address: PostgresAddress, path: Path) -> None:
    """Run pg_dump. The password is in its environment: others can read the words that start a program."""
    words = " ".join(f"{name}='{_escaped(value)}'" for name, value in address.params.items())
    secret = {} if address.password is None else {"PGPASSWORD": address.password}
    # Not readable by others from its first byte on.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        done = subprocess.run(
            [program, "--format=custom", "--no-password", f"--file={path}", f"--dbname={words}"],
            env={**os.environ, **secret},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        path.unlink(missing_ok=True)
        raise _failed(str(error)) from error
    if done.returncode != 0:
        path.unlink(missing_ok=True)
        raise _failed(done.stderr.strip())


def _failed(detail: str) -> StorageError:
    return StorageError(
        _("pg_dump could not back up the catalog."),
        hint=_("Check the server and the free space in the backups folder, then try again."),
        detail=detail,
    )


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
