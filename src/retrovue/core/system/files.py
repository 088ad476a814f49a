"""Small private files: written atomically, readable by this user only."""

import contextlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

_PRIVATE = 0o600


def make_private(*paths: Path) -> None:
    """Let only this user read and write these files. Missing ones, and those of other owners, are left alone."""
    for path in paths:
        with contextlib.suppress(OSError):  # among them file systems without permissions
            if path.stat().st_mode & 0o077:
                path.chmod(_PRIVATE)


def can_write(path: Path) -> bool:
    """Return whether this file may be written: by its permissions, and on its file system."""
    return os.access(path, os.W_OK)


def create_private(path: Path) -> None:
    """Create an empty file for this user alone, for libraries that create files readable by all; keep an existing one.

    Raises:
        OSError: it cannot be created.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE))
    make_private(path)


def read_private_json(path: Path) -> dict[str, object]:
    """Return the object in a JSON file, or an empty one without a file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not one JSON object.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    return content


def write_private_json(path: Path, content: Mapping[str, object]) -> None:
    """Replace the file atomically, with mode 0600 from the first byte on. Thread: any.

    Raises:
        OSError: it cannot be written; the old file is untouched.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    text = json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    # O_EXCL: fail on a file or link of that name, which another user could have created as readable.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
