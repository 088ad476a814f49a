"""One notice to one service. Apprise is loaded where something is sent: it takes a third of a second."""

import logging
import threading
import warnings
from typing import Any

from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _

log = logging.getLogger(__name__)

DEADLINE_S = 30.0
_LOADING = threading.Lock()
"""Services are sent to side by side, but filters of warnings are the whole process's, and so is what Apprise loads."""
_turns: dict[str, threading.Lock] = {}
"""By address: two targets can have the same one, and the second is no attempt that hangs."""
_hanging: dict[str, threading.Thread] = {}
"""By address: attempts that are still waited for by nobody. One for each service at most."""


def service_of(url: str) -> str:
    """What the service behind an address is called.

    Raises:
        ConfigError: it is no address of a service.
    """
    return str(_plugin(url).service_name)


def send(url: str, title: str, body: str, *, deadline_s: float = DEADLINE_S) -> str:
    """Send a notice; returns why it could not be sent, or an empty text. Thread: any.

    Args:
        deadline_s: blocks for so long at most. Apprise has limits for each read only, and an answer can come byte by
            byte without end.

    Raises:
        ConfigError: it is no address of a service.
    """
    plugin = _plugin(url)
    arrived: list[bool] = []

    def attempt() -> None:
        try:
            arrived.append(bool(plugin.notify(title=title, body=body)))
        except Exception as error:  # noqa: BLE001 - over a hundred services: each raises what it likes, and none may end a program.
            log.info("a notice was not sent: %s", type(error).__name__)

    with _LOADING:
        turn = _turns.setdefault(url, threading.Lock())
    with turn:
        thread = _hanging.get(url)
        if thread is None or not thread.is_alive():
            thread = _hanging[url] = threading.Thread(target=attempt, name="notice", daemon=True)
            thread.start()
            thread.join(deadline_s)
        if not thread.is_alive():
            _hanging.pop(url, None)
    if arrived == [True]:
        return ""
    return _("{service} did not accept the notification. Check its address and the connection.").format(
        service=plugin.service_name
    )


def _plugin(url: str) -> Any:
    # It logs addresses with their passwords.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    with _LOADING, warnings.catch_warnings():
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
