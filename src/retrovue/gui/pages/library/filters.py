"""What narrows a list down: the filters, their chips, and the menus that set them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from PySide6.QtCore import QDate, QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget, QWidgetAction

from retrovue.core.domain.browse import View
from retrovue.core.domain.collections import Collection
from retrovue.core.domain.media import FileState
from retrovue.core.domain.servers import Library, Server
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.library import watched
from retrovue.gui.pages.library.clock import now
from retrovue.gui.pages.library.criteria import Filters, NewIn
from retrovue.gui.pages.library.watched import WatchedBy
from retrovue.gui.widgets.chips import FilterBar
from retrovue.gui.widgets.fields import DateEdit
from retrovue.gui.widgets.menus import Menu, one_of
from retrovue.gui.widgets.states import file_look
from retrovue.gui.widgets.sticky_menu import StickyMenu

_SINCE_DAYS = (1, 7, 30, 90, 365)


def _toggled(values: tuple[Any, ...], value: Any, on: bool) -> tuple[Any, ...]:
    rest = tuple(other for other in values if other != value)
    return (*rest, value) if on else rest


class FilterRow(FilterBar):
    """The chips above the list. `changed` comes with the new `Filters`. Thread: GUI."""

    changed = Signal(object)
    menu_opening = Signal(object)
    """A `QMenu` that is about to show what can be added: others may put entries of their own first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_("Add filter"), parent)
        self.filters = Filters()
        self._view = View.SHOWS
        self._servers: Sequence[Server] = ()
        self._libraries: Sequence[Library] = ()
        self._resolutions: Sequence[str] = ()
        self._collections: Sequence[Collection] = ()
        self.add_requested.connect(self._open_add_menu)
        self.edit_requested.connect(self._open_edit_menu)
        self.remove_requested.connect(self.remove)

    def set_choices(
        self,
        servers: Sequence[Server],
        libraries: Sequence[Library],
        resolutions: Sequence[str],
        collections: Sequence[Collection] = (),
    ) -> None:
        """What there is to choose from; filters for what is gone are dropped."""
        self._servers = servers
        self._libraries = [library for library in libraries if library.kind.is_imported]
        self._resolutions = resolutions
        self._collections = collections
        collection_ids = {one.id for one in collections}
        server_ids = {server.id for server in servers}
        library_ids = {library.id for library in self._libraries}
        kept = replace(
            self.filters,
            server_ids=tuple(n for n in self.filters.server_ids if n in server_ids),
            library_ids=tuple(n for n in self.filters.library_ids if n in library_ids),
            collection_ids=tuple(n for n in self.filters.collection_ids if n in collection_ids),
        )
        if kept != self.filters:
            self.set_filters_to(kept)
        else:
            self._show_chips()

    def set_view(self, view: View) -> None:
        """Which view is filtered: files are not watched, added or in a trash."""
        self._view = view
        self._show_chips()

    def set_filters_to(self, filters: Filters) -> None:
        """Filter by exactly these."""
        self.filters = filters
        self._show_chips()
        self.changed.emit(filters)

    @property
    def active(self) -> Filters:
        """The filters that mean something in this view."""
        if self._view is not View.FILES:
            return self.filters
        # When a server added a file is not told; when a sync first brought it is.
        return replace(self.filters, watched=None, added_since=None, trashed=False, by_anybody=WatchedBy())

    @property
    def is_filtering(self) -> bool:
        """Whether anything is held back."""
        return self.active != Filters()

    @Slot(str)
    def remove(self, key: str) -> None:
        """Take one filter away; the next chip gets the keyboard."""
        keys = [entry[0] for entry in self._entries()]
        place = keys.index(key) if key in keys else 0
        had_focus = any(chip.hasFocus() for chip in self.chips())
        if key in _BY_ANYBODY:
            by = self.filters.by_anybody
            # "Never" is a number of plays, and goes with its chip; "at least 5" has a chip of its own.
            names = [name for name in _BY_ANYBODY[key] if (key, name) != ("last_watched", "plays") or by.plays == 0]
            blank_of = replace(by, **dict.fromkeys(names))
            self.set_filters_to(replace(self.filters, by_anybody=blank_of))
        else:
            blank = Filters()
            self.set_filters_to(replace(self.filters, **{key: getattr(blank, key)}))
        if had_focus:
            chips = self.chips()
            (chips[min(place, len(chips) - 1)] if chips else self.add_chip).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def clear(self) -> None:
        """Take all filters away."""
        self.set_filters_to(Filters())

    # --- chips --------------------------------------------------------------------------------------------------

    def _show_chips(self) -> None:
        self.set_filters(self._entries())
        self.updateGeometry()

    def _entries(self) -> list[tuple[str, str, str]]:
        chosen = self.active
        entries: list[tuple[str, str, str]] = []
        if chosen.new is not None:
            entries.append(("new", _("New"), _new_words(chosen.new)))
        if chosen.added_since is not None:
            entries.append(("added_since", _("Added"), _since_words(chosen.added_since)))
        if chosen.server_ids:
            names = [server.name for server in self._servers if server.id in chosen.server_ids]
            entries.append(("server_ids", _("Server"), ", ".join(names)))
        if chosen.library_ids:
            names = [library.name for library in self._libraries if library.id in chosen.library_ids]
            entries.append(("library_ids", _("Library"), ", ".join(dict.fromkeys(names))))
        if chosen.states:
            words = [file_look(state.value).word.lower() for state in chosen.states]
            entries.append(("states", _("Status"), ", ".join(words)))
        if chosen.watched is not None:
            entries.append(("watched", _("Watched"), _("yes") if chosen.watched else _("no")))
        if chosen.resolutions:
            entries.append(("resolutions", _("Resolution"), ", ".join(chosen.resolutions)))
        entries += _by_anybody_entries(chosen.by_anybody)
        if chosen.collection_ids:
            titles = [one.title for one in self._collections if one.id in chosen.collection_ids]
            entries.append(("collection_ids", _("Collection"), ", ".join(titles)))
        if chosen.trashed:
            entries.append(("trashed", _("In server trash"), _("yes")))
        return entries

    # --- menus --------------------------------------------------------------------------------------------------

    @Slot()
    def _open_add_menu(self) -> None:
        self.fill_add_menu(self._new_menu(Menu(self)))
        self._popup()

    @Slot(str)
    def _open_edit_menu(self, key: str) -> None:
        if key == "trashed":
            self.remove(key)
            return
        self._fillers()[key](self._new_menu(StickyMenu(self)))
        self._popup(key)

    def fill_add_menu(self, menu: QMenu) -> None:
        """A submenu per filter."""
        self.menu_opening.emit(menu)
        names = {
            "new": _("New in the catalog"),
            "server_ids": _("Server"),
            "library_ids": _("Library"),
            "states": _("On this computer"),
            "watched": _("Watched"),
            "resolutions": _("Resolution"),
            "added_since": _("Added since"),
            "last_watched": _("Last watched by anybody"),
            "plays": _("Plays"),
            "people": _("People"),
            "hours": _("Hours"),
            "collection_ids": _("Collection"),
        }
        if self._view is View.FILES:
            for key in ("watched", "added_since", *_BY_ANYBODY):
                del names[key]
        fillers = self._fillers()
        for key, name in names.items():
            sub = StickyMenu(name, menu)
            menu.addMenu(sub)
            fillers[key](sub)
            sub.setEnabled(not sub.isEmpty())
        if self._view is not View.FILES:
            trash = menu.addAction(_("In server trash"))
            trash.setCheckable(True)
            trash.setChecked(self.filters.trashed)
            trash.toggled.connect(lambda on: self.set_filters_to(replace(self.filters, trashed=on)))

    def _fillers(self) -> dict[str, Callable[[QMenu], None]]:
        return {
            "server_ids": lambda menu: self._fill(
                menu, "server_ids", [(server.id, server.name) for server in self._servers]
            ),
            "library_ids": lambda menu: self._fill(
                menu,
                "library_ids",
                [(library.id, f"{library.server_name} · {library.name}") for library in self._libraries],
            ),
            "states": lambda menu: self._fill(
                menu, "states", [(state, file_look(state.value).word) for state in FileState]
            ),
            "resolutions": lambda menu: self._fill(menu, "resolutions", [(name, name) for name in self._resolutions]),
            "new": self._fill_new,
            "watched": self._fill_watched,
            "added_since": self._fill_since,
            "last_watched": self._fill_last_watched,
            "plays": lambda menu: self._fill_at_least(menu, "plays", watched.PLAYS),
            "people": lambda menu: self._fill_at_least(menu, "people", watched.PEOPLE),
            "hours": lambda menu: self._fill_at_least(menu, "hours", watched.HOURS),
            "collection_ids": lambda menu: self._fill(
                menu, "collection_ids", [(one.id, f"{one.server} · {one.title}") for one in self._collections]
            ),
        }

    def _fill(self, menu: QMenu, key: str, choices: Sequence[tuple[Any, str]]) -> None:
        for value, name in choices:
            action = menu.addAction(name.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(value in getattr(self.filters, key))
            action.toggled.connect(lambda on, value=value: self._set_value(key, value, on))

    def _set_value(self, key: str, value: Any, on: bool) -> None:
        chosen: dict[str, Any] = {key: _toggled(getattr(self.filters, key), value, on)}
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

    def _fill_last_watched(self, menu: QMenu) -> None:
        chosen = self.filters.by_anybody
        now_chosen = WatchedBy(chosen.within_days, chosen.not_for_days, 0 if chosen.plays == 0 else None)
        for by, name in watched.last_watched_choices():
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(now_chosen == by)
            action.triggered.connect(lambda on, by=by: self._choose_last_watched(by if on else WatchedBy()))
        one_of(menu, or_none=True)

    def _choose_last_watched(self, by: WatchedBy) -> None:
        chosen = self.filters.by_anybody
        # "Never" is a number of plays, which "at least" is, too.
        plays = by.plays if by.plays == 0 or chosen.plays == 0 else chosen.plays
        kept = replace(chosen, within_days=by.within_days, not_for_days=by.not_for_days, plays=plays)
        self.set_filters_to(replace(self.filters, by_anybody=kept))
        self._close_menu()

    def _fill_at_least(self, menu: QMenu, key: str, choices: Sequence[int]) -> None:
        for count in choices:
            action = menu.addAction(watched.at_least(count))
            action.setCheckable(True)
            action.setChecked(getattr(self.filters.by_anybody, key) == count)
            action.triggered.connect(lambda on, count=count: self._choose_at_least(key, count if on else None))
        one_of(menu, or_none=True)

    def _choose_at_least(self, key: str, count: int | None) -> None:
        changed: dict[str, Any] = {key: count}
        kept = replace(self.filters.by_anybody, **changed)
        self.set_filters_to(replace(self.filters, by_anybody=kept))
        self._close_menu()

    def _fill_new(self, menu: QMenu) -> None:
        choices = [(NewIn(), _("In the last sync"))]
        choices += [(NewIn(days=days), name) for days, name in zip(_SINCE_DAYS[:3], _since_names(), strict=False)]
        for new, name in choices:
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(self.filters.new == new)
            action.triggered.connect(lambda on, new=new: self._choose_new(new if on else None))
        one_of(menu, or_none=True)

    def _choose_new(self, new: NewIn | None) -> None:
        self.set_filters_to(replace(self.filters, new=new))
        self._close_menu()

    def _fill_since(self, menu: QMenu) -> None:
        today = now().astimezone().date()
        for days, name in zip(_SINCE_DAYS, _since_names(), strict=True):
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(self.filters.added_since == days)
            action.triggered.connect(lambda on=False, days=days: self._choose_since(days if on else None))
        one_of(menu, or_none=True)
        menu.addSeparator()
        field = DateEdit(name=_("Added since"))
        field.setCalendarPopup(False)
        chosen = self.filters.added_since
        if not isinstance(chosen, date):
            chosen = today - timedelta(days=30 if chosen is None else chosen)
        field.setDate(QDate(chosen.year, chosen.month, chosen.day))
        field.dateChanged.connect(lambda day: self._choose_since(day.toPython(), close=False))
        holder = QWidgetAction(menu)
        holder.setDefaultWidget(field)
        menu.addAction(holder)

    def _choose_since(self, since: date | int | None, *, close: bool = True) -> None:
        self.set_filters_to(replace(self.filters, added_since=since))
        if close:
            self._close_menu()


_BY_ANYBODY = {
    "last_watched": ("within_days", "not_for_days", "plays"),
    "plays": ("plays",),
    "people": ("people",),
    "hours": ("hours",),
}
"""What each chip takes away with it."""


def _by_anybody_entries(by: WatchedBy) -> list[tuple[str, str, str]]:
    entries = []
    if by.within_days is not None or by.not_for_days is not None or by.plays == 0:
        entries.append(("last_watched", _("Last watched"), watched.last_watched_words(by)))
    for key, name, count in (
        ("plays", _("Plays"), by.plays),
        ("people", _("People"), by.people),
        ("hours", _("Hours"), by.hours),
    ):
        if count:
            said = watched.at_least(count)
            entries.append((key, name, said[:1].lower() + said[1:]))
    return entries


def _since_names() -> tuple[str, ...]:
    return _("Since yesterday"), _("Last 7 days"), _("Last 30 days"), _("Last 90 days"), _("Last 12 months")


def _since_words(since: date | int) -> str:
    """ "since 1 Aug", or "last 7 days", which moves with the days."""
    if isinstance(since, int):
        names = dict(zip(_SINCE_DAYS, _since_names(), strict=True))
        name = names.get(since, ngettext("Last {n} day", "Last {n} days", since).format(n=since))
        return name[:1].lower() + name[1:]
    shown = datetime(since.year, since.month, since.day, 12, tzinfo=UTC)
    return _("since {day}").format(day=text.day(shown, now()))


def _new_words(new: NewIn) -> str:
    if new.days is not None:
        return _since_words(new.days)
    if new.since is not None:
        return _("in the sync from {when}").format(when=text.when(datetime.fromtimestamp(new.since, UTC), now()))
    return _("in the last sync")


def remembered_view(settings: QSettings) -> tuple[View, bool]:
    """(view, as posters) of the last time."""
    stored = str(settings.value("library/view", View.SHOWS.value))
    view = View(stored) if stored in set(View) else View.SHOWS
    return view, bool(settings.value("library/posters", False, type=bool))


def remember_view(settings: QSettings, view: View, *, posters: bool) -> None:
    """Keep it for the next time."""
    settings.setValue("library/view", view.value)
    settings.setValue("library/posters", posters)
