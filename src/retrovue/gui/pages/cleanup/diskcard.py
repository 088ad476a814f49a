"""A disk on a card: its bar, what is free of how much and since when, and a line for each part."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.cleanup.usebar import MOST_COLORS, OTHER, BarPart, Swatch, UseBar
from retrovue.gui.theme.style import FontRole, font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.notices import ToneIcon
from retrovue.gui.widgets.states import StateLook, StatePill

if TYPE_CHECKING:
    from retrovue.core.services.files.disks import Disk, DiskPart

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class DiskCard(Card):
    """Shows one disk; made anew when the disk changed."""

    capacity_wanted = Signal(object)
    """The disk whose capacity somebody wants to type in."""

    def __init__(self, disk: "Disk", parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.disk = disk
        self.setAccessibleName(disk_words(disk))
        self.body.setSpacing(8)
        self._add_head()
        self.bar = UseBar()
        parts = bar_parts(disk)
        self.bar.set_parts(parts, disk.total_bytes, disk_words(disk))
        self.body.addWidget(self.bar)
        self._add_capacity()
        self._add_legend(parts)
        self.body.addStretch(1)

    def _add_head(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(ToneIcon("hard-drive", "text2"))
        path = ElidedLabel(self.disk.path, mode=Qt.TextElideMode.ElideMiddle, text_font=font(FontRole.SECTION))
        row.addWidget(path, 1)
        if self.disk.label and self.disk.label != self.disk.path:
            row.addWidget(ElidedLabel(self.disk.label, tone="text2"))
        row.addWidget(StatePill(disk_look(self.disk)))
        self.body.addLayout(row)

    def _add_capacity(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        # As high as its link would be, so that cards beside each other stay in line.
        row.addStrut(self.fontMetrics().height() + 8)
        free, total = capacity_words(self.disk)
        row.addWidget(label(free, FontRole.STRONG))
        if total:
            row.addWidget(label(total, tone="text2"))
        row.addStretch(1)
        row.addWidget(ElidedLabel(when_words(self.disk, datetime.now(UTC)), tone="text2"))
        self.capacity: Button | None = None
        if self.disk.source != "read":
            self.capacity = Button(_("Set capacity…"), kind=ButtonKind.LINK)
            self.capacity.clicked.connect(lambda: self.capacity_wanted.emit(self.disk))
            row.addWidget(self.capacity)
        self.body.addLayout(row)

    def _add_legend(self, parts: list[BarPart]) -> None:
        if not self.disk.parts:
            self.body.addWidget(label(_("No files from the catalog are on this disk."), FontRole.SMALL, tone="text2"))
            return
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for row, (number, name, files, size_bytes) in enumerate(legend_rows(self.disk)):
            grid.addWidget(Swatch(number), row, 0)
            grid.addWidget(ElidedLabel(name, tone="text2" if number == OTHER else "text"), row, 1)
            grid.addWidget(_figure(files, tone="text2"), row, 2)
            grid.addWidget(_figure(text.size(size_bytes)), row, 3)
        self.body.addLayout(grid)
        if is_overfull(self.disk):
            words = _(
                "Adds up to more than the disk’s capacity: some files are sparse, compressed or linked to each other."
            )
            self.body.addWidget(label(words, FontRole.SMALL, tone="text2", wrap=True))


def _figure(words: str, *, tone: str = "text") -> QLabel:
    made = label(words, tone=tone)
    made.setAlignment(_RIGHT)
    return made


def legend_rows(disk: "Disk") -> list[tuple[int, str, str, int]]:
    """(number of the colour, name, files in words, bytes) of each line, in the order of the bar."""

    def files(count: int) -> str:
        return ngettext("{n} file", "{n} files", count).format(n=text.number(count))

    shown, rest = _shown_parts(disk)
    rows = [(n, part_name(part), files(part.files), part.size_bytes) for n, part in enumerate(shown)]
    if rest:
        name = ngettext("{n} more", "{n} more", len(rest)).format(n=text.number(len(rest)))
        rows.append((len(shown), name, files(sum(p.files for p in rest)), sum(p.size_bytes for p in rest)))
    if disk.other_bytes:
        rows.append((OTHER, _("Everything else on this disk"), "", disk.other_bytes))
    return rows


def _shown_parts(disk: "Disk") -> tuple[tuple["DiskPart", ...], tuple["DiskPart", ...]]:
    """Parts with a line of their own, and those that share the last one."""
    if len(disk.parts) <= MOST_COLORS:
        return disk.parts, ()
    return disk.parts[: MOST_COLORS - 1], disk.parts[MOST_COLORS - 1 :]


def is_overfull(disk: "Disk") -> bool:
    """Whether the files are larger than what is taken on their disk."""
    if disk.total_bytes is None or disk.free_bytes is None:
        return False
    return disk.used_bytes > disk.total_bytes - disk.free_bytes


def bar_parts(disk: "Disk") -> list[BarPart]:
    """The parts of the bar, as the legend has them."""
    return [
        BarPart(number, size_bytes, " · ".join(one for one in (name, files, text.size(size_bytes)) if one))
        for number, name, files, size_bytes in legend_rows(disk)
    ]


def part_name(part: "DiskPart") -> str:
    """ "TV Shows · Attic"; libraries that list the same files stand together."""
    if not part.libraries:
        return _("No longer in any library")
    return " + ".join(f"{library} · {server}" for server, library in part.libraries)


def disk_look(disk: "Disk") -> StateLook:
    """How full it is, or that it cannot be reached: with a shape and a word for each."""
    if disk.source != "read" and not disk.is_mounted:
        return StateLook("plugs", "danger", _("Unreachable"))
    return {
        "fine": StateLook("check-circle-fill", "success", _("OK")),
        "filling": StateLook("warning-fill", "warning", _("Getting full")),
        "almost_full": StateLook("warning-octagon-fill", "danger", _("Almost full")),
        "unknown": StateLook("question", "text2", _("Capacity unknown")),
    }[disk.fullness.value]


def capacity_words(disk: "Disk") -> tuple[str, str]:
    """ "312 GB free" and "of 16.0 TB"; what is not known is said so."""
    if disk.free_bytes is not None and disk.total_bytes is not None:
        free = _("{size} free").format(size=text.size(disk.free_bytes))
        return free, _("of {size}").format(size=text.size(disk.total_bytes))
    if disk.total_bytes is not None:
        return _("{size} total").format(size=text.size(disk.total_bytes)), _("free space unknown")
    if disk.free_bytes is not None:
        return _("{size} free").format(size=text.size(disk.free_bytes)), _("size unknown")
    return _("Size and free space unknown"), ""


def when_words(disk: "Disk", now: datetime) -> str:
    """Since when the figures are so."""
    if disk.at is None:
        return ""
    when = text.when(disk.at, now)
    if disk.source == "manual":
        return _("entered {when}").format(when=when)
    return _("read {when}").format(when=when) if disk.source == "read" else _("last read {when}").format(when=when)


def disk_words(disk: "Disk") -> str:
    """Everything on the card, for those who listen."""
    free, total = capacity_words(disk)
    parts = [f"{disk.path} {disk.label}".strip(), disk_look(disk).word, f"{free} {total}".strip()]
    parts.append(when_words(disk, datetime.now(UTC)))
    parts += [
        " ".join(one for one in (name, files, text.size(size_bytes)) if one)
        for _number, name, files, size_bytes in legend_rows(disk)
    ]
    return ". ".join(part for part in parts if part)
