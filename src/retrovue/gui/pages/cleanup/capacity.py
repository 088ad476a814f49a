"""Typing in how large a disk is that cannot be reached."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from retrovue.core.domain.sizes import parse_size
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.fields import ComboBox, Field, FieldBlock
from retrovue.gui.widgets.labels import label

if TYPE_CHECKING:
    from retrovue.core.services.files.disks import Disk


class CapacityDialog(BaseDialog):
    """Asks for size and free space of one of these disks.

    Signals:
        chosen: path, bytes in all, bytes free (None: not known); both None take back what was typed before.
    """

    chosen = Signal(str, object, object)

    def __init__(self, disks: "list[Disk]", current: "Disk | None" = None, parent: QWidget | None = None) -> None:
        super().__init__(_("Disk capacity"), parent)
        self.setMinimumWidth(520)
        self._disks = disks
        self.content.addWidget(label(_("Disk capacity"), FontRole.CARD_TITLE))
        self.content.addWidget(
            label(
                _("For a disk that is unreachable now. Figures read from the disk later replace what you enter here."),
                tone="text2",
                wrap=True,
            )
        )
        self.disk = ComboBox(name=_("Disk"))
        for disk in disks:
            self.disk.addItem(disk.path if not disk.label else f"{disk.path} · {disk.label}")
        if current is not None:
            self.disk.setCurrentIndex(disks.index(current))
        self.disk.currentIndexChanged.connect(self._show_disk)
        self.content.addWidget(FieldBlock(_("Disk"), self.disk))
        self.total = Field(placeholder=_("for example 8 TB"))
        self.free = Field(placeholder=_("for example 500 GB"))
        self.total_block = FieldBlock(_("Size"), self.total)
        self.free_block = FieldBlock(_("Free space"), self.free, hint=_("Optional."))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.total_block, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.free_block, 1, Qt.AlignmentFlag.AlignTop)
        self.content.addLayout(row)
        self.content.addStretch(1)
        self.forget = self.add_button(Button(_("Clear these figures"), kind=ButtonKind.LINK), leading=True)
        self.forget.clicked.connect(self._on_forget)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        self.save = self.add_button(Button(_("Save capacity"), kind=ButtonKind.PRIMARY), default=True)
        self.save.clicked.connect(self._on_save)
        for field in (self.total, self.free):
            field.textEdited.connect(self._clear_errors)
        self._show_disk()
        self.total.setFocus()

    @property
    def current(self) -> "Disk":
        """The chosen disk."""
        return self._disks[self.disk.currentIndex()]

    @Slot()
    def _show_disk(self) -> None:
        disk = self.current
        for field, size_bytes in ((self.total, disk.total_bytes), (self.free, disk.free_bytes)):
            field.setText("" if size_bytes is None else text.size(size_bytes))
        self.forget.setVisible(disk.source == "manual")
        self._clear_errors()

    @Slot()
    def _clear_errors(self) -> None:
        self.total_block.set_error("")
        self.free_block.set_error("")

    @Slot()
    def _on_save(self) -> None:
        total = self._read(self.total_block, self.total, needed=True)
        free = self._read(self.free_block, self.free, needed=False)
        if total is None or (free is None and self.free.text().strip()):
            return
        if free is not None and free > total:
            self._complain(self.free_block, self.free, _("Larger than the disk. Check both numbers."))
            return
        self.chosen.emit(self.current.path, total, free)
        self.accept()

    def _read(self, block: FieldBlock, field: Field, *, needed: bool) -> int | None:
        words = field.text().strip()
        size_bytes = parse_size(words) if words else None
        if size_bytes is None and (words or needed):
            self._complain(block, field, _("Enter a size such as 8 TB or 500 GB."))
        return size_bytes

    def _complain(self, block: FieldBlock, field: Field, words: str) -> None:
        block.set_error(words)
        field.setFocus()
        # A longer line below a field must not squeeze the field.
        self.adjustSize()

    @Slot()
    def _on_forget(self) -> None:
        self.chosen.emit(self.current.path, None, None)
        self.accept()
