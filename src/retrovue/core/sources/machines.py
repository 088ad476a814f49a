"""Whether the machine that answers is the stored one. Apart from asking it: this is needed before HTTP is loaded."""

from retrovue.core.domain.errors import WrongServerError
from retrovue.core.domain.servers import Server, ServerInfo
from retrovue.core.i18n import _


def is_right(info: ServerInfo, server: Server | None) -> bool:
    """Return whether this is the required server; without one, any server is."""
    return server is None or (info.machine_identifier == server.machine_identifier and info.kind is server.kind)


def check_machine(info: ServerInfo, server: Server) -> None:
    """Raise for another machine at the address of a stored server, before any other request.

    Raises:
        WrongServerError: another one responded. `found_kind` is set when it is also another product.
    """
    if is_right(info, server):
        return
    raise WrongServerError(
        _("A different server responds at the address of {server}.").format(server=server.name),
        hint=_(
            "Check its address. If the server was set up from scratch, add it as a new one. Its items were "
            "not mixed with the stored ones."
        ),
        detail=f"{server.machine_identifier} != {info.machine_identifier}",
        found_kind=None if info.kind is server.kind else info.kind.value,
    )
