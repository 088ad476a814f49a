"""Also send to…: the services that notices go to as well, each to be tested, changed, and removed with an undo."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.forwarding import NoticeTarget
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.servers.stored import all_servers
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.settings.service_dialog import ServiceDialog, event_names, type_names
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.labels import label, set_tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error

_Read = tuple[list[NoticeTarget], dict[int, str]]


class ServiceLine(QWidget):
    """One service: its name, what it is sent, what became of a test, and what can be done with it."""

    def __init__(self, target: NoticeTarget, servers: dict[int, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.target = target
        self.test_button = Button(_("Test"), icon="test")
        self.change_button = Button(_("Change…"), icon="pencil")
        self.remove_button = Button(_("Remove"), icon="trash")
        self.summary = label(summary_of(target, servers), FontRole.SMALL, tone="text2", wrap=True)
        self.verdict = label("", FontRole.SMALL, wrap=True)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(label(target.service, FontRole.STRONG), 1)
        for button in (self.test_button, self.change_button, self.remove_button):
            button.setAccessibleName(f"{button.text()} {target.service}")
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.summary)
        column.addWidget(self.verdict)
        self.say("", "text2")
        if target.waiting and target.tries:
            text = ngettext(
                "{n} notification waits: the service did not accept it. It is sent again automatically.",
                "{n} notifications wait: the service did not accept them. They are sent again automatically.",
                target.waiting,
            )
            self.say(text.format(n=target.waiting), "warning")

    def say(self, text: str, tone: str) -> None:
        """Say what became of a test, or what waits."""
        self.verdict.setText(text)
        self.verdict.setVisible(bool(text))
        set_tone(self.verdict, tone)


class ForwardingList(QWidget):
    """See the module. Thread: GUI; the keyring and the services are asked on lanes."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._servers: dict[int, str] = {}
        self.lines: list[ServiceLine] = []
        self.dialog: ServiceDialog | None = None
        self.empty = label(
            _("Phones, chats and mailboxes can get notifications as well, through any service that Apprise knows."),
            tone="text2",
            wrap=True,
        )
        self.add_button = Button(_("Add service…"), icon="plus")
        self.add_button.clicked.connect(lambda: self._open(None))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(14)
        self._column.addWidget(self.empty)
        self._column.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignLeft)

    @Slot()
    def refresh(self) -> None:
        """Read which services there are."""
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> _Read:
            from retrovue.core.services.forwarding.targets import all_targets

            return all_targets(context), {each.id: each.name for each in all_servers(context)}

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_read)

    @Slot(object)
    def _on_read(self, found: _Read) -> None:
        targets, self._servers = found
        if [each.target for each in self.lines] == targets:
            return
        for line in self.lines:
            self._column.removeWidget(line)
            line.deleteLater()
        self.lines = [self._line(target) for target in targets]
        for place, line in enumerate(self.lines):
            self._column.insertWidget(place + 1, line)
        self.empty.setVisible(not targets)

    def _line(self, target: NoticeTarget) -> ServiceLine:
        line = ServiceLine(target, self._servers)
        line.test_button.clicked.connect(lambda: self._test(line))
        line.change_button.clicked.connect(lambda: self._open(target))
        line.remove_button.clicked.connect(lambda: self._remove(target))
        return line

    def _test(self, line: ServiceLine) -> None:
        context, target = self._services.context, line.target

        def send(_token: CancelToken, _report: object) -> str:
            # Imported here: it brings the database, which the first paint does not wait for.
            from retrovue.core.services.forwarding import targets

            return targets.try_out(context, target.id)[0].problem

        line.test_button.setEnabled(False)
        line.say(_("Sending…"), "text2")
        handle = self._services.runner.submit(send, lane=Lane.IO)
        handle.succeeded.connect(lambda problem: self._on_tested(line, problem))
        handle.failed.connect(lambda error: self._on_tested(line, str(error)))

    def _on_tested(self, line: ServiceLine, problem: str) -> None:
        if line in self.lines:
            line.test_button.setEnabled(True)
            line.say(problem or _("The test notification was sent."), "danger" if problem else "success")

    def _open(self, target: NoticeTarget | None) -> None:
        dialog = self.dialog = ServiceDialog(self._services, self._servers, target, self)
        dialog.saved.connect(self._on_saved)
        dialog.finished.connect(self._forget)
        dialog.open()

    @Slot(str)
    def _on_saved(self, said: str) -> None:
        self._services.toast(said, None)
        self.refresh()

    @Slot()
    def _forget(self) -> None:
        self.dialog = None

    def _remove(self, target: NoticeTarget) -> None:
        context = self._services.context

        def remove(_token: CancelToken, _report: object) -> Callable[[], None]:
            from retrovue.core.services.forwarding import targets

            removed = targets.remove(context, target.id)
            return lambda: targets.put_back(context, removed)

        handle = self._services.runner.submit(remove, lane=Lane.SECRETS)
        handle.succeeded.connect(lambda put_back: self._on_removed(target, put_back))
        handle.failed.connect(lambda error: show_error(self, error))

    def _on_removed(self, target: NoticeTarget, put_back: Callable[[], None]) -> None:
        self.refresh()
        said = _("Notifications are no longer sent to {service}.").format(service=target.service)
        self._services.toast(said, lambda: self._put_back(put_back))

    def _put_back(self, put_back: Callable[[], None]) -> None:
        handle = self._services.runner.submit(lambda _token, _report: put_back(), lane=Lane.SECRETS)
        handle.succeeded.connect(lambda _none: self.refresh())
        handle.failed.connect(lambda error: show_error(self, error))


def summary_of(target: NoticeTarget, servers: dict[int, str]) -> str:
    """Return what a service is sent, in a line."""
    choice = target.choice
    names, types = event_names(), type_names()
    events = ", ".join(names.get(event, event) for event in choice.events) or _("The same events as on the desktop")
    limits = [
        ", ".join(servers.get(each, _("a removed server")) for each in choice.servers),
        ", ".join(choice.users),
        ", ".join(choice.libraries),
        ", ".join(types[kind] for kind in choice.kinds if kind in types),
    ]
    return " · ".join([events, *(limit for limit in limits if limit)])
