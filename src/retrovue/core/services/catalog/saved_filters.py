"""Filters of a page that were given a name. Importing this loads no storage."""

from retrovue.core.context import AppContext
from retrovue.core.domain.browse import SavedFilter
from retrovue.core.domain.errors import RowError
from retrovue.core.i18n import _


def filters_of(host: AppContext, page: str) -> list[SavedFilter]:
    """Return the filters of a page, by name."""
    return host.saved_filters.all(page)


def save(host: AppContext, saved: SavedFilter) -> None:
    """Store a filter; it replaces the one of the same name on its page.

    Raises:
        ConfigError: its name is too long.
    """
    host.saved_filters.put(saved, now=host.clock.epoch())


def rename(host: AppContext, saved: SavedFilter, name: str) -> None:
    """Give a filter another name.

    Raises:
        ConfigError: the name is too long.
        RowError: another filter of the page has this name.
    """
    try:
        host.saved_filters.rename(saved, name)
    except RowError as error:
        raise RowError(
            _("There is already a filter “{name}”.").format(name=name), hint=_("Choose another name.")
        ) from error


def remove(host: AppContext, saved: SavedFilter) -> None:
    """Delete a filter; `save` brings it back."""
    host.saved_filters.remove(saved)
