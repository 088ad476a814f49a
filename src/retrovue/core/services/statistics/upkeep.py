"""Sums beside the plays, made before anybody asks for them: after an import, and while the window is open."""

from datetime import timedelta

from retrovue.core.context import AppContext
from retrovue.core.domain.tasks import CancelToken


def prepare(host: AppContext, *, token: CancelToken | None = None) -> None:
    """Sum what is not summed yet, so that no view has to; quick where nothing was played since.

    Other writers get their turn every second or so, and a view that is asked meanwhile goes on where this is.

    Raises:
        Cancelled: what was summed until then stays.
    """
    window = timedelta(hours=host.settings.sitting_hours)
    host.statistics.prepare(host.zone, window.total_seconds(), token)
