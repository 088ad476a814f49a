"""The chips that narrow the history down, and the menus that set them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.core.services.history.lists import PlayChoices
from retrovue.gui import text
from retrovue.gui.pages.history.criteria import PlayFilters
from retrovue.gui.pages.history.words import decision_word, kind_word
from retrovue.gui.widgets.chips import FilterBar
from retrovue.gui.widgets.menus import one_of
from retrovue.gui.widgets.sticky_menu import StickyMenu


class PlayFilterRow(FilterBar):
    """`changed` comes with the new `PlayFilters`. Thread: GUI."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Add filter"), parent)
        self.filters = PlayFilters()
        self._servers: Sequence[Server] = ()
        self._users: Sequence[str] = ()
        self._kinds: Sequence[str] = ()
        self._decisions: Sequence[str] = ()
        self.add_requested.connect(self._open_add_menu)
        self.edit_requested.connect(self._open_edit_menu)
        self.remove_requested.connect(self.remove)

    def set_choices(self, servers: Sequence[Server], choices: PlayChoices) -> None:
        """What there is to choose from."""
        self._servers = servers
        self._users, self._kinds, self._decisions = choices.users, choices.kinds, choices.decisions
        self._show_chips()

    def set_filters_to(self, filters: PlayFilters) -> None:
        """Filter by exactly these."""
        self.filters = filters
        self._show_chips()
        self.changed.emit(filters)

    @Slot(str)
    def remove(self, key: str) -> None:
        """Take one filter away; the next chip gets the keyboard."""
        keys = [entry[0] for entry in self._entries()]
        place = keys.index(key) if key in keys else 0
        had_focus = any(chip.hasFocus() for chip in self.chips())
        self.set_filters_to(replace(self.filters, **{key: getattr(PlayFilters(), key)}))
        if had_focus:
            chips = self.chips()
            (chips[min(place, len(chips) - 1)] if chips else self.add_chip).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_chips(self) -> None:
        self.set_filters(self._entries())
        self.updateGeometry()

    def _entries(self) -> list[tuple[str, str, str]]:
        chosen = self.filters
        entries: list[tuple[str, str, str]] = []
        if chosen.item is not None:
            entries.append(("item", _("Title"), chosen.item.title))
        if chosen.picked is not None:
            entries.append(("picked", _("Plays of"), chosen.picked.title))
        if chosen.users:
            entries.append(("users", _("User"), ", ".join(chosen.users)))
        if chosen.server_ids:
            names = [server.name for server in self._servers if server.id in chosen.server_ids]
            entries.append(("server_ids", _("Server"), ", ".join(names)))
        if chosen.kinds:
            entries.append(("kinds", _("Type"), ", ".join(kind_word(kind) for kind in chosen.kinds)))
        if chosen.decisions:
            words = [text.inside(decision_word(decision)) for decision in chosen.decisions]
            entries.append(("decisions", _("Stream"), ", ".join(words)))
        if chosen.watched is not None:
            entries.append(("watched", _("Watched"), _("yes") if chosen.watched else _("no")))
        return entries

    # --- menus --------------------------------------------------------------------------------------------------

    @Slot()
    def _open_add_menu(self) -> None:
        menu = self._new_menu(QMenu(self))
        for key, (name, fill) in self._fillers().items():
            sub = StickyMenu(name, menu)
            sub.setObjectName(key)
            menu.addMenu(sub)
            fill(sub)
            sub.setEnabled(not sub.isEmpty())
        self._popup()

    @Slot(str)
    def _open_edit_menu(self, key: str) -> None:
        filler = self._fillers().get(key)
        if filler is None:
            self.remove(key)
            return
        filler[1](self._new_menu(StickyMenu(self)))
        self._popup(key)

    def _fillers(self) -> dict[str, tuple[str, Callable[[QMenu], None]]]:
        servers = [(server.id, server.name) for server in self._servers]
        decisions = [(decision, decision_word(decision)) for decision in self._decisions]
        return {
            "users": (_("User"), self._filler("users", [(name, name) for name in self._users])),
            "server_ids": (_("Server"), self._filler("server_ids", servers)),
            "kinds": (_("Type"), self._filler("kinds", [(kind, kind_word(kind)) for kind in self._kinds])),
            "decisions": (_("Stream"), self._filler("decisions", decisions)),
            "watched": (_("Watched"), self._fill_watched),
        }

    def _filler(self, key: str, choices: Sequence[tuple[Any, str]]) -> Callable[[QMenu], None]:
        def fill(menu: QMenu) -> None:
            for value, name in choices:
                action = menu.addAction(name.replace("&", "&&"))
                action.setCheckable(True)
                action.setChecked(value in getattr(self.filters, key))
                action.toggled.connect(lambda on, value=value: self._set_value(key, value, on))

        return fill

    def _set_value(self, key: str, value: Any, on: bool) -> None:
        rest = tuple(other for other in getattr(self.filters, key) if other != value)
        chosen: dict[str, Any] = {key: (*rest, value) if on else rest}
        self.set_filters_to(replace(self.filters, **chosen))

    def _fill_watched(self, menu: QMenu) -> None:
        for value, name in ((True, _("Watched")), (False, _("Unwatched"))):
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(self.filters.watched is value)
            action.triggered.connect(lambda on, value=value: self._choose_watched(value if on else None))
        one_of(menu, or_none=True)

    def _choose_watched(self, value: bool | None) -> None:
        self.set_filters_to(replace(self.filters, watched=value))
        self._close_menu()
