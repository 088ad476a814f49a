"""Stopping somebody's stream, with a message for whoever watches."""

from retrovue.core.domain.errors import ForbiddenError, NotFoundError, SourceError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.host import Host
from retrovue.core.i18n import _
from retrovue.core.services.monitor.events import ActiveSession
from retrovue.core.services.servers.probe import check_machine


class StopError(SourceError):
    """The server did not stop a stream."""


def why_not(active: ActiveSession) -> str:
    """Why a stream cannot be stopped from here; empty where it can be tried."""
    if active.session.stop_id is None:
        return _("The server gives no way to stop this stream.")
    return ""


def stop_stream(host: Host, active: ActiveSession, message: str, token: CancelToken | None = None) -> bool:
    """Stop a stream. Return False where it had ended already.

    Raises:
        StopError: the server does not allow it.
        SecretError: there is no token for the server.
        SourceError: the server could not be asked.
    """
    server = host.servers.get(active.server_id)
    stop_id = active.session.stop_id
    if server is None or stop_id is None:
        raise StopError(why_not(active) or _("This server was removed."))
    source = host.open_source(server, token)
    try:
        check_machine(source.identify(), server)
        source.stop_session(stop_id, message)
    except NotFoundError:
        return False
    except ForbiddenError as error:
        raise StopError(
            _("“{server}” does not allow this account to stop streams.").format(server=server.name),
            hint=_("Plex requires the owner’s account with a Plex Pass, other servers an administrator."),
            detail=error.detail,
        ) from error
    finally:
        source.close()
    return True
