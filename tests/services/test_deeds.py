"""The log says in whole sentences what was done, and what could not be done, for whoever reads it."""

import logging
from pathlib import Path

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import AuthError
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.services.files import check
from retrovue.core.services.mapping import rules
from retrovue.core.services.servers import registration
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
