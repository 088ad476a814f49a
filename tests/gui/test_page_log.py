"""The Log page: follows, filters, holds no secret, and shows diagnostics before they are copied."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

from retrovue.gui.dialogs.message import MessageDialog
from retrovue.gui.pages.log.diagnostics import DiagnosticsDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]
log = logging.getLogger("retrovue.tests.page")


def texts(page: Any) -> list[str]:
    return [entry.text for entry in page.model.rows]


@pytest.mark.slow
def test_the_page_follows_the_log(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True)
    page = desk.page("log")
    page.developers.setChecked(True)
    log.info("the tide is out")
    desk.wait(lambda: "the tide is out" in texts(page))
    assert any(text.startswith("Added the server") for text in texts(page)), "lines from before the page was opened"


@pytest.mark.slow
def test_no_token_is_shown_copied_or_written(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True, log_level="debug")
    page = desk.page("log")
    page.developers.setChecked(True)
    page.level.setCurrentIndex(0)
    secret = desk.server.token
    log.warning("asked http://nas:32400/library?X-Plex-Token=abc123SECRET and %s", secret)
    desk.services.sync.start()
    desk.wait(lambda: any("asked http://nas" in text for text in texts(page)))
    desk.wait(lambda: not desk.services.sync.is_running)
    page._take()
    said = "\n".join(texts(page))
    assert secret not in said
    assert "abc123SECRET" not in said
    page.table.selectAll()
    assert secret not in page.copy_selected()
    for written in desk.dirs.log_dir.iterdir():
        assert secret not in written.read_text("utf-8", "replace")


def test_level_and_text_filter(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True)
    page = desk.page("log")
    page.developers.setChecked(True)
    log.info("low water")
    log.error("high water")
    desk.wait(lambda: "high water" in texts(page))
    page.level.setCurrentIndex(page.level.findData(logging.ERROR))
    assert texts(page) == ["high water"]
    page.level.setCurrentIndex(page.level.findData(logging.INFO))
    page.search.setText("WATER")
    assert texts(page) == ["low water", "high water"]
    assert page.escape()
    assert len(texts(page)) > 2


@pytest.mark.slow
def test_pause_holds_the_list_and_going_on_shows_what_came(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True)
    page = desk.page("log")
    page.developers.setChecked(True)
    page.pause_button.click()
    log.info("meanwhile")
    desk.qtbot.wait(400)
    assert "meanwhile" not in texts(page)
    page.pause_button.click()
    assert "meanwhile" in texts(page)


def test_diagnostics_are_shown_before_they_are_copied(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True)
    page = desk.page("log")
    page.developers.setChecked(True)
    QGuiApplication.clipboard().setText("before")
    page._diagnostics()
    dialog = desk.dialog(DiagnosticsDialog)
    report = dialog.preview.toPlainText()
    assert "RetroVue" in report
    assert desk.server.token not in report
    assert QGuiApplication.clipboard().text() == "before"
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == report
    assert "Qt " in report
    assert "tray" in report


@pytest.mark.slow
def test_names_are_replaced_in_diagnostics_on_request(make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True, write_log=True)
    page = desk.page("log")
    page.developers.setChecked(True)
    film = desk.server.library.members("1", "movie")[0].title
    log.warning("%s of Attic is missing at /mnt/nas/movies/%s.mkv", film, film)
    desk.wait(lambda: any(film in text for text in texts(page)))
    page._diagnostics()
    dialog = desk.dialog(DiagnosticsDialog)
    assert film in dialog.preview.toPlainText()
    dialog.anonymous.setChecked(True)
    report = dialog.preview.toPlainText()
    assert film not in report
    assert "Attic" not in report
    assert "/mnt/nas/movies" not in report
    assert ".mkv" in report
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == report


@pytest.mark.slow
def test_a_traceback_stays_with_its_line(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True)
    try:
        raise ValueError("the ebb token=abc123SECRET")
    except ValueError:
        log.exception("low tide")
    page = desk.page("log")
    page.developers.setChecked(True)
    log.info("after it")
    desk.wait(lambda: "after it" in texts(page))
    (entry,) = [entry for entry in page.model.rows if entry.text == "low tide"]
    assert entry.detail.startswith("Traceback")
    assert "abc123SECRET" not in entry.detail
    page.search.setText("valueerror")
    assert texts(page) == ["low tide"]
    page._on_activated(page.model.index(0, 0))
    dialog = desk.dialog(MessageDialog)
    assert "Traceback" in dialog.plain_text
    dialog.accept()
    try:
        raise ValueError("again")
    except ValueError:
        log.exception("spring tide")
    page.search.clear()
    desk.wait(lambda: "spring tide" in texts(page))
    assert page.model.rows[-1].detail.startswith("Traceback")


def test_what_is_shown_is_saved(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(write_log=True)
    page = desk.page("log")
    page.developers.setChecked(True)
    log.info("low water")
    log.error("high water")
    desk.wait(lambda: "high water" in texts(page))
    page.search.setText("high")
    page.save_to(tmp_path / "kept.txt")
    desk.settle()
    (line,) = (tmp_path / "kept.txt").read_text("utf-8").splitlines()
    assert line.endswith("ERROR tests.page: high water")
    page.save_to(tmp_path / "no" / "such" / "folder.txt")
    dialog = desk.dialog(MessageDialog)
    assert "could not be saved" in dialog.plain_text
    dialog.accept()


def test_a_filter_that_hides_everything_says_so(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True)
    page = desk.page("log")
    page.developers.setChecked(True)
    log.info("low water")
    desk.wait(lambda: "low water" in texts(page))
    page.search.setText("xyzzy")
    assert page.nothing.isVisible()
    page.nothing.button.click()
    assert "low water" in texts(page)


@pytest.mark.slow
def test_the_log_is_for_its_reader_until_more_is_asked_for(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True)
    page = desk.page("log")
    log.info("the tide is out")
    log.warning("lane 3: tide table %r cannot be read", "north")
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.wait(lambda: any(text.startswith("Synced ") for text in texts(page)))
    assert {entry.source for entry in page.model.rows} == {"done"}
    assert page.level.isHidden()
    desk.server.stop()
    with desk.qtbot.waitSignal(desk.services.sync.finished):
        desk.services.sync.start()
    desk.wait(lambda: any(entry.level >= logging.WARNING for entry in page.model.rows))
    assert not any("Traceback" in entry.detail for entry in page.model.rows)
    [failed] = [entry.text for entry in page.model.rows if entry.level >= logging.WARNING]
    assert failed.startswith("Could not sync “")
    page.developers.setChecked(True)
    assert {"the tide is out", "lane 3: tide table 'north' cannot be read"} <= set(texts(page))


def test_what_was_written_is_said_and_stays_in_the_log(make_desk: MakeDesk) -> None:
    desk = make_desk(write_log=True, with_server=False)
    page = desk.page("log")
    desk.services.wrote("3 plays exported to plays.csv.")
    desk.wait(lambda: "3 plays exported to plays.csv." in texts(page))
