"""Pictures of the wizard: each page, each way to sign in, each verdict."""

from typing import TYPE_CHECKING, Any

from tools.screenshots.stage import CODE, KEY, NEW_CERTIFICATE, Shots, Show, Stage, start, start_account

from retrovue.core.domain.errors import TlsError, WrongServerError
from retrovue.core.domain.servers import Server, ServerKind

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.core.services.servers.probe import Layer, Verdict
    from retrovue.gui.pages.servers.wizard import AddServerWizard

_CODE_LEFT_S, _CODE_LIFE_S = 1_130, 1_800
_QUICK_LEFT_S, _QUICK_LIFE_S = 271, 300
_QUICK_CODE = "481902"


class WizardShots(Shots):
    """Each opens the wizard anew and takes it to a page."""

    def open(self, stage: "Stage", *, finds: bool = True) -> "AddServerWizard":
        from retrovue.gui.pages.servers.doors import Doors

        page = self.page(stage)
        around = _around(page.current) if finds else []
        page.doors = Doors(open_url=lambda _address: True, find=lambda _context, _token: around)
        wizard = page.add_server()
        self.settle(stage.application)
        return wizard

    def server_page(self, stage: "Stage", kind: ServerKind, *, finds: bool = True) -> "AddServerWizard":
        wizard = self.open(stage, finds=finds)
        wizard.kind_page.choose(kind)
        wizard.next_button.click()
        self.settle(stage.application)
        return wizard

    def sign_in(self, stage: "Stage", kind: ServerKind) -> "tuple[AddServerWizard, Any]":
        """At the page about signing in, beside a running demo server of that kind."""
        server = start(kind)
        wizard = self.server_page(stage, kind)
        wizard.server_page.url.setText(server.url)
        wizard.server_page.type_address()
        wizard.next_button.click()
        self.until(stage, lambda: wizard.step > 1)
        return wizard, server

    def kind(self, stage: "Stage") -> "QWidget":
        return self.open(stage)

    def found(self, stage: "Stage") -> "QWidget":
        return self.server_page(stage, ServerKind.PLEX)

    def nothing_found(self, stage: "Stage") -> "QWidget":
        return self.server_page(stage, ServerKind.JELLYFIN, finds=False)

    def account(self, stage: "Stage") -> "AddServerWizard":
        wizard = self.server_page(stage, ServerKind.PLEX)
        wizard.server_page.found.list.choose("account")
        wizard.next_button.click()
        self.settle(stage.application)
        return wizard

    def code(self, stage: "Stage") -> "QWidget":
        start_account(stage)
        wizard = self.account(stage)
        wizard.next_button.click()
        self.until(stage, wizard.sign_in_page.panel.account.code.isVisible)
        view = wizard.sign_in_page.panel.account.code
        now = stage.shell.services().context.clock.epoch()
        view.tiles.set_code(CODE)
        view.countdown.start(now + _CODE_LEFT_S, lasts_s=_CODE_LIFE_S)
        return wizard

    def account_servers(self, stage: "Stage") -> "QWidget":
        account = start_account(stage)
        wizard = self.account(stage)
        wizard.next_button.click()
        self.until(stage, wizard.sign_in_page.panel.account.code.isVisible)
        account.confirm(wizard.sign_in_page.panel.account.code.tiles.code)
        self.until(stage, wizard.sign_in_page.panel.account.list.isVisible)
        self.settle(stage.application)
        return wizard

    def quick_connect(self, stage: "Stage") -> "QWidget":
        wizard, _server = self.sign_in(stage, ServerKind.JELLYFIN)
        self.until(stage, wizard.sign_in_page.panel.quick.code.isVisible)
        view = wizard.sign_in_page.panel.quick.code
        now = stage.shell.services().context.clock.epoch()
        view.countdown.start(now + _QUICK_LEFT_S, lasts_s=_QUICK_LIFE_S)
        view.tiles.set_code(_QUICK_CODE)
        return wizard

    def password(self, stage: "Stage") -> "QWidget":
        wizard, server = self.sign_in(stage, ServerKind.EMBY)
        method = wizard.sign_in_page.panel.password
        method.user.setText(server.dialect.users.accounts[1].name)
        method.password.setText("wrong")
        wizard.next_button.click()
        return wizard

    def refused(self, stage: "Stage") -> "QWidget":
        wizard, _server = self.sign_in(stage, ServerKind.JELLYFIN)
        wizard.sign_in_page.panel.select("token")
        wizard.sign_in_page.panel.token.token.setText("0123456789abcdef")
        wizard.next_button.click()
        return wizard

    def certificate(self, stage: "Stage") -> "QWidget":
        url = "https://nas.home.arpa:8920"
        error = TlsError(
            "Nobody this computer trusts has signed the certificate of nas.home.arpa.",
            hint="If it is your server, trust exactly this certificate.",
            certificate=NEW_CERTIFICATE,
        )
        return self._with_verdict(stage, url, error, "certificate")

    def wrong_kind(self, stage: "Stage") -> "QWidget":
        error = WrongServerError(
            "This is a server of Jellyfin, not of Emby.",
            hint="Choose Jellyfin as the kind of server, or check the address.",
            found_kind="jellyfin",
        )
        return self._with_verdict(stage, "http://nas.home.arpa:8096", error, "version")

    def _with_verdict(self, stage: "Stage", url: str, error: Any, layer: str) -> "QWidget":
        from retrovue.core.services.servers.probe import Layer
        from retrovue.gui.pages.servers.verdicts import Remedies, show_verdict

        wizard = self.server_page(stage, ServerKind.EMBY)
        page = wizard.server_page
        page.url.setText(url)
        page.type_address()
        page.found.hide()
        page.verdict.show()

        def nothing(*_arguments: object) -> None:
            return None

        remedies = Remedies(again=nothing, trust=nothing, take_as=nothing, other=nothing)
        show_verdict(page.verdict, _failed(Layer(layer), error), remedies=remedies)
        return wizard

    def at(self, name: str) -> Show:
        """A page after the sign-in, by the name of its number."""

        def show(stage: "Stage") -> "QWidget":
            from retrovue.gui.pages.servers import wizard as pages

            wizard, _server = self.sign_in(stage, ServerKind.JELLYFIN)
            wizard.sign_in_page.panel.select("token")
            wizard.sign_in_page.panel.token.token.setText(KEY)
            wizard.next_button.click()
            self.until(stage, lambda: wizard.step > pages.SIGN_IN)
            while wizard.step < getattr(pages, name):
                wizard.next_button.click()
                if wizard.step == pages.FOLDERS:
                    self._type_folders(stage, wizard)
            return wizard

        return show

    def _type_folders(self, stage: "Stage", wizard: "AddServerWizard") -> None:
        rows = wizard.folders_page.rows
        rules = stage.shell.services().context.mappings.all()
        local = next((rule.local_path for rule in rules if rule.server_path == rows[0].root), rules[0].local_path)
        rows[0].field.setText(local)
        rows[-1].field.setText("/mnt/nas/anime")
        self.settle(stage.application, least_ms=800)


def _around(known: Server | None) -> list[Any]:
    """Who answers on the network of the pictures."""
    from retrovue.core.services.servers.discovery import FoundOnNetwork

    found = [
        FoundOnNetwork(ServerKind.PLEX, "Study", "http://192.168.1.24:32400", "study"),
        FoundOnNetwork(ServerKind.JELLYFIN, "Basement", "http://192.168.1.21:8096", "basement"),
        FoundOnNetwork(ServerKind.EMBY, "Cabin", "https://cabin.example.net:8920/emby", "cabin"),
    ]
    if known is not None:
        attic = FoundOnNetwork(known.kind, "Attic", "http://192.168.1.20:32400", known.machine_identifier, known)
        found.insert(0, attic)
    return found


def _failed(layer: "Layer", error: Any) -> "Verdict":
    """A test that came as far as this step."""
    from retrovue.core.services.servers.probe import Layer, ProbeStep, StepState, Verdict

    order = list(Layer)
    place = order.index(layer)
    states = [StepState.OK] * place + [StepState.FAILED] + [StepState.NOT_TRIED] * (len(order) - place - 1)
    return Verdict(tuple(map(ProbeStep, order, states)), error=error, duration_ms=120)
