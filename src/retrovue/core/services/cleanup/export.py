"""A list as CSV or JSON, each saying from what rule it is, when it was made and on what data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TextIO

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Facts
from retrovue.core.domain.cleanup.rules import rule_json
from retrovue.core.domain.text import isoformat, json_text
from retrovue.core.host import Host
from retrovue.core.services.catalog.sheets import SheetWriter
from retrovue.core.services.cleanup import words
from retrovue.core.services.cleanup.lists import candidate_json
from retrovue.core.storage.times import to_datetime


class ListFormat(StrEnum):
    """What a list can be written as."""

    CSV = "csv"
    JSON = "json"
    SH = "sh"
    POWERSHELL = "ps1"


@dataclass(frozen=True, slots=True)
class LibraryData:
    """How current the data of a library is.

    Attributes:
        history_from: since when plays of its server are known.
        known_until: until when it and its plays are known completely; None: they never were.
    """

    server: str
    library: str
    synced_at: datetime | None
    history_from: datetime | None
    known_until: datetime | None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a list comes from."""

    rule: str
    level: str
    made_at: datetime
    data: tuple[LibraryData, ...]


def origin_of(host: Host, facts: Facts, found: StaleList) -> Origin:
    """From what rule a list is, when it was made, and on what data."""
    synced = {library.id: library.last_sync_at for library in host.libraries.all()}
    data = tuple(
        LibraryData(
            one.server,
            one.library,
            synced.get(one.library_id),
            to_datetime(one.history_from),
            to_datetime(one.counted_at),
        )
        for one in facts.origins
        if one.is_enabled
    )
    made_at = to_datetime(found.now)
    assert made_at is not None
    name, conditions = words.rule_name(found.rule), words.section_text(found.rule.where)
    return Origin(conditions if name == conditions else f"{name}: {conditions}", found.level.value, made_at, data)


def _data_text(origin: Origin) -> str:
    oldest = min((one.synced_at for one in origin.data if one.synced_at is not None), default=None)
    return isoformat(oldest) or ""


def write_csv(found: StaleList, origin: Origin, out: TextIO) -> int:
    """One row a candidate; returns how many. CSV has no head, so that each row says from what rule, when, on what data.

    `data_synced_at` is the oldest sync of all libraries; since and until when plays are known is of the row's own one.
    """
    writer = SheetWriter(out)
    writer.writerow(
        "server library kind title remote_id class added_at last_played_at plays users size_bytes reasons "
        "local_paths server_paths rule made_at data_synced_at history_from known_until".split()
    )
    made_at, data = isoformat(origin.made_at), _data_text(origin)
    for unit in found.candidates:
        line = candidate_json(unit, found.now)
        line["title"] = words.full_title(unit)
        line["reasons"] = "; ".join(line["reasons"])
        local = "\n".join(file.local_path for file in unit.files if file.local_path is not None)
        server = "\n".join(file.server_path for file in unit.files)
        known = [isoformat(to_datetime(at)) or "" for at in (unit.origin.history_from, unit.origin.counted_at)]
        writer.writerow([*line.values(), local, server, origin.rule, made_at, data, *known])
    return len(found.candidates)


def write_json(found: StaleList, origin: Origin, out: TextIO) -> int:
    """One document with candidates and what is apart; returns how many candidates."""
    document = {
        **origin_json(found, origin),
        "candidates": [
            {**candidate_json(unit, found.now), "files": _files_json(unit.files)} for unit in found.candidates
        ],
        "apart": [{**candidate_json(one.unit, found.now), "why": one.why.value} for one in found.apart],
        "total_bytes": found.total_bytes,
    }
    out.write(json_text(document, indent=2) + "\n")
    return len(found.candidates)


def origin_json(found: StaleList, origin: Origin) -> dict[str, Any]:
    """Rule, time and data of a list."""
    return {
        # One that was never saved is named by its conditions: an import refuses a rule without a name.
        "rule": rule_json(replace(found.rule, name=found.rule.name or words.section_text(found.rule.where))),
        "level": origin.level,
        "made_at": isoformat(origin.made_at),
        "data": [
            {
                "server": one.server,
                "library": one.library,
                "synced_at": isoformat(one.synced_at),
                "history_from": isoformat(one.history_from),
                "known_until": isoformat(one.known_until),
            }
            for one in origin.data
        ],
    }


def _files_json(files: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {
            "server_path": file.server_path,
            "local_path": file.local_path,
            "size_bytes": file.size_bytes,
            "state": str(file.state),
        }
        for file in files
    ]
