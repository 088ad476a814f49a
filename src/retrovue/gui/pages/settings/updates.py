"""The rows about new versions: whether to ask once a day, and asking now."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QSignalBlocker, QUrl, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from retrovue import __version__
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.upkeep.updates import ReleaseAddress, find_newer
from retrovue.core.system.settings import Settings, title_of
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.settings.rows import SettingRow, SettingsSection
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.notices import NoticeAction, Tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.opening import open_with_system

_NAME = "update_check"


class UpdateRow(QObject):
    """Adds a card to a section. A program that was packaged without an address says so instead of asking nobody.

    Args:
        address: where releases are published; None: nowhere that this program knows of.
        open_url: opens the page.
    """

    def __init__(
        self,
        section: SettingsSection,
        services: PageServices,
        address: ReleaseAddress | None,
        *,
        open_url: Callable[[QUrl], bool] = open_with_system,
    ) -> None:
        super().__init__(section)
        self._section = section
        self._services = services
        self._address = address
        self._open_url = open_url
        section.add_card(_("Updates"))
        self.box = WrappedCheckBox(title_of(_NAME))
        self.box.setEnabled(address is not None)
        self.box.toggled.connect(lambda on: section.changed.emit(_NAME, on))
        self.button = Button(_("Check now"))
        self.button.setEnabled(address is not None)
        self.button.clicked.connect(self._ask)
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box, 1)
        row.addWidget(self.button)
        words = (self.box.text(), self.button.text(), _("Updates"))
        section.add_row(SettingRow((_NAME,), words, line, self._remark()), self._show)

    def _remark(self) -> str:
        if self._address is None:
            return _("This copy of RetroVue was built without a release address, so it has nobody to ask.")
        return _(
            "Asks {host} once a day and says when there is a newer version. Nothing is downloaded or installed."
        ).format(host=self._address.host)

    def _show(self, settings: Settings) -> None:
        with QSignalBlocker(self.box):
            self.box.setChecked(settings.update_check and self._address is not None)

    @Slot()
    def _ask(self) -> None:
        address = self._address
        if address is None:
            return
        self.button.setEnabled(False)

        def ask(token: CancelToken, _report: object) -> str:
            return find_newer(address, token)

        handle = self._services.runner.submit(ask, lane=Lane.REPORT, of="updates")
        handle.succeeded.connect(self._on_answer)
        handle.failed.connect(lambda error: show_error(self._section, error))
        handle.finished.connect(lambda: self.button.setEnabled(True))

    @Slot(object)
    def _on_answer(self, version: str) -> None:
        if not version:
            said = _("RetroVue {version} is the newest version.").format(version=__version__)
            self._services.say(said, Tone.SUCCESS, None)
            return
        said = _("RetroVue {version} is available.").format(version=version)
        self._services.say(said, Tone.INFO, NoticeAction(_("Open page"), self._open_page))

    def _open_page(self) -> None:
        if self._address is not None:
            self._open_url(QUrl(self._address.page))
