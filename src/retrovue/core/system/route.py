"""The address of this computer in the home network."""

import socket

_ANYWHERE = "192.0.2.1"
"""An address of documentations (RFC 5737): its way leads out by the default route."""
_PORT = 9


def address_towards(host: str = _ANYWHERE) -> str | None:
    """Return the address by which a host would reach this computer; None where there is no way to it.

    Nothing is sent: the system only chooses the way. A name is looked up, which can take seconds: no GUI thread.
    """
    try:
        for family, kind, _protocol, _name, place in socket.getaddrinfo(host, _PORT, type=socket.SOCK_DGRAM):
            with socket.socket(family, kind) as asked:
                asked.connect(place)
                return str(asked.getsockname()[0])
    except OSError:
        return None
    return None
