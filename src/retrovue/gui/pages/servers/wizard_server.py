"""The wizard's page about where the server is: a found one, or a typed address; who answers there is asked first."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import Signal, Slot

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Certificate, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.servers.probe import Verdict as ProbeVerdict
from retrovue.gui.pages.servers.certificate import CertificateDialog
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.found import ACCOUNT_KEY, FoundServers
from retrovue.gui.pages.servers.methods import ErrorLine, Target, words_of
from retrovue.gui.pages.servers.verdicts import Remedies, running_steps, show_running, show_verdict
from retrovue.gui.pages.servers.wizard_parts import WizardPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.fields import Field, FieldBlock
from retrovue.gui.widgets.verdict import VerdictView
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

_URLS = {
    ServerKind.PLEX: "http://192.168.1.20:32400",
    ServerKind.EMBY: "http://192.168.1.20:8096",
    ServerKind.JELLYFIN: "http://192.168.1.20:8096",
}


@dataclass(frozen=True)
class _Answer:
    verdict: ProbeVerdict
    refused: ConfigError | None


class ServerPage(WizardPage):
    """Found servers above, an address below. What is done last counts: choosing empties the address, typing unchooses.

    Nothing secret is sent from here: whoever answers is asked what it is, and its certificate is looked at.
    """

    kind_found = Signal(object)
    """The ServerKind that was chosen here, or that answers in place of the wanted one."""

    def __init__(self, services: PageServices, doors: Doors) -> None:
        super().__init__(_("Server"), "")
        self._services = services
        self._handle: TaskHandle | None = None
        self._kind = ServerKind.PLEX
        self._target: Target | None = None
        self._is_answered = False
        self.name = ""
        """What the server calls itself, as far as it was asked."""
        self.found = FoundServers(services, doors)
        self.found.chosen.connect(self._on_chosen)
        self.found.taken.connect(self._on_taken)
        self.url = Field(icon="globe-simple", placeholder=_URLS[ServerKind.PLEX], name=_("Address"))
        self.url_block = FieldBlock(
            _("Or its address"), self.url, hint=_("Name or IP address with port, plus any base path.")
        )
        self.url.textEdited.connect(self._on_edited)
        self.url.textChanged.connect(self.completed)
        self.problem = ErrorLine()
        self.verdict = VerdictView()
        self.verdict.hide()
        self.column.addWidget(self.found, 1)
        self.column.addWidget(self.url_block)
        self.column.addWidget(self.problem)
        self.column.addWidget(self.verdict)
        self.column.addStretch(0)
        self.set_heading(_("Where is it?"), _("Choose a server found on this network, or enter its address."))

    # --- what the wizard asks ---------------------------------------------------------------------------------

    def set_kind(self, kind: ServerKind) -> None:
        """Look for this kind; what another kind said of the address does not count for it."""
        if kind is not self._kind:
            self._forget()
        self._kind = kind
        self.url.setPlaceholderText(_URLS[kind])
        self.found.set_kind(kind)
        if kind is ServerKind.PLEX and not self.url.text().strip() and not self.found.list.key:
            self.found.list.choose(ACCOUNT_KEY)

    def enter(self) -> None:
        """Look for servers by itself, the first time."""
        self.found.search_once()
        if self.found.list.key:
            self.found.list.setFocus()
        else:
            self.url.setFocus()

    def type_address(self) -> None:
        """The person wants to type an address."""
        self.found.list.choose("")
        self.url.setFocus()

    def target(self) -> Target:
        """Where to sign in."""
        if self.found.is_account:
            return Target(ServerKind.PLEX)
        return self._target if self._target is not None else self._wanted()

    def is_complete(self) -> bool:
        """Something is chosen or typed, and nobody is being asked."""
        return self._handle is None and bool(self.found.list.key or self.url.text().strip())

    def next_text(self) -> str:
        """What is going on."""
        return _("Connecting…") if self._handle is not None else _("Next")

    def leave(self) -> bool:
        """Ask who answers there; the account needs no address."""
        if self.found.is_account:
            self.kind_found.emit(ServerKind.PLEX)
            return True
        if self._is_answered:
            return True
        self._ask(self._wanted())
        return False

    def cancel(self) -> None:
        """Stop asking."""
        self.found.cancel()
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.cancel()
            self._hide_verdict()

    # --- asking -----------------------------------------------------------------------------------------------

    def _wanted(self) -> Target:
        found = self.found.choice()
        if found is not None:
            return Target(found.kind, found.url)
        return Target(self._kind, self.url.text().strip())

    def _ask(self, target: Target) -> None:
        self.url_block.set_error("")
        self.problem.say("")
        self._target = target
        self.found.hide()
        self.verdict.show()
        show_running(self.verdict, target.url)
        context = self._services.context

        def ask(token: CancelToken, report: Callable[[object], None]) -> _Answer:
            from retrovue.core.services.servers import identity as twins
            from retrovue.core.services.servers import registration as servers

            verdict = servers.probe(
                context,
                target.kind,
                target.url,
                "",
                token=token,
                tls_fingerprint=target.tls_fingerprint,
                say=report,
            )
            if verdict.info is None:
                return _Answer(verdict, None)
            try:
                twins.refuse_twin(context, url=verdict.url, info=verdict.info, token=token)
            except ConfigError as error:
                return _Answer(verdict, error)
            return _Answer(verdict, None)

        handle = self._services.runner.submit(ask, lane=Lane.IO)
        self._handle = handle
        handle.progress.connect(lambda said: self._on_said(handle, said))
        handle.succeeded.connect(lambda answer: self._on_answer(handle, answer))
        handle.failed.connect(lambda error: self._on_failed(handle, error))
        self.completed.emit()

    def _on_answer(self, handle: TaskHandle, answer: _Answer) -> None:
        if handle is not self._handle or self._target is None:
            return
        self._handle = None
        verdict, info = answer.verdict, answer.verdict.info
        if answer.refused is not None:
            self._hide_verdict()
            self.problem.say(words_of(answer.refused))
        elif info is not None and (verdict.ok or (verdict.error is not None and verdict.error.layer == "sign_in")):
            # Nobody has signed in yet: that the server asks for it is no failure.
            self._hide_verdict()
            self._is_answered = True
            found = self.found.choice()
            self.name = found.name if found is not None else info.name
            self._target = replace(self._target, url=verdict.url, machine_identifier=info.machine_identifier)
            self.kind_found.emit(self._target.kind)
            self.advanced.emit()
        else:
            remedies = Remedies(
                again=self._again, trust=self._look_at_certificate, take_as=self._take_as, other=self._choose_another
            )
            show_verdict(self.verdict, verdict, remedies=remedies)
        self.completed.emit()

    def _on_said(self, handle: TaskHandle, said: str) -> None:
        if handle is self._handle:
            self.verdict.show_verdict("info", said, running_steps())

    def _on_failed(self, handle: TaskHandle, error: BaseException) -> None:
        if handle is not self._handle:
            return
        self._handle = None
        self._hide_verdict()
        self.url_block.set_error(words_of(error))
        self.completed.emit()

    @Slot()
    def _again(self) -> None:
        if self._target is not None:
            self._ask(self._target)

    def _look_at_certificate(self, shown: Certificate) -> None:
        target = self._target
        if target is None:
            return
        dialog = CertificateDialog(target.url, shown, target.tls_fingerprint, self)
        dialog.accepted.connect(lambda: self._ask(replace(target, tls_fingerprint=shown.fingerprint)))
        dialog.open()

    def _take_as(self, kind: ServerKind) -> None:
        if self._target is not None:
            self._ask(replace(self._target, kind=kind))

    def _choose_another(self) -> None:
        self._forget()
        self.enter()

    # --- what the person does ---------------------------------------------------------------------------------

    @Slot()
    def _on_chosen(self) -> None:
        if self.found.list.key:
            self.url.clear()
        self._forget()

    @Slot()
    def _on_taken(self) -> None:
        if self.is_complete() and self.leave():
            self.advanced.emit()

    @Slot()
    def _on_edited(self) -> None:
        self.found.list.choose("")
        self._forget()

    def _forget(self) -> None:
        # Whoever is being asked is not whom the person means now.
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.cancel()
        self._target = None
        self._is_answered = False
        self._hide_verdict()
        self.url_block.set_error("")
        self.problem.say("")
        self.completed.emit()

    def _hide_verdict(self) -> None:
        self.verdict.hide()
        self.found.show()
