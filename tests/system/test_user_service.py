"""The unit of the headless recorder: what is written, what systemd is asked, what is left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.system.user_service import ServiceError, UserService, unit

COMMAND = ("/opt/Retro Vue/retrovue", "--data-dir", '/srv/100% "mine"$HOME', "monitor", "--quiet")


class Systemd:
    """Answers as systemctl does, and remembers what it was asked."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.is_there = is_there

    def __call__(self, words: Sequence[str]) -> tuple[int, str]:
        self.asked.append(tuple(words))
        known = self.is_there or words[0] == "--version"
        return (0, "") if known else (1, "Failed to connect to bus: No medium found")


def service(folder: Path, systemd: Systemd) -> UserService:
    return UserService("retrovue", {"XDG_CONFIG_HOME": str(folder)}, systemd)


def test_it_is_installed_seen_and_removed_without_a_trace(tmp_path: Path) -> None:
    systemd = Systemd()
    made = service(tmp_path, systemd)
    assert made.state().command is None
    made.install(COMMAND)
    assert made.path == tmp_path / "systemd" / "user" / "retrovue-recorder.service"
    assert systemd.asked[1:] == [("daemon-reload",), ("enable", made.name), ("restart", made.name)]
    state = made.state()
    assert (state.command, state.is_enabled, state.is_active) == (COMMAND, True, True)
    assert made.remove()
    assert systemd.asked[-2:] == [("disable", "--now", made.name), ("daemon-reload",)]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not made.remove()


def test_a_computer_on_which_nobody_is_signed_in_keeps_the_unit_and_says_what_is_left(tmp_path: Path) -> None:
    made = service(tmp_path, Systemd(is_there=False))
    with pytest.raises(ServiceError) as caught:
        made.install(COMMAND)
    assert f"systemctl --user enable --now {made.name}" in caught.value.command_hint
    state = made.state()
    assert (state.command, state.is_active) == (COMMAND, False)
    assert made.remove()
    assert not made.path.exists()


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "systemd").write_text("")
    with pytest.raises(ReadOnlyError):
        service(tmp_path, Systemd()).install(COMMAND)


@pytest.mark.slow
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=1))
def test_every_command_is_read_back(words: list[str]) -> None:
    from retrovue.core.system import user_service

    line = next(line for line in unit(words).splitlines() if line.startswith("ExecStart="))
    assert user_service._split(line.removeprefix("ExecStart=")) == words


def test_systemd_finds_no_fault_in_it(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    program = tmp_path / "Retro Vue 100%"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = tmp_path / "retrovue-recorder.service"
    path.write_text(unit((str(program), *COMMAND[1:])))
    found = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(path)],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert path.name not in found.stderr
