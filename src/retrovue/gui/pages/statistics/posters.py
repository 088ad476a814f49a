"""The small posters beside titles: a drawn one at once, the real one when it was found and has come."""

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal, Slot
from PySide6.QtGui import QPixmap

from retrovue.gui.charts.data import ChartData, Mark
from retrovue.gui.pages.library.pictures import Pictures
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext

Find = Callable[[Sequence[str]], dict[str, tuple[int, str]]]
"""(server id, address) by what a title is known by. Called on a lane."""


class TitlePosters(QObject):
    """Draws the posters of `Mark.picture`. Thread: GUI."""

    arrived = Signal()
    """Paint again."""

    def __init__(self, runner: TaskRunner, context: "AppContext", find: Find, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._context = context
        self._find = find
        self._places: dict[Hashable, tuple[int, str | None]] = {}
        self._pictures = Pictures(runner, self._open_artwork, self)
        self._pictures.arrived.connect(self.arrived)

    def draw(self, mark: Mark, size: QSize, ratio: float) -> QPixmap:
        """The poster of a title, as `RankChart` asks for it."""
        server_id, address = self._places.get(mark.picture, (0, None))
        return self._pictures.poster(mark.label, server_id, address, size, ratio, radius=2)

    def look_up(self, data: ChartData) -> None:
        """Find out where the posters of these titles are, once for each."""
        refs = [str(mark.picture) for mark in data.marks if mark.picture is not None]
        refs = [ref for ref in refs if ref not in self._places]
        if not refs:
            return
        # What has none is not asked for again.
        self._places.update(dict.fromkeys(refs, (0, None)))
        handle = self._runner.submit(lambda _token, _report: self._find(refs), lane=Lane.REPORT, of="posters")
        handle.succeeded.connect(self._on_found)

    def ask_again(self) -> None:
        """Look again for what was not to be had; titles and servers may have come back."""
        self._places = {ref: place for ref, place in self._places.items() if place[1] is not None}
        self._pictures.ask_again()

    @Slot(object)
    def _on_found(self, found: dict[Hashable, tuple[int, str | None]]) -> None:
        self._places.update(found)
        if found:
            self.arrived.emit()

    def _open_artwork(self) -> object:
        from retrovue.core.services.catalog.artwork import ArtworkCache, ArtworkService

        return ArtworkService(self._context, ArtworkCache(self._context.dirs.cache_dir / "artwork"))
