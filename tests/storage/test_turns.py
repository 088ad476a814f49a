"""Threads of one program write one after the other, and none is told that another program uses the catalog."""

import signal
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from retrovue.core.storage.database import SqliteDatabase
from retrovue.core.storage.turns import Turns

LONGER_THAN_PATIENCE_S = 0.1


def test_a_thread_waits_for_another_one_however_long_that_writes(tmp_path: Path) -> None:
    with closing(SqliteDatabase(tmp_path / "catalog.db", busy_timeout_s=0.01)) as database:
        with database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE told (word TEXT)")

        def tell(word: str) -> None:
            with database.write() as connection:
                connection.exec_driver_sql("INSERT INTO told VALUES (?)", (word,))

        for block in (database.write, database.alone):
            worker = threading.Thread(target=tell, args=(block.__name__,))
            with block():
                worker.start()
                worker.join(LONGER_THAN_PATIENCE_S)
                assert worker.is_alive()
            worker.join(10)
        with database.read() as connection:
            told = connection.exec_driver_sql("SELECT word FROM told").scalars().all()
    assert told == ["write", "alone"]


def test_turns_are_taken_in_the_order_in_which_threads_came() -> None:
    turns, said = Turns(), []
    asked = [threading.Event() for _number in range(4)]

    def say(number: int) -> None:
        asked[number].set()
        with turns.taken():
            said.append(number)

    workers = [threading.Thread(target=say, args=(number,)) for number in range(4)]
    with turns.taken(), turns.taken():
        for number, worker in enumerate(workers):
            worker.start()
            assert asked[number].wait(10)
            while len(turns._waiting) <= number:
                """It is on its way."""
    for worker in workers:
        worker.join(10)
    assert said == [0, 1, 2, 3]


@pytest.mark.skipif(sys.platform == "win32", reason="waiting is not interrupted there")
def test_a_thread_that_gives_up_leaves_its_turn_to_the_next() -> None:
    turns, entered, done = Turns(), threading.Event(), threading.Event()

    def hold() -> None:
        with turns.taken():
            entered.set()
            while not turns._waiting:
                """The main thread is on its way."""
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            done.wait(10)

    # A shell starts what runs in its background with this signal ignored.
    handled = signal.signal(signal.SIGINT, signal.default_int_handler)
    worker = threading.Thread(target=hold)
    worker.start()
    assert entered.wait(10)
    with pytest.raises(KeyboardInterrupt), turns.taken():
        """Never."""
    signal.signal(signal.SIGINT, handled)
    done.set()
    worker.join(10)
    with turns.taken():
        """It is free."""
