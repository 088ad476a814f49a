"""Pictures of the History page: two years of plays, a sitting unfolded, the details, filters, nothing found."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractItemView
from tools.screenshots.stage import Scene, Stage

from retrovue.core.domain.sync import ChangeSet
from retrovue.gui.pages.history.criteria import Dates, PlayCriteria, PlayFilters
from retrovue.gui.tables.pages import PAGE_ROWS

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.gui.pages.history.page import HistoryPage

Settle = Callable[..., None]


def history_scenes(settle: Settle) -> list[Scene]:
    """The scenes in the order in which they are taken."""
    takes = _Takes(settle)
    return [
        Scene("history", takes.unfolded),
        Scene("history-details", takes.details, takes.close_details),
        Scene("history-filtered", takes.filtered, takes.clear),
        Scene("history-sorted", takes.sorted, takes.unsorted),
        Scene("history-nothing", takes.nothing, takes.clear),
        Scene("history-delete", takes.delete),
        Scene("history-import", takes.ask_import),
        Scene("history-users", takes.ask_keeping),
    ]


class _Takes:
    def __init__(self, settle: Settle) -> None:
        self._settle = settle
        self._has_past = False

    def _page(self, stage: "Stage") -> "HistoryPage":
        from tools.past import fill_history

        from retrovue.gui.pages.history.page import HistoryPage

        services = stage.shell.services()
        if not self._has_past:
            self._has_past = True
            fill_history(services.context, stage.server.library)
            services.runner.changed.emit(ChangeSet(frozenset({"plays"}), "past"))
        page = stage.page("history")
        assert isinstance(page, HistoryPage)
        self._settle(stage.application, least_ms=300)
        return page

    def unfolded(self, stage: "Stage") -> None:
        page = self._page(stage)
        model, view = page.area.model, page.area.view
        number = -1
        for first in range(0, model.rowCount(), PAGE_ROWS):
            # Rows are read where the list is looked at.
            view.scrollTo(model.index(first, 0), QAbstractItemView.ScrollHint.PositionAtTop)
            self._settle(stage.application)
            number = next((row for row in range(first, first + PAGE_ROWS) if view.unfolds(row)), -1)
            if number >= 0:
                break
        view.scrollTo(model.index(number, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
        self._settle(stage.application)
        if not view.is_unfolded(number):
            view.toggle(number)
        self._settle(stage.application)
        view.setCurrentIndex(model.index(number + 1, 0))

    def details(self, stage: "Stage") -> None:
        self.unfolded(stage)
        page = self._page(stage)
        if page.panel.isHidden():
            page.toggle_panel()

    def close_details(self, stage: "Stage") -> None:
        self._page(stage).escape()

    def filtered(self, stage: "Stage") -> None:
        page = self._page(stage)
        users = page._overview.choices.users[:3] if page._overview else ()
        filters = PlayFilters(users=users, decisions=("transcode",), watched=True)
        page.show_criteria(PlayCriteria(filters=filters, dates=Dates(last_days=90)))

    def sorted(self, stage: "Stage") -> None:
        from PySide6.QtCore import Qt

        self._page(stage).area.view.horizontalHeader().setSortIndicator(5, Qt.SortOrder.DescendingOrder)

    def unsorted(self, stage: "Stage") -> None:
        from PySide6.QtCore import Qt

        self._page(stage).area.view.horizontalHeader().setSortIndicator(0, Qt.SortOrder.DescendingOrder)

    def nothing(self, stage: "Stage") -> None:
        self._page(stage).show_criteria(PlayCriteria(words="lantrn"))

    def clear(self, stage: "Stage") -> None:
        self._page(stage).clear()

    def ask_import(self, stage: "Stage") -> "QWidget":
        from tools.screenshots.stage import open_dialog

        from retrovue.gui.pages.history.importing import ImportDialog

        self._page(stage).ask_import()
        dialog = open_dialog(ImportDialog)
        assert dialog is not None
        return dialog

    def ask_keeping(self, stage: "Stage") -> "QWidget":
        from tools.screenshots.stage import open_dialog

        from retrovue.gui.pages.history.keeping import KeepingDialog

        self._page(stage).ask_keeping()
        dialog = open_dialog(KeepingDialog)
        assert dialog is not None
        return dialog

    def delete(self, stage: "Stage") -> "QWidget":
        from tools.screenshots.stage import open_dialog

        from retrovue.gui.pages.history.deleting import DeleteDialog

        self._page(stage).ask_delete()
        dialog = open_dialog(DeleteDialog)
        assert dialog is not None
        return dialog
