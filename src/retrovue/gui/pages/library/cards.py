"""The parts of the details panel: poster, path lines, version cards, badges, the cut summary."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.domain.media import StoredFile
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.columns import reason_text
from retrovue.gui.pages.library.facts import CopyFacts, VersionFacts
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.theme import icons, tokens
from retrovue.gui.theme.style import FontRole, fixed_font
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.states import ServerKindTile, StatePill, file_look
from retrovue.gui.widgets.tips import plain_tip

_POSTER = QSize(80, 120)
_SUMMARY_LINES = 3


class SmallIcon(QWidget):
    """An icon of 14 px in a tone."""

    def __init__(self, name: str, tone: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._tone = tone
        self.setFixedSize(16, 16)
        self.setToolTip(plain_tip(hint))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        place = self.rect().adjusted(1, 1, -1, -1)
        icons.paint(QPainter(self), place, self._name, tokens.of(self.palette()).color(self._tone))


class PosterView(QWidget):
    """The poster of what is shown."""

    def __init__(self, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._of: tuple[str, int, str | None] = ("", 0, None)
        self.setFixedSize(_POSTER)
        pictures.arrived.connect(self.update)

    def show_poster(self, of: tuple[str, int, str | None]) -> None:
        """Show another poster: (title, server id, address)."""
        self._of = of
        self.setAccessibleName(_("Poster of {title}").format(title=of[0]))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, or its placeholder."""
        title, server_id, address = self._of
        picture = self._pictures.poster(title, server_id, address, self.size(), self.devicePixelRatioF(), radius=5)
        QPainter(self).drawPixmap(0, 0, picture)


class PathLine(QWidget):
    """Icon, path elided in the middle, and a button that copies it."""

    def __init__(self, icon: str, path: str, tone: str, copy_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        row.addWidget(SmallIcon(icon, "text2"))
        line = ElidedLabel(path, mode=Qt.TextElideMode.ElideMiddle, text_font=fixed_font(FontRole.CAPTION), tone=tone)
        line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row.addWidget(line, 1)
        self.copy_button = Button(icon="copy", kind=ButtonKind.FLAT, name=copy_name, height=20)
        self.copy_button.setFixedSize(22, 20)
        row.addWidget(self.copy_button)


class Watchers(QWidget):
    """A line for each live session of what is shown; nothing while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentences: tuple[str, ...] = ()
        self._lines: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.hide()

    def show_sentences(self, sentences: Sequence[str]) -> None:
        """Say these, as long as they are true."""
        if tuple(sentences) == self.sentences:
            return
        self.sentences = tuple(sentences)
        for old in self._lines:
            old.hide()
            old.deleteLater()
        self._lines = []
        for sentence in self.sentences:
            line = QWidget()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(6)
            row.addWidget(SmallIcon("play-fill", "accent"))
            row.addWidget(ElidedLabel(sentence, tone="text"), 1)
            self._column.addWidget(line)
            self._lines.append(line)
        self.setVisible(bool(self.sentences))


class CopyHead(QWidget):
    """Where a copy is: the tile of the server's kind, server and library, and whether it is somebody else's."""

    def __init__(self, copy: CopyFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(6)
        row.addWidget(ServerKindTile(copy.server_kind))
        row.addWidget(ElidedLabel(copy.place, text_font=label("", FontRole.STRONG).font()), 1)
        note = ", ".join(part for part in (copy.extent, _("shared with you") if copy.is_shared else "") if part)
        if note:
            row.addWidget(label(note, FontRole.CAPTION, tone="text2"))
        self.setAccessibleName(" · ".join(part for part in (copy.place, note) if part))


class VersionCard(QFrame):
    """One version: how it is made, its state, the paths of its parts, size and when it was checked."""

    def __init__(self, version: VersionFacts, copy: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName(version.title)
        column = QVBoxLayout(self)
        column.setContentsMargins(11, 8, 6, 8)
        column.setSpacing(2)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 5, 3)
        title = ElidedLabel(version.title, text_font=label("", FontRole.STRONG).font())
        head.addWidget(title, 1)
        head.addWidget(StatePill(file_look(version.state.value)))
        column.addLayout(head)
        for part in version.parts:
            self._add_part(column, part, copy)
        checked = [part.checked_at for part in version.parts if part.checked_at is not None]
        note = version.note
        if checked:
            note += " · " + _("checked {when}").format(when=text.when(max(checked), now()))
        foot = label(note, FontRole.CAPTION, tone="text2", wrap=True)
        foot.setToolTip(plain_tip(text.exact(max(checked)) if checked else ""))
        foot.setContentsMargins(0, 2, 0, 0)
        column.addWidget(foot)

    def _add_part(self, column: QVBoxLayout, part: StoredFile, copy: Callable[[str], None]) -> None:
        server = PathLine("hard-drives", part.server_path, "text2", _("Copy server path"))
        server.copy_button.clicked.connect(lambda: copy(part.server_path))
        column.addWidget(server)
        local_path = part.local_path
        if local_path is None:
            row = QHBoxLayout()
            row.setSpacing(5)
            row.addWidget(SmallIcon("link-break", "text2"), 0, Qt.AlignmentFlag.AlignTop)
            why = reason_text(part.map_reason)
            row.addWidget(label(why, FontRole.CAPTION, tone="text2", wrap=True), 1)
            column.addLayout(row)
            return
        local = PathLine("desktop", local_path, "text", _("Copy local path"))
        local.copy_button.clicked.connect(lambda: copy(local_path))
        column.addWidget(local)


class SummaryText(QLabel):
    """Up to three lines of text; the whole of it in the tooltip."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = words
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("tone", "text2")
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._fitted_at = -1
        self.setText(words)

    def resizeEvent(self, event: object) -> None:
        """Cut the text to the lines there are."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        if self.width() == self._fitted_at:
            return
        self._fitted_at = self.width()
        shown = self._fitting(self.width())
        self.setText(shown)
        self.setToolTip(plain_tip(self._whole if shown != self._whole else ""))

    def _fitting(self, width: int) -> str:
        metrics = self.fontMetrics()
        room = metrics.lineSpacing() * _SUMMARY_LINES + 2
        flags = int(Qt.TextFlag.TextWordWrap)

        def fits(shown: str) -> bool:
            return metrics.boundingRect(0, 0, width, 10_000, flags, shown).height() <= room

        if fits(self._whole):
            return self._whole
        low, high = 0, len(self._whole)
        while low < high:
            middle = (low + high + 1) // 2
            if fits(self._whole[:middle].rstrip() + "…"):
                low = middle
            else:
                high = middle - 1
        return self._whole[:low].rstrip() + "…"


class Badge(QWidget):
    """A short word on a plate, such as 2160p."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.setFont(label("", FontRole.HEADER).font())
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The word and 8 px at each side."""
        return QSize(self.fontMetrics().horizontalAdvance(self._words) + 16, self.fontMetrics().height() + 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint plate and word."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color("track"))
        painter.drawRoundedRect(self.rect(), 4, 4)
        painter.setPen(active.color("text2"))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self._words)
