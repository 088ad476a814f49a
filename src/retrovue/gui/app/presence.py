"""A catalog on a server that is out of reach for a while: said once, tried automatically, and read again afterwards."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system import deeds
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.notices import Banner, Tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

EVERYTHING = frozenset({"servers", "libraries", "mappings", "items", "files", "runs", "removals", "plays"})
"""The kinds of rows that another program may have changed."""
_LOOK_EVERY_MS = 3_000

ShowBanner = Callable[[Tone, str, str], Banner]


class CatalogPresence(QObject):
    """Keeps one banner in the window while the catalog's server is out of reach. Thread: GUI.

    Pages keep what they show: reads that break off count as cancelled, and are made again when the server is back.

    Args:
        refresh: reads the page in front again, with what it reads only when it comes to the front.
    """

    def __init__(
        self,
        services: PageServices,
        show_banner: ShowBanner,
        refresh: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._show_banner = show_banner
        self._refresh = refresh
        self._task: TaskHandle | None = None
        self._banner: Banner | None = None
        self.is_away = False
        services.runner.catalog_lost.connect(self._on_lost)
        timer = QTimer(self)
        timer.timeout.connect(self.look)
        # A file is always here.
        if services.context.settings.catalog_address:
            timer.start(_LOOK_EVERY_MS)

    @Slot()
    def look(self) -> None:
        """Notice that the server went away while nothing was read, or that it is back."""
        services, is_doubtful = self._services, self.is_away
        if services.runner.is_closed or (self._task is not None and not self._task.is_finished):
            return
        context = services.context

        def ask(_token: CancelToken, _report: object) -> bool:
            from retrovue.core.services.upkeep.database import is_away

            return is_away(context, is_doubtful=is_doubtful)

        self._task = services.runner.submit(ask, lane=Lane.REPORT, of="presence")
        self._task.succeeded.connect(self._on_looked)

    @Slot(object)
    def _on_looked(self, is_away: bool) -> None:
        if is_away:
            self._on_lost()
        elif self.is_away:
            self._on_back()

    @Slot()
    def _on_lost(self) -> None:
        if self.is_away:
            return
        self.is_away = True
        said = _("The catalog’s server is not responding.")
        deeds.complain(said)
        self._banner = self._show_banner(
            Tone.WARNING,
            said,
            _("What you see stays, and may be out of date. RetroVue reconnects automatically."),
        )
        self._banner.closed.connect(self._forget_banner)

    def _on_back(self) -> None:
        self.is_away = False
        if self._banner is not None:
            self._banner.dismiss()
        said = _("The catalog’s server is back online.")
        deeds.tell(said)
        self._services.toast(said, None)
        self._services.runner.changed.emit(ChangeSet(EVERYTHING, "presence"))
        # A page that was opened meanwhile may have nothing yet that no change tells of: saved filters, computers.
        self._refresh()

    @Slot()
    def _forget_banner(self) -> None:
        self._banner = None
