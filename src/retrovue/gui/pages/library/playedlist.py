"""The latest plays of what the details show, a line each, with a link to all of them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.history import Play
from retrovue.core.domain.titles import episode_code
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.library.cards import SmallIcon
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.played import PlayedFacts
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.tips import plain_tip


class PlayedBlock(QWidget):
    """The latest plays, a line each, and the link to the History page. Thread: GUI."""

    requested = Signal(object)
    """The `PlayedItem` whose plays are wanted."""

    def __init__(self, facts: PlayedFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label(_("Latest plays"), FontRole.HEADER), 1)
        n = facts.count
        said = ngettext("{n} play", "{n} plays", n).format(n=text.number(n))
        self.link = Button(said, kind=ButtonKind.LINK)
        self.link.setToolTip(plain_tip(_("Show these plays in the history")))
        self.link.clicked.connect(lambda: self.requested.emit(facts.item))
        head.addWidget(self.link)
        column.addLayout(head)
        for play in facts.newest:
            column.addLayout(self._line(play))

    @staticmethod
    def _line(play: Play) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(SmallIcon("check-circle" if play.watched else "circle-dashed", "text2"))
        row.addWidget(ElidedLabel(play_line(play)), 1)
        when = label(text.when_cell(play.started_at, now()), tone="text2")
        when.setToolTip(plain_tip(text.exact(play.started_at)))
        row.addWidget(when, 0, Qt.AlignmentFlag.AlignRight)
        return row


def play_line(play: Play) -> str:
    """ "mira · S01E04 · 97 %"."""
    code = episode_code(play.season, play.episode) if play.show else ""
    percent = _("{n} %").format(n=play.percent) if play.percent is not None and not play.watched else ""
    return " · ".join(part for part in (play.user or _("Unknown"), code, percent) if part)
