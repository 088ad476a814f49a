"""Two servers with one identity: the same one at another address, or a copy of a configuration.

Nobody can tell the two apart for certain: a copied server gives the same machine identifier, the same ids of its items
and often the same name. Were both stored, each sync of the one would take away what only the other has. So there is
never more than one stored server for an identity: the second is refused, with what speaks for which of the two cases,
and with how a copy gets an identity of its own. There is no switch to add it nevertheless. A stored server that has
moved gets its new address by signing in to it again there (`servers.sign_in(…, url=…)`).
"""

from contextlib import closing

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, SourceError
from retrovue.core.domain.servers import Server, ServerInfo, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.servers.probe import check_machine


class SameMachineError(ConfigError):
    """A stored server has this identity. `server` is that one; `still_there`: it answers at its own address, too."""

    def __init__(self, text: str, *, hint: str, server: Server, still_there: bool, command_hint: str = "") -> None:
        super().__init__(text, hint=hint, command_hint=command_hint)
        self.server = server
        self.still_there = still_there


def refuse_twin(host: AppContext, *, url: str, info: ServerInfo, token: CancelToken | None = None) -> None:
    """Refuse to add a server whose identity a stored one has. Asks that one at its address, without a token.

    Args:
        url: the normalised address of the new one. info: who answered there.

    Raises:
        SameMachineError: there is one.
        Cancelled: the token was cancelled.
    """
    twin = host.servers.by_machine(info.kind, info.machine_identifier)
    if twin is None:
        return
    if twin.url == url:
        raise SameMachineError(
            _("This server is already added as “{name}”.").format(name=twin.name),
            hint=_("Edit it, or remove it first."),
            server=twin,
            still_there=True,
        )
    there = _who_is_there(host, twin, token)
    raise _moved(twin, url) if there is None else _two(twin, url, there, info)


def _who_is_there(host: AppContext, twin: Server, token: CancelToken | None) -> ServerInfo | None:
    """What the stored server says of itself at its own address; None when it does not answer there."""
    try:
        with closing(host.connect(twin.kind, host.connection(url=twin.url, secret=None, server=twin), token)) as source:
            found = source.identify()
            check_machine(found, twin)
    except SourceError:
        # Away, another machine, or not to be trusted: it may as well be the one that answers at the new address.
        return None
    return found


def _moved(twin: Server, url: str) -> SameMachineError:
    return SameMachineError(
        _("This server is already added as “{name}” at {url}, where it is not responding.").format(
            name=twin.name, url=twin.url
        ),
        hint=_("If it has moved, edit that server and change its address."),
        command_hint=_(
            "If it has moved, change its address with “retrovue servers sign-in {name} --url {url}”."
        ).format(name=twin.name, url=url),
        server=twin,
        still_there=False,
    )


def _two(twin: Server, url: str, there: ServerInfo, here: ServerInfo) -> SameMachineError:
    text = _("“{name}” at {there} and the server at {here} report the same ID.").format(
        name=twin.name, there=twin.url, here=url
    )
    if there.version != here.version:
        text += " " + _("They are different servers: version {there} and version {here}.").format(
            there=there.version, here=here.version
        )
    hint = _(
        "If it is one server with two addresses, there is nothing to add. If there are two, one is a "
        "copy: {remedy}, restart it, then add it."
    )
    return SameMachineError(text, hint=hint.format(remedy=_remedy(twin.kind)), server=twin, still_there=True)


def _remedy(kind: ServerKind) -> str:
    if kind is ServerKind.PLEX:
        return _("remove MachineIdentifier and ProcessedMachineIdentifier from the copy’s Preferences.xml")
    return _("delete data/device.txt from the copy")
