"""Calls to volumes and folders that can hang: all in parallel, with a common deadline."""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from retrovue.core.system.filesystem import join
from retrovue.core.system.looks import Looker
from retrovue.core.system.volumes.model import Volume

_log = logging.getLogger(__name__)


class Space(Protocol):
    """The fields of `shutil.disk_usage` that are used."""

    @property
    def total(self) -> int:
        """Return the total size in bytes."""

    @property
    def free(self) -> int:
        """Return the free space in bytes."""


def with_space(
    volumes: Sequence[Volume], *, timeout_s: float = 2.0, usage: Callable[[str], Space] = shutil.disk_usage
) -> list[Volume]:
    """Return the volumes with their capacity, read in parallel. It stays unknown for those that do not respond.

    Args:
        timeout_s: for all of them together, so that five dead mounts take no longer than one.
    """
    until = time.monotonic() + timeout_s
    with Looker() as looker:
        looks = [looker.start(partial(usage, volume.path)) if volume.is_mounted else None for volume in volumes]
        found = []
        for volume, pending in zip(volumes, looks, strict=True):
            if pending is None:
                found.append(volume)
                continue
            try:
                space = pending.result(max(0.0, until - time.monotonic()))
            except OSError as error:
                _log.info("no capacity of %s: %s", volume.path, error)
                found.append(volume)
            else:
                found.append(replace(volume, total_bytes=space.total, free_bytes=space.free))
        return found


def existing_folders(folders: Iterable[str], *, timeout_s: float = 2.0) -> list[str]:
    """Return the paths that are folders, checked in parallel within `timeout_s`."""
    until = time.monotonic() + timeout_s
    with Looker() as looker:
        looks = [(folder, looker.start(partial(Path.is_dir, Path(folder)))) for folder in folders]
        found = []
        for folder, pending in looks:
            try:
                if pending.result(max(0.0, until - time.monotonic())):
                    found.append(folder)
            except OSError as error:
                _log.info("%s was not looked at: %s", folder, error)
        return found


def subfolders(folder: str, *, timeout_s: float = 2.0) -> list[str]:
    """Return the folders directly in `folder`, sorted; none if it cannot be listed in time."""

    def names() -> list[str]:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir())

    try:
        with Looker() as looker:
            return [join(folder, name) for name in looker.look(names, timeout_s)]
    except OSError as error:
        _log.debug("%s was not listed: %s", folder, error)
        return []
