"""Says that there is a newer version, with the page to get it from, where a person has turned that on."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from PySide6.QtCore import QObject, QTimer, QUrl, Slot

from retrovue.core.domain.errors import RetroVueError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.upkeep.updates import ReleaseAddress, find_newer, release_address
from retrovue.gui.app.main_window import MainWindow
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.opening import open_with_system
from retrovue.gui.work.tasks import TaskHandle

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
_LOOK_EVERY_MS = 60_000
_SKIPPED = "updates/skipped"


class UpdateCheck(QObject):
    """Asks once a day while the setting is on. A failure is logged only: nobody waits for the answer. Thread: GUI.

    Args:
        address: where to ask.
        window: shows the banner.
        open_url: opens the page.
    """

    def __init__(
        self,
        services: PageServices,
        address: ReleaseAddress,
        window: MainWindow,
        *,
        open_url: Callable[[QUrl], bool] = open_with_system,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._address = address
        self._window = window
        self._open_url = open_url
        self._asked_at: datetime | None = None
        self._task: TaskHandle | None = None
        self._told = ""
        timer = QTimer(self)
        timer.timeout.connect(self.look)
        timer.start(_LOOK_EVERY_MS)

    @Slot()
    def look(self) -> None:
        """Ask if it is time to. Called each minute, so that the start of the window is not behind it."""
        services, address = self._services, self._address
        now = services.context.clock.now()
        is_asking = self._task is not None and not self._task.is_finished
        if services.runner.is_closed or is_asking or not services.context.settings.update_check:
            return
        if self._asked_at is not None and abs(now - self._asked_at) < EVERY:
            return
        self._asked_at = now

        def ask(token: CancelToken, _report: object) -> str:
            try:
                return find_newer(address, token)
            except RetroVueError as error:
                log.info("no answer about new versions: %s %s", error.text, error.detail)
                return ""

        self._task = services.runner.submit(ask, lane=Lane.REPORT, of="updates")
        self._task.succeeded.connect(self._on_answer)

    @Slot(object)
    def _on_answer(self, version: str) -> None:
        if not version or version == self._told or version == self._services.settings.value(_SKIPPED):
            return
        self._told = version
        banner = self._window.show_banner(
            Tone.INFO,
            _("RetroVue {version} is available.").format(version=version),
            _("Your catalog is backed up before an upgrade."),
            actions=(
                NoticeAction(_("Open page"), self._open_page),
                NoticeAction(_("Skip this version"), lambda: self._skip(version, banner)),
            ),
        )

    def _open_page(self) -> None:
        self._open_url(QUrl(self._address.page))

    def _skip(self, version: str, banner: Banner) -> None:
        self._services.settings.setValue(_SKIPPED, version)
        banner.dismiss()


def watch_releases(services: PageServices, window: MainWindow, parent: QObject) -> UpdateCheck | None:
    """Begin to ask, once that is turned on; None where the package names no address."""
    address = release_address()
    return UpdateCheck(services, address, window, parent=parent) if address is not None else None
