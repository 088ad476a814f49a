"""What is selected stays selected: between a list and its posters, and after a search that did not list it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QObject

from retrovue.core.domain.browse import View
from retrovue.gui.pages.library.posters import GridPane
from retrovue.gui.pages.library.views import ListPane
from retrovue.gui.tables.tree import TreeModel
from retrovue.gui.tables.view import rows_of_ids, selected_rows

Pane = ListPane | GridPane


@dataclass(frozen=True)
class Chosen:
    """Top-level rows of a view by id, and the one that the keyboard is on."""

    ids: Sequence[int] = ()
    current: int | None = None


def chosen_in(pane: Pane) -> Chosen:
    """Return what is selected in a pane; of a tree the shows, also for an episode."""
    model, index = pane.model, pane.view.currentIndex()
    ids = dict.fromkeys(model.ids[row] for first, last in selected_rows(pane.view) for row in range(first, last + 1))
    if isinstance(model, TreeModel):
        selection = pane.view.selectionModel().selection()
        below = (selection.at(n).parent() for n in range(selection.count()))
        ids.update(dict.fromkeys(model.path_of(parent)[0] for parent in below if parent.isValid()))
        return Chosen(tuple(ids), model.path_of(index)[0] if index.isValid() else None)
    return Chosen(tuple(ids), model.ids[index.row()] if index.isValid() else None)


def choose_in(pane: Pane, chosen: Chosen) -> bool:
    """Select these rows and bring the current one into sight; whether any is listed."""
    model = pane.model
    rows = rows_of_ids(model, chosen.ids)
    if rows.isEmpty():
        return False
    current = chosen.current
    place = model.ids.index(current) if current is not None and current in model.ids else rows.at(0).top()
    flags = QItemSelectionModel.SelectionFlag
    of_view = pane.view.selectionModel()
    of_view.setCurrentIndex(model.index(place, 0), flags.NoUpdate)
    of_view.select(rows, flags.ClearAndSelect)
    pane.view.scrollTo(of_view.currentIndex())
    return True


class SelectionCarrier(QObject):
    """Selects what is wanted as soon as it is listed. Thread: GUI."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._wanted: dict[View, Chosen] = {}
        self._before_search: dict[View, Chosen] = {}

    def carry(self, old: Pane, new: Pane) -> None:
        """Select in the other look of a list what is selected in the one that was in front."""
        chosen = chosen_in(old)
        if old is not new and old.kind is new.kind and chosen.ids:
            self.want(new, chosen)

    def want(self, pane: Pane, chosen: Chosen) -> None:
        """Select these rows, now or with the next list."""
        self._wanted[pane.kind] = chosen
        choose_in(pane, chosen)

    def narrow(self, pane: Pane) -> None:
        """A search begins or ends: what is selected now is wanted again after it."""
        chosen = chosen_in(pane)
        if chosen.ids:
            self._before_search[pane.kind] = chosen

    def on_listed(self, pane: Pane, *, is_narrowed: bool) -> None:
        """A list has come."""
        wanted = self._wanted.pop(pane.kind, None)
        if wanted is not None and choose_in(pane, wanted):
            return
        if not is_narrowed and (before := self._before_search.pop(pane.kind, None)) is not None:
            now = chosen_in(pane)
            choose_in(pane, now if now.ids else before)
