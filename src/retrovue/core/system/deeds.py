"""What the program did, in words for whoever uses it; everything else in the log is for who develops it."""

import logging

from retrovue.core.i18n import _

DONE = "done"
"""The last part of the logger's name, which the Log page shows without being asked for more."""

_log = logging.getLogger(f"retrovue.{DONE}")


def tell(deed: str) -> None:
    """Write a translated sentence about something that was done. Thread: any."""
    _log.info("%s", deed)


def complain(problem: str) -> None:
    """Write a translated sentence about something that could not be done. Thread: any."""
    _log.warning("%s", problem)


def complain_of(server: str, why: str) -> None:
    """Write that something could not be read from a server, and why, in a translated sentence. Thread: any."""
    complain(_("“{server}” had a problem. {why}").format(server=server, why=why))
