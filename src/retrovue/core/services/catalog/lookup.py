"""Servers, libraries and items by what a person calls them: a name, an id, a reference."""

from collections.abc import Sequence
from typing import TypeVar

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.guids import parse_guid
from retrovue.core.domain.media import CatalogItem, ItemKind, RemoteItem
from retrovue.core.domain.servers import Library, LibraryKind, Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.i18n import _
from retrovue.core.services.servers.probe import check_machine

_T = TypeVar("_T")


def find_server(host: Host, text: str) -> Server:
    """The server with this name (any letter case when that is clear) or id.

    Raises:
        ConfigError: there is none, or the name fits several.
    """
    servers = host.servers.all()
    named = _by_name(text, [(server.name, server) for server in servers])
    if len(named) > 1:
        raise ConfigError(
            _("Several servers are called “{name}”.").format(name=text),
            hint=_("Use an ID: {ids}.").format(ids=", ".join(str(server.id) for server in named)),
        )
    if named:
        return named[0]
    for server in servers:
        if str(server.id) == text.strip():
            return server
    message = _("There is no server “{name}”.").format(name=text)
    if not servers:
        raise ConfigError(message, command_hint=_("No servers yet. Add one with “retrovue servers add”."))
    names = ", ".join(server.name for server in servers)
    raise ConfigError(message, hint=_("Known servers: {names}.").format(names=names))


def find_library(host: Host, text: str, *, server: Server | None = None, include_gone: bool = False) -> Library:
    """The library with this name (any letter case when that is clear) or id, of one server or of all.

    `include_gone`: also those that were let go, whose items can be brought back.

    Raises:
        ConfigError: there is none, or the name fits several.
    """
    libraries = host.libraries.all(None if server is None else server.id, include_gone=include_gone)
    named = _by_name(text, [(library.name, library) for library in libraries])
    if len(named) > 1:
        places = ", ".join(f"{library.id} ({library.server_name})" for library in named)
        raise ConfigError(
            _("Several libraries are called “{name}”.").format(name=text),
            hint=_("Give the server too, or use an ID: {ids}.").format(ids=places),
        )
    if named:
        return named[0]
    for library in libraries:
        if str(library.id) == text.strip():
            return library
    hint = _("Known libraries: {names}.").format(names=", ".join(sorted({library.name for library in libraries})))
    raise ConfigError(_("There is no library “{name}”.").format(name=text), hint=hint if libraries else "")


def find_items(host: Host, text: str) -> list[CatalogItem]:
    """The items with this reference (`show:7`) or external id (`tvdb:121361`), at least one.

    Raises:
        ConfigError: there is none.
    """
    provider, colon, external_id = text.strip().partition(":")
    kinds = {kind.value: kind for kind in ItemKind}
    found: list[CatalogItem] = []
    if colon and provider.lower() in kinds:
        if external_id.isdecimal() and len(external_id) < 19:
            item = host.catalog.get(kinds[provider.lower()], int(external_id))
            found = [item] if item is not None else []
    elif colon and external_id:
        found = host.catalog.by_external_id(provider.lower(), external_id)
    if not found and (parsed := parse_guid(text.strip())) is not None:
        found = host.catalog.by_external_id(*parsed)
    if not found:
        raise ConfigError(
            _("There is no item “{item}”.").format(item=text),
            hint=_("It may have been removed, or belong to another catalog."),
            command_hint=_(
                "Use a form such as show:7, episode:123, movie:45 or tvdb:121361. “retrovue search” finds items."
            ),
        )
    return found


def find_remote_shows(
    host: Host, server: Server, title: str, year: int | None = None, *, token: CancelToken | None = None
) -> list[tuple[Library, RemoteItem]]:
    """Shows of a server with exactly this title (any letter case), as the server tells them now.

    Raises:
        SecretError: there is no token for it.
        WrongServerError: another machine answers at its address.
        SourceError: the server could not be asked.
    """
    found: list[tuple[Library, RemoteItem]] = []
    source = host.open_source(server, token)
    try:
        check_machine(source.identify(), server)
        listed = {remote.remote_id: remote for remote in source.libraries()}
        for library in host.libraries.all(server.id):
            remote = listed.get(library.remote_id)
            if remote is not None and library.kind in (LibraryKind.SHOWS, LibraryKind.MIXED):
                found += [(library, show) for show in source.find_shows(remote, title, year)]
    finally:
        source.close()
    return found


def _by_name(text: str, named: Sequence[tuple[str, _T]]) -> list[_T]:
    exact = [thing for name, thing in named if name == text]
    wanted = text.strip().casefold()
    return exact or [thing for name, thing in named if name.strip().casefold() == wanted]
