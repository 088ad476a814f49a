"""A PostgreSQL database for the catalog: tested step by step, then copied to, or used."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from retrovue.core.domain.catalog_copies import CopyProgress
from retrovue.core.domain.catalog_servers import CatalogVerdict
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import Field
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.progress import ProgressBar
from retrovue.gui.work.jobs import Report
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.tasks import TaskFunction, TaskHandle


class CopyStrip(QWidget):
    """How far the copy is, and a way out; hidden while nothing is copied."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.bar = ProgressBar(height=4)
        self.bar.setAccessibleName(_("Copy"))
        row.addWidget(self.bar, 1)
        self.count = label(tone="text2")
        row.addWidget(self.count)
        self.cancel_button = Button(_("Cancel"), kind=ButtonKind.LINK)
        self.cancel_button.clicked.connect(self.cancelled)
        row.addWidget(self.cancel_button)
        self.hide()

    def begin(self) -> None:
        """Nothing is counted yet: the tables are made first."""
        self.bar.set_progress(0, None)
        self.count.setText("")
        self.show()

    @Slot(object)
    def show_progress(self, progress: CopyProgress) -> None:
        """Rows of all tables."""
        self.bar.set_progress(progress.done, progress.total)
        self.count.setText(_("{n} of {total}").format(n=text.number(progress.done), total=text.number(progress.total)))


class DatabaseChoice(QWidget):
    """See the module. Thread: GUI; the server is asked on a lane."""

    def __init__(self, services: PageServices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._verdict: CatalogVerdict | None = None
        self.address = Field(placeholder="postgresql://user@host/name", name=_("Address of the database"), fixed=True)
        self.address.setText(services.context.settings.catalog_address)
        self.password = Field(placeholder=_("Password, where the server wants one"), name=_("Password"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.steps = label("", FontRole.BODY, tone="text2", wrap=True)
        self.waiting = label(
            _("Restart RetroVue to change over: until then it uses the previous catalog."), FontRole.BODY, wrap=True
        )
        self.test_button = Button(_("Test"), icon="plugs-connected")
        self.copy_button = Button(_("Copy the catalog there"), icon="copy")
        self.use_button = Button(_("Use this database"))
        self.file_button = Button(_("Use the file again"))
        self.test_button.clicked.connect(self._test)
        self.copy_button.clicked.connect(self._copy)
        self.use_button.clicked.connect(self._use)
        self.file_button.clicked.connect(self._use_file)
        for field in (self.address, self.password):
            field.textChanged.connect(self._forget)
            field.returnPressed.connect(self._test)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(8)
        self.buttons = QWidget()
        row = FlowLayout(self.buttons, gap=8)
        for button in (self.test_button, self.copy_button, self.use_button, self.file_button):
            row.addWidget(button)
        self.copying = CopyStrip()
        self.copying.cancelled.connect(self._cancel)
        self._copy_handle: TaskHandle | None = None
        for widget in (self.address, self.password, self.steps, self.buttons, self.copying, self.waiting):
            column.addWidget(widget)
        self._show()

    def _given(self) -> tuple[str, str | None]:
        return self.address.text().strip(), self.password.text() or None

    @Slot()
    def _forget(self) -> None:
        """What was tested was another database."""
        self._verdict = None
        self._show()

    def _show(self) -> None:
        verdict = self._verdict
        context = self._services.context
        is_on_server = bool(context.settings.catalog_address)
        self.waiting.setVisible(context.settings.catalog_address != context.used_catalog)
        lines = [] if verdict is None else [self._line(step.is_ok, step.words, step.hint) for step in verdict.steps]
        self.steps.setText("\n".join(lines))
        self.steps.setVisible(bool(lines))
        self.test_button.setEnabled(bool(self.address.text().strip()))
        self.copy_button.setVisible(verdict is not None and verdict.is_empty and not is_on_server)
        self.use_button.setVisible(verdict is not None and verdict.can_use)
        self.file_button.setVisible(is_on_server)

    @staticmethod
    def _line(is_ok: bool, words: str, hint: str) -> str:
        return f"{'✓' if is_ok else '✗'} {words}" + (f" {hint}" if hint else "")

    @Slot()
    def _test(self) -> None:
        context, (address, password) = self._services.context, self._given()
        if not address:
            return

        def work(_token: CancelToken, _report: object) -> CatalogVerdict:
            from retrovue.core.services.upkeep import places

            return places.try_out(context, address, password=password)

        self._run(work).succeeded.connect(self._on_verdict)

    @Slot(object)
    def _on_verdict(self, verdict: CatalogVerdict | None) -> None:
        self._verdict = verdict
        self._show()

    @Slot()
    def _copy(self) -> None:
        context, (address, password) = self._services.context, self._given()

        def work(token: CancelToken, report: Report) -> CatalogVerdict:
            from retrovue.core.services.upkeep import copying, places

            copying.copy(context, to=address, password=password, token=token, report=report)
            if password:
                # Only now it is known to be the right one.
                context.keep_catalog_password(address, password)
            return places.try_out(context, address, password=password)

        handle = self._copy_handle = self._run(work)
        handle.progress.connect(self.copying.show_progress)
        handle.succeeded.connect(self._on_verdict)
        handle.succeeded.connect(self._on_copied)
        handle.cancelled.connect(self._on_copy_cancelled)
        self.copying.begin()

    @Slot()
    def _cancel(self) -> None:
        if self._copy_handle is not None:
            self._copy_handle.cancel()

    @Slot()
    def _on_copy_cancelled(self) -> None:
        self._services.toast(_("Canceled. Nothing was copied."), None)

    @Slot(object)
    def _on_copied(self, _verdict: object) -> None:
        self._services.toast(_("The catalog was copied. It can be used there now."), None)

    @Slot()
    def _use(self) -> None:
        self._change_to(*self._given())

    @Slot()
    def _use_file(self) -> None:
        self._change_to("sqlite", None)

    def _change_to(self, address: str, password: str | None) -> None:
        context = self._services.context

        def work(_token: CancelToken, _report: object) -> CatalogVerdict | None:
            from retrovue.core.services.upkeep import places

            return places.use(context, address, password=password)

        self._run(work).succeeded.connect(self._on_changed)

    @Slot(object)
    def _on_changed(self, verdict: CatalogVerdict | None) -> None:
        self._on_verdict(verdict)
        if verdict is None or verdict.can_use:
            self._services.toast(_("Quit RetroVue and start it again to change over."), None)

    def _run(self, work: TaskFunction) -> TaskHandle:
        for widget in (self.address, self.password, self.buttons):
            widget.setEnabled(False)
        handle = self._services.runner.submit(work, lane=Lane.FILES)
        handle.failed.connect(self._on_failed)
        handle.finished.connect(self._on_finished)
        return handle

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        show_error(self, error)

    @Slot()
    def _on_finished(self) -> None:
        self._copy_handle = None
        self.copying.hide()
        for widget in (self.address, self.password, self.buttons):
            widget.setEnabled(True)
