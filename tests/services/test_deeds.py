"""The log says in whole sentences what was done, and what could not be done, for whoever reads it."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import AuthError
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.domain.sync import LibraryReport, SyncOutcome, SyncTier
from retrovue.core.services.files import check
from retrovue.core.services.mapping import rules
from retrovue.core.services.servers import registration
from retrovue.core.services.sync.outcome import deed_of
from retrovue.core.services.sync.traces import keep_failure
from retrovue.core.services.upkeep import database
from retrovue.core.system.autostart import LinuxAutostart, apply
from retrovue.core.system.dirs import resolve_dirs


def test_each_act_leaves_a_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="retrovue.done")
    host = AppContext(resolve_dirs(tmp_path), write_log=False)
    try:
        info = ServerInfo(ServerKind.PLEX, "Attic", "abc", "1.41")
        server = host.servers.add(name="Attic", url="http://127.0.0.1:9", info=info, now=1)
        rule, _report = rules.add(host, server, None, "/media/tv", str(tmp_path / "tv"))
        check.check(host)
        made = database.backup(host)
        assert rule.id is not None
        rules.remove(host, rule.id)
        keep_failure(host, server, AuthError("The server refused the sign-in.", detail="HTTP 401"))
        registration.remove(host, server)
    finally:
        host.close()
    said = [record.getMessage() for record in caplog.records if record.name == "retrovue.done"]
    assert said == [
        f"Saved the rule /media/tv → {tmp_path / 'tv'}.",
        "Checked 0 files: 0 found, 0 not.",
        f"Backed up the catalog: {made.name}",
        f"Removed the rule /media/tv → {tmp_path / 'tv'}.",
        "Could not sync “Attic”. The server refused the sign-in.",
        "Removed the server “Attic”.",
    ]
    assert [record.exc_info for record in caplog.records if record.name == "retrovue.done"] == [None] * len(said)


def test_the_start_with_the_system_leaves_a_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="retrovue.done")
    place = LinuxAutostart("retrovue", tmp_path)
    for wanted in (True, True, False, False):
        apply(place, ["/usr/bin/retrovue"], wanted=wanted)
    assert [record.getMessage() for record in caplog.records if record.name == "retrovue.done"] == [
        "RetroVue starts with the system from now on.",
        "RetroVue no longer starts with the system.",
    ]


WHY = "The server stopped responding."


@pytest.mark.parametrize(
    ("outcome", "facts", "said", "is_failure"),
    [
        (
            SyncOutcome.OK,
            {"added": 2, "removed": 1},
            "Synced 3 items from Attic · Movies in 1.5 s: 2 added, 0 updated, 1 removed.",
            False,
        ),
        (
            SyncOutcome.HELD_BACK,
            {"held_back": 214},
            "Synced Attic · Movies in 1.5 s without changes. 214 removals are held back until you decide.",
            False,
        ),
        (
            SyncOutcome.HELD_BACK,
            {"added": 1, "held_back": 1},
            "Synced 1 item from Attic · Movies in 1.5 s: 1 added, 0 updated, 0 removed. "
            "1 removal is held back until you decide.",
            False,
        ),
        (SyncOutcome.CANCELLED, {}, "Canceled the sync of Attic · Movies before anything changed.", False),
        (
            SyncOutcome.CANCELLED,
            {"added": 1200},
            "Canceled the sync of Attic · Movies: 1,200 added, 0 updated, 0 removed.",
            False,
        ),
        (
            SyncOutcome.INCOMPLETE,
            {"added": 40, "error": WHY},
            f"Could not sync all of Attic · Movies: 40 added, 0 updated, 0 removed. {WHY}",
            True,
        ),
        (SyncOutcome.FAILED, {"error": WHY}, f"Could not sync “Attic · Movies”. {WHY}", True),
    ],
)
def test_a_sync_is_told_as_what_became_of_it(
    outcome: SyncOutcome, facts: dict[str, Any], said: str, is_failure: bool
) -> None:
    """A sync that was held back or canceled synced no 0 items."""
    base = LibraryReport("Attic", "Movies", 1, 1, SyncTier.FULL, outcome, duration_ms=1500, requests=4)
    told = deed_of(replace(base, **facts))
    assert told is not None
    assert (told.text, told.is_failure) == (said, is_failure)


def test_what_was_not_synced_has_no_line() -> None:
    base = LibraryReport("Attic", "Movies", 1, 1, SyncTier.MARKER, SyncOutcome.OK, unchanged=9, requests=1)
    assert deed_of(base) is None
    assert deed_of(replace(base, outcome=SyncOutcome.CANCELLED, requests=0)) is None
