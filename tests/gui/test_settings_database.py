"""The database of the catalog in Settings: tested, copied to, used, and left again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.storage.engines import PostgresServer

from retrovue.core.services.upkeep import database

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.slow]
MakeDesk = Callable[..., Any]


def test_a_database_is_tested_copied_to_and_used(make_desk: MakeDesk, postgres: PostgresServer, tmp_path: Path) -> None:
    desk = make_desk(with_server=False)
    choice = desk.page("settings").data.database
    assert not choice.test_button.isEnabled()

    choice.address.setText(f"postgresql://rv@/x?host={tmp_path}")
    choice.test_button.click()
    desk.wait(lambda: choice.steps.text().startswith("✗ Could not connect"))
    assert choice.use_button.isHidden()
    assert choice.copy_button.isHidden()

    name = postgres.create()
    url = postgres.url(name)
    choice.address.setText(url)
    choice.password.setText("given")
    assert choice.steps.isHidden()
    choice.test_button.click()
    desk.wait(lambda: not choice.copy_button.isHidden())
    assert "The database is empty." in choice.steps.text()
    # While another program holds the database the copy waits, and can be cancelled.
    with postgres.connect(name) as other:
        other.execute("BEGIN; CREATE TABLE profile ()")
        choice.copy_button.click()
        assert not choice.copying.isHidden()
        assert not choice.buttons.isEnabled()
        assert choice.copying.cancel_button.isEnabled()
        choice.copying.cancel_button.click()
        desk.wait(choice.buttons.isEnabled)
        assert choice.copying.isHidden()
        assert desk.window.toasts.toast.text == "Canceled. Nothing was copied."
        other.execute("ROLLBACK")
    assert postgres.tables(name) == []
    assert desk.context.catalog_password(url) is None
    seen: list[str] = []
    choice.copying.show_progress = lambda progress: seen.append(progress.table)
    choice.copy_button.click()
    desk.wait(lambda: "There is a catalog" in choice.steps.text())
    assert choice.copy_button.isHidden()
    assert desk.context.catalog_password(url) == "given"
    assert seen[-1:]
    choice.use_button.click()
    desk.wait(lambda: desk.context.settings.catalog_address == url and choice.buttons.isEnabled())
    assert not choice.file_button.isHidden()
    # What is open stays in use, and is what is told of and backed up, until the program starts again.
    assert not choice.waiting.isHidden()
    assert (desk.context.used_catalog, desk.context.database.is_on_server) == ("", False)
    assert database.sizes(desk.context)[0] == desk.context.dirs.catalog.stat().st_size
    choice.file_button.click()
    desk.wait(lambda: desk.context.settings.catalog_address == "" and choice.buttons.isEnabled())
    assert choice.waiting.isHidden()
