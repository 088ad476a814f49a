"""Statistics of one title, of one of its seasons, or of one item: what people name it, and what is meant."""

from dataclasses import replace

from retrovue.core.context import AppContext
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.played_titles import Within, within
from retrovue.core.domain.statistics import Chosen, View
from retrovue.core.i18n import _
from retrovue.core.services.statistics.views import statistics


def find_part(host: AppContext, title: str, season: int | None = None, episode: int | None = None) -> Within:
    """Return the part of the history that a person names.

    Args:
        title: of a show or movie as statistics name it, with or without the year; capitals do not matter.

    Raises:
        ConfigError: nothing of that name was ever played, several titles have it, or an episode has no season.
    """
    if episode is not None and season is None:
        raise ConfigError(
            _("An episode was given without its season."), hint=_("Give the number of the season as well.")
        )
    table = statistics(host, View.TITLES, Chosen(DayRange(None, None, host.zone)))
    refs = [str(row.ref) for row in table.rows if row.ref is not None]
    parts = {ref: within(ref) for ref in refs}
    asked = title.casefold()
    found = [part for part in parts.values() if part.words.casefold() == asked]
    found = found or [part for part in parts.values() if part.plain_title.casefold() == asked]
    if not found:
        raise ConfigError(
            _("Nothing named “{title}” was played.").format(title=title),
            hint=_("Check the title against the list of titles in the statistics."),
        )
    if len(found) > 1:
        names = ", ".join(sorted(part.words for part in found))
        raise ConfigError(
            _("Several titles are named “{title}”.").format(title=title),
            hint=_("Give the year as well: {names}.").format(names=names),
        )
    return replace(found[0], season=season, episode=episode)
