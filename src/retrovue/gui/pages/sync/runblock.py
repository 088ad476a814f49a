"""The block of the running sync: overall bar, current library, figures."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.servers import LibraryKind
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.controllers.sync import SyncState
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.card import Card, StatStrip, hairline
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.progress import ProgressBlock

_FIGURES: tuple[tuple[str, Callable[[], str]], ...] = (
    ("rate", lambda: _("Rate")),
    ("left", lambda: _("Time left")),
    ("requests", lambda: _("Requests")),
    ("received", lambda: _("Received")),
    ("added", lambda: _("New")),
    ("updated", lambda: _("Updated")),
    ("absent", lambda: _("Not listed")),
    ("failed", lambda: _("Failed")),
)


class RunBlock(QWidget):
    """What runs now, with *Cancel*. Hidden by the page while nothing runs."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        card = Card()
        outer.addWidget(card)
        head = QHBoxLayout()
        head.setSpacing(10)
        self._busy = BusyIcon()
        head.addWidget(self._busy)
        self._title = label("", FontRole.SECTION)
        head.addWidget(self._title)
        self._remark = ElidedLabel(tone="text2")
        head.addWidget(self._remark, 1)
        self.cancel = Button(_("Cancel"), icon="square")
        self.cancel.clicked.connect(self._on_cancel)
        head.addWidget(self.cancel)
        card.body.addLayout(head)
        self.overall = ProgressBlock(_("All libraries"))
        self.library = ProgressBlock(_("Contacting the server"))
        card.body.addWidget(self.overall)
        card.body.addWidget(self.library)
        card.body.addWidget(hairline())
        self._figures = StatStrip(framed=False)
        for key, title in _FIGURES:
            self._figures.add(key, title())
        card.body.addWidget(self._figures)

    def show_state(self, state: SyncState) -> None:
        """Show how far it is."""
        self.cancel.setEnabled(state.is_running)
        self._title.setText(state.title)
        if state.started_at is not None:
            started = state.started_at.astimezone().strftime("%H:%M")
            self._remark.set_text(_("started at {time}").format(time=started))
        progress = state.progress
        done = _("{done} of {total} done").format(done=progress.libraries_done, total=progress.libraries_total)
        self.overall.set_texts(_("All libraries"), done if progress.libraries_total else "")
        self.overall.set_count(progress.items_done, progress.items_total, _("items"))
        current = state.current
        if current is not None:
            self.library.set_texts(f"{current.server} · {current.library}", current.phase)
            unit = _("movies") if current.kind is LibraryKind.MOVIES else _("items")
            self.library.set_count(current.done, current.total, unit)
        self._show_figures(state)

    def _show_figures(self, state: SyncState) -> None:
        progress = state.progress
        tile = self._figures.tile
        rate = text.DASH if progress.rate is None else text.number(round(progress.rate))
        tile("rate").set_value(rate, _("items/s"))
        left = text.DASH if progress.time_left_s is None else text.seconds(progress.time_left_s)
        tile("left").set_value(left)
        tile("requests").set_value(text.number(progress.requests))
        amount, _space, unit = text.size(progress.received_bytes).partition(" ")
        tile("received").set_value(amount, unit)
        for key in ("added", "updated", "absent", "failed"):
            tile(key).set_value(text.number(getattr(progress, key)))

    def _on_cancel(self) -> None:
        self.cancel.setEnabled(False)
        self._remark.set_text(_("Canceling; everything received so far is kept"))
        self.cancelled.emit()
