"""The computers of the catalog: which there are, when each was last seen; rename and forget."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.computers import KnownComputer
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.saved_filters import AskName, ask_name
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.tasks import TaskFunction, TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.upkeep.computers import ForgottenComputer


class ComputerLine(QWidget):
    """One computer, and what can be done with it. This one cannot be forgotten: its rules are in use."""

    def __init__(self, computer: KnownComputer, seen: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.computer = computer
        self.seen = seen
        name = computer.name or _("Unnamed computer")
        self.rename_button = Button(_("Rename…"), icon="pencil")
        self.forget_button = Button(_("Forget"), icon="trash")
        self.forget_button.setEnabled(not computer.is_this)
        if computer.is_this:
            self.forget_button.setToolTip(_("You are working on this computer."))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addWidget(ElidedLabel(name))
        about = f"{computer.platform} · {seen}" if computer.platform else seen
        words.addWidget(label(about, FontRole.SMALL, tone="text2", wrap=True))
        row.addLayout(words, 1)
        for button in (self.rename_button, self.forget_button):
            button.setAccessibleName(f"{button.text()} {name}")
            row.addWidget(button)


class ComputerList(QWidget):
    """See the module. Thread: GUI; the catalog is read and written on a lane."""

    def __init__(self, services: PageServices, parent: QWidget | None = None, *, ask: AskName = ask_name) -> None:
        super().__init__(parent)
        self._services = services
        self.ask = ask
        self.lines: list[ComputerLine] = []
        self._column = QVBoxLayout(self)
        # Room to the remark, which is about all of them and not about the last one.
        self._column.setContentsMargins(0, 0, 0, 6)
        self._column.setSpacing(12)

    @Slot()
    def refresh(self) -> None:
        """Read which there are."""
        context = self._services.context

        def read(_token: CancelToken, _report: object) -> list[tuple[KnownComputer, str]]:
            from retrovue.core.services.upkeep import computers

            now = computers.shared_now(context)
            return [(one, _seen(one, text.ago(one.last_seen_at, now))) for one in computers.known(context)]

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_read)

    @Slot(object)
    def _on_read(self, found: list[tuple[KnownComputer, str]]) -> None:
        for line in self.lines:
            self._column.removeWidget(line)
            line.deleteLater()
        self.lines = [ComputerLine(computer, seen, self) for computer, seen in found]
        for line in self.lines:
            line.rename_button.clicked.connect(lambda _on=False, one=line.computer: self._rename(one))
            line.forget_button.clicked.connect(lambda _on=False, one=line.computer: self._forget(one))
            self._column.addWidget(line)

    def _rename(self, computer: KnownComputer) -> None:
        name = self.ask(self, _("Rename computer"), _("Rename computer"), computer.name)
        if not name or name == computer.name:
            return
        context = self._services.context

        def work(_token: CancelToken, _report: object) -> None:
            from retrovue.core.services.upkeep import computers

            computers.rename(context, computer, name)

        self._run(work)

    def _forget(self, computer: KnownComputer) -> None:
        context = self._services.context

        def work(_token: CancelToken, _report: object) -> "ForgottenComputer | None":
            from retrovue.core.services.upkeep import computers

            return computers.forget(context, computer)

        self._run(work).succeeded.connect(self._on_forgotten)

    @Slot(object)
    def _on_forgotten(self, forgotten: "ForgottenComputer | None") -> None:
        if forgotten is None:
            return
        n = forgotten.count("path_mappings")
        said = ngettext(
            "“{name}” was forgotten, with {n} path mapping rule.",
            "“{name}” was forgotten, with {n} path mapping rules.",
            n,
        )
        name = forgotten.computer["name"]
        self._services.toast(said.format(name=name, n=n), lambda: self._restore(forgotten))

    def _restore(self, forgotten: "ForgottenComputer") -> None:
        context = self._services.context

        def work(_token: CancelToken, _report: object) -> None:
            from retrovue.core.services.upkeep import computers

            computers.restore(context, forgotten)

        self._run(work)

    def _run(self, work: TaskFunction) -> TaskHandle:
        handle = self._services.runner.submit(work, lane=Lane.QUERY)
        handle.failed.connect(self._on_failed)
        handle.finished.connect(self.refresh)
        return handle

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        show_error(self, error)


def _seen(computer: KnownComputer, ago: str) -> str:
    return _("This computer") if computer.is_this else _("Last seen {ago}").format(ago=ago)
