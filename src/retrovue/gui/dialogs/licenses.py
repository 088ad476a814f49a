"""The license of the program, and the libraries that are packed into it with theirs."""

from typing import NamedTuple

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHeaderView, QPlainTextEdit, QWidget

from retrovue.core.i18n import _
from retrovue.core.system.resources import resource_path
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import DataTable, room_for
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import in_card
from retrovue.gui.widgets.labels import label


class BundledPart(NamedTuple):
    """A library and the license it is under, in its own words."""

    name: str
    license: str


def bundled_parts() -> list[BundledPart]:
    """What `resources/licenses.tsv` lists; a test compares it with what is installed.

    Raises:
        OSError: the program was packed without it.
    """
    lines = resource_path("licenses.tsv").read_text(encoding="utf-8").splitlines()
    return [BundledPart(*line.split("\t", 1)) for line in lines]


def license_text() -> str:
    """The license of the program; a test compares it with the one of the project.

    Raises:
        OSError: the program was packed without it.
    """
    return resource_path("license.txt").read_text(encoding="utf-8")


class LicenseDialog(BaseDialog):
    """The license of the program, whole, in the words that it has everywhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("License"), parent)
        self.content.addWidget(label(_("License"), FontRole.CARD_TITLE))
        self.text = QPlainTextEdit(license_text())
        self.text.setAccessibleName(_("License"))
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setMinimumSize(560, 340)
        self.content.addWidget(self.text, 1)
        bundled = self.add_button(Button(_("Bundled software…")), leading=True)
        bundled.clicked.connect(self._show_bundled)
        close = self.add_button(Button(_("Close")), default=True)
        close.clicked.connect(self.accept)

    @Slot()
    def _show_bundled(self) -> None:
        LicensesDialog(self).open()


class LicensesDialog(BaseDialog):
    """A table of the bundled software."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Bundled software"), parent)
        self.content.addWidget(label(_("Bundled software"), FontRole.CARD_TITLE))
        said = _("RetroVue contains these libraries. Qt and PySide6 are used unchanged under the LGPL.")
        self.content.addWidget(label(said, tone="text2", wrap=True))
        columns = [
            Column("name", _("Name"), lambda part: part.name, width=200),
            Column("license", _("License"), lambda part: part.license, width=260),
        ]
        self.table = DataTable(name=_("Bundled software"))
        self.model = ListModel(columns, row_id=lambda part: part.name, parent=self)
        self.model.set_rows(bundled_parts())
        self.table.setModel(self.model)
        for place, column in enumerate(columns):
            self.table.setColumnWidth(place, room_for(column))
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setMinimumSize(520, 360)
        self.content.addWidget(in_card(self.table), 1)
        close = self.add_button(Button(_("Close")), default=True)
        close.clicked.connect(self.accept)
