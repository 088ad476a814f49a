"""Sums beside the plays, made before anybody asks for them: after an import, and while the window is open."""

import time
from datetime import timedelta

from retrovue.core.context import AppContext
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, decimal
from retrovue.core.system import deeds

_WORTH_A_LINE_S = 1.0
"""What takes less is done each time a play ends."""


def prepare(host: AppContext, *, token: CancelToken | None = None) -> None:
    """Sum what is not summed yet, so that no view has to; quick where nothing was played since.

    Other writers get their turn every second or so, and a view that is asked meanwhile goes on where this is.

    Raises:
        Cancelled: what was summed until then stays.
    """
    window = timedelta(hours=host.settings.sitting_hours)
    started = time.monotonic()
    host.statistics.prepare(host.zone, window.total_seconds(), token)
    took_s = time.monotonic() - started
    if took_s >= _WORTH_A_LINE_S:
        deeds.tell(_("Brought the statistics up to date in {seconds} s.").format(seconds=decimal(took_s, 1)))
