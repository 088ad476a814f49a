"""What is dropped on the window: an address begins the wizard, a backup its preview, anything else is refused."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from retrovue.gui.app.drops import dropped
from retrovue.gui.dialogs.crash import CrashDialog
from retrovue.gui.pages.servers.wizard import AddServerWizard

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def text(said: str) -> QMimeData:
    data = QMimeData()
    data.setText(said)
    return data


def urls(*said: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(one) for one in said])
    return data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (text("http://nas:32400"), "http://nas:32400"),
        (text("  https://nas.home.arpa/jellyfin/  "), "https://nas.home.arpa/jellyfin"),
        (text("https://mira:pw@nas/emby?X-Plex-Token=abc#top"), "https://nas/emby"),
        (urls("http://nas:32400/web/index.html#!/settings"), "http://nas:32400"),
        (urls("http://[fd00::1]:8096/web"), "http://[fd00::1]:8096"),
        (text("a word"), None),
        (text("http://two words"), None),
        (text("ftp://nas"), None),
        (text("http://"), None),
        (text("http://nas:99999"), None),
        (urls("http://one", "http://two"), None),
        (QMimeData(), None),
    ],
)
def test_addresses(data: QMimeData, expected: str | None) -> None:
    assert dropped(data) == expected


def test_backups(tmp_path: Path) -> None:
    backup = tmp_path / "retrovue-20260301.db"
    assert dropped(urls(QUrl.fromLocalFile(str(backup)).toString())) == backup
    assert dropped(urls(QUrl.fromLocalFile(str(tmp_path / "film.mkv")).toString())) is None


def drop(desk: Any, data: QMimeData) -> bool:
    """Drag over the window and drop; whether it was taken."""
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(400, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(desk.window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(
            desk.window, QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, buttons, keys)
        )
    return enter.isAccepted()


@pytest.mark.slow
def test_an_address_begins_the_wizard(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    assert drop(desk, text("http://nas.invalid:32400/web/index.html"))
    wizard = desk.dialog(AddServerWizard)
    assert wizard.server_page.url.text() == "http://nas.invalid:32400"
    assert wizard.next_button.isEnabled()
    wizard.reject()
    desk.settle()


def test_a_backup_is_previewed(make_desk: MakeDesk, tmp_path: Path) -> None:
    desk = make_desk(with_server=False)
    other = tmp_path / "notes.db"
    other.write_text("nothing of ours " * 100)
    assert drop(desk, urls(QUrl.fromLocalFile(str(other)).toString()))
    page = desk.window.page("settings")
    desk.wait(lambda: page.data.restorer.dialog is not None)
    dialog = page.data.restorer.dialog
    desk.wait(lambda: "not a RetroVue catalog" in dialog.preview.text())
    dialog.reject()


def test_anything_else_is_refused(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    assert not drop(desk, text("The Lantern District"))
    assert desk.window.current_key == "activity"


def test_the_report_of_a_mistake_leads_to_the_log(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False, write_log=True)
    sys.excepthook(ValueError, ValueError("odd"), None)
    dialog = desk.dialog(CrashDialog)
    dialog.log_requested.emit()
    assert desk.window.current_key == "log"
    desk.wait(lambda: not [w for w in QApplication.topLevelWidgets() if isinstance(w, CrashDialog)])
