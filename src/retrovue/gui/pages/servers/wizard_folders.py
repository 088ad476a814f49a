"""The wizard's page about path mapping: a local folder for each library root, looked at while it is typed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from retrovue.core.domain.rule_folding import fold_rules
from retrovue.core.domain.servers import RemoteLibrary
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.gui.pages.servers.wizard_parts import WizardPage
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.fields import Field
from retrovue.gui.widgets.labels import ElidedLabel, label, set_tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.mapping.suggest import Sample
    from retrovue.core.services.servers.setup import FolderVerdict

_TYPING_PAUSE_MS = 300

Read = Callable[[CancelToken], "list[Sample]"]
"""Some files of the chosen libraries. Runs on a lane."""


@dataclass(frozen=True)
class _Found:
    samples: "list[Sample]"
    folders: dict[str, str]


class RootRow(QWidget):
    """A library root above, the folder on this computer below it, and what is known of the folder."""

    changed = Signal()

    def __init__(self, services: PageServices, root: str, names: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.root = root
        self.samples: list[Sample] = []
        self._handle: TaskHandle | None = None
        self.is_refused = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPING_PAUSE_MS)
        self._timer.timeout.connect(self.look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        path = ElidedLabel(root, mode=Qt.TextElideMode.ElideMiddle, text_font=font(FontRole.STRONG))
        head.addWidget(path, 1)
        head.addWidget(label(names, FontRole.SMALL, tone="text2"))
        column.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.field = Field(
            placeholder=_("The same folder on this computer"),
            name=_("Folder on this computer for {root}").format(root=root),
            fixed=True,
        )
        self.browse = Button(icon="folder-open", name=_("Choose the folder for {root}").format(root=root), height=30)
        self.browse.clicked.connect(self._browse)
        row.addWidget(self.field, 1)
        row.addWidget(self.browse)
        column.addLayout(row)
        self.verdict = label(_("Not mapped: these files keep their server path."), FontRole.SMALL, tone="text2")
        self.verdict.setWordWrap(True)
        column.addWidget(self.verdict)
        self.field.textChanged.connect(self._on_text)

    @property
    def folder(self) -> str:
        """What is typed."""
        return self.field.text().strip()

    @Slot()
    def look(self) -> None:
        """Look at the folder as it is typed."""
        self.cancel()
        folder = self.folder
        if not folder:
            return
        context, root, samples = self._services.context, self.root, self.samples

        def work(token: CancelToken, _report: object) -> object:
            from retrovue.core.services.servers import setup

            return setup.try_folder(context, root, folder, samples, token=token)

        handle = self._services.runner.submit(work, lane=Lane.FILES)
        self._handle = handle
        handle.succeeded.connect(lambda verdict: self._on_verdict(handle, verdict))

    def cancel(self) -> None:
        """Stop looking."""
        self._timer.stop()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    @Slot()
    def _on_text(self) -> None:
        self.cancel()
        self.is_refused = False
        text = _("Checking…") if self.folder else _("Not mapped: these files keep their server path.")
        self._say(text, "text2")
        if self.folder:
            self._timer.start()
        self.changed.emit()

    def _on_verdict(self, handle: TaskHandle, verdict: "FolderVerdict") -> None:
        # A look that ended while the next letter was typed is about another folder.
        if handle is not self._handle:
            return
        self._handle = None
        self.is_refused = verdict.state.value == "refused"
        self._say(*_words(verdict))
        self.changed.emit()

    def _say(self, text: str, tone: str) -> None:
        self.verdict.setText(text)
        set_tone(self.verdict, tone)
        self.field.setAccessibleDescription(text)

    @Slot()
    def _browse(self) -> None:
        dialog = QFileDialog(self, _("Folder on this computer for {root}").format(root=self.root), self.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.field.setText)
        dialog.open()


def _words(verdict: "FolderVerdict") -> tuple[str, str]:
    """What a person reads of a folder, and its tone."""
    if verdict.state.value == "refused":
        return verdict.problem, "danger"
    if verdict.state.value == "not_there":
        return _("The folder was not found. Connect its disk or share, or choose another folder."), "warning"
    if verdict.state.value == "no_answer":
        return _("The folder is not responding, or you do not have permission to read it."), "warning"
    if not verdict.sampled:
        return _("Folder found."), "success"
    text = ngettext(
        "Folder found; {found} of {sampled} sample file found.",
        "Folder found; {found} of {sampled} sample files found.",
        verdict.sampled,
    ).format(found=verdict.found, sampled=verdict.sampled)
    return text, "success" if verdict.found == verdict.sampled else "warning"


class FoldersPage(WizardPage):
    """Where the libraries' folders are on this computer. Everything may stay empty."""

    def __init__(self, services: PageServices) -> None:
        super().__init__(
            _("Path mapping"),
            _("Where are these folders on this computer? Skip any that are not here; you can add them at any time."),
        )
        self._services = services
        self._read: Read | None = None
        self._samples: list[Sample] | None = None
        self._handle: TaskHandle | None = None
        self.rows: list[RootRow] = []
        row = QHBoxLayout()
        row.setSpacing(10)
        self.find_button = Button(_("Find them for me"), icon="magnifying-glass", height=30)
        self.find_button.clicked.connect(self.look_for_folders)
        self.said = label("", FontRole.SMALL, tone="text2", wrap=True)
        row.addWidget(self.find_button)
        row.addWidget(self.said, 1)
        self.column.addLayout(row)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self.column.addWidget(self._area, 1)
        self._libraries: list[RemoteLibrary] = []

    def set_libraries(self, libraries: Sequence[RemoteLibrary], read: Read) -> None:
        """Offer the roots of these libraries; `read` gives some of their files. What was typed before stays."""
        if list(libraries) == self._libraries:
            return
        self.cancel()
        self._libraries, self._read, self._samples = list(libraries), read, None
        self.said.setText("")
        typed = {row.root: row.folder for row in self.rows}
        names: dict[str, list[str]] = {}
        for library in libraries:
            for root in library.roots:
                names.setdefault(root.path, []).append(library.name)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 4, 12, 4)
        column.setSpacing(14)
        self.rows = [RootRow(self._services, root, ", ".join(of)) for root, of in names.items()]
        for row in self.rows:
            row.changed.connect(self.completed)
            row.field.setText(typed.get(row.root, ""))
            column.addWidget(row)
        if not self.rows:
            column.addWidget(
                label(_("The server does not show the folders of these libraries."), tone="text2", wrap=True)
            )
        column.addStretch(1)
        self._area.setWidget(inside)
        self.find_button.setVisible(bool(self.rows))

    def rules(self) -> tuple[tuple[str, str], ...]:
        """(server path, local path), as few as say the same as one for each root that has a folder."""
        typed = [(row.root, row.folder) for row in self.rows if row.folder]
        return tuple(fold_rules(typed, without=[row.root for row in self.rows if not row.folder]))

    def is_complete(self) -> bool:
        """No folder is refused; a folder that is not there may come later."""
        return not any(row.is_refused for row in self.rows)

    def next_text(self) -> str:
        """Without any folder it is put off."""
        return _("Next") if self.rules() or not self.rows else _("Skip for now")

    @Slot()
    def look_for_folders(self) -> None:
        """Read some files of the libraries and look for them on this computer."""
        if self._read is None or self._handle is not None:
            return
        self.find_button.setEnabled(False)
        self.said.setText(_("Looking for some of the server’s files on this computer…"))
        context, read, known = self._services.context, self._read, self._samples
        roots = [row.root for row in self.rows]

        def work(token: CancelToken, _report: object) -> _Found:
            from retrovue.core.services.servers import setup

            samples = known if known is not None else read(token)
            return _Found(samples, setup.find_folders(context, roots, samples, token=token))

        handle = self._services.runner.submit(work, lane=Lane.SUGGEST)
        self._handle = handle
        handle.succeeded.connect(self._on_found)
        handle.failed.connect(self._on_failed)
        handle.finished.connect(partial(self._on_finished, handle))

    def cancel(self) -> None:
        """Stop searching and looking."""
        if self._handle is not None:
            self._handle.cancel()
        for row in self.rows:
            row.cancel()

    @Slot(object)
    def _on_found(self, found: _Found) -> None:
        self._samples = found.samples
        for row in self.rows:
            row.samples = found.samples
            if not row.folder and row.root in found.folders:
                row.field.setText(found.folders[row.root])
            row.look()
        n = sum(1 for row in self.rows if row.root in found.folders)
        if n:
            text = ngettext("{n} of {total} folder was found.", "{n} of {total} folders were found.", len(self.rows))
            self.said.setText(text.format(n=n, total=len(self.rows)))
        else:
            self.said.setText(
                _("None of the sample files are on this computer. Connect the share, or skip this for now.")
            )

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        from retrovue.gui.work.messages import message_for

        message = message_for(error)
        self.said.setText(f"{message.text} {message.hint}".strip())

    def _on_finished(self, handle: TaskHandle) -> None:
        if handle is self._handle:
            self._handle = None
            self.find_button.setEnabled(True)
