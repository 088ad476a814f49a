"""*Copy diagnostics*: what would be copied is shown before, with names replaced if that is wanted."""

import os
import platform
from dataclasses import dataclass

from PySide6.QtCore import Slot, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QSystemTrayIcon, QWidget

from retrovue.core.i18n import _
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme.style import FontRole, fixed_font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.labels import label


@dataclass(frozen=True)
class Diagnostics:
    """The report as it is, and with stand-ins for names."""

    plain: str
    anonymous: str


def desktop_facts() -> list[str]:
    """What only the window knows: Qt, the desktop, the session, the tray and who shows notices. Thread: GUI."""
    desktop = os.environ.get("XDG_CURRENT_DESKTOP") or platform.system()
    session = os.environ.get("XDG_SESSION_TYPE") or "–"
    tray = "yes" if QSystemTrayIcon.isSystemTrayAvailable() else "no"
    notices = "D-Bus" if os.environ.get("DBUS_SESSION_BUS_ADDRESS") else "balloons"
    screens = ", ".join(
        f"{screen.size().width()}×{screen.size().height()}@{screen.devicePixelRatio():g}"
        for screen in QGuiApplication.screens()
    )
    return [
        f"Qt {qVersion()} · {QGuiApplication.platformName()} · {QApplication.style().name() or 'own style'}",
        f"Desktop {desktop} · session {session} · tray {tray} · notices {notices}",
        f"Screens {screens} · scheme {QGuiApplication.styleHints().colorScheme().name}",
    ]


class DiagnosticsDialog(BaseDialog):
    """Shows what would be copied before it is."""

    def __init__(self, report: Diagnostics, parent: QWidget | None = None) -> None:
        super().__init__(_("Diagnostics"), parent)
        self._report = report
        self.content.addWidget(label(_("Diagnostics"), FontRole.CARD_TITLE))
        self.content.addWidget(
            label(_("This is what will be copied. It contains no tokens and no public network addresses."), wrap=True)
        )
        self.anonymous = WrappedCheckBox(_("Replace names of titles, people, servers and folders"))
        self.anonymous.toggled.connect(self._show)
        self.content.addWidget(self.anonymous)
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.preview.setFont(fixed_font())
        self.preview.setMinimumSize(680, 380)
        self.preview.setAccessibleName(_("Diagnostics"))
        self.content.addWidget(self.preview, 1)
        close = self.add_button(Button(_("Close")))
        close.clicked.connect(self.reject)
        self.copy = self.add_button(Button(_("Copy"), kind=ButtonKind.PRIMARY, icon="copy"), default=True)
        self.copy.clicked.connect(self._copy)
        self._show()

    @Slot()
    def _show(self) -> None:
        shown = self._report.anonymous if self.anonymous.isChecked() else self._report.plain
        self.preview.setPlainText(shown)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.preview.toPlainText())
        self.accept()
