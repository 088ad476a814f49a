"""What this program is, and its version."""

import platform
import sqlite3

from PySide6.QtCore import QSize, Slot, qVersion
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from retrovue import __version__
from retrovue.core.i18n import _
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme import icons
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.labels import label


class AboutDialog(BaseDialog):
    """Mark, name, versions, one sentence, the licence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("About RetroVue"), parent)
        row = QHBoxLayout()
        row.setSpacing(16)
        mark = QLabel()
        mark.setPixmap(icons.app_icon().pixmap(QSize(64, 64)))
        row.addWidget(mark)
        words = QVBoxLayout()
        words.addWidget(label("RetroVue", FontRole.PAGE_TITLE))
        words.addWidget(label(_("Version {version}").format(version=__version__), tone="text2", selectable=True))
        words.addStretch(1)
        row.addLayout(words, 1)
        self.content.addLayout(row)
        sentence = _("One local catalog of all your media servers, with paths that open on this computer.")
        text = label(sentence, wrap=True)
        text.setMinimumWidth(360)
        self.content.addWidget(text)
        versions = f"Python {platform.python_version()} · Qt {qVersion()} · SQLite {sqlite3.sqlite_version}"
        self.versions = label(versions, FontRole.SMALL, tone="text2", selectable=True)
        self.content.addWidget(self.versions)
        self.content.addWidget(label(_("Licensed under the MIT License."), FontRole.SMALL, tone="text2"))
        bundled = self.add_button(Button(_("Bundled software…")), leading=True)
        bundled.clicked.connect(self._show_licenses)
        close = self.add_button(Button(_("Close")), default=True)
        close.clicked.connect(self.accept)

    @Slot()
    def _show_licenses(self) -> None:
        from retrovue.gui.dialogs.licenses import LicensesDialog

        LicensesDialog(self).open()


def show_about(parent: QWidget) -> None:
    """Open the dialog above its window."""
    AboutDialog(parent).open()
