"""Filters that were given a name: the link that keeps one, and the entries of the filter menu that bring them back."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from retrovue.core.domain.browse import SavedFilter
from retrovue.core.domain.errors import CatalogAwayError
from retrovue.core.i18n import _
from retrovue.core.services.catalog import saved_filters
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import icons
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

log = logging.getLogger(__name__)

AskName = Callable[[QWidget, str, str, str], str]


class Criteria(Protocol):
    """What a page lists, as a value that can be kept."""

    def to_json(self) -> str:
        """As it is kept in the catalog."""
        ...


def ask_name(parent: QWidget, title: str, button: str, suggestion: str) -> str:
    """A name; empty when the person thought better of it."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(_("Name"))
    dialog.setTextValue(suggestion)
    dialog.setOkButtonText(button)
    dialog.setCancelButtonText(_("Cancel"))
    accepted = dialog.exec()
    name = dialog.textValue().strip() if accepted else ""
    dialog.deleteLater()
    return name


class SavedFilters(QObject):
    """Thread: GUI; reads and writes on the query lane.

    Args:
        key: the page whose filters these are.
        decode: criteria from what their `to_json` wrote; raises ValueError where that is of another version.
        ask: asks for a name; replaced in tests.

    Signals:
        chosen(Criteria): a filter is wanted back.
        changed: there are other filters than before.
        failed(error): one could not be kept.
    """

    chosen = Signal(object)
    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        services: PageServices,
        page: QWidget,
        *,
        key: str,
        decode: Callable[[str], object],
        ask: AskName = ask_name,
    ) -> None:
        super().__init__(page)
        self._key = key
        self._decode = decode
        self._services = services
        self._page = page
        self.ask = ask
        self.all: Sequence[SavedFilter] = ()

    def is_kept(self, criteria: Criteria) -> bool:
        """Whether a filter of the same content has a name already."""
        kept = criteria.to_json()
        return any(saved.criteria == kept for saved in self.all)

    def read(self) -> None:
        """Read what there is."""
        self._run(lambda: None).failed.connect(self._on_unread)

    def keep(self, criteria: Criteria, suggestion: str) -> None:
        """Ask for a name and keep a filter under it; one of the same name can be had back."""
        name = self.ask(self._page, _("Save filter"), _("Save filter"), suggestion)
        if not name:
            return
        saved = SavedFilter(self._key, name, criteria.to_json())
        before = next((one for one in self.all if one.name == name), None)
        self._put(saved)
        if before is None:
            self._services.toast(_("The filter “{name}” was saved.").format(name=name), lambda: self._drop(saved))
        else:
            self._services.toast(_("The filter “{name}” was replaced.").format(name=name), lambda: self._put(before))

    def rename(self, saved: SavedFilter) -> None:
        """Ask for another name."""
        name = self.ask(self._page, _("Rename filter"), _("Rename filter"), saved.name)
        if not name or name == saved.name:
            return
        self._change(lambda: saved_filters.rename(self._services.context, saved, name))

    def remove(self, saved: SavedFilter) -> None:
        """Forget a filter; the message brings it back."""
        self._drop(saved)
        self._services.toast(_("The filter “{name}” was deleted.").format(name=saved.name), lambda: self._put(saved))

    def fill_menu(self, menu: QMenu) -> None:
        """Put the filters, and what can be done with them, into an empty menu."""
        if not self.all:
            return
        for saved in self.all:
            menu.addAction(icons.icon("bookmark"), _escaped(saved.name), partial(self._choose, saved))
        for name, act in ((_("Rename saved filter"), self.rename), (_("Delete saved filter"), self.remove)):
            sub = menu.addMenu(name)
            for saved in self.all:
                sub.addAction(_escaped(saved.name), partial(act, saved))
        menu.addSeparator()

    def _choose(self, saved: SavedFilter) -> None:
        try:
            criteria = self._decode(saved.criteria)
        except ValueError:
            log.warning("the filter %r cannot be read: %s", saved.name, saved.criteria)
            said = _("The filter “{name}” is from another version of RetroVue and cannot be used.")
            self._services.say(said.format(name=saved.name), Tone.WARNING, None)
            return
        self.chosen.emit(criteria)

    def _put(self, saved: SavedFilter) -> None:
        self._change(lambda: saved_filters.save(self._services.context, saved))

    def _drop(self, saved: SavedFilter) -> None:
        self._change(lambda: saved_filters.remove(self._services.context, saved))

    def _change(self, work: Callable[[], None]) -> None:
        self._run(work).failed.connect(self.failed)

    @Slot(object)
    def _on_unread(self, error: BaseException) -> None:
        # A server that is away is said once, by the window.
        if not isinstance(error, CatalogAwayError):
            self.failed.emit(error)

    def _run(self, work: Callable[[], None]) -> TaskHandle:
        context, key = self._services.context, self._key

        def run(_token: object, _report: object) -> list[SavedFilter]:
            work()
            return saved_filters.filters_of(context, key)

        handle = self._services.runner.submit(run, lane=Lane.WRITE)
        handle.succeeded.connect(self._take)
        return handle

    def _take(self, found: list[SavedFilter]) -> None:
        if found != list(self.all):
            self.all = tuple(found)
            self.changed.emit()


def _escaped(name: str) -> str:
    return name.replace("&", "&&")
