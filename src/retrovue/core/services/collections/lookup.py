"""A collection by what a person calls it."""

from retrovue.core.context import AppContext
from retrovue.core.domain.collections import Collection
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.core.services.collections.refresh import listed


def find_collection(host: AppContext, text: str, *, server: Server | None = None) -> Collection:
    """Return the collection with this title, in any letter case, or this id; of one server or of all.

    Raises:
        ConfigError: there is none, or the title fits several.
    """
    known = listed(host, server)
    asked = text.strip().casefold()
    named = [one for one in known if one.title.casefold() == asked]
    if len(named) > 1:
        places = ", ".join(f"{one.id} ({one.server})" for one in named)
        raise ConfigError(
            _("Several collections are called “{name}”.").format(name=text),
            hint=_("Give the server too, or use an ID: {ids}.").format(ids=places),
        )
    found = named or [one for one in known if str(one.id) == asked]
    if not found:
        raise ConfigError(
            _("There is no collection “{name}”.").format(name=text), hint=_("Check the list of collections.")
        )
    return found[0]
