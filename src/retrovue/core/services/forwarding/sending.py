"""One notice to one service. Apprise is loaded where something is sent: it takes a third of a second."""

import logging
import warnings
from typing import Any

from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _

log = logging.getLogger(__name__)


def service_of(url: str) -> str:
    """What the service behind an address is called.

    Raises:
        ConfigError: it is no address of a service.
    """
    return str(_plugin(url).service_name)


def send(url: str, title: str, body: str) -> str:
    """Send a notice; returns why it could not be sent, or an empty text. Blocks for some seconds at most.

    Raises:
        ConfigError: it is no address of a service.
    """
    plugin = _plugin(url)
    try:
        arrived = plugin.notify(title=title, body=body)
    except Exception as error:  # noqa: BLE001 - over a hundred services: each raises what it likes, and none may end a program.
        log.info("a notice was not sent: %s", type(error).__name__)
        arrived = False
    if arrived:
        return ""
    return _("{service} did not accept the notification. Check its address and the connection.").format(
        service=plugin.service_name
    )


def _plugin(url: str) -> Any:
    # It logs addresses with their passwords.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        # Apprise 2.3 looks for `imghdr`, which Python 3.13 no longer has (utils/pgp.py), once it loads its services.
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        found = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if found is None:
        raise ConfigError(
            _("This is not the address of a notification service."),
            hint=_(
                "Copy the address as the service’s page in the Apprise documentation has it, such as “ntfy://topic”."
            ),
        )
    return found
