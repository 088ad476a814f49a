"""What is wrong with the chosen server, or what it keeps from this account: one sentence each, with what to do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from retrovue.core.domain.servers import Server, ServerState
from retrovue.core.i18n import _
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone

if TYPE_CHECKING:
    from retrovue.core.services.servers.rights import Limit


class StateNotices(QWidget):
    """Banners below the server's head; takes no room while there is nothing to say."""

    sign_in_requested = Signal()
    review_requested = Signal()
    retry_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[object, ...] = ()
        self.banners: list[Banner] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.hide()

    def show_server(self, server: Server, limits: "Sequence[Limit]" = ()) -> None:
        """Say what there is to say of a server. `limits`: what is off for the account, and why."""
        wanted = (server.id, server.name, server.state, server.tls_fingerprint, server.is_active, *limits)
        if wanted == self._shown:
            return
        self._shown = wanted
        for old in self.banners:
            old.hide()
            old.deleteLater()
        self.banners = [banner for banner in (self._of_state(server), _of_limits(limits)) if banner is not None]
        for banner in self.banners:
            self._column.addWidget(banner)
        self.setVisible(bool(self.banners))

    def _of_state(self, server: Server) -> Banner | None:
        if not server.is_active:
            return None
        if server.state is ServerState.SIGN_IN_AGAIN:
            return Banner(
                Tone.WARNING,
                _("The server refused the sign-in."),
                _("Everything stored stays. After you sign in, syncs continue where they left off."),
                icon="key-fill",
                actions=(NoticeAction(_("Sign in again…"), self.sign_in_requested.emit, as_link=False),),
            )
        if server.state is ServerState.KEYRING_LOCKED:
            return Banner(
                Tone.WARNING,
                _("The keyring is locked."),
                _("Its token is in the keyring. RetroVue keeps trying; everything stored stays."),
                icon="lock",
                actions=(NoticeAction(_("Try again"), self.retry_requested.emit, as_link=False),),
            )
        if server.state is ServerState.CERTIFICATE:
            changed = server.tls_fingerprint is not None
            return Banner(
                Tone.WARNING,
                _("The server shows a different certificate than the one you trust.")
                if changed
                else _("The server’s certificate is not trusted."),
                _("Nothing is sent to it until you have reviewed the certificate. Everything stored stays."),
                icon="fingerprint",
                actions=(NoticeAction(_("Review certificate…"), self.review_requested.emit, as_link=False),),
            )
        return None


def _of_limits(limits: "Sequence[Limit]") -> Banner | None:
    if not limits:
        return None
    return Banner(
        Tone.INFO,
        _("Some features are not available to this account."),
        "\n".join(f"• {limit.feature.label}: {limit.reason}" for limit in limits),
        icon="lock",
    )
