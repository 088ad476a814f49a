"""Signing in to Jellyfin by a code that is confirmed on a device where somebody is signed in already."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui.pages.servers.codes import CodeView
from retrovue.gui.pages.servers.methods import ErrorLine, MethodPanel, Target, words_of
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label

if TYPE_CHECKING:
    from retrovue.core.services.servers.sign_in import QuickConnectCode, SignedIn

_LIFETIME_S = 300.0
"""As long as it is waited for; the server does not tell."""


class QuickConnectPanel(MethodPanel):
    """Asks for a code as soon as it is shown; one that ran out or was stopped is asked for again by the button."""

    not_offered = Signal()
    """Quick Connect is switched off on this server."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._how = label(
            _("In Jellyfin, on a device where you are signed in, open your user menu, then Quick Connect."),
            tone="text2",
            wrap=True,
        )
        self.stop_button = Button(_("Stop waiting"), kind=ButtonKind.LINK)
        self.stop_button.clicked.connect(self._stop)
        self.code = CodeView(services.context.clock.epoch, [], self.stop_button)
        self.code.hide()
        self.error = ErrorLine()
        self.column.addWidget(self._how)
        self.column.addWidget(self.code)
        self.column.addWidget(self.error)
        self._is_waiting = False

    def set_target(self, target: Target) -> None:
        """A code is good on one server only."""
        super().set_target(target)
        self.error.say("")

    def start(self, *, focus: bool) -> None:
        """Ask for a code."""
        if not self.is_busy:
            self.act()

    def restart(self) -> None:
        """A used code is gone."""
        self._show(waiting=False)

    def cancel(self) -> None:
        """Wait no more."""
        super().cancel()
        self._show(waiting=False)

    def act_text(self) -> str:
        """What is waited for, or the next code."""
        if self._is_waiting:
            return _("Next") if self.target.stored is None else _("Sign in")
        return _("Connecting…") if self.is_busy else _("Show code")

    def act(self) -> None:
        """Ask for a code and wait until it was confirmed."""
        self.error.say("")
        context, target = self.services.context, self.target

        def ask(token: CancelToken) -> object:
            from retrovue.core.services.servers import sign_in as signing_in

            pin = target.tls_fingerprint
            if not signing_in.quick_connect_offered(context, target.kind, target.url, tls_fingerprint=pin, token=token):
                return None
            return signing_in.start_quick_connect(
                context, target.url, tls_fingerprint=pin, token=token, expected=target.stored
            )

        self.run(ask, self._on_code)

    def on_failed(self, error: BaseException) -> None:
        """A server that is gone, or a code that ran out."""
        self._show(waiting=False)
        self.error.say(words_of(error))

    def _on_code(self, code: "QuickConnectCode | None") -> None:
        if code is None:
            self.error.say(_("Quick Connect is turned off on this server."))
            self.not_offered.emit()
            return
        context, target = self.services.context, self.target
        self.code.show_code(
            code.code,
            context.clock.epoch() + _LIFETIME_S,
            _("Waiting for Jellyfin. This window continues by itself."),
        )
        self._show(waiting=True)

        def wait(token: CancelToken) -> object:
            from retrovue.core.services.servers import sign_in as signing_in

            return signing_in.wait_for_quick_connect(
                context,
                target.url,
                code,
                tls_fingerprint=target.tls_fingerprint,
                token=token,
            )

        self.run(wait, self._on_signed_in, is_standing=True)

    def _on_signed_in(self, found: "SignedIn") -> None:
        self._show(waiting=False)
        self.prove(found.token, user_id=found.user_id)

    def _show(self, *, waiting: bool) -> None:
        self._is_waiting = waiting
        self.code.setVisible(waiting)
        if not waiting:
            self.code.countdown.stop()

    @Slot()
    def _stop(self) -> None:
        self.cancel()
        self.changed.emit()
