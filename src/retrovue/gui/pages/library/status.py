"""The line below the list: how many, how many selected, how large, how quick."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSlider, QWidget

from retrovue.core.domain.browse import CatalogTotals, View
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, at_least
from retrovue.gui.widgets.labels import ElidedLabel, label

TILE_MIN, TILE_MAX, TILE_FIRST = 96, 200, 120


def counted(view: View, found: int, total: int) -> str:
    """ "14 of 1,612 shows", or "1,612 shows" when all are there."""
    words = {
        View.SHOWS: ngettext("{n} show", "{n} shows", total),
        View.MOVIES: ngettext("{n} movie", "{n} movies", total),
        View.EPISODES: ngettext("{n} episode", "{n} episodes", total),
        View.FILES: ngettext("{n} file", "{n} files", total),
    }
    whole = words[view].format(n=text.number(total))
    if found == total:
        return whole
    return _("{found} of {all}").format(found=text.number(found), all=whole)


def total_of(totals: CatalogTotals, view: View) -> int:
    """How many rows a view has without filters."""
    return {
        View.SHOWS: totals.shows,
        View.MOVIES: totals.movies,
        View.EPISODES: totals.episodes,
        View.FILES: totals.files,
    }[view]


def summary_of(totals: CatalogTotals) -> str:
    """ "1,612 shows · 41,880 episodes · 6,904 movies"."""
    shows = ngettext("{n} show", "{n} shows", totals.shows).format(n=text.number(totals.shows))
    episodes = ngettext("{n} episode", "{n} episodes", totals.episodes).format(n=text.number(totals.episodes))
    movies = ngettext("{n} movie", "{n} movies", totals.movies).format(n=text.number(totals.movies))
    return f"{shows} · {episodes} · {movies}"


class TileSlider(QSlider):
    """A thin slider whose filled part is in the accent colour."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint track, filled part, handle, and the ring that says where the keyboard is."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        middle, end = self.height() / 2, self.width() - 14
        share = (self.value() - self.minimum()) / (self.maximum() - self.minimum())
        x = 7 + end * share
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(active.color("track"))
        painter.drawRoundedRect(QRectF(7, middle - 2, end, 4), 2, 2)
        painter.setBrush(active.color("accent"))
        painter.drawRoundedRect(QRectF(7, middle - 2, end * share, 4), 2, 2)
        if self.hasFocus():
            painter.setPen(QPen(active.color("accent"), 2))
            painter.setBrush(active.color("base"))
        painter.drawEllipse(QPointF(x, middle), 5, 5)


class StatusLine(QFrame):
    """See the module; in posters with a slider for their size. Thread: GUI."""

    tile_width_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(15, 0, 14, 0)
        row.setSpacing(12)
        font = label("", FontRole.SMALL).font()
        self._left = ElidedLabel(text_font=font, tone="text2")
        self._right = label("", FontRole.SMALL, tone="text2")
        row.addWidget(self._left, 1)
        row.addWidget(self._right)
        self._caption = label(_("Tile size"), FontRole.SMALL, tone="text2")
        self.slider = TileSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(TILE_MIN, TILE_MAX)
        self.slider.setSingleStep(8)
        self.slider.setPageStep(24)
        self.slider.setValue(TILE_FIRST)
        self.slider.setFixedWidth(96)
        self.slider.setAccessibleName(_("Tile size"))
        self._caption.setBuddy(self.slider)
        self.slider.valueChanged.connect(self.tile_width_changed)
        row.addWidget(self._caption)
        row.addWidget(self.slider)
        self.setFixedHeight(at_least(28, self.fontMetrics()))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_posters(on=False)

    @property
    def words(self) -> str:
        """The left text."""
        return self._left.text

    def set_posters(self, *, on: bool) -> None:
        """Show the slider instead of how quick it was."""
        self._caption.setVisible(on)
        self.slider.setVisible(on)
        self._right.setVisible(not on)

    def show_counts(self, found: str, selected: int, size_bytes: int | None) -> None:
        """ "14 of 1,612 shows · 1 selected · 14.2 GB"."""
        parts = [found]
        if selected:
            parts.append(ngettext("{n} selected", "{n} selected", selected).format(n=text.number(selected)))
            if size_bytes is not None:
                parts.append(text.size(size_bytes))
        self._left.set_text("  ·  ".join(parts))

    def show_took(self, took_ms: int) -> None:
        """ "Found in 12 ms"."""
        self._right.setText(_("Found in {n} ms").format(n=text.number(took_ms)))
