"""A backup takes the catalog's place while threads go on asking: none of them keeps the file that was put aside."""

import contextlib
import threading
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import StorageError
from retrovue.core.services.upkeep import database
from retrovue.core.system.dirs import resolve_dirs


def test_nobody_goes_on_with_the_old_file(tmp_path: Path) -> None:
    context = AppContext(resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, write_log=False)
    context.notices.add(at=1, event="started", server_id=None, title="kept", body="")
    copy = database.backup(context)
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            # Whoever is in the middle of an answer when the file goes may fail; the next question is what counts.
            with contextlib.suppress(StorageError, SQLAlchemyError):
                context.notices.unread()

    threads = [threading.Thread(target=ask) for _number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(8):
            context.notices.add(at=2, event="started", server_id=None, title=f"later {number}", body="")
            database.restore(context, copy)
            assert [notice.title for notice in context.notices.recent()] == ["kept"]
    finally:
        ended.set()
        for thread in threads:
            thread.join(30)
        context.close()
