"""A backup that is restored while something syncs: refused, or the run ends before it writes into another catalog."""

import pytest
from tests.services.conftest import World

from retrovue.core.domain.errors import LockedError
from retrovue.core.domain.sync import SyncProgress, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync import run_sync
from retrovue.core.services.upkeep import database
from retrovue.core.system.locks import library_lock
from retrovue.demo.fault_kinds import Run


def test_no_backup_is_restored_while_a_library_is_read(synced: World) -> None:
    database.backup(synced.host)
    refused: list[BaseException] = []

    def restore() -> None:
        try:
            database.restore(synced.host)
        except LockedError as error:
            refused.append(error)

    reading = synced.adapter.full(synced.adapter.movies)
    synced.server.faults.add(Run(match=reading, times=1, action=restore))
    synced.sync(full=True)
    assert len(refused) == 1
    synced.check()
    database.restore(synced.host)
    synced.check()


def test_no_backup_is_restored_while_another_program_syncs(synced: World) -> None:
    database.backup(synced.host)
    library = synced.stored_library(synced.adapter.movies)
    with library_lock(synced.host.dirs.lock_dir, library.id), pytest.raises(LockedError):
        database.restore(synced.host)
    assert database.restore(synced.host).kept is not None


def test_a_sync_between_two_libraries_does_not_go_on_in_the_restored_catalog(synced: World) -> None:
    database.backup(synced.host)
    restored: list[database.Restored] = []

    def watch(state: SyncProgress) -> None:
        if state.libraries_done == 1 and not restored:
            restored.append(database.restore(synced.host))

    with pytest.raises(LockedError):
        run_sync(synced.host, SyncRequest(full=True), CancelToken(), watch)
    assert len(restored) == 1
    assert synced.value("SELECT count(*) FROM sync_runs WHERE finished_at IS NULL") == 0
    synced.sync()
    synced.check()
