"""Which libraries are due for a sync by themselves."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from retrovue.core.domain.servers import Library, SyncMode
from retrovue.core.system.settings import Settings

_DAY = timedelta(days=1)
_RETRY_AFTER = timedelta(minutes=15)


def due_libraries(
    libraries: Iterable[Library],
    settings: Settings,
    now: datetime,
    *,
    at_start: bool = False,
    tried_at: Mapping[int, datetime] | None = None,
) -> tuple[int, ...]:
    """The ids of the libraries to sync now.

    `automatic` ones follow the setting; `daily` ones are due 24 h after their last sync whatever the setting says;
    `by_hand` ones never are. A library that is switched off, or of a kind that is not imported, is never due.

    Args:
        now: the program's clock, with its zone.
        at_start: the program has just started, which is when the setting `at_start` syncs.
        tried_at: when libraries were last tried by themselves; one that failed is left alone for 15 minutes.
    """
    return tuple(
        library.id
        for library in libraries
        if library.is_enabled
        and library.kind.is_imported
        and not _was_just_tried(library, tried_at or {}, now)
        and _is_due(library, settings, now, at_start)
    )


def next_due(libraries: Iterable[Library], settings: Settings, now: datetime) -> datetime | None:
    """When the next library is synced by itself; None where nothing is planned.

    A moment that has passed already is `now`: it is due and waits for its turn.
    """
    moments = []
    for library in libraries:
        if not (library.is_enabled and library.kind.is_imported):
            continue
        every = _interval(library, settings)
        if every is not None:
            moments.append(now if library.last_sync_at is None else max(now, library.last_sync_at + every))
    return min(moments, default=None)


def _interval(library: Library, settings: Settings) -> timedelta | None:
    match library.sync_mode:
        case SyncMode.DAILY:
            return _DAY
        case SyncMode.AUTOMATIC if settings.sync_schedule == "every":
            return timedelta(hours=settings.sync_every_hours)
        case _:
            return None


def _is_due(library: Library, settings: Settings, now: datetime, at_start: bool) -> bool:
    if library.sync_mode is SyncMode.BY_HAND:
        return False
    every = _interval(library, settings)
    if every is None:
        return at_start and settings.sync_schedule == "at_start"
    last = library.last_sync_at
    # A clock that was set back must not put a sync off for as long as it was wrong.
    return last is None or now - last >= every or last - now > every


def _was_just_tried(library: Library, tried_at: Mapping[int, datetime], now: datetime) -> bool:
    before = tried_at.get(library.id)
    return before is not None and abs(now - before) < _RETRY_AFTER
