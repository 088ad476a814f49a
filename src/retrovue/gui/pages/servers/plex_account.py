"""Signing in with a Plex account: a code confirmed in the browser, then the account's servers, each looked for."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.servers.stored import all_servers
from retrovue.core.system.secrets import SecretPlace
from retrovue.gui.pages.servers.choices import Choice, ChoiceList
from retrovue.gui.pages.servers.codes import CodeView
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.keeping import sign_in_kept
from retrovue.gui.pages.servers.methods import ErrorLine, MethodPanel, Proof, Target, words_of
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.states import StateLook
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.servers.sign_in import AccountServer, Pin, Reached

_SIDE_BY_SIDE = 4
_INTRO, _CODE, _SERVERS = "intro", "code", "servers"


class PlexAccountPanel(MethodPanel):
    """Intro, then the code, then the servers of the account."""

    def __init__(self, services: PageServices, doors: Doors, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._doors = doors
        self._stage = _INTRO
        self._pin: Pin | None = None
        self._servers: list[AccountServer] = []
        self._reached: dict[str, Reached | BaseException] = {}
        self._known: dict[str, str] = {}
        self._looks: list[TaskHandle] = []
        self._intro = label(_intro_words(), tone="text2", wrap=True)
        self.browser_button = Button(_("Open browser"), icon="external-link", height=34)
        self.browser_button.clicked.connect(self._open_browser)
        self.copy_button = Button(_("Copy link"), icon="copy", height=34)
        self.copy_button.clicked.connect(self._copy_link)
        self.stop_button = Button(_("Stop waiting"), kind=ButtonKind.LINK)
        self.stop_button.clicked.connect(self._stop)
        buttons = [self.browser_button, self.copy_button]
        self.code = CodeView(services.context.clock.epoch, buttons, self.stop_button)
        self.found = label("", tone="text2", wrap=True)
        self.list = ChoiceList(_("Servers of this account"))
        self.list.chosen.connect(self._on_chosen)
        self.list.taken.connect(self.act)
        self.error = ErrorLine()
        for widget in (self._intro, self.code, self.found, self.list, self.error):
            self.column.addWidget(widget)
        self._show(_INTRO)

    # --- what the dialog asks ---------------------------------------------------------------------------------

    def set_target(self, target: Target) -> None:
        """The servers of the account stay, as long as it is about the account."""
        if target != self.target:
            super().set_target(target)
            self._show(_INTRO)
            self.error.say("")

    def show_place(self, place: SecretPlace) -> None:
        """Say where the sign-in would be kept."""
        self._intro.setText(f"{_intro_words()} {sign_in_kept(place)}")

    def start(self, *, focus: bool) -> None:
        """Arrow keys choose at once where there is something to choose from; what was not looked for yet is."""
        if self._stage == _SERVERS:
            if focus and self.list.key:
                self.list.setFocus()
            if not self._looks:
                self._look_for_all()

    def cancel(self) -> None:
        """Wait for nobody and look for no server any more."""
        super().cancel()
        for handle in self._looks:
            handle.cancel()
        self._looks.clear()
        if self._stage == _CODE:
            self._show(_INTRO)

    def act_text(self) -> str:
        """The one thing to do next."""
        if self._stage == _INTRO:
            return _("Connecting…") if self.is_busy else _("Sign in with Plex")
        return _("Next") if self.target.stored is None else _("Sign in")

    def can_act(self) -> bool:
        """A server must have answered before it can be used."""
        if self._stage == _SERVERS:
            return self._chosen() is not None
        return not self.is_busy

    @Slot()
    def act(self) -> None:
        """Ask for a code, or take the chosen server."""
        if self._stage == _SERVERS:
            chosen = self._chosen()
            if chosen is not None:
                self.prove(chosen.secret, url=chosen.url)
            return
        self.error.say("")
        context = self.services.context

        def ask(token: CancelToken) -> object:
            from retrovue.core.services.servers import sign_in as signing_in

            return signing_in.start_plex(context, token=token)

        self.run(ask, self._on_pin)

    def on_failed(self, error: BaseException) -> None:
        """Back to the start, with what went wrong."""
        self._show(_INTRO)
        self.error.say(words_of(error))

    # --- the code ---------------------------------------------------------------------------------------------

    def _on_pin(self, pin: "Pin") -> None:
        self._pin = pin
        self._show(_CODE)
        self.code.show_code(pin.code, pin.expires_at, _("Waiting for the browser. This window continues by itself."))
        self._open_browser()
        context = self.services.context

        again = self.target.stored is not None

        def wait(token: CancelToken) -> object:
            from retrovue.core.services.servers import sign_in as signing_in

            account = signing_in.wait_for_plex(context, pin, token=token)
            if again:
                return account
            known = {server.machine_identifier: server.name for server in all_servers(context)}
            return signing_in.plex_servers(context, account, token=token), known

        self.run(wait, self._on_account if again else self._on_servers, is_standing=True)

    @Slot()
    def _open_browser(self) -> None:
        if self._pin is not None and not self._doors.open_url(self._pin.browser_url):
            self.error.say(_("Could not open a browser. Copy the link and open it yourself."))

    @Slot()
    def _copy_link(self) -> None:
        if self._pin is not None:
            QGuiApplication.clipboard().setText(self._pin.browser_url)
            self.copy_button.set_label(_("Copied"))

    @Slot()
    def _stop(self) -> None:
        self.cancel()
        self.error.say("")
        self.changed.emit()

    def _on_account(self, account: str) -> None:
        """Only the one server is wanted, which the account must have."""
        self._show(_INTRO)
        self.signed_in.emit(Proof(self.target.kind, self.target.url, account, is_account=True))

    # --- the servers ------------------------------------------------------------------------------------------

    def _on_servers(self, found: "tuple[list[AccountServer], dict[str, str]]") -> None:
        servers, known = found
        self._pin = None
        wanted = self.target.machine_identifier
        if not servers:
            self._show(_INTRO)
            self.error.say(_("This account has no servers, and none are shared with it."))
            return
        self._servers, self._known, self._reached = servers, known, {}
        self._show(_SERVERS)
        self._fill()
        self.list.choose(wanted or "")
        self._look_for_all()

    def _look_for_all(self) -> None:
        """Try the addresses of all servers, some servers side by side."""
        context = self.services.context
        for number, server in enumerate(self._servers):
            if server.machine_identifier in self._known or server.machine_identifier in self._reached:
                continue

            def look(token: CancelToken, _report: object, server: "AccountServer" = server) -> object:
                from retrovue.core.services.servers import sign_in as signing_in

                return signing_in.reach_plex(context, server, token=token)

            handle = self.services.runner.submit(look, lane=Lane.REACH, of=number % _SIDE_BY_SIDE)
            self._looks.append(handle)
            handle.succeeded.connect(partial(self._on_look, server.machine_identifier))
            handle.failed.connect(partial(self._on_look, server.machine_identifier))

    def _on_look(self, machine: str, outcome: "Reached | BaseException") -> None:
        self._reached[machine] = outcome
        self._fill()
        if not self.list.key and not isinstance(outcome, BaseException):
            # The first that answers is offered, until the person has chosen another. Not before: a list that has
            # the keyboard chooses its first entry by itself.
            self.list.choose(machine)
            self.list.setFocus()
        self.changed.emit()

    def _fill(self) -> None:
        n = len(self._servers)
        text = ngettext(
            "This account can use {n} server. Choose it.", "This account can use {n} servers. Choose one.", n
        )
        self.found.setText(text.format(n=n))
        self.list.set_choices(self._choice(server) for server in self._servers)

    def _choice(self, server: "AccountServer") -> Choice:
        machine = server.machine_identifier
        if server.is_owned:
            whose = _("your own")
        elif server.owner:
            whose = _("shared by {owner}").format(owner=server.owner)
        else:
            whose = _("shared with you")
        reached = self._reached.get(machine)
        look: StateLook | None
        detail, why = whose, ""
        if machine in self._known:
            look = None
            why = _("Already added as “{name}”").format(name=self._known[machine])
            detail = f"{whose} · {why}"
        elif reached is None:
            look = StateLook("circle-notch", "text2", _("Checking…"))
        elif isinstance(reached, BaseException):
            look = StateLook("x-circle-fill", "danger", _("Unreachable"))
            why = words_of(reached)
        else:
            look = self._way(server, reached)
            detail = f"{whose} · {reached.url}"
        return Choice(machine, "plex", server.name, detail, look, is_enabled=machine not in self._known, why=why)

    @staticmethod
    def _way(server: "AccountServer", reached: "Reached") -> StateLook:
        if reached.is_relay:
            return StateLook("warning-fill", "warning", _("Relay (slow)"))
        is_local = any(address.url == reached.url and address.is_local for address in server.addresses)
        if is_local:
            return StateLook("house-simple", "success", _("Local"))
        return StateLook("globe-simple", "success", _("Remote"))

    def _chosen(self) -> "Reached | None":
        reached = self._reached.get(self.list.key)
        return None if reached is None or isinstance(reached, BaseException) else reached

    @Slot()
    def _on_chosen(self) -> None:
        reached = self._reached.get(self.list.key)
        self.error.say(words_of(reached) if isinstance(reached, BaseException) else "")
        self.edited.emit()
        self.changed.emit()

    def _show(self, stage: str) -> None:
        self._stage = stage
        self._intro.setVisible(stage != _SERVERS)
        self.code.setVisible(stage == _CODE)
        self.found.setVisible(stage == _SERVERS)
        self.list.setVisible(stage == _SERVERS)
        self.copy_button.set_label(_("Copy link"))
        if stage != _CODE:
            self.code.countdown.stop()


def _intro_words() -> str:
    return _("Your browser opens plex.tv, where you allow access. RetroVue never sees your password.")
