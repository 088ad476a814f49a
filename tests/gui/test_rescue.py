"""A damaged catalog never looks like a fresh installation: the window says so and offers the ways on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.services.upkeep import database
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.files import can_write
from retrovue.gui.app.rescue import RescuePage
from retrovue.gui.dialogs.message import MessageDialog

MakeDesk = Callable[..., Any]
RUBBISH = b"this is no database " * 500

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def prepare(folder: Path, *, backup: bool) -> None:
    """A profile with one notice and, if wanted, a copy of it; then its catalog is overwritten."""
    context = AppContext(resolve_dirs(folder), environ={"RETROVUE_SECRETS": "memory"}, write_log=False)
    context.notices.add(at=1, event="started", server_id=None, title="kept", body="")
    if backup:
        database.backup(context)
    context.close()
    context.dirs.catalog.write_bytes(RUBBISH)


def rescue_page(desk: Any) -> RescuePage:
    desk.app.start()
    desk.wait(lambda: desk.window.findChild(RescuePage) is not None)
    page = desk.window.findChild(RescuePage)
    assert isinstance(page, RescuePage)
    return page


def test_the_newest_backup_is_offered_and_restored(make_desk: MakeDesk, tmp_path: Path) -> None:
    prepare(tmp_path / "desk0", backup=True)
    desk = make_desk(with_server=False, started=False)
    page = rescue_page(desk)
    assert page.isVisible()
    assert "damaged" in page.words[0].text()
    assert not desk.window.rail.isEnabled()
    assert desk.window.built_keys() == frozenset()
    assert desk.dirs.catalog.read_bytes() == RUBBISH
    assert page.restore is not None
    assert page.restore.text().startswith("Restore the backup of today")
    with desk.qtbot.waitSignal(desk.app.ready):
        page.restore.click()
    desk.settle()
    assert desk.window.rail.isEnabled()
    assert not page.isVisible()
    assert [notice.title for notice in desk.context.notices.recent()] == ["kept"]


def test_without_a_backup_an_empty_catalog_is_begun_and_the_old_one_kept(make_desk: MakeDesk, tmp_path: Path) -> None:
    prepare(tmp_path / "desk0", backup=False)
    desk = make_desk(with_server=False, started=False)
    page = rescue_page(desk)
    assert page.restore is None
    assert page.choose.text() == "Choose a backup…"
    with desk.qtbot.waitSignal(desk.app.ready):
        page.empty.click()
    desk.settle()
    (kept,) = (tmp_path / "desk0").glob("retrovue.db.before-new-*")
    assert kept.read_bytes() == RUBBISH


def test_a_damaged_backup_is_said_and_the_page_stays(make_desk: MakeDesk, tmp_path: Path) -> None:
    prepare(tmp_path / "desk0", backup=True)
    (copy,) = (tmp_path / "desk0" / "backups").glob("*.db")
    copy.write_bytes(RUBBISH)
    desk = make_desk(with_server=False, started=False)
    page = rescue_page(desk)
    assert page.restore is not None
    page.restore.click()
    dialog = desk.dialog(MessageDialog)
    assert "damaged" in dialog.plain_text
    dialog.accept()
    assert page.isEnabled()
    assert page.isVisible()
    assert desk.dirs.catalog.read_bytes() == RUBBISH


def test_a_window_is_not_opened_on_a_catalog_that_can_only_be_read(tmp_path: Path) -> None:
    prepare(tmp_path, backup=False)
    context = AppContext(resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, write_log=False)
    assert can_write(context.dirs.catalog)
    with pytest.raises(ReadOnlyError, match=r"cannot be written: .*retrovue\.db"):
        database.open_catalog(context, can_write=lambda _path: False)
    context.close()
