"""Stopping a stream from the window: asks first, then says what happened."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.services.monitor.stopping import stop_stream
from retrovue.gui.pages.activity import words
from retrovue.gui.pages.activity.details import StopDialog
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.work.lanes import Lane


class StreamStopper(QObject):
    """Thread: GUI; the server is asked on a lane."""

    failed = Signal(object)

    def __init__(self, services: PageServices, page: QWidget) -> None:
        super().__init__(page)
        self._services = services
        self._page = page
        self.dialog: StopDialog | None = None

    def ask(self, active: ActiveSession) -> None:
        """Ask whether this stream is to be stopped."""
        dialog = StopDialog(active, self._page)
        dialog.confirmed.connect(lambda message: self.stop(active, message))
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None

    def stop(self, active: ActiveSession, message: str) -> None:
        """Stop it."""
        context = self._services.context

        def work(token: CancelToken, _report: object) -> bool:
            return stop_stream(context, active, message, token)

        handle = self._services.runner.submit(work, lane=Lane.IO)
        handle.succeeded.connect(lambda stopped: self._on_stopped(active, stopped))
        handle.failed.connect(self.failed)

    def _on_stopped(self, active: ActiveSession, stopped: bool) -> None:
        title, user = words.heading(active.session), active.session.user or _("Someone")
        if stopped:
            self._services.toast(_("“{title}” was stopped for {user}.").format(title=title, user=user), None)
        else:
            said = _("“{title}” of {user} had ended already.").format(title=title, user=user)
            self._services.say(said, Tone.INFO, None)
        self._services.monitor.poll_server(active.server_id)
