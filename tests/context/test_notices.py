"""The record of notices: read one by one or all, and never without end."""

from pathlib import Path

import pytest

from retrovue.core.context import AppContext
from retrovue.core.storage.notices import MOST
from retrovue.core.system.dirs import resolve_dirs


@pytest.fixture
def context(tmp_path: Path):
    made = AppContext(resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, write_log=False)
    yield made
    made.close()


def add(context: AppContext, title: str, at: int) -> None:
    context.notices.add(at=at, event="started", server_id=None, title=title, body="")


def test_one_is_read_and_then_all(context: AppContext) -> None:
    add(context, "first", 100)
    add(context, "second", 200)
    second, _first = context.notices.recent()
    context.notices.mark_read(now=300, notice_id=second.id)
    assert context.notices.unread() == 1
    context.notices.mark_read(now=400)
    assert context.notices.unread() == 0
    read = {notice.title: notice.read_at for notice in context.notices.recent()}
    assert [int(at.timestamp()) for at in (read["second"], read["first"]) if at] == [300, 400]


def test_the_oldest_go(context: AppContext) -> None:
    for title in ("oldest", "old", "kept"):
        add(context, title, 100)
    with context.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO notices (id, at, event, title, body) VALUES (?, 100, 'x', '', '')", (MOST + 1,)
        )
    add(context, "newest", 200)
    assert {notice.title for notice in context.notices.recent(limit=MOST)} == {"kept", "", "newest"}
