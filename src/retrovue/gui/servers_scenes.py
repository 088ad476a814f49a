"""Pictures of the Servers page and of the wizard: each way to sign in, each state, each verdict."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from retrovue.core.domain.errors import TlsError, WrongServerError
from retrovue.core.domain.servers import Certificate, Server, ServerKind, ServerState

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.core.services.probe import Layer, Verdict
    from retrovue.gui.pages.servers.page import ServersPage
    from retrovue.gui.pages.servers.wizard import AddServerWizard
    from retrovue.gui.screenshots import Stage

Settle = Callable[..., None]
Show = Callable[["Stage"], "QWidget | None"]

_KEY = "an-api-key"
_CODE = "r7k2m9qx4tbd8wvn3hzc6fjs"
_CODE_LIFE_S = 1_630
_QUICK_LIFE_S = 271
_ROUND_MS = 250
_ROUNDS = 60
_OLD = "3fb1c05d94ee2a7768c2910f5b83d6472c1e90ab57f4d3861b0a9c7ed2f5486b"
_NEW = Certificate(
    "9f1c77e04bd2a86135ce0f9218b74d63aa50e7c4193d82f6b05e2c914a7fd3b8", "nas.home.arpa", "nas.home.arpa",
    date(2026, 3, 1), date(2027, 3, 1),
)  # fmt: skip
_services = ExitStack()
"""Servers and the account service, for as long as a scene needs them."""


@dataclass(frozen=True)
class ServersScene:
    """One picture; see `screenshots.Scene`."""

    name: str
    show: Show
    after: Callable[["Stage"], None] | None = None
    is_empty: bool = False


def servers_scenes(settle: Settle) -> list[ServersScene]:
    """Every picture of the page and its wizard; the last one stops the server."""
    shots = _Shots(settle)
    wizard, page = _WizardShots(settle), _PageShots(settle)
    return [
        ServersScene("servers", shots.tested),
        ServersScene("add-server", wizard.kind),
        ServersScene("add-server-found", wizard.found),
        ServersScene("add-server-nothing-found", wizard.nothing_found),
        ServersScene("add-server-account", wizard.account),
        ServersScene("add-server-code", wizard.code, _end),
        ServersScene("add-server-account-servers", wizard.account_servers, _end),
        ServersScene("add-server-quick-connect", wizard.quick_connect, _end),
        ServersScene("add-server-password", wizard.password, _end),
        ServersScene("add-server-certificate", wizard.certificate),
        ServersScene("add-server-wrong-kind", wizard.wrong_kind),
        ServersScene("add-server-refused", wizard.refused, _end),
        ServersScene("add-server-libraries", wizard.at("LIBRARIES"), _end),
        ServersScene("add-server-folders", wizard.at("FOLDERS"), _end),
        ServersScene("add-server-alerts", wizard.at("BACKGROUND"), _end),
        ServersScene("add-server-ready", wizard.at("READY"), _end),
        ServersScene("trust-certificate", page.trust),
        ServersScene("servers-sign-in-again", page.sign_in_again, page.online),
        ServersScene("sign-in-again", page.sign_in_dialog, page.online),
        ServersScene("sign-in-again-code", page.sign_in_code, page.after_code),
        ServersScene("servers-certificate", page.certificate, page.online),
        ServersScene("review-certificate", page.review, page.online),
        ServersScene("servers-limits", page.limits, page.without_guest),
        ServersScene("remove-server", page.remove),
    ]


def down_scene(settle: Settle) -> ServersScene:
    """The picture after which the server is gone."""
    return ServersScene("servers-error", _Shots(settle).down)


def _end(_stage: "Stage") -> None:
    _services.close()


class _Shots:
    def __init__(self, settle: Settle) -> None:
        self.settle = settle

    def until(self, stage: "Stage", condition: Callable[[], bool]) -> None:
        """Wait until something is so; tasks that wait for a person are no work."""
        for _round in range(_ROUNDS):
            if condition():
                break
            self.settle(stage.application, least_ms=_ROUND_MS)

    def page(self, stage: "Stage") -> "ServersPage":
        from retrovue.gui.pages.servers.page import ServersPage

        page = stage.page("servers")
        assert isinstance(page, ServersPage)
        self.settle(stage.application)
        return page

    def tested(self, stage: "Stage") -> None:
        self.page(stage).details.test_button.click()

    def down(self, stage: "Stage") -> None:
        stage.server.stop()
        self.tested(stage)


class _WizardShots(_Shots):
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
        server = _start(kind)
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
        _start_account(stage)
        wizard = self.account(stage)
        wizard.next_button.click()
        self.until(stage, wizard.sign_in_page.panel.account.code.isVisible)
        view = wizard.sign_in_page.panel.account.code
        now = stage.shell.services().context.clock.epoch()
        view.tiles.set_code(_CODE)
        view.countdown._lasts_s = _CODE_LIFE_S * 1.5
        view.countdown._ends_at = now + _CODE_LIFE_S
        view.countdown._show()
        return wizard

    def account_servers(self, stage: "Stage") -> "QWidget":
        account = _start_account(stage)
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
        countdown = wizard.sign_in_page.panel.quick.code.countdown
        countdown._ends_at = stage.shell.services().context.clock.epoch() + _QUICK_LIFE_S
        countdown._show()
        wizard.sign_in_page.panel.quick.code.tiles.set_code("481 902".replace(" ", ""))
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
            certificate=_NEW,
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
        from retrovue.core.services.probe import Layer
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
            wizard.sign_in_page.panel.token.token.setText(_KEY)
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


class _PageShots(_Shots):
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
        return _dialog(SignInDialog)

    def sign_in_code(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.pages.servers.dialogs import SignInDialog
        from retrovue.gui.pages.servers.doors import Doors

        _start_account(stage)
        self.page(stage).doors = Doors(open_url=lambda _address: True)
        dialog = self.sign_in_dialog(stage)
        assert isinstance(dialog, SignInDialog)
        dialog.save.click()
        view = dialog.panel.account.code
        self.until(stage, view.isVisible)
        view.tiles.set_code(_CODE)
        return dialog

    def after_code(self, stage: "Stage") -> None:
        self.online(stage)
        _services.close()

    def certificate(self, stage: "Stage") -> None:
        self._in_state(stage, ServerState.CERTIFICATE, tls_fingerprint=_OLD)

    def trust(self, stage: "Stage") -> "QWidget":
        return self._certificate_dialog(stage, None)

    def review(self, stage: "Stage") -> "QWidget":
        return self._certificate_dialog(stage, _OLD)

    def _certificate_dialog(self, stage: "Stage", old: str | None) -> "QWidget":
        from retrovue.gui.pages.servers.certificate import CertificateDialog

        dialog = CertificateDialog("https://nas.home.arpa:8920", _NEW, old, self.page(stage))
        dialog.open()
        return dialog

    def limits(self, stage: "Stage") -> None:
        from retrovue.core.services import servers

        context = stage.shell.services().context
        page = self.page(stage)
        if not any(server.name == "Basement" for server in context.servers.all()):
            demo: Any = _start(ServerKind.JELLYFIN)
            guest = demo.dialect.users.accounts[1]
            token = demo.dialect.users.issue(guest, "window")
            added = servers.add(
                context, kind=ServerKind.JELLYFIN, name="Basement", url=demo.url, secret=token, user_id=guest.id
            ).server
            page.show_argument(added.id)
        page.refresh()

    def without_guest(self, stage: "Stage") -> None:
        from retrovue.core.services import servers

        context = stage.shell.services().context
        for server in context.servers.all():
            if server.name == "Basement":
                servers.remove(context, server)
        self.page(stage).refresh()
        self.settle(stage.application)
        _services.close()

    def remove(self, stage: "Stage") -> "QWidget | None":
        from retrovue.gui.dialogs.message import ConfirmDialog

        self.page(stage).details.remove_requested.emit()
        return _dialog(ConfirmDialog)


def _around(known: Server | None) -> list[Any]:
    """Who answers on the network of the pictures."""
    from retrovue.core.services.discovery import FoundOnNetwork

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
    from retrovue.core.services.probe import Layer, ProbeStep, StepState, Verdict

    order = list(Layer)
    place = order.index(layer)
    states = [StepState.OK] * place + [StepState.FAILED] + [StepState.NOT_TRIED] * (len(order) - place - 1)
    return Verdict(tuple(map(ProbeStep, order, states)), error=error, duration_ms=120)


def _start(kind: ServerKind) -> Any:
    """A demo server of this kind, until the scene is over."""
    from retrovue.demo.generate import LibrarySpec, make_library
    from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
    from retrovue.demo.server import DemoServer

    dialect = EmbyDialect if kind is ServerKind.EMBY else JellyfinDialect
    library = make_library(LibrarySpec(shows=6, episodes=60, movies=40))
    library.name = "Basement"
    return _services.enter_context(DemoServer(library, token=_KEY, dialect=dialect))


def _start_account(stage: "Stage") -> Any:
    """A stand-in for the account service, until the scene is over: four servers, each reached another way."""
    from retrovue.demo.account import DemoAccount, connection

    account = _services.enter_context(DemoAccount())
    _services.enter_context(_account_url(stage, account.url))
    account.add_server("Attic", stage.server.library.machine_identifier, stage.server.url, token="x")
    own, far = _start_plex("study"), _start_plex("cottage")
    account.add_server("Study", own.library.machine_identifier, own.url, token="x")
    ways = [connection(far.url, local=False)]
    account.add_server(
        "Marta’s films", far.library.machine_identifier, token="x", owned=False, sourceTitle="marta", connections=ways
    )
    account.add_server("Old laptop", "laptop", "http://127.0.0.1:9", token="x")
    return account


@contextmanager
def _account_url(stage: "Stage", url: str) -> Iterator[None]:
    settings = stage.shell.services().context.settings_store
    before = settings.current.account_url
    settings.update(account_url=url)
    try:
        yield
    finally:
        settings.update(account_url=before)


def _start_plex(name: str) -> Any:
    from retrovue.demo.generate import LibrarySpec, make_library
    from retrovue.demo.server import DemoServer

    library = make_library(LibrarySpec(shows=2, episodes=8, movies=4))
    library.machine_identifier = f"demo-{name}"
    return _services.enter_context(DemoServer(library))


def _dialog(kind: type["QWidget"]) -> "QWidget | None":
    from PySide6.QtWidgets import QApplication

    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()), None)
