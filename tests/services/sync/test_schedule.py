"""Which libraries are due: their own mode first, then the setting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from retrovue.core.domain.servers import Library, LibraryKind, SyncMode
from retrovue.core.services.sync.schedule import due_libraries, next_due
from retrovue.core.system.settings import Settings

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


def library(
    mode: SyncMode, hours_ago: float | None, *, kind: LibraryKind = LibraryKind.MOVIES, on: bool = True
) -> Library:
    last = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    return Library(7, 1, "1", "Films", kind, is_enabled=on, sync_mode=mode, last_sync_at=last)


def is_due(one: Library, schedule: str, *, at_start: bool = False) -> bool:
    settings = Settings(sync_schedule=schedule, sync_every_hours=6)
    return due_libraries([one], settings, NOW, at_start=at_start) == (7,)


@pytest.mark.parametrize(
    ("mode", "hours_ago", "schedule", "at_start", "due"),
    [
        (SyncMode.AUTOMATIC, 6, "every", False, True),
        (SyncMode.AUTOMATIC, 5.99, "every", False, False),
        (SyncMode.AUTOMATIC, None, "every", False, True),
        (SyncMode.AUTOMATIC, 5.99, "every", True, False),
        (SyncMode.AUTOMATIC, 100, "off", False, False),
        (SyncMode.AUTOMATIC, None, "off", True, False),
        (SyncMode.AUTOMATIC, 0.1, "at_start", True, True),
        (SyncMode.AUTOMATIC, 100, "at_start", False, False),
        (SyncMode.DAILY, 24, "off", False, True),
        (SyncMode.DAILY, 23.9, "every", False, False),
        (SyncMode.DAILY, 23.9, "at_start", True, False),
        (SyncMode.DAILY, None, "off", False, True),
        (SyncMode.DAILY, -25, "off", False, True),
        (SyncMode.BY_HAND, None, "every", True, False),
        (SyncMode.BY_HAND, 1000, "at_start", True, False),
    ],
)
def test_when_a_library_is_due(
    mode: SyncMode, hours_ago: float | None, schedule: str, at_start: bool, due: bool
) -> None:
    assert is_due(library(mode, hours_ago), schedule, at_start=at_start) is due


def test_what_is_off_or_not_imported_is_never_due() -> None:
    assert not is_due(library(SyncMode.DAILY, None, on=False), "every")
    assert not is_due(library(SyncMode.DAILY, None, kind=LibraryKind.MUSIC), "every")


def test_only_the_due_ones_are_named() -> None:
    one, other = library(SyncMode.DAILY, 30), replace(library(SyncMode.DAILY, 3), id=8)
    assert due_libraries([other, one], Settings(), NOW) == (7,)


def test_one_that_failed_is_left_alone_for_a_while() -> None:
    one = library(SyncMode.DAILY, None)
    for minutes, due in ((1, ()), (14, ()), (15, (7,))):
        tried_at = {7: NOW - timedelta(minutes=minutes)}
        assert due_libraries([one], Settings(), NOW, tried_at=tried_at) == due


@pytest.mark.parametrize(
    ("mode", "hours_ago", "schedule", "hours_ahead"),
    [
        (SyncMode.AUTOMATIC, 2, "every", 4),
        (SyncMode.AUTOMATIC, 9, "every", 0),
        (SyncMode.AUTOMATIC, None, "every", 0),
        (SyncMode.AUTOMATIC, 2, "off", None),
        (SyncMode.AUTOMATIC, 2, "at_start", None),
        (SyncMode.DAILY, 20, "off", 4),
        (SyncMode.BY_HAND, 20, "every", None),
    ],
)
def test_when_the_next_sync_is(mode: SyncMode, hours_ago: float | None, schedule: str, hours_ahead: int | None) -> None:
    settings = Settings(sync_schedule=schedule, sync_every_hours=6)
    expected = None if hours_ahead is None else NOW + timedelta(hours=hours_ahead)
    assert next_due([library(mode, hours_ago)], settings, NOW) == expected
    assert next_due([library(mode, hours_ago, on=False)], settings, NOW) is None


def test_the_next_sync_is_that_of_the_first_library() -> None:
    settings = Settings(sync_schedule="every", sync_every_hours=6)
    libraries = [library(SyncMode.DAILY, 20), library(SyncMode.AUTOMATIC, 5)]
    assert next_due(libraries, settings, NOW) == NOW + timedelta(hours=1)
