"""Writes a list to a file or stream, in any format."""

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Facts
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.cleanup.export import ListFormat, origin_of, write_csv, write_json
from retrovue.core.services.cleanup.going import going_files
from retrovue.core.services.cleanup.scripts import write_powershell, write_sh
from retrovue.core.services.files.reports import save_report


def list_writer(
    host: AppContext, facts: Facts, found: StaleList, how: ListFormat, token: CancelToken
) -> Callable[[TextIO], int]:
    """What writes a list in a format and returns how many lines it has; for scripts, files are looked at first.

    Raises:
        Cancelled: asked to stop.
    """
    origin = origin_of(host, facts, found)
    if how is ListFormat.CSV:
        return lambda out: write_csv(found, origin, out)
    if how is ListFormat.JSON:
        return lambda out: write_json(found, origin, out)
    going = going_files(host, facts, found.candidates, token)
    if how is ListFormat.SH:
        return lambda out: write_sh(going, origin, out)
    return lambda out: write_powershell(going, origin, out)


def save_list(host: AppContext, facts: Facts, found: StaleList, how: ListFormat, path: Path, token: CancelToken) -> int:
    """Write a list to a file, whole or not at all; returns how many lines.

    Raises:
        ConfigError: it cannot be written there.
        Cancelled: asked to stop.
    """
    write = list_writer(host, facts, found, how, token)
    # Windows PowerShell reads a script without a byte order mark in the old code page of the system.
    return save_report(path, ListFormat.CSV if how is ListFormat.POWERSHELL else how, write)
