"""The wizard's page about signing in, tested with the server before the next page."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.servers.probe import Verdict as ProbeVerdict
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.methods import ErrorLine, Proof, Target, words_of
from retrovue.gui.pages.servers.sign_in import SignInPanel
from retrovue.gui.pages.servers.verdicts import Remedies, show_running, show_verdict
from retrovue.gui.pages.servers.wizard_parts import WizardPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.buttons import RING, Button, ButtonKind
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.verdict import VerdictView
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle


class SignInPage(WizardPage):
    """A panel of ways; what comes out of it is tested, and the wizard goes on when it works."""

    address_wanted = Signal()
    """The person has no browser here, or wants another server: an address and a token."""

    def __init__(self, services: PageServices, doors: Doors) -> None:
        super().__init__(_("Sign in"), "")
        self._services = services
        self._handle: TaskHandle | None = None
        self.proof: Proof | None = None
        self.verdict_found: ProbeVerdict | None = None
        self.panel = SignInPanel(services, doors)
        self.panel.signed_in.connect(self._test)
        self.panel.changed.connect(self.completed)
        self.panel.edited.connect(self._forget)
        self.verdict = VerdictView()
        self.verdict.hide()
        self.problem = ErrorLine()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(self.panel)
        column.addWidget(self.problem)
        column.addWidget(self.verdict)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(inside)
        self.column.addWidget(self._area, 1)
        self._foot = QWidget()
        row = FlowLayout(self._foot, gap=4)
        question = label(_("No browser here, or not your account?"), tone="text2")
        # A link has room for its ring before its text: where it wraps below, both begin where other texts do.
        question.setContentsMargins(RING, 0, 0, 0)
        row.addWidget(question)
        self.address_button = Button(_("Use an address and a token instead"), kind=ButtonKind.LINK)
        # Both in the middle of one height: a label asks for less, and would stand higher than the link.
        question.setFixedHeight(self.address_button.sizeHint().height())
        question.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self.address_button.clicked.connect(self.address_wanted)
        row.addWidget(self.address_button)
        foot = QHBoxLayout()
        foot.setSpacing(0)
        foot.addSpacing(-RING)
        foot.addWidget(self._foot, 1)
        self.column.addLayout(foot)

    def set_target(self, target: Target, name: str = "") -> None:
        """Sign in there; what was proven elsewhere does not count."""
        if self.panel.target != target:
            self._forget()
        self.panel.set_target(target)
        by_account = target.kind is ServerKind.PLEX and not target.url
        title = _("Sign in with Plex") if by_account else _("Sign in to {server}").format(server=name or target.url)
        self.set_heading(title, "", target.kind.value)
        self._foot.setVisible(by_account)

    def enter(self) -> None:
        """Let the chosen way begin, unless it has led to something already."""
        if self.verdict_found is None:
            self.panel.start()
        self.completed.emit()

    def is_complete(self) -> bool:
        """It was tested and works, or the panel can do its part."""
        if self._handle is not None:
            return False
        return self._is_proven or self.panel.panel.can_act()

    def next_text(self) -> str:
        """What the panel would do, or go on."""
        if self._handle is not None:
            return _("Testing…")
        return _("Next") if self._is_proven else self.panel.panel.act_text()

    @property
    def _is_proven(self) -> bool:
        return self.verdict_found is not None and self.verdict_found.ok

    def leave(self) -> bool:
        """Go on with what works; otherwise the panel does its part first."""
        if self._is_proven:
            return True
        self.problem.say("")
        self.panel.panel.act()
        self.completed.emit()
        return False

    def cancel(self) -> None:
        """Stop waiting and testing."""
        self.panel.cancel()
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.cancel()
            self.verdict.hide()

    @Slot(object)
    def _test(self, proof: Proof) -> None:
        self.proof = proof
        self.verdict_found = None
        self.problem.say("")
        self.verdict.show()
        show_running(self.verdict, proof.url)
        self._area.ensureWidgetVisible(self.verdict)
        context = self._services.context

        def probe(token: CancelToken, _report: object) -> object:
            from retrovue.core.services.servers import registration as servers

            return servers.probe(
                context,
                proof.kind,
                proof.url,
                proof.secret,
                token=token,
                tls_fingerprint=proof.tls_fingerprint,
                user_id=proof.user_id,
            )

        handle = self._services.runner.submit(probe, lane=Lane.IO)
        self._handle = handle
        handle.succeeded.connect(lambda verdict: self._on_verdict(handle, verdict))
        handle.failed.connect(lambda error: self._on_failed(handle, error))
        self.completed.emit()

    def _on_verdict(self, handle: TaskHandle, verdict: ProbeVerdict) -> None:
        if handle is not self._handle or self.proof is None:
            return
        self._handle = None
        self.verdict_found = verdict
        proof = self.proof
        refused = verdict.error is not None and verdict.error.layer == "sign_in"
        # The same token is refused again.
        remedies = Remedies(again=None if refused else lambda: self._test(proof))
        show_verdict(self.verdict, verdict, remedies=remedies)
        self.completed.emit()
        if verdict.ok:
            self.advanced.emit()
        else:
            self.panel.panel.restart()

    def _on_failed(self, handle: TaskHandle, error: BaseException) -> None:
        if handle is not self._handle:
            return
        self._handle = None
        self.verdict.hide()
        self.problem.say(words_of(error))
        self.completed.emit()

    @Slot()
    def _forget(self) -> None:
        # A test that is under way is about what was there before.
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.cancel()
        self.proof = None
        self.verdict_found = None
        self.verdict.hide()
        self.problem.say("")
        self.completed.emit()
