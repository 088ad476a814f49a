"""Past runs: one that died is not running, however many look at once."""

import threading
from collections.abc import Callable
from contextlib import closing

from tests.services.conftest import World

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import LockedError
from retrovue.core.domain.sync import Initiator, SyncOutcome, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.sync import run_sync
from retrovue.core.services.sync.past import past_runs
from retrovue.core.storage.locks import CommonLock
from retrovue.core.system.locks import ProcessLock, library_lock


class Watched(AppContext):
    """A program that does something while it holds the lock of a library."""

    meanwhile: Callable[[], None]

    def library_lock(self, library_id: int, token: CancelToken) -> CommonLock:
        meanwhile = self.meanwhile

        class Lock(ProcessLock):
            def try_acquire(self) -> bool:
                is_ours = super().try_acquire()
                if is_ours:
                    meanwhile()
                return is_ours

        of_processes = Lock(library_lock(self.dirs.lock_dir, library_id, token).path, token)
        return CommonLock(of_processes, None, held_by=LockedError)


def test_who_looks_is_not_taken_for_a_sync_by_another_who_looks(world: World) -> None:
    run_sync(world.host, SyncRequest(), CancelToken())
    library = world.host.libraries.all()[0]
    world.host.runs.start(
        server_id=world.stored.id,
        library_id=library.id,
        library=library.name,
        initiator=Initiator.PERSON,
        now=world.clock.epoch() + 5,
    )
    seen: list[SyncOutcome | None] = []
    other = threading.Thread(target=lambda: seen.append(past_runs(world.host)[0].outcome))

    def look_too() -> None:
        other.start()
        # Until the other has looked; or, since it waits for this one, a moment.
        other.join(timeout=0.3)

    first = Watched(world.host.dirs, clock=world.clock, environ={}, keyring=lambda: None, write_log=False)
    first.meanwhile = look_too
    try:
        seen.append(past_runs(first)[0].outcome)
    finally:
        first.close()
    other.join()
    assert seen == [SyncOutcome.FAILED, SyncOutcome.FAILED]


def test_another_process_that_looks_is_no_sync(world: World) -> None:
    run_sync(world.host, SyncRequest(), CancelToken())
    library = world.host.libraries.all()[0]
    world.host.runs.start(
        server_id=world.stored.id,
        library_id=library.id,
        library=library.name,
        initiator=Initiator.PERSON,
        now=world.clock.epoch() + 5,
    )

    class BesideAnother(AppContext):
        """A program that finds the lock taken at its first look."""

        looks = 0

        def library_lock(self, library_id: int, token: CancelToken) -> CommonLock:
            path, program = library_lock(self.dirs.lock_dir, library_id, token).path, self

            class Lock(ProcessLock):
                def try_acquire(self) -> bool:
                    program.looks += 1
                    if program.looks > 1:
                        return super().try_acquire()
                    with ProcessLock(path):
                        return super().try_acquire()

            return CommonLock(Lock(path, token), None, held_by=LockedError)

    with closing(BesideAnother(world.host.dirs, clock=world.clock, environ={}, keyring=lambda: None)) as program:
        assert past_runs(program)[0].outcome is SyncOutcome.FAILED
        assert program.looks == 2
