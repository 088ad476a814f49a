"""The end of a sync, as notices: the window shows them, and every program that syncs sends them on."""

from collections.abc import Callable

from retrovue.core import i18n
from retrovue.core.context import AppContext
from retrovue.core.domain.sync import SyncReport
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.forwarding.forwarder import Forwarder, announce
from retrovue.core.services.monitor.notices import NoticeText
from retrovue.core.services.monitor.recorder import recorder_of
from retrovue.core.services.sync.outcome import said_of


def sync_notices(report: SyncReport, number: Callable[[int], str] = i18n.number) -> list[NoticeText]:
    """Return what there is to tell of a sync. One that was canceled or only rehearsed has nothing to tell.

    Args:
        number: writes a number as this person reads it.
    """
    said, found = said_of(report, number), []
    is_whole = not report.is_canceled and not any(each.planned for each in report.libraries)
    if said.is_failure:
        found.append(NoticeText(_("Sync incomplete"), said.text, "sync_failed", None))
    elif report.libraries and is_whole:
        found.append(NoticeText(_("Sync complete"), said.text, "sync_finished", None))
    if said.held_back:
        n = said.held_back
        title = ngettext("{n} removal is held back", "{n} removals are held back", n).format(n=number(n))
        found.append(NoticeText(title, _("Nothing is removed until you decide."), "held_back", None))
    return found


def send_sync(host: AppContext, report: SyncReport, token: CancelToken) -> None:
    """Send on the end of a sync: by the program that records, or, where none runs, from here. Blocks while it sends.

    Raises:
        StorageError: the catalog cannot be read or written.
    """
    for notice in sync_notices(report):
        announce(host, notice)
    if recorder_of(host) is None:
        # Two programs at once would send a notice twice: who records sends what waits within half a minute.
        Forwarder(host).send_waiting(token)
