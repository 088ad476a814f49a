"""Pictures of the Servers page and of the wizard: each way to sign in, each state, each verdict."""

from typing import TYPE_CHECKING, Any

from tools.screenshots.stage import (
    CODE,
    NEW_CERTIFICATE,
    OLD_FINGERPRINT,
    Scene,
    Settle,
    Shots,
    Stage,
    open_dialog,
    running,
    start,
    start_account,
)
from tools.screenshots.wizard import WizardShots

from retrovue.core.domain.servers import ServerKind, ServerState

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.gui.pages.servers.page import ServersPage
    from retrovue.gui.pages.servers.tautulli_card import TautulliCard


def servers_scenes(settle: Settle) -> list[Scene]:
    """Every picture of the page and its wizard; the last one stops the server."""
    shots = Shots(settle)
    wizard, page = WizardShots(settle), _PageShots(settle)
    return [
        Scene("servers", shots.tested),
        Scene("add-server", wizard.kind),
        Scene("add-server-found", wizard.found),
        Scene("add-server-nothing-found", wizard.nothing_found),
        Scene("add-server-account", wizard.account),
        Scene("add-server-code", wizard.code, _end),
        Scene("add-server-account-servers", wizard.account_servers, _end),
        Scene("add-server-quick-connect", wizard.quick_connect, _end),
        Scene("add-server-password", wizard.password, _end),
        Scene("add-server-certificate", wizard.certificate),
        Scene("add-server-wrong-kind", wizard.wrong_kind),
        Scene("add-server-refused", wizard.refused, _end),
        Scene("add-server-libraries", wizard.at("LIBRARIES"), _end),
        Scene("add-server-folders", wizard.at("FOLDERS"), _end),
        Scene("add-server-alerts", wizard.at("BACKGROUND"), _end),
        Scene("add-server-ready", wizard.at("READY"), _end),
        Scene("trust-certificate", page.trust),
        Scene("servers-sign-in-again", page.sign_in_again, page.online),
        Scene("sign-in-again", page.sign_in_dialog, page.online),
        Scene("sign-in-again-code", page.sign_in_code, page.after_code),
        Scene("servers-certificate", page.certificate, page.online),
        Scene("review-certificate", page.review, page.online),
        Scene("servers-tautulli-none", page.tautulli_none),
        Scene("connect-tautulli", page.tautulli_dialog),
        Scene("servers-tautulli", page.tautulli, page.without_tautulli),
        Scene("servers-tautulli-stale", page.tautulli_stale, page.without_tautulli),
        Scene("servers-limits", page.limits, page.without_guest),
        Scene("remove-server", page.remove),
    ]


def down_scene(settle: Settle) -> Scene:
    """The picture after which the server is gone."""
    return Scene("servers-error", Shots(settle).down)


def _end(_stage: "Stage") -> None:
    running.close()


class _PageShots(Shots):
    """The page in each state, and its dialogs."""

    def _in_state(self, stage: "Stage", state: ServerState, **values: object) -> "ServersPage":
        page = self.page(stage)
        context = stage.shell.services().context
        assert page.current is not None
        if values:
            context.servers.change(page.current.id, **values)
        context.servers.set_state(page.current.id, state, detail=None, now=context.clock.epoch())
        page.details.verdict.hide()
        page.refresh()
        self.settle(stage.application)
        return page

    def online(self, stage: "Stage") -> None:
        self._in_state(stage, ServerState.ONLINE, tls_fingerprint=None)

    def sign_in_again(self, stage: "Stage") -> None:
        self._in_state(stage, ServerState.SIGN_IN_AGAIN)

    def sign_in_dialog(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.pages.servers.dialogs import SignInDialog

        page = self._in_state(stage, ServerState.SIGN_IN_AGAIN)
        page.details.sign_in_requested.emit()
        return open_dialog(SignInDialog)

    def sign_in_code(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.pages.servers.dialogs import SignInDialog
        from retrovue.gui.pages.servers.doors import Doors

        start_account(stage)
        self.page(stage).doors = Doors(open_url=lambda _address: True)
        dialog = self.sign_in_dialog(stage)
        assert isinstance(dialog, SignInDialog)
        dialog.save.click()
        view = dialog.panel.account.code
        self.until(stage, view.isVisible)
        view.tiles.set_code(CODE)
        return dialog

    def after_code(self, stage: "Stage") -> None:
        self.online(stage)
        running.close()

    def tautulli_none(self, stage: "Stage") -> None:
        self._at_tautulli(stage)

    def tautulli_dialog(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.pages.servers.tautulli_dialog import ConnectDialog

        self._at_tautulli(stage).connect_button.click()
        return open_dialog(ConnectDialog)

    def tautulli(self, stage: "Stage") -> None:
        """Read now, and tested."""
        from retrovue.core.services.tautulli.connection import connect
        from retrovue.core.services.tautulli.sync import sync
        from retrovue.demo.tautulli import KEY, watching

        watched = running.enter_context(watching(stage.server))
        context = stage.shell.services().context
        sync(context, connect(context, url=watched.url, key=KEY).connection)
        card = self._at_tautulli(stage)
        card.test_button.click()
        self.until(stage, lambda: card.test_button.isEnabled())
        self._at_tautulli(stage)

    def tautulli_stale(self, stage: "Stage") -> None:
        """Gone since seven hours."""
        self.tautulli(stage)
        running.close()
        context = stage.shell.services().context
        [connection] = context.connections.all("tautulli")
        context.connections.note(connection.id, synced_at=context.clock.epoch() - 7 * 3600)
        card = self._at_tautulli(stage)
        card.sync_button.click()
        self.until(stage, lambda: card.connection is not None and card.connection.error is not None)
        self._at_tautulli(stage)

    def without_tautulli(self, stage: "Stage") -> None:
        from retrovue.core.services.tautulli.connection import disconnect

        running.close()
        context = stage.shell.services().context
        for connection in context.connections.all("tautulli"):
            disconnect(context, connection)
        self._at_tautulli(stage)

    def _at_tautulli(self, stage: "Stage") -> "TautulliCard":
        """The card, at the end of the page, as it is now."""
        page = self.page(stage)
        page.details.verdict.hide()
        card = page.details.tautulli
        card.refresh()
        self.settle(stage.application)
        area = page.details
        area.ensureWidgetVisible(card)
        return card

    def certificate(self, stage: "Stage") -> None:
        self._in_state(stage, ServerState.CERTIFICATE, tls_fingerprint=OLD_FINGERPRINT)

    def trust(self, stage: "Stage") -> "QWidget":
        return self._certificate_dialog(stage, None)

    def review(self, stage: "Stage") -> "QWidget":
        return self._certificate_dialog(stage, OLD_FINGERPRINT)

    def _certificate_dialog(self, stage: "Stage", old: str | None) -> "QWidget":
        from retrovue.gui.pages.servers.certificate import CertificateDialog

        dialog = CertificateDialog("https://nas.home.arpa:8920", NEW_CERTIFICATE, old, self.page(stage))
        dialog.open()
        return dialog

    def limits(self, stage: "Stage") -> None:
        from retrovue.core.services.servers import registration as servers

        context = stage.shell.services().context
        page = self.page(stage)
        if not any(server.name == "Basement" for server in context.servers.all()):
            demo: Any = start(ServerKind.JELLYFIN)
            guest = demo.dialect.users.accounts[1]
            token = demo.dialect.users.issue(guest, "window")
            added = servers.add(
                context, kind=ServerKind.JELLYFIN, name="Basement", url=demo.url, secret=token, user_id=guest.id
            ).server
            page.show_argument(added.id)
        page.refresh()

    def without_guest(self, stage: "Stage") -> None:
        from retrovue.core.services.servers import registration as servers

        context = stage.shell.services().context
        for server in context.servers.all():
            if server.name == "Basement":
                servers.remove(context, server)
        self.page(stage).refresh()
        self.settle(stage.application)
        running.close()

    def remove(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.dialogs.message import ConfirmDialog

        self.page(stage).details.remove_requested.emit()
        return open_dialog(ConfirmDialog)
