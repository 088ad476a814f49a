"""What is shown when the profile cannot be opened for another reason than a damaged catalog.

A folder that cannot be made has no window at all: `ask_for_folder` is a dialog of its own, before it.
"""

from pathlib import Path

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtWidgets import QApplication, QFileDialog, QHBoxLayout, QWidget

from retrovue.core.domain.errors import ReadOnlyError, RetroVueError
from retrovue.core.i18n import _
from retrovue.gui.app.startpage import StartPage
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme.style import FontRole, Theme, ThemeController
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.notices import ToneIcon
from retrovue.gui.work.messages import UserMessage
from retrovue.gui.work.opening import open_with_system

_WORDS_WIDTH = 420


def without_folder(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a command line without the data folder that they name."""
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--data-dir":
            next(words, None)
        elif not word.startswith("--data-dir="):
            kept.append(word)
    return tuple(kept)


class StuckPage(StartPage):
    """What happened, and the ways out: another folder where this one cannot be written, again, the folder, the end."""

    again_requested = Signal()
    quit_requested = Signal()
    folder_chosen = Signal(object)
    """The `Path` of another data folder."""

    def __init__(self, error: BaseException, said: UserMessage, folder: Path) -> None:
        super().__init__(said.title, said.text, said.hint)
        self._folder = folder
        self._detail = said.detail
        self.choose: Button | None = None
        if isinstance(error, ReadOnlyError):
            self.choose = self.add_way(Button(_("Choose another folder…"), kind=ButtonKind.PRIMARY))
            self.choose.clicked.connect(self._choose)
        kind = ButtonKind.SECONDARY if self.choose is not None else ButtonKind.PRIMARY
        self.again = self.add_way(Button(_("Try again"), kind=kind))
        self.again.clicked.connect(self.again_requested)
        self.show_folder = self.add_way(Button(_("Show folder"), icon="folder-open"))
        self.show_folder.clicked.connect(self._show_folder)
        self.quit = self.add_way(Button(_("Quit")))
        self.quit.clicked.connect(self.quit_requested)
        if said.detail:
            copy = self.add_link(Button(_("Copy details"), kind=ButtonKind.LINK))
            copy.clicked.connect(self._copy)

    @Slot()
    def _choose(self) -> None:
        chosen = _pick(self, self._folder)
        if chosen is not None:
            self.folder_chosen.emit(chosen)

    @Slot()
    def _show_folder(self) -> None:
        open_with_system(QUrl.fromLocalFile(str(self._folder)))

    @Slot()
    def _copy(self) -> None:
        lines = (self.title.text(), *(line.text() for line in self.words), self._detail)
        QApplication.clipboard().setText("\n\n".join(line for line in lines if line))


class FolderDialog(BaseDialog):
    """The data folder cannot be used, so there is nowhere to open a window on."""

    def __init__(self, error: RetroVueError, folder: Path) -> None:
        super().__init__("RetroVue")
        self._folder = folder
        self.chosen: Path | None = None
        """The folder to go on with; None ends the program."""
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(ToneIcon("x-circle-fill", "danger"))
        title = label(_("RetroVue cannot use its data folder"), FontRole.CARD_TITLE)
        row.addWidget(title, 1)
        self.content.addLayout(row)
        self.words = label(error.text, wrap=True, selectable=True)
        hint = label(error.hint, tone="text2", wrap=True)
        for line in (self.words, hint):
            line.setMinimumWidth(_WORDS_WIDTH)
            self.content.addWidget(line)
        self.quit = self.add_button(Button(_("Quit")), leading=True)
        self.quit.clicked.connect(self.reject)
        self.again = self.add_button(Button(_("Try again")))
        self.again.clicked.connect(self._again)
        self.choose = self.add_button(Button(_("Choose another folder…"), kind=ButtonKind.PRIMARY), default=True)
        self.choose.clicked.connect(self._choose)

    def take(self, folder: Path) -> None:
        """Go on with this folder."""
        self.chosen = folder
        self.accept()

    @Slot()
    def _again(self) -> None:
        self.take(self._folder)

    @Slot()
    def _choose(self) -> None:
        chosen = _pick(self, self._folder)
        if chosen is not None:
            self.take(chosen)


def ask_for_folder(error: RetroVueError, folder: Path, theme: Theme) -> Path | None:
    """Ask where to go on, before there is a window; None: not at all. Thread: main."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["retrovue"])
    colors = ThemeController(app, theme)
    dialog = FolderDialog(error, folder)
    dialog.exec()
    chosen = dialog.chosen
    colors.deleteLater()
    return chosen


def _pick(parent: QWidget, folder: Path) -> Path | None:
    begin = next((path for path in (folder, *folder.parents) if path.is_dir()), Path.home())
    chosen = QFileDialog.getExistingDirectory(parent, _("Choose a folder for RetroVue’s data"), str(begin))
    return Path(chosen) if chosen else None
