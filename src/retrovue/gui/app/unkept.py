"""Sign-ins that would be lost when the program ends: brought to the keyring, and said for as long as they are not."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from retrovue.core.domain.errors import RetroVueError, SecretError
from retrovue.core.domain.servers import Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.i18n import _
from retrovue.core.services.servers.stored import all_servers
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import message_for

_SAY_AFTER_MS = 1500
"""A keyring that is open answers at once; one that is not has opened a prompt by then."""

ShowBanner = Callable[[Tone, str, str, tuple[NoticeAction, ...]], Banner]


class UnkeptSignIns(QObject):
    """Keeps new tokens after the wizard has closed: nobody waits for a keyring's prompt. Thread: GUI.

    Args:
        show: shows a banner above every page, until it is dismissed.
    """

    def __init__(self, services: PageServices, show: ShowBanner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._show = show
        self._banner: Banner | None = None
        self._tried: set[str] = set()
        self._waiting: list[Server] = []
        self._is_busy = False
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_SAY_AFTER_MS)
        self._late.timeout.connect(self._say_waiting)
        services.context.secrets.is_put_off = True
        services.runner.changed.connect(self._on_changed)

    @property
    def banner(self) -> Banner | None:
        """What is said now."""
        return self._banner

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if "servers" in change.kinds:
            self._look()

    def _look(self) -> None:
        if self._is_busy or self._services.runner.is_closed:
            return
        context = self._services.context

        def read(_token: object, _report: object) -> list[Server]:
            unkept = context.secrets.unkept()
            return [server for server in all_servers(context) if server.uuid in unkept] if unkept else []

        handle = self._services.runner.submit(read, lane=Lane.SECRETS)
        handle.succeeded.connect(self._on_read)

    @Slot(object)
    def _on_read(self, servers: list[Server]) -> None:
        if not servers:
            self._clear()
        elif not self._is_busy and any(server.uuid not in self._tried for server in servers):
            self._keep(servers)

    def _keep(self, servers: list[Server]) -> None:
        self._tried.update(server.uuid for server in servers)
        context = self._services.context

        def keep(_token: object, _report: object) -> None:
            for server in servers:
                context.secrets.move_to_keyring(server.uuid, server.name)

        self._begin(servers)
        # A lane of its own: the prompt may stay open, and other questions about tokens must not wait behind it.
        handle = self._services.runner.submit(keep, lane=Lane.KEYRING)
        handle.succeeded.connect(lambda _nothing: self._clear())
        handle.failed.connect(lambda error: self._say_lost(servers, error))
        handle.finished.connect(self._on_finished)

    def _keep_in_file(self, servers: list[Server]) -> None:
        context = self._services.context

        def keep(_token: object, _report: object) -> None:
            for server in servers:
                context.secrets.move_to_file(server.uuid)

        handle = self._services.runner.submit(keep, lane=Lane.SECRETS)
        handle.succeeded.connect(lambda _nothing: self._on_in_file())
        handle.failed.connect(lambda error: self._say_lost(servers, error))

    def _on_in_file(self) -> None:
        self._clear()
        said = _("The sign-in is kept in a file in the data folder: anyone who can read it can use the server.")
        self._services.say(said, Tone.INFO, None)

    def _begin(self, servers: list[Server]) -> None:
        self._is_busy = True
        self._waiting = servers
        self._late.start()

    def _on_finished(self) -> None:
        self._is_busy = False
        self._late.stop()
        self._look()

    @Slot()
    def _say_waiting(self) -> None:
        text = _(
            "Answer the prompt of the keyring to keep the sign-in of {servers}. Everything else goes on meanwhile."
        )
        self._say(Tone.INFO, _("Waiting for the keyring"), text.format(servers=_names(self._waiting)), ())

    def _say_lost(self, servers: list[Server], error: BaseException) -> None:
        title = _("The sign-in of {servers} is not kept.").format(servers=_names(servers))
        reason = error.text if isinstance(error, RetroVueError) else message_for(error).text
        if isinstance(error, SecretError) and error.reason != "unavailable":
            reason = _("The keyring was not unlocked.")
        text = _("{reason} Without it you sign in again after the next start.").format(reason=reason)
        actions = (
            NoticeAction(_("Try again"), lambda: self._keep(servers), as_link=False),
            NoticeAction(_("Keep in a file"), lambda: self._keep_in_file(servers)),
        )
        self._say(Tone.WARNING, title, text, actions)

    def _say(self, tone: Tone, title: str, text: str, actions: tuple[NoticeAction, ...]) -> None:
        self._clear()
        banner = self._show(tone, title, text, actions)
        banner.closed.connect(lambda: self._forget(banner))
        self._banner = banner

    def _forget(self, banner: Banner) -> None:
        if self._banner is banner:
            self._banner = None

    def _clear(self) -> None:
        if self._banner is not None:
            self._banner.dismiss()
        self._banner = None


def _names(servers: list[Server]) -> str:
    return ", ".join(f"“{server.name}”" for server in servers)
