"""Tables are for people: states, kinds and sizes in words and in the language in use; JSON keeps its values."""

import re
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.servers import LibraryKind, ServerState
from retrovue.core.domain.sync import RemovalState, SyncOutcome, SyncTier
from retrovue.core.services import words
from retrovue.core.services.files.disks import CapacitySource
from retrovue.core.services.looking import FileFault
from retrovue.core.services.mapping.rules import MappingState
from retrovue.demo.files import mappings, write_files
from retrovue.demo.library import DemoLibrary
from retrovue.demo.server import DemoServer

_RAW = re.compile(r"\b(?:not_reachable|home_videos|root_gone|folder_missing|held_back|size_differs|partly_found)\b")


@pytest.mark.parametrize(
    ("say", "values"),
    [
        (words.server_state, ServerState),
        (words.library_kind, LibraryKind),
        (words.item_kind, ItemKind),
        (words.file_state, FileState),
        (words.file_fault, FileFault),
        (words.mapping_state, MappingState),
        (words.tier, SyncTier),
        (words.outcome, SyncOutcome),
        (words.removal_state, RemovalState),
        (words.capacity_source, CapacitySource),
    ],
)
def test_every_value_has_its_words(say: Callable[[Any], str], values: type[StrEnum]) -> None:
    said = [say(value) for value in values]
    assert all(text and "_" not in text for text in said)
    assert len(set(said)) == len(said)


@pytest.mark.slow
def test_no_table_shows_a_raw_value(cli: Any, library: DemoLibrary, tmp_path: Path) -> None:
    media = tmp_path / "media"
    write_files(library, media, missing=3, differing=2)
    with DemoServer(library, token="demo-Tok3n-never-to-be-seen") as server:
        cli.add(server)
        cli("sync")
        for server_path, folder in mappings(library, media):
            assert cli("mappings", "add", "--server", "Home", server_path, str(folder)).code == 0
        cli("files", "check")
        for movie in [item.id for item in library.items.values() if item.kind == "movie" and item.section == "1"][:30]:
            library.remove(movie)
        synced = cli("sync").out
        kinds = cli("libraries", "list").out
        removals = cli("removals", "list").out
        (tmp_path / "media").rename(tmp_path / "unplugged")
        unplugged = cli("files", "check").out + cli("mappings", "list").out + cli("show", "show:1").out
    cli("servers", "test")
    servers = cli("servers", "list").out
    assert "Unreachable" in servers
    assert cli("servers", "list", "--json").json[0]["state"] == "not_reachable"
    assert "TV shows" in kinds
    assert "Held back" in removals
    assert "folder not found" in unplugged
    assert "Folder not found" in unplugged
    cli("db", "backup")
    info = cli("db", "info").out
    assert "manual" in info
    assert "TV shows" in info
    sized = cli("stats", "disks").out + info + cli("stats", "duplicates").out
    assert re.search(r"\d [KMGT]?B\b", sized)
    for text in (synced, kinds, removals, unplugged, servers, sized):
        assert not _RAW.search(text), _RAW.search(text)


def test_tables_speak_the_language_in_use(cli: Any, server: DemoServer) -> None:
    cli.add(server)
    server.stop()
    cli("servers", "test")
    german = cli("servers", "list", environ={"LANGUAGE": "de", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"})
    assert "Nicht erreichbar" in german.out
