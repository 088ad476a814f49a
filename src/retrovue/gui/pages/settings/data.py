"""Data and backups: where the catalog is, how large, its copies; back up and restore."""

from pathlib import Path

from PySide6.QtCore import QUrl, Slot
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.settings.computers import ComputerList
from retrovue.gui.pages.settings.database import DatabaseChoice
from retrovue.gui.pages.settings.restoring import Restorer
from retrovue.gui.pages.settings.rows import SettingRow, SettingsSection
from retrovue.gui.theme.style import fixed_font
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.opening import open_with_system


class DataSection(SettingsSection):
    """The catalog file and its copies. Tokens are in none of them, and it says so."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(_("Data and backups"), "database", parent)
        self._services = services
        card = self.add_card()
        self.place = ElidedLabel(_place(services), text_font=fixed_font())
        self.add_row(SettingRow((), (_("Catalog"), _("Data folder")), self.place))
        self._facts = label("", tone="text2", wrap=True)
        card.body.addWidget(self._facts)
        folder = Button(_("Open folder"), icon="folder-open")
        folder.clicked.connect(self._open_folder)
        line = QWidget()
        FlowLayout(line, gap=8).addWidget(folder)
        card.body.addWidget(line)
        self.add_card(_("Backups"))
        self.add_choice(
            "backup_schedule",
            {"weekly": _("Weekly"), "off": _("Manual only")},
            remark=_("The five newest are kept. One is also made before each upgrade and each purge."),
        )
        buttons = QWidget()
        row = FlowLayout(buttons, gap=8)
        self.backup_button = Button(_("Back up now"), icon="floppy")
        self.backup_button.clicked.connect(self._back_up)
        self.restore_button = Button(_("Restore backup…"), icon="clock-counter-clockwise")
        self.restore_button.clicked.connect(self._restore)
        for button in (self.backup_button, self.restore_button):
            row.addWidget(button)
        remark = _("Backups contain everything except sign-ins.")
        words = (_("Backup"), _("Restore"), self.backup_button.text(), self.restore_button.text())
        self.add_row(SettingRow((), words, buttons, remark))
        self.add_card(_("Database"))
        self.database = DatabaseChoice(services)
        remark = _(
            "Several computers can share one catalog in a PostgreSQL database. Nothing changes until you use it."
        )
        self.add_row(SettingRow(("catalog_address",), (_("Database"), "PostgreSQL"), self.database, remark))
        self.add_card(_("Computers"))
        self.computers = ComputerList(services)
        remark = _("Path mapping rules, disks and file checks belong to one computer. Everything else is shared.")
        self.add_row(SettingRow((), (_("Computers"), _("This computer")), self.computers, remark))
        self.restorer = Restorer(services, self)
        self.restorer.finished.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Ask how large everything is."""
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> tuple[int, int]:
            from retrovue.core.services.upkeep import database

            return database.sizes(context)

        handle = self._services.runner.submit(read, lane=Lane.FILES)
        handle.succeeded.connect(self._on_facts)
        self.computers.refresh()

    @Slot(object)
    def _on_facts(self, facts: tuple[int, int]) -> None:
        size, copies = facts
        kept = ngettext("{n} backup", "{n} backups", copies).format(n=copies)
        self._facts.setText(f"{text.size(size)} · {kept}")

    def _back_up(self) -> None:
        context = self._services.context
        self.backup_button.setEnabled(False)

        def work(_token: CancelToken, _report: object) -> Path:
            from retrovue.core.services.upkeep import database

            return database.backup(context)

        handle = self._services.runner.submit(work, lane=Lane.FILES)
        handle.succeeded.connect(
            lambda path: self._services.toast(_("Backup created: {name}").format(name=path.name), None)
        )
        handle.failed.connect(lambda error: show_error(self, error))
        handle.finished.connect(self._after)

    def _after(self) -> None:
        self.backup_button.setEnabled(True)
        self.refresh()

    @Slot()
    def _restore(self) -> None:
        self.restorer.open()

    def _open_folder(self) -> None:
        open_with_system(QUrl.fromLocalFile(str(self._services.context.dirs.data_dir)))


def _place(services: PageServices) -> str:
    # Without its query: the folder of a socket or options of the connection say little to people.
    address = services.context.used_catalog.partition("?")[0]
    return address or str(services.context.dirs.catalog)
