"""Remedies that name the program at an address: a media server, unless its connection says which program it is."""

from retrovue.core.i18n import _


def check_port(program: str) -> str:
    """Return what to do where nothing listens on a port."""
    if program:
        return _("Check the port, and that {program} is running.").format(program=program)
    return _("Check the port, and that the media server is running.")


def check_kind_of_port(program: str) -> str:
    """Return what to do where something else than a web server listens on a port."""
    return check_port(program) if program else _("Check the port: Plex uses 32400, Emby and Jellyfin 8096.")


def check_running(program: str) -> str:
    """Return what to do where only a proxy responds."""
    if program:
        return _("Check that {program} is running.").format(program=program)
    return _("Check that the media server is running.")


def restart(program: str) -> str:
    """Return what to do about a connection that is closed early."""
    if program:
        said = _("Try again. If it keeps happening, restart {program} or check any proxy in front of it.")
        return said.format(program=program)
    return _("Try again. If it keeps happening, restart the media server or check any proxy in front of it.")


def check_log(program: str) -> str:
    """Return what to do about an internal error."""
    if program:
        return _("Try again. If it keeps happening, check the log of {program}.").format(program=program)
    return _("Try again. If it keeps happening, check the log of the media server.")


def check_version(program: str) -> str:
    """Return what to do about a request that is refused for no known reason."""
    if program:
        return _("Check the address, and make sure that {program} is up to date.").format(program=program)
    return _("Check the address, and make sure that the media server is up to date.")


def no_response_behind(host: str, program: str) -> str:
    """Return what happened where a proxy gets no response."""
    if program:
        said = _("The proxy in front of {host} gets no response from {program}.")
        return said.format(host=host, program=program)
    return _("The proxy in front of {host} gets no response from the media server.").format(host=host)


def pass_on(program: str) -> str:
    """Return what to do about a proxy that wants a sign-in of its own."""
    if program:
        said = _("Let the proxy pass requests to {program} without a sign-in, or use the address of {program} itself.")
        return said.format(program=program)
    return _("Let the proxy pass requests to the media server without a sign-in, or use the server’s own address.")
